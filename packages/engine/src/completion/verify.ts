import { type Bvh, buildBvh, LINKS, leafCount, leafFirst, NODE_WORDS } from '../spatial/bvh.ts';
import type { Draft } from './cap.ts';
import type { Patch } from './patch.ts';

/**
 * Edges of a part that do not have exactly two triangles, in opposite directions. Copies of one vertex of the input count
 * as one vertex, but for edges that more than two visible triangles share: those are the input's.
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
		if ((count & 0xffff) !== count >> 16 || (shared & 0xffff) + (shared >> 16) <= 2) open++;
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

/**
 * Pairs of triangles of which one's edge pierces the other: a triangle of the cap, then another of the cap or ~t for
 * triangle t of the patch. Pairs within the patch are the input's and not asked for; coplanar overlaps are not found: no
 * edge pierces. Rounds the draft's positions to what is stored of them.
 */
export function findCrossings(patch: Patch, draft: Draft, patchBvh: Bvh): number[] {
	const visible = patch.triangles.length / 3;
	for (let i = 0; i < draft.positions.length; i++) draft.positions[i] = Math.fround(draft.positions[i]);
	const positions = Float32Array.from(draft.positions);
	positions.set(patch.positions);
	const cap = Uint32Array.from(draft.triangles);
	const triangles = new Uint32Array(3 * visible + cap.length);
	triangles.set(patch.triangles);
	triangles.set(cap, 3 * visible);
	const welds = Uint32Array.from({ length: positions.length / 3 }, (_, v) => weldOf(patch.vertexOf, v));
	const pairs: number[] = [];
	if (cap.length === 0) return pairs;
	const box = new Float32Array(6);
	const capBvh = buildBvh({ positions, triangles: cap });
	for (let s = 0; s < cap.length / 3; s++) {
		for (let k = 0; k < 3; k++) {
			const p = positions[3 * cap[3 * s] + k];
			const q = positions[3 * cap[3 * s + 1] + k];
			const r = positions[3 * cap[3 * s + 2] + k];
			box[k] = Math.min(p, q, r);
			box[k + 3] = Math.max(p, q, r);
		}
		eachInBox(patchBvh, box, (t) => {
			if (trianglesCross(positions, triangles, welds, visible + s, t)) pairs.push(s, ~t);
		});
		eachInBox(capBvh, box, (t) => {
			if (t > s && trianglesCross(positions, triangles, welds, visible + s, visible + t)) pairs.push(s, t);
		});
	}
	return pairs;
}

function eachInBox({ nodes, links, triangleOf }: Bvh, box: Float32Array, meet: (t: number) => void): void {
	if (triangleOf.length === 0) return;
	const stack = [0];
	while (stack.length > 0) {
		const link = stack.pop()!;
		if (link >= 0) {
			const o = link * NODE_WORDS;
			if (boxesMeet(nodes, o, box)) stack.push(links[o + LINKS]);
			if (boxesMeet(nodes, o + 6, box)) stack.push(links[o + LINKS + 1]);
			continue;
		}
		const end = leafFirst(link) + leafCount(link);
		for (let i = leafFirst(link); i < end; i++) meet(triangleOf[i]);
	}
}

function boxesMeet(nodes: Float32Array, o: number, box: Float32Array): boolean {
	return (
		nodes[o] <= box[3] &&
		nodes[o + 1] <= box[4] &&
		nodes[o + 2] <= box[5] &&
		nodes[o + 3] >= box[0] &&
		nodes[o + 4] >= box[1] &&
		nodes[o + 5] >= box[2]
	);
}

/** Does an edge of one triangle, away from a common vertex, pierce the other? */
function trianglesCross(
	positions: Float32Array,
	triangles: Uint32Array,
	weldOf: Uint32Array,
	s: number,
	t: number,
): boolean {
	for (let side = 0; side < 2; side++) {
		const edges = 3 * (side === 0 ? s : t);
		const face = 3 * (side === 0 ? t : s);
		const f0 = weldOf[triangles[face]];
		const f1 = weldOf[triangles[face + 1]];
		const f2 = weldOf[triangles[face + 2]];
		for (let k = 0; k < 3; k++) {
			const a = triangles[edges + k];
			const b = triangles[edges + ((k + 1) % 3)];
			const p = weldOf[a];
			const q = weldOf[b];
			if (p === f0 || p === f1 || p === f2 || q === f0 || q === f1 || q === f2) continue;
			if (segmentPierces(positions, a, b, triangles[face], triangles[face + 1], triangles[face + 2])) return true;
		}
	}
	return false;
}

function segmentPierces(positions: Float32Array, p: number, q: number, a: number, b: number, c: number): boolean {
	const below = sixVolume(positions, a, b, c, p);
	const above = sixVolume(positions, a, b, c, q);
	if (below * above >= 0) return false;
	const u = sixVolume(positions, p, q, a, b);
	const v = sixVolume(positions, p, q, b, c);
	if (u * v <= 0) return false;
	return u * sixVolume(positions, p, q, c, a) > 0;
}

/** Six times the signed volume of a tetrahedron. */
function sixVolume(positions: Float32Array, a: number, b: number, c: number, d: number): number {
	const x = positions[3 * a];
	const y = positions[3 * a + 1];
	const z = positions[3 * a + 2];
	const ux = positions[3 * b] - x;
	const uy = positions[3 * b + 1] - y;
	const uz = positions[3 * b + 2] - z;
	const vx = positions[3 * c] - x;
	const vy = positions[3 * c + 1] - y;
	const vz = positions[3 * c + 2] - z;
	const wx = positions[3 * d] - x;
	const wy = positions[3 * d + 1] - y;
	const wz = positions[3 * d + 2] - z;
	return ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx);
}
