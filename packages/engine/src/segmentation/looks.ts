import { type Mesh, NO_ROW, triangleCount } from '../mesh/mesh.ts';
import type { SurfaceGraph } from './surface-graph.ts';

/** Classes of look that regions keep account of; what is rarer shares the last one. */
export const LOOKS = 8;
/** Vertex colours fall into cubes of this side before the most frequent are taken: roots of linear values, 0..1. */
const CUBE = 0.2;

/** What of a surface's look is asked for. */
export type LookCues = { readonly materials: boolean; readonly colors: boolean };

/**
 * Look of each triangle, 0..LOOKS-1 by falling area, or undefined where all look alike: its material and its vertex
 * colours, coarsely. Which colour it is does not matter, only where another begins.
 *
 * @param areas T.
 * @returns T.
 */
export function classifyLooks(mesh: Mesh, areas: ArrayLike<number>, cues: LookCues): Uint8Array | undefined {
	const count = triangleCount(mesh);
	const { color } = mesh.corner;
	const key = new Float64Array(count);
	if (cues.materials) for (let t = 0; t < count; t++) key[t] = mesh.materialOf[t];
	if (cues.colors && color)
		for (let t = 0; t < count; t++) {
			let cube = 0;
			for (let axis = 0; axis < 3; axis++) {
				let sum = 0;
				for (let c = 3 * t; c < 3 * t + 3; c++) {
					const row = color.indices[c];
					sum += row === NO_ROW ? 1 : color.values[row * color.size + axis];
				}
				// Files hold linear values; steps that look alike are alike in their root.
				const seen = Math.sqrt(Math.min(1, Math.max(0, sum / 3)));
				cube = 16 * cube + Math.floor(seen / CUBE);
			}
			key[t] += 65536 * cube;
		}
	const areaOf = new Map<number, number>();
	for (let t = 0; t < count; t++) areaOf.set(key[t], (areaOf.get(key[t]) ?? 0) + areas[t]);
	if (areaOf.size < 2) return undefined;
	const order = [...areaOf].sort(([k, a], [l, b]) => b - a || k - l);
	const rank = new Map(order.map(([k], i) => [k, Math.min(i, LOOKS - 1)]));
	return Uint8Array.from(key, (k) => rank.get(k)!);
}

/** The look that most of each cell's area has. N. */
export function looksOfCells(
	triangles: SurfaceGraph,
	graph: SurfaceGraph,
	cellOf: Uint32Array,
	lookOf: Uint8Array,
): Uint8Array {
	if (graph === triangles) return lookOf;
	const sums = new Float32Array(graph.cells * LOOKS);
	for (let t = 0; t < cellOf.length; t++) sums[cellOf[t] * LOOKS + lookOf[t]] += triangles.area[t];
	const result = new Uint8Array(graph.cells);
	for (let n = 0; n < graph.cells; n++)
		for (let k = 1; k < LOOKS; k++) if (sums[n * LOOKS + k] > sums[n * LOOKS + result[n]]) result[n] = k;
	return result;
}
