/**
 * Quadrics: the sum over planes of weight · squared distance, as a function of the point. A quadric is ten numbers of a
 * table, at `QUADRIC · i`:
 *
 *     xx xy xz yy yz zz | bx by bz | c        E(p) = pᵀ A p + 2 b·p + c
 *
 * Based on: Garland, Heckbert. Surface simplification using quadric error metrics. 1997. [garland1997]
 */
export const QUADRIC = 10;

/** Adds the plane n · p + d = 0, |n| = 1. */
export function addPlane(
	table: Float64Array,
	i: number,
	nx: number,
	ny: number,
	nz: number,
	d: number,
	w: number,
): void {
	const o = QUADRIC * i;
	table[o] += w * nx * nx;
	table[o + 1] += w * nx * ny;
	table[o + 2] += w * nx * nz;
	table[o + 3] += w * ny * ny;
	table[o + 4] += w * ny * nz;
	table[o + 5] += w * nz * nz;
	table[o + 6] += w * d * nx;
	table[o + 7] += w * d * ny;
	table[o + 8] += w * d * nz;
	table[o + 9] += w * d * d;
}

/** Adds quadric `j` to quadric `i`. */
export function addQuadric(table: Float64Array, i: number, j: number): void {
	for (let k = 0; k < QUADRIC; k++) table[QUADRIC * i + k] += table[QUADRIC * j + k];
}

/** Error of the sum of quadrics `i` and `j` at a point; rounding never takes it below 0. */
export function errorAt(table: Float64Array, i: number, j: number, x: number, y: number, z: number): number {
	const o = QUADRIC * i;
	const p = QUADRIC * j;
	const e =
		(table[o] + table[p]) * x * x +
		(table[o + 3] + table[p + 3]) * y * y +
		(table[o + 5] + table[p + 5]) * z * z +
		2 *
			((table[o + 1] + table[p + 1]) * x * y +
				(table[o + 2] + table[p + 2]) * x * z +
				(table[o + 4] + table[p + 4]) * y * z) +
		2 * ((table[o + 6] + table[p + 6]) * x + (table[o + 7] + table[p + 7]) * y + (table[o + 8] + table[p + 8]) * z) +
		table[o + 9] +
		table[p + 9];
	return e > 0 ? e : 0;
}

/**
 * How strongly the best point is drawn to the middle of the edge, as a share of the quadric's trace: decides only where
 * the planes do not (on a flat or straight piece).
 */
const PULL = 1e-7;

/**
 * The point of least error of quadrics `i` + `j`, near (x, y, z): exact where the planes meet in a point, the nearest
 * such point where they meet in a line or a plane. Written to `out`; returns its error.
 */
export function bestPoint(
	table: Float64Array,
	i: number,
	j: number,
	x: number,
	y: number,
	z: number,
	out: Float64Array,
): number {
	const o = QUADRIC * i;
	const p = QUADRIC * j;
	let xx = table[o] + table[p];
	const xy = table[o + 1] + table[p + 1];
	const xz = table[o + 2] + table[p + 2];
	let yy = table[o + 3] + table[p + 3];
	const yz = table[o + 4] + table[p + 4];
	let zz = table[o + 5] + table[p + 5];
	// Gradient at the middle: the unknown is the step from there, so that little is lost to cancellation.
	const gx = xx * x + xy * y + xz * z + table[o + 6] + table[p + 6];
	const gy = xy * x + yy * y + yz * z + table[o + 7] + table[p + 7];
	const gz = xz * x + yz * y + zz * z + table[o + 8] + table[p + 8];
	const pull = PULL * (xx + yy + zz);
	xx += pull;
	yy += pull;
	zz += pull;
	const cx = yy * zz - yz * yz;
	const cy = xz * yz - xy * zz;
	const cz = xy * yz - xz * yy;
	const determinant = xx * cx + xy * cy + xz * cz;
	if (!(determinant > 0)) {
		out[0] = x;
		out[1] = y;
		out[2] = z;
		return errorAt(table, i, j, x, y, z);
	}
	out[0] = x - (cx * gx + cy * gy + cz * gz) / determinant;
	out[1] = y - (cy * gx + (xx * zz - xz * xz) * gy + (xy * xz - xx * yz) * gz) / determinant;
	out[2] = z - (cz * gx + (xy * xz - xx * yz) * gy + (xx * yy - xy * xy) * gz) / determinant;
	return errorAt(table, i, j, out[0], out[1], out[2]);
}
