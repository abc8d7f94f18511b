import { conjugateGradient } from '../math/conjugate-gradient.ts';
import type { Shape } from './chart-shape.ts';
import type { Cut } from './cut-chart.ts';

/**
 * Steps of conjugate gradients: the map is only a beginning. With 200 steps down to a thousandth of the residual the
 * charts are as many, cover as much (.591 and .595 of the square over six models at 5000 and 20,000 faces, 2026-11) and
 * take up to 1.7 times as long.
 */
const STEPS = 60;
/** Share of the residual at which the map is good enough. */
const ROUGHLY = 0.03;

/**
 * Least squares conformal map of a chart, from its projection, with two points of the border held; then scaled to the area.
 *
 * Lévy, Petitjean, Ray, Maillot. Least squares conformal maps for automatic texture atlas generation. 2002. [levy2002]
 *
 * @param start xy of each point of the projection.
 * @returns xy of each point.
 */
export function conform(shape: Shape, { border }: Cut, start: Float64Array): Float64Array {
	const { pointOf, weight, hats } = shape;
	const n = start.length;
	const x = start.slice();
	const first = farthest(x, border, x[2 * border[0]], x[2 * border[0] + 1]);
	const second = farthest(x, border, x[2 * first], x[2 * first + 1]);
	const gradient = (p: Float64Array, out: Float64Array): void => {
		out.fill(0);
		for (let i = 0; i < weight.length; i++) {
			const a = 2 * pointOf[3 * i];
			const b = 2 * pointOf[3 * i + 1];
			const c = 2 * pointOf[3 * i + 2];
			const h = 6 * i;
			const hax = hats[h];
			const hay = hats[h + 1];
			const hbx = hats[h + 2];
			const hby = hats[h + 3];
			const hcx = hats[h + 4];
			const hcy = hats[h + 5];
			const ux = p[a] * hax + p[b] * hbx + p[c] * hcx;
			const uy = p[a] * hay + p[b] * hby + p[c] * hcy;
			const vx = p[a + 1] * hax + p[b + 1] * hbx + p[c + 1] * hcx;
			const vy = p[a + 1] * hay + p[b + 1] * hby + p[c + 1] * hcy;
			const s = weight[i] * (ux - vy);
			const d = weight[i] * (uy + vx);
			out[a] += s * hax + d * hay;
			out[a + 1] += d * hax - s * hay;
			out[b] += s * hbx + d * hby;
			out[b + 1] += d * hbx - s * hby;
			out[c] += s * hcx + d * hcy;
			out[c + 1] += d * hcx - s * hcy;
		}
		out[2 * first] = 0;
		out[2 * first + 1] = 0;
		out[2 * second] = 0;
		out[2 * second + 1] = 0;
	};
	const diagonal = new Float64Array(n);
	for (let i = 0; i < weight.length; i++)
		for (let k = 0; k < 3; k++) {
			const at = 2 * pointOf[3 * i + k];
			const d = weight[i] * (hats[6 * i + 2 * k] ** 2 + hats[6 * i + 2 * k + 1] ** 2);
			diagonal[at] += d;
			diagonal[at + 1] += d;
		}
	const g = new Float64Array(n);
	gradient(x, g);
	const off = new Float64Array(n);
	for (let i = 0; i < n; i++) g[i] = -g[i];
	conjugateGradient(gradient, diagonal, g, off, STEPS, ROUGHLY);
	for (let i = 0; i < n; i++) x[i] += off[i];
	let before = 0;
	let after = 0;
	for (let i = 0; i < weight.length; i++) {
		before += weight[i];
		const a = 2 * pointOf[3 * i];
		const b = 2 * pointOf[3 * i + 1];
		const c = 2 * pointOf[3 * i + 2];
		after += ((x[b] - x[a]) * (x[c + 1] - x[a + 1]) - (x[b + 1] - x[a + 1]) * (x[c] - x[a])) / 2;
	}
	const scale = after > 0 ? Math.sqrt(before / after) : 1;
	for (let i = 0; i < n; i++) x[i] *= scale;
	return x;
}

function farthest(points: Float64Array, border: Uint32Array, x: number, y: number): number {
	let most = -1;
	let found = 0;
	for (const p of border) {
		const d = (points[2 * p] - x) ** 2 + (points[2 * p + 1] - y) ** 2;
		if (d > most) {
			most = d;
			found = p;
		}
	}
	return found;
}
