import { normalAndArea } from '../math/triangle.ts';
import { UnionFind } from '../math/union-find.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { buildBvh } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import type { Draft } from './pair-quads.ts';
import { cutQuads } from './quad-fit.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import { innerVertices } from './quad-shape.ts';
import type { DenseSurface } from './quad-surface.ts';

/** A candidate may be this much farther from the source than the reference, in the mean and at most. */
const FARTHER = 2;
/** ... or this share of the diagonal: what nobody sees. Distances are those of drafts: the fit brings them down by half. */
const UNSEEN = 1e-4;
/** ... or be no farther in the mean than this share of the diagonal. */
const NEAR = 4e-4;
/** Times that which a careful split may make up for. */
const NEARLY = 1.4;
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
 * light, track and workbench at 5000 (2026-11): 20 to 36 % irregular in place of 7 to 15.
 */
const DULLER = 0.03;
/** Share of the area that may look the wrong way, more than of the reference: it is mended at the end (quad-mend.ts). */
const TURNED = 0.01;
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
/** Samples of the dense surface. */
const BACK = 20_000;

/** Connected piece of each triangle of the source, numbered from 0. */
export type Pieces = { readonly pieceOf: Uint32Array; readonly count: number };

export function findPieces({ positions, triangles }: Mesh): Pieces {
	const sets = new UnionFind(positions.length / 3);
	for (let c = 0; c < triangles.length; c += 3) {
		sets.union(triangles[c], triangles[c + 1]);
		sets.union(triangles[c], triangles[c + 2]);
	}
	const numberOf = new Int32Array(positions.length / 3).fill(-1);
	const pieceOf = new Uint32Array(triangles.length / 3);
	let count = 0;
	for (let t = 0; t < pieceOf.length; t++) {
		const root = sets.find(triangles[3 * t]);
		if (numberOf[root] < 0) numberOf[root] = count++;
		pieceOf[t] = numberOf[root];
	}
	return { pieceOf, count };
}

/** What distances are measured by, object units. */
export type Size = {
	readonly diagonal: number;
	/** The diagonal, times how much farther few faces are from the source in the mean. */
	readonly mean: number;
};

/** Faces that the bounds here are for, and the power of their number with which mean distances fall. */
const USUAL_FACES = 5000;
const FALL = 0.7;

export const sizeFor = (diagonal: number, faces: number): Size => ({
	diagonal,
	mean: diagonal * Math.max(1, USUAL_FACES / faces) ** FALL,
});

/** Quads, laid one way, and what they are like. */
export type Candidate = { readonly draft: Draft; readonly scores: Scores };

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

/**
 * Is it worth the time to split again, all pieces taken together? Loosely, where a surface is irregular and near: that
 * doubles its distance. Carefully, where it is a little farther than `NEAR`.
 */
export function splitAgain({ scores }: Candidate, size: Size): 'loosely' | 'carefully' | undefined {
	const { faces, irregular, distance, weight } = scores;
	const sum = (values: Float64Array | Uint32Array): number => {
		let total = 0;
		for (const x of values) total += x;
		return total;
	};
	const mean = sum(distance) / (sum(weight) * size.mean);
	const share = sum(irregular.map((x, i) => x * faces[i])) / sum(faces);
	if (share > TOO_IRREGULAR && mean < NEAR_ENOUGH * NEAR) return 'loosely';
	return mean > NEAR && mean < NEARLY * NEAR ? 'carefully' : undefined;
}

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

/** Measures of a candidate, piece by piece. */
type Scores = {
	/** Area of the samples. */
	readonly weight: Float64Array;
	/** Area times distance, area times product of normals, area of samples that look the wrong way. */
	readonly distance: Float64Array;
	readonly normals: Float64Array;
	readonly turned: Float64Array;
	readonly most: Float64Array;
	readonly faces: Uint32Array;
	readonly borders: Uint32Array;
	/** Share of inner vertices that are irregular. */
	readonly irregular: Float64Array;
};

/** Share of irregular vertices, and what its mean distance weighs over it. */
function costOf({ faces, irregular, distance, weight, most }: Scores, i: number, size: Size, far: number): number {
	const mean = (far * distance[i]) / (weight[i] * size.mean);
	return faces[i] === 0
		? Infinity
		: irregular[i] + WORTH * mean + 2 * WORTH * Math.max(0, mean - NEAR) + (WORTH_AT_MOST * most[i]) / size.diagonal;
}

function isClose(a: Scores, b: Scores, i: number, size: Size, far: number): boolean {
	if (a.faces[i] === 0 || b.faces[i] === 0) return a.faces[i] > 0;
	const most = Math.max((FARTHER * b.distance[i]) / b.weight[i] + UNSEEN * size.mean, NEAR * size.mean);
	if ((far * a.distance[i]) / a.weight[i] > most) return false;
	if (a.most[i] > Math.max(FARTHER * b.most[i], ALLOWED * size.diagonal)) return false;
	if (a.normals[i] / a.weight[i] < b.normals[i] / b.weight[i] - DULLER) return false;
	if (a.turned[i] / a.weight[i] > b.turned[i] / b.weight[i] + TURNED) return false;
	return b.borders[i] > 0 || a.borders[i] === 0;
}

export function scorePieces(mesh: QuadMesh, { pieceOf, count }: Pieces, surface: DenseSurface): Scores {
	const scores: Scores = {
		weight: new Float64Array(count),
		distance: new Float64Array(count),
		normals: new Float64Array(count),
		turned: new Float64Array(count),
		most: new Float64Array(count),
		faces: new Uint32Array(count),
		borders: new Uint32Array(count),
		irregular: new Float64Array(count),
	};
	countIrregular(mesh, pieceOf, scores);
	const { triangles, faceOf } = cutQuads(mesh, surface);
	const positions = Float32Array.from(mesh.positions);
	const own = { positions, triangles, bvh: buildBvh({ positions, triangles }) };
	const stride = Math.max(1, Math.floor(pieceOf.length / BACK));
	sampleSide(own, surface, 1, (t) => pieceOf[mesh.sourceOf[faceOf[t]]], scores);
	sampleSide(surface, own, stride, (t) => pieceOf[t], scores);
	return scores;
}

function countIrregular(mesh: QuadMesh, pieceOf: Uint32Array, { faces, irregular, borders }: Scores): void {
	const { degree, isInner } = innerVertices(mesh);
	const pieceAt = new Uint32Array(degree.length);
	for (let f = 0; f < mesh.sourceOf.length; f++) {
		faces[pieceOf[mesh.sourceOf[f]]]++;
		for (let k = 4 * f; k < 4 * f + 4; k++)
			if (mesh.faces[k] !== NO_VERTEX) pieceAt[mesh.faces[k]] = pieceOf[mesh.sourceOf[f]];
	}
	const inner = new Uint32Array(irregular.length);
	for (let v = 0; v < degree.length; v++) {
		if (degree[v] === 0) continue;
		if (isInner[v] === 0) borders[pieceAt[v]]++;
		else {
			inner[pieceAt[v]]++;
			if (degree[v] !== 4) irregular[pieceAt[v]]++;
		}
	}
	for (let i = 0; i < inner.length; i++) if (inner[i] > 0) irregular[i] /= inner[i];
}

type Side = Pick<DenseSurface, 'positions' | 'triangles' | 'bvh'>;

/** Adds samples at the middles of every `stride`-th triangle of one surface, against the other. */
function sampleSide(from: Side, to: Side, stride: number, pieceAt: (t: number) => number, scores: Scores): void {
	const { positions: p, triangles } = from;
	const near = newNearest();
	const plane = new Float64Array(8);
	for (let t = 0; 3 * t < triangles.length; t += stride) {
		const a = 3 * triangles[3 * t];
		const b = 3 * triangles[3 * t + 1];
		const c = 3 * triangles[3 * t + 2];
		const x = (p[a] + p[b] + p[c]) / 3;
		const y = (p[a + 1] + p[b + 1] + p[c + 1]) / 3;
		const z = (p[a + 2] + p[b + 2] + p[c + 2]) / 3;
		if (!nearestPoint(to.bvh, x, y, z, Infinity, near)) continue;
		normalAndArea(p, triangles, t, plane, 0);
		normalAndArea(to.positions, to.triangles, near.triangle, plane, 4);
		const dot = plane[0] * plane[4] + plane[1] * plane[5] + plane[2] * plane[6];
		const i = pieceAt(t);
		scores.weight[i] += plane[3];
		scores.distance[i] += plane[3] * near.distance;
		scores.normals[i] += plane[3] * dot;
		if (dot < 0) scores.turned[i] += plane[3];
		scores.most[i] = Math.max(scores.most[i], near.distance);
	}
}

/** The pieces of several drafts as one: of each the faces on pieces that chose it. */
export function composeDrafts(candidates: readonly Candidate[], chosen: Uint8Array, pieces: Pieces): Draft {
	if (candidates.length === 1) return candidates[0].draft;
	const parts = candidates.map(({ draft }, k) => {
		const faces: number[] = [];
		for (let f = 0; f < draft.labelOf.length; f++)
			if (chosen[pieces.pieceOf[draft.mesh.sourceOf[f]]] === k) faces.push(f);
		return faces;
	});
	const total = parts.reduce((sum, faces) => sum + faces.length, 0);
	const faces = new Uint32Array(4 * total).fill(NO_VERTEX);
	const sourceOf = new Uint32Array(total);
	const labelOf = new Uint32Array(total);
	const positions: Float64Array[] = [];
	const kinds: Uint8Array[] = [];
	const ideals: Uint8Array[] = [];
	let first = 0;
	let f = 0;
	for (const [k, { draft }] of candidates.entries()) {
		positions.push(draft.mesh.positions);
		kinds.push(draft.lines.kind);
		ideals.push(draft.lines.ideal);
		for (const from of parts[k]) {
			for (let i = 0; i < 4; i++) {
				const v = draft.mesh.faces[4 * from + i];
				if (v !== NO_VERTEX) faces[4 * f + i] = first + v;
			}
			sourceOf[f] = draft.mesh.sourceOf[from];
			labelOf[f++] = draft.labelOf[from];
		}
		first += draft.lines.kind.length;
	}
	return {
		mesh: { positions: Float64Array.from(positions.flatMap((p) => [...p])), faces, sourceOf },
		labelOf,
		lines: {
			kind: Uint8Array.from(kinds.flatMap((p) => [...p])),
			ideal: Uint8Array.from(ideals.flatMap((p) => [...p])),
		},
	};
}
