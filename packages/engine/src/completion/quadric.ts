import type { Vector3 } from '../math/vector3.ts';
import type { Samples } from './field.ts';

/** A sphere, cylinder, cone or whatever of the second degree fits a surface best. */
export type Quadric = {
	/** About the distance of a point from it, in units of the fit; negative inside. */
	readonly distance: (x: number, y: number, z: number) => number;
	/** Mean distance of the samples from it, in units of the fit. */
	readonly misfit: number;
};

/**
 * Fits a quadric to points and normals: its value at the points is least, and its slope there is nearest to the normals.
 *
 * @param weights How much each sample counts; not all 0.
 * @param middle Where the fit is done around.
 * @param unit Length that counts as 1.
 */
export function fitQuadric(
	{ points, normals }: Samples,
	weights: ArrayLike<number>,
	middle: Vector3,
	unit: number,
): Quadric {
	let total = 0;
	for (let i = 0; i < weights.length; i++) total += weights[i];
	const products = new Float64Array(TERMS * TERMS);
	const right = new Float64Array(TERMS);
	const row = new Float64Array(TERMS);
	const add = (weight: number, value: number): void => {
		for (let p = 0; p < TERMS; p++) {
			if (row[p] === 0) continue;
			right[p] += weight * row[p] * value;
			for (let q = 0; q < TERMS; q++) products[p * TERMS + q] += weight * row[p] * row[q];
		}
	};
	for (let i = 0; i < weights.length; i++) {
		const weight = weights[i] / total;
		if (weight < LEAST_WEIGHT) continue;
		const x = (points[3 * i] - middle[0]) / unit;
		const y = (points[3 * i + 1] - middle[1]) / unit;
		const z = (points[3 * i + 2] - middle[2]) / unit;
		row.set([1, x, y, z, x * x, y * y, z * z, x * y, y * z, z * x]);
		add(ON_SURFACE * weight, 0);
		row.set([0, 1, 0, 0, 2 * x, 0, 0, y, 0, z]);
		add(weight, normals[3 * i]);
		row.set([0, 0, 1, 0, 0, 2 * y, 0, x, z, 0]);
		add(weight, normals[3 * i + 1]);
		row.set([0, 0, 0, 1, 0, 0, 2 * z, 0, y, x]);
		add(weight, normals[3 * i + 2]);
	}
	for (let p = 0; p < TERMS; p++) products[p * (TERMS + 1)] += p < LINEAR ? DAMPING : BENDING;
	const s = solve(products, right);
	const distance = (px: number, py: number, pz: number): number => {
		const x = (px - middle[0]) / unit;
		const y = (py - middle[1]) / unit;
		const z = (pz - middle[2]) / unit;
		const gx = s[1] + 2 * s[4] * x + s[7] * y + s[9] * z;
		const gy = s[2] + 2 * s[5] * y + s[7] * x + s[8] * z;
		const gz = s[3] + 2 * s[6] * z + s[8] * y + s[9] * x;
		const value =
			s[0] + x * (s[1] + s[4] * x + s[7] * y) + y * (s[2] + s[5] * y + s[8] * z) + z * (s[3] + s[6] * z + s[9] * x);
		return value / Math.max(LEAST_SLOPE, Math.hypot(gx, gy, gz));
	};
	let misfit = 0;
	for (let i = 0; i < weights.length; i++)
		misfit += (weights[i] / total) * Math.abs(distance(points[3 * i], points[3 * i + 1], points[3 * i + 2]));
	return { distance, misfit };
}

/** 1, x, y, z, x², y², z², xy, yz, zx; the first four bend nothing. */
const TERMS = 10;
const LINEAR = 4;
/** Against the weight of the normals. */
const ON_SURFACE = 20;
/** What the samples leave open is flat, and near 0. */
const BENDING = 1e-4;
const DAMPING = 1e-7;
const LEAST_WEIGHT = 1e-9;
/** In the middle of a quadric there is no slope. */
const LEAST_SLOPE = 0.3;

/** Solves a symmetric positive definite system by elimination; changes both. */
function solve(a: Float64Array, b: Float64Array): Float64Array {
	const n = b.length;
	for (let p = 0; p < n; p++)
		for (let q = p + 1; q < n; q++) {
			const factor = a[q * n + p] / a[p * n + p];
			for (let c = p; c < n; c++) a[q * n + c] -= factor * a[p * n + c];
			b[q] -= factor * b[p];
		}
	for (let p = n - 1; p >= 0; p--) {
		for (let c = p + 1; c < n; c++) b[p] -= a[p * n + c] * b[c];
		b[p] /= a[p * n + p];
	}
	return b;
}
