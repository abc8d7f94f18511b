import type { Draft } from './pair-quads.ts';
import type { Pieces } from './quad-pieces.ts';
import type { Scores } from './quad-scores.ts';

/** A candidate may be this much farther from the source than the reference, in the mean and at most. */
const FARTHER = 2;
/** ... or this share of the diagonal: what nobody sees. Distances are those of drafts: the fit brings them down by half. */
const UNSEEN = 1e-4;
/** ... or be no farther in the mean than this share of the diagonal. */
export const NEAR = 4e-4;
/**
 * What a mean distance of the whole diagonal weighs over a share of irregular vertices: 1.5 % more of them are worth being
 * nearer by 0.01 % of the diagonal before the fit, by half as much after it; three times that beyond `NEAR`.
 */
const WORTH = 150;
/** What its greatest distance weighs, likewise: 2 % of irregular vertices for 1 % of the diagonal. */
const WORTH_AT_MOST = 2;
/** A piece's greatest distance may in any case be this share of the diagonal: a fit halves it, as a rule. */
const ALLOWED = 3.5e-2;
/**
 * The mean product of normals may be this much less. Half of it, and a tenth of what may look the wrong way, kept pairs on
 * light, track and workbench at 5000 (2026-11): 20 to 36 % irregular in place of 7 to 15. It grows with the edges, and so
 * does `TURNED`: at 1000 faces boot, workbench, chess and light were pairs without that, 23 to 52 % irregular in place of
 * 10 to 22, Chamfer .03 to .08 % of the diagonal in place of .05 to .14. Greatest distances do not: bunny_hr lost an ear.
 */
const DULLER = 0.03;
/** Share of the area that may look the wrong way, more than of the reference: it is mended at the end (quad-mend.ts). */
const TURNED = 0.01;

/** What distances are measured by, object units. */
export type Size = {
	readonly diagonal: number;
	/** The diagonal, times how much farther few faces are from the source in the mean. */
	readonly mean: number;
	/** How much longer the edges of few faces are: so much less closely may they follow the source's normals. */
	readonly edge: number;
};

/** Faces that the bounds here are for, and the power of their number with which mean distances fall. */
const USUAL_FACES = 5000;
const FALL = 0.7;

export const sizeFor = (diagonal: number, faces: number): Size => ({
	diagonal,
	mean: diagonal * Math.max(1, USUAL_FACES / faces) ** FALL,
	edge: Math.sqrt(Math.max(1, USUAL_FACES / faces)),
});

/** Quads, laid one way, and what they are like. */
export type Candidate = { readonly draft: Draft; readonly scores: Scores };

export type Choice = {
	/** Candidate of each piece. */
	readonly chosen: Uint8Array;
	/** Of the inner vertices of each piece, the share that is irregular in it. */
	readonly irregular: Float64Array;
};

/**
 * Chooses for each connected piece of the source one candidate: the one of least irregular vertices and distance, weighed
 * (`WORTH`), among those that are nearly as close as the first one, the reference: distance, normals, no new borders, no
 * more faces that look the wrong way. A piece that the reference lost goes to a candidate that has it.
 *
 * @param candidates Drafts whose `sourceOf` names triangles of the source.
 * @param prefer `last` takes the last candidate wherever it covers the piece at all.
 * @param isCrowded Are there more faces than may be? Then a candidate that has more of them on a piece than the reference
 * is that much farther.
 */
export function chooseByPiece(
	candidates: readonly Candidate[],
	pieces: Pieces,
	size: Size,
	{
		prefer = 'regular',
		isCrowded = false,
	}: { readonly prefer?: 'regular' | 'last'; readonly isCrowded?: boolean } = {},
): Choice {
	const chosen = new Uint8Array(pieces.count);
	const scores = candidates.map((candidate) => candidate.scores);
	const last = scores.length - 1;
	for (let i = 0; i < pieces.count; i++) {
		let least = costOf(scores[0], i, size, 1);
		for (let k = 1; k < scores.length; k++) {
			const far = isCrowded ? Math.max(1, scores[k].faces[i] / Math.max(1, scores[0].faces[i])) : 1;
			const cost = costOf(scores[k], i, size, far);
			if (cost >= least || !isClose(scores[k], scores[0], i, size, far)) continue;
			least = cost;
			chosen[i] = k;
		}
		if (prefer === 'last' && scores[last].faces[i] > 0) chosen[i] = last;
	}
	return { chosen, irregular: Float64Array.from(chosen, (k, i) => scores[k].irregular[i]) };
}

/**
 * Chooses where the faces are more than may be when each piece has what is best for it (`isCrowded`): the same once more, a
 * candidate that has more faces on a piece than the reference being that much farther; or one candidate for all pieces,
 * where that is as close as the reference and costs less. Helmet at 5000 faces (2026-11): 39 pieces in loops and 16 in others
 * gave 5172 faces, and trimmed 13.3 % irregular and Chamfer .0102 % of the diagonal; all in loops 11.1 and .0092.
 */
export function chooseCrowded(candidates: readonly Candidate[], pieces: Pieces, size: Size, faces: number): Choice {
	let best = chooseByPiece(candidates, pieces, size, { isCrowded: true });
	let least = costOfAll(candidates, best.chosen, size, faces);
	const reference = sumScores(candidates[0].scores);
	for (const [k, { scores }] of candidates.entries()) {
		const chosen = new Uint8Array(pieces.count).fill(k);
		const cost = costOfAll(candidates, chosen, size, faces);
		if (cost >= least || scores.faces.includes(0) || !isClose(sumScores(scores), reference, 0, size, 1)) continue;
		least = cost;
		best = { chosen, irregular: scores.irregular };
	}
	return best;
}

/** The measures of all pieces as those of one. */
function sumScores(scores: Scores): Scores {
	const sum = (values: Float64Array | Uint32Array): number => {
		let total = 0;
		for (const x of values) total += x;
		return total;
	};
	return {
		weight: Float64Array.of(sum(scores.weight)),
		distance: Float64Array.of(sum(scores.distance)),
		normals: Float64Array.of(sum(scores.normals)),
		turned: Float64Array.of(sum(scores.turned)),
		most: Float64Array.of(scores.most.reduce((most, x) => Math.max(most, x), 0)),
		faces: Uint32Array.of(sum(scores.faces)),
		borders: Uint32Array.of(sum(scores.borders)),
		irregular: scores.irregular,
	};
}

/** What a choice costs in all pieces together: surfaces of too many faces come to lie that much farther when they are trimmed. */
function costOfAll(candidates: readonly Candidate[], chosen: Uint8Array, size: Size, faces: number): number {
	let total = 0;
	let irregular = 0;
	let distance = 0;
	let weight = 0;
	let most = 0;
	for (let i = 0; i < chosen.length; i++) {
		const { scores } = candidates[chosen[i]];
		total += scores.faces[i];
		irregular += scores.irregular[i] * scores.faces[i];
		distance += scores.distance[i];
		weight += scores.weight[i];
		most = Math.max(most, scores.most[i]);
	}
	return weigh(irregular / total, (Math.max(1, total / faces) * distance) / weight, most, size);
}

function costOf({ faces, irregular, distance, weight, most }: Scores, i: number, size: Size, far: number): number {
	return faces[i] === 0 ? Infinity : weigh(irregular[i], (far * distance[i]) / weight[i], most[i], size);
}

/** Share of irregular vertices, and what its distances weigh over it. */
function weigh(irregular: number, distance: number, most: number, size: Size): number {
	const mean = distance / size.mean;
	return irregular + WORTH * mean + 2 * WORTH * Math.max(0, mean - NEAR) + (WORTH_AT_MOST * most) / size.diagonal;
}

function isClose(a: Scores, b: Scores, i: number, size: Size, far: number): boolean {
	if (a.faces[i] === 0 || b.faces[i] === 0) return a.faces[i] > 0;
	const most = Math.max((FARTHER * b.distance[i]) / b.weight[i] + UNSEEN * size.mean, NEAR * size.mean);
	if ((far * a.distance[i]) / a.weight[i] > most) return false;
	if (a.most[i] > Math.max(FARTHER * b.most[i], ALLOWED * size.diagonal)) return false;
	if (a.normals[i] / a.weight[i] < b.normals[i] / b.weight[i] - DULLER * size.edge) return false;
	if (a.turned[i] / a.weight[i] > b.turned[i] / b.weight[i] + TURNED * size.edge) return false;
	return b.borders[i] > 0 || a.borders[i] === 0;
}
