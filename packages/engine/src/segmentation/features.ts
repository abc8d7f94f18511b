import type { Mesh } from '../mesh/mesh.ts';
import { bvhOf } from '../spatial/bvh.ts';
import { BACK_FACES, firstHit, newHit } from '../spatial/ray.ts';
import type { Frame, SurfaceGraph } from './surface-graph.ts';

/**
 * What is measured of a surface before anything is decided: how it turns, at two physical scales, and how thick the
 * solid below it is. Each array can be drawn. N cells, E edges; lengths in model sizes, angles in radians.
 *
 * Based on:
 * - Shapira, Shamir, Cohen-Or. Consistent mesh partitioning and skeletonisation using the shape diameter function.
 *   2008. [shapira2008]
 * Departs from it: the cone stands on the smoothed normal, not on the triangle's own, which on a noisy surface tilts it
 * at random. Rays start at cells, not at every triangle: a million triangles have fifty thousand cells.
 */
export type SurfaceFeatures = {
	/** Normals averaged over about FINE_RADIUS. N × 3. */
	readonly normal: Float32Array;
	/** Turning across each edge at the fine scale, negative where concave; see `measureTurning`. E. */
	readonly turnFine: Float32Array;
	/** The same at the coarse scale. E. */
	readonly turnCoarse: Float32Array;
	/** Logarithm of the thickness. N. */
	readonly thickness: Float32Array;
};

/** Normals are averaged over these radii. One small scale alone takes a generator's bumps for creases. */
export const FINE_RADIUS = 0.005;
export const COARSE_RADIUS = 0.02;
/** Turning is measured over this length, or from cell to cell where cells are further apart. */
export const FINE_WINDOW = 0.02;
const COARSE_WINDOW = 0.04;
/** Half the cone's opening: 60°. [shapira2008] */
const CONE = Math.PI / 3;
/** Thickness is averaged over this radius, less across jumps of its logarithm larger than THICKNESS_JUMP. */
const THICKNESS_RADIUS = 0.015;
const THICKNESS_JUMP = 0.3;
/** Added to the thickness before its logarithm is taken. */
const THICKNESS_FLOOR = 1e-3;
/** Rays for all cells together, and the limits for one cell. */
const RAY_BUDGET = 480_000;
const MIN_RAYS = 10;
const MAX_RAYS = 30;

/**
 * @param faceOf A triangle of the mesh for each cell, from which its rays start. N.
 * @param advance Told how far the measuring is, 0..1.
 */
export function measureFeatures(
	mesh: Mesh,
	frame: Frame,
	graph: SurfaceGraph,
	faceOf: Uint32Array,
	advance: (fraction: number) => void,
): SurfaceFeatures {
	const normal = diffuseNormals(graph, FINE_RADIUS, (done) => advance(0.03 * done));
	const coarse = diffuseNormals(graph, COARSE_RADIUS, (done) => advance(0.03 + 0.07 * done));
	advance(0.1);
	const turnFine = measureTurning(graph, normal, FINE_WINDOW);
	const turnCoarse = measureTurning(graph, coarse, COARSE_WINDOW);
	advance(0.15);
	bvhOf(mesh, (done) => advance(0.15 + 0.1 * done));
	const raw = castThickness(mesh, frame, graph, normal, faceOf, (done) => advance(0.25 + 0.7 * done));
	const thickness = smoothThickness(graph, raw);
	return { normal, turnFine, turnCoarse, thickness };
}

/** Cells' distances across each edge, centre to centre. E. */
export function edgeDistances({ centroid, edgeA, edgeB }: SurfaceGraph): Float32Array {
	const distance = new Float32Array(edgeA.length);
	for (let e = 0; e < distance.length; e++) {
		const a = 3 * edgeA[e];
		const b = 3 * edgeB[e];
		const x = centroid[a] - centroid[b];
		const y = centroid[a + 1] - centroid[b + 1];
		const z = centroid[a + 2] - centroid[b + 2];
		distance[e] = Math.sqrt(x * x + y * y + z * z);
	}
	return distance;
}

/**
 * How strongly the two cells of each edge mix when a quantity is averaged over a radius: one implicit step of the heat
 * equation with finite-volume weights (length over distance), so that the radius is a length on any triangulation:
 * large flat cells keep their normals, small ones lose their noise. E.
 */
function mixingWeights(graph: SurfaceGraph, radius: number): Float32Array {
	const distance = edgeDistances(graph);
	const weight = new Float32Array(distance.length);
	for (let e = 0; e < weight.length; e++)
		weight[e] = ((radius * radius) / 2) * (graph.edgeLength[e] / Math.max(distance[e], 1e-6));
	return weight;
}

/** Sweeps that carry a value about `radius` far over the graph's cells. */
function sweeps(graph: SurfaceGraph, radius: number): number {
	let total = 0;
	for (let n = 0; n < graph.cells; n++) total += graph.area[n];
	const spacing = Math.sqrt(total / graph.cells);
	return Math.min(24, Math.max(2, Math.ceil(2 * (radius / Math.max(spacing, 1e-9)) ** 2)));
}

/** Normals averaged over about `radius` along the surface. N × 3, unit or 0. */
export function diffuseNormals(
	graph: SurfaceGraph,
	radius: number,
	advance?: (fraction: number) => void,
): Float32Array {
	const { cells, area, edgeA, edgeB, edgesOf, normal } = graph;
	const weight = mixingWeights(graph, radius);
	const share = new Float64Array(cells);
	for (let n = 0; n < cells; n++) share[n] = area[n] + 1e-12;
	for (let e = 0; e < edgeA.length; e++) {
		share[edgeA[e]] += weight[e];
		share[edgeB[e]] += weight[e];
	}
	const { offsets, list } = edgesOf;
	const across = new Uint32Array(list.length);
	const mixing = new Float32Array(list.length);
	for (let n = 0; n < cells; n++)
		for (let i = offsets[n]; i < offsets[n + 1]; i++) {
			const e = list[i];
			across[i] = 3 * (edgeA[e] === n ? edgeB[e] : edgeA[e]);
			mixing[i] = weight[e];
		}
	let current = Float32Array.from(normal);
	let following = new Float32Array(3 * cells);
	const count = sweeps(graph, radius);
	for (let sweep = 0; sweep < count; sweep++) {
		advance?.(sweep / count);
		for (let n = 0; n < cells; n++) {
			// Rounded at each step, as if the sums were kept in the array.
			let x = Math.fround(area[n] * normal[3 * n]);
			let y = Math.fround(area[n] * normal[3 * n + 1]);
			let z = Math.fround(area[n] * normal[3 * n + 2]);
			for (let i = offsets[n]; i < offsets[n + 1]; i++) {
				const m = across[i];
				const w = mixing[i];
				x = Math.fround(x + w * current[m]);
				y = Math.fround(y + w * current[m + 1]);
				z = Math.fround(z + w * current[m + 2]);
			}
			following[3 * n] = x / share[n];
			following[3 * n + 1] = y / share[n];
			following[3 * n + 2] = z / share[n];
		}
		[current, following] = [following, current];
	}
	for (let n = 0; n < cells; n++) {
		const length = Math.hypot(current[3 * n], current[3 * n + 1], current[3 * n + 2]);
		const scale = length > 1e-9 ? 1 / length : 0;
		for (let axis = 0; axis < 3; axis++) current[3 * n + axis] *= scale;
	}
	return current;
}

/**
 * Angle between the normals of the two cells of each edge, as it would be over a window of the given length (cells that
 * are further apart keep their own angle); positive where the surface is convex, negative where concave; at most π. E.
 */
export function measureTurning(graph: SurfaceGraph, normal: Float32Array, window: number): Float32Array {
	const { edgeA, edgeB, centroid } = graph;
	const turn = new Float32Array(edgeA.length);
	for (let e = 0; e < turn.length; e++) {
		const a = 3 * edgeA[e];
		const b = 3 * edgeB[e];
		const nx = normal[b] - normal[a];
		const ny = normal[b + 1] - normal[a + 1];
		const nz = normal[b + 2] - normal[a + 2];
		const x = centroid[b] - centroid[a];
		const y = centroid[b + 1] - centroid[a + 1];
		const z = centroid[b + 2] - centroid[a + 2];
		const distance = Math.sqrt(x * x + y * y + z * z);
		const angle = 2 * Math.asin(Math.min(1, Math.sqrt(nx * nx + ny * ny + nz * nz) / 2));
		const over = Math.min(Math.PI, angle * Math.max(1, window / Math.max(distance, 1e-6)));
		turn[e] = nx * x + ny * y + nz * z < 0 ? -over : over;
	}
	return turn;
}

/** Thickness below each cell, in model sizes; NaN where no ray met the other side. N. [shapira2008] §3 */
function castThickness(
	mesh: Mesh,
	frame: Frame,
	graph: SurfaceGraph,
	normal: Float32Array,
	faceOf: Uint32Array,
	advance: (fraction: number) => void,
): Float32Array {
	const { positions, triangles } = mesh;
	const bvh = bvhOf(mesh);
	const hit = newHit();
	const rays = Math.min(MAX_RAYS, Math.max(MIN_RAYS, Math.floor(RAY_BUDGET / Math.max(1, graph.cells))));
	const spiral = coneDirections(rays);
	const depth = new Float64Array(rays);
	const weight = new Float64Array(rays);
	const sorted = new Float64Array(rays);
	const thickness = new Float32Array(graph.cells).fill(Number.NaN);
	for (let n = 0; n < graph.cells; n++) {
		if ((n & 1023) === 0) advance(n / graph.cells);
		const zx = -normal[3 * n];
		const zy = -normal[3 * n + 1];
		const zz = -normal[3 * n + 2];
		if (zx === 0 && zy === 0 && zz === 0) continue;
		// A frame with z inward. Duff et al. Building an orthonormal basis, revisited. 2017.
		const sign = zz >= 0 ? 1 : -1;
		const p = -1 / (sign + zz);
		const q = zx * zy * p;
		const xx = 1 + sign * zx * zx * p;
		const xy = sign * q;
		const xz = -sign * zx;
		const yx = q;
		const yy = sign + zy * zy * p;
		const yz = -zy;
		const t = faceOf[n];
		const i = 3 * triangles[3 * t];
		const j = 3 * triangles[3 * t + 1];
		const k = 3 * triangles[3 * t + 2];
		const ox = (positions[i] + positions[j] + positions[k]) / 3;
		const oy = (positions[i + 1] + positions[j + 1] + positions[k + 1]) / 3;
		const oz = (positions[i + 2] + positions[j + 2] + positions[k + 2]) / 3;
		let found = 0;
		for (let r = 0; r < rays; r++) {
			const u = spiral[3 * r];
			const v = spiral[3 * r + 1];
			const w = spiral[3 * r + 2];
			const dx = u * xx + v * yx + w * zx;
			const dy = u * xy + v * yy + w * zy;
			const dz = u * xz + v * yz + w * zz;
			// Only hits from inside: a ray that meets a front has left the solid through a hole or a crossing.
			if (!firstHit(bvh, ox, oy, oz, dx, dy, dz, 0, Number.POSITIVE_INFINITY, hit, t, BACK_FACES)) continue;
			depth[found] = hit.t / frame.size;
			weight[found++] = 1 / Math.max(Math.acos(w), 0.05);
		}
		if (found > 0) thickness[n] = steadyMean(depth, weight, sorted, found);
	}
	return thickness;
}

/** Weighted mean of the depths within one standard deviation of their median. [shapira2008] §3.1 */
function steadyMean(depth: Float64Array, weight: Float64Array, sorted: Float64Array, count: number): number {
	let mean = 0;
	for (let r = 0; r < count; r++) {
		sorted[r] = depth[r];
		mean += depth[r] / count;
	}
	const median = sorted.subarray(0, count).sort()[count >> 1];
	let variance = 0;
	for (let r = 0; r < count; r++) variance += (depth[r] - mean) ** 2 / count;
	const spread = Math.sqrt(variance) + 1e-12;
	let sum = 0;
	let total = 0;
	for (let r = 0; r < count; r++) {
		if (Math.abs(depth[r] - median) > spread) continue;
		sum += weight[r] * depth[r];
		total += weight[r];
	}
	return total > 0 ? sum / total : median;
}

/** Directions spread evenly over the cone about +z (Vogel's spiral). rays × 3. */
function coneDirections(rays: number): Float64Array {
	const directions = new Float64Array(3 * rays);
	const golden = Math.PI * (3 - Math.sqrt(5));
	for (let r = 0; r < rays; r++) {
		const angle = CONE * Math.sqrt((r + 0.5) / rays);
		directions[3 * r] = Math.sin(angle) * Math.cos(golden * r);
		directions[3 * r + 1] = Math.sin(angle) * Math.sin(golden * r);
		directions[3 * r + 2] = Math.cos(angle);
	}
	return directions;
}

/** Logarithms, gaps filled from their neighbours, averaged where they do not jump. N. */
function smoothThickness(graph: SurfaceGraph, raw: Float32Array): Float32Array {
	const { cells, area, edgeA, edgeB } = graph;
	const log = fillGaps(
		graph,
		raw.map((x) => Math.log(x + THICKNESS_FLOOR)),
	);
	const weight = mixingWeights(graph, THICKNESS_RADIUS);
	let current = Float32Array.from(log);
	let following = new Float32Array(cells);
	const share = new Float64Array(cells);
	for (let sweep = Math.min(12, sweeps(graph, THICKNESS_RADIUS)); sweep > 0; sweep--) {
		for (let n = 0; n < cells; n++) {
			share[n] = area[n] + 1e-12;
			following[n] = share[n] * log[n];
		}
		for (let e = 0; e < edgeA.length; e++) {
			const a = edgeA[e];
			const b = edgeB[e];
			const w = weight[e] * Math.exp(-Math.abs(current[a] - current[b]) / THICKNESS_JUMP);
			following[a] += w * current[b];
			following[b] += w * current[a];
			share[a] += w;
			share[b] += w;
		}
		for (let n = 0; n < cells; n++) following[n] /= share[n];
		[current, following] = [following, current];
	}
	return current;
}

/** Gives cells without a value (NaN) the mean of their neighbours', from the rim of each gap inward. */
function fillGaps(graph: SurfaceGraph, values: Float32Array): Float32Array {
	const { offsets, list } = graph.edgesOf;
	const { edgeA, edgeB } = graph;
	let sum = 0;
	let known = 0;
	const gaps: number[] = [];
	for (let n = 0; n < values.length; n++) {
		if (Number.isNaN(values[n])) gaps.push(n);
		else {
			sum += values[n];
			known++;
		}
	}
	for (let open = gaps; open.length > 0; ) {
		const filled: [number, number][] = [];
		for (const n of open) {
			let near = 0;
			let count = 0;
			for (let i = offsets[n]; i < offsets[n + 1]; i++) {
				const m = edgeA[list[i]] === n ? edgeB[list[i]] : edgeA[list[i]];
				if (Number.isNaN(values[m])) continue;
				near += values[m];
				count++;
			}
			if (count > 0) filled.push([n, near / count]);
		}
		if (filled.length === 0) break;
		for (const [n, value] of filled) values[n] = value;
		open = open.filter((n) => Number.isNaN(values[n]));
	}
	const mean = known > 0 ? sum / known : 0;
	for (let n = 0; n < values.length; n++) if (Number.isNaN(values[n])) values[n] = mean;
	return values;
}
