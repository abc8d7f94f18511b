import { MeshError } from '../errors.ts';
import { type Mesh, next, prev, triangleCount } from '../mesh/mesh.ts';
import { vertexCorners } from '../mesh/topology.ts';
import { type Run, Steps } from '../run/run.ts';
import { type Bvh, bvhOf } from '../spatial/bvh.ts';
import { BACK_FACES, BOTH_FACES, firstHit, newHit } from '../spatial/ray.ts';
import { bounds, faceNormals } from './normals.ts';

const STEPS = { 'build hierarchy': 5, 'cast rays': 40, 'fill gaps': 1 };

export type ThicknessOptions = {
	/** Rays from each triangle, 1..256. Default 30. */
	readonly rays?: number;
	/** Full opening of the cone of rays around the inward normal, radians, above 0 and below π. Default 120°. */
	readonly coneAngle?: number;
	/** Triangles to cast from; the others take the mean of their neighbours. Default all. */
	readonly triangles?: Uint32Array;
};

export const THICKNESS_DEFAULTS = Object.freeze({ rays: 30, coneAngle: (120 * Math.PI) / 180 });

/**
 * How thick the body is behind each triangle (shape diameter function), in object units. T.
 *
 * From the middle of a triangle a cone of rays goes inward, spread evenly over the cone; a ray counts when the first
 * surface that it meets is left there (not entered). Of the lengths, those within one standard deviation of the median
 * are averaged with weight 1 / angle to the axis. Deterministic, covariant with scale; under rotation it changes by the
 * sampling error only, because the pattern turns around the normal.
 *
 * Where no ray counts (open borders, flipped triangles, triangles without area) the neighbours' mean is taken,
 * outward from the nearest known triangles. A component in which nothing is known, such as an open sheet, gets 0: a
 * sheet has no thickness. The inner layer of a two-sided surface takes the value of the outer one.
 *
 * Based on:
 * - Shapira, Shamir, Cohen-Or. Consistent mesh partitioning and skeletonisation using the shape diameter function.
 *   2008. [shapira2008]
 * Departs from it: lengths outside of one standard deviation are judged about the median of those that count; a ray that
 * meets two coincident triangles of opposite sides counts, because many generated models have every triangle twice.
 *
 * Against 60 rays, over 18 models (PSB, bunny, fandisk, cow, suzanne, spot, koala; 2026-11): 12 rays differ by 3.8 % in
 * the median (10 % at worst), correlation of logarithms 0.973 (0.845 at worst, a mechanical part); 30 rays by 1.8 % (4.5
 * %) and 0.992 (0.965). About 0.85 M rays a second and core: 30 rays on 50 000 triangles take 2 to 2.5 s.
 *
 * @throws MeshError `invalid-option`: a ray count or cone angle out of range; `cancelled`.
 */
export function thickness(mesh: Mesh, options: ThicknessOptions = {}, run: Run = {}): Float32Array {
	const { rays, coneAngle, triangles } = { ...THICKNESS_DEFAULTS, ...options };
	checkOptions(rays, coneAngle);
	const steps = new Steps(STEPS, run);
	steps.begin('build hierarchy');
	const bvh = bvhOf(mesh);
	steps.begin('cast rays');
	const cone = makeCone(rays, coneAngle);
	const values = castRays(mesh, bvh, cone, triangles, (fraction) => steps.advance(fraction));
	steps.begin('fill gaps');
	fillGaps(mesh, values);
	steps.finish();
	return values;
}

function checkOptions(rays: number, coneAngle: number): void {
	if (!Number.isInteger(rays) || rays < 1 || rays > 256)
		throw new MeshError('invalid-option', `rays is ${rays}; it must be a whole number, 1..256`, { rays });
	if (!(coneAngle > 0 && coneAngle < Math.PI))
		throw new MeshError('invalid-option', `coneAngle is ${coneAngle}; it must be above 0 and below π`, { coneAngle });
}

/** Directions around +z, each with the weight of its length. */
type Cone = { readonly directions: Float64Array; readonly weights: Float64Array };

/** A spiral of golden angles over the spherical cap: even at every count. Vogel. 1979. [vogel1979] */
function makeCone(rays: number, coneAngle: number): Cone {
	const directions = new Float64Array(rays * 3);
	const weights = new Float64Array(rays);
	const height = 1 - Math.cos(coneAngle / 2);
	const golden = Math.PI * (3 - Math.sqrt(5));
	for (let i = 0; i < rays; i++) {
		const z = 1 - (height * (i + 0.5)) / rays;
		const radius = Math.sqrt(1 - z * z);
		directions[3 * i] = radius * Math.cos(golden * i);
		directions[3 * i + 1] = radius * Math.sin(golden * i);
		directions[3 * i + 2] = z;
		weights[i] = 1 / Math.max(Math.acos(z), MIN_ANGLE);
	}
	return { directions, weights };
}

/** Radians: nearer to the axis, rays weigh no more. */
const MIN_ANGLE = 0.05;
/** Hits nearer than this share of the diagonal are the triangle's own other side. */
const MIN_DISTANCE = 1e-6;
/** Two hits nearer to each other than this share of their distance are one place. */
const COINCIDENT = 1e-6;
/** Triangles between two questions whether the run was cancelled. */
const BATCH = 2048;

/** Thickness where rays count, NaN elsewhere. T. */
function castRays(
	mesh: Mesh,
	bvh: Bvh,
	cone: Cone,
	chosen: Uint32Array | undefined,
	advance: (fraction: number) => void,
): Float32Array {
	const { positions, triangles } = mesh;
	const normals = faceNormals(mesh);
	const { directions, weights } = cone;
	const rays = weights.length;
	const nearest = bounds(mesh).diagonal * MIN_DISTANCE;
	const values = new Float32Array(triangleCount(mesh)).fill(Number.NaN);
	const lengths = new Float64Array(rays);
	const sorted = new Float64Array(rays);
	const hit = newHit();
	const count = chosen ? chosen.length : values.length;
	for (let i = 0; i < count; i++) {
		if (i % BATCH === 0) advance(i / count);
		const t = chosen ? chosen[i] : i;
		// The cone's axis: inward.
		const nx = -normals[3 * t];
		const ny = -normals[3 * t + 1];
		const nz = -normals[3 * t + 2];
		if (nx === 0 && ny === 0 && nz === 0) continue;
		const p = triangles[3 * t] * 3;
		const q = triangles[3 * t + 1] * 3;
		const r = triangles[3 * t + 2] * 3;
		const x = (positions[p] + positions[q] + positions[r]) / 3;
		const y = (positions[p + 1] + positions[q + 1] + positions[r + 1]) / 3;
		const z = (positions[p + 2] + positions[q + 2] + positions[r + 2]) / 3;
		// Two axes across. Duff et al. Building an orthonormal basis, revisited. 2017. [duff2017]
		const sign = nz < 0 ? -1 : 1;
		const a = -1 / (sign + nz);
		const b = nx * ny * a;
		const ux = 1 + sign * nx * nx * a;
		const uy = sign * b;
		const uz = -sign * nx;
		const vx = b;
		const vy = sign + ny * ny * a;
		const vz = -ny;
		let known = 0;
		for (let k = 0; k < rays; k++) {
			const da = directions[3 * k];
			const db = directions[3 * k + 1];
			const dc = directions[3 * k + 2];
			const dx = da * ux + db * vx + dc * nx;
			const dy = da * uy + db * vy + dc * ny;
			const dz = da * uz + db * vz + dc * nz;
			lengths[k] = Number.NaN;
			if (!firstHit(bvh, x, y, z, dx, dy, dz, nearest, Infinity, hit, t, BOTH_FACES)) continue;
			if (!hit.back) {
				const reach = hit.t * (1 + COINCIDENT);
				if (!firstHit(bvh, x, y, z, dx, dy, dz, nearest, reach, hit, t, BACK_FACES)) continue;
			}
			lengths[k] = hit.t;
			// Insertion: the median needs them in order, and there are few.
			let place = known++;
			while (place > 0 && sorted[place - 1] > hit.t) sorted[place] = sorted[--place];
			sorted[place] = hit.t;
		}
		if (known > 0) values[t] = robustMean(lengths, weights, sorted, known);
	}
	return values;
}

/** Weighted mean of the lengths within one standard deviation of the median. */
function robustMean(lengths: Float64Array, weights: Float64Array, sorted: Float64Array, known: number): number {
	const half = known >> 1;
	const median = known % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
	let squares = 0;
	for (let i = 0; i < known; i++) squares += (sorted[i] - median) * (sorted[i] - median);
	// The rounding of equal lengths must not throw all of them out.
	const spread = Math.sqrt(squares / known) + median * COINCIDENT;
	let sum = 0;
	let weight = 0;
	for (let k = 0; k < lengths.length; k++) {
		// False for NaN: the ray did not count.
		if (Math.abs(lengths[k] - median) <= spread) {
			sum += weights[k] * lengths[k];
			weight += weights[k];
		}
	}
	// With two lengths far apart both are exactly one deviation away; rounding may still drop both.
	return weight > 0 ? sum / weight : median;
}

/** Replaces NaN ring by ring by the mean of the known triangles across the edges, then by 0. */
function fillGaps(mesh: Mesh, values: Float32Array): void {
	const { triangles } = mesh;
	const { offsets, list } = vertexCorners(mesh);
	let ring = new Uint32Array(values.length);
	let found = 0;
	for (let t = 0; t < values.length; t++) if (Number.isNaN(values[t])) ring[found++] = t;
	ring = ring.slice(0, found);
	while (ring.length > 0) {
		// Written after the ring is done, so that the order of triangles does not matter.
		const means = new Float32Array(ring.length);
		for (let i = 0; i < ring.length; i++) {
			let sum = 0;
			let count = 0;
			for (let c = 3 * ring[i]; c < 3 * ring[i] + 3; c++) {
				const v = triangles[c];
				const w = triangles[next(c)];
				for (let j = offsets[v]; j < offsets[v + 1]; j++) {
					const d = list[j];
					if (triangles[next(d)] !== w && triangles[prev(d)] !== w) continue;
					const value = values[(d / 3) | 0];
					if (Number.isNaN(value)) continue;
					sum += value;
					count++;
				}
			}
			means[i] = count > 0 ? sum / count : Number.NaN;
		}
		let left = 0;
		for (let i = 0; i < means.length; i++) {
			if (Number.isNaN(means[i])) ring[left++] = ring[i];
			else values[ring[i]] = means[i];
		}
		if (left === ring.length) break;
		ring = ring.slice(0, left);
	}
	for (let i = 0; i < ring.length; i++) values[ring[i]] = 0;
}
