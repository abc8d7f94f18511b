import { bvhOf } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import { windingNumber } from '../spatial/winding.ts';
import type { Assembly } from './assembly.ts';
import type { Grid } from './field.ts';

/** What speaks for a point inside the whole belonging to a part, in the order that the coefficients use. */
export const CLUES = ['winding', 'neighbour', 'others', 'field', 'hull', 'patch', 'surface', 'neighbourField'] as const;

/** Measures the clues at a point into `out`. Made once for each part. */
export function cluesOf(assembly: Assembly, part: number, resolution: number) {
	const shown = assembly.shownOf(part);
	const size = assembly.sizeOf(part);
	const field = assembly.continuedOf(part, resolution);
	const winding = assembly.shownWindingOf(part);
	const bvh = assembly.bvhOf(part);
	const whole = bvhOf(assembly.mesh);
	const neighbours = assembly.neighboursOf(part);
	const windings = neighbours.map((j) => assembly.windingOf(j));
	const fields = neighbours.map((j) => assembly.continuedOf(j, resolution));
	const hull = new Float64Array(DIRECTIONS.length / 3).fill(-Infinity);
	for (let i = 0; i < shown.positions.length; i += 3)
		for (let d = 0; d < hull.length; d++)
			hull[d] = Math.max(
				hull[d],
				DIRECTIONS[3 * d] * shown.positions[i] +
					DIRECTIONS[3 * d + 1] * shown.positions[i + 1] +
					DIRECTIONS[3 * d + 2] * shown.positions[i + 2],
			);
	const near = newNearest();
	const clip = (value: number): number => Math.max(-1, Math.min(1, value));
	return (x: number, y: number, z: number, out: Float64Array | Float32Array, o: number): void => {
		const own = windingNumber(winding, x, y, z);
		let best = -1;
		let strongest = 0;
		for (let j = 0; j < windings.length; j++) {
			const w = windingNumber(windings[j], x, y, z);
			if (best < 0 || w > strongest) {
				strongest = w;
				best = j;
			}
		}
		let outside = -Infinity;
		for (let d = 0; d < hull.length; d++)
			outside = Math.max(
				outside,
				DIRECTIONS[3 * d] * x + DIRECTIONS[3 * d + 1] * y + DIRECTIONS[3 * d + 2] * z - hull[d],
			);
		out[o] = own;
		out[o + 1] = strongest;
		out[o + 2] = clip(1 - own - strongest);
		out[o + 3] = clip(sampleField(field.grid, field.values, x, y, z) / size);
		out[o + 4] = clip(outside / size);
		out[o + 5] = nearestPoint(bvh, x, y, z, size, near) ? near.distance / size : 1;
		out[o + 6] = nearestPoint(whole, x, y, z, size, near) ? near.distance / size : 1;
		out[o + 7] = best < 0 ? 1 : clip(sampleField(fields[best].grid, fields[best].values, x, y, z) / size);
	};
}

/** Trilinear; far outside where the grid ends. */
export function sampleField(grid: Grid, values: Float64Array, x: number, y: number, z: number): number {
	const { nx, ny, nz, h } = grid;
	const px = (x - grid.x) / h;
	const py = (y - grid.y) / h;
	const pz = (z - grid.z) / h;
	if (!(px >= 0 && py >= 0 && pz >= 0 && px <= nx - 1 && py <= ny - 1 && pz <= nz - 1)) return Infinity;
	const i = Math.min(nx - 2, Math.floor(px));
	const j = Math.min(ny - 2, Math.floor(py));
	const k = Math.min(nz - 2, Math.floor(pz));
	const u = px - i;
	const v = py - j;
	const w = pz - k;
	const o = i + nx * (j + ny * k);
	const up = o + nx * ny;
	const front = (1 - v) * ((1 - u) * values[o] + u * values[o + 1]);
	const back = v * ((1 - u) * values[o + nx] + u * values[o + nx + 1]);
	const frontUp = (1 - v) * ((1 - u) * values[up] + u * values[up + 1]);
	const backUp = v * ((1 - u) * values[up + nx] + u * values[up + nx + 1]);
	return (1 - w) * (front + back) + w * (frontUp + backUp);
}

/** Points spread over the sphere along a golden spiral, and the axes. */
const DIRECTIONS = spiral(58);

function spiral(count: number): Float64Array {
	const out = [1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1];
	for (let i = 0; i < count; i++) {
		const z = 1 - (2 * i + 1) / count;
		const r = Math.sqrt(1 - z * z);
		const turn = i * Math.PI * (3 - Math.sqrt(5));
		out.push(r * Math.cos(turn), r * Math.sin(turn), z);
	}
	return Float64Array.from(out);
}
