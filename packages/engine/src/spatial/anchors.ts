import type { Anchors } from '../mesh/made.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { nearestPoint, newNearest } from './nearest.ts';
import { quickBvhOf } from './quick-bvh.ts';

/**
 * Where each vertex of one surface lies on another: the corners of the nearest triangle, and how near to each.
 *
 * @param positions xyz of the vertices. V × 3.
 * @param triangleOf Number to give each triangle of the other surface. Default: its own.
 */
export function anchorsOn(surface: Mesh, positions: Float32Array, triangleOf?: Uint32Array): Anchors {
	const bvh = quickBvhOf(surface);
	const vertices = positions.length / 3;
	const corners = new Uint32Array(4 * vertices);
	const weights = new Float32Array(4 * vertices);
	const near = newNearest();
	for (let v = 0; v < vertices; v++) {
		nearestPoint(bvh, positions[3 * v], positions[3 * v + 1], positions[3 * v + 2], Infinity, near);
		const t = triangleOf ? triangleOf[near.triangle] : near.triangle;
		for (let k = 0; k < 3; k++) corners[4 * v + k] = 3 * t + k;
		weights[4 * v] = 1 - near.u - near.v;
		weights[4 * v + 1] = near.u;
		weights[4 * v + 2] = near.v;
	}
	return { corners, weights };
}
