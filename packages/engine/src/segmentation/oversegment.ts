import { edgeDistances, type SurfaceFeatures } from './features.ts';
import { Growth } from './grow.ts';
import type { SurfaceGraph } from './surface-graph.ts';

/** Small regions that parts are made of: each lies in one connected piece and crosses as few creases as it can. */
export type Regions = {
	readonly count: number;
	/** Region of each cell. N. */
	readonly regionOf: Uint32Array;
};

/** Rounds in which seeds move to the middle of their regions. Lloyd. Least squares quantization in PCM. 1982. */
const ROUNDS = 4;
/** What makes crossing an edge dear, beside its length: concavity at both scales, a crease, a jump in thickness. */
const CONCAVE_FINE = 6;
const CONCAVE_COARSE = 6;
const CONVEX = 1;
const THICKNESS = 4;
/** And where the look changes. */
const LOOK = 6;
const MAX_TURN = 1.5;

/**
 * Divides the surface into regions: farthest-point seeds and a few rounds of Lloyd on the graph of cells, where
 * concave edges and jumps in thickness are long.
 *
 * @param target Regions beyond the first of each connected piece, about.
 * @param lookOf Look of each cell: where it changes, crossing is dear. N.
 */
export function oversegment(
	graph: SurfaceGraph,
	features: SurfaceFeatures,
	target: number,
	advance: (fraction: number) => void,
	lookOf?: Uint8Array,
): Regions {
	const growth = new Growth(graph, crossingCosts(graph, features, lookOf));
	const seeds = pickSeeds(graph, growth, target, (done) => advance(0.6 * done));
	for (let round = 0; round < ROUNDS; round++) {
		advance(0.6 + (0.4 * round) / ROUNDS);
		if (!centreSeeds(graph, growth, seeds)) break;
		growth.clear();
		for (let r = 0; r < seeds.length; r++) growth.seed(seeds[r], r);
		growth.spread();
	}
	return { count: seeds.length, regionOf: growth.regionOf.slice() };
}

function crossingCosts(graph: SurfaceGraph, features: SurfaceFeatures, lookOf: Uint8Array | undefined): Float32Array {
	const { edgeA, edgeB } = graph;
	const { turnFine, turnCoarse, thickness } = features;
	const cost = edgeDistances(graph);
	for (let e = 0; e < cost.length; e++) {
		const jump = Math.min(1, 3 * Math.abs(thickness[edgeA[e]] - thickness[edgeB[e]]));
		const fine = Math.min(MAX_TURN, Math.abs(turnFine[e]));
		const coarse = Math.min(MAX_TURN, Math.max(0, -turnCoarse[e]));
		const bend = turnFine[e] < 0 ? CONCAVE_FINE * fine : CONVEX * fine;
		const look = lookOf && lookOf[edgeA[e]] !== lookOf[edgeB[e]] ? LOOK : 0;
		cost[e] *= 1 + bend + CONCAVE_COARSE * coarse + THICKNESS * jump + look;
	}
	return cost;
}

/** One seed in each connected piece, far from its centre, then one after another the cell farthest from all seeds. */
function pickSeeds(
	graph: SurfaceGraph,
	growth: Growth,
	target: number,
	advance: (fraction: number) => void,
): Uint32Array {
	const seeds: number[] = Array.from(outermostCells(graph));
	for (let r = 0; r < seeds.length; r++) growth.seed(seeds[r], r);
	growth.spread();
	const { distance } = growth;
	for (let extra = 0; extra < target; extra++) {
		if ((extra & 15) === 0) advance(extra / target);
		let farthest = -1;
		let far = 0;
		for (let n = 0; n < distance.length; n++)
			if (distance[n] > far) {
				far = distance[n];
				farthest = n;
			}
		if (farthest < 0) break;
		growth.seed(farthest, seeds.length);
		seeds.push(farthest);
		growth.spread();
	}
	return Uint32Array.from(seeds);
}

/** The cell of each group that is farthest from the group's centroid. */
function outermostCells({ cells, groups, groupOf, area, centroid }: SurfaceGraph): Uint32Array {
	const weight = new Float64Array(groups);
	const centre = new Float64Array(3 * groups);
	for (let n = 0; n < cells; n++) {
		const g = groupOf[n];
		const a = area[n] + 1e-12;
		weight[g] += a;
		for (let axis = 0; axis < 3; axis++) centre[3 * g + axis] += a * centroid[3 * n + axis];
	}
	const farthest = new Uint32Array(groups);
	const far = new Float64Array(groups).fill(-1);
	for (let n = 0; n < cells; n++) {
		const g = groupOf[n];
		let square = 0;
		for (let axis = 0; axis < 3; axis++) square += (centroid[3 * n + axis] - centre[3 * g + axis] / weight[g]) ** 2;
		if (square > far[g]) {
			far[g] = square;
			farthest[g] = n;
		}
	}
	return farthest;
}

/** Moves each seed to the cell of its region nearest to the region's centroid; false when none moved. */
function centreSeeds({ cells, area, centroid }: SurfaceGraph, { regionOf }: Growth, seeds: Uint32Array): boolean {
	const weight = new Float64Array(seeds.length);
	const centre = new Float64Array(3 * seeds.length);
	for (let n = 0; n < cells; n++) {
		const r = regionOf[n];
		const a = area[n] + 1e-12;
		weight[r] += a;
		for (let axis = 0; axis < 3; axis++) centre[3 * r + axis] += a * centroid[3 * n + axis];
	}
	const near = new Float64Array(seeds.length).fill(Number.POSITIVE_INFINITY);
	const nearest = seeds.slice();
	for (let n = 0; n < cells; n++) {
		const r = regionOf[n];
		let square = 0;
		for (let axis = 0; axis < 3; axis++) square += (centroid[3 * n + axis] - centre[3 * r + axis] / weight[r]) ** 2;
		if (square < near[r]) {
			near[r] = square;
			nearest[r] = n;
		}
	}
	let moved = false;
	for (let r = 0; r < seeds.length; r++) {
		if (nearest[r] !== seeds[r]) moved = true;
		seeds[r] = nearest[r];
	}
	return moved;
}
