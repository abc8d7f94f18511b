import { conjugateGradient } from '../math/conjugate-gradient.ts';
import { random } from '../math/random.ts';
import { normalAndArea } from '../math/triangle.ts';
import type { Patch } from './patch.ts';

/** A box of equal cubes; node (i, j, k) is `values[i + nx · (j + ny · k)]` of whatever is sampled on it. */
export type Grid = {
	readonly nx: number;
	readonly ny: number;
	readonly nz: number;
	/** Where node (0, 0, 0) is. */
	readonly x: number;
	readonly y: number;
	readonly z: number;
	/** Distance between neighbouring nodes, object units. */
	readonly h: number;
};

export const nodeCount = ({ nx, ny, nz }: Grid): number => nx * ny * nz;

/** Points on the patch with the patch's normal there. */
type Samples = { readonly points: Float64Array; readonly normals: Float64Array };

/**
 * The patch continued: a function on the grid that is 0 on the patch, has its normals there, and bends as little as
 * possible everywhere else. Negative inside.
 *
 *     least  w0/n Σ f(p)² + w1/n Σ |∇f(p) − n|² + λ Σ h³ (f_xx² + f_yy² + f_zz² + 2 f_xy² + 2 f_xz² + 2 f_yz²)
 *
 * Calakli, Taubin. SSD: smooth signed distance surface reconstruction. 2011. [calakli2011]
 *
 * Departs from it: a plain grid, not an octree, since only the hidden part is read from it; trilinear data terms.
 * The bending term is the full Hessian: its null space are the affine functions, so planes stay planes and curvature
 * goes on. Tried: the Laplacian squared, whose null space holds all harmonic functions: extrapolates badly.
 *
 * @param size Longest side of the patch's box: the unit of the weights.
 * @param check Called between levels; throws where the run was stopped.
 */
export function continueSurface(patch: Patch, grid: Grid, size: number, check: () => void): Float64Array {
	const samples = samplePatch(patch, SAMPLES);
	let coarse: Grid | undefined;
	let values: Float64Array = new Float64Array(0);
	for (const step of [4, 2, 1]) {
		check();
		const level = coarsened(grid, step);
		const start = coarse ? resample(coarse, values, level) : planeThrough(samples, level);
		values = solve(samples, level, size, start);
		coarse = level;
	}
	return values;
}

const SAMPLES = 3000;
/** Weights for a patch of size 1. Flat optimum: λ from 5e-4 to 2e-3 alike. */
const ON_SURFACE = 400;
const NORMAL = 1;
const BENDING = 5e-4;
const ITERATIONS = 60;

function coarsened(grid: Grid, step: number): Grid {
	const n = (nodes: number): number => Math.max(4, Math.ceil((nodes - 1) / step) + 1);
	return { ...grid, nx: n(grid.nx), ny: n(grid.ny), nz: n(grid.nz), h: grid.h * step };
}

/** Points spread by area: one in each of `count` equal shares of it. */
function samplePatch({ positions, triangles }: Patch, count: number): Samples {
	const areas = new Float64Array(triangles.length / 3);
	const unit = new Float64Array(triangles.length);
	const plane = new Float64Array(4);
	let total = 0;
	for (let t = 0; t < areas.length; t++) {
		normalAndArea(positions, triangles, t, plane, 0);
		for (let axis = 0; axis < 3; axis++) unit[3 * t + axis] = plane[axis];
		// Twice the area: only shares of the sum count.
		areas[t] = 2 * plane[3];
		total += areas[t];
	}
	const draw = random(1);
	const points = new Float64Array(3 * count);
	const normals = new Float64Array(3 * count);
	let t = 0;
	let sum = areas[0];
	for (let i = 0; i < count; i++) {
		while (t < areas.length - 1 && sum < ((i + 0.5) / count) * total) sum += areas[++t];
		const root = Math.sqrt(draw());
		const v = draw() * root;
		for (let k = 0; k < 3; k++) {
			const p = positions[3 * triangles[3 * t] + k];
			const q = positions[3 * triangles[3 * t + 1] + k];
			const r = positions[3 * triangles[3 * t + 2] + k];
			points[3 * i + k] = (1 - root) * p + (root - v) * q + v * r;
			normals[3 * i + k] = unit[3 * t + k];
		}
	}
	return { points, normals };
}

/** Where the coarsest level begins: the mean plane, which is in the null space of the bending term. */
function planeThrough({ points, normals }: Samples, { nx, ny, nz, x, y, z, h }: Grid): Float64Array {
	const mean = [0, 0, 0, 0, 0, 0];
	for (let i = 0; i < points.length; i++) {
		mean[i % 3] += points[i] / (points.length / 3);
		mean[3 + (i % 3)] += normals[i] / (points.length / 3);
	}
	const values = new Float64Array(nx * ny * nz);
	for (let k = 0, at = 0; k < nz; k++)
		for (let j = 0; j < ny; j++)
			for (let i = 0; i < nx; i++, at++)
				values[at] =
					mean[3] * (x + i * h - mean[0]) + mean[4] * (y + j * h - mean[1]) + mean[5] * (z + k * h - mean[2]);
	return values;
}

/** Trilinear, held constant outside. */
function resample(from: Grid, values: Float64Array, to: Grid): Float64Array {
	const out = new Float64Array(nodeCount(to));
	const ratio = to.h / from.h;
	for (let k = 0, at = 0; k < to.nz; k++)
		for (let j = 0; j < to.ny; j++)
			for (let i = 0; i < to.nx; i++, at++) {
				const ci = Math.min(from.nx - 2, Math.floor(i * ratio));
				const cj = Math.min(from.ny - 2, Math.floor(j * ratio));
				const ck = Math.min(from.nz - 2, Math.floor(k * ratio));
				const u = Math.min(1, i * ratio - ci);
				const v = Math.min(1, j * ratio - cj);
				const w = Math.min(1, k * ratio - ck);
				const o = ci + from.nx * (cj + from.ny * ck);
				const up = o + from.nx * from.ny;
				const front = (1 - v) * ((1 - u) * values[o] + u * values[o + 1]);
				const back = v * ((1 - u) * values[o + from.nx] + u * values[o + from.nx + 1]);
				const frontUp = (1 - v) * ((1 - u) * values[up] + u * values[up + 1]);
				const backUp = v * ((1 - u) * values[up + from.nx] + u * values[up + from.nx + 1]);
				out[at] = (1 - w) * (front + back) + w * (frontUp + backUp);
			}
	return out;
}

/** Normal equations of the energy on one level, by conjugate gradients from `x`, which it changes. */
function solve({ points, normals }: Samples, grid: Grid, size: number, x: Float64Array): Float64Array {
	const { nx, ny, nz, h } = grid;
	const count = points.length / 3;
	const nodes = nodeCount(grid);
	const onSurface = ON_SURFACE / (size * size) / count;
	const onNormal = NORMAL / count / (h * h);
	const bending = BENDING / size / h;
	const cellOf = new Uint32Array(count);
	const local = new Float64Array(3 * count);
	for (let s = 0; s < count; s++) {
		const px = (points[3 * s] - grid.x) / h;
		const py = (points[3 * s + 1] - grid.y) / h;
		const pz = (points[3 * s + 2] - grid.z) / h;
		const i = Math.max(0, Math.min(nx - 2, Math.floor(px)));
		const j = Math.max(0, Math.min(ny - 2, Math.floor(py)));
		const k = Math.max(0, Math.min(nz - 2, Math.floor(pz)));
		cellOf[s] = i + nx * (j + ny * k);
		local[3 * s] = px - i;
		local[3 * s + 1] = py - j;
		local[3 * s + 2] = pz - k;
	}
	const corners = [0, 1, nx, nx + 1, nx * ny, nx * ny + 1, nx * ny + nx, nx * ny + nx + 1];
	// Of each sample, weights of the 8 nodes for the value and the three slopes (times h).
	const rows = new Float64Array(32 * count);
	const b = new Float64Array(nodes);
	const diagonal = new Float64Array(nodes);
	for (let s = 0; s < count; s++) {
		for (let q = 0; q < 8; q++) {
			const u = q & 1 ? local[3 * s] : 1 - local[3 * s];
			const v = q & 2 ? local[3 * s + 1] : 1 - local[3 * s + 1];
			const w = q & 4 ? local[3 * s + 2] : 1 - local[3 * s + 2];
			const o = 32 * s + q;
			rows[o] = u * v * w;
			rows[o + 8] = (q & 1 ? 1 : -1) * v * w;
			rows[o + 16] = (q & 2 ? 1 : -1) * u * w;
			rows[o + 24] = (q & 4 ? 1 : -1) * u * v;
			const node = cellOf[s] + corners[q];
			diagonal[node] += onSurface * rows[o] ** 2;
			for (let d = 0; d < 3; d++) {
				diagonal[node] += onNormal * rows[o + 8 + 8 * d] ** 2;
				b[node] += onNormal * h * rows[o + 8 + 8 * d] * normals[3 * s + d];
			}
		}
	}
	for (let at = 0; at < nodes; at++) diagonal[at] += bending * 42;
	const multiply = (p: Float64Array, out: Float64Array): void => {
		out.fill(0);
		addData(p, out, rows, cellOf, corners, onSurface, onNormal);
		addStraight(p, out, grid, bending);
		addMixed(p, out, grid, 2 * bending);
	};
	conjugateGradient(multiply, diagonal, b, x, ITERATIONS, 1e-5);
	return x;
}

function addData(
	p: Float64Array,
	out: Float64Array,
	rows: Float64Array,
	cellOf: Uint32Array,
	corners: readonly number[],
	onSurface: number,
	onNormal: number,
): void {
	for (let s = 0; s < cellOf.length; s++) {
		const o = 32 * s;
		let f = 0;
		let fx = 0;
		let fy = 0;
		let fz = 0;
		for (let q = 0; q < 8; q++) {
			const value = p[cellOf[s] + corners[q]];
			f += rows[o + q] * value;
			fx += rows[o + 8 + q] * value;
			fy += rows[o + 16 + q] * value;
			fz += rows[o + 24 + q] * value;
		}
		f *= onSurface;
		fx *= onNormal;
		fy *= onNormal;
		fz *= onNormal;
		for (let q = 0; q < 8; q++)
			out[cellOf[s] + corners[q]] +=
				f * rows[o + q] + fx * rows[o + 8 + q] + fy * rows[o + 16 + q] + fz * rows[o + 24 + q];
	}
}

/** Second differences along each axis. */
function addStraight(p: Float64Array, out: Float64Array, { nx, ny, nz }: Grid, weight: number): void {
	const strides = [1, nx, nx * ny];
	for (let axis = 0; axis < 3; axis++) {
		const d = strides[axis];
		const edge0 = axis === 0 ? 1 : 0;
		const edge1 = axis === 1 ? 1 : 0;
		const edge2 = axis === 2 ? 1 : 0;
		for (let k = edge2; k < nz - edge2; k++)
			for (let j = edge1; j < ny - edge1; j++) {
				const end = nx - edge0 + nx * (j + ny * k);
				for (let at = edge0 + nx * (j + ny * k); at < end; at++) {
					const bend = weight * (p[at - d] - 2 * p[at] + p[at + d]);
					out[at - d] += bend;
					out[at] -= 2 * bend;
					out[at + d] += bend;
				}
			}
	}
}

/** Mixed second differences on each face of the cells. */
function addMixed(p: Float64Array, out: Float64Array, { nx, ny, nz }: Grid, weight: number): void {
	const strides = [1, nx, nx * ny];
	for (let axis = 0; axis < 3; axis++) {
		const d = strides[axis === 0 ? 1 : 0];
		const e = strides[axis === 2 ? 1 : 2];
		const endI = nx - (axis === 0 ? 0 : 1);
		const endJ = ny - (axis === 1 ? 0 : 1);
		const endK = nz - (axis === 2 ? 0 : 1);
		for (let k = 0; k < endK; k++)
			for (let j = 0; j < endJ; j++) {
				const first = nx * (j + ny * k);
				for (let at = first; at < first + endI; at++) {
					const bend = weight * (p[at] - p[at + d] - p[at + e] + p[at + d + e]);
					out[at] += bend;
					out[at + d] -= bend;
					out[at + e] -= bend;
					out[at + d + e] += bend;
				}
			}
	}
}
