import { type Mesh, next, prev } from '../mesh/mesh.ts';
import type { Draft } from './cap.ts';
import { newEdgeMap } from './edge-map.ts';
import type { Patch } from './patch.ts';
import { seamOf } from './seam.ts';

/**
 * Halves edges of the cap that are in the surface already, or that join two copies of one vertex of the input: welded by
 * position they would have more than two triangles.
 *
 * @param others Where neighbours take the cap over: edges that they have already are halved too.
 */
export function splitShared(patch: Patch, draft: Draft, others?: Mesh): void {
	const { vertexOf } = patch;
	const weldOf = (v: number): number => (v < vertexOf.length ? vertexOf[v] : -1 - v);
	// Only edges between vertices of the seam can be in the surface already.
	const { atSeam, welded } = seamOf(patch);
	const taken = newEdgeMap(atSeam.size);
	for (let c = 0; others && c < others.triangles.length; c++) {
		const a = others.triangles[c];
		const b = others.triangles[next(c)];
		if (atSeam.has(a) && atSeam.has(b)) taken.set(Math.min(a, b), Math.max(a, b), 1);
	}
	for (let round = 0; round < MOST_SPLITS; round++) {
		const uses = newEdgeMap(welded.length / 2 + draft.triangles.length);
		const use = (a: number, b: number): void => {
			const low = Math.min(a, b);
			const high = Math.max(a, b);
			uses.set(low, high, Math.max(0, uses.get(low, high)) + 1);
		};
		for (let i = 0; i < welded.length; i += 2) use(vertexOf[welded[i]], vertexOf[welded[i + 1]]);
		for (let c = 0; c < draft.triangles.length; c++) use(weldOf(draft.triangles[c]), weldOf(draft.triangles[next(c)]));
		const shared: number[] = [];
		for (let c = 0; c < draft.triangles.length; c++) {
			const a = draft.triangles[c];
			const b = draft.triangles[next(c)];
			const low = Math.min(weldOf(a), weldOf(b));
			const high = Math.max(weldOf(a), weldOf(b));
			if ((uses.get(low, high) > 2 || taken.get(low, high) > 0) && (a < b || low === high)) shared.push(c);
		}
		if (splitEdges(draft, shared) === 0) return;
	}
}

const MOST_SPLITS = 5;

/** Halves the longest inner edge of each of these triangles of the cap. */
export function splitTriangles(draft: Draft, chosen: ReadonlySet<number>): void {
	const { positions: p, triangles } = draft;
	const twins = innerTwins(triangles);
	const corners: number[] = [];
	for (const t of chosen) {
		let best = 0;
		let corner = -1;
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			if (twins[c] < 0) continue;
			const a = triangles[c];
			const b = triangles[next(c)];
			const length = Math.hypot(p[3 * a] - p[3 * b], p[3 * a + 1] - p[3 * b + 1], p[3 * a + 2] - p[3 * b + 2]);
			if (length <= best) continue;
			best = length;
			corner = c;
		}
		if (corner >= 0) corners.push(corner);
	}
	splitEdges(draft, corners);
}

/** Halves inner edges of the cap, given by a corner each; those beside an edge that was just halved are left. */
function splitEdges({ positions: p, triangles }: Draft, corners: readonly number[]): number {
	const twins = innerTwins(triangles);
	const touched = new Set<number>();
	let split = 0;
	for (const corner of corners) {
		const twin = twins[corner];
		if (twin < 0 || touched.has((corner / 3) | 0) || touched.has((twin / 3) | 0)) continue;
		split++;
		const middle = p.length / 3;
		const a = triangles[corner];
		const b = triangles[next(corner)];
		for (let k = 0; k < 3; k++) p.push((p[3 * a + k] + p[3 * b + k]) / 2);
		for (const c of [corner, twin]) {
			// (from, to, across) becomes (from, middle, across) and (middle, to, across).
			const to = next(c);
			const across = prev(c);
			triangles.push(middle, triangles[to], triangles[across]);
			triangles[to] = middle;
			touched.add((c / 3) | 0);
		}
	}
	return split;
}

/** Corner of the cap across the edge of each, or -1 on its border. */
function innerTwins(triangles: readonly number[]): Int32Array {
	const cornerOf = newEdgeMap(triangles.length);
	const twins = new Int32Array(triangles.length).fill(-1);
	for (let c = 0; c < triangles.length; c++) cornerOf.set(triangles[c], triangles[next(c)], c);
	for (let c = 0; c < triangles.length; c++) twins[c] = cornerOf.get(triangles[next(c)], triangles[c]);
	return twins;
}
