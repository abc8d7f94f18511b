import type { Surface } from '../mesh/mesh.ts';
import { type Bvh, LINKS, leafCount, leafFirst, NODE_WORDS } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import { BACK_FACES, FRONT_FACES, firstHit, newHit } from '../spatial/ray.ts';

/** Samples that are traced together. */
export const BLOCK = 64;

/** What is looked at: triangles of the source, with the hierarchy over them. */
export type Target = {
	readonly surface: Surface;
	readonly bvh: Bvh;
	/** Triangle of the source that each of these is. */
	readonly triangleOf: Uint32Array;
	/** Of all of them, square object units. */
	readonly area: number;
};

/** A block of samples on the low mesh, and what each of them sees of the source. */
export type Block = {
	/** Samples in use, 0..BLOCK. */
	count: number;
	/** Where each sample lies. BLOCK × 3. */
	readonly points: Float64Array;
	/** Outwards, unit length. BLOCK × 3. */
	readonly directions: Float64Array;
	/** Triangle of the target, or NO_HIT. BLOCK. */
	readonly triangles: Int32Array;
	/** Weights of its second and third corner. BLOCK × 2. */
	readonly weights: Float64Array;
	/** Distance along the direction, object units; 0 where the nearest point was taken instead. BLOCK. */
	readonly along: Float64Array;
	/** 1 where the nearest point was taken and lies on the back of its triangle. BLOCK. */
	readonly back: Uint8Array;
	/** How far to look first, object units; then how far samples were from the surface at most. One number. */
	readonly reach: Float64Array;
	/** Samples for which the nearest point was taken, so far. */
	fallbacks: number;
};

export const NO_HIT = -1;

export const newBlock = (): Block => ({
	count: 0,
	points: new Float64Array(3 * BLOCK),
	directions: new Float64Array(3 * BLOCK),
	triangles: new Int32Array(BLOCK),
	weights: new Float64Array(2 * BLOCK),
	along: new Float64Array(BLOCK),
	back: new Uint8Array(BLOCK),
	reach: new Float64Array(1),
	fallbacks: 0,
});

/** Triangles near a block that are tested against all of its samples; where there are more, samples walk the tree. */
const MAX_CANDIDATES = 256;
const TOO_MANY = -1;
/** Plane (normal, offset), then the two planes whose values are the weights of the second and the third corner. */
const WORDS = 12;
/** Weights this far below 0 are on the edge: two triangles leave no crack between them. */
const SLACK = 1e-7;

const planes = new Float64Array(WORDS * MAX_CANDIDATES);
const candidates = new Int32Array(MAX_CANDIDATES);
const stack = new Int32Array(128);
const hit = newHit();
const nearest = newNearest();
const other = newNearest();
/** The nearest point of the sample before. */
const last = newNearest();

/**
 * Finds what each sample of a block sees: along its direction, outwards and inwards alike, the nearest triangle that
 * faces outwards, at most `cage` away; else the nearest point of the surface, of those that face outwards if one is
 * near.
 *
 * Neighbouring texels see the same few triangles. So these are gathered once for the block, from the box around
 * segments of length `reach` (what the block before needed), and each sample is tested against all of them: some twelve
 * multiplications a test and no tree. A hit within `reach` is the nearest there is. Samples without one are tested
 * again, with what lies in the box around segments as long as the cage; only where that is too much do they walk the
 * tree.
 */
export function findHits(target: Target, block: Block, cage: number): void {
	const { count, triangles, along, back } = block;
	triangles.fill(NO_HIT, 0, count);
	back.fill(0, 0, count);
	const reach = Math.min(cage, block.reach[0]);
	const found = gatherCandidates(target.bvh, block, reach);
	let open = count - (found > 0 ? testCandidates(block, reach, found) : 0);
	if (open > 0 && reach < cage) {
		const more = gatherCandidates(target.bvh, block, cage);
		if (more > 0) open -= testCandidates(block, cage, more);
		if (open > 0) askTree(target, block, cage, more === TOO_MANY);
	} else if (open > 0) askTree(target, block, cage, found === TOO_MANY);
	let farthest = 0;
	for (let n = 0; n < count; n++) if (Math.abs(along[n]) > farthest) farthest = Math.abs(along[n]);
	block.reach[0] = farthest;
}

/** Tests the samples that have no hit yet; returns how many have one now. */
function testCandidates({ count, points, directions, triangles, weights, along }: Block, reach: number, found: number) {
	let last = 0;
	let met = 0;
	for (let n = 0; n < count; n++) {
		if (triangles[n] !== NO_HIT) continue;
		const px = points[3 * n];
		const py = points[3 * n + 1];
		const pz = points[3 * n + 2];
		const dx = directions[3 * n];
		const dy = directions[3 * n + 1];
		const dz = directions[3 * n + 2];
		let best = reach;
		let bestT = 0;
		let bestU = 0;
		let bestV = 0;
		let bestK = -1;
		for (let i = -1; i < found; i++) {
			// What the sample before saw comes first: the others are then mostly rejected by their plane.
			if (i === last) continue;
			const k = i < 0 ? last : i;
			const o = WORDS * k;
			const facing = planes[o] * dx + planes[o + 1] * dy + planes[o + 2] * dz;
			if (!(facing > 0)) continue;
			const height = planes[o + 3] - (planes[o] * px + planes[o + 1] * py + planes[o + 2] * pz);
			if (Math.abs(height) > best * facing) continue;
			const t = height / facing;
			const x = px + t * dx;
			const y = py + t * dy;
			const z = pz + t * dz;
			const u = planes[o + 4] * x + planes[o + 5] * y + planes[o + 6] * z - planes[o + 7];
			if (!(u >= -SLACK)) continue;
			const v = planes[o + 8] * x + planes[o + 9] * y + planes[o + 10] * z - planes[o + 11];
			if (!(v >= -SLACK && u + v <= 1 + SLACK)) continue;
			best = Math.abs(t);
			bestT = t;
			bestU = u;
			bestV = v;
			bestK = k;
		}
		if (bestK < 0) continue;
		met++;
		last = bestK;
		triangles[n] = candidates[bestK];
		weights[2 * n] = Math.min(1, Math.max(0, bestU));
		weights[2 * n + 1] = Math.min(1, Math.max(0, bestV));
		along[n] = bestT;
	}
	return met;
}

/** Answers the samples that still have no hit: by rays, where there may be one, then by the nearest point. */
function askTree(target: Target, block: Block, cage: number, mayHit: boolean): void {
	last.triangle = NO_HIT;
	for (let n = 0; n < block.count; n++) {
		if (block.triangles[n] !== NO_HIT) continue;
		if (mayHit && castBothWays(target.bvh, block, n, cage)) continue;
		fallBack(target, block, n, cage);
	}
}

/** Lists the triangles that meet the box of all segments without a hit, with their planes; or says TOO_MANY. */
function gatherCandidates(bvh: Bvh, { count, points, directions, triangles }: Block, reach: number): number {
	let x0 = Infinity;
	let y0 = Infinity;
	let z0 = Infinity;
	let x1 = -Infinity;
	let y1 = -Infinity;
	let z1 = -Infinity;
	for (let i = 0; i < count; i++) {
		if (triangles[i] !== NO_HIT) continue;
		const n = 3 * i;
		const rx = Math.abs(directions[n]) * reach;
		const ry = Math.abs(directions[n + 1]) * reach;
		const rz = Math.abs(directions[n + 2]) * reach;
		if (points[n] - rx < x0) x0 = points[n] - rx;
		if (points[n] + rx > x1) x1 = points[n] + rx;
		if (points[n + 1] - ry < y0) y0 = points[n + 1] - ry;
		if (points[n + 1] + ry > y1) y1 = points[n + 1] + ry;
		if (points[n + 2] - rz < z0) z0 = points[n + 2] - rz;
		if (points[n + 2] + rz > z1) z1 = points[n + 2] + rz;
	}
	const { nodes, links, corners, triangleOf } = bvh;
	let found = 0;
	let top = 0;
	stack[top++] = 0;
	while (top > 0) {
		const link = stack[--top];
		if (link >= 0) {
			for (let side = 0; side < 2; side++) {
				const o = link * NODE_WORDS + 6 * side;
				if (
					nodes[o] <= x1 &&
					nodes[o + 3] >= x0 &&
					nodes[o + 1] <= y1 &&
					nodes[o + 4] >= y0 &&
					nodes[o + 2] <= z1 &&
					nodes[o + 5] >= z0
				)
					stack[top++] = links[link * NODE_WORDS + LINKS + side];
			}
			continue;
		}
		const first = leafFirst(link);
		const end = first + leafCount(link);
		for (let i = first; i < end; i++) {
			const o = 9 * i;
			const ax = corners[o];
			const ay = corners[o + 1];
			const az = corners[o + 2];
			const bx = corners[o + 3];
			const by = corners[o + 4];
			const bz = corners[o + 5];
			const cx = corners[o + 6];
			const cy = corners[o + 7];
			const cz = corners[o + 8];
			if ((ax < x0 && bx < x0 && cx < x0) || (ax > x1 && bx > x1 && cx > x1)) continue;
			if ((ay < y0 && by < y0 && cy < y0) || (ay > y1 && by > y1 && cy > y1)) continue;
			if ((az < z0 && bz < z0 && cz < z0) || (az > z1 && bz > z1 && cz > z1)) continue;
			const ux = bx - ax;
			const uy = by - ay;
			const uz = bz - az;
			const vx = cx - ax;
			const vy = cy - ay;
			const vz = cz - az;
			const nx = uy * vz - uz * vy;
			const ny = uz * vx - ux * vz;
			const nz = ux * vy - uy * vx;
			const squared = nx * nx + ny * ny + nz * nz;
			if (!(squared > 0)) continue;
			if (found === MAX_CANDIDATES) return TOO_MANY;
			const inverse = 1 / squared;
			const w = WORDS * found;
			const sx = (vy * nz - vz * ny) * inverse;
			const sy = (vz * nx - vx * nz) * inverse;
			const sz = (vx * ny - vy * nx) * inverse;
			const tx = (ny * uz - nz * uy) * inverse;
			const ty = (nz * ux - nx * uz) * inverse;
			const tz = (nx * uy - ny * ux) * inverse;
			planes[w] = nx;
			planes[w + 1] = ny;
			planes[w + 2] = nz;
			planes[w + 3] = nx * ax + ny * ay + nz * az;
			planes[w + 4] = sx;
			planes[w + 5] = sy;
			planes[w + 6] = sz;
			planes[w + 7] = sx * ax + sy * ay + sz * az;
			planes[w + 8] = tx;
			planes[w + 9] = ty;
			planes[w + 10] = tz;
			planes[w + 11] = tx * ax + ty * ay + tz * az;
			candidates[found++] = triangleOf[i];
		}
	}
	return found;
}

/** One ray outwards through back sides, one inwards onto front sides; the nearer hit counts. */
function castBothWays(bvh: Bvh, { points, directions, triangles, weights, along }: Block, n: number, cage: number) {
	const px = points[3 * n];
	const py = points[3 * n + 1];
	const pz = points[3 * n + 2];
	const dx = directions[3 * n];
	const dy = directions[3 * n + 1];
	const dz = directions[3 * n + 2];
	let most = cage;
	let met = false;
	if (firstHit(bvh, px, py, pz, dx, dy, dz, 0, most, hit, -1, BACK_FACES)) {
		met = true;
		most = hit.t;
		triangles[n] = hit.triangle;
		weights[2 * n] = hit.u;
		weights[2 * n + 1] = hit.v;
		along[n] = hit.t;
	}
	if (firstHit(bvh, px, py, pz, -dx, -dy, -dz, 0, most, hit, -1, FRONT_FACES) && (!met || hit.t < most)) {
		met = true;
		triangles[n] = hit.triangle;
		weights[2 * n] = hit.u;
		weights[2 * n + 1] = hit.v;
		along[n] = -hit.t;
	}
	return met;
}

/** The nearest point; if its triangle looks the other way, the nearest from the cage, if that one does not. */
function fallBack({ surface, bvh }: Target, block: Block, n: number, cage: number): void {
	const { points, directions, triangles, weights, along, back } = block;
	along[n] = 0;
	block.fallbacks++;
	const px = points[3 * n];
	const py = points[3 * n + 1];
	const pz = points[3 * n + 2];
	// No farther than what the sample before found.
	const known = last.triangle === NO_HIT ? Infinity : Math.hypot(last.x - px, last.y - py, last.z - pz);
	if (!nearestPoint(bvh, px, py, pz, known * (1 + 1e-9), nearest)) return;
	last.x = nearest.x;
	last.y = nearest.y;
	last.z = nearest.z;
	last.triangle = nearest.triangle;
	let chosen = nearest;
	const dx = directions[3 * n];
	const dy = directions[3 * n + 1];
	const dz = directions[3 * n + 2];
	if (!(facing(surface, nearest.triangle, dx, dy, dz) > 0)) {
		const seen =
			nearestPoint(bvh, px + cage * dx, py + cage * dy, pz + cage * dz, Infinity, other) &&
			facing(surface, other.triangle, dx, dy, dz) > 0;
		if (seen) chosen = other;
		else back[n] = 1;
	}
	triangles[n] = chosen.triangle;
	weights[2 * n] = chosen.u;
	weights[2 * n + 1] = chosen.v;
}

/** Positive where the triangle looks along the direction. */
function facing({ positions, triangles }: Target['surface'], t: number, x: number, y: number, z: number): number {
	const a = 3 * triangles[3 * t];
	const b = 3 * triangles[3 * t + 1];
	const c = 3 * triangles[3 * t + 2];
	const ux = positions[b] - positions[a];
	const uy = positions[b + 1] - positions[a + 1];
	const uz = positions[b + 2] - positions[a + 2];
	const vx = positions[c] - positions[a];
	const vy = positions[c + 1] - positions[a + 1];
	const vz = positions[c + 2] - positions[a + 2];
	return (uy * vz - uz * vy) * x + (uz * vx - ux * vz) * y + (ux * vy - uy * vx) * z;
}
