import { normalAndArea } from '../math/triangle.ts';
import { next } from '../mesh/mesh.ts';
import { type Draft, surfaceOf } from './cap.ts';
import { newEdgeMap } from './edge-map.ts';
import type { Patch } from './patch.ts';
import { seamOf } from './seam.ts';

/**
 * Edges of a part that do not have exactly two triangles, in opposite directions. Copies of one vertex of the input count
 * as one vertex, but for edges along which more than one visible triangle runs the same way: those are the input's, and
 * only have to have as many the one way as the other.
 */
export function countOpenEdges(patch: Patch, cap: ArrayLike<number>): number {
	const { vertexOf } = patch;
	// An edge within the patch has its two triangles, see `Patch`: only those between vertices of the border, or between two
	// of which the patch has several copies, may have others.
	const visible = seamOf(patch).special;
	const hidden: number[] = [];
	for (let c = 0; c < cap.length; c++) hidden.push(cap[c], cap[next(c)]);
	return Math.max(
		countUneven(visible, hidden, (v) => v),
		countUneven(visible, hidden, (v) => weldOf(vertexOf, v)),
	);
}

/** Of edges given by two vertices each, how many do not have exactly one visible or hidden use in each direction. */
function countUneven(visible: readonly number[], hidden: readonly number[], idOf: (v: number) => number): number {
	const numberOf = newEdgeMap((visible.length + hidden.length) / 4);
	// Uses by edge: visible upwards, visible downwards, all upwards, all downwards.
	const uses: number[] = [];
	for (const list of [visible, hidden])
		for (let i = 0; i < list.length; i += 2) {
			const a = idOf(list[i]);
			const b = idOf(list[i + 1]);
			let edge = numberOf.get(Math.min(a, b), Math.max(a, b));
			if (edge < 0) {
				edge = uses.length / 4;
				uses.push(0, 0, 0, 0);
				numberOf.set(Math.min(a, b), Math.max(a, b), edge);
			}
			const down = a < b ? 0 : 1;
			if (list === visible) uses[4 * edge + down]++;
			uses[4 * edge + 2 + down]++;
		}
	let open = 0;
	for (let o = 0; o < uses.length; o += 4) {
		if (uses[o + 2] === 1 && uses[o + 3] === 1) continue;
		if (uses[o + 2] !== uses[o + 3] || Math.max(uses[o], uses[o + 1]) <= 1) open++;
	}
	return open;
}

/** Where the numbers of cap vertices begin, beyond those of any input's. */
const CAP_VERTEX = 2 ** 25;
const weldOf = (vertexOf: Uint32Array, v: number): number => (v < vertexOf.length ? vertexOf[v] : CAP_VERTEX + v);

/** Volume inside a closed surface; about the first vertex, since far from the origin the terms would cancel. */
export function signedVolume(positions: Float32Array, triangles: Uint32Array): number {
	if (triangles.length === 0) return 0;
	const o = 3 * triangles[0];
	let six = 0;
	for (let c = 0; c < triangles.length; c += 3) {
		const i = 3 * triangles[c];
		const j = 3 * triangles[c + 1];
		const k = 3 * triangles[c + 2];
		const ax = positions[i] - positions[o];
		const ay = positions[i + 1] - positions[o + 1];
		const az = positions[i + 2] - positions[o + 2];
		const bx = positions[j] - positions[o];
		const by = positions[j + 1] - positions[o + 1];
		const bz = positions[j + 2] - positions[o + 2];
		const cx = positions[k] - positions[o];
		const cy = positions[k + 1] - positions[o + 1];
		const cz = positions[k + 2] - positions[o + 2];
		six += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
	}
	return six / 6;
}

/** Volume of a patch with its cap. */
export function volumeOf(patch: Patch, draft: Draft): number {
	const { positions, triangles } = surfaceOf(patch, draft);
	return signedVolume(positions, triangles);
}

/** Share of the seam's length where the cap lies back on the patch: a lid on a window, which holds nothing. */
export function foldedShare(patch: Patch, { positions, triangles }: Draft): number {
	const { onLoop, cornerOf } = seamOf(patch);
	const seen = new Float64Array(4);
	const added = new Float64Array(4);
	let [all, folded] = [0, 0];
	for (let c = 0; c < triangles.length; c++) {
		const a = triangles[c];
		const b = triangles[next(c)];
		if (a >= onLoop.length || b >= onLoop.length) continue;
		const twin = cornerOf.get(a, b);
		if (twin < 0) continue;
		const length = Math.hypot(
			positions[3 * a] - positions[3 * b],
			positions[3 * a + 1] - positions[3 * b + 1],
			positions[3 * a + 2] - positions[3 * b + 2],
		);
		normalAndArea(patch.positions, patch.triangles, (twin / 3) | 0, seen, 0);
		normalAndArea(positions, triangles, (c / 3) | 0, added, 0);
		all += length;
		if (seen[0] * added[0] + seen[1] * added[1] + seen[2] * added[2] < BACK) folded += length;
	}
	return all > 0 ? folded / all : 0;
}

/** Cosine between the normals of two triangles that lie on each other, but for two degrees. */
const BACK = -0.9994;
