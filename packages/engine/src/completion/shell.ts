import { normalAndArea } from '../math/triangle.ts';
import { next } from '../mesh/mesh.ts';
import type { Assembly } from './assembly.ts';
import type { Draft } from './cap.ts';

/**
 * Closes a part with a copy of its patch a little behind it, which meets it at the seam: a thin solid, that crosses nothing
 * if it is thin enough whatever the part is like. What the parts of a tiling fall to where no cut through the inside stays
 * clear of the rest.
 *
 * Edges of the patch between two vertices of the seam get a vertex in their middle on the copy, triangles of three seam
 * vertices one in theirs: so none of the copy lies on the patch.
 *
 * @param depth How far behind, object units; less where an edge is not twice as long.
 */
export function shell(assembly: Assembly, part: number, { positions, triangles }: Draft, depth: number): void {
	const patch = assembly.patchOf(part);
	const first = patch.vertexOf.length;
	const onSeam = new Uint8Array(first);
	for (const loop of patch.loops) for (const v of loop) onSeam[v] = 1;
	const reach = new Float64Array(first).fill(depth);
	const normals = new Float64Array(3 * first);
	const plane = new Float64Array(4);
	const p = patch.positions;
	const corners = patch.triangles;
	for (let c = 0; c < corners.length; c++) {
		const a = corners[c];
		const b = corners[next(c)];
		const half = Math.hypot(p[3 * a] - p[3 * b], p[3 * a + 1] - p[3 * b + 1], p[3 * a + 2] - p[3 * b + 2]) / 2;
		reach[a] = Math.min(reach[a], half);
		reach[b] = Math.min(reach[b], half);
	}
	for (let t = 0; t < corners.length / 3; t++) {
		normalAndArea(p, corners, t, plane, 0);
		for (let c = 3 * t; c < 3 * t + 3; c++)
			for (let k = 0; k < 3; k++) normals[3 * corners[c] + k] += plane[k] * plane[3];
	}
	const push = (x: readonly number[], n: readonly number[], by: number): number => {
		const length = Math.hypot(n[0], n[1], n[2]) || 1;
		for (let k = 0; k < 3; k++) positions.push(x[k] - (by * n[k]) / length);
		return positions.length / 3 - 1;
	};
	const at = (v: number): number[] => [p[3 * v], p[3 * v + 1], p[3 * v + 2]];
	const normalOf = (v: number): number[] => [normals[3 * v], normals[3 * v + 1], normals[3 * v + 2]];
	const mean = (...vectors: number[][]): number[] =>
		[0, 1, 2].map((k) => vectors.reduce((sum, vector) => sum + vector[k] / vectors.length, 0));
	const behind = Array.from(onSeam, (isSeam, v) => (isSeam ? v : push(at(v), normalOf(v), reach[v])));
	const seamEdges = new Set<number>();
	for (const loop of patch.loops)
		for (let i = 0; i < loop.length; i++) seamEdges.add(loop[(i + 1) % loop.length] * 2 ** 26 + loop[i]);
	const middles = new Map<number, number>();
	/** The vertex behind the middle of the edge of a corner, if that joins two seam vertices and is not of the seam. */
	const middleOf = (c: number): number | undefined => {
		const a = corners[c];
		const b = corners[next(c)];
		if (!onSeam[a] || !onSeam[b] || seamEdges.has(a * 2 ** 26 + b)) return undefined;
		const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
		let middle = middles.get(key);
		if (middle === undefined) {
			middle = push(mean(at(a), at(b)), mean(normalOf(a), normalOf(b)), Math.min(reach[a], reach[b]));
			middles.set(key, middle);
		}
		return middle;
	};
	for (let t = 0; t < corners.length / 3; t++) {
		const ring: number[] = [];
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			ring.push(behind[corners[c]]);
			const middle = middleOf(c);
			if (middle !== undefined) ring.push(middle);
		}
		const [a, b, c] = [corners[3 * t], corners[3 * t + 1], corners[3 * t + 2]];
		if (ring.length === 3 && !(onSeam[a] && onSeam[b] && onSeam[c])) {
			triangles.push(ring[0], ring[2], ring[1]);
			continue;
		}
		normalAndArea(p, corners, t, plane, 0);
		const centre = push(mean(at(a), at(b), at(c)), [...plane], Math.min(reach[a], reach[b], reach[c]) / 2);
		for (let i = 0; i < ring.length; i++) triangles.push(ring[(i + 1) % ring.length], ring[i], centre);
	}
}
