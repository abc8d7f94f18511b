import { next, prev } from '../mesh/mesh.ts';
import type { Faces } from './faces.ts';

/** Memory that flattening one chart after the other shares. */
export type Bench = { stamp: Int32Array; local: Int32Array; round: number };
export const newBench = (corners: number): Bench => ({
	stamp: new Int32Array(corners / 3),
	local: new Int32Array(corners),
	round: 0,
});

/** A chart on its own: point of each of its corners, number of points, border edges as pairs of points, vertex of each point. */
export type Cut = { pointOf: Uint32Array; count: number; border: Uint32Array; vertexOf: Uint32Array };

/** Gives each fan of corners that hang together in the chart a point of its own. */
export function cutChart({ across, triangles }: Faces, chart: Uint32Array, bench: Bench): Cut {
	const { stamp, local } = bench;
	const round = ++bench.round;
	for (const t of chart) {
		stamp[t] = round;
		local.fill(-1, 3 * t, 3 * t + 3);
	}
	const inside = (c: number): boolean => c >= 0 && stamp[(c / 3) | 0] === round;
	const border: number[] = [];
	const vertexOf: number[] = [];
	let count = 0;
	for (const t of chart) {
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			if (local[c] >= 0) continue;
			const point = count++;
			vertexOf.push(triangles[c]);
			let at = c;
			while (at >= 0 && local[at] < 0) {
				local[at] = point;
				const twin = across[at];
				at = inside(twin) ? next(twin) : -1;
			}
			if (at >= 0) continue;
			at = across[prev(c)];
			while (inside(at) && local[at] < 0) {
				local[at] = point;
				at = across[prev(at)];
			}
		}
	}
	const pointOf = new Uint32Array(3 * chart.length);
	for (let i = 0; i < chart.length; i++) {
		for (let k = 0; k < 3; k++) {
			const c = 3 * chart[i] + k;
			pointOf[3 * i + k] = local[c];
			if (!inside(across[c])) border.push(local[c], local[next(c)]);
		}
	}
	return { pointOf, count, border: Uint32Array.from(border), vertexOf: Uint32Array.from(vertexOf) };
}
