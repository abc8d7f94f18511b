import { next } from '../mesh/mesh.ts';
import { bridgeLoops } from './bridge.ts';
import { newEdgeMap } from './edge-map.ts';
import { fair } from './fair.ts';
import type { Patch } from './patch.ts';
import { refineCap } from './refine.ts';
import { seamOf } from './seam.ts';
import { triangulateLoop } from './triangulate.ts';

/** A patch while it is being closed. The patch's own vertices come first and never move. */
export type Draft = {
	/** xyz of the patch's vertices, then of the cap's. */
	readonly positions: number[];
	/** Triangles of the cap, three vertices each. */
	readonly triangles: number[];
};

export function newDraft(patch: Patch): Draft {
	const positions: number[] = [];
	for (let i = 0; i < patch.positions.length; i++) positions.push(patch.positions[i]);
	return { positions, triangles: [] };
}

/** The patch and its cap as one surface. */
export function surfaceOf(patch: Patch, draft: Draft) {
	const positions = Float32Array.from(draft.positions);
	// The bits themselves: a number made from them and back is the same for all but odd ones.
	positions.set(patch.positions);
	const triangles = new Uint32Array(patch.triangles.length + draft.triangles.length);
	triangles.set(patch.triangles);
	triangles.set(draft.triangles, patch.triangles.length);
	return { positions, triangles };
}

/** Triangles of one cap: enough to look round, few beside the part. */
const MOST_CAP_TRIANGLES = 4000;

/** Closes loops one by one with triangles between their own vertices. @param check As in `capFair`. */
export function capFlat(patch: Patch, draft: Draft, loops: readonly Uint32Array[], check: () => void = () => {}): void {
	const isTaken = takenEdges(patch, draft);
	for (const loop of loops) spanLoop(draft, loop, isTaken.has, check);
}

/**
 * Closes all loops with one cap between their vertices, see `bridgeLoops`, of triangles that nothing blocks.
 *
 * @param isBlocked Whether a triangle may not be used.
 * @returns False where there is no such cap, or more vertices than the table of its spanning has room for.
 */
export function capBridged(
	patch: Patch,
	draft: Draft,
	loops: readonly Uint32Array[],
	isBlocked: (a: number, b: number, c: number) => boolean,
): boolean {
	// Each bridge is walked twice.
	if (loops.reduce((sum, { length }) => sum + length + 2, -2) > MOST_BRIDGED) return false;
	const { loop, bridges } = bridgeLoops(draft.positions, loops);
	const taken = takenEdges(patch, draft);
	for (let i = 0; i < bridges.length; i += 2) taken.add(bridges[i], bridges[i + 1]);
	const spanned = triangulateLoop(draft.positions, loop, taken.has, { isBlocked, most: MOST_BRIDGED });
	for (const v of spanned ?? []) draft.triangles.push(v);
	return spanned !== undefined;
}

/**
 * Closes nests of loops, see `nestLoops`, with one flat cap each, and what is left with fair caps.
 *
 * @param check As in `capFair`.
 * @returns False where there is no such cap, or more vertices than the table of its spanning has room for.
 */
export function capNested(
	patch: Patch,
	draft: Draft,
	nests: readonly (readonly number[])[],
	check: () => void = () => {},
): boolean {
	const closed = new Set<number>();
	for (const nest of nests) {
		const loops = nest.map((loop) => patch.loops[loop]);
		if (loops.reduce((sum, { length }) => sum + length + 2, -2) > MOST_BRIDGED) continue;
		const { loop, bridges } = bridgeLoops(draft.positions, loops);
		const taken = takenEdges(patch, draft);
		for (let i = 0; i < bridges.length; i += 2) taken.add(bridges[i], bridges[i + 1]);
		check();
		const spanned = triangulateLoop(draft.positions, loop, taken.has, { most: MOST_BRIDGED, check });
		if (!spanned) continue;
		for (const v of spanned) draft.triangles.push(v);
		for (const number of nest) closed.add(number);
	}
	if (closed.size === 0) return false;
	capRest(patch, draft, closed, check);
	return true;
}

/** Closes the loops that are not closed yet, given by number, with fair caps. */
export function capRest(patch: Patch, draft: Draft, closed: ReadonlySet<number>, check: () => void): void {
	const open = patch.loops.filter((_, loop) => !closed.has(loop));
	if (open.length > 0) capFair(patch, draft, open, check);
}

/** A table of 280 vertices takes about 80 ms. */
const MOST_BRIDGED = 280;

/**
 * Closes loops one by one with a ring of new vertices just inside the loop and a fan around its middle: no edge of it can
 * be in the surface already, so that it closes whatever the loop is like.
 */
export function capFan(_patch: Patch, { positions, triangles }: Draft, loops: readonly Uint32Array[]): void {
	for (const loop of loops) {
		const first = positions.length / 3;
		const n = loop.length;
		const centre = [0, 0, 0];
		for (const v of loop) for (let k = 0; k < 3; k++) centre[k] += positions[3 * v + k] / n;
		for (const v of loop)
			for (let k = 0; k < 3; k++) positions.push(positions[3 * v + k] + RING * (centre[k] - positions[3 * v + k]));
		positions.push(...centre);
		for (let i = 0; i < n; i++) {
			const j = (i + 1) % n;
			triangles.push(loop[i], loop[j], first + i, loop[j], first + j, first + i);
			triangles.push(first + i, first + j, first + n);
		}
	}
}

/** How far the ring of a fan is from the loop to its middle. */
const RING = 0.05;

/**
 * Closes loops one by one with caps that are refined to the density of the seam and continue the tangents of the patch:
 * triangulate, refine, fair.
 *
 * Liepa. Filling holes in meshes. 2003. [liepa2003]
 *
 * @param check Called often; throws where the run was stopped.
 */
export function capFair(patch: Patch, draft: Draft, loops: readonly Uint32Array[], check: () => void = () => {}): void {
	const isTaken = takenEdges(patch, draft);
	const size = edgeLengths(patch, draft);
	const first = draft.positions.length / 3;
	for (const loop of loops) {
		check();
		const at = draft.triangles.length;
		spanLoop(draft, loop, isTaken.has, check);
		while (size.length < draft.positions.length / 3) size.push(size[loop[0]]);
		const cap = draft.triangles.splice(at);
		refineCap(draft.positions, cap, size, MOST_CAP_TRIANGLES, isTaken.has);
		for (let c = 0; c < cap.length; c++) {
			draft.triangles.push(cap[c]);
			isTaken.add(cap[c], cap[next(c)]);
		}
	}
	const isFree = new Uint8Array(draft.positions.length / 3).fill(1, first);
	fair(draft.positions, [...seamOf(patch).triangles, ...draft.triangles], isFree, { check });
}

/** Triangles between the loop's vertices, or, where none fit, a fan around its centre. */
function spanLoop(
	draft: Draft,
	loop: Uint32Array,
	isTaken: (a: number, b: number) => boolean,
	check: () => void,
): void {
	const spanned = loop.length > 2 ? triangulateLoop(draft.positions, loop, isTaken, { check }) : undefined;
	if (spanned) {
		for (const v of spanned) draft.triangles.push(v);
		return;
	}
	const centre = draft.positions.length / 3;
	const sum = [0, 0, 0];
	for (const v of loop) for (let k = 0; k < 3; k++) sum[k] += draft.positions[3 * v + k] / loop.length;
	draft.positions.push(...sum);
	for (let i = 0; i < loop.length; i++) draft.triangles.push(loop[i], loop[(i + 1) % loop.length], centre);
}

/**
 * Edges that the surface has already, by vertices of the mesh: copies of a bow-tie are one.
 *
 * @param among Only edges between these vertices are asked for; all between vertices of the border where absent.
 */
export function takenEdges(patch: Patch, draft: Draft, among?: readonly number[]) {
	const { vertexOf } = patch;
	const visible = seamOf(patch).triangles;
	const taken = newEdgeMap(among ? 4 * among.length : (visible.length + draft.triangles.length) / 2);
	const id = (v: number): number => (v < vertexOf.length ? vertexOf[v] : v + 2 ** 26);
	const wanted = among && new Set(among.map(id));
	const add = (a: number, b: number): void => {
		const i = id(a);
		const j = id(b);
		taken.set(i < j ? i : j, i < j ? j : i, 1);
	};
	for (const list of [visible, draft.triangles])
		for (let c = 0; c < list.length; c++) {
			const to = list[next(c)];
			if (!wanted || (wanted.has(id(list[c])) && wanted.has(id(to)))) add(list[c], to);
		}
	const has = (a: number, b: number): boolean => {
		const i = id(a);
		const j = id(b);
		return i === j || taken.get(i < j ? i : j, i < j ? j : i) > 0;
	};
	return { add, has };
}

/** Mean length of the border edges at each border vertex. */
function edgeLengths(patch: Patch, draft: Draft): number[] {
	const size = new Array<number>(draft.positions.length / 3).fill(0);
	const p = draft.positions;
	for (const loop of patch.loops) {
		for (let i = 0; i < loop.length; i++) {
			const a = loop[i];
			const b = loop[(i + 1) % loop.length];
			const half = Math.hypot(p[3 * a] - p[3 * b], p[3 * a + 1] - p[3 * b + 1], p[3 * a + 2] - p[3 * b + 2]) / 2;
			size[a] += half;
			size[b] += half;
		}
	}
	return size;
}
