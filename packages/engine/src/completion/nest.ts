import { dot, minus, type Vector3 } from '../math/vector3.ts';
import type { Patch } from './patch.ts';

/** A loop's plane: its middle, unit normal by the direction that a cap runs in, and area. */
type Plane = { readonly centre: Vector3; readonly normal: Vector3; readonly area: number };

/**
 * Loops that one flat cap closes together: each that lies in the plane of a larger one, within it and running the other
 * way, with that. So are the places where a board stands on another board that goes on around it, and where the two leave a
 * hollow between them: a lid on each by itself would be counted twice.
 *
 * @returns Groups of two loops and more, the outer one first; by number of the loop.
 */
export function nestLoops({ positions, loops }: Patch): number[][] {
	if (loops.length < 2) return [];
	const planes = loops.map((loop) => planeOf(positions, loop));
	const groups = new Map<number, number[]>();
	for (let inner = 0; inner < loops.length; inner++) {
		const hole = planes[inner];
		if (!hole) continue;
		let best = -1;
		for (let outer = 0; outer < loops.length; outer++) {
			const plane = planes[outer];
			if (outer === inner || !plane || plane.area <= hole.area || (best >= 0 && plane.area >= planes[best]!.area))
				continue;
			if (dot(plane.normal, hole.normal) > -PARALLEL) continue;
			const off = dot(plane.normal, minus(hole.centre, plane.centre));
			if (Math.abs(off) > FLAT * Math.sqrt(plane.area)) continue;
			if (isWithin(positions, loops[outer], plane, hole.centre)) best = outer;
		}
		if (best < 0) continue;
		const group = groups.get(best);
		if (group) group.push(inner);
		else groups.set(best, [best, inner]);
	}
	return [...groups.values()];
}

/** Greatest distance from the plane of a flat loop, in roots of its area. */
const FLAT = 0.01;
/** Cosine between the normals of two loops in one plane. */
const PARALLEL = 0.999;

/** The plane of a loop; nothing where it is not flat. */
export function planeOf(positions: ArrayLike<number>, loop: ArrayLike<number>): Plane | undefined {
	const centre: [number, number, number] = [0, 0, 0];
	const sum = [0, 0, 0];
	const o = 3 * loop[0];
	for (let i = 0; i < loop.length; i++) {
		const a = 3 * loop[i];
		const b = 3 * loop[i + 1 < loop.length ? i + 1 : 0];
		for (let k = 0; k < 3; k++) {
			const l = (k + 1) % 3;
			const m = (k + 2) % 3;
			centre[k] += positions[a + k] / loop.length;
			sum[k] +=
				((positions[a + l] - positions[o + l]) * (positions[b + m] - positions[o + m]) -
					(positions[a + m] - positions[o + m]) * (positions[b + l] - positions[o + l])) /
				2;
		}
	}
	const area = Math.hypot(sum[0], sum[1], sum[2]);
	if (!(area > 0)) return undefined;
	const normal: Vector3 = [sum[0] / area, sum[1] / area, sum[2] / area];
	for (let i = 0; i < loop.length; i++) {
		const at: Vector3 = [positions[3 * loop[i]], positions[3 * loop[i] + 1], positions[3 * loop[i] + 2]];
		if (!(Math.abs(dot(normal, minus(at, centre))) <= FLAT * Math.sqrt(area))) return undefined;
	}
	return { centre, normal, area };
}

/** Whether a point of the plane is within a loop of it: counted along the axis that the plane is least across of. */
function isWithin(
	positions: ArrayLike<number>,
	loop: ArrayLike<number>,
	{ normal }: Plane,
	at: readonly number[],
): boolean {
	const away = [0, 1, 2].reduce((k, l) => (Math.abs(normal[l]) > Math.abs(normal[k]) ? l : k), 0);
	const u = (away + 1) % 3;
	const v = (away + 2) % 3;
	let isIn = false;
	for (let i = 0; i < loop.length; i++) {
		const a = 3 * loop[i];
		const b = 3 * loop[i + 1 < loop.length ? i + 1 : 0];
		if (positions[a + v] > at[v] === positions[b + v] > at[v]) continue;
		const share = (at[v] - positions[a + v]) / (positions[b + v] - positions[a + v]);
		if (positions[a + u] + share * (positions[b + u] - positions[a + u]) > at[u]) isIn = !isIn;
	}
	return isIn;
}
