import { UnionFind } from '../math/union-find.ts';
import { derived, type Mesh, next, prev, triangleCount } from '../mesh/mesh.ts';
import { vertexCorners } from '../mesh/topology.ts';

/** The connected pieces of a mesh. */
export type Components = {
	/** Component of each triangle, 0..count - 1, numbered by first triangle. T. */
	readonly componentOf: Uint32Array;
	readonly count: number;
};

/**
 * Connected components: triangles that share an edge are in one, whichever way they run and however many share it.
 * Sharing a vertex alone does not connect.
 */
export const components: (mesh: Mesh) => Components = derived((mesh) => {
	const sets = joinAcrossEdges(mesh);
	const componentOf = new Uint32Array(triangleCount(mesh));
	let count = 0;
	// A set is named by its smallest member, so that the name is met, and numbered, before all others of the set.
	for (let t = 0; t < componentOf.length; t++) {
		const root = sets.find(t);
		componentOf[t] = root === t ? count++ : componentOf[root];
	}
	return { componentOf, count };
});

function joinAcrossEdges(mesh: Mesh): UnionFind {
	const { triangles } = mesh;
	const { offsets, list } = vertexCorners(mesh);
	const sets = new UnionFind(triangleCount(mesh));
	for (let c = 0; c < triangles.length; c++) {
		const from = triangles[c];
		const to = triangles[next(c)];
		if (from === to) continue;
		// The end with fewer triangles, so that the hub of a fan is not searched once for each of its spokes.
		const fewer = offsets[from + 1] - offsets[from] <= offsets[to + 1] - offsets[to];
		const v = fewer ? from : to;
		const other = fewer ? to : from;
		for (let i = offsets[v]; i < offsets[v + 1]; i++) {
			const d = list[i];
			if (triangles[next(d)] !== other && triangles[prev(d)] !== other) continue;
			// The first triangle at the edge stands for all of them.
			sets.union((c / 3) | 0, (d / 3) | 0);
			break;
		}
	}
	return sets;
}
