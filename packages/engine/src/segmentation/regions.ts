import { edgeDistances } from './features.ts';
import { Growth } from './grow.ts';
import type { SurfaceGraph } from './surface-graph.ts';

/**
 * Regions that agree with the labels again after boundaries moved: a cell that left its region's part joins the
 * nearest region of the part that it went to. N.
 *
 * @param label Part of each cell. N. @param partOfRegion R.
 */
export function reassignRegions(
	graph: SurfaceGraph,
	regionOf: Uint32Array,
	partOfRegion: Uint32Array,
	label: Uint32Array,
): Uint32Array {
	const moved: number[] = [];
	for (let n = 0; n < graph.cells; n++) if (partOfRegion[regionOf[n]] !== label[n]) moved.push(n);
	if (moved.length === 0) return regionOf;
	const { edgesOf, edgeA, edgeB } = graph;
	const isMoved = new Uint8Array(graph.cells);
	for (const n of moved) isMoved[n] = 1;
	const cost = edgeDistances(graph);
	// A region grows only inside its own part, and nowhere but over what moved.
	for (let e = 0; e < cost.length; e++)
		if (label[edgeA[e]] !== label[edgeB[e]] || !(isMoved[edgeA[e]] || isMoved[edgeB[e]]))
			cost[e] = Number.POSITIVE_INFINITY;
	const growth = new Growth(graph, cost);
	for (const n of moved)
		for (let i = edgesOf.offsets[n]; i < edgesOf.offsets[n + 1]; i++) {
			const e = edgesOf.list[i];
			const m = edgeA[e] === n ? edgeB[e] : edgeA[e];
			if (!isMoved[m] && label[m] === label[n]) growth.seed(m, regionOf[m]);
		}
	growth.spread();
	const result = regionOf.slice();
	for (const n of moved) if (growth.distance[n] < Number.POSITIVE_INFINITY) result[n] = growth.regionOf[n];
	return result;
}
