import { bounds, faceAreas, faceCentroids, faceNormals } from '../packages/engine/src/analysis/normals.ts';
import { mirrored, symmetryPlane } from '../packages/engine/src/analysis/symmetry.ts';
import { dot, type Vector3 } from '../packages/engine/src/math/vector3.ts';
import { type Mesh, triangleCount } from '../packages/engine/src/mesh/mesh.ts';
import { bvhOf } from '../packages/engine/src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../packages/engine/src/spatial/nearest.ts';

/** Triangles that are mirrored, about. */
const SAMPLES = 15_000;
/** How far an image may lie from the surface, in diagonals, and the least cosine between the normals. */
const REACH = 0.02;
const AGREE = 0.3;
/** A model is symmetric where this share of it has an image in the best plane, however far off the rest is. */
const SHARE = 0.75;
const TOLERANCE = 0.03;
/** A part is cut alike when its image and some part have this intersection over union. */
const ALIKE = 0.7;

/**
 * How much of a symmetric surface is cut alike on both sides of its plane: the share of the mirrored area that lies in
 * parts whose image is, by 7 tenths (intersection over union), one part too. Undefined where the model is not symmetric.
 */
export function mirrorAgreement(mesh: Mesh, label: ArrayLike<number>): number | undefined {
	const plane = symmetryPlane(mesh, { tolerance: TOLERANCE });
	if (!plane) return undefined;
	const [areas, centres, normals] = [faceAreas(mesh), faceCentroids(mesh), faceNormals(mesh)];
	const row = (of: Float32Array, t: number): Vector3 => [of[3 * t], of[3 * t + 1], of[3 * t + 2]];
	const reach = REACH * bounds(mesh).diagonal;
	const bvh = bvhOf(mesh);
	const near = newNearest();
	const both = new Map<string, number>();
	const here = new Map<number, number>();
	const there = new Map<number, number>();
	const add = <K>(map: Map<K, number>, key: K, area: number): void => void map.set(key, (map.get(key) ?? 0) + area);
	const stride = Math.max(1, Math.floor(triangleCount(mesh) / SAMPLES));
	let all = 0;
	for (let t = 0; t < triangleCount(mesh); t += stride) {
		all += areas[t];
		const [x, y, z] = mirrored(plane, row(centres, t));
		if (!nearestPoint(bvh, x, y, z, reach, near)) continue;
		const turned = mirrored({ normal: plane.normal, offset: 0 }, row(normals, t));
		if (dot(turned, row(normals, near.triangle)) < AGREE) continue;
		add(both, `${label[t]} ${label[near.triangle]}`, areas[t]);
		add(here, label[t], areas[t]);
		add(there, label[near.triangle], areas[t]);
	}
	const alike = new Set<number>();
	for (const [key, area] of both) {
		const [p, q] = key.split(' ').map(Number);
		if (area >= ALIKE * (here.get(p)! + there.get(q)! - area)) alike.add(p);
	}
	let total = 0;
	let agreed = 0;
	for (const [p, area] of here) {
		total += area;
		if (alike.has(p)) agreed += area;
	}
	return total > SHARE * all ? agreed / total : undefined;
}
