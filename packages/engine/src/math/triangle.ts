/**
 * Unit normal and area of triangle `t`, written to `out[o .. o + 3]`; all zero where it has no area.
 *
 * @param positions xyz of each vertex. V × 3.
 * @param triangles Vertex of each corner. 3·T.
 */
export function normalAndArea(
	positions: ArrayLike<number>,
	triangles: ArrayLike<number>,
	t: number,
	out: Float64Array,
	o: number,
): void {
	const a = 3 * triangles[3 * t];
	const b = 3 * triangles[3 * t + 1];
	const c = 3 * triangles[3 * t + 2];
	const ux = positions[b] - positions[a];
	const uy = positions[b + 1] - positions[a + 1];
	const uz = positions[b + 2] - positions[a + 2];
	const vx = positions[c] - positions[a];
	const vy = positions[c + 1] - positions[a + 1];
	const vz = positions[c + 2] - positions[a + 2];
	const nx = uy * vz - uz * vy;
	const ny = uz * vx - ux * vz;
	const nz = ux * vy - uy * vx;
	const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
	out[o] = length > 0 ? nx / length : 0;
	out[o + 1] = length > 0 ? ny / length : 0;
	out[o + 2] = length > 0 ? nz / length : 0;
	out[o + 3] = length / 2;
}

/** Angle at vertex `v` between the ways to `a` and to `b`, 0..π. @param p xyz of each vertex. V × 3. */
export function angleAt(p: ArrayLike<number>, v: number, a: number, b: number): number {
	const ax = p[3 * a] - p[3 * v];
	const ay = p[3 * a + 1] - p[3 * v + 1];
	const az = p[3 * a + 2] - p[3 * v + 2];
	const bx = p[3 * b] - p[3 * v];
	const by = p[3 * b + 1] - p[3 * v + 1];
	const bz = p[3 * b + 2] - p[3 * v + 2];
	const x = ay * bz - az * by;
	const y = az * bx - ax * bz;
	const z = ax * by - ay * bx;
	return Math.atan2(Math.sqrt(x * x + y * y + z * z), ax * bx + ay * by + az * bz);
}
