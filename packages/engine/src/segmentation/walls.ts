import type { Mesh } from '../mesh/mesh.ts';
import { bvhOf } from '../spatial/bvh.ts';
import { BACK_FACES, firstHit, newHit } from '../spatial/ray.ts';
import type { Frame, SurfaceGraph } from './surface-graph.ts';

/** Over how much area of region `a` the other side of the solid is region `b`, and that area times the depth there. */
export type Wall = { readonly a: number; readonly b: number; readonly area: number; readonly volume: number };

/** Cells from which a ray goes straight in, about. */
const SAMPLES = 8000;

/**
 * Which region lies behind which: the two sides of a wall. Of a region whose other side is itself nothing is said.
 *
 * @param cellOf Cell of each triangle. T. @param faceOf A triangle for each cell, from which its ray starts. N.
 * @param regionOf Region of each cell. N.
 * @returns In model sizes, ascending by `a`, then `b`.
 */
export function findWalls(
	mesh: Mesh,
	{ size }: Frame,
	{ cells, area, normal }: SurfaceGraph,
	cellOf: Uint32Array,
	faceOf: Uint32Array,
	regionOf: Uint32Array,
): Wall[] {
	const { positions, triangles } = mesh;
	const bvh = bvhOf(mesh);
	const hit = newHit();
	const walls = new Map<number, Wall>();
	const stride = Math.max(1, Math.floor(cells / SAMPLES));
	for (let n = stride >> 1; n < cells; n += stride) {
		const [x, y, z] = [-normal[3 * n], -normal[3 * n + 1], -normal[3 * n + 2]];
		if (x === 0 && y === 0 && z === 0) continue;
		const t = faceOf[n];
		const i = 3 * triangles[3 * t];
		const j = 3 * triangles[3 * t + 1];
		const k = 3 * triangles[3 * t + 2];
		const ox = (positions[i] + positions[j] + positions[k]) / 3;
		const oy = (positions[i + 1] + positions[j + 1] + positions[k + 1]) / 3;
		const oz = (positions[i + 2] + positions[j + 2] + positions[k + 2]) / 3;
		if (!firstHit(bvh, ox, oy, oz, x, y, z, 0, Number.POSITIVE_INFINITY, hit, t, BACK_FACES)) continue;
		const a = regionOf[n];
		const b = regionOf[cellOf[hit.triangle]];
		if (a === b) continue;
		const key = a * 2 ** 26 + b;
		const old = walls.get(key);
		const share = stride * area[n];
		walls.set(key, { a, b, area: share + (old?.area ?? 0), volume: (share * hit.t) / size + (old?.volume ?? 0) });
	}
	return [...walls.values()].sort((p, q) => p.a - q.a || p.b - q.b);
}
