import { type Mesh, next, prev } from '../mesh/mesh.ts';
import { twins, vertexCorners } from '../mesh/topology.ts';
import { FREE, LINE, PINNED } from './coarse.ts';

/** The edges that a decimation keeps in place, and what they make of the vertices. */
export type FixedLines = {
	/** Is the edge from the corner a line? C. */
	readonly line: Uint8Array;
	/** FREE, LINE or PINNED. V. */
	readonly kind: Uint8Array;
};

/**
 * Finds the lines that must stay: borders, edges with a third wing or with wings of opposite sense, and edges between
 * different labels. A vertex is pinned where lines meet or end.
 *
 * @param labelOf Part and material of each triangle, as one number. T.
 */
export function drawLines(mesh: Mesh, labelOf: Uint32Array): FixedLines {
	const { triangles } = mesh;
	const twin = twins(mesh);
	const line = new Uint8Array(triangles.length);
	for (let c = 0; c < line.length; c++)
		if (twin[c] < 0 || labelOf[(c / 3) | 0] !== labelOf[(twin[c] / 3) | 0]) line[c] = 1;
	return { line, kind: classify(mesh, line) };
}

function classify(mesh: Mesh, line: Uint8Array): Uint8Array {
	const { triangles } = mesh;
	const { offsets, list } = vertexCorners(mesh);
	const kind = new Uint8Array(offsets.length - 1);
	const metBy = new Int32Array(kind.length).fill(-1);
	for (let v = 0; v < kind.length; v++) {
		let ends = 0;
		for (let i = offsets[v]; i < offsets[v + 1]; i++) {
			const c = list[i];
			const before = prev(c);
			if (line[c] !== 0 && metBy[triangles[next(c)]] !== v) {
				metBy[triangles[next(c)]] = v;
				ends++;
			}
			if (line[before] !== 0 && metBy[triangles[before]] !== v) {
				metBy[triangles[before]] = v;
				ends++;
			}
		}
		kind[v] = ends === 0 ? FREE : ends === 2 ? LINE : PINNED;
	}
	return kind;
}
