import { type GLTF, MathUtils, type mat4, type vec3, type vec4 } from '@gltf-transform/core';

/** Largest difference, as a fraction of the largest element, that counts as the same matrix. */
const SAME = 1e-5;

/**
 * Turns the matrices of nodes into translation, rotation and scale, as viewers and the library do. A flattened axis
 * becomes a scale of zero; a shear, which the three cannot express, is told in a warning.
 */
export function makeTransforms(gltf: GLTF.IGLTF, warnings: string[]): void {
	let sheared = 0;
	gltf.nodes = gltf.nodes?.map((node) => {
		const { matrix, ...rest } = node;
		if (!matrix) return node;
		const translation: vec3 = [0, 0, 0];
		const rotation: vec4 = [0, 0, 0, 1];
		const scale: vec3 = [1, 1, 1];
		const { full, flat } = fillFlatAxes(matrix);
		MathUtils.decompose(full, translation, rotation, scale);
		for (const axis of flat) scale[axis] = 0;
		const again = MathUtils.compose(translation, rotation, scale, [] as unknown as mat4);
		const largest = Math.max(...matrix.map(Math.abs));
		if (again.some((x, i) => !(Math.abs(x - matrix[i]) <= SAME * largest))) sheared++;
		return { ...rest, translation, rotation, scale };
	}) as GLTF.INode[];
	if (!gltf.nodes) delete gltf.nodes;
	if (sheared > 0) warnings.push(`The matrices of ${sheared} nodes are sheared; the nearest unsheared ones are used.`);
}

/** Gives axes of length zero a direction across the others, so that there is a rotation. */
function fillFlatAxes(matrix: readonly number[]): { full: mat4; flat: number[] } {
	const full = [...matrix] as mat4;
	const axes = [0, 4, 8].map((at): vec3 => [matrix[at], matrix[at + 1], matrix[at + 2]]);
	const flat = [0, 1, 2].filter((axis) => axes[axis].every((x) => x === 0));
	if (flat.length === 3) axes[0] = [1, 0, 0];
	const sound = flat.length === 3 ? 0 : [0, 1, 2].find((axis) => !flat.includes(axis))!;
	if (flat.length > 1) axes[(sound + 1) % 3] = unit(anyAcross(axes[sound]));
	const last = flat.length > 1 ? (sound + 2) % 3 : flat[0];
	if (flat.length > 0) axes[last] = unit(cross(axes[(last + 1) % 3], axes[(last + 2) % 3]));
	for (const axis of flat) for (let k = 0; k < 3; k++) full[4 * axis + k] = axes[axis][k];
	return { full, flat };
}

const cross = (a: vec3, b: vec3): vec3 => [
	a[1] * b[2] - a[2] * b[1],
	a[2] * b[0] - a[0] * b[2],
	a[0] * b[1] - a[1] * b[0],
];
/** A direction across `v`. */
const anyAcross = (v: vec3): vec3 => cross(v, Math.abs(v[0]) < Math.abs(v[1]) ? [1, 0, 0] : [0, 1, 0]);

function unit(v: vec3): vec3 {
	const length = Math.hypot(...v) || 1;
	return [v[0] / length, v[1] / length, v[2] / length];
}
