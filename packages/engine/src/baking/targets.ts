import { normalAndArea } from '../math/triangle.ts';
import { type Mesh, next, prev, triangleCount } from '../mesh/mesh.ts';
import { quickBvh, quickBvhOf } from '../spatial/quick-bvh.ts';
import type { Target } from './find-hits.ts';

/** Parts of both meshes, where parts are baked onto themselves only. */
export type PartLabels = { readonly low: ArrayLike<number>; readonly source: ArrayLike<number> };

/** What each triangle of the low mesh is baked from. */
export type Targets = {
	readonly targets: readonly Target[];
	/** Number in `targets` of each triangle of the low mesh; absent where there is one. T. */
	readonly targetOf?: Uint32Array;
	/** Triangles of the low mesh whose part the source does not have: they are baked from all of it. */
	readonly strangers: number;
};

/** Builds one hierarchy over the source, or one for each part. */
export function makeTargets(source: Mesh, low: Mesh, used: Uint32Array, parts: PartLabels | undefined): Targets {
	if (!parts) return { targets: [toTarget(source, used)], strangers: 0 };
	const members = new Map<number, number[]>();
	for (let i = 0; i < used.length; i++) {
		const part = parts.source[used[i]];
		const list = members.get(part);
		if (list) list.push(used[i]);
		else members.set(part, [used[i]]);
	}
	const numberOf = new Map<number, number>();
	const targets: Target[] = [];
	for (const [part, list] of [...members].sort(([a], [b]) => a - b)) {
		numberOf.set(part, targets.length);
		targets.push(toTarget(source, Uint32Array.from(list)));
	}
	const targetOf = new Uint32Array(triangleCount(low));
	let strangers = 0;
	for (let t = 0; t < targetOf.length; t++) {
		const number = numberOf.get(parts.low[t]);
		if (number === undefined) strangers++;
		targetOf[t] = number ?? members.size;
	}
	if (strangers > 0) targets.push(toTarget(source, used));
	return { targets, targetOf, strangers };
}

function toTarget(mesh: Mesh, triangleOf: Uint32Array): Target {
	const { positions, triangles } = mesh;
	const own = new Uint32Array(3 * triangleOf.length);
	const plane = new Float64Array(4);
	let area = 0;
	let isWhole = own.length === triangles.length;
	for (let i = 0; i < triangleOf.length; i++) {
		if (triangleOf[i] !== i) isWhole = false;
		for (let k = 0; k < 3; k++) own[3 * i + k] = triangles[3 * triangleOf[i] + k];
		normalAndArea(positions, triangles, triangleOf[i], plane, 0);
		area += plane[3];
	}
	const surface = isWhole ? mesh : { positions, triangles: own };
	// Decimation may have built the hierarchy of the whole already.
	return { surface, bvh: isWhole ? quickBvhOf(mesh) : quickBvh(surface), triangleOf, area };
}

/** Least cosine between a triangle and the ray of its corner; where the mean of a vertex leans more, it is not taken. */
const LEAST_COSINE = 0.2;

/**
 * Where the rays of each corner go: the mean of the faces at its vertex by their angles, also across hard edges, so that
 * the rays of neighbouring triangles neither cross nor leave a gap. Where a triangle stands too steep to the mean (sheets
 * with two sides, spikes) its own normal. C × 3, of unit length.
 */
export function rayDirections({ positions, triangles }: Mesh): Float32Array {
	const sums = new Float64Array(positions.length);
	const plane = new Float64Array(4);
	for (let c = 0; c < triangles.length; c++) {
		if (c % 3 === 0) normalAndArea(positions, triangles, c / 3, plane, 0);
		const angle = angleAt(positions, triangles[c], triangles[next(c)], triangles[prev(c)]);
		for (let k = 0; k < 3; k++) sums[3 * triangles[c] + k] += angle * plane[k];
	}
	const directions = new Float32Array(3 * triangles.length);
	for (let c = 0; c < triangles.length; c++) {
		if (c % 3 === 0) normalAndArea(positions, triangles, c / 3, plane, 0);
		const v = 3 * triangles[c];
		const length = Math.hypot(sums[v], sums[v + 1], sums[v + 2]);
		const cosine = (sums[v] * plane[0] + sums[v + 1] * plane[1] + sums[v + 2] * plane[2]) / length;
		const smooth = plane[3] === 0 ? length > 0 : cosine > LEAST_COSINE;
		for (let k = 0; k < 3; k++) directions[3 * c + k] = smooth ? sums[v + k] / length : plane[k];
	}
	return directions;
}

function angleAt(positions: Float32Array, a: number, b: number, c: number): number {
	const ux = positions[3 * b] - positions[3 * a];
	const uy = positions[3 * b + 1] - positions[3 * a + 1];
	const uz = positions[3 * b + 2] - positions[3 * a + 2];
	const vx = positions[3 * c] - positions[3 * a];
	const vy = positions[3 * c + 1] - positions[3 * a + 1];
	const vz = positions[3 * c + 2] - positions[3 * a + 2];
	const across = Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
	return Math.atan2(across, ux * vx + uy * vy + uz * vz);
}
