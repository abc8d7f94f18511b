import { derived, type Mesh, next } from './mesh.ts';

/** `twins` of a corner whose edge has no other triangle. */
export const BOUNDARY = -1;
/** `twins` of a corner whose edge has more than two triangles, or two that run the same way. */
export const NON_MANIFOLD = -2;

/** A list of lists: row `i` is `list[offsets[i] .. offsets[i + 1]]`. */
export type Rows = { readonly offsets: Uint32Array; readonly list: Uint32Array };

/** Corners that start at each vertex, ascending. Complete on any mesh. */
export const vertexCorners: (mesh: Mesh) => Rows = derived(({ positions, triangles }) => {
	const offsets = new Uint32Array(positions.length / 3 + 1);
	for (let c = 0; c < triangles.length; c++) offsets[triangles[c] + 1]++;
	for (let v = 1; v < offsets.length; v++) offsets[v] += offsets[v - 1];
	const fill = offsets.slice(0, -1);
	const list = new Uint32Array(triangles.length);
	for (let c = 0; c < triangles.length; c++) list[fill[triangles[c]]++] = c;
	return { offsets, list };
});

/**
 * Corner across the edge of each corner: BOUNDARY or NON_MANIFOLD where there is not exactly one that runs the other
 * way. C.
 *
 * Buckets per vertex, not a hash: 4-5 times faster at a million triangles.
 */
export const twins: (mesh: Mesh) => Int32Array = derived((mesh) => {
	const { triangles } = mesh;
	const { offsets, list } = vertexCorners(mesh);
	const twin = new Int32Array(triangles.length).fill(BOUNDARY);
	for (let c = 0; c < triangles.length; c++) {
		const from = triangles[c];
		const to = triangles[next(c)];
		if (from === to) continue;
		let across = BOUNDARY;
		let opposite = 0;
		let alike = 0;
		for (let i = offsets[to]; i < offsets[to + 1]; i++) {
			const d = list[i];
			if (triangles[next(d)] === from) {
				across = d;
				opposite++;
			}
		}
		for (let i = offsets[from]; i < offsets[from + 1]; i++) if (triangles[next(list[i])] === to) alike++;
		twin[c] = opposite > 1 || alike > 1 ? NON_MANIFOLD : opposite === 1 ? across : BOUNDARY;
	}
	return twin;
});
