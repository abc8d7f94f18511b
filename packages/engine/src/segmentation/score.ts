import { PAIR_FEATURES, type PairFeature } from './pair-features.ts';

/**
 * How sure one is that two neighbouring regions belong to one part: the probability, 0..1, that a point of the one and
 * a point of the other lie in the same part. `pair` as `measurePair` leaves it. Any function of this form can stand
 * in the merge tree: this one is written by hand, a learned one takes the same numbers.
 */
export type PairScore = (pair: Float64Array) => number;

const at = Object.fromEntries(PAIR_FEATURES.map((name, i) => [name, i])) as Record<PairFeature, number>;

/** A score by hand: what is concave, jumps in thickness or narrows to a neck divides; what is tiny joins. */
export const scoreByHand: PairScore = (pair) => {
	const tiny = Math.min(3, Math.max(0, -4.6 - pair[at.smallArea]));
	if (pair[at.loose] === 1) return sigmoid(-2 + 2 * tiny + 2 * pair[at.contact]);
	const z =
		1.5 -
		2.5 * pair[at.concaveCoarse] -
		1.5 * pair[at.concaveFine] -
		2 * Math.min(1, pair[at.thicknessGap]) +
		1.5 * tiny +
		1.5 * (pair[at.sharedSmall] - 0.4) -
		1.2 * Math.min(1.5, Math.max(0, pair[at.hollow]));
	return sigmoid(z);
};

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
