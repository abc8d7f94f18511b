/**
 * How sure one is that two neighbouring regions belong to one part: the probability, 0..1, that a point of the one and
 * a point of the other lie in the same part. `pair` as `measurePair` leaves it; `seam` is the pair's number in the
 * `Adjacency`. Any function of this form can stand in the merge tree: a learned one takes the same numbers.
 */
export type PairScore = (pair: Float64Array, seam: number) => number;
