import { type Candidate, NEAR, type Size } from './quad-choice.ts';
import type { Scores } from './quad-scores.ts';

/** Times that which a careful split may make up for. */
const NEARLY = 1.4;
/**
 * What is good enough: mean and greatest distance in shares of the diagonal, mean product of normals, share of the area
 * that looks the wrong way, share of irregular vertices. Of the models measured (2026-11) all that are so at 5000 faces
 * would have been split beside pairs as well; pairs take half of the time.
 */
const GOOD = { distance: 6e-4, most: 1.5e-2, normals: 0.97, turned: 3e-3, irregular: 0.12 } as const;
/** ... or nearer, though less regular. */
const FINE = { distance: 4e-4, most: 2e-2, normals: 0.97, turned: 3e-3, irregular: 0.16 } as const;
type Bounds = { readonly [measure in keyof typeof GOOD]: number };
/** Share of all faces below which nobody asks how regular a piece is. */
const MINOR = 0.03;
/** Share of irregular vertices above which a surface is split loosely as well, where it is so much nearer than `NEAR`. */
const TOO_IRREGULAR = 0.15;
const NEAR_ENOUGH = 0.6;

/** Is one of the candidates so near to the source, and so regular, in every piece, that no other is worth the time? */
export function areGoodEnough(candidates: readonly Candidate[], size: Size): boolean {
	const total = candidates[0].scores.faces.reduce((sum, n) => sum + n, 0);
	return candidates[0].scores.faces.every((_, i) =>
		candidates.some(({ scores }) => [GOOD, FINE].some((bounds) => isWithin(scores, i, size, bounds, total))),
	);
}

function isWithin(scores: Scores, i: number, size: Size, bounds: Bounds, total: number): boolean {
	const { faces, weight, distance, most, normals, turned, irregular } = scores;
	return (
		faces[i] > 0 &&
		distance[i] <= bounds.distance * size.mean * weight[i] &&
		most[i] <= bounds.most * size.diagonal &&
		normals[i] >= bounds.normals * weight[i] &&
		turned[i] <= bounds.turned * weight[i] &&
		(irregular[i] <= bounds.irregular || faces[i] < MINOR * total)
	);
}

/** Mean distance of all pieces together. */
function meanDistance({ distance, weight }: Scores): number {
	return sum(distance) / sum(weight);
}

function sum(values: Float64Array | Uint32Array): number {
	let total = 0;
	for (const x of values) total += x;
	return total;
}

/**
 * Is it worth the time to split again, all pieces taken together? Loosely, where a surface is irregular and near: that
 * doubles its distance. Partly, where it is irregular and not so near; some triangles are left, so not where only quads are
 * wanted. Carefully, where it is a little farther than `NEAR`.
 *
 * Tried: partly in place of loosely as well. At 5000 faces (2026-11) Tavern 12.5 for 14.6 % irregular, House1 11.4 for 12.3,
 * about as near, but some triangles, and one face of House1 that looks away.
 */
export function splitAgain(
	{ scores }: Candidate,
	size: Size,
	pure = false,
): 'loosely' | 'partly' | 'carefully' | undefined {
	const { faces, irregular } = scores;
	const mean = meanDistance(scores) / size.mean;
	const share = sum(irregular.map((x, i) => x * faces[i])) / sum(faces);
	if (share > TOO_IRREGULAR && mean < NEAR_ENOUGH * NEAR) return 'loosely';
	if (!pure && share > TOO_IRREGULAR && mean <= NEAR) return 'partly';
	return mean > NEAR && mean < NEARLY * NEAR ? 'carefully' : undefined;
}
