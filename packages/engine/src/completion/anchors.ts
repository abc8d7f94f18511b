import { next } from '../mesh/mesh.ts';
import type { Patch } from './patch.ts';

/**
 * For each vertex of the cap, four vertices of the seam and their weights: what the cap's colour, skin weights and
 * whatever else lives on vertices is filled from.
 */
export type CapAnchors = {
	/** Visible vertices of the part, four for each cap vertex in order; a vertex may stand in more than one place. 4·K. */
	readonly vertices: Uint32Array;
	/** Their weights, 0..1, which sum to 1 for each cap vertex. 4·K. */
	readonly weights: Float32Array;
};

/**
 * Weighs the seam for each vertex of the cap by inverse squared distance, as a harmonic function nearly does on a disc:
 * beside the seam the nearest seam vertex, in the middle of the cap the mean of all around it.
 *
 * The seam of the vertex's piece of cap, walked from the vertex nearest to it, is cut in four quarters; each quarter is
 * stood for by its nearest vertex, with the weight of them all.
 *
 * @param positions xyz of the part's vertices, the patch's first.
 * @param triangles Those of the cap, three vertices each.
 * @param check Called for each vertex; throws where the run was stopped.
 */
export function anchorCap(
	patch: Patch,
	positions: ArrayLike<number>,
	triangles: ArrayLike<number>,
	check: () => void = () => {},
): CapAnchors {
	const first = patch.vertexOf.length;
	const count = positions.length / 3 - first;
	const vertices = new Uint32Array(4 * count);
	const weights = new Float32Array(4 * count);
	const pieceOf = labelPieces(triangles, positions.length / 3);
	const rims = rimsByPiece(patch, pieceOf);
	const whole = patch.loops.flatMap((loop) => [...loop]);
	for (let v = 0; v < count; v++) {
		check();
		const rim = rims.get(pieceOf[first + v]) ?? whole;
		if (rim.length > 0) anchorVertex(positions, first + v, rim, vertices, weights, 4 * v);
	}
	return { vertices, weights };
}

/** Smallest vertex of each connected piece, at each vertex. */
function labelPieces(triangles: ArrayLike<number>, vertices: number): Uint32Array {
	const root = Uint32Array.from({ length: vertices }, (_, v) => v);
	const find = (v: number): number => {
		while (root[v] !== v) {
			root[v] = root[root[v]];
			v = root[v];
		}
		return v;
	};
	for (let c = 0; c < triangles.length; c++) {
		const a = find(triangles[c]);
		const b = find(triangles[next(c)]);
		root[Math.max(a, b)] = Math.min(a, b);
	}
	for (let v = 0; v < vertices; v++) root[v] = find(v);
	return root;
}

function rimsByPiece({ loops }: Patch, pieceOf: Uint32Array): Map<number, number[]> {
	const rims = new Map<number, number[]>();
	for (const loop of loops)
		for (const v of loop) {
			const rim = rims.get(pieceOf[v]);
			if (rim) rim.push(v);
			else rims.set(pieceOf[v], [v]);
		}
	return rims;
}

function anchorVertex(
	positions: ArrayLike<number>,
	v: number,
	rim: readonly number[],
	vertices: Uint32Array,
	weights: Float32Array,
	o: number,
): void {
	const n = rim.length;
	let start = 0;
	let nearest = Infinity;
	for (let i = 0; i < n; i++) {
		const squared = squaredLength(positions, v, rim[i]);
		if (squared >= nearest) continue;
		nearest = squared;
		start = i;
	}
	let total = 0;
	for (let quarter = 0; quarter < 4; quarter++) {
		// The first quarter lies around the nearest vertex, not behind it.
		const from = start - (n >> 3) + Math.floor((quarter * n) / 4);
		const to = start - (n >> 3) + Math.floor(((quarter + 1) * n) / 4);
		let best = Infinity;
		let sum = 0;
		vertices[o + quarter] = rim[start];
		for (let i = from; i < to; i++) {
			const seam = rim[(i + n) % n];
			const squared = Math.max(squaredLength(positions, v, seam), nearest * 1e-9, Number.MIN_VALUE * 2 ** 60);
			sum += nearest > 0 ? nearest / squared : seam === rim[start] ? 1 : 0;
			if (squared >= best) continue;
			best = squared;
			vertices[o + quarter] = seam;
		}
		weights[o + quarter] = sum;
		total += sum;
	}
	for (let k = 0; k < 4; k++) weights[o + k] = total > 0 ? weights[o + k] / total : k === 0 ? 1 : 0;
}

const squaredLength = (positions: ArrayLike<number>, a: number, b: number): number =>
	(positions[3 * a] - positions[3 * b]) ** 2 +
	(positions[3 * a + 1] - positions[3 * b + 1]) ** 2 +
	(positions[3 * a + 2] - positions[3 * b + 2]) ** 2;
