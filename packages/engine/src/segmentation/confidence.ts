import type { Parts } from '../mesh/parts.ts';
import type { MergeTree } from './merge.ts';

/** Marks a node that holds regions of several parts. */
const MIXED = -1;
/** Marks a node without triangles. */
const EMPTY = -2;

/**
 * How sure the cut was of each part, 0..1: 1 minus the score of the merge that it was kept from.
 *
 * A part is one node of the merge tree but for crumbs; its trunk is the node with most triangles whose regions are all
 * in the part. The tree merges the trunk with something of another part next, at the score that the pair had: 0.3 says
 * that two points of the pair would share a part three times in ten, and the part's confidence is 0.7. Asked for more
 * parts than the shape has, some are cut against the score, with confidences below one half. 1 where the trunk merges
 * with nothing, and for a part that has no node since it is a piece of a region in pieces.
 *
 * @param regionOf Region (leaf of the tree) of each triangle. T.
 * @returns One for each part.
 */
export function partConfidence({ partOf, parts }: Parts, tree: MergeTree, regionOf: Uint32Array): Float64Array {
	const { regions, left, right, score } = tree;
	const nodes = regions + left.length;
	const partAt = new Int32Array(nodes).fill(EMPTY);
	const triangles = new Uint32Array(nodes);
	for (let t = 0; t < regionOf.length; t++) {
		const r = regionOf[t];
		triangles[r]++;
		partAt[r] = partAt[r] === EMPTY || partAt[r] === partOf[t] ? partOf[t] : MIXED;
	}
	const mergeAt = new Int32Array(nodes).fill(-1);
	for (let k = 0; k < left.length; k++) {
		const [l, r] = [left[k], right[k]];
		mergeAt[l] = k;
		mergeAt[r] = k;
		triangles[regions + k] = triangles[l] + triangles[r];
		if (partAt[l] === EMPTY || partAt[r] === EMPTY) partAt[regions + k] = Math.max(partAt[l], partAt[r]);
		else partAt[regions + k] = partAt[l] === partAt[r] ? partAt[l] : MIXED;
	}
	const trunk = new Int32Array(parts.length).fill(-1);
	for (let node = 0; node < nodes; node++) {
		const p = partAt[node];
		// Of equals the later: the one nearer to the root.
		if (p >= 0 && (trunk[p] < 0 || triangles[node] >= triangles[trunk[p]])) trunk[p] = node;
	}
	return Float64Array.from(trunk, (node) => {
		const merge = node < 0 ? -1 : mergeAt[node];
		return merge < 0 ? 1 : Math.min(1, Math.max(0, 1 - score[merge]));
	});
}
