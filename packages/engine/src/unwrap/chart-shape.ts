import type { Faces } from './faces.ts';

/** A triangle this flat is flattened as if its height were so much of its longest edge: it keeps an area above zero. */
const LEAST_HEIGHT = 1e-3;

/** Each triangle as it is on the surface: area (0 where it does not count), gradients of its three corners' hats. */
export type Shape = { pointOf: Uint32Array; area: Float64Array; weight: Float64Array; hats: Float64Array };

export function readShape({ points, triangles, planes }: Faces, chart: Uint32Array, pointOf: Uint32Array): Shape {
	const area = new Float64Array(chart.length);
	const weight = new Float64Array(chart.length);
	const hats = new Float64Array(6 * chart.length);
	const side = [0, 0, 0];
	for (let i = 0; i < chart.length; i++) {
		const t = chart[i];
		for (let k = 0; k < 3; k++) {
			const a = 3 * triangles[3 * t + k];
			const b = 3 * triangles[3 * t + ((k + 1) % 3)];
			const x = points[b] - points[a];
			const y = points[b + 1] - points[a + 1];
			const z = points[b + 2] - points[a + 2];
			side[k] = Math.sqrt(x * x + y * y + z * z);
		}
		let base = 0;
		if (side[1] > side[base]) base = 1;
		if (side[2] > side[base]) base = 2;
		const long = Math.max(side[base], 1e-9);
		const back = side[(base + 2) % 3];
		const ahead = side[(base + 1) % 3];
		// The triangle with its longest edge along x: (0, 0), (long, 0), (foot, height).
		const foot = Math.min(long, Math.max(0, (long * long + back * back - ahead * ahead) / (2 * long)));
		const height = Math.max((2 * planes[4 * t + 3]) / long, LEAST_HEIGHT * long);
		area[i] = planes[4 * t + 3];
		weight[i] = (long * height) / 2;
		const at = 6 * i;
		const p = 2 * base;
		const q = 2 * ((base + 1) % 3);
		const r = 2 * ((base + 2) % 3);
		hats[at + p] = -1 / long;
		hats[at + p + 1] = (foot - long) / (long * height);
		hats[at + q] = 1 / long;
		hats[at + q + 1] = -foot / (long * height);
		hats[at + r] = 0;
		hats[at + r + 1] = 1 / height;
	}
	return { pointOf, area, weight, hats };
}

/** Gradient of the map at a triangle, written to `out`: of u along the surface's x and y, then of v. */
export function gradientAt({ pointOf, hats }: Shape, points: Float64Array, i: number, out: Float64Array): void {
	const a = 2 * pointOf[3 * i];
	const b = 2 * pointOf[3 * i + 1];
	const c = 2 * pointOf[3 * i + 2];
	const h = 6 * i;
	out[0] = points[a] * hats[h] + points[b] * hats[h + 2] + points[c] * hats[h + 4];
	out[1] = points[a] * hats[h + 1] + points[b] * hats[h + 3] + points[c] * hats[h + 5];
	out[2] = points[a + 1] * hats[h] + points[b + 1] * hats[h + 2] + points[c + 1] * hats[h + 4];
	out[3] = points[a + 1] * hats[h + 1] + points[b + 1] * hats[h + 3] + points[c + 1] * hats[h + 5];
}

/** Least area in the plane of a triangle, of its area on the surface; negative where one lies face down. */
export function leastFacing(shape: Shape, points: Float64Array): number {
	const gradient = new Float64Array(4);
	let least = Infinity;
	for (let i = 0; i < shape.area.length; i++) {
		gradientAt(shape, points, i, gradient);
		const ux = gradient[0];
		const uy = gradient[1];
		const vx = gradient[2];
		const vy = gradient[3];
		const det = ux * vy - uy * vx;
		if (!(det >= least)) least = det;
	}
	return least;
}

/** Sander et al. 2001: lengths on the surface over lengths in the plane, of triangles with an area, areas made equal. */
export function measureStretch(shape: Shape, points: Float64Array): { stretch: number; worst: number; scale: number } {
	const { area } = shape;
	const gradient = new Float64Array(4);
	let [sum, whole, flat, worst] = [0, 0, 0, 0];
	for (let i = 0; i < area.length; i++) {
		if (!(area[i] > 0)) continue;
		gradientAt(shape, points, i, gradient);
		const ux = gradient[0];
		const uy = gradient[1];
		const vx = gradient[2];
		const vy = gradient[3];
		const det = ux * vy - uy * vx;
		const square = ux * ux + uy * uy + vx * vx + vy * vy;
		const half = square / 2;
		const short = Math.sqrt(Math.max(0, half - Math.sqrt(Math.max(0, half * half - det * det))));
		whole += area[i];
		flat += area[i] * det;
		sum += (area[i] * square) / (2 * det * det);
		worst = Math.max(worst, 1 / short);
	}
	if (!(whole > 0)) return { stretch: 1, worst: 1, scale: 1 };
	const scale = Math.sqrt(flat / whole);
	return { stretch: Math.sqrt(sum / whole) * scale, worst: worst * scale, scale };
}
