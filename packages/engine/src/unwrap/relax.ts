import { conjugateGradient } from '../math/conjugate-gradient.ts';
import { gradientAt, type Shape } from './chart-shape.ts';

const PASSES = 8;
/** Steps of conjugate gradients in each pass. */
const INNER = 24;
/** Gain of a pass, of the energy, below which it is the last. */
const ENOUGH = 2e-3;

/**
 * Descends the symmetric Dirichlet energy of a chart (σ² + 1/σ² of both stretches) in place; no triangle turns over.
 *
 * Based on:
 * - Rabinovich, Poranne, Panozzo, Sorkine-Hornung. Scalable locally injective mappings. 2017. [rabinovich2017]
 * - Smith, Schaefer. Bijective parameterization with free boundaries. 2015. [smith2015] (the longest step without a flip)
 * Departs from the first: the inner system is solved by few steps of conjugate gradients from zero, whose result is a
 * direction of descent however few they are.
 *
 * @param points xy of each point of the chart, no triangle of it face down; changed.
 */
export function relax(shape: Shape, points: Float64Array): void {
	const { pointOf, weight, hats } = shape;
	const n = points.length;
	let least = 0;
	for (let i = 0; i < weight.length; i++) least += 4 * weight[i];
	let energy = energyOf(shape, points);
	const metric = new Float64Array(3 * weight.length);
	const g = new Float64Array(n);
	const diagonal = new Float64Array(n);
	const d = new Float64Array(n);
	const trial = new Float64Array(n);
	// Written out, as the operator of conformal.ts is: with `gradientAt` and its transpose, unwrapping takes 9 % longer.
	const multiply = (p: Float64Array, out: Float64Array): void => {
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
			const m0 = metric[3 * i];
			const m1 = metric[3 * i + 1];
			const m2 = metric[3 * i + 2];
			const sx = m0 * ux + m1 * vx;
			const sy = m0 * uy + m1 * vy;
			const tx = m1 * ux + m2 * vx;
			const ty = m1 * uy + m2 * vy;
			out[a] += sx * hax + sy * hay;
			out[a + 1] += tx * hax + ty * hay;
			out[b] += sx * hbx + sy * hby;
			out[b + 1] += tx * hbx + ty * hby;
			out[c] += sx * hcx + sy * hcy;
			out[c + 1] += tx * hcx + ty * hcy;
		}
	};
	for (let pass = 0; pass < PASSES && energy > least * 1.0005; pass++) {
		linearise(shape, points, metric, g, diagonal);
		for (let i = 0; i < n; i++) g[i] = -g[i];
		d.fill(0);
		conjugateGradient(multiply, diagonal, g, d, INNER, 1e-2);
		let step = Math.min(1, 0.9 * longestStep(shape, points, d));
		let lower = Infinity;
		for (let halving = 0; halving < 12; halving++, step /= 2) {
			for (let i = 0; i < n; i++) trial[i] = points[i] + step * d[i];
			lower = energyOf(shape, trial);
			if (lower < energy) break;
		}
		if (!(lower < energy)) return;
		points.set(trial);
		const gain = energy - lower;
		energy = lower;
		if (gain < ENOUGH * (energy - 0.9 * least)) return;
	}
}

/** Symmetric Dirichlet energy; infinite where a triangle lies face down. 4 times the area is the least. */
function energyOf(shape: Shape, points: Float64Array): number {
	const { weight } = shape;
	const gradient = new Float64Array(4);
	let energy = 0;
	for (let i = 0; i < weight.length; i++) {
		gradientAt(shape, points, i, gradient);
		const ux = gradient[0];
		const uy = gradient[1];
		const vx = gradient[2];
		const vy = gradient[3];
		const det = ux * vy - uy * vx;
		if (!(det > 0)) return Infinity;
		const square = ux * ux + uy * uy + vx * vx + vy * vy;
		energy += weight[i] * (square + square / (det * det));
	}
	return energy;
}

/** Gradient of the energy, and the metric W² (a 2 × 2 matrix per triangle, times its weight) that stands for its curvature. */
function linearise(
	shape: Shape,
	points: Float64Array,
	metric: Float64Array,
	g: Float64Array,
	diagonal: Float64Array,
): void {
	const { pointOf, weight, hats } = shape;
	const gradient = new Float64Array(4);
	g.fill(0);
	diagonal.fill(0);
	for (let i = 0; i < weight.length; i++) {
		gradientAt(shape, points, i, gradient);
		const ux = gradient[0];
		const uy = gradient[1];
		const vx = gradient[2];
		const vy = gradient[3];
		const h = 6 * i;
		const det = ux * vy - uy * vx;
		const square = ux * ux + uy * uy + vx * vx + vy * vy;
		// J·Jᵀ = U·diag(σ1², σ2²)·Uᵀ: its eigenvectors are the metric's.
		const p = ux * ux + uy * uy;
		const q = ux * vx + uy * vy;
		const r = vx * vx + vy * vy;
		const half = (p + r) / 2;
		const off = Math.hypot((p - r) / 2, q);
		const long = Math.sqrt(half + off);
		const short = det / long;
		const wl = curvature(long);
		const ws = curvature(short);
		let cos2 = 1;
		let sin2 = 0;
		if (off > 1e-14 * half) {
			cos2 = (p - r) / 2 / off;
			sin2 = q / off;
		}
		const w = weight[i];
		const m0 = w * ((wl + ws) / 2 + ((wl - ws) / 2) * cos2);
		const m1 = w * ((wl - ws) / 2) * sin2;
		const m2 = w * ((wl + ws) / 2 - ((wl - ws) / 2) * cos2);
		metric[3 * i] = m0;
		metric[3 * i + 1] = m1;
		metric[3 * i + 2] = m2;
		// d(|J|² + |J|²/det²)/dJ = 2·J·(1 + 1/det²) - 2·|J|²/det³·cof(J); half of it, as the metric is.
		const f = w * (1 + 1 / (det * det));
		const k = (w * square) / (det * det * det);
		const gux = f * ux - k * vy;
		const guy = f * uy + k * vx;
		const gvx = f * vx + k * uy;
		const gvy = f * vy - k * ux;
		for (let j = 0; j < 3; j++) {
			const at = 2 * pointOf[3 * i + j];
			const hx = hats[h + 2 * j];
			const hy = hats[h + 2 * j + 1];
			g[at] += gux * hx + guy * hy;
			g[at + 1] += gvx * hx + gvy * hy;
			const hh = hx * hx + hy * hy;
			diagonal[at] += m0 * hh;
			diagonal[at + 1] += m2 * hh;
		}
	}
}

/** (σ - σ⁻³) / (σ - 1), without the hole at 1. */
function curvature(s: number): number {
	const i = 1 / s;
	return 1 + i + i * i + i * i * i;
}

/** The longest step along `d` before a triangle loses its area. */
function longestStep({ pointOf }: Shape, points: Float64Array, d: Float64Array): number {
	let longest = Infinity;
	for (let i = 0; i < pointOf.length; i += 3) {
		const a = 2 * pointOf[i];
		const b = 2 * pointOf[i + 1];
		const c = 2 * pointOf[i + 2];
		const ex = points[b] - points[a];
		const ey = points[b + 1] - points[a + 1];
		const fx = points[c] - points[a];
		const fy = points[c + 1] - points[a + 1];
		const px = d[b] - d[a];
		const py = d[b + 1] - d[a + 1];
		const qx = d[c] - d[a];
		const qy = d[c + 1] - d[a + 1];
		// area(s) = k0 + k1·s + k2·s²: its least positive root.
		const k0 = ex * fy - ey * fx;
		const k1 = ex * qy - ey * qx + px * fy - py * fx;
		const k2 = px * qy - py * qx;
		const inside = k1 * k1 - 4 * k2 * k0;
		if (inside < 0) continue;
		const below = -k1 + Math.sqrt(inside);
		// The root 2·k0 / (-k1 ± √) that is positive and least: with +, as k0 > 0.
		if (below > 0) longest = Math.min(longest, (2 * k0) / below);
	}
	return longest;
}
