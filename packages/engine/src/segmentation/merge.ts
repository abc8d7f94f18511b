import { IndexedHeap } from '../math/heap.ts';
import type { Adjacency } from './adjacency.ts';
import { measurePair, PAIR_FEATURES } from './pair-features.ts';
import type { PairScore } from './score.ts';
import { REGION_SUMS, Region, SEAM_SUMS, Seam } from './sums.ts';

/**
 * How regions join, best pair first, until none touch: any number of parts and any granularity is a place to stop.
 *
 * Regions are 0..regions-1; merge k joins nodes `left[k]` and `right[k]` into node regions + k.
 */
export type MergeTree = {
	readonly regions: number;
	readonly left: Uint32Array;
	readonly right: Uint32Array;
	/** How sure the score was of each merge, 0..1. Not monotone: joining can make the next joining surer. */
	readonly score: Float32Array;
};

/** Two regions are images of each other when more than this share of the larger one's area is. */
const IMAGE = 0.6;

/**
 * Merges the best-scored pair of neighbours again and again and scores the merged region's pairs anew: the greedy step
 * of correlation clustering when the score is a probability. A pair and its mirror image get the mean of both scores and
 * merge one after the other, both as sure as the second was beside the first if that is less: at the first one's score a
 * plier's two arms joined as soon as one did, and the Rand error on the benchmark was 0.115 instead of 0.108.
 *
 * Tried: taking back what was merged greedily. After the cut, any node of the tree that lies in one part goes to the part
 * beside it where its odds with that are e times better than with the rest of its own: few models have such a node,
 * nothing changes by more than 0.001. Where they are a third better, one or two nodes a model move: Rand error 0.117 to
 * 0.126, part IoU on assemblies 0.705 to 0.703, on named models 0.784 to 0.791 (a quarter of the even half, 2026-11).
 *
 * @param adjacency Consumed: its regions are merged away.
 */
export function mergeRegions(
	adjacency: Adjacency,
	score: PairScore,
	advance: (fraction: number) => void,
	observe?: (seam: number, pair: Float64Array) => void,
): MergeTree {
	const { regions, seamA, seamB, neighbours } = adjacency;
	const pair = new Float64Array(PAIR_FEATURES.length);
	const heap = new IndexedHeap(seamA.length);
	const scoreOf = (s: number): number => {
		measurePair(adjacency, s, pair);
		return score(pair, s);
	};
	const rate = (s: number): void => {
		const own = scoreOf(s);
		observe?.(s, pair);
		const image = imageOfSeam(adjacency, s);
		const mean = image < 0 ? own : (own + scoreOf(image)) / 2;
		heap.set(s, -mean);
		if (image >= 0 && heap.has(image)) heap.set(image, -mean);
	};
	for (let s = 0; s < seamA.length; s++) rate(s);
	const left: number[] = [];
	const right: number[] = [];
	const scores: number[] = [];
	const join = (s: number, sureness: number): void => {
		if ((left.length & 63) === 0) advance(left.length / Math.max(1, regions));
		const merged = regions + left.length;
		left.push(seamA[s]);
		right.push(seamB[s]);
		scores.push(sureness);
		for (const gone of adjacency.merge(seamA[s], seamB[s], merged)) heap.remove(gone);
		for (const other of neighbours[merged].values()) rate(other);
	};
	for (let s = heap.pop(); s >= 0; s = heap.pop()) {
		const sureness = -heap.key(s);
		const image = imageOfSeam(adjacency, s);
		const both = image >= 0 && heap.has(image);
		if (both && heap.key(image) !== -sureness) {
			// The two became images of each other after they were rated.
			rate(s);
			continue;
		}
		join(s, sureness);
		if (!both || !heap.has(image)) continue;
		// The second was rated anew beside the first: both are as sure as the less sure.
		const least = Math.min(sureness, -heap.key(image));
		scores[scores.length - 1] = least;
		join(image, least);
	}
	return { regions, left: Uint32Array.from(left), right: Uint32Array.from(right), score: Float32Array.from(scores) };
}

/** The seam between the images of the two regions of a seam; -1 where there is none, or it is the seam itself. */
function imageOfSeam(adjacency: Adjacency, s: number): number {
	const a = imageOfRegion(adjacency, adjacency.seamA[s]);
	if (a < 0) return -1;
	const b = imageOfRegion(adjacency, adjacency.seamB[s]);
	if (b < 0 || a === b) return -1;
	const image = adjacency.neighbours[a].get(b) ?? -1;
	return image === s ? -1 : image;
}

/** The region that is the mirror image of a region, itself where it lies in the plane; -1 where none is. */
function imageOfRegion(adjacency: Adjacency, r: number): number {
	if (adjacency.traits.mirror === 0) return -1;
	const image = mostlyImageOf(adjacency, r);
	// Samples fall unevenly: two can seem to be images of the same.
	return image < 0 || image === r || mostlyImageOf(adjacency, image) === r ? image : -1;
}

function mostlyImageOf({ region, seam, neighbours }: Adjacency, r: number): number {
	const area = region[r * REGION_SUMS + Region.area];
	if (region[r * REGION_SUMS + Region.mirror] > IMAGE * area) return r;
	for (const [x, s] of neighbours[r]) {
		const larger = Math.max(area, region[x * REGION_SUMS + Region.area]);
		if (seam[s * SEAM_SUMS + Seam.mirror] > IMAGE * larger) return x;
	}
	return -1;
}
