import { normalAndArea } from '../math/triangle.ts';
import { type Mesh, next } from '../mesh/mesh.ts';
import { twins } from '../mesh/topology.ts';
import type { Draft } from './cap.ts';
import { newEdgeMap } from './edge-map.ts';
import type { Patch } from './patch.ts';
import { signedVolume } from './verify.ts';

/** An inner hollow of the whole: a shell that is closed by itself and holds nothing. */
export type Bubble = {
	/** Triangles of the whole, ascending. */
	readonly triangles: readonly number[];
	readonly volume: number;
	/** A point in the hollow. */
	readonly at: readonly number[];
};

export type Bubbles = {
	readonly list: readonly Bubble[];
	/** Bubble of each triangle of the whole, or -1. */
	readonly of: Int32Array;
};

/**
 * Finds the hollows of a whole. Where parts were united there are some: between a peg and the end of its hole, between coins
 * of a pile. Of 132 public assemblies 31 have any; a grid sees none of them, and of 13 parts that stood more than 1e-6 of
 * their volume out of the whole 11 held a bubble.
 *
 * @param isInside Whether a point is inside the whole.
 */
export function bubblesOf(mesh: Mesh, isInside: (x: number, y: number, z: number) => boolean): Bubbles {
	const twin = twins(mesh);
	const count = twin.length / 3;
	const of = new Int32Array(count).fill(-1);
	const seen = new Uint8Array(count);
	const list: Bubble[] = [];
	const plane = new Float64Array(4);
	for (let start = 0; start < count; start++) {
		if (seen[start]) continue;
		seen[start] = 1;
		const shell = [start];
		let isClosed = true;
		for (let i = 0; i < shell.length; i++)
			for (let c = 3 * shell[i]; c < 3 * shell[i] + 3; c++) {
				const t = (twin[c] / 3) | 0;
				if (twin[c] < 0) isClosed = false;
				else if (!seen[t]) {
					seen[t] = 1;
					shell.push(t);
				}
			}
		if (!isClosed) continue;
		const corners = new Uint32Array(3 * shell.length);
		for (let i = 0; i < shell.length; i++) corners.set(mesh.triangles.subarray(3 * shell[i], 3 * shell[i] + 3), 3 * i);
		const volume = -signedVolume(mesh.positions, corners);
		if (!(volume > 0)) continue;
		let widest = -1;
		let most = 0;
		for (const t of shell) {
			normalAndArea(mesh.positions, mesh.triangles, t, plane, 0);
			if (plane[3] > most) [widest, most] = [t, plane[3]];
		}
		if (widest < 0) continue;
		normalAndArea(mesh.positions, mesh.triangles, widest, plane, 0);
		const step = BEFORE * Math.cbrt(volume);
		const at = [0, 1, 2].map((k) => {
			let sum = step * plane[k];
			for (let c = 3 * widest; c < 3 * widest + 3; c++) sum += mesh.positions[3 * mesh.triangles[c] + k] / 3;
			return sum;
		});
		// A solid that is inside out, or one within another, is no hollow.
		if (isInside(at[0], at[1], at[2])) continue;
		for (const t of shell) of[t] = list.length;
		list.push({ triangles: shell.sort((a, b) => a - b), volume, at });
	}
	return { list, of };
}

/** How far before its widest triangle the point in a bubble is, in cube roots of its volume. */
const BEFORE = 1e-3;

/**
 * Closes loops with the whole's own surface on their other side: in bubbles, and in pockets, small dents of the neighbours
 * that one sees through a hole of this part. A part that goes on around a hollow has it in its inside, and no cap through
 * the hollow is within the whole.
 *
 * @returns Numbers of the loops that are closed now.
 */
export function lineHollows(mesh: Mesh, { of }: Bubbles, patch: Patch, draft: Draft): Set<number> {
	const lined = new Set<number>();
	const twin = twins(mesh);
	const isOwn = new Set(patch.triangleOf);
	const edges = newEdgeMap(16);
	const locals = new Map<number, number>();
	const plane = new Float64Array(4);
	let most = 0;
	for (const t of patch.triangleOf) {
		normalAndArea(mesh.positions, mesh.triangles, t, plane, 0);
		most += POCKET * plane[3];
	}
	for (const [number, loop] of patch.loops.entries())
		for (let i = 0; i < loop.length; i++) {
			const v = patch.vertexOf[loop[i]];
			// Of a vertex with several copies none can be told from another.
			locals.set(v, locals.has(v) ? -1 : loop[i]);
			edges.set(v, patch.vertexOf[loop[i + 1 < loop.length ? i + 1 : 0]], number);
		}
	const seen = new Set<number>();
	for (const start of patch.triangleOf)
		for (let c = 3 * start; c < 3 * start + 3; c++) {
			const across = (twin[c] / 3) | 0;
			if (twin[c] < 0 || isOwn.has(across) || seen.has(across)) continue;
			const lining = [across];
			seen.add(across);
			const met = new Map<number, number>();
			let area = 0;
			let isSound = true;
			for (let i = 0; i < lining.length && isSound; i++) {
				normalAndArea(mesh.positions, mesh.triangles, lining[i], plane, 0);
				area += plane[3];
				isSound = of[lining[i]] >= 0 || area <= most;
				for (let d = 3 * lining[i]; d < 3 * lining[i] + 3; d++) {
					const t = (twin[d] / 3) | 0;
					const end = edges.get(mesh.triangles[d], mesh.triangles[next(d)]);
					if (end >= 0) met.set(end, (met.get(end) ?? 0) + 1);
					else if (twin[d] < 0) isSound = false;
					else if (!seen.has(t) && !isOwn.has(t)) {
						seen.add(t);
						lining.push(t);
					}
					if (locals.get(mesh.triangles[d]) === -1) isSound = false;
				}
			}
			const ends = [...met.keys()];
			if (!isSound || ends.some((end) => met.get(end)! < patch.loops[end].length || lined.has(end))) continue;
			if (of[across] < 0 && !isDent(mesh, patch, lining, ends)) continue;
			for (const end of ends) lined.add(end);
			copyTriangles(mesh, lining, locals, draft);
		}
	return lined;
}

/** Greatest area of a pocket, in areas of the patch. */
const POCKET = 0.02;

/** Whether a piece of the whole goes in from the lids on its borders, not out. */
function isDent(
	{ positions, triangles }: Mesh,
	{ vertexOf, loops }: Patch,
	piece: readonly number[],
	ends: readonly number[],
): boolean {
	const corners = piece.flatMap((t) => [...triangles.subarray(3 * t, 3 * t + 3)]);
	// The cap runs along the loop: a lid that closes the piece against it.
	for (const end of ends)
		for (let i = 2; i < loops[end].length; i++)
			corners.push(vertexOf[loops[end][0]], vertexOf[loops[end][i]], vertexOf[loops[end][i - 1]]);
	return signedVolume(positions, Uint32Array.from(corners)) < 0;
}

/** Adds triangles of the whole to a cap; vertices of the seam are the patch's own. */
export function copyTriangles(
	{ positions, triangles }: Mesh,
	list: readonly number[],
	locals: ReadonlyMap<number, number>,
	draft: Draft,
): void {
	const copies = new Map<number, number>();
	for (const t of list)
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			const v = triangles[c];
			let copy = locals.get(v) ?? copies.get(v);
			if (copy === undefined) {
				copy = draft.positions.length / 3;
				copies.set(v, copy);
				draft.positions.push(positions[3 * v], positions[3 * v + 1], positions[3 * v + 2]);
			}
			draft.triangles.push(copy);
		}
}
