import { type CornerAttribute, type Mesh, NO_ROW } from '../mesh/mesh.ts';

/** A surface with the normals that it is shaded by. */
export type ShapedSource = {
	readonly mesh: Mesh;
	/** Absent, or NO_ROW: flat. */
	readonly normal: CornerAttribute | undefined;
};

/**
 * Writes the normal of triangle `t` to `out`: of unit length, or zero where there is none.
 *
 * @param place Weights of the second and the third corner.
 */
export function sourceNormal(
	{ mesh, normal: smooth }: ShapedSource,
	t: number,
	place: Float64Array,
	out: Float64Array,
): void {
	const u = place[0];
	const v = place[1];
	let x = 0;
	let y = 0;
	let z = 0;
	const rows = smooth?.indices;
	if (smooth !== undefined && rows !== undefined && rows[3 * t] !== NO_ROW) {
		const { values } = smooth;
		const a = 3 * rows[3 * t];
		const b = 3 * rows[3 * t + 1];
		const c = 3 * rows[3 * t + 2];
		const w = 1 - u - v;
		x = w * values[a] + u * values[b] + v * values[c];
		y = w * values[a + 1] + u * values[b + 1] + v * values[c + 1];
		z = w * values[a + 2] + u * values[b + 2] + v * values[c + 2];
	} else {
		const { positions, triangles } = mesh;
		const i = 3 * triangles[3 * t];
		const j = 3 * triangles[3 * t + 1];
		const k = 3 * triangles[3 * t + 2];
		const ux = positions[j] - positions[i];
		const uy = positions[j + 1] - positions[i + 1];
		const uz = positions[j + 2] - positions[i + 2];
		const vx = positions[k] - positions[i];
		const vy = positions[k + 1] - positions[i + 1];
		const vz = positions[k + 2] - positions[i + 2];
		x = uy * vz - uz * vy;
		y = uz * vx - ux * vz;
		z = ux * vy - uy * vx;
	}
	const length = Math.sqrt(x * x + y * y + z * z);
	const scale = length > 0 ? 1 / length : 0;
	out[0] = x * scale;
	out[1] = y * scale;
	out[2] = z * scale;
}
