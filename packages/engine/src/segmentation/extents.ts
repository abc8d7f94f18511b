import { Region } from './sums.ts';

const TINY = 1e-9;

export type Extents = { long: number; flat: number; box: number; fill: number };
const scratch: Extents = { long: 0, flat: 0, box: 0, fill: 0 };

/**
 * Root mean square extents along the principal axes of one region, or of two together: largest over middle, smallest
 * over middle, the product of all three, and the area over that of half a box with these sides. The result is overwritten by the next call.
 */
export function extents(region: Float64Array, a: number, b: number): Extents {
	const two = b >= 0;
	const area = region[a + Region.area] + (two ? region[b + Region.area] : 0) + TINY;
	const at = (i: number): number => (region[a + i] + (two ? region[b + i] : 0)) / area;
	const x = at(Region.position);
	const y = at(Region.position + 1);
	const z = at(Region.position + 2);
	// A floor of 0.2 % of the model, so that flat regions have a volume.
	const floor = 4e-6;
	const xx = at(Region.moments) - x * x + floor;
	const xy = at(Region.moments + 1) - x * y;
	const xz = at(Region.moments + 2) - x * z;
	const yy = at(Region.moments + 3) - y * y + floor;
	const yz = at(Region.moments + 4) - y * z;
	const zz = at(Region.moments + 5) - z * z + floor;
	// Eigenvalues of a symmetric 3 × 3 matrix. Smith. Eigenvalues of a symmetric 3 × 3 matrix. 1961.
	const mean = (xx + yy + zz) / 3;
	const off = xy * xy + xz * xz + yz * yz;
	const p = Math.sqrt(((xx - mean) ** 2 + (yy - mean) ** 2 + (zz - mean) ** 2 + 2 * off) / 6);
	let first = mean;
	let last = mean;
	if (p > 0) {
		const u = (xx - mean) / p;
		const v = (yy - mean) / p;
		const w = (zz - mean) / p;
		const r = xy / p;
		const s = xz / p;
		const t = yz / p;
		const half = (u * (v * w - t * t) - r * (r * w - t * s) + s * (r * t - v * s)) / 2;
		const angle = Math.acos(Math.min(1, Math.max(-1, half))) / 3;
		first = mean + 2 * p * Math.cos(angle);
		last = mean + 2 * p * Math.cos(angle + (2 * Math.PI) / 3);
	}
	const middle = Math.max(floor, 3 * mean - first - last);
	last = Math.max(floor, last);
	scratch.long = Math.sqrt(Math.max(1, first / middle));
	scratch.flat = Math.sqrt(Math.min(1, last / middle));
	scratch.box = Math.sqrt(first * middle * last);
	scratch.fill = area / (Math.sqrt(first * middle) + Math.sqrt(first * last) + Math.sqrt(middle * last));
	return scratch;
}
