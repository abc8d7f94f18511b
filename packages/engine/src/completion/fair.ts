import { conjugateGradient } from '../math/conjugate-gradient.ts';
import { next } from '../mesh/mesh.ts';

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
	{ iterations = 200, check = () => {} }: { readonly iterations?: number; readonly check?: () => void } = {},
): void {
	const { offsets, list, weights, rows, vertexOf } = umbrellas(positions, triangles, isFree);
	const count = vertexOf.length;
	const moves = Uint8Array.from(vertexOf, (v) => isFree[v]);
	const diagonal = new Float64Array(count);
	for (let r = 0; r < rows.length; r++) {
		const v = rows[r];
		if (moves[v]) diagonal[v] += 1;
		for (let i = offsets[r]; i < offsets[r + 1]; i++) if (moves[list[i]]) diagonal[list[i]] += weights[i] ** 2;
	}
	const bent = new Float64Array(rows.length);
	const bend = (x: Float64Array): void => {
		for (let r = 0; r < rows.length; r++) {
			let sum = -x[rows[r]];
			for (let i = offsets[r]; i < offsets[r + 1]; i++) sum += weights[i] * x[list[i]];
			bent[r] = sum;
		}
	};
	const spread = (out: Float64Array): void => {
		out.fill(0);
		for (let r = 0; r < rows.length; r++) {
			out[rows[r]] -= bent[r];
			for (let i = offsets[r]; i < offsets[r + 1]; i++) out[list[i]] += weights[i] * bent[r];
		}
		for (let v = 0; v < count; v++) if (!moves[v]) out[v] = 0;
	};
	const multiply = (p: Float64Array, out: Float64Array): void => {
		check();
		bend(p);
		spread(out);
	};
	const at = new Float64Array(count);
	const pull = new Float64Array(count);
	for (let k = 0; k < 3; k++) {
		for (let v = 0; v < count; v++) at[v] = positions[3 * vertexOf[v] + k];
		bend(at);
		spread(pull);
		for (let v = 0; v < count; v++) pull[v] = -pull[v];
		const move = new Float64Array(count);
		conjugateGradient(multiply, diagonal, pull, move, iterations, 1e-4);
		for (let v = 0; v < count; v++) if (moves[v]) positions[3 * vertexOf[v] + k] += move[v];
	}
}

/**
 * The umbrellas that a free vertex moves: in `rows` their vertices, with neighbours and weights that sum to 1. All by the
 * numbers of `vertexOf`: the vertices that take part, ascending, which are few where a cap is small beside its part.
 */
function umbrellas(positions: ArrayLike<number>, triangles: ArrayLike<number>, isFree: Uint8Array) {
	const isRow = isFree.slice();
	for (let c = 0; c < triangles.length; c++) {
		const a = triangles[c];
		const b = triangles[next(c)];
		if (isFree[a]) isRow[b] = 1;
		if (isFree[b]) isRow[a] = 1;
	}
	const degree = new Uint32Array(isFree.length);
	const numberOf = new Int32Array(isFree.length).fill(-1);
	for (let c = 0; c < triangles.length; c++) {
		const a = triangles[c];
		if (!isRow[a]) continue;
		degree[a]++;
		numberOf[a] = numberOf[triangles[next(c)]] = 0;
	}
	const vertexOf: number[] = [];
	const rows: number[] = [];
	const rowOf = new Uint32Array(isFree.length);
	const offsets = [0];
	for (let v = 0; v < isFree.length; v++) {
		if (numberOf[v] < 0) continue;
		numberOf[v] = vertexOf.push(v) - 1;
		if (degree[v] === 0) continue;
		rowOf[v] = rows.push(numberOf[v]) - 1;
		offsets.push(offsets[offsets.length - 1] + degree[v]);
	}
	const fill = Uint32Array.from(offsets);
	const list = new Uint32Array(offsets[rows.length]);
	const weights = new Float64Array(list.length);
	for (let c = 0; c < triangles.length; c++) {
		const a = triangles[c];
		if (!isRow[a]) continue;
		const b = triangles[next(c)];
		const x = positions[3 * a] - positions[3 * b];
		const y = positions[3 * a + 1] - positions[3 * b + 1];
		const z = positions[3 * a + 2] - positions[3 * b + 2];
		const at = fill[rowOf[a]]++;
		list[at] = numberOf[b];
		weights[at] = 1 / Math.max(Math.sqrt(x * x + y * y + z * z), 1e-12);
	}
	for (let r = 0; r < rows.length; r++) {
		let sum = 0;
		for (let i = offsets[r]; i < offsets[r + 1]; i++) sum += weights[i];
		for (let i = offsets[r]; i < offsets[r + 1]; i++) weights[i] /= sum;
	}
	return {
		offsets: Uint32Array.from(offsets),
		list,
		weights,
		rows: Uint32Array.from(rows),
		vertexOf: Uint32Array.from(vertexOf),
	};
}
