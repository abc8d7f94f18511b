import { next, prev } from '../mesh/mesh.ts';
import type { Coarse } from './coarse.ts';

/** A collapse may turn a triangle by up to 75°. */
const MIN_TURN = 0.26;
/** ... and by up to 90° from where the triangle of the source faced, in all. */
const MIN_TURN_IN_ALL = 0;
/** Squared share of area in the longest side's square below which a triangle is a needle: refused unless it was one. */
const NEEDLE = 1e-5;

/**
 * Do the triangles at `u` that survive the collapse of its edge to `v` keep their side, and none become a needle?
 *
 * @param ring The corners at `u`, `count` of them.
 * @param point Where the edge would collapse to, xyz.
 */
export function keepsSides(
	{ at, positions: p, facing }: Coarse,
	u: number,
	v: number,
	ring: Uint32Array,
	count: number,
	point: Float64Array,
): boolean {
	const x = point[0];
	const y = point[1];
	const z = point[2];
	for (let i = 0; i < count; i++) {
		const c = ring[i];
		const a = at[next(c)];
		const b = at[prev(c)];
		if (a === v || b === v) continue;
		const ex = p[3 * b] - p[3 * a];
		const ey = p[3 * b + 1] - p[3 * a + 1];
		const ez = p[3 * b + 2] - p[3 * a + 2];
		let dx = p[3 * u] - p[3 * a];
		let dy = p[3 * u + 1] - p[3 * a + 1];
		let dz = p[3 * u + 2] - p[3 * a + 2];
		const ox = ey * dz - ez * dy;
		const oy = ez * dx - ex * dz;
		const oz = ex * dy - ey * dx;
		const oldArea = ox * ox + oy * oy + oz * oz;
		const oldSide = Math.max(ex * ex + ey * ey + ez * ez, dx * dx + dy * dy + dz * dz);
		dx = x - p[3 * a];
		dy = y - p[3 * a + 1];
		dz = z - p[3 * a + 2];
		const nx = ey * dz - ez * dy;
		const ny = ez * dx - ex * dz;
		const nz = ex * dy - ey * dx;
		const area = nx * nx + ny * ny + nz * nz;
		const side = Math.max(ex * ex + ey * ey + ez * ez, dx * dx + dy * dy + dz * dz);
		const turn = ox * nx + oy * ny + oz * nz;
		if (!(turn > MIN_TURN * Math.sqrt(oldArea * area))) return false;
		const t = c - (c % 3);
		const inAll = facing[t] * nx + facing[t + 1] * ny + facing[t + 2] * nz;
		if (inAll < MIN_TURN_IN_ALL * Math.sqrt(area)) return false;
		if (area < NEEDLE * side * side && area * oldSide * oldSide < oldArea * side * side) return false;
	}
	return true;
}
