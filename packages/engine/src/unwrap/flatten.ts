import { next } from '../mesh/mesh.ts';
import type { Faces } from './faces.ts';

/** A chart in the plane, in the units of `Faces.points`, as large as on the surface, counter-clockwise, y up. */
export type Flat = {
	/** Triangles of the chart. */
	readonly triangles: Uint32Array;
	/** Point in the plane of each corner of `triangles`. */
	readonly pointOf: Uint32Array;
	/** xy of each point. */
	readonly points: Float64Array;
	/** Border edges as pairs of points. */
	readonly border: Uint32Array;
	/** Root of the mean square of stretch, 1 is none; and the greatest of one triangle. */
	readonly stretch: number;
	readonly worst: number;
};

/** A triangle this flat is flattened as if its height were so much of its longest edge: it keeps an area above zero. */
const LEAST_HEIGHT = 1e-3;
/** Least area in the projection, of the area on the surface, at which the projection is where the descent begins. */
const LEAST_FACING = 0.05;
/**
 * Steps of conjugate gradients: of the conformal map, which is only a beginning, and in each pass of the descent. With
 * 200 steps down to a thousandth of the residual the charts are as many, cover as much (.591 and .595 of the square over
 * six models at 5000 and 20,000 faces, 2026-11) and take up to 1.7 times as long.
 */
const CONFORMAL = 60;
/** Share of the residual at which the conformal map is good enough. */
const ROUGHLY = 0.03;
const PASSES = 8;
const INNER = 24;
/** Gain of a pass, of the energy, below which it is the last. */
const ENOUGH = 2e-3;

/** Memory that flattening one chart after the other shares. */
export type Bench = { stamp: Int32Array; local: Int32Array; round: number };
export const newBench = (corners: number): Bench => ({
	stamp: new Int32Array(corners / 3),
	local: new Int32Array(corners),
	round: 0,
});

/** Two charts that together are the one to be laid out; their common border is where it begins. */
export type Halves = { readonly larger: Flat; readonly smaller: Flat };

/**
 * Lays a chart into the plane, keeping lengths as well as it can; undefined where some triangle would lie face down.
 *
 * Begins with the projection along the mean normal where all triangles face that way, else with the least squares
 * conformal map; then descends the symmetric Dirichlet energy (σ² + 1/σ² of both stretches), which no step may leave
 * its domain of: no triangle ever turns over.
 *
 * Based on:
 * - Lévy, Petitjean, Ray, Maillot. Least squares conformal maps for automatic texture atlas generation. 2002. [levy2002]
 * - Rabinovich, Poranne, Panozzo, Sorkine-Hornung. Scalable locally injective mappings. 2017. [rabinovich2017]
 * - Smith, Schaefer. Bijective parameterization with free boundaries. 2015. [smith2015] (the longest step without a flip)
 * Departs from the second: the inner system is solved by few steps of conjugate gradients from zero, whose result is a
 * direction of descent however few they are.
 *
 * @param halves Given, the chart begins as these two lie beside each other, where that turns no triangle over (koala at
 * 20,000 faces: 1.4 s in place of 1.7, 2026-11).
 */
export function flatten(faces: Faces, chart: Uint32Array, bench: Bench, halves?: Halves): Flat | undefined {
	const cut = cutOut(faces, chart, bench);
	const shape = readShape(faces, chart, cut.pointOf);
	let points = halves && hang(cut, halves, bench);
	if (!points || !(leastFacing(shape, points) > 0)) points = begin(faces, chart, cut, shape);
	if (!points) return undefined;
	relax(shape, points);
	const { stretch, worst, scale } = measureStretch(shape, points);
	for (let i = 0; i < points.length; i++) points[i] /= scale;
	return { triangles: chart, pointOf: cut.pointOf, points, border: cut.border, stretch, worst };
}

/** The projection where all triangles face that way, else the conformal map, unless some triangle lies face down. */
function begin(faces: Faces, chart: Uint32Array, cut: Cut, shape: Shape): Float64Array | undefined {
	const projected = project(faces, chart, cut);
	if (leastFacing(shape, projected) >= LEAST_FACING) return projected;
	const points = conform(shape, cut, projected);
	return leastFacing(shape, points) > 0 ? points : undefined;
}

/** The smaller half turned and moved to where its border meets that of the larger; undefined where they have none. */
function hang({ count }: Cut, { larger, smaller }: Halves, { local }: Bench): Float64Array | undefined {
	const points = new Float64Array(2 * count);
	const placed = new Uint8Array(count);
	for (let i = 0; i < larger.pointOf.length; i++) {
		const p = local[3 * larger.triangles[(i / 3) | 0] + (i % 3)];
		points[2 * p] = larger.points[2 * larger.pointOf[i]];
		points[2 * p + 1] = larger.points[2 * larger.pointOf[i] + 1];
		placed[p] = 1;
	}
	const turn = turnOnto(points, placed, smaller, local);
	if (!turn) return undefined;
	const [c, s, x, y] = turn;
	for (let i = 0; i < smaller.pointOf.length; i++) {
		const p = local[3 * smaller.triangles[(i / 3) | 0] + (i % 3)];
		if (placed[p] === 1) continue;
		const u = smaller.points[2 * smaller.pointOf[i]];
		const v = smaller.points[2 * smaller.pointOf[i] + 1];
		points[2 * p] = c * u - s * v + x;
		points[2 * p + 1] = s * u + c * v + y;
	}
	return points;
}

/** Cosine and sine of the turn, and the shift after it, that bring a chart nearest to where its points are placed. */
function turnOnto(points: Float64Array, placed: Uint8Array, flat: Flat, local: Int32Array): number[] | undefined {
	let [n, px, py, qx, qy, dot, cross] = [0, 0, 0, 0, 0, 0, 0];
	for (let i = 0; i < flat.pointOf.length; i++) {
		const p = local[3 * flat.triangles[(i / 3) | 0] + (i % 3)];
		if (placed[p] === 0) continue;
		n++;
		px += points[2 * p];
		py += points[2 * p + 1];
		qx += flat.points[2 * flat.pointOf[i]];
		qy += flat.points[2 * flat.pointOf[i] + 1];
	}
	if (n < 2) return undefined;
	[px, py, qx, qy] = [px / n, py / n, qx / n, qy / n];
	for (let i = 0; i < flat.pointOf.length; i++) {
		const p = local[3 * flat.triangles[(i / 3) | 0] + (i % 3)];
		if (placed[p] === 0) continue;
		const u = flat.points[2 * flat.pointOf[i]] - qx;
		const v = flat.points[2 * flat.pointOf[i] + 1] - qy;
		dot += u * (points[2 * p] - px) + v * (points[2 * p + 1] - py);
		cross += u * (points[2 * p + 1] - py) - v * (points[2 * p] - px);
	}
	const length = Math.hypot(dot, cross);
	if (!(length > 0)) return undefined;
	const c = dot / length;
	const s = cross / length;
	return [c, s, px - c * qx + s * qy, py - s * qx - c * qy];
}

/** Lays the triangles of a chart out one beside the other, each as it is: for one face that nothing else lays flat. */
export function unfold(faces: Faces, chart: Uint32Array, bench: Bench): Flat {
	const { pointOf, border, count } = cutOut(faces, chart, bench);
	const shape = readShape(faces, chart, pointOf);
	const points = new Float64Array(2 * count);
	const placed = new Uint8Array(count);
	const done = new Uint8Array(chart.length);
	for (let left = chart.length; left > 0; left--) {
		let [triangle, base, most] = [-1, 0, -1];
		for (let i = 0; i < chart.length; i++) {
			if (done[i]) continue;
			for (let k = 0; k < 3; k++) {
				const known = placed[pointOf[3 * i + k]] + placed[pointOf[3 * i + ((k + 1) % 3)]];
				if (known > most) [triangle, base, most] = [i, k, known];
			}
		}
		done[triangle] = 1;
		hinge(shape, points, placed, triangle, base);
	}
	const { stretch, worst, scale } = measureStretch(shape, points);
	for (let i = 0; i < points.length; i++) points[i] /= scale;
	return { triangles: chart, pointOf, points, border, stretch, worst };
}

/** Places what is not yet placed of a triangle whose edge from corner `base` is, or else lies along x. */
function hinge({ pointOf, hats }: Shape, points: Float64Array, placed: Uint8Array, i: number, base: number): void {
	const at = [base, (base + 1) % 3, (base + 2) % 3];
	const [a, b, c] = at.map((k) => pointOf[3 * i + k]);
	// The triangle in its own frame, from the gradients of its hats: edges are their inverse.
	const [pa, pb, pc] = corners(hats, i, at);
	if (!placed[a] || !placed[b]) {
		points.set(pa, 2 * a);
		points.set(pb, 2 * b);
		placed[a] = 1;
		placed[b] = 1;
	}
	if (placed[c]) return;
	const [ex, ey] = [pb[0] - pa[0], pb[1] - pa[1]];
	const [dx, dy] = [points[2 * b] - points[2 * a], points[2 * b + 1] - points[2 * a + 1]];
	const square = ex * ex + ey * ey;
	const along = ((pc[0] - pa[0]) * ex + (pc[1] - pa[1]) * ey) / square;
	const off = (ex * (pc[1] - pa[1]) - ey * (pc[0] - pa[0])) / square;
	points[2 * c] = points[2 * a] + along * dx - off * dy;
	points[2 * c + 1] = points[2 * a + 1] + along * dy + off * dx;
	placed[c] = 1;
}

function corners(hats: Float64Array, i: number, at: readonly number[]): [number, number][] {
	const h = 6 * i;
	// The first corner at the origin; the hats of the others are the rows of the inverse of the edges.
	const det = hats[h + 2] * hats[h + 5] - hats[h + 3] * hats[h + 4];
	const own: [number, number][] = [
		[0, 0],
		[hats[h + 5] / det, -hats[h + 4] / det],
		[-hats[h + 3] / det, hats[h + 2] / det],
	];
	return at.map((k) => own[k]);
}

type Cut = { pointOf: Uint32Array; count: number; border: Uint32Array; vertexOf: Uint32Array };

/** Gives each fan of corners that hang together in the chart a point of its own. */
function cutOut({ across, triangles }: Faces, chart: Uint32Array, bench: Bench): Cut {
	const { stamp, local } = bench;
	const round = ++bench.round;
	for (const t of chart) {
		stamp[t] = round;
		local.fill(-1, 3 * t, 3 * t + 3);
	}
	const inside = (c: number): boolean => c >= 0 && stamp[(c / 3) | 0] === round;
	const border: number[] = [];
	const vertexOf: number[] = [];
	let count = 0;
	for (const t of chart) {
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			if (local[c] >= 0) continue;
			const point = count++;
			vertexOf.push(triangles[c]);
			let at = c;
			while (at >= 0 && local[at] < 0) {
				local[at] = point;
				const twin = across[at];
				at = inside(twin) ? next(twin) : -1;
			}
			if (at >= 0) continue;
			at = across[before(c)];
			while (inside(at) && local[at] < 0) {
				local[at] = point;
				at = across[before(at)];
			}
		}
	}
	const pointOf = new Uint32Array(3 * chart.length);
	for (let i = 0; i < chart.length; i++) {
		for (let k = 0; k < 3; k++) {
			const c = 3 * chart[i] + k;
			pointOf[3 * i + k] = local[c];
			if (!inside(across[c])) border.push(local[c], local[next(c)]);
		}
	}
	return { pointOf, count, border: Uint32Array.from(border), vertexOf: Uint32Array.from(vertexOf) };
}

const before = (c: number): number => (c % 3 === 0 ? c + 2 : c - 1);

/** Each triangle as it is on the surface: area (0 where it does not count), gradients of its three corners' hats. */
type Shape = { pointOf: Uint32Array; area: Float64Array; weight: Float64Array; hats: Float64Array };

function readShape({ points, triangles, planes }: Faces, chart: Uint32Array, pointOf: Uint32Array): Shape {
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

/** Along the mean normal. */
function project({ points, planes }: Faces, chart: Uint32Array, { count, vertexOf }: Cut): Float64Array {
	let [x, y, z] = [0, 0, 0];
	for (const t of chart) {
		x += planes[4 * t + 3] * planes[4 * t];
		y += planes[4 * t + 3] * planes[4 * t + 1];
		z += planes[4 * t + 3] * planes[4 * t + 2];
	}
	const length = Math.hypot(x, y, z);
	if (length > 0) [x, y, z] = [x / length, y / length, z / length];
	else [x, y, z] = [0, 0, 1];
	// Duff et al. 2017: a frame without a branch that cancels. [duff2017]
	const sign = z < 0 ? -1 : 1;
	const a = -1 / (sign + z);
	const b = x * y * a;
	const u = [1 + sign * x * x * a, sign * b, -sign * x];
	const v = [b, sign + y * y * a, -y];
	const out = new Float64Array(2 * count);
	for (let p = 0; p < count; p++) {
		const at = 3 * vertexOf[p];
		out[2 * p] = u[0] * points[at] + u[1] * points[at + 1] + u[2] * points[at + 2];
		out[2 * p + 1] = v[0] * points[at] + v[1] * points[at + 1] + v[2] * points[at + 2];
	}
	return out;
}

/** Least area in the plane of a triangle, of its area on the surface; negative where one lies face down. */
function leastFacing({ pointOf, hats }: Shape, points: Float64Array): number {
	let least = Infinity;
	for (let i = 0; 3 * i < pointOf.length; i++) {
		const a = 2 * pointOf[3 * i];
		const b = 2 * pointOf[3 * i + 1];
		const c = 2 * pointOf[3 * i + 2];
		const h = 6 * i;
		const ux = points[a] * hats[h] + points[b] * hats[h + 2] + points[c] * hats[h + 4];
		const uy = points[a] * hats[h + 1] + points[b] * hats[h + 3] + points[c] * hats[h + 5];
		const vx = points[a + 1] * hats[h] + points[b + 1] * hats[h + 2] + points[c + 1] * hats[h + 4];
		const vy = points[a + 1] * hats[h + 1] + points[b + 1] * hats[h + 3] + points[c + 1] * hats[h + 5];
		const det = ux * vy - uy * vx;
		if (!(det >= least)) least = det;
	}
	return least;
}

/** Least squares conformal map, from the projection, with two points of the border held; then scaled to the area. */
function conform(shape: Shape, { border }: Cut, start: Float64Array): Float64Array {
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
	descend(gradient, diagonal, g, x, CONFORMAL, ROUGHLY);
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

/** Conjugate gradients on a linear gradient: adds to x what takes the residual `g` (changed) towards zero. */
function descend(
	gradient: (p: Float64Array, out: Float64Array) => void,
	diagonal: Float64Array,
	g: Float64Array,
	x: Float64Array,
	iterations: number,
	tolerance: number,
): void {
	const n = x.length;
	const p = new Float64Array(n);
	const q = new Float64Array(n);
	let rho = 0;
	for (let i = 0; i < n; i++) {
		p[i] = -g[i] / (diagonal[i] || 1);
		rho -= g[i] * p[i];
	}
	const enough = tolerance * tolerance * rho;
	for (let k = 0; k < iterations && rho > enough; k++) {
		gradient(p, q);
		let curvature = 0;
		for (let i = 0; i < n; i++) curvature += p[i] * q[i];
		if (!(curvature > 0)) return;
		const step = rho / curvature;
		let ahead = 0;
		for (let i = 0; i < n; i++) {
			x[i] += step * p[i];
			g[i] += step * q[i];
			ahead += (g[i] * g[i]) / (diagonal[i] || 1);
		}
		const turn = ahead / rho;
		rho = ahead;
		for (let i = 0; i < n; i++) p[i] = -g[i] / (diagonal[i] || 1) + turn * p[i];
	}
}

/** Symmetric Dirichlet energy; infinite where a triangle lies face down. 4 times the area is the least. */
function energyOf({ pointOf, weight, hats }: Shape, points: Float64Array): number {
	let energy = 0;
	for (let i = 0; i < weight.length; i++) {
		const a = 2 * pointOf[3 * i];
		const b = 2 * pointOf[3 * i + 1];
		const c = 2 * pointOf[3 * i + 2];
		const h = 6 * i;
		const ux = points[a] * hats[h] + points[b] * hats[h + 2] + points[c] * hats[h + 4];
		const uy = points[a] * hats[h + 1] + points[b] * hats[h + 3] + points[c] * hats[h + 5];
		const vx = points[a + 1] * hats[h] + points[b + 1] * hats[h + 2] + points[c + 1] * hats[h + 4];
		const vy = points[a + 1] * hats[h + 1] + points[b + 1] * hats[h + 3] + points[c + 1] * hats[h + 5];
		const det = ux * vy - uy * vx;
		if (!(det > 0)) return Infinity;
		const square = ux * ux + uy * uy + vx * vx + vy * vy;
		energy += weight[i] * (square + square / (det * det));
	}
	return energy;
}

/** Descends the energy in place. */
function relax(shape: Shape, points: Float64Array): void {
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
		d.fill(0);
		descend(multiply, diagonal, g, d, INNER, 1e-2);
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

/** Gradient of the energy, and the metric W² (a 2 × 2 matrix per triangle, times its weight) that stands for its curvature. */
function linearise(
	shape: Shape,
	points: Float64Array,
	metric: Float64Array,
	g: Float64Array,
	diagonal: Float64Array,
): void {
	const { pointOf, weight, hats } = shape;
	g.fill(0);
	diagonal.fill(0);
	for (let i = 0; i < weight.length; i++) {
		const a = 2 * pointOf[3 * i];
		const b = 2 * pointOf[3 * i + 1];
		const c = 2 * pointOf[3 * i + 2];
		const h = 6 * i;
		const ux = points[a] * hats[h] + points[b] * hats[h + 2] + points[c] * hats[h + 4];
		const uy = points[a] * hats[h + 1] + points[b] * hats[h + 3] + points[c] * hats[h + 5];
		const vx = points[a + 1] * hats[h] + points[b + 1] * hats[h + 2] + points[c + 1] * hats[h + 4];
		const vy = points[a + 1] * hats[h + 1] + points[b + 1] * hats[h + 3] + points[c + 1] * hats[h + 5];
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

/** Sander et al. 2001: lengths on the surface over lengths in the plane, of triangles with an area, areas made equal. */
function measureStretch(
	{ pointOf, area, hats }: Shape,
	points: Float64Array,
): { stretch: number; worst: number; scale: number } {
	let [sum, whole, flat, worst] = [0, 0, 0, 0];
	for (let i = 0; i < area.length; i++) {
		if (!(area[i] > 0)) continue;
		const a = 2 * pointOf[3 * i];
		const b = 2 * pointOf[3 * i + 1];
		const c = 2 * pointOf[3 * i + 2];
		const h = 6 * i;
		const ux = points[a] * hats[h] + points[b] * hats[h + 2] + points[c] * hats[h + 4];
		const uy = points[a] * hats[h + 1] + points[b] * hats[h + 3] + points[c] * hats[h + 5];
		const vx = points[a + 1] * hats[h] + points[b + 1] * hats[h + 2] + points[c + 1] * hats[h + 4];
		const vy = points[a + 1] * hats[h + 1] + points[b + 1] * hats[h + 3] + points[c + 1] * hats[h + 5];
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
