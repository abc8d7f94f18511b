import { IndexedHeap } from '../math/heap.ts';
import type { Adjacency } from './adjacency.ts';
import { measurePair, PAIR_FEATURES } from './pair-features.ts';
import type { PairScore } from './score.ts';

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

/**
 * Merges the best-scored pair of neighbours again and again and scores the merged region's pairs anew: the greedy step
 * of correlation clustering when the score is a probability.
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
	const rate = (s: number): void => {
		measurePair(adjacency, s, pair);
		observe?.(s, pair);
		heap.set(s, -score(pair));
	};
	for (let s = 0; s < seamA.length; s++) rate(s);
	const left: number[] = [];
	const right: number[] = [];
	const scores: number[] = [];
	for (let s = heap.pop(); s >= 0; s = heap.pop()) {
		if ((left.length & 63) === 0) advance(left.length / Math.max(1, regions));
		const merged = regions + left.length;
		left.push(seamA[s]);
		right.push(seamB[s]);
		scores.push(-heap.key(s));
		for (const gone of adjacency.merge(seamA[s], seamB[s], merged)) heap.remove(gone);
		for (const other of neighbours[merged].values()) rate(other);
	}
	return { regions, left: Uint32Array.from(left), right: Uint32Array.from(right), score: Float32Array.from(scores) };
}
