import { normalAndArea } from '../math/triangle.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { type Bvh, buildBvh, bvhOf, LINKS, leafCount, leafFirst, NODE_WORDS } from '../spatial/bvh.ts';
import { type Winding, windingNumber } from '../spatial/winding.ts';
import type { Draft } from './cap.ts';
import { newEdgeMap } from './edge-map.ts';
import type { Whole } from './inside.ts';
import type { Patch } from './patch.ts';

export type Crossings = {
	/** Triangle of the cap, then another of the cap or ~t for triangle t of the whole that is the part's own. */
	readonly own: number[];
	/** Triangle of the cap, then ~t for a triangle of the whole's outside that is another part's: there the cap leaves it. */
	readonly leaving: number[];
	/** Triangle of the cap, then ~t, where an edge of the seam pierces t: the input's, which no cap can mend. */
	readonly given: number[];
};

/** Pairs of triangles that may still be looked at: 1.5 million take about 100 ms. */
export type Budget = { left: number };

/** What a cap must not cross: the patch, the whole's outside, and itself. */
export type Obstacles = {
	/**
	 * Pairs of triangles that cross; ends when the own ones are more than `most`. Asked again, only what has moved since is
	 * looked at. Rounds the draft's positions.
	 */
	readonly find: (draft: Draft, most?: number) => Crossings;
	/**
	 * Answers whether a triangle of vertices of the draft would cross the patch, the outside, or one of `kept`. It is asked
	 * of triangles between the vertices `among` only. When the budget is used up it blocks all.
	 */
	readonly blocker: (
		draft: Draft,
		kept: ArrayLike<number>,
		among: readonly number[],
		budget?: Budget,
	) => (a: number, b: number, c: number) => boolean;
};

/**
 * Makes ready to look for pairs of triangles of which one's edge pierces the other. Pairs within the patch are the input's
 * and not asked for; coplanar overlaps are not found: no edge pierces.
 *
 * @param least Piercing less deep than this, object units, is rounding where a cap lies on a neighbour's surface.
 * @param check Called often; throws where the run was stopped.
 */
export function obstaclesOf(
	{ mesh, solid, winding }: Whole,
	patch: Patch,
	least: number,
	check: () => void = () => {},
): Obstacles {
	const first = patch.vertexOf.length;
	const vertices = mesh.positions.length / 3;
	const isOwn = new Uint8Array(mesh.triangles.length / 3);
	for (const t of patch.triangleOf) isOwn[t] = 1;
	const bvh = bvhOf(mesh);
	const outermost = new Map<number, boolean>();
	const probe = newProbe();
	// Of the whole's vertices, then of the cap's.
	let positions = mesh.positions.slice();
	let cap: Uint32Array = new Uint32Array(0);
	let marks = new Float64Array(0);
	let before: Crossings = { own: [], leaving: [], given: [] };
	const seam = newEdgeMap(2 * first);
	for (const loop of patch.loops)
		for (let i = 0; i < loop.length; i++)
			seam.set(patch.vertexOf[loop[i]], patch.vertexOf[loop[i + 1 < loop.length ? i + 1 : 0]], 1);

	const isOutside = (t: number): boolean => {
		let answer = outermost.get(t);
		if (answer === undefined) {
			answer = isOutermost(mesh, winding, t);
			outermost.set(t, answer);
		}
		return answer;
	};
	const place = (draft: Draft, triangles: ArrayLike<number>): Uint32Array => {
		for (let i = 3 * first; i < draft.positions.length; i++) draft.positions[i] = Math.fround(draft.positions[i]);
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
	/** Does an edge of triangle s that is of the seam pierce triangle t of the whole? */
	const seamPierces = (list: Uint32Array, s: number, t: number): boolean => {
		for (let k = 0; k < 3; k++) {
			const p = list[3 * s + k];
			const q = list[3 * s + ((k + 1) % 3)];
			if (p < vertices && q < vertices && seam.get(p, q) > 0 && edgePierces(positions, p, q, mesh.triangles, t))
				return true;
		}
		return false;
	};
	/** 0: does not cross triangle t of the whole; 1: crosses the patch; 2: leaves the whole; 3: the seam does so. */
	const crossWhole = (list: Uint32Array, s: number, t: number): 0 | 1 | 2 | 3 => {
		if (!isOwn[t] && !solid) return 0;
		if (!trianglesCross(positions, list, s, mesh.triangles, t)) return 0;
		if (!isOwn[t] && riseAbove(positions, list, s, mesh.triangles, t) < least) return 0;
		if (!isOwn[t] && !isOutside(t)) return 0;
		return seamPierces(list, s, t) ? 3 : isOwn[t] ? 1 : 2;
	};

	const placeOf = (v: number): number => (v < first ? patch.vertexOf[v] : vertices + v - first);
	/** The box around some vertices, as a probe without a plane. */
	const boxOf = (among: readonly number[]): Probe => {
		const around = newProbe();
		around.box.set([Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity]);
		for (const v of among)
			for (let k = 0; k < 3; k++) {
				around.box[k] = Math.min(around.box[k], positions[3 * v + k]);
				around.box[k + 3] = Math.max(around.box[k + 3], positions[3 * v + k]);
			}
		return around;
	};
	/** Those of the triangles that reach into a box. */
	const near = (list: Uint32Array, around: Probe): Uint32Array => {
		const kept: number[] = [];
		for (let s = 0; s < list.length / 3; s++) {
			setProbe(probe, positions, list, s);
			if (boxesMeet(probe.box, 0, around.box)) kept.push(list[3 * s], list[3 * s + 1], list[3 * s + 2]);
		}
		return Uint32Array.from(kept);
	};
	/** A hierarchy of those triangles of the whole that a cap within a box can cross, and their numbers. */
	const nearWhole = (around: Probe) => {
		const numbers: number[] = [];
		someNear(bvh, around, (t) => {
			if (isOwn[t] || solid) numbers.push(t);
			return false;
		});
		const triangles = new Uint32Array(3 * numbers.length);
		for (let i = 0; i < numbers.length; i++)
			for (let k = 0; k < 3; k++) triangles[3 * i + k] = mesh.triangles[3 * numbers[i] + k];
		return { bvh: buildBvh({ positions: mesh.positions, triangles }), numbers };
	};

	const find = (draft: Draft, most = Infinity): Crossings => {
		cap = place(draft, draft.triangles);
		const own: number[] = [];
		const leaving: number[] = [];
		const given: number[] = [];
		if (cap.length === 0) return { own, leaving, given };
		const moved = new Uint8Array(cap.length / 3).fill(1);
		const newMarks = new Float64Array(moved.length);
		let movers = 0;
		for (let s = 0; s < moved.length; s++) {
			newMarks[s] = markOf(positions, cap, s);
			if (s < marks.length && marks[s] === newMarks[s]) moved[s] = 0;
			else movers++;
		}
		marks = newMarks;
		for (const [pairs, list] of [
			[before.own, own],
			[before.leaving, leaving],
			[before.given, given],
		])
			for (let i = 0; i < pairs.length; i += 2)
				if (moved[pairs[i]] === 0 && (pairs[i + 1] < 0 || moved[pairs[i + 1]] === 0)) list.push(pairs[i], pairs[i + 1]);
		const nearOf = movers * moved.length > MOST_BY_BOXES ? undefined : boxesOf(positions, cap);
		const capBvh = nearOf ? undefined : buildBvh({ positions, triangles: cap });
		const met: number[] = [];
		for (let s = 0; s < moved.length; s++) {
			if (!moved[s]) continue;
			check();
			setProbe(probe, positions, cap, s);
			someNear(bvh, probe, (t) => {
				const how = crossWhole(cap, s, t);
				if (how === 1) own.push(s, ~t);
				else if (how === 2) leaving.push(s, ~t);
				else if (how === 3) given.push(s, ~t);
				return false;
			});
			met.length = 0;
			const meet = (t: number): boolean => {
				if ((t > s || !moved[t]) && trianglesCross(positions, cap, s, cap, t)) met.push(t);
				return false;
			};
			if (capBvh) someNear(capBvh, probe, meet);
			else nearOf!(probe, meet);
			for (const t of met.sort((a, b) => a - b)) own.push(Math.min(s, t), Math.max(s, t));
			if (own.length > 2 * most) {
				marks = new Float64Array(0);
				break;
			}
		}
		before = { own, leaving, given };
		return before;
	};
	const blocker = (
		draft: Draft,
		kept: ArrayLike<number>,
		among: readonly number[],
		budget: Budget = { left: MOST_TESTS },
	) => {
		const placed = place(draft, kept);
		const around = boxOf(among.map(placeOf));
		const others = near(placed, around);
		const keptBvh = buildBvh({ positions, triangles: others });
		let local: { readonly bvh: Bvh; readonly numbers: readonly number[] } | undefined;
		const one = new Uint32Array(3);
		let asked = 0;
		const meetsWhole = (t: number): boolean => budget.left-- > 0 && crossWhole(one, 0, t) % 3 !== 0;
		const meetsNear = (i: number): boolean => budget.left-- > 0 && crossWhole(one, 0, local!.numbers[i]) % 3 !== 0;
		const meetsKept = (t: number): boolean => budget.left-- > 0 && trianglesCross(positions, one, 0, others, t);
		return (a: number, b: number, c: number): boolean => {
			if (budget.left <= 0) return true;
			check();
			one[0] = placeOf(a);
			one[1] = placeOf(b);
			one[2] = placeOf(c);
			setProbe(probe, positions, one, 0);
			if (!local && among.length > 0 && ++asked > FEW) local = nearWhole(around);
			return (
				(local ? someNear(local.bvh, probe, meetsNear) : someNear(bvh, probe, meetsWhole)) ||
				someNear(keptBvh, probe, meetsKept)
			);
		};
	};
	return { find, blocker };
}

/** Pairs that a blocker looks at; then the cap is closed in another way. */
const MOST_TESTS = 1_500_000;

/** For more triangles than this a hierarchy of what is around them is built. */
const FEW = 50;

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

/** Of pairs of boxes that are compared one by one, rather than a hierarchy built. */
const MOST_BY_BOXES = 100_000;

/** Asks all triangles of a list whose boxes meet the probe's. */
function boxesOf(positions: Float32Array, list: Uint32Array) {
	const boxes = new Float32Array(2 * list.length);
	for (let s = 0, o = 0; s < list.length; s += 3, o += 6)
		for (let k = 0; k < 3; k++) {
			const p = positions[3 * list[s] + k];
			const q = positions[3 * list[s + 1] + k];
			const r = positions[3 * list[s + 2] + k];
			boxes[o + k] = Math.min(p, q, r);
			boxes[o + 3 + k] = Math.max(p, q, r);
		}
	return ({ box }: Probe, meet: (t: number) => boolean): void => {
		for (let o = 0; o < boxes.length; o += 6) if (boxesMeet(boxes, o, box)) meet(o / 6);
	};
}

/** A triangle that is asked about: its box, its plane, and how far rounding may move a height over that. */
type Probe = {
	/** Least x, y, z, then the greatest. */
	readonly box: Float32Array;
	/** First vertex, then twice the area along the normal, then the absolute values of that, then the unit of rounding. */
	readonly plane: Float64Array;
};

const newProbe = (): Probe => ({ box: new Float32Array(6), plane: new Float64Array(10) });

function setProbe({ box, plane }: Probe, positions: Float32Array, list: Uint32Array, s: number): void {
	const p = 3 * list[3 * s];
	const q = 3 * list[3 * s + 1];
	const r = 3 * list[3 * s + 2];
	for (let k = 0; k < 3; k++) {
		box[k] = Math.min(positions[p + k], positions[q + k], positions[r + k]);
		box[k + 3] = Math.max(positions[p + k], positions[q + k], positions[r + k]);
		plane[k] = positions[p + k];
	}
	const ux = positions[q] - plane[0];
	const uy = positions[q + 1] - plane[1];
	const uz = positions[q + 2] - plane[2];
	const vx = positions[r] - plane[0];
	const vy = positions[r + 1] - plane[1];
	const vz = positions[r + 2] - plane[2];
	plane[3] = uy * vz - uz * vy;
	plane[4] = uz * vx - ux * vz;
	plane[5] = ux * vy - uy * vx;
	for (let k = 0; k < 3; k++) plane[6 + k] = Math.abs(plane[3 + k]);
	plane[9] = ROUNDING * (Math.abs(ux) + Math.abs(uy) + Math.abs(uz)) * (Math.abs(vx) + Math.abs(vy) + Math.abs(vz));
}

/** Some tens of units in the last place: a height above that is of the same sign however it is summed. */
const ROUNDING = 1e-14;

/**
 * Whether a triangle of the hierarchy answers true, of those whose box meets the probe's and which are not on one side of
 * its plane: most are, and nothing else is asked of them.
 */
function someNear(
	{ nodes, links, corners, triangleOf, stack }: Bvh,
	{ box, plane }: Probe,
	meet: (t: number) => boolean,
): boolean {
	if (triangleOf.length === 0) return false;
	stack[0] = 0;
	for (let top = 1; top > 0; ) {
		const link = stack[--top];
		if (link >= 0) {
			const o = link * NODE_WORDS;
			if (boxesMeet(nodes, o, box) && boxMeetsPlane(nodes, o, plane)) stack[top++] = links[o + LINKS];
			if (boxesMeet(nodes, o + 6, box) && boxMeetsPlane(nodes, o + 6, plane)) stack[top++] = links[o + LINKS + 1];
			continue;
		}
		const end = leafFirst(link) + leafCount(link);
		for (let i = leafFirst(link); i < end; i++)
			if (cornersMeet(corners, 9 * i, box) && cornersMeetPlane(corners, 9 * i, plane) && meet(triangleOf[i]))
				return true;
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

/** Is a box not surely on one side of the plane? */
function boxMeetsPlane(nodes: Float32Array, o: number, plane: Float64Array): boolean {
	const x = (nodes[o] + nodes[o + 3]) / 2 - plane[0];
	const y = (nodes[o + 1] + nodes[o + 4]) / 2 - plane[1];
	const z = (nodes[o + 2] + nodes[o + 5]) / 2 - plane[2];
	const rx = (nodes[o + 3] - nodes[o]) / 2;
	const ry = (nodes[o + 4] - nodes[o + 1]) / 2;
	const rz = (nodes[o + 5] - nodes[o + 2]) / 2;
	const height = Math.abs(plane[3] * x + plane[4] * y + plane[5] * z);
	const reach = plane[6] * rx + plane[7] * ry + plane[8] * rz;
	const far = Math.abs(x) + Math.abs(y) + Math.abs(z) + rx + ry + rz;
	return height <= reach + 2 * plane[9] * far;
}

/** Are the corners of a triangle not surely on one side of the plane? */
function cornersMeetPlane(p: Float32Array, o: number, plane: Float64Array): boolean {
	let side = 0;
	for (let c = o; c < o + 9; c += 3) {
		const x = p[c] - plane[0];
		const y = p[c + 1] - plane[1];
		const z = p[c + 2] - plane[2];
		const height = plane[3] * x + plane[4] * y + plane[5] * z;
		const rounding = plane[9] * (Math.abs(x) + Math.abs(y) + Math.abs(z));
		if (height > rounding) side++;
		else if (height < -rounding) side--;
		else return true;
	}
	return side !== 3 && side !== -3;
}

/** Does an edge of triangle s of one list, away from a common vertex, pierce triangle t of another, or the reverse? */
function trianglesCross(
	positions: Float32Array,
	cap: Uint32Array,
	s: number,
	triangles: Uint32Array,
	t: number,
): boolean {
	const a = cap[3 * s];
	const b = cap[3 * s + 1];
	const c = cap[3 * s + 2];
	const d = triangles[3 * t];
	const e = triangles[3 * t + 1];
	const f = triangles[3 * t + 2];
	// Heights of the corners of each over the plane of the other: most pairs lie on one side, and nothing else is asked.
	const overD = sixVolume(positions, a, b, c, d);
	const overE = sixVolume(positions, a, b, c, e);
	const overF = sixVolume(positions, a, b, c, f);
	if (overD * overE > 0 && overD * overF > 0) return false;
	const overA = sixVolume(positions, d, e, f, a);
	const overB = sixVolume(positions, d, e, f, b);
	const overC = sixVolume(positions, d, e, f, c);
	if (overA * overB > 0 && overA * overC > 0) return false;
	const isA = a === d || a === e || a === f;
	const isB = b === d || b === e || b === f;
	const isC = c === d || c === e || c === f;
	if (!isA && !isB && overA * overB < 0 && linePierces(positions, a, b, d, e, f)) return true;
	if (!isB && !isC && overB * overC < 0 && linePierces(positions, b, c, d, e, f)) return true;
	if (!isC && !isA && overC * overA < 0 && linePierces(positions, c, a, d, e, f)) return true;
	const isD = d === a || d === b || d === c;
	const isE = e === a || e === b || e === c;
	const isF = f === a || f === b || f === c;
	if (!isD && !isE && overD * overE < 0 && linePierces(positions, d, e, a, b, c)) return true;
	if (!isE && !isF && overE * overF < 0 && linePierces(positions, e, f, a, b, c)) return true;
	return !isF && !isD && overF * overD < 0 && linePierces(positions, f, d, a, b, c);
}

/** Does the edge from p to q pierce triangle t? */
function edgePierces(positions: Float32Array, p: number, q: number, triangles: Uint32Array, t: number): boolean {
	const a = triangles[3 * t];
	const b = triangles[3 * t + 1];
	const c = triangles[3 * t + 2];
	if (p === a || p === b || p === c || q === a || q === b || q === c) return false;
	if (sixVolume(positions, a, b, c, p) * sixVolume(positions, a, b, c, q) >= 0) return false;
	return linePierces(positions, p, q, a, b, c);
}

/** Does the line through p and q pass within a triangle? */
function linePierces(positions: Float32Array, p: number, q: number, a: number, b: number, c: number): boolean {
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
