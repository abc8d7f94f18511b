import { faceNormals } from '../analysis/normals.ts';
import { normalAndArea } from '../math/triangle.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { twins } from '../mesh/topology.ts';
import { type Bvh, buildBvh } from '../spatial/bvh.ts';
import { type Nearest, nearestPoint, newNearest } from '../spatial/nearest.ts';

/**
 * Cosine between the normals at an edge below which it is sharp: 50°, and 30° on surfaces whose triangles are no smaller
 * than the faces that are wanted, since there no edge is there by chance.
 */
const SHARP = 0.64;
const SHARP_COARSE = 0.87;
/** A surface of fewer triangles for each face than this is coarse. */
const COARSE = 3;

/** The dense surface that quads are held to. */
export type DenseSurface = {
	readonly positions: Float32Array;
	readonly triangles: Uint32Array;
	readonly bvh: Bvh;
	/** Length of the bounding box's diagonal, object units. */
	readonly diagonal: number;
	/** Cosine between the normals at an edge below which it is sharp. */
	readonly sharpness: number;
	/** Does a sharp edge end at the vertex? V. */
	readonly sharp: Uint8Array;
	readonly near: Nearest;
	readonly normal: Float64Array;
};

/** @param faces Faces that the quads shall have. */
export function denseSurface(mesh: Mesh, diagonal: number, faces: number): DenseSurface {
	const { positions, triangles } = mesh;
	const bvh = buildBvh({ positions, triangles });
	const sharpness = triangles.length / 3 < COARSE * faces ? SHARP_COARSE : SHARP;
	const sharp = findSharp(mesh, sharpness);
	return { positions, triangles, bvh, diagonal, sharpness, sharp, near: newNearest(), normal: new Float64Array(4) };
}

/** Vertices at which two triangles meet in an edge that is sharp. V. */
function findSharp(mesh: Mesh, sharpness: number): Uint8Array {
	const { positions, triangles } = mesh;
	const twin = twins(mesh);
	const normals = faceNormals(mesh);
	const sharp = new Uint8Array(positions.length / 3);
	for (let c = 0; c < triangles.length; c++) {
		const d = twin[c];
		if (d < c) continue;
		const i = c - (c % 3);
		const j = d - (d % 3);
		const dot = normals[i] * normals[j] + normals[i + 1] * normals[j + 1] + normals[i + 2] * normals[j + 2];
		if (dot >= sharpness) continue;
		sharp[triangles[c]] = 1;
		sharp[triangles[d]] = 1;
	}
	return sharp;
}

/** Is the dense surface sharp near (x, y, z)? */
export function isSharpAt(surface: DenseSurface, x: number, y: number, z: number): boolean {
	const { bvh, near, sharp, triangles } = surface;
	if (!nearestPoint(bvh, x, y, z, Infinity, near)) return false;
	const c = 3 * near.triangle;
	return (sharp[triangles[c]] | sharp[triangles[c + 1]] | sharp[triangles[c + 2]]) !== 0;
}

/**
 * Nearest point of the surface to (x, y, z) that faces as (nx, ny, nz) does, within `reach`. The point is left in
 * `surface.near`, its unit normal in `surface.normal`. False where the nearest point is farther or on another sheet.
 */
export function findNearest(
	surface: DenseSurface,
	x: number,
	y: number,
	z: number,
	nx: number,
	ny: number,
	nz: number,
	reach: number,
): boolean {
	const { positions, triangles, bvh, near, normal } = surface;
	if (!nearestPoint(bvh, x, y, z, reach, near)) return false;
	normalAndArea(positions, triangles, near.triangle, normal, 0);
	return normal[0] * nx + normal[1] * ny + normal[2] * nz >= 0;
}
