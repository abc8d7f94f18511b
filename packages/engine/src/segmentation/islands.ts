import { UnionFind } from '../math/union-find.ts';
import type { SurfaceGraph } from './surface-graph.ts';

/** A piece of this share of its label's largest one is no stray: the second of two boots that are one part. */
const SECOND = 0.25;

/**
 * Gives every stray piece of a label to the label that it shares most seam with. A piece is stray when it is much
 * smaller than the largest one of its label in its connected piece of the surface.
 *
 * @param label Changed in place. N.
 */
export function absorbIslands(graph: SurfaceGraph, label: Uint32Array, advance?: (fraction: number) => void): void {
	const { cells, edgeA, edgeB, edgeLength, area, groupOf } = graph;
	const sets = new UnionFind(cells);
	for (let e = 0; e < edgeA.length; e++) if (label[edgeA[e]] === label[edgeB[e]]) sets.union(edgeA[e], edgeB[e]);
	advance?.(0.3);
	const pieceArea = new Float64Array(cells);
	for (let n = 0; n < cells; n++) pieceArea[sets.find(n)] += area[n];
	const largest = new Map<number, number>();
	for (let n = 0; n < cells; n++) {
		if (sets.find(n) !== n) continue;
		const key = groupOf[n] * 2 ** 26 + label[n];
		const best = largest.get(key);
		if (best === undefined || pieceArea[n] > pieceArea[best]) largest.set(key, n);
	}
	const stray = (piece: number): boolean =>
		pieceArea[piece] < SECOND * pieceArea[largest.get(groupOf[piece] * 2 ** 26 + label[piece])!];
	advance?.(0.6);
	const seams = new Map<number, Map<number, number>>();
	for (let e = 0; e < edgeA.length; e++) {
		if (label[edgeA[e]] === label[edgeB[e]]) continue;
		for (let side = 0; side < 2; side++) {
			const n = side === 0 ? edgeA[e] : edgeB[e];
			const m = side === 0 ? edgeB[e] : edgeA[e];
			const piece = sets.find(n);
			const other = sets.find(m);
			// A stray beside a stray waits for nothing: the other's label would not last.
			if (!stray(piece) || stray(other)) continue;
			const row = seams.get(piece) ?? new Map<number, number>();
			seams.set(piece, row);
			row.set(label[m], (row.get(label[m]) ?? 0) + edgeLength[e]);
		}
	}
	const taken = new Map<number, number>();
	for (const [piece, row] of seams) {
		let best = -1;
		for (const [p, length] of row)
			if (best < 0 || length > row.get(best)! || (length === row.get(best)! && p < best)) best = p;
		taken.set(piece, best);
	}
	if (taken.size === 0) return;
	for (let n = 0; n < cells; n++) label[n] = taken.get(sets.find(n)) ?? label[n];
}
