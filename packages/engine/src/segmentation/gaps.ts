import type { Vector3 } from '../math/vector3.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Parts } from '../mesh/parts.ts';
import { type Bvh, buildBvh } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';

/** Two points, one of each of two parts, that lie closest. */
export type Gap = { readonly onA: Vector3; readonly onB: Vector3 };

/**
 * Finds where two parts that share no edges come closest: the vertices of `b` against the surface of `a`. (Two edges
 * that cross in the air can be closer still; for a joint that is near enough.)
 */
export function gapFinder(mesh: Mesh, { partOf }: Parts): (a: number, b: number) => Gap {
	const cornersOf = new Map<number, Uint32Array>();
	const cornersIn = (p: number): Uint32Array => {
		let corners = cornersOf.get(p);
		if (!corners) {
			corners = mesh.triangles.filter((_, c) => partOf[(c / 3) | 0] === p);
			cornersOf.set(p, corners);
		}
		return corners;
	};
	const trees = new Map<number, Bvh>();
	const treeOf = (p: number): Bvh => {
		let tree = trees.get(p);
		if (!tree) {
			tree = buildBvh({ positions: mesh.positions, triangles: cornersIn(p) });
			trees.set(p, tree);
		}
		return tree;
	};
	return (a, b) => {
		const { positions } = mesh;
		const tree = treeOf(a);
		const near = newNearest();
		let best = Number.POSITIVE_INFINITY;
		let gap: Gap | undefined;
		for (const v of new Set(cornersIn(b))) {
			const [x, y, z] = [positions[3 * v], positions[3 * v + 1], positions[3 * v + 2]];
			if (!nearestPoint(tree, x, y, z, best, near) || near.distance >= best) continue;
			best = near.distance;
			gap = { onA: [near.x, near.y, near.z], onB: [x, y, z] };
		}
		if (gap) return gap;
		// Coordinates so large that their squares overflow have no nearest point: the first vertices stand for the parts.
		const first = (p: number): Vector3 => {
			const v = 3 * cornersIn(p)[0];
			return [positions[v], positions[v + 1], positions[v + 2]];
		};
		return { onA: first(a), onB: first(b) };
	};
}
