import { normalAndArea } from '../math/triangle.ts';
import { buildBvh } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import type { DenseSurface } from './quad-surface.ts';

/** How near two surfaces are, from samples on both. */
export type Closeness = {
	/** Mean of the two one-sided mean distances, object units. */
	readonly mean: number;
	/** Greatest distance of a sample, object units. */
	readonly most: number;
	/** Mean dot product of the normals at the samples and at their nearest points. */
	readonly normals: number;
};

/** Samples of the dense surface. */
const BACK = 8000;

/** Compares a triangulated result with the dense surface: at the middles of both surfaces' triangles, weighted by area. */
export function measureCloseness(positions: Float32Array, triangles: Uint32Array, surface: DenseSurface): Closeness {
	const bvh = buildBvh({ positions, triangles });
	const own = { positions, triangles, bvh };
	const stride = Math.max(1, Math.floor(surface.triangles.length / 3 / BACK));
	const there = oneSided(own, surface, 1);
	const back = oneSided(surface, own, stride);
	return {
		mean: (there.mean + back.mean) / 2,
		most: Math.max(there.most, back.most),
		normals: (there.normals + back.normals) / 2,
	};
}

type Side = Pick<DenseSurface, 'positions' | 'triangles' | 'bvh'>;

function oneSided(from: Side, to: Side, stride: number): Closeness {
	const { positions: p, triangles } = from;
	const near = newNearest();
	const plane = new Float64Array(8);
	let area = 0;
	let mean = 0;
	let most = 0;
	let normals = 0;
	for (let t = 0; 3 * t < triangles.length; t += stride) {
		const a = 3 * triangles[3 * t];
		const b = 3 * triangles[3 * t + 1];
		const c = 3 * triangles[3 * t + 2];
		const [x, y, z] = [0, 1, 2].map((k) => (p[a + k] + p[b + k] + p[c + k]) / 3);
		if (!nearestPoint(to.bvh, x, y, z, Infinity, near)) continue;
		normalAndArea(p, triangles, t, plane, 0);
		normalAndArea(to.positions, to.triangles, near.triangle, plane, 4);
		area += plane[3];
		mean += plane[3] * near.distance;
		most = Math.max(most, near.distance);
		normals += plane[3] * (plane[0] * plane[4] + plane[1] * plane[5] + plane[2] * plane[6]);
	}
	return area > 0 ? { mean: mean / area, most, normals: normals / area } : { mean: 0, most: 0, normals: 1 };
}
