import { capFair, type Draft } from './cap.ts';
import type { Patch } from './patch.ts';
import type { Plug } from './plug.ts';
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
	const open = patch.loops.filter((_, loop) => !joined.has(loop));
	if (open.length > 0) capFair(patch, draft, open, check);
	return joined.size;
}

/** Whether a loop lies in a plane. */
export function isFlat({ positions }: Patch, loop: Uint32Array): boolean {
	const centre = [0, 0, 0];
	const area = [0, 0, 0];
	for (let i = 0; i < loop.length; i++) {
		const a = 3 * loop[i];
		const b = 3 * loop[i + 1 < loop.length ? i + 1 : 0];
		const o = 3 * loop[0];
		for (let k = 0; k < 3; k++) {
			const l = (k + 1) % 3;
			const m = (k + 2) % 3;
			centre[k] += positions[a + k] / loop.length;
			area[k] +=
				((positions[a + l] - positions[o + l]) * (positions[b + m] - positions[o + m]) -
					(positions[a + m] - positions[o + m]) * (positions[b + l] - positions[o + l])) /
				2;
		}
	}
	const total = Math.hypot(area[0], area[1], area[2]);
	let off = 0;
	for (const v of loop)
		off = Math.max(off, Math.abs(area.reduce((sum, n, k) => sum + n * (positions[3 * v + k] - centre[k]), 0)));
	return off <= FLAT * total ** 1.5;
}

/** Greatest distance from the plane of a flat loop, in roots of its area. */
const FLAT = 0.01;

/** Seam loop that each border loop of the plug joins, or -1; the longest border loop of those along one seam loop. */
function pairLoops(patch: Patch, { surface, h }: Plug, joined: ReadonlySet<number>, check: () => void): number[] {
	const pairs = surface.loops.map(() => -1);
	const order = surface.loops.map((_, i) => i).sort((a, b) => surface.loops[b].length - surface.loops[a].length);
	const taken = new Set(joined);
	for (const border of order) {
		const votes = new Map<number, number>();
		const loop = surface.loops[border];
		for (const v of loop) {
			check();
			const seam = nearestSeam(patch, surface.positions, v, REACH * h);
			if (seam >= 0) votes.set(seam, (votes.get(seam) ?? 0) + 1);
		}
		let best = -1;
		for (const [seam, count] of votes) if (best < 0 || count > votes.get(best)!) best = seam;
		if (best < 0 || votes.get(best)! < AGREE * loop.length || taken.has(best)) continue;
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
/** Share of a border loop's vertices that must be along the same seam loop. */
const AGREE = 0.6;

function nearestSeam(patch: Patch, positions: Float32Array, v: number, reach: number): number {
	const x = positions[3 * v];
	const y = positions[3 * v + 1];
	const z = positions[3 * v + 2];
	const p = patch.positions;
	let best = reach * reach;
	let found = -1;
	for (let seam = 0; seam < patch.loops.length; seam++) {
		const loop = patch.loops[seam];
		for (let i = 0; i < loop.length; i++) {
			const a = 3 * loop[i];
			const b = 3 * loop[i + 1 < loop.length ? i + 1 : 0];
			const ex = p[b] - p[a];
			const ey = p[b + 1] - p[a + 1];
			const ez = p[b + 2] - p[a + 2];
			const dx = x - p[a];
			const dy = y - p[a + 1];
			const dz = z - p[a + 2];
			const along = ex * ex + ey * ey + ez * ez;
			const s = along > 0 ? Math.max(0, Math.min(1, (ex * dx + ey * dy + ez * dz) / along)) : 0;
			const squared = (dx - s * ex) ** 2 + (dy - s * ey) ** 2 + (dz - s * ez) ** 2;
			if (squared >= best) continue;
			best = squared;
			found = seam;
		}
	}
	return found;
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
