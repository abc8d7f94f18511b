import { MeshError } from '../errors.ts';
import { CLUES } from './clues.ts';

/** Boosted trees as `training/completion-fit.py` writes them: plain JSON. */
export type HiddenTrees = {
	readonly format: 'meshwright-hidden-trees-1';
	/** Names of the measurements, those of CLUES in their order. */
	readonly clues: readonly string[];
	/** Of all trees, each node before its branches and the lower branch first: the clue it asks about, or -1 for a leaf. */
	readonly clue: readonly number[];
	/** Threshold of a node, value of a leaf. */
	readonly value: readonly number[];
};

/** The logarithm of the odds that a point belongs to the part, from its clues. */
export type HiddenOdds = (clues: Float64Array) => number;

/**
 * The logarithm of the odds that a point belongs to the part, from its clues.
 *
 * @throws `invalid-option` when the trees ask for other clues.
 */
export function readTrees({ clues, clue, value }: HiddenTrees): HiddenOdds {
	if (clues.join() !== CLUES.join()) throw new MeshError('invalid-option', `the trees ask for ${clues.join()}`);
	const asked = Int8Array.from(clue);
	const limit = Float64Array.from(value);
	const upper = new Uint32Array(asked.length);
	const roots: number[] = [];
	// Where the upper branch of the nodes above begins is known when the lower one ends.
	const open: number[] = [];
	let isRoot = true;
	for (let n = 0; n < asked.length; n++) {
		if (isRoot) roots.push(n);
		isRoot = false;
		if (asked[n] >= 0) {
			open.push(n);
			continue;
		}
		const above = open.pop();
		if (above === undefined) isRoot = true;
		else upper[above] = n + 1;
	}
	return (measured) => {
		let sum = 0;
		for (let t = 0; t < roots.length; t++) {
			let n = roots[t];
			while (asked[n] >= 0) n = measured[asked[n]] < limit[n] ? n + 1 : upper[n];
			sum += limit[n];
		}
		return sum;
	};
}
