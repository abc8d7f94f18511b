import { dot, minus, type Vector3 } from '../math/vector3.ts';
import { type Mesh, next, prev } from '../mesh/mesh.ts';
import { type Bvh, bvhOf } from '../spatial/bvh.ts';
import { firstHit, newHit } from '../spatial/ray.ts';
import type { Patch } from './patch.ts';
import { seamOf } from './seam.ts';

/** A border loop of a patch as a disc through which the part goes on. Lengths in object units. */
export type Opening = {
	readonly middle: Vector3;
	/** Away from what is visible. */
	readonly axis: Vector3;
	/** Of a disc as large as the loop. */
	readonly radius: number;
	/** Of the patch's slope at the loop: along the axis, 1 where it goes on as a prism; outwards, positive where it widens. */
	readonly straight: number;
	readonly flare: number;
	/** How far the patch reaches behind the disc. */
	readonly behind: number;
	/** How far the inside of the whole goes on along the axis. */
	readonly far: number;
};

/** Stands for the openings of a patch that has none: every point is in its plane. */
export const NO_OPENING: Opening = {
	middle: [0, 0, 0],
	axis: [0, 0, 1],
	radius: Infinity,
	straight: 0,
	flare: 0,
	behind: 0,
	far: Infinity,
};

/** The openings of a patch. @param size Longest side of its box. */
export function openingsOf(patch: Patch, mesh: Mesh, size: number): Opening[] {
	const { positions, triangles, loops } = patch;
	const vertices = positions.length / 3;
	const across = new Map<number, number>();
	const { onLoop } = seamOf(patch);
	for (let c = 0; c < triangles.length; c++)
		if (onLoop[triangles[c]] && onLoop[triangles[next(c)]])
			across.set(triangles[c] * vertices + triangles[next(c)], triangles[prev(c)]);
	const inner = (a: number, b: number): number | undefined => across.get(b * vertices + a);
	return loops.map((loop) => openingOf(patch, loop, inner, bvhOf(mesh), size));
}

function openingOf(
	{ positions }: Patch,
	loop: Uint32Array,
	inner: (a: number, b: number) => number | undefined,
	whole: Bvh,
	size: number,
): Opening {
	const at = (v: number): Vector3 => [positions[3 * v], positions[3 * v + 1], positions[3 * v + 2]];
	const edges = Array.from(loop, (a, i) => {
		const b = loop[(i + 1) % loop.length];
		const p = at(a);
		const q = at(b);
		return { a, b, p, q, way: minus(q, p), length: Math.hypot(...minus(q, p)) };
	});
	const middle: [number, number, number] = [0, 0, 0];
	let length = 0;
	for (const { p, q, length: l } of edges) {
		length += l;
		for (let k = 0; k < 3; k++) middle[k] += (l * (p[k] + q[k])) / 2;
	}
	for (let k = 0; k < 3; k++) middle[k] /= Math.max(length, Number.MIN_VALUE);
	const area: [number, number, number] = [0, 0, 0];
	for (const { p, q } of edges) {
		const u = minus(p, middle);
		const v = minus(q, middle);
		area[0] += (u[1] * v[2] - u[2] * v[1]) / 2;
		area[1] += (u[2] * v[0] - u[0] * v[2]) / 2;
		area[2] += (u[0] * v[1] - u[1] * v[0]) / 2;
	}
	const disc = Math.hypot(...area);
	const axis: Vector3 =
		disc > LEAST_DISC * length * length ? [area[0] / disc, area[1] / disc, area[2] / disc] : [0, 0, 1];
	const radius = Math.max(Math.sqrt(disc / Math.PI), LEAST_RADIUS * size);
	let [straight, flare] = [0, 0];
	for (const { a, b, p, q, way, length: l } of edges) {
		const out = minus([(p[0] + q[0]) / 2, (p[1] + q[1]) / 2, (p[2] + q[2]) / 2], middle);
		const height = dot(out, axis);
		const w = inner(a, b);
		if (w === undefined || l === 0) continue;
		// In the patch's surface, across the border, away from the patch.
		const back = minus(p, at(w));
		const along = dot(back, way) / (l * l);
		const slope: Vector3 = [back[0] - along * way[0], back[1] - along * way[1], back[2] - along * way[2]];
		const radial: Vector3 = [out[0] - height * axis[0], out[1] - height * axis[1], out[2] - height * axis[2]];
		const steep = Math.hypot(...slope) || 1;
		straight += (l * dot(slope, axis)) / steep;
		flare += (l * dot(slope, radial)) / steep / (Math.hypot(...radial) || 1);
	}
	const total = Math.max(length, Number.MIN_VALUE);
	let behind = 0;
	const [dx, dy, dz] = axis;
	for (let i = 0; i < positions.length; i += 3) {
		const height =
			(positions[i] - middle[0]) * dx + (positions[i + 1] - middle[1]) * dy + (positions[i + 2] - middle[2]) * dz;
		behind = Math.max(behind, -height);
	}
	const o = OFF * radius;
	const hit = newHit();
	const most = FARTHEST * size;
	const isHit = firstHit(whole, middle[0] + o * dx, middle[1] + o * dy, middle[2] + o * dz, dx, dy, dz, 0, most, hit);
	return {
		middle,
		axis,
		radius,
		straight: straight / total,
		flare: flare / total,
		behind,
		far: isHit ? hit.t : most,
	};
}

/** Of the square of a loop's length: a loop around less is a slit. */
const LEAST_DISC = 1e-12;
/** Shares of the patch's size. */
const LEAST_RADIUS = 1e-3;
/** Rays that hit nothing nearer than so many sizes of the patch end there. */
export const FARTHEST = 4;
/** Of the radius: rays start so far beyond the disc. */
const OFF = 0.02;
