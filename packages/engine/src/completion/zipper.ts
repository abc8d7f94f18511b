import { dot, minus, type Vector3 } from '../math/vector3.ts';
import { prev } from '../mesh/mesh.ts';
import { capRest, type Draft } from './cap.ts';
import { planeOf } from './nest.ts';
import type { Patch } from './patch.ts';
import type { Plug } from './plug.ts';
import { seamOf } from './seam.ts';
import { triangulateLoop } from './triangulate.ts';

/**
 * Joins the hidden surface to the patch: each border loop of a plug to the seam loop that it runs along, by a strip of
 * triangles between the two. Nothing of the patch moves or is divided.
 *
 * A plug with two borders joins two loops (the belt's carrier becomes one tube), with more, more. A border that runs
 * along a seam loop which has its strip already is closed by itself; a seam loop that no plug reaches gets a fair cap.
 * So does, if `keepsFlat`, a flat loop that no plug joins to another: where two parts meet in a plane they mostly end
 * there.
 *
 * Tried: fairing the four rings beside the seam, so that tangents continue: ten times as many crossings for the same
 * volume, since the strip's triangles are long and the rings fold.
 *
 * @param check Called often; throws where the run was stopped.
 * @returns Seam loops that were joined to a plug; 0 means that the draft is the fair caps'.
 */
export function zipPlugs(
	patch: Patch,
	draft: Draft,
	plugs: readonly Plug[],
	keepsFlat: boolean,
	check: () => void = () => {},
): number {
	const joined = new Set<number>();
	for (const plug of plugs) {
		const pairs = pairLoops(patch, plug, joined, check);
		const seams = pairs.filter((seam) => seam >= 0);
		if (seams.length === 0 || (keepsFlat && seams.length === 1 && isFlat(patch, patch.loops[seams[0]]))) continue;
		addPlug(patch, draft, plug, pairs, joined, check);
	}
	capRest(patch, draft, joined, check);
	return joined.size;
}

/**
 * Pairs of seam loops that face each other across a gap of the visible surface: they run along each other, as those at both
 * sides of a belt do on what the belt is around, or they are alike and the visible surfaces point at each other, as a rod's
 * do before and behind what it goes through. Each is the nearest of the other. Gaps narrower than the grid's cells are seen
 * by no plug, nor are rods thinner than those.
 *
 * Those of the belt itself, with its visible surface between them, are none: it may be a ring, or go through.
 */
export function pairSeams(patch: Patch, check: () => void = () => {}): [number, number][] {
	const { positions, loops } = patch;
	if (loops.length < 2) return [];
	const lengths = loops.map((loop) => lengthOf(positions, loop));
	const partner = loops.map((loop, i) => {
		let best = -1;
		let least = Infinity;
		for (let j = 0; j < loops.length; j++) {
			if (j === i || lengths[j] > MOST_LONGER * lengths[i] || lengths[i] > MOST_LONGER * lengths[j]) continue;
			check();
			const apart = Math.min(
				acrossGap(patch, loop, loops[j], BESIDE * lengths[i]),
				throughGap(patch, loop, loops[j], ALIKE * lengths[i]),
			);
			if (apart >= least) continue;
			least = apart;
			best = j;
		}
		return best;
	});
	return partner.flatMap((j, i): [number, number][] => (j > i && partner[j] === i ? [[i, j]] : []));
}

/**
 * Greatest distance from a loop to another; infinite where that is more than `most`, or where the other is not on the side
 * where the visible surface ends.
 */
function acrossGap(patch: Patch, from: Uint32Array, to: Uint32Array, most: number): number {
	const { positions: p } = patch;
	const stride = Math.max(1, Math.floor(from.length / FEELERS));
	let [apart, ahead] = [0, 0];
	for (let i = 0; i < from.length; i += stride) {
		const here = pointAt(p, from[i]);
		const nearest = nearestVertex(p, to, from[i]);
		apart = Math.max(apart, Math.sqrt(nearest.squared));
		if (apart >= most) return Infinity;
		const edge = minus(pointAt(p, from[i + 1 < from.length ? i + 1 : 0]), here);
		const away = endOf(patch, from, i);
		const along = dot(away, edge) / (dot(edge, edge) || 1);
		const way = minus(pointAt(p, nearest.vertex), here);
		ahead += dot(away, way) - along * dot(edge, way);
	}
	return ahead > 0 ? apart : Infinity;
}

/** The way out of the visible surface at a vertex of a loop: from the tip of its triangle there. */
function endOf(patch: Patch, loop: Uint32Array, i: number): Vector3 {
	const { positions: p, triangles } = patch;
	const corner = seamOf(patch).cornerOf.get(loop[i], loop[i + 1 < loop.length ? i + 1 : 0]);
	if (corner < 0) return [0, 0, 0];
	return minus(pointAt(p, loop[i]), pointAt(p, triangles[prev(corner)]));
}

/**
 * Distance of two loops between which the visible surface goes on as a prism: it points from each at the other, and seen in
 * that direction they lie on each other. Infinite where it does not.
 */
function throughGap(patch: Patch, from: Uint32Array, to: Uint32Array, most: number): number {
	const { positions: p } = patch;
	const [axis, other] = [from, to].map((loop): Vector3 => {
		const sum: [number, number, number] = [0, 0, 0];
		for (let i = 0; i < loop.length; i++) {
			const end = endOf(patch, loop, i);
			for (let k = 0; k < 3; k++) sum[k] += end[k];
		}
		const length = Math.sqrt(dot(sum, sum)) || 1;
		return [sum[0] / length, sum[1] / length, sum[2] / length];
	});
	if (dot(axis, other) > -OPPOSITE) return Infinity;
	const here = middleOf(p, from);
	const shift = minus(middleOf(p, to), here);
	const far = dot(shift, axis);
	if (far <= 0) return Infinity;
	const flat = (v: number): number[] => {
		const at = pointAt(p, v);
		const along = dot(at, axis);
		return at.map((value, k) => value - along * axis[k]);
	};
	for (const [loop, against] of [
		[from, to],
		[to, from],
	]) {
		const places = Float64Array.from([...against].flatMap(flat));
		const stride = Math.max(1, Math.floor(loop.length / FEELERS));
		for (let i = 0; i < loop.length; i += stride) {
			const at = flat(loop[i]);
			let squared = Infinity;
			for (let j = 0; j < against.length && squared > most * most; j++)
				squared = Math.min(squared, squaredToEdge(places, 3 * j, 3 * ((j + 1) % against.length), at, 0));
			if (squared > most * most) return Infinity;
		}
	}
	return far;
}

const pointAt = (p: ArrayLike<number>, v: number): Vector3 => [p[3 * v], p[3 * v + 1], p[3 * v + 2]];

function middleOf(positions: ArrayLike<number>, loop: Uint32Array): Vector3 {
	const sum: [number, number, number] = [0, 0, 0];
	for (const v of loop) for (let k = 0; k < 3; k++) sum[k] += positions[3 * v + k] / loop.length;
	return sum;
}

/** Greatest distance between loops that lie on each other, in lengths of the first. */
const ALIKE = 0.02;
/** Cosine between two surfaces that point at each other. */
const OPPOSITE = 0.99;

function nearestVertex(positions: ArrayLike<number>, loop: Uint32Array, v: number) {
	let [squared, vertex] = [Infinity, -1];
	for (const w of loop) {
		const found = squaredLength(positions, v, w);
		if (found < squared) [squared, vertex] = [found, w];
	}
	return { squared, vertex };
}

/** Greatest distance of two such loops, in lengths of the shorter. */
const BESIDE = 0.2;
const MOST_LONGER = 1.5;
/** Vertices of a loop that are asked how far the other is. */
const FEELERS = 24;

function lengthOf(positions: ArrayLike<number>, loop: ArrayLike<number>): number {
	let sum = 0;
	for (let i = 0; i < loop.length; i++)
		sum += Math.sqrt(squaredLength(positions, loop[i], loop[i + 1 < loop.length ? i + 1 : 0]));
	return sum;
}

/** Closes pairs of loops, see `pairSeams`, by a strip each, and what is left with fair caps. */
export function zipSeams(
	patch: Patch,
	draft: Draft,
	pairs: readonly (readonly [number, number])[],
	check: () => void = () => {},
): void {
	const zipped = new Set<number>();
	for (const [i, j] of pairs) {
		if (patch.loops[i].length * patch.loops[j].length > MOST_STRIP) continue;
		zipStrip(draft, patch.loops[i], Array.from(patch.loops[j]), check);
		zipped.add(i).add(j);
	}
	capRest(patch, draft, zipped, check);
}

/** Whether a loop lies in a plane. */
export const isFlat = ({ positions }: Patch, loop: Uint32Array): boolean => planeOf(positions, loop) !== undefined;

/** Seam loop that each border loop of the plug joins, or -1; the longest border loop of those along one seam loop. */
function pairLoops(patch: Patch, { surface, h }: Plug, joined: ReadonlySet<number>, check: () => void): number[] {
	const pairs = surface.loops.map(() => -1);
	const order = surface.loops.map((_, i) => i).sort((a, b) => surface.loops[b].length - surface.loops[a].length);
	const taken = new Set(joined);
	for (const border of order) {
		const votes = new Map<number, number>();
		const loop = surface.loops[border];
		const length = lengthOf(surface.positions, loop);
		for (let i = 0; i < loop.length; i++) {
			check();
			const seam = nearestSeam(patch, surface.positions, loop[i], REACH * h);
			if (seam >= 0) votes.set(seam, (votes.get(seam) ?? 0) + edgesAround(surface.positions, loop, i) / length);
		}
		let best = -1;
		for (const [seam, share] of votes) if (best < 0 || share > votes.get(best)!) best = seam;
		if (best < 0 || votes.get(best)! < AGREE || taken.has(best)) continue;
		if (loop.length * patch.loops[best].length > MOST_STRIP) continue;
		taken.add(best);
		pairs[border] = best;
	}
	return pairs;
}

/** Largest table for a strip: 64 MB. */
const MOST_STRIP = 2 ** 23;
/** A border vertex further than this from every seam loop, in cells, has no say. */
const REACH = 4;
/** Share of a border loop that must be along the same seam loop. */
const AGREE = 0.5;

/** Half the length of the two edges at a vertex of a loop. */
function edgesAround(positions: ArrayLike<number>, loop: Uint32Array, i: number): number {
	const before = loop[i > 0 ? i - 1 : loop.length - 1];
	const after = loop[i + 1 < loop.length ? i + 1 : 0];
	return (
		(Math.sqrt(squaredLength(positions, before, loop[i])) + Math.sqrt(squaredLength(positions, loop[i], after))) / 2
	);
}

function nearestSeam(patch: Patch, positions: Float32Array, v: number, reach: number): number {
	let best = reach * reach;
	let found = -1;
	for (let seam = 0; seam < patch.loops.length; seam++) {
		const loop = patch.loops[seam];
		for (let i = 0; i < loop.length; i++) {
			const next = loop[i + 1 < loop.length ? i + 1 : 0];
			const squared = squaredToEdge(patch.positions, 3 * loop[i], 3 * next, positions, v);
			if (squared >= best) continue;
			best = squared;
			found = seam;
		}
	}
	return found;
}

/** Square of the distance from an edge, given by where its ends are in `p`, to vertex v of `positions`. */
function squaredToEdge(p: ArrayLike<number>, a: number, b: number, positions: ArrayLike<number>, v: number): number {
	const ex = p[b] - p[a];
	const ey = p[b + 1] - p[a + 1];
	const ez = p[b + 2] - p[a + 2];
	const dx = positions[3 * v] - p[a];
	const dy = positions[3 * v + 1] - p[a + 1];
	const dz = positions[3 * v + 2] - p[a + 2];
	const along = ex * ex + ey * ey + ez * ez;
	const s = along > 0 ? Math.max(0, Math.min(1, (ex * dx + ey * dy + ez * dz) / along)) : 0;
	return (dx - s * ex) ** 2 + (dy - s * ey) ** 2 + (dz - s * ez) ** 2;
}

function addPlug(
	patch: Patch,
	draft: Draft,
	{ surface }: Plug,
	pairs: readonly number[],
	joined: Set<number>,
	check: () => void,
): void {
	const first = draft.positions.length / 3;
	for (const value of surface.positions) draft.positions.push(value);
	for (const v of surface.triangles) draft.triangles.push(first + v);
	for (const [i, seam] of pairs.entries()) {
		const border = Array.from(surface.loops[i], (v) => first + v);
		if (seam >= 0) {
			joined.add(seam);
			zipStrip(draft, patch.loops[seam], border, check);
			continue;
		}
		const span = border.length > 2 ? triangulateLoop(draft.positions, border, () => false, { check }) : undefined;
		for (const v of span ?? []) draft.triangles.push(v);
	}
}

/**
 * Triangles between two loops that run in opposite directions, each in the direction of the strip's own edges: the
 * walk along both whose cross edges are shortest in sum, begun at the pair of vertices nearest to each other.
 *
 * Fuchs, Kedem, Uselton. Optimal surface reconstruction from planar contours. 1977. [fuchs1977]
 * Departs from it: one start instead of all, and lengths instead of areas: areas are 0 where the loops fold back.
 *
 *     seam    i ──── i+1          a step along the seam: (i, i+1, j)
 *             │  ╲    │           a step along the border: (j+1, j, i)
 *     border  j ──── j+1          (the border reversed, so that both walk the same way)
 */
function zipStrip(draft: Draft, seam: Uint32Array, border: readonly number[], check: () => void): void {
	const facing = border.slice().reverse();
	const { i: startI, j: startJ } = nearestPair(draft.positions, seam, facing);
	const n = seam.length;
	const m = facing.length;
	const cost = new Float64Array((n + 1) * (m + 1));
	const alongSeam = new Uint8Array((n + 1) * (m + 1));
	for (let i = 0, at = 0; i <= n; i++) {
		check();
		for (let j = 0; j <= m; j++, at++) {
			const fromSeam = i > 0 ? cost[at - m - 1] : Infinity;
			const fromBorder = j > 0 ? cost[at - 1] : Infinity;
			if (at === 0) continue;
			alongSeam[at] = fromSeam <= fromBorder ? 1 : 0;
			cost[at] =
				Math.min(fromSeam, fromBorder) +
				squaredLength(draft.positions, seam[(startI + i) % n], facing[(startJ + j) % m]);
		}
	}
	for (let i = n, j = m; i > 0 || j > 0; ) {
		const s = seam[(startI + i) % n];
		const b = facing[(startJ + j) % m];
		if (alongSeam[i * (m + 1) + j]) draft.triangles.push(seam[(startI + --i) % n], s, b);
		else draft.triangles.push(b, facing[(startJ + --j) % m], s);
	}
}

function nearestPair(positions: ArrayLike<number>, seam: Uint32Array, facing: readonly number[]) {
	let best = Infinity;
	let pair = { i: 0, j: 0 };
	for (let i = 0; i < seam.length; i++)
		for (let j = 0; j < facing.length; j++) {
			const squared = squaredLength(positions, seam[i], facing[j]);
			if (squared >= best) continue;
			best = squared;
			pair = { i, j };
		}
	return pair;
}

const squaredLength = (positions: ArrayLike<number>, a: number, b: number): number =>
	(positions[3 * a] - positions[3 * b]) ** 2 +
	(positions[3 * a + 1] - positions[3 * b + 1]) ** 2 +
	(positions[3 * a + 2] - positions[3 * b + 2]) ** 2;
