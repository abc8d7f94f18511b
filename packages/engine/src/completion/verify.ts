import { normalAndArea } from '../math/triangle.ts';
import type { Draft } from './cap.ts';
import type { Patch } from './patch.ts';

/**
 * Edges of a part that do not have exactly two triangles, in opposite directions. Copies of one vertex of the input count
 * as one vertex, but for edges along which more than one visible triangle runs the same way: those are the input's, and
 * only have to have as many the one way as the other.
 */
export function countOpenEdges({ vertexOf, triangles }: Patch, cap: ArrayLike<number>): number {
	return Math.max(
		countUneven([triangles], [triangles, cap], (v) => v),
		countUneven([triangles], [triangles, cap], (v) => weldOf(vertexOf, v)),
	);
}

function countUneven(
	visible: readonly ArrayLike<number>[],
	all: readonly ArrayLike<number>[],
	idOf: (v: number) => number,
): number {
	const before = countUses(visible, idOf);
	let open = 0;
	for (const [key, count] of countUses(all, idOf)) {
		if (count === ONE_EACH) continue;
		const shared = before.get(key) ?? 0;
		if ((count & 0xffff) !== count >> 16 || Math.max(shared & 0xffff, shared >> 16) <= 1) open++;
	}
	return open;
}

const ONE_EACH = 0x10001;

/** Triangles at each edge: 1 for one that runs along it upwards, 2^16 for one downwards. */
function countUses(lists: readonly ArrayLike<number>[], idOf: (v: number) => number): Map<number, number> {
	const uses = new Map<number, number>();
	for (const list of lists)
		for (let c = 0; c < list.length; c++) {
			const a = idOf(list[c]);
			const b = idOf(list[c % 3 === 2 ? c - 2 : c + 1]);
			const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
			uses.set(key, (uses.get(key) ?? 0) + (a < b ? 1 : 0x10000));
		}
	return uses;
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

/** Share of the seam's length where the cap lies back on the patch: a lid on a window, which holds nothing. */
export function foldedShare(patch: Patch, { positions, triangles }: Draft): number {
	const cornerOf = new Map<number, number>();
	const isSeam = new Uint8Array(patch.vertexOf.length);
	for (const loop of patch.loops) for (const v of loop) isSeam[v] = 1;
	const seamKey = (a: number, b: number): number => a * 2 ** 26 + b;
	for (let c = 0; c < patch.triangles.length; c++) {
		const a = patch.triangles[c];
		const b = patch.triangles[c % 3 === 2 ? c - 2 : c + 1];
		if (isSeam[a] && isSeam[b]) cornerOf.set(seamKey(b, a), c);
	}
	const seen = new Float64Array(4);
	const added = new Float64Array(4);
	let [all, folded] = [0, 0];
	for (let c = 0; c < triangles.length; c++) {
		const a = triangles[c];
		const b = triangles[c % 3 === 2 ? c - 2 : c + 1];
		if (a >= isSeam.length || b >= isSeam.length) continue;
		const twin = cornerOf.get(seamKey(a, b));
		if (twin === undefined) continue;
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
