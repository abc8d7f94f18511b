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
	const flat = [0, 1, 2].filter((axis) => Math.hypot(...axisOf(full, axis)) === 0);
	for (const axis of flat) {
		const [a, b] = [axisOf(full, (axis + 1) % 3), axisOf(full, (axis + 2) % 3)];
		const across = cross(isZero(a) ? anyAcross(b) : a, isZero(b) ? anyAcross(isZero(a) ? [1, 0, 0] : a) : b);
		const length = Math.hypot(...across) || 1;
		for (let k = 0; k < 3; k++) full[4 * axis + k] = across[k] / length;
	}
	return { full, flat };
}

const axisOf = (m: ArrayLike<number>, axis: number): vec3 => [m[4 * axis], m[4 * axis + 1], m[4 * axis + 2]];
const isZero = (v: vec3): boolean => v[0] === 0 && v[1] === 0 && v[2] === 0;
const cross = (a: vec3, b: vec3): vec3 => [
	a[1] * b[2] - a[2] * b[1],
	a[2] * b[0] - a[0] * b[2],
	a[0] * b[1] - a[1] * b[0],
];
/** A direction across `v`. */
const anyAcross = (v: vec3): vec3 => cross(v, Math.abs(v[0]) < Math.abs(v[1]) ? [1, 0, 0] : [0, 1, 0]);
