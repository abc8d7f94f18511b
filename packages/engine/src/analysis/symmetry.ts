import { eigen3 } from '../math/symmetric3.ts';
import { dot, type Vector3 } from '../math/vector3.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { triangleCount } from '../mesh/mesh.ts';
import { type Bvh, bvhOf } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import { bounds, faceAreas } from './normals.ts';

/** A plane in which a surface is its own mirror image: the points x with normal · x = offset. */
export type SymmetryPlane = {
	/** Unit length; its largest component is positive. */
	readonly normal: Vector3;
	/** Object units. */
	readonly offset: number;
	/**
	 * Mean distance of the mirrored surface from the surface, as a share of the bounding box's diagonal. (Both ways are
	 * one: a reflection is its own inverse, so that a point's distance to the mirrored surface is that of its mirrored
	 * point to the surface.)
	 */
	readonly error: number;
};

export type SymmetryOptions = {
	/** The largest `error` that counts as symmetric. Default 0.01. */
	readonly tolerance?: number;
};

export const SYMMETRY_DEFAULTS = Object.freeze({ tolerance: 0.01 }) satisfies Required<SymmetryOptions>;

/** Points that candidates are judged by and refined on, and that the refined ones are scored on. */
const ROUGH_POINTS = 250;
const POINTS = 1000;
/** Candidates that are refined, and how often. */
const REFINED = 3;
const STEPS = 8;
/** Refining ends when the normal turns by less than this, radians. */
const SETTLED = 1e-4;
/** Shares of the time that the tree and the candidates take; refining takes the rest. */
const BUILDING = 0.4;
const PROPOSING = 0.25;
/** No point counts as farther away than this share of the diagonal; searching farther costs and tells nothing. */
const REACH = 0.1;
/** Points farther from their image than this share of the diagonal count little: a sword in one hand. */
const OUTLIER = 0.02;
/** Of planes that are nearly as good the one that faces the side (x) is taken: left and right, before front and back. */
const SIDEWAYS = 0.002;

/**
 * The plane in which a surface is most nearly its own mirror image, or undefined where it has none. Deterministic;
 * candidates are the principal axes and the axes of the world through the middle, refined by iterated closest points.
 *
 * Based on:
 * - Besl, McKay. A method for registration of 3-D shapes. 1992. [besl1992]
 * - Podolak et al. A planar-reflective symmetry transform for 3D shapes. 2006. [podolak2006]
 * Departs from the latter: a few candidates instead of all planes; things that people model stand upright or have their
 * symmetry in a principal axis.
 * Falls short: a plane that is neither near such an axis nor found from there by refining.
 * @param advance Told the share done, 0..1; may throw.
 */
export function symmetryPlane(
	mesh: Mesh,
	options: SymmetryOptions = {},
	advance: (share: number) => void = () => undefined,
): SymmetryPlane | undefined {
	const { tolerance } = { ...SYMMETRY_DEFAULTS, ...options };
	const { diagonal } = bounds(mesh);
	const points = spreadPoints(mesh, POINTS);
	if (!points || !(diagonal > 0)) return undefined;
	const bvh = bvhOf(mesh);
	advance(BUILDING);
	const rough = everyNth(points, ROUGH_POINTS);
	const proposed = proposePlanes(points);
	const candidates = proposed
		.map((plane, i) => {
			advance(BUILDING + (PROPOSING * i) / proposed.length);
			return { ...plane, error: mirrorError(bvh, rough, plane, diagonal) };
		})
		.sort((a, b) => rank(a) - rank(b))
		.slice(0, REFINED);
	const refined = candidates.map((candidate, i) => {
		advance(BUILDING + PROPOSING + ((1 - BUILDING - PROPOSING) * i) / REFINED);
		const plane = refinePlane(bvh, rough, candidate, diagonal);
		return { ...plane, error: mirrorError(bvh, points, plane, diagonal) };
	});
	refined.sort((a, b) => rank(a) - rank(b));
	const best = refined[0];
	return best.error <= tolerance ? best : undefined;
}

/** Image of a point. */
export function mirrored({ normal, offset }: Pick<SymmetryPlane, 'normal' | 'offset'>, p: Vector3): Vector3 {
	const twice = 2 * (dot(normal, p) - offset);
	return [p[0] - twice * normal[0], p[1] - twice * normal[1], p[2] - twice * normal[2]];
}

type Plane = Pick<SymmetryPlane, 'normal' | 'offset'>;

const rank = ({ normal, error }: SymmetryPlane): number => error + SIDEWAYS * (1 - Math.abs(normal[0]));

/** Points evenly over the surface, by area; none where there is no area. 3 a point. */
function spreadPoints(mesh: Mesh, count: number): Float64Array | undefined {
	const { positions, triangles } = mesh;
	const areas = faceAreas(mesh);
	let total = 0;
	for (let t = 0; t < areas.length; t++) total += areas[t];
	if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return undefined;
	const points = new Float64Array(3 * count);
	let t = 0;
	let passed = areas[0];
	for (let s = 0; s < count; s++) {
		const at = ((s + 0.5) / count) * total;
		while (passed < at && t < triangleCount(mesh) - 1) passed += areas[++t];
		// Roberts. The unreasonable effectiveness of quasirandom sequences. 2018.
		let u = (0.5 + s * 0.7548776662466927) % 1;
		let v = (0.5 + s * 0.5698402909980532) % 1;
		if (u + v > 1) [u, v] = [1 - u, 1 - v];
		for (let axis = 0; axis < 3; axis++) {
			const i = positions[3 * triangles[3 * t] + axis];
			const j = positions[3 * triangles[3 * t + 1] + axis];
			const k = positions[3 * triangles[3 * t + 2] + axis];
			points[3 * s + axis] = i + u * (j - i) + v * (k - i);
		}
	}
	return points;
}

/** About `count` of the points, spread over all. */
function everyNth(points: Float64Array, count: number): Float64Array {
	const step = Math.max(1, Math.floor(points.length / 3 / count));
	return points.filter((_, i) => ((i / 3) | 0) % step === 0);
}

/** Planes through the middle across the principal axes and their diagonals, and across the axes of the world. */
function proposePlanes(points: Float64Array): Plane[] {
	const count = points.length / 3;
	const middle = [0, 0, 0];
	for (let i = 0; i < points.length; i++) middle[i % 3] += points[i] / count;
	const moments = [0, 0, 0, 0, 0, 0];
	for (let i = 0; i < points.length; i += 3)
		for (let k = 0, at = 0; k < 3; k++)
			for (let l = k; l < 3; l++) moments[at++] += (points[i + k] - middle[k]) * (points[i + l] - middle[l]);
	const [a, b, c] = eigen3(moments).vectors;
	// Where two principal axes are equal, as in all that is square, the eigenvectors are any two in their plane.
	const between = [a, b, c].flatMap((u, i) => [a, b, c].slice(i + 1).flatMap((v) => [sum(u, v, 1), sum(u, v, -1)]));
	const world: Vector3[] = [
		[1, 0, 0],
		[0, 1, 0],
		[0, 0, 1],
	];
	return [...world, a, b, c, ...between].map((normal) => planeThrough(normal, middle));
}

const sum = (u: Vector3, v: Vector3, sign: number): Vector3 => {
	const part = (k: number): number => (u[k] + sign * v[k]) * Math.SQRT1_2;
	return [part(0), part(1), part(2)];
};

function planeThrough(normal: Vector3, [x, y, z]: readonly number[]): Plane {
	let largest = 0;
	for (let k = 1; k < 3; k++) if (Math.abs(normal[k]) > Math.abs(normal[largest]) + 1e-9) largest = k;
	const sign = normal[largest] < 0 ? -1 : 1;
	const facing: Vector3 = [sign * normal[0], sign * normal[1], sign * normal[2]];
	return { normal: facing, offset: dot(facing, [x, y, z]) };
}

function mirrorError(bvh: Bvh, points: Float64Array, plane: Plane, diagonal: number): number {
	const near = newNearest();
	let error = 0;
	for (let i = 0; i < points.length; i += 3) {
		const [x, y, z] = mirrored(plane, [points[i], points[i + 1], points[i + 2]]);
		error += nearestPoint(bvh, x, y, z, REACH * diagonal, near) ? near.distance : REACH * diagonal;
	}
	return error / (points.length / 3) / diagonal;
}

/**
 * Moves the plane so that mirrored points come nearest to the surface points that they were nearest to. With both sets
 * seen from their weighted means p̄ and q̄, the best normal is the eigenvector of least eigenvalue of
 * Σ w (p qᵀ + q pᵀ) − ½ W (p̄ − q̄)(p̄ − q̄)ᵀ, and the plane goes through the middle between the means.
 */
function refinePlane(bvh: Bvh, points: Float64Array, start: Plane, diagonal: number): Plane {
	let plane = start;
	const near = newNearest();
	const count = points.length / 3;
	const image = new Float64Array(points.length);
	const weight = new Float64Array(count);
	for (let step = 0; step < STEPS; step++) {
		let total = 0;
		const p = [0, 0, 0];
		const q = [0, 0, 0];
		for (let s = 0; s < count; s++) {
			const [x, y, z] = mirrored(plane, [points[3 * s], points[3 * s + 1], points[3 * s + 2]]);
			weight[s] = 0;
			if (!nearestPoint(bvh, x, y, z, REACH * diagonal, near)) continue;
			const w = 1 / (1 + (near.distance / (OUTLIER * diagonal)) ** 2);
			weight[s] = w;
			total += w;
			image.set([near.x, near.y, near.z], 3 * s);
			for (let k = 0; k < 3; k++) {
				p[k] += w * points[3 * s + k];
				q[k] += w * image[3 * s + k];
			}
		}
		if (total === 0) return plane;
		const mean = p.map((x) => x / total);
		const meanImage = q.map((x) => x / total);
		const m = [0, 0, 0, 0, 0, 0];
		for (let s = 0; s < count; s++)
			for (let k = 0, at = 0; k < 3; k++)
				for (let l = k; l < 3; l++) {
					const kl = (points[3 * s + k] - mean[k]) * (image[3 * s + l] - meanImage[l]);
					const lk = (points[3 * s + l] - mean[l]) * (image[3 * s + k] - meanImage[k]);
					m[at++] += weight[s] * (kl + lk);
				}
		for (let k = 0, at = 0; k < 3; k++)
			for (let l = k; l < 3; l++) m[at++] -= (total * (mean[k] - meanImage[k]) * (mean[l] - meanImage[l])) / 2;
		const middle = mean.map((x, k) => (x + meanImage[k]) / 2);
		const before = plane.normal;
		plane = planeThrough(eigen3(m).vectors[0], middle);
		if (Math.abs(dot(before, plane.normal)) > 1 - SETTLED ** 2 / 2) break;
	}
	return plane;
}
