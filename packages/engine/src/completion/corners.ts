import { angleAt, normalAndArea } from '../math/triangle.ts';
import { minus, unit, type Vector3 } from '../math/vector3.ts';
import { next, prev } from '../mesh/mesh.ts';
import type { Patch } from './patch.ts';

/** Vertices inside a patch where it is not flat, by which the same part is known again elsewhere. */
export type Corners = {
	readonly count: number;
	/** xyz. 3·C. */
	readonly points: Float64Array;
	/** Sum of the normals around it, each weighed by its angle. 3·C. */
	readonly normals: Float64Array;
	/** Sum of the angles around it, and length of the sum of normals: both the same however its faces are triangulated. 2·C. */
	readonly shape: Float64Array;
	/** Of each corner, in which directions sharp edges leave it: however far they are visible. Unit vectors. */
	readonly ways: readonly (readonly Vector3[])[];
};

/** The sharpest corners of a patch, at most `most`. */
export function cornersOf({ positions, triangles, loops }: Patch, most: number): Corners {
	const vertices = positions.length / 3;
	const sums = new Float64Array(4 * vertices);
	const plane = new Float64Array(4);
	for (let c = 0; c < triangles.length; c++) {
		if (c % 3 === 0) normalAndArea(positions, triangles, c / 3, plane, 0);
		const v = triangles[c];
		const angle = angleAt(positions, v, triangles[next(c)], triangles[prev(c)]);
		for (let k = 0; k < 3; k++) sums[4 * v + k] += angle * plane[k];
		sums[4 * v + 3] += angle;
	}
	const isRim = new Uint8Array(vertices);
	for (const loop of loops) for (const v of loop) isRim[v] = 1;
	const flatness = new Float64Array(vertices);
	for (let v = 0; v < vertices; v++)
		flatness[v] = Math.hypot(sums[4 * v], sums[4 * v + 1], sums[4 * v + 2]) / Math.max(1e-9, sums[4 * v + 3]);
	const chosen = Array.from(flatness.keys())
		.filter((v) => !isRim[v] && flatness[v] < FLAT)
		.sort((a, b) => flatness[a] - flatness[b] || a - b)
		.slice(0, most);
	return {
		count: chosen.length,
		points: Float64Array.from(chosen.flatMap((v) => [0, 1, 2].map((k) => positions[3 * v + k]))),
		normals: Float64Array.from(chosen.flatMap((v) => [0, 1, 2].map((k) => sums[4 * v + k]))),
		shape: Float64Array.from(chosen.flatMap((v) => [sums[4 * v + 3], flatness[v] * sums[4 * v + 3]])),
		ways: waysOf(positions, triangles, chosen),
	};
}

function waysOf(positions: Float32Array, triangles: Uint32Array, chosen: readonly number[]): Vector3[][] {
	const placeOf = new Map(chosen.map((v, i) => [v, i]));
	/** Of each chosen corner, the faces on the left of the edges that leave it, and on the right. */
	const left = chosen.map(() => new Map<number, number>());
	const right = chosen.map(() => new Map<number, number>());
	for (let c = 0; c < triangles.length; c++) {
		const i = placeOf.get(triangles[c]);
		if (i === undefined) continue;
		left[i].set(triangles[next(c)], (c / 3) | 0);
		right[i].set(triangles[prev(c)], (c / 3) | 0);
	}
	const a = new Float64Array(4);
	const b = new Float64Array(4);
	return chosen.map((v, i) => {
		const ways: Vector3[] = [];
		for (const [w, t] of left[i]) {
			const other = right[i].get(w);
			if (other === undefined) continue;
			normalAndArea(positions, triangles, t, a, 0);
			normalAndArea(positions, triangles, other, b, 0);
			const way = unit(minus(at(positions, w), at(positions, v)));
			if (way && a[3] > 0 && b[3] > 0 && a[0] * b[0] + a[1] * b[1] + a[2] * b[2] < SHARP) ways.push(way);
		}
		return ways;
	});
}

const at = (positions: Float32Array, v: number): Vector3 => [
	positions[3 * v],
	positions[3 * v + 1],
	positions[3 * v + 2],
];

/** Cosine between the faces beside an edge. */
const SHARP = 0.985;

/** Faces around a vertex that turn by less than about ten degrees. */
const FLAT = 0.99;
