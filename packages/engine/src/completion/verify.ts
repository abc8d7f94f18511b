import { normalAndArea } from '../math/triangle.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { type Bvh, buildBvh, bvhOf, LINKS, leafCount, leafFirst, NODE_WORDS } from '../spatial/bvh.ts';
import { type Winding, windingNumber } from '../spatial/winding.ts';
import type { Draft } from './cap.ts';
import type { Whole } from './inside.ts';
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

export type Crossings = {
	/** Triangle of the cap, then another of the cap or ~t for triangle t of the whole that is the part's own. */
	readonly own: number[];
	/** Triangle of the cap, then ~t for a triangle of the whole's outside that is another part's: there the cap leaves it. */
	readonly leaving: number[];
};

/**
 * Pairs of triangles of which one's edge pierces the other. Pairs within the patch are the input's and not asked for;
 * coplanar overlaps are not found: no edge pierces. Rounds the draft's positions to what is stored of them.
 *
 * @param isOwn Whether each triangle of the whole is the patch's.
 * @param least Piercing less deep than this, object units, is rounding where a cap lies on a neighbour's surface.
 */
export function findCrossings(
	{ mesh, closed, winding }: Whole,
	isOwn: Uint8Array,
	patch: Patch,
	draft: Draft,
	least: number,
): Crossings {
	for (let i = 0; i < draft.positions.length; i++) draft.positions[i] = Math.fround(draft.positions[i]);
	const first = patch.vertexOf.length;
	const vertices = mesh.positions.length / 3;
	const placeOf = (v: number): number => (v < first ? patch.vertexOf[v] : vertices + v - first);
	const positions = new Float32Array(mesh.positions.length + draft.positions.length - 3 * first);
	positions.set(mesh.positions);
	for (let i = 3 * first; i < draft.positions.length; i++)
		positions[mesh.positions.length + i - 3 * first] = draft.positions[i];
	const cap = Uint32Array.from(draft.triangles, placeOf);
	const own: number[] = [];
	const leaving: number[] = [];
	if (cap.length === 0) return { own, leaving };
	const box = new Float32Array(6);
	const bvh = bvhOf(mesh);
	const capBvh = buildBvh({ positions, triangles: cap });
	for (let s = 0; s < cap.length / 3; s++) {
		for (let k = 0; k < 3; k++) {
			const p = positions[3 * cap[3 * s] + k];
			const q = positions[3 * cap[3 * s + 1] + k];
			const r = positions[3 * cap[3 * s + 2] + k];
			box[k] = Math.min(p, q, r);
			box[k + 3] = Math.max(p, q, r);
		}
		eachInBox(bvh, box, (t) => {
			if (!isOwn[t] && (!closed || riseAbove(positions, cap, s, mesh.triangles, t) < least)) return;
			if (!trianglesCross(positions, cap, s, mesh.triangles, t)) return;
			if (isOwn[t]) own.push(s, ~t);
			else if (isOutermost(mesh, winding, t)) leaving.push(s, ~t);
		});
		eachInBox(capBvh, box, (t) => {
			if (t > s && trianglesCross(positions, cap, s, cap, t)) own.push(s, t);
		});
	}
	return { own, leaving };
}

/** How far a triangle of the cap reaches out in front of a triangle of the whole. */
function riseAbove(positions: Float32Array, cap: Uint32Array, s: number, triangles: Uint32Array, t: number): number {
	const a = triangles[3 * t];
	const b = triangles[3 * t + 1];
	const c = triangles[3 * t + 2];
	let rise = 0;
	for (let k = 0; k < 3; k++) rise = Math.max(rise, sixVolume(positions, a, b, c, cap[3 * s + k]));
	const area = twiceArea(positions, a, b, c);
	return area > 0 ? rise / area : 0;
}

function twiceArea(positions: Float32Array, a: number, b: number, c: number): number {
	const ux = positions[3 * b] - positions[3 * a];
	const uy = positions[3 * b + 1] - positions[3 * a + 1];
	const uz = positions[3 * b + 2] - positions[3 * a + 2];
	const vx = positions[3 * c] - positions[3 * a];
	const vy = positions[3 * c + 1] - positions[3 * a + 1];
	const vz = positions[3 * c + 2] - positions[3 * a + 2];
	return Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
}

/** Is the outside right in front of a triangle? Where shells of the whole overlap there is more inside. */
function isOutermost({ positions, triangles }: Mesh, winding: Winding, t: number): boolean {
	const plane = new Float64Array(4);
	normalAndArea(positions, triangles, t, plane, 0);
	const step = 1e-3 * Math.sqrt(plane[3]);
	const at = (k: number): number =>
		(positions[3 * triangles[3 * t] + k] +
			positions[3 * triangles[3 * t + 1] + k] +
			positions[3 * triangles[3 * t + 2] + k]) /
			3 +
		step * plane[k];
	return Math.abs(windingNumber(winding, at(0), at(1), at(2))) < 0.5;
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

/** Does an edge of triangle s of one list, away from a common vertex, pierce triangle t of another, or the reverse? */
function trianglesCross(
	positions: Float32Array,
	cap: Uint32Array,
	s: number,
	triangles: Uint32Array,
	t: number,
): boolean {
	return edgePierces(positions, cap, 3 * s, triangles, 3 * t) || edgePierces(positions, triangles, 3 * t, cap, 3 * s);
}

function edgePierces(
	positions: Float32Array,
	from: Uint32Array,
	edges: number,
	to: Uint32Array,
	face: number,
): boolean {
	const f0 = to[face];
	const f1 = to[face + 1];
	const f2 = to[face + 2];
	for (let k = 0; k < 3; k++) {
		const p = from[edges + k];
		const q = from[edges + ((k + 1) % 3)];
		if (p === f0 || p === f1 || p === f2 || q === f0 || q === f1 || q === f2) continue;
		if (segmentPierces(positions, p, q, f0, f1, f2)) return true;
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
