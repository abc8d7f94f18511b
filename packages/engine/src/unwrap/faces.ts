import { MeshError } from '../errors.ts';
import { normalAndArea } from '../math/triangle.ts';
import { UnionFind } from '../math/union-find.ts';
import { type Mesh, NO_ROW, next, triangleCount } from '../mesh/mesh.ts';
import { type Rows, twins } from '../mesh/topology.ts';

/**
 * A surface as `unwrap` sees it: whole faces and the edges that a chart may cross. F = faces, T = triangles, C = corners.
 * Lengths are in units of the square root of the whole area, so that nothing depends on the object's size.
 */
export type Faces = {
	/** xyz of each vertex about the middle of the box. V × 3. */
	readonly points: Float64Array;
	/** Object units in one unit of `points`. */
	readonly unit: number;
	/** Unit normal and area of each triangle, the area 0 where it is a sliver without a direction. T × 4. */
	readonly planes: Float64Array;
	readonly triangles: Uint32Array;
	/** Corner across each edge that a chart may cross, or -1. C. */
	readonly across: Int32Array;
	/** Face of each triangle: polygons are whole. T. */
	readonly faceOf: Uint32Array;
	/** Triangles of each face, ascending. F rows. */
	readonly trianglesOf: Rows;
	/** Hard edges (each once) that no chart may have on its inside, as pairs of faces. */
	readonly hard: Uint32Array;
};

/** Height over longest edge below which a triangle has no direction. */
const SLIVER = 1e-6;

/** Reads faces and crossable edges: not borders, non-manifold or hard edges, nor lines between parts or materials. */
export function readFaces(mesh: Mesh, partOf: ArrayLike<number> | undefined): Faces {
	const { triangles } = mesh;
	const { points, unit, planes } = measure(mesh);
	const across = twins(mesh).slice();
	const joined = new UnionFind(triangleCount(mesh));
	const hardCorners: number[] = [];
	for (let c = 0; c < across.length; c++) {
		const twin = across[c];
		if (twin < c) {
			if (twin < 0) across[c] = -1;
			continue;
		}
		const t = (c / 3) | 0;
		const s = (twin / 3) | 0;
		const apart = mesh.materialOf[t] !== mesh.materialOf[s] || (partOf !== undefined && partOf[t] !== partOf[s]);
		if (mesh.polygonOf && mesh.polygonOf[t] === mesh.polygonOf[s] && !apart) {
			joined.union(t, s);
		} else if (apart || isHard(mesh, c, twin)) {
			across[c] = -1;
			across[twin] = -1;
			hardCorners.push(c, twin);
		}
	}
	if (mesh.polygonOf) joinDiagonals(mesh, mesh.polygonOf, across, joined);
	const { faceOf, trianglesOf } = numberFaces(joined, triangleCount(mesh));
	const hard = Uint32Array.from(hardCorners, (c) => faceOf[(c / 3) | 0]);
	return { points, unit, planes, triangles, across, faceOf, trianglesOf, hard };
}

/** Lets charts cross the diagonals that other faces share as well: they have no twin, and yet a quad is one face. */
function joinDiagonals({ triangles }: Mesh, polygonOf: ArrayLike<number>, across: Int32Array, joined: UnionFind): void {
	for (let c = 3; c < triangles.length; c++) {
		const t = (c / 3) | 0;
		if (across[c] >= 0 || polygonOf[t] !== polygonOf[t - 1]) continue;
		for (let d = 3 * t - 3; d < 3 * t; d++) {
			if (across[d] >= 0 || triangles[d] !== triangles[next(c)] || triangles[c] !== triangles[next(d)]) continue;
			across[c] = d;
			across[d] = c;
			joined.union(t - 1, t);
		}
	}
}

/** Do the normals differ on the two sides, at either end? */
function isHard(mesh: Mesh, c: number, twin: number): boolean {
	const indices = mesh.corner.normal?.indices;
	if (!indices || indices[c] === NO_ROW || indices[twin] === NO_ROW) return false;
	return indices[c] !== indices[next(twin)] || indices[next(c)] !== indices[twin];
}

function numberFaces(joined: UnionFind, triangles: number): Pick<Faces, 'faceOf' | 'trianglesOf'> {
	const faceOf = new Uint32Array(triangles);
	let faces = 0;
	for (let t = 0; t < triangles; t++) faceOf[t] = joined.find(t) === t ? faces++ : faceOf[joined.find(t)];
	const offsets = new Uint32Array(faces + 1);
	for (let t = 0; t < triangles; t++) offsets[faceOf[t] + 1]++;
	for (let f = 0; f < faces; f++) offsets[f + 1] += offsets[f];
	const fill = offsets.slice(0, -1);
	const list = new Uint32Array(triangles);
	for (let t = 0; t < triangles; t++) list[fill[faceOf[t]]++] = t;
	return { faceOf, trianglesOf: { offsets, list } };
}

function measure({ positions, triangles }: Mesh): Pick<Faces, 'points' | 'unit' | 'planes'> {
	const low = [Infinity, Infinity, Infinity];
	const high = [-Infinity, -Infinity, -Infinity];
	for (let c = 0; c < triangles.length; c++)
		for (let k = 0; k < 3; k++) {
			const x = positions[3 * triangles[c] + k];
			if (x < low[k]) low[k] = x;
			if (x > high[k]) high[k] = x;
		}
	const reach = Math.max(high[0] - low[0], high[1] - low[1], high[2] - low[2]) || 1;
	const points = new Float64Array(positions.length);
	for (let i = 0; i < points.length; i++) points[i] = (positions[i] - (low[i % 3] + high[i % 3]) / 2) / reach;
	const planes = new Float64Array((4 * triangles.length) / 3);
	let area = 0;
	for (let t = 0; 4 * t < planes.length; t++) {
		normalAndArea(points, triangles, t, planes, 4 * t);
		area += planes[4 * t + 3];
	}
	if (!(area > 0)) throw new MeshError('no-triangles', `none of the ${triangles.length / 3} triangles has an area`);
	const unit = Math.sqrt(area);
	for (let i = 0; i < points.length; i++) points[i] /= unit;
	for (let t = 0; 4 * t < planes.length; t++) {
		planes[4 * t + 3] /= unit * unit;
		if (2 * planes[4 * t + 3] <= SLIVER * longestSquare(points, triangles, t)) planes.fill(0, 4 * t, 4 * t + 4);
	}
	return { points, unit: unit * reach, planes };
}

function longestSquare(points: Float64Array, triangles: Uint32Array, t: number): number {
	let longest = 0;
	for (let c = 3 * t; c < 3 * t + 3; c++) {
		const a = 3 * triangles[c];
		const b = 3 * triangles[next(c)];
		const x = points[b] - points[a];
		const y = points[b + 1] - points[a + 1];
		const z = points[b + 2] - points[a + 2];
		longest = Math.max(longest, x * x + y * y + z * z);
	}
	return longest;
}
