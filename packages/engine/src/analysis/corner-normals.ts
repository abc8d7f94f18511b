import { MeshError } from '../errors.ts';
import { normalAndArea } from '../math/triangle.ts';
import { UnionFind } from '../math/union-find.ts';
import { type CornerAttribute, type Mesh, next, prev, triangleCount } from '../mesh/mesh.ts';
import { twins } from '../mesh/topology.ts';

export type CornerNormalOptions = {
	/** Faces that meet at more than this angle, degrees, have an edge between them: 0 is flat, 180 smooth. Default 50. */
	readonly creaseDegrees?: number;
	/** What a face's normal counts at a corner: its angle there, its area, or their product. Default `angle-area`. */
	readonly weight?: 'angle-area' | 'angle' | 'area';
};

export const CORNER_NORMAL_DEFAULTS = Object.freeze({ creaseDegrees: 50, weight: 'angle-area' as const });

/**
 * A normal for each corner, smooth over faces that meet gently and split where they meet at an edge.
 *
 * The corners of a vertex that can be reached from one another across smooth edges share a row: the mean of their faces'
 * normals. An edge is not smooth when its faces meet at more than the crease angle, at borders, and where more than two
 * triangles meet. The diagonal of a quad (neighbouring triangles of one `polygonOf`) is always smooth, and the polygon's
 * mean normal is what its other edges are judged by. A sliver without area has no say and is smooth to the neighbour
 * at its longest edge only, so that it does not join what lies on its two sides.
 *
 * Source: weights as in Thürmer, Wüthrich. Computing vertex normals from polygonal facets. 1998 [thurmer1998], with the
 * area as a factor: slivers that decimation leaves beside large flat faces then no longer tilt them.
 *
 * @returns Unit normals, N × 3; rows numbered by first corner. (0, 0, 1) where no face around has an area.
 * @throws MeshError `invalid-option`.
 */
export function cornerNormals(mesh: Mesh, options: CornerNormalOptions = {}): CornerAttribute {
	const { creaseDegrees, weight } = { ...CORNER_NORMAL_DEFAULTS, ...options };
	if (!(creaseDegrees >= 0 && creaseDegrees <= 180))
		throw new MeshError('invalid-option', `creaseDegrees is ${creaseDegrees}; it must be 0 to 180`, { creaseDegrees });
	const planes = measurePlanes(mesh);
	const fans = joinFans(mesh, polygonPlanes(mesh, planes), Math.cos((creaseDegrees * Math.PI) / 180));
	return { ...sumNormals(mesh, planes, fans, weight), size: 3 };
}

/** Height over longest edge below which a triangle counts as one without area: rounding decides where it looks. */
const SLIVER = 1e-5;

/** Unit normal and area of each triangle, the area 0 where it is a sliver. T × 4. */
function measurePlanes(mesh: Mesh): Float64Array {
	const planes = new Float64Array(4 * triangleCount(mesh));
	for (let t = 0; 4 * t < planes.length; t++) {
		normalAndArea(mesh.positions, mesh.triangles, t, planes, 4 * t);
		const longest = edgeLength(mesh, longestEdge(mesh, t));
		if (2 * planes[4 * t + 3] <= SLIVER * longest * longest) planes[4 * t + 3] = 0;
	}
	return planes;
}

/** Of each triangle the unit normal and area of its polygon. T × 4. */
function polygonPlanes({ polygonOf }: Mesh, planes: Float64Array): Float64Array {
	if (!polygonOf) return planes;
	const whole = new Float64Array(planes.length);
	const triangles = planes.length / 4;
	for (let first = 0, end = 0; first < triangles; first = end) {
		let [x, y, z, area] = [0, 0, 0, 0];
		for (end = first; end < triangles && polygonOf[end] === polygonOf[first]; end++) {
			x += planes[4 * end + 3] * planes[4 * end];
			y += planes[4 * end + 3] * planes[4 * end + 1];
			z += planes[4 * end + 3] * planes[4 * end + 2];
			area += planes[4 * end + 3];
		}
		const length = Math.hypot(x, y, z) || 1;
		for (let t = first; t < end; t++) whole.set([x / length, y / length, z / length, area], 4 * t);
	}
	return whole;
}

/** Joins the corners of each vertex across smooth edges. */
function joinFans(mesh: Mesh, planes: Float64Array, leastCosine: number): UnionFind {
	const { triangles, polygonOf } = mesh;
	const twin = twins(mesh);
	const fans = new UnionFind(triangles.length);
	for (let c = 0; c < triangles.length; c++) {
		const other = twin[c];
		if (other < c) continue;
		const t = (c / 3) | 0;
		const s = (other / 3) | 0;
		if (!(polygonOf && polygonOf[t] === polygonOf[s])) {
			if (planes[4 * t + 3] === 0 && c !== longestEdge(mesh, t)) continue;
			if (planes[4 * s + 3] === 0 && other !== longestEdge(mesh, s)) continue;
			if (planes[4 * t + 3] > 0 && planes[4 * s + 3] > 0 && cosine(planes, t, s) < leastCosine) continue;
		}
		fans.union(c, next(other));
		fans.union(next(c), other);
	}
	// A diagonal that other faces share as well has no twin.
	for (let c = 3; polygonOf && c < triangles.length; c++) {
		const t = (c / 3) | 0;
		if (polygonOf[t] !== polygonOf[t - 1]) continue;
		for (let d = 3 * t - 3; d < 3 * t; d++) if (triangles[d] === triangles[c]) fans.union(c, d);
	}
	return fans;
}

const cosine = (planes: Float64Array, t: number, s: number): number =>
	planes[4 * t] * planes[4 * s] + planes[4 * t + 1] * planes[4 * s + 1] + planes[4 * t + 2] * planes[4 * s + 2];

function longestEdge(mesh: Mesh, t: number): number {
	let longest = 3 * t;
	for (let c = 3 * t + 1; c < 3 * t + 3; c++) if (edgeLength(mesh, c) > edgeLength(mesh, longest)) longest = c;
	return longest;
}

function edgeLength({ positions, triangles }: Mesh, c: number): number {
	const a = 3 * triangles[c];
	const b = 3 * triangles[next(c)];
	const x = positions[b] - positions[a];
	const y = positions[b + 1] - positions[a + 1];
	const z = positions[b + 2] - positions[a + 2];
	return Math.sqrt(x * x + y * y + z * z);
}

function sumNormals(mesh: Mesh, planes: Float64Array, fans: UnionFind, weight: CornerNormalOptions['weight']) {
	const corners = 3 * triangleCount(mesh);
	const rowOf = new Int32Array(corners).fill(-1);
	const indices = new Uint32Array(corners);
	const sums = new Float64Array(3 * corners);
	const best = new Int32Array(corners).fill(-1);
	let rows = 0;
	for (let c = 0; c < corners; c++) {
		const fan = fans.find(c);
		if (rowOf[fan] < 0) rowOf[fan] = rows++;
		const row = rowOf[fan];
		indices[c] = row;
		const t = (c / 3) | 0;
		const area = planes[4 * t + 3];
		if (area === 0) continue;
		if (best[row] < 0 || area > planes[4 * best[row] + 3]) best[row] = t;
		const w = (weight === 'area' ? 1 : angleAt(mesh, c)) * (weight === 'angle' ? 1 : area);
		for (let k = 0; k < 3; k++) sums[3 * row + k] += w * planes[4 * t + k];
	}
	const values = new Float32Array(3 * rows);
	for (let row = 0; row < rows; row++) {
		let x = sums[3 * row];
		let y = sums[3 * row + 1];
		let z = sums[3 * row + 2];
		let length = Math.hypot(x, y, z);
		if (!(length > 0)) {
			// Faces that cancel out, or none with an area: the largest of them speaks.
			const t = best[row];
			x = t < 0 ? 0 : planes[4 * t];
			y = t < 0 ? 0 : planes[4 * t + 1];
			z = t < 0 ? 1 : planes[4 * t + 2];
			length = 1;
		}
		values[3 * row] = x / length;
		values[3 * row + 1] = y / length;
		values[3 * row + 2] = z / length;
	}
	return { values, indices };
}

/** Angle of the triangle at its corner, radians. */
function angleAt({ positions, triangles }: Mesh, c: number): number {
	const a = 3 * triangles[c];
	const b = 3 * triangles[next(c)];
	const d = 3 * triangles[prev(c)];
	const ux = positions[b] - positions[a];
	const uy = positions[b + 1] - positions[a + 1];
	const uz = positions[b + 2] - positions[a + 2];
	const vx = positions[d] - positions[a];
	const vy = positions[d + 1] - positions[a + 1];
	const vz = positions[d + 2] - positions[a + 2];
	const across = Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
	return Math.atan2(across, ux * vx + uy * vy + uz * vz);
}
