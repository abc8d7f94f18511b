import { conjugateGradient } from '../math/conjugate-gradient.ts';

/**
 * Moves the free vertices to where the surface bends least, continuing the tangents of what is fixed: least squares of
 * the umbrella vectors of the free vertices and of those beside them.
 *
 * Based on: Botsch, Kobbelt. An intuitive framework for real-time freeform modeling. 2004. [botsch2004]
 * Departs from it: edges weigh 1/length instead of cotangents, which are negative on the slivers of a seam; the fixed
 * side's umbrellas are in the sum, which gives the tangent continuity without extrapolated boundary conditions.
 *
 * @param positions xyz, changed in place.
 * @param triangles Cap and at least the triangles around the seam.
 * @param isFree Whether each vertex may move.
 */
export function fair(
	positions: number[] | Float64Array,
	triangles: ArrayLike<number>,
	isFree: Uint8Array,
	iterations = 200,
): void {
	const { offsets, list, weights, rows } = umbrellas(positions, triangles, isFree);
	const vertices = isFree.length;
	const diagonal = new Float64Array(vertices);
	for (const v of rows) {
		if (isFree[v]) diagonal[v] += 1;
		for (let i = offsets[v]; i < offsets[v + 1]; i++) if (isFree[list[i]]) diagonal[list[i]] += weights[i] ** 2;
	}
	const bent = new Float64Array(vertices);
	const bend = (x: Float64Array): void => {
		for (let r = 0; r < rows.length; r++) {
			const v = rows[r];
			let sum = -x[v];
			for (let i = offsets[v]; i < offsets[v + 1]; i++) sum += weights[i] * x[list[i]];
			bent[v] = sum;
		}
	};
	const spread = (out: Float64Array): void => {
		out.fill(0);
		for (let r = 0; r < rows.length; r++) {
			const v = rows[r];
			out[v] -= bent[v];
			for (let i = offsets[v]; i < offsets[v + 1]; i++) out[list[i]] += weights[i] * bent[v];
		}
		for (let v = 0; v < vertices; v++) if (!isFree[v]) out[v] = 0;
	};
	const multiply = (p: Float64Array, out: Float64Array): void => {
		bend(p);
		spread(out);
	};
	const at = new Float64Array(vertices);
	const pull = new Float64Array(vertices);
	for (let k = 0; k < 3; k++) {
		for (let v = 0; v < vertices; v++) at[v] = positions[3 * v + k];
		bend(at);
		spread(pull);
		for (let v = 0; v < vertices; v++) pull[v] = -pull[v];
		const move = new Float64Array(vertices);
		conjugateGradient(multiply, diagonal, pull, move, iterations, 1e-4);
		for (let v = 0; v < vertices; v++) if (isFree[v]) positions[3 * v + k] += move[v];
	}
}

/** Neighbours of each vertex with weights that sum to 1, and the vertices whose umbrella a free vertex moves. */
function umbrellas(positions: ArrayLike<number>, triangles: ArrayLike<number>, isFree: Uint8Array) {
	const isRow = isFree.slice();
	for (let c = 0; c < triangles.length; c++) {
		const a = triangles[c];
		const b = triangles[c % 3 === 2 ? c - 2 : c + 1];
		if (isFree[a]) isRow[b] = 1;
		if (isFree[b]) isRow[a] = 1;
	}
	const offsets = new Uint32Array(isFree.length + 1);
	for (let c = 0; c < triangles.length; c++) if (isRow[triangles[c]]) offsets[triangles[c] + 1]++;
	for (let v = 0; v < isFree.length; v++) offsets[v + 1] += offsets[v];
	const fill = offsets.slice();
	const list = new Uint32Array(offsets[isFree.length]);
	const weights = new Float64Array(list.length);
	for (let c = 0; c < triangles.length; c++) {
		const a = triangles[c];
		if (!isRow[a]) continue;
		const b = triangles[c % 3 === 2 ? c - 2 : c + 1];
		const x = positions[3 * a] - positions[3 * b];
		const y = positions[3 * a + 1] - positions[3 * b + 1];
		const z = positions[3 * a + 2] - positions[3 * b + 2];
		list[fill[a]] = b;
		weights[fill[a]++] = 1 / Math.max(Math.sqrt(x * x + y * y + z * z), 1e-12);
	}
	const rows: number[] = [];
	for (let v = 0; v < isFree.length; v++) {
		if (!isRow[v] || offsets[v] === offsets[v + 1]) continue;
		rows.push(v);
		let sum = 0;
		for (let i = offsets[v]; i < offsets[v + 1]; i++) sum += weights[i];
		for (let i = offsets[v]; i < offsets[v + 1]; i++) weights[i] /= sum;
	}
	return { offsets, list, weights, rows: Uint32Array.from(rows) };
}
