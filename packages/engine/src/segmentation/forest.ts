import { MeshError } from '../errors.ts';

/** Nodes of all trees, each before its branches, the lower branch first. */
export type Trees = {
	/** What each node asks about, or LEAF. */
	readonly feature: Uint8Array;
	/** Threshold of a node, value of a leaf. */
	readonly value: Float64Array;
	/** Where to go when the feature is not below the threshold; below it, to the next node. */
	readonly upper: Uint32Array;
	/** First node of each tree. */
	readonly roots: Uint32Array;
};

export const LEAF = 255;
/** Leaves of a tree are bits of a word. */
const MAX_LEAVES = 32;

/**
 * The sum of the leaves that one row of measurements comes to, one of each tree, in the trees' order.
 *
 * Not tree by tree, where every step waits for the one before and half of the branches are guessed wrong, but feature by
 * feature: thresholds ascend, those that the measurement has passed strike out the leaves below them, and what is left
 * first in each tree is where the walk would end. The same sum to the last bit, in half the time (2026-11: 1400
 * trees of 12 leaves, 22 instead of 50 µs).
 *
 * Based on:
 * - Lucchese et al. QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees. 2015.
 *   [lucchese2015]
 *
 * @param start What the sum begins with.
 * @throws {MeshError} `invalid-option` when a tree has more than 32 leaves.
 */
export function compileForest(trees: Trees, start: number): (measured: Float64Array) => number {
	const { leaves, leafFirst, kept: keptBy, treeOf: treeAt } = listLeaves(trees);
	const nodesOf: number[][] = Array.from({ length: LEAF }, () => []);
	for (let n = 0; n < trees.feature.length; n++) if (trees.feature[n] !== LEAF) nodesOf[trees.feature[n]].push(n);
	const feature = Uint8Array.from(nodesOf.keys()).filter((f) => nodesOf[f].length > 0);
	const order = Uint32Array.from(nodesOf.flatMap((nodes) => nodes.sort((a, b) => trees.value[a] - trees.value[b])));
	const first = new Uint32Array(feature.length + 1);
	for (let k = 0; k < feature.length; k++) first[k + 1] = first[k] + nodesOf[feature[k]].length;
	const threshold = Float64Array.from(order, (n) => trees.value[n]);
	const treeOf = Uint32Array.from(order, (n) => treeAt[n]);
	const kept = Int32Array.from(order, (n) => keptBy[n]);
	const left = new Int32Array(trees.roots.length);
	return (measured) => {
		left.fill(-1);
		for (let k = 0; k < feature.length; k++) {
			const x = measured[feature[k]];
			const end = first[k + 1];
			for (let i = first[k]; i < end && !(x < threshold[i]); i++) left[treeOf[i]] &= kept[i];
		}
		let sum = start;
		for (let t = 0; t < left.length; t++) sum += leaves[leafFirst[t] + 31 - Math.clz32(left[t] & -left[t])];
		return sum;
	};
}

/** The leaves of all trees, and for each node its tree and the leaves that remain when the feature is not below. */
function listLeaves({ feature, value, upper, roots }: Trees) {
	const leaves: number[] = [];
	const leafFirst = new Uint32Array(roots.length);
	const treeOf = new Uint32Array(feature.length);
	const kept = new Int32Array(feature.length);
	// Leaves before each node, in its tree: a node stands before its branches, so that the lower one ends at `upper`.
	const before = new Uint32Array(feature.length);
	for (let t = 0; t < roots.length; t++) {
		leafFirst[t] = leaves.length;
		const end = t + 1 < roots.length ? roots[t + 1] : feature.length;
		for (let n = roots[t]; n < end; n++) {
			treeOf[n] = t;
			before[n] = leaves.length - leafFirst[t];
			if (feature[n] === LEAF) leaves.push(value[n]);
		}
		if (leaves.length - leafFirst[t] > MAX_LEAVES)
			throw new MeshError('invalid-option', `score model: tree ${t} has more than ${MAX_LEAVES} leaves`, {
				option: 'score',
			});
		// Never all 32 below: the upper branch has one.
		for (let n = roots[t]; n < end; n++)
			if (feature[n] !== LEAF) kept[n] = ~(((1 << (before[upper[n]] - before[n])) - 1) << before[n]);
	}
	return { leaves: Float64Array.from(leaves), leafFirst, treeOf, kept };
}
