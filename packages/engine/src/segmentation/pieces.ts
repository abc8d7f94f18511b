import { UnionFind } from '../math/union-find.ts';
import type { Contact } from './proximity.ts';
import { type RegionTable, tabulateRegions } from './region-table.ts';
import type { SurfaceGraph } from './surface-graph.ts';
import { tidyParts } from './tidy.ts';

/**
 * The regions, each divided into pieces that hang together at edges. Nearly all are in one piece; a moved boundary or
 * crumbs that were gathered can leave more. Piece r is the largest of region r, further ones are numbered behind.
 */
export type Pieces = {
	/** Piece of each triangle. T. */
	readonly pieceOf: Uint32Array;
	/** Region of each piece. */
	readonly regionOf: Uint32Array;
	/** As for regions, with a row for each piece. */
	readonly table: RegionTable;
};

/**
 * @param table Of the regions.
 * @param turn Turning across each edge of the graph. E.
 * @param contacts Between regions that share no edges.
 */
export function findPieces(
	graph: SurfaceGraph,
	regionOf: Uint32Array,
	table: RegionTable,
	turn: Float32Array,
	contacts: readonly Contact[],
): Pieces {
	const regions = table.area.length;
	const sets = joinWithin(graph, regionOf);
	const area = new Float64Array(graph.cells);
	for (let t = 0; t < graph.cells; t++) area[sets.find(t)] += graph.area[t];
	const largest = new Int32Array(regions).fill(-1);
	const roots: number[] = [];
	for (let t = 0; t < graph.cells; t++) {
		if (sets.find(t) !== t) continue;
		const r = regionOf[t];
		roots.push(t);
		if (largest[r] < 0 || area[t] > area[largest[r]]) largest[r] = t;
	}
	const further = roots.filter((t) => largest[regionOf[t]] !== t);
	const regionOfPiece = Uint32Array.from({ length: regions + further.length }, (_, x) =>
		x < regions ? x : regionOf[further[x - regions]],
	);
	if (further.length === 0) return { pieceOf: regionOf, regionOf: regionOfPiece, table };
	const pieceAt = regionOf.slice();
	for (const [i, t] of further.entries()) pieceAt[t] = regions + i;
	const pieceOf = Uint32Array.from(regionOf, (_, t) => pieceAt[sets.find(t)]);
	// What the region held together holds on to its largest piece.
	const held = further.map((t, i): Contact => ({ a: regionOf[t], b: regions + i, contact: area[t] }));
	const rows = tabulateRegions(graph, pieceOf, regionOfPiece.length, { turn }, [...contacts, ...held], table.size);
	return { pieceOf, regionOf: regionOfPiece, table: rows };
}

function joinWithin({ cells, edgeA, edgeB }: SurfaceGraph, regionOf: Uint32Array): UnionFind {
	const sets = new UnionFind(cells);
	for (let e = 0; e < edgeA.length; e++) if (regionOf[edgeA[e]] === regionOf[edgeB[e]]) sets.union(edgeA[e], edgeB[e]);
	return sets;
}

/**
 * Divides every part into the pieces that hang together at edges. A piece smaller than `minPartSize` (share of the
 * area) stays with the largest piece of its part, so that a screw remains with its plate; where there would be more
 * than `maxParts`, the smallest join what they cling to most.
 *
 * @param partOfRegion R.
 * @returns Part of each piece.
 */
export function splitParts(
	{ regionOf, table }: Pieces,
	partOfRegion: Uint32Array,
	minPartSize: number,
	maxParts: number,
): Uint32Array {
	const count = regionOf.length;
	const partOf = regionOf.map((r) => partOfRegion[r]);
	const sets = new UnionFind(count);
	for (let s = 0; s < table.seamA.length; s++) {
		const x = table.seamA[s];
		const y = table.seamB[s];
		if (table.seamLength[s] > 0 && partOf[x] === partOf[y]) sets.union(x, y);
	}
	const area = new Float64Array(count);
	for (let x = 0; x < count; x++) area[sets.find(x)] += table.area[x];
	const roots = Array.from({ length: count }, (_, x) => x).filter((x) => sets.find(x) === x);
	const largest = new Map<number, number>();
	for (const x of roots) {
		const best = largest.get(partOf[x]);
		if (best === undefined || area[x] > area[best]) largest.set(partOf[x], x);
	}
	for (const x of roots) if (area[x] < minPartSize) sets.union(x, largest.get(partOf[x])!);
	return tidyParts(
		table,
		Uint32Array.from(regionOf, (_, x) => sets.find(x)),
		0,
		maxParts,
	);
}
