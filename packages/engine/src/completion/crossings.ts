import { normalAndArea } from '../math/triangle.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { type Bvh, buildBvh, bvhOf, LINKS, leafCount, leafFirst, NODE_WORDS } from '../spatial/bvh.ts';
import { type Winding, windingNumber } from '../spatial/winding.ts';
import type { Draft } from './cap.ts';
import type { Whole } from './inside.ts';
import type { Patch } from './patch.ts';

export type Crossings = {
	/** Triangle of the cap, then another of the cap or ~t for triangle t of the whole that is the part's own. */
	readonly own: number[];
	/** Triangle of the cap, then ~t for a triangle of the whole's outside that is another part's: there the cap leaves it. */
	readonly leaving: number[];
};

/** What a cap must not cross: the patch, the whole's outside, and itself. */
export type Obstacles = {
	/** Pairs of triangles that cross. Asked again, only what has moved since is looked at. Rounds the draft's positions. */
	readonly find: (draft: Draft) => Crossings;
	/** Answers whether a triangle of vertices of the draft would cross the patch, the outside, or one of `kept`; it gives up after a while. */
	readonly blocker: (draft: Draft, kept: ArrayLike<number>) => (a: number, b: number, c: number) => boolean;
};

/**
 * Makes ready to look for pairs of triangles of which one's edge pierces the other. Pairs within the patch are the input's
 * and not asked for; coplanar overlaps are not found: no edge pierces.
 *
 * @param least Piercing less deep than this, object units, is rounding where a cap lies on a neighbour's surface.
 */
export function obstaclesOf({ mesh, closed, winding }: Whole, patch: Patch, least: number): Obstacles {
	const first = patch.vertexOf.length;
	const vertices = mesh.positions.length / 3;
	const isOwn = new Uint8Array(mesh.triangles.length / 3);
	for (const t of patch.triangleOf) isOwn[t] = 1;
	const bvh = bvhOf(mesh);
	const outermost = new Map<number, boolean>();
	const box = new Float32Array(6);
	// Of the whole's vertices, then of the cap's.
	let positions = Float32Array.from(mesh.positions);
	let cap: Uint32Array = new Uint32Array(0);
	let marks = new Float64Array(0);
	let before: Crossings = { own: [], leaving: [] };

	const isOutside = (t: number): boolean => {
		let answer = outermost.get(t);
		if (answer === undefined) {
			answer = isOutermost(mesh, winding, t);
			outermost.set(t, answer);
		}
		return answer;
	};
	const place = (draft: Draft, triangles: ArrayLike<number>): Uint32Array => {
		for (let i = 0; i < draft.positions.length; i++) draft.positions[i] = Math.fround(draft.positions[i]);
		const count = 3 * (vertices - first) + draft.positions.length;
		if (positions.length < count) {
			const wider = new Float32Array(2 * count);
			wider.set(mesh.positions);
			positions = wider;
		}
		for (let i = 3 * first; i < draft.positions.length; i++)
			positions[mesh.positions.length + i - 3 * first] = draft.positions[i];
		const list = new Uint32Array(triangles.length);
		for (let c = 0; c < list.length; c++)
			list[c] = triangles[c] < first ? patch.vertexOf[triangles[c]] : vertices + triangles[c] - first;
		return list;
	};
	const setBox = (list: Uint32Array, s: number): void => {
		for (let k = 0; k < 3; k++) {
			const p = positions[3 * list[3 * s] + k];
			const q = positions[3 * list[3 * s + 1] + k];
			const r = positions[3 * list[3 * s + 2] + k];
			box[k] = Math.min(p, q, r);
			box[k + 3] = Math.max(p, q, r);
		}
	};
	/** 0: does not cross triangle t of the whole; 1: crosses the patch; 2: leaves the whole. */
	const crossWhole = (list: Uint32Array, s: number, t: number): 0 | 1 | 2 => {
		if (!isOwn[t] && !closed) return 0;
		if (!trianglesCross(positions, list, s, mesh.triangles, t)) return 0;
		if (!isOwn[t] && riseAbove(positions, list, s, mesh.triangles, t) < least) return 0;
		return isOwn[t] ? 1 : isOutside(t) ? 2 : 0;
	};

	const find = (draft: Draft): Crossings => {
		cap = place(draft, draft.triangles);
		const own: number[] = [];
		const leaving: number[] = [];
		if (cap.length === 0) return { own, leaving };
		const moved = new Uint8Array(cap.length / 3).fill(1);
		const newMarks = new Float64Array(moved.length);
		for (let s = 0; s < moved.length; s++) {
			newMarks[s] = markOf(positions, cap, s);
			if (s < marks.length && marks[s] === newMarks[s]) moved[s] = 0;
		}
		marks = newMarks;
		for (const [pairs, list] of [
			[before.own, own],
			[before.leaving, leaving],
		])
			for (let i = 0; i < pairs.length; i += 2)
				if (moved[pairs[i]] === 0 && (pairs[i + 1] < 0 || moved[pairs[i + 1]] === 0)) list.push(pairs[i], pairs[i + 1]);
		const capBvh = buildBvh({ positions, triangles: cap });
		for (let s = 0; s < moved.length; s++) {
			if (!moved[s]) continue;
			setBox(cap, s);
			someInBox(bvh, box, (t) => {
				const how = crossWhole(cap, s, t);
				if (how === 1) own.push(s, ~t);
				else if (how === 2) leaving.push(s, ~t);
				return false;
			});
			someInBox(capBvh, box, (t) => {
				if ((t > s || !moved[t]) && trianglesCross(positions, cap, s, cap, t)) own.push(Math.min(s, t), Math.max(s, t));
				return false;
			});
		}
		before = { own, leaving };
		return before;
	};
	const blocker = (draft: Draft, kept: ArrayLike<number>) => {
		const others = place(draft, kept);
		const keptBvh = buildBvh({ positions, triangles: others });
		const one = new Uint32Array(3);
		const placeOf = (v: number): number => (v < first ? patch.vertexOf[v] : vertices + v - first);
		let left = MOST_TESTS;
		return (a: number, b: number, c: number): boolean => {
			if (left <= 0) return true;
			one[0] = placeOf(a);
			one[1] = placeOf(b);
			one[2] = placeOf(c);
			setBox(one, 0);
			return (
				someInBox(bvh, box, (t) => left-- > 0 && crossWhole(one, 0, t) !== 0) ||
				someInBox(keptBvh, box, (t) => left-- > 0 && trianglesCross(positions, one, 0, others, t))
			);
		};
	};
	return { find, blocker };
}

/** Pairs that a blocker looks at, about 100 ms; then it blocks all, and the cap is closed in another way. */
const MOST_TESTS = 1_500_000;

/** A number of the place of a triangle: the same only where nothing moved. */
function markOf(positions: Float32Array, cap: Uint32Array, s: number): number {
	let mark = 0;
	for (let k = 0; k < 3; k++) {
		const v = 3 * cap[3 * s + k];
		mark += (k + Math.E) * (positions[v] + Math.PI * positions[v + 1] + Math.SQRT2 * positions[v + 2]) + cap[3 * s + k];
	}
	return mark;
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

/** Whether a triangle of the hierarchy whose leaf's box meets `box` answers true. */
function someInBox(
	{ nodes, links, corners, triangleOf, stack }: Bvh,
	box: Float32Array,
	meet: (t: number) => boolean,
): boolean {
	if (triangleOf.length === 0) return false;
	stack[0] = 0;
	for (let top = 1; top > 0; ) {
		const link = stack[--top];
		if (link >= 0) {
			const o = link * NODE_WORDS;
			if (boxesMeet(nodes, o, box)) stack[top++] = links[o + LINKS];
			if (boxesMeet(nodes, o + 6, box)) stack[top++] = links[o + LINKS + 1];
			continue;
		}
		const end = leafFirst(link) + leafCount(link);
		for (let i = leafFirst(link); i < end; i++)
			if (cornersMeet(corners, 9 * i, box) && meet(triangleOf[i])) return true;
	}
	return false;
}

function cornersMeet(p: Float32Array, o: number, box: Float32Array): boolean {
	for (let k = 0; k < 3; k++) {
		const a = p[o + k];
		const b = p[o + 3 + k];
		const c = p[o + 6 + k];
		if ((a > box[k + 3] && b > box[k + 3] && c > box[k + 3]) || (a < box[k] && b < box[k] && c < box[k])) return false;
	}
	return true;
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
	if (isBeside(positions, cap, 3 * s, triangles, 3 * t) || isBeside(positions, triangles, 3 * t, cap, 3 * s))
		return false;
	return edgePierces(positions, cap, 3 * s, triangles, 3 * t) || edgePierces(positions, triangles, 3 * t, cap, 3 * s);
}

/** Is one triangle all on one side of the plane of another? Most pairs are, and nothing else has to be asked of them. */
function isBeside(p: Float32Array, face: Uint32Array, f: number, other: Uint32Array, o: number): boolean {
	const first = sixVolume(p, face[f], face[f + 1], face[f + 2], other[o]);
	if (first === 0) return false;
	const second = sixVolume(p, face[f], face[f + 1], face[f + 2], other[o + 1]);
	if (first * second <= 0) return false;
	return first * sixVolume(p, face[f], face[f + 1], face[f + 2], other[o + 2]) > 0;
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
