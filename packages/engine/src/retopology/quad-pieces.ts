import { UnionFind } from '../math/union-find.ts';
import type { Mesh } from '../mesh/mesh.ts';

/** Connected piece of each triangle of the source, numbered from 0. */
export type Pieces = { readonly pieceOf: Uint32Array; readonly count: number };

export function findPieces({ positions, triangles }: Mesh): Pieces {
	const sets = new UnionFind(positions.length / 3);
	for (let c = 0; c < triangles.length; c += 3) {
		sets.union(triangles[c], triangles[c + 1]);
		sets.union(triangles[c], triangles[c + 2]);
	}
	const numberOf = new Int32Array(positions.length / 3).fill(-1);
	const pieceOf = new Uint32Array(triangles.length / 3);
	let count = 0;
	for (let t = 0; t < pieceOf.length; t++) {
		const root = sets.find(triangles[3 * t]);
		if (numberOf[root] < 0) numberOf[root] = count++;
		pieceOf[t] = numberOf[root];
	}
	return { pieceOf, count };
}
