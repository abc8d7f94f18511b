import { next } from '../mesh/mesh.ts';
import { bridgeLoops } from './bridge.ts';
import { type Draft, takenEdges } from './cap.ts';
import type { Budget, Obstacles } from './crossings.ts';
import { newEdgeMap } from './edge-map.ts';
import type { Patch } from './patch.ts';
import { triangulateLoop } from './triangulate.ts';

/**
 * Takes triangles of a cap that cross something out, with `rings` rings of cap around them, and fills the holes with
 * triangles that cross nothing: the spanning of least area and folds, of those that neither the patch, nor the outside of
 * the whole, nor the rest of the cap blocks. What cannot be filled so is left as it was.
 *
 * The taking out and filling again is of Attene. A lightweight approach to repairing digitized polygon meshes. 2010.
 * [attene2010] Departs from it: only caps are touched, and the filling looks where it goes.
 *
 * @param budget For all that is filled together; what is left over when it is used up stays as it was.
 * @param check Called before each hole; throws where the run was stopped.
 * @returns Holes that were filled.
 */
export function refillCap(
	patch: Patch,
	draft: Draft,
	obstacles: Obstacles,
	bad: ReadonlySet<number>,
	rings: number,
	budget: Budget,
	check: () => void,
): number {
	const pieces = connected(draft.triangles, grow(draft.triangles, bad, rings));
	let filled = 0;
	const replaced = new Map<number, readonly number[]>();
	const gone = new Set<number>();
	for (const [i, piece] of pieces.entries()) {
		check();
		const inPiece = new Set(piece);
		const rest = [...replaced.values()].flat();
		for (let t = 0; t < draft.triangles.length / 3; t++)
			if (!gone.has(t) && !inPiece.has(t))
				rest.push(draft.triangles[3 * t], draft.triangles[3 * t + 1], draft.triangles[3 * t + 2]);
		const inner = piece.flatMap((t) => draft.triangles.slice(3 * t, 3 * t + 3));
		const span = spanPiece(patch, draft, obstacles, inner, rest, budget, check);
		if (!span) continue;
		filled++;
		replaced.set(i, span);
		for (const t of piece) gone.add(t);
	}
	const result = draft.triangles.filter((_, c) => !gone.has((c / 3) | 0));
	draft.triangles.length = 0;
	for (const v of [...result, ...[...replaced.values()].flat()]) draft.triangles.push(v);
	return filled;
}

/** Longest border of a hole: the table of its spanning is cubic. */
const MOST_BORDER = 90;
const MOST_LOOPS = 4;

function spanPiece(
	patch: Patch,
	draft: Draft,
	obstacles: Obstacles,
	inner: readonly number[],
	rest: readonly number[],
	budget: Budget,
	check: () => void,
): number[] | undefined {
	const loops = borders(inner);
	const length = loops.reduce((sum, loop) => sum + loop.length, 0);
	if (loops.length === 0 || loops.length > MOST_LOOPS || length > MOST_BORDER || length < 3) return undefined;
	const { loop, bridges } = bridgeLoops(draft.positions, loops);
	const taken = takenEdges(patch, { positions: draft.positions, triangles: rest as number[] }, loop);
	for (let i = 0; i < bridges.length; i += 2) taken.add(bridges[i], bridges[i + 1]);
	const spanned = triangulateLoop(draft.positions, loop, taken.has, {
		isBlocked: obstacles.blocker(draft, rest, loop, budget),
		check,
	});
	return spanned ?? (loops.length === 1 ? fanAround(draft, obstacles, loops[0], rest, budget) : undefined);
}

/** A fan around a point before or behind the middle of a loop, the first that nothing blocks. */
function fanAround(
	draft: Draft,
	obstacles: Obstacles,
	loop: readonly number[],
	rest: readonly number[],
	budget: Budget,
): number[] | undefined {
	const { positions: p } = draft;
	const n = loop.length;
	const middle = [0, 0, 0];
	for (const v of loop) for (let k = 0; k < 3; k++) middle[k] += p[3 * v + k] / n;
	const normal = [0, 0, 0];
	let radius = 0;
	for (let i = 0; i < n; i++) {
		const u = [0, 1, 2].map((k) => p[3 * loop[i] + k] - middle[k]);
		const v = [0, 1, 2].map((k) => p[3 * loop[(i + 1) % n] + k] - middle[k]);
		for (let k = 0; k < 3; k++) normal[k] += u[(k + 1) % 3] * v[(k + 2) % 3] - u[(k + 2) % 3] * v[(k + 1) % 3];
		radius += Math.hypot(u[0], u[1], u[2]) / n;
	}
	const length = Math.hypot(normal[0], normal[1], normal[2]) || 1;
	const first = p.length / 3;
	for (const height of FAN_HEIGHTS)
		for (let k = 0; k < 3; k++) p.push(middle[k] + (height * radius * normal[k]) / length);
	const apexes = FAN_HEIGHTS.map((_, i) => first + i);
	const isBlocked = obstacles.blocker(draft, rest, [...loop, ...apexes], budget);
	for (let apex = first; apex < p.length / 3; apex++)
		if (loop.every((v, i) => !isBlocked(v, loop[(i + 1) % n], apex)))
			return loop.flatMap((v, i) => [v, loop[(i + 1) % n], apex]);
	return undefined;
}

/** In mean radii of the loop, the inside first. */
const FAN_HEIGHTS = [0, -0.3, -0.8, 0.3, -1.6, 0.8];

function grow(triangles: readonly number[], bad: ReadonlySet<number>, rings: number): Set<number> {
	const region = new Set(bad);
	for (let ring = 0; ring < rings; ring++) {
		const vertices = new Set<number>();
		for (const t of region) for (let k = 0; k < 3; k++) vertices.add(triangles[3 * t + k]);
		for (let c = 0; c < triangles.length; c++) if (vertices.has(triangles[c])) region.add((c / 3) | 0);
	}
	return region;
}

/** Pieces of the region that hang together by edges, each ascending. */
function connected(triangles: readonly number[], region: ReadonlySet<number>): number[][] {
	const order = [...region].sort((a, b) => a - b);
	const ownerOf = newEdgeMap(3 * order.length);
	for (const t of order) for (let c = 3 * t; c < 3 * t + 3; c++) ownerOf.set(triangles[c], triangles[next(c)], t);
	const seen = new Set<number>();
	const pieces: number[][] = [];
	for (const start of order) {
		if (seen.has(start)) continue;
		seen.add(start);
		const piece = [start];
		for (let i = 0; i < piece.length; i++)
			for (let c = 3 * piece[i]; c < 3 * piece[i] + 3; c++) {
				const other = ownerOf.get(triangles[next(c)], triangles[c]);
				if (other < 0 || seen.has(other)) continue;
				seen.add(other);
				piece.push(other);
			}
		pieces.push(piece.sort((a, b) => a - b));
	}
	return pieces;
}

/** Loops around some triangles, in the direction of their own edges. */
function borders(triangles: readonly number[]): number[][] {
	const cornerOf = newEdgeMap(triangles.length);
	for (let c = 0; c < triangles.length; c++) cornerOf.set(triangles[c], triangles[next(c)], c);
	const twin = (c: number): number => cornerOf.get(triangles[next(c)], triangles[c]);
	const seen = new Set<number>();
	const loops: number[][] = [];
	for (let start = 0; start < triangles.length; start++) {
		if (twin(start) >= 0 || seen.has(start)) continue;
		const loop: number[] = [];
		for (let c = start; !seen.has(c); ) {
			seen.add(c);
			loop.push(triangles[c]);
			c = next(c);
			for (let turns = 0; twin(c) >= 0 && turns < triangles.length; turns++) c = next(twin(c));
		}
		loops.push(loop);
	}
	return loops;
}
