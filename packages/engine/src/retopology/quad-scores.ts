import { normalAndArea } from '../math/triangle.ts';
import { buildBvh } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import { cutQuads } from './quad-fit.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import type { Pieces } from './quad-pieces.ts';
import { innerVertices } from './quad-shape.ts';
import type { DenseSurface } from './quad-surface.ts';

/** Samples of the dense surface. */
const BACK = 20_000;

/** Measures of a candidate, piece by piece. */
export type Scores = {
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

/**
 * Measures quads piece by piece: against the dense surface, at the middles of both surfaces' triangles, and by their valences.
 *
 * @param pure A piece with a triangle counts as lost.
 */
export function scorePieces(mesh: QuadMesh, { pieceOf, count }: Pieces, surface: DenseSurface, pure = false): Scores {
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
	if (pure)
		for (let f = 0; f < mesh.sourceOf.length; f++)
			if (mesh.faces[4 * f + 3] === NO_VERTEX) scores.faces[pieceOf[mesh.sourceOf[f]]] = 0;
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
