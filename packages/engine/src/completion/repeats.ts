import { normalAndArea } from '../math/triangle.ts';
import { cross, dot, minus, unit, type Vector3 } from '../math/vector3.ts';
import type { Surface } from '../mesh/mesh.ts';
import { type Bvh, buildBvh, bvhOf } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import type { Assembly } from './assembly.ts';
import type { Corners } from './corners.ts';

/**
 * What other parts show of a part's hidden surface.
 *
 * Artists repeat parts: legs, wheels, bolts, cushions. Where another part is the same but for its place, turn and mirror,
 * and shows what of this one is hidden, its visible surface says how this one goes on; a symmetric part repeats itself. Two
 * parts are taken for the same where their visible surfaces cover each other in part and nowhere contradict: what one shows
 * must be visible of the other too, or be inside the whole.
 *
 * Of 1 025 parts of training assemblies that are less than 70 % visible, 30 % have a repeat that is more visible by a
 * tenth. Volume IoU of such parts 0.827 without and 0.843 with repeats on one slice of `assemblies-public`, 0.680 and 0.809
 * on another (17 of its 24 such parts are of one model). Of what is added 2 % is further than a hundredth of the part's
 * size from the true surface (109 parts of training assemblies). Tried: repeats of another size, one in eight; 2 % of the
 * points in the open instead of 1.5 %: more planks of other lengths are taken for the same.
 *
 * A part's own symmetries are taken all, up to 8: of 141 parts less than 70 % visible on each of two slices of the
 * training assemblies 0.711 and 0.654 volume IoU, where it was 0.707 and 0.648 with only the best one, and of those only
 * such as have 0.6 of the visible area in common.
 *
 * A part of one corner, such as a spike, is known again by that corner and the directions of its edges. How far it goes
 * does not follow, many stand beside longer spikes with the same tip: joined to what those show, as other parts are, the
 * 235 hidden parts that it changed had 0.749 volume IoU where it was 0.763. Corners of boxes tell nothing.
 *
 * Parts that are the same are the same behind the seam too: see `weighRepeats` in level.ts. Of 1 650 parts less than 70 %
 * visible 1 245 have one.
 *
 * Not done: spheres, cylinders and other surfaces of revolution fitted to the patch and turned on. Of 46 such parts of
 * training assemblies that lose most (volume IoU 0.54 on average) the visible profile, turned around the true axis, covers
 * 12 % of what is hidden: rods and pegs hide their ends, of which no turn tells.
 *
 * @param others Parts to look at, the most telling first.
 * @returns What they show together, and where the part is repeated.
 */
export function withRepeats(assembly: Assembly, part: number, others: readonly number[]): Repeats {
	const own = assembly.patchOf(part);
	const places: Place[] = [];
	const corners = assembly.cornersOf(part);
	if (own.loops.length === 0 || corners.count < 1) return { surface: own, places };
	let surface: Surface = own;
	let known = 0;
	const isCone = corners.count === 1;
	const alike = others.filter((p) => p !== part && hasAlike(corners, assembly.cornersOf(p)));
	for (const other of [part, ...(isCone ? spread(alike, MOST_PLACES) : alike)]) {
		assembly.check();
		const matches = findMatches(assembly, part, other);
		if (matches.length === 0) continue;
		// A part may repeat itself in several ways, as a wheel does by each of its spokes.
		const taken = other === part ? matches : matches.slice(0, 1);
		for (const { adds, common, placement } of taken) {
			if (other !== part && common > SAME_PART) places.push({ part: other, ...inverse(placement) });
			if (adds > LEAST_ADDED && known < MOST_MATCHES && (other === part || !isCone))
				surface = joined(surface, placed(assembly.patchOf(other), placement), ON * assembly.sizeOf(part));
		}
		if (other !== part && ++known === MOST_PLACES) break;
	}
	return { surface, places };
}

const hasAlike = (ours: Corners, theirs: Corners): boolean => {
	for (let a = 0; a < Math.min(MOST_BASES, ours.count); a++)
		for (let b = 0; b < theirs.count; b++) if (isAlike(ours, a, theirs, b)) return true;
	return false;
};

/** At most so many of a list, evenly from all of it. */
const spread = <T>(list: readonly T[], most: number): readonly T[] =>
	list.length <= most
		? list
		: Array.from({ length: most }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / most)]);

/** Shares of the area. */
const LEAST_ADDED = 0.02;
const LEAST_COMMON = 0.3;
/** What another part must show of this one's patch to be taken for the same behind the seam too. */
const SAME_PART = 0.8;
/** So many repeats are looked at, and so many of them joined: others add little. */
const MOST_PLACES = 8;
const MOST_MATCHES = 4;
/** Of the patch's size: nearer than this a point is on the other surface. */
const ON = 2e-3;

/** x ↦ m · x + p: rows of m, p. */
type Placement = { readonly m: readonly number[]; readonly p: readonly number[] };

/** Where a part is repeated: takes its points to those of the other part. */
export type Place = Placement & { readonly part: number };

export type Repeats = {
	/** The part's own patch, then the others' where it has none, moved to it; the patch itself where there are none. */
	readonly surface: Surface;
	/** Other parts that are the same as far as both are visible. */
	readonly places: readonly Place[];
};

type Match = {
	readonly placement: Placement;
	/** Share of this part's visible area that the other shows too. */
	readonly common: number;
	/** Share of the other's visible area that this part does not show. */
	readonly adds: number;
};

/** Placements of another part on this one without contradiction, the one that has most in common first. */
function findMatches(assembly: Assembly, part: number, other: number): Match[] {
	const theirs = assembly.cornersOf(other);
	const size = assembly.sizeOf(part);
	const found: Match[] = [];
	const enough = part === other ? ENOUGH_OWN : ENOUGH;
	const tried = new Set<string>();
	for (const placement of guesses(assembly.cornersOf(part), theirs, SAME_LENGTH * size)) {
		const key = keyOf(placement, theirs, size);
		if (tried.has(key)) continue;
		tried.add(key);
		assembly.check();
		const match = judge(assembly, part, other, placement);
		if (match && match.common >= LEAST_COMMON && (part !== other || match.adds > LEAST_ADDED)) {
			found.push(match);
			if (found.length === enough || match.common > SURE) break;
		}
		if (tried.size === MOST_GUESSES) break;
	}
	return found.sort((a, b) => b.common - a.common);
}

const MOST_GUESSES = 100;
/** Symmetric parts have many placements: the best of so many is taken, or the first that covers this share. */
const ENOUGH = 4;
const ENOUGH_OWN = 8;
const SURE = 0.97;

/** Two placements with one key do about the same to the first corners. */
function keyOf(placement: Placement, { points, count, ways }: Corners, size: number): string {
	const out = [0, 0, 0];
	const key: number[] = [];
	const add = (from: ArrayLike<number>, o: number): void => {
		place(placement, from, o, out, 0);
		for (const value of out) key.push(Math.round(value / (0.01 * size)));
	};
	for (let c = 0; c < Math.min(4, count); c++) add(points, 3 * c);
	if (count < 3)
		for (const way of ways[0].slice(0, 2))
			add(
				[0, 1, 2].map((k) => points[k] + size * way[k]),
				0,
			);
	return key.join();
}

/** Placements that put two corners of `theirs` on two alike ones of `ours`, then such as put one there with its edges. */
function* guesses(ours: Corners, theirs: Corners, near: number): Generator<Placement> {
	yield* guessesByTwo(ours, theirs, near);
	yield* guessesByOne(ours, theirs);
}

/** Placements that put a corner of `theirs` on an alike one of `ours`, and all its edges on the edges of that. */
function* guessesByOne(ours: Corners, theirs: Corners): Generator<Placement> {
	for (let a = 0; a < Math.min(MOST_BASES, ours.count); a++) {
		const frame = wayFrame(ours, a, 0);
		if (!frame || isOfBox(ours.ways[a])) continue;
		for (let b = 0; b < theirs.count; b++) {
			if (!isAlike(ours, a, theirs, b) || ours.ways[a].length !== theirs.ways[b].length) continue;
			for (let w = 0; w < theirs.ways[b].length; w++) {
				const other = wayFrame(theirs, b, w);
				if (!other || Math.abs(other.slope - frame.slope) > SAME_ANGLE) continue;
				for (const mirror of [1, -1]) {
					const m = turnTo(frame.axes, other.axes, mirror);
					if (haveSameWays(m, ours.ways[a], theirs.ways[b])) yield placementAt(m, ours, a, theirs, b);
				}
			}
		}
	}
}

/** Boxes of all sizes have such corners. */
const isOfBox = (ways: readonly Vector3[]): boolean =>
	ways.length === 3 && ways.every((way, i) => Math.abs(dot(way, ways[(i + 1) % 3])) < SAME_ANGLE);

/** A frame of a corner, one of its edges first. */
function wayFrame({ normals, ways }: Corners, c: number, w: number) {
	const x = ways[c][w];
	const n = unit([normals[3 * c], normals[3 * c + 1], normals[3 * c + 2]]);
	if (!x || !n) return undefined;
	const slope = dot(n, x);
	const y = unit(minus(n, [slope * x[0], slope * x[1], slope * x[2]]));
	return y && Math.abs(slope) < STEEPEST ? { axes: [x, y, cross(x, y)], slope } : undefined;
}

/** Of the cosine between an edge and the corner's normal: nearer to 1 they tell no turn. */
const STEEPEST = 0.995;

function haveSameWays(m: readonly number[], ours: readonly Vector3[], theirs: readonly Vector3[]): boolean {
	const moved = [0, 0, 0];
	return theirs.every((way) => {
		place({ m, p: [0, 0, 0] }, way, 0, moved, 0);
		return ours.some((w) => Math.hypot(w[0] - moved[0], w[1] - moved[1], w[2] - moved[2]) < 2 * SAME_ANGLE);
	});
}

/** The turn, or turn and mirror, that takes one frame's axes to another's. */
function turnTo(to: readonly Vector3[], from: readonly Vector3[], mirror: number): number[] {
	const m: number[] = [];
	for (let i = 0; i < 3; i++)
		for (let j = 0; j < 3; j++) m.push(to[0][i] * from[0][j] + to[1][i] * from[1][j] + mirror * to[2][i] * from[2][j]);
	return m;
}

function placementAt(m: readonly number[], ours: Corners, a: number, theirs: Corners, b: number): Placement {
	const moved = [0, 0, 0];
	place({ m, p: [0, 0, 0] }, theirs.points, 3 * b, moved, 0);
	return { m, p: moved.map((value, k) => ours.points[3 * a + k] - value) };
}

function* guessesByTwo(ours: Corners, theirs: Corners, near: number): Generator<Placement> {
	for (const [a1, a2] of bases(ours)) {
		const a = frameOf(ours, a1, a2);
		if (!a) continue;
		for (let b1 = 0; b1 < theirs.count; b1++) {
			if (!isAlike(ours, a1, theirs, b1)) continue;
			for (let b2 = 0; b2 < theirs.count; b2++) {
				if (b2 === b1 || !isAlike(ours, a2, theirs, b2)) continue;
				if (Math.abs(distance(theirs, b1, b2) - a.length) > near) continue;
				const b = frameOf(theirs, b1, b2);
				if (!b || a.angles.some((angle, i) => Math.abs(angle - b.angles[i]) > SAME_ANGLE)) continue;
				for (const mirror of [1, -1]) {
					if (Math.abs(a.side - mirror * b.side) > SAME_ANGLE) continue;
					yield placementAt(turnTo(a.axes, b.axes, mirror), ours, a1, theirs, b1);
				}
			}
		}
	}
}

const SAME_ANGLE = 0.01;
const SAME_SHAPE = 0.005;
/** Of the patch's size. */
const SAME_LENGTH = 1e-3;
const MOST_BASES = 6;

const isAlike = (ours: Corners, a: number, theirs: Corners, b: number): boolean =>
	Math.abs(ours.shape[2 * a] - theirs.shape[2 * b]) < SAME_SHAPE &&
	Math.abs(ours.shape[2 * a + 1] - theirs.shape[2 * b + 1]) < SAME_SHAPE;

/** Pairs of corners, sharp ones first: each with the one farthest away, and with the nearest that is not too near. */
function bases(corners: Corners): [number, number][] {
	const { count } = corners;
	const pairs: [number, number][] = [];
	for (let a = 0; a < Math.min(MOST_BASES, count); a++) {
		let [far, most] = [-1, 0];
		for (let b = 0; b < count; b++) {
			const d = distance(corners, a, b);
			if (d > most * 1.001) [far, most] = [b, d];
		}
		let [near, least] = [-1, most * 0.999];
		for (let b = 0; b < count; b++) {
			const d = distance(corners, a, b);
			if (d < least * 0.999 && d > 0.1 * most) [near, least] = [b, d];
		}
		for (const b of [far, near]) if (b >= 0) pairs.push([a, b]);
	}
	return pairs;
}

const distance = ({ points }: Corners, a: number, b: number): number =>
	Math.hypot(
		points[3 * b] - points[3 * a],
		points[3 * b + 1] - points[3 * a + 1],
		points[3 * b + 2] - points[3 * a + 2],
	);

/** A frame of two corners, and what of it stays the same wherever they are. */
function frameOf({ points, normals }: Corners, first: number, second: number) {
	const at = (list: Float64Array, v: number): Vector3 => [list[3 * v], list[3 * v + 1], list[3 * v + 2]];
	const way = minus(at(points, second), at(points, first));
	const x = unit(way);
	const n = unit(at(normals, first));
	const m = unit(at(normals, second));
	if (!x || !n || !m) return undefined;
	const across = (v: Vector3): Vector3 => minus(v, [dot(v, x) * x[0], dot(v, x) * x[1], dot(v, x) * x[2]]);
	const upright = across(n);
	// A normal along the way between the two says nothing of the turn around it.
	const y = unit(Math.hypot(...upright) > 0.1 ? upright : across(m));
	if (!y || Math.hypot(...across(n)) + Math.hypot(...across(m)) < 0.1) return undefined;
	const z = cross(x, y);
	return {
		axes: [x, y, z],
		length: Math.hypot(...way),
		angles: [dot(n, x), dot(m, x), dot(n, m)],
		side: dot(m, z),
	};
}

export function place(
	{ m, p }: Placement,
	from: ArrayLike<number>,
	o: number,
	to: number[] | Float32Array,
	at: number,
): void {
	const x = from[o];
	const y = from[o + 1];
	const z = from[o + 2];
	for (let k = 0; k < 3; k++) to[at + k] = m[3 * k] * x + m[3 * k + 1] * y + m[3 * k + 2] * z + p[k];
}

function inverse({ m, p }: Placement): Placement {
	const t = [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];
	const moved = [0, 0, 0];
	place({ m: t, p: [0, 0, 0] }, p, 0, moved, 0);
	return { m: t, p: moved.map((value) => -value) };
}

const determinant = ({ m }: Placement): number =>
	m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);

/** How two parts agree under a placement; nothing where they contradict each other. */
function judge(assembly: Assembly, part: number, other: number, placement: Placement): Match | undefined {
	const size = assembly.sizeOf(part);
	const theirs = covered(assembly, other, part, placement, size);
	if (!theirs) return undefined;
	const ours = covered(assembly, part, other, inverse(placement), assembly.sizeOf(other));
	return ours && { placement, common: ours.common, adds: 1 - theirs.common };
}

/** What share of the points of one part's patch are on the other's; nothing where too many are in the open. */
function covered(assembly: Assembly, from: number, on: number, placement: Placement, size: number) {
	const { points, normals } = assembly.samplesOf(from);
	const bvh = assembly.bvhOf(on);
	const { positions, triangles } = assembly.patchOf(on);
	const count = points.length / 3;
	const whole = bvhOf(assembly.mesh);
	const near = newNearest();
	const plane = new Float64Array(4);
	const p = [0, 0, 0];
	const n = [0, 0, 0];
	const turn = { ...placement, p: [0, 0, 0] };
	let [common, wrong] = [0, 0];
	const isInside = assembly.insideOf(on);
	// From all over the patch, so that a contradiction is met early.
	for (let step = 0, i = 0; step < count; step++, i = (i + STRIDE) % count) {
		place(placement, points, 3 * i, p, 0);
		place(turn, normals, 3 * i, n, 0);
		if (nearestPoint(bvh, p[0], p[1], p[2], ON * size, near)) {
			normalAndArea(positions, triangles, near.triangle, plane, 0);
			if (dot3(n, plane) > SAME_WAY) {
				common++;
				continue;
			}
		}
		// On a neighbour's visible surface it would be visible itself.
		const isOnWhole = nearestPoint(whole, p[0], p[1], p[2], ON * size, near);
		if (isOnWhole) normalAndArea(assembly.mesh.positions, assembly.mesh.triangles, near.triangle, plane, 0);
		const isHidden = isOnWhole ? dot3(n, plane) < SAME_WAY : isInside(p[0], p[1], p[2]);
		if (!isHidden && ++wrong > MOST_WRONG * count) return undefined;
	}
	return { common: common / count };
}

const dot3 = (a: ArrayLike<number>, b: ArrayLike<number>): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const SAME_WAY = 0.9;
const MOST_WRONG = 0.015;
/** Without a common divisor with the number of samples. */
const STRIDE = 61;

function placed({ positions, triangles }: Surface, placement: Placement): Surface {
	const moved = new Float32Array(positions.length);
	for (let i = 0; i < positions.length; i += 3) place(placement, positions, i, moved, i);
	if (determinant(placement) > 0) return { positions: moved, triangles };
	const turned = triangles.slice();
	for (let c = 0; c < turned.length; c += 3) [turned[c + 1], turned[c + 2]] = [turned[c + 2], turned[c + 1]];
	return { positions: moved, triangles: turned };
}

/** A surface and what of another one is not on it; triangles that are so in part are divided. */
function joined(surface: Surface, other: Surface, on: number): Surface {
	const bvh: Bvh = buildBvh(surface);
	const near = newNearest();
	const positions = Array.from(surface.positions);
	const triangles = Array.from(surface.triangles);
	const isOn = (x: number, y: number, z: number): boolean => nearestPoint(bvh, x, y, z, on, near);
	const add = (t: readonly number[], depth: number): void => {
		let count = isOn((t[0] + t[3] + t[6]) / 3, (t[1] + t[4] + t[7]) / 3, (t[2] + t[5] + t[8]) / 3) ? 1 : 0;
		if (depth < DIVISIONS) {
			for (let k = 0; k < 9; k += 3) if (isOn(t[k], t[k + 1], t[k + 2])) count++;
			if (count > 0 && count < 4) {
				const m = [0, 3, 6].map((k) => [0, 1, 2].map((q) => (t[k + q] + t[((k + 3) % 9) + q]) / 2));
				const v = [0, 3, 6].map((k) => t.slice(k, k + 3));
				add([...v[0], ...m[0], ...m[2]], depth + 1);
				add([...m[0], ...v[1], ...m[1]], depth + 1);
				add([...m[2], ...m[1], ...v[2]], depth + 1);
				add([...m[0], ...m[1], ...m[2]], depth + 1);
				return;
			}
		}
		if (count > 0) return;
		for (let k = 0; k < 9; k += 3) {
			triangles.push(positions.length / 3);
			positions.push(t[k], t[k + 1], t[k + 2]);
		}
	};
	for (let c = 0; c < other.triangles.length; c += 3)
		add(
			[0, 1, 2].flatMap((k) => [0, 1, 2].map((q) => other.positions[3 * other.triangles[c + k] + q])),
			0,
		);
	return { positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) };
}

const DIVISIONS = 4;
