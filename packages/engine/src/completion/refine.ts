import { next, prev } from '../mesh/mesh.ts';
import { newEdgeMap } from './edge-map.ts';

/**
 * Divides the triangles of a cap until they are as small as the edges around them: split at the centroid, relax by
 * flips. Liepa. Filling holes in meshes. 2003, §4. [liepa2003]
 *
 * @param positions xyz of all vertices; centroids are appended.
 * @param triangles The cap, three vertices each; replaced in place. Its border is kept.
 * @param size Wanted edge length at each vertex; appended to with `positions`.
 * @param most No more triangles than this.
 * @param isTaken Whether an edge is already in the surface: no flip may make it again.
 */
export function refineCap(
	positions: number[],
	triangles: number[],
	size: number[],
	most: number,
	isTaken: (a: number, b: number) => boolean,
): void {
	for (let pass = 0; pass < MOST_PASSES; pass++) {
		const count = triangles.length;
		for (let t = 0; t < count && triangles.length < 3 * most; t += 3) splitLarge(positions, triangles, size, t);
		for (let i = 0; i < MOST_FLIPS && flipEdges(positions, triangles, isTaken); i++);
		if (triangles.length === count) return;
	}
}

const MOST_PASSES = 12;
const MOST_FLIPS = 4;
/** Density: a triangle is split where its centroid is further than size/α from each corner. [liepa2003] */
const ALPHA = Math.SQRT2;
/** How much longer edges get with each vertex inwards: a cap is smooth, and need not be as fine there as at its seam. */
const GRADE = 1.2;

function splitLarge(positions: number[], triangles: number[], size: number[], t: number): void {
	const a = triangles[t];
	const b = triangles[t + 1];
	const c = triangles[t + 2];
	const x = (positions[3 * a] + positions[3 * b] + positions[3 * c]) / 3;
	const y = (positions[3 * a + 1] + positions[3 * b + 1] + positions[3 * c + 1]) / 3;
	const z = (positions[3 * a + 2] + positions[3 * b + 2] + positions[3 * c + 2]) / 3;
	const own = (size[a] + size[b] + size[c]) / 3;
	for (let k = 0; k < 3; k++) {
		const v = triangles[t + k];
		const far = ALPHA * Math.hypot(positions[3 * v] - x, positions[3 * v + 1] - y, positions[3 * v + 2] - z);
		if (far <= own || far <= size[v]) return;
	}
	const centre = positions.length / 3;
	positions.push(x, y, z);
	size.push(GRADE * own);
	triangles[t + 2] = centre;
	triangles.push(b, c, centre, c, a, centre);
}

/** Flips every inner edge whose opposite angles sum to more than π, if its other diagonal is free. */
function flipEdges(positions: number[], triangles: number[], isTaken: (a: number, b: number) => boolean): boolean {
	const cornerOf = newEdgeMap(2 * triangles.length);
	// Edges in the order in which they came up; flips add theirs at the end.
	const edges: number[] = [];
	const enter = (a: number, b: number, c: number): void => {
		if (cornerOf.set(a, b, c) < 0) edges.push(a, b);
	};
	for (let c = 0; c < triangles.length; c++) enter(triangles[c], triangles[next(c)], c);
	let flipped = false;
	const touched = new Uint8Array(triangles.length / 3);
	for (let e = 0; e < edges.length; e += 2) {
		const a = edges[e];
		const b = edges[e + 1];
		if (a > b) continue;
		const c = cornerOf.get(a, b);
		const d = cornerOf.get(b, a);
		if (d < 0) continue;
		const s = (c / 3) | 0;
		const t = (d / 3) | 0;
		if (touched[s] || touched[t]) continue;
		const p = triangles[prev(c)];
		const q = triangles[prev(d)];
		if (p === q || cornerOf.get(p, q) >= 0 || cornerOf.get(q, p) >= 0) continue;
		if (isTaken(p, q)) continue;
		if (angle(positions, a, p, b) + angle(positions, a, q, b) <= Math.PI + 1e-6) continue;
		triangles[3 * s] = a;
		triangles[3 * s + 1] = q;
		triangles[3 * s + 2] = p;
		triangles[3 * t] = q;
		triangles[3 * t + 1] = b;
		triangles[3 * t + 2] = p;
		enter(p, q, 3 * t + 2);
		touched[s] = 1;
		touched[t] = 1;
		flipped = true;
	}
	return flipped;
}

/** Angle at p between a and b. */
function angle(positions: number[], a: number, p: number, b: number): number {
	const ux = positions[3 * a] - positions[3 * p];
	const uy = positions[3 * a + 1] - positions[3 * p + 1];
	const uz = positions[3 * a + 2] - positions[3 * p + 2];
	const vx = positions[3 * b] - positions[3 * p];
	const vy = positions[3 * b + 1] - positions[3 * p + 1];
	const vz = positions[3 * b + 2] - positions[3 * p + 2];
	const length = Math.sqrt((ux * ux + uy * uy + uz * uz) * (vx * vx + vy * vy + vz * vz));
	return length > 0 ? Math.acos(Math.max(-1, Math.min(1, (ux * vx + uy * vy + uz * vz) / length))) : 0;
}
