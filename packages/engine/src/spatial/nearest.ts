import { type Bvh, LINKS, leafCount, leafFirst, NODE_WORDS } from './bvh.ts';

/** The nearest point of the surface. Made once by the caller and written by every query that returns true. */
export type Nearest = {
	x: number;
	y: number;
	z: number;
	/** From the query to the point, object units. */
	distance: number;
	triangle: number;
	/** Weights of the triangle's second and third vertex; the first has 1 - u - v. */
	u: number;
	v: number;
};

export const newNearest = (): Nearest => ({ x: 0, y: 0, z: 0, distance: 0, triangle: -1, u: 0, v: 0 });

/**
 * Nearest point of the surface to (x, y, z), among those at most `maxDistance` away. Returns false, and leaves `out` as
 * it was, where there is none. Allocates nothing.
 *
 * Among equally near triangles the one with the lowest number wins. Triangles without area count as the segment or
 * point that they are.
 *
 * The point on a triangle is the foot of the perpendicular, or lies on an edge that the foot is beyond. The regions of
 * Ericson. Real-time collision detection, 5.1.5. 2005, need a test less, but their products cancel on needles.
 */
export function nearestPoint(bvh: Bvh, x: number, y: number, z: number, maxDistance: number, out: Nearest): boolean {
	const { nodes, links, corners, triangleOf, stack, stackNear } = bvh;
	let best = maxDistance * maxDistance;
	let bestPlace = -1;
	let bestTriangle = 0xffffffff;
	let bestU = 0;
	let bestV = 0;
	let top = 0;
	let link = 0;
	for (;;) {
		if (link >= 0) {
			const o = link * NODE_WORDS;
			const near0 = squaredDistanceToBox(nodes, o, x, y, z);
			const near1 = squaredDistanceToBox(nodes, o + 6, x, y, z);
			if (near0 <= best) {
				if (near1 <= best) {
					const swap = near1 < near0;
					stack[top] = links[o + LINKS + (swap ? 0 : 1)];
					stackNear[top++] = swap ? near0 : near1;
					link = links[o + LINKS + (swap ? 1 : 0)];
				} else link = links[o + LINKS];
				continue;
			}
			if (near1 <= best) {
				link = links[o + LINKS + 1];
				continue;
			}
		} else {
			const first = leafFirst(link);
			const end = first + leafCount(link);
			for (let i = first; i < end; i++) {
				const o = 9 * i;
				const abx = corners[o + 3] - corners[o];
				const aby = corners[o + 4] - corners[o + 1];
				const abz = corners[o + 5] - corners[o + 2];
				const acx = corners[o + 6] - corners[o];
				const acy = corners[o + 7] - corners[o + 1];
				const acz = corners[o + 8] - corners[o + 2];
				const apx = x - corners[o];
				const apy = y - corners[o + 1];
				const apz = z - corners[o + 2];
				const d1 = abx * apx + aby * apy + abz * apz;
				const d2 = acx * apx + acy * apy + acz * apz;
				const abab = abx * abx + aby * aby + abz * abz;
				const abac = abx * acx + aby * acy + abz * acz;
				const acac = acx * acx + acy * acy + acz * acz;
				const area = abab * acac - abac * abac;
				const flat = area <= NEEDLE * abab * acac;
				// Weights of the foot of the perpendicular, times area.
				const pu = acac * d1 - abac * d2;
				const pv = abab * d2 - abac * d1;
				let u = 0;
				let v = 0;
				if (!flat && pu >= 0 && pv >= 0 && pu + pv <= area) {
					u = pu / area;
					v = pv / area;
				} else {
					// Outside: the nearest point is on one of the edges whose weight is negative.
					let least = Infinity;
					if (flat || pv < 0) {
						const s = abab > 0 ? Math.min(1, Math.max(0, d1 / abab)) : 0;
						least = s * (s * abab - 2 * d1);
						u = s;
					}
					if (flat || pu < 0) {
						const s = acac > 0 ? Math.min(1, Math.max(0, d2 / acac)) : 0;
						const rise = s * (s * acac - 2 * d2);
						if (rise < least) {
							least = rise;
							u = 0;
							v = s;
						}
					}
					if (flat || pu + pv > area) {
						const bcbc = abab - 2 * abac + acac;
						const s = bcbc > 0 ? Math.min(1, Math.max(0, (d2 - d1 + abab - abac) / bcbc)) : 0;
						const rise = abab - 2 * d1 + s * (s * bcbc - 2 * (d2 - d1 + abab - abac));
						if (rise < least) {
							u = 1 - s;
							v = s;
						}
					}
				}
				const ex = apx - u * abx - v * acx;
				const ey = apy - u * aby - v * acy;
				const ez = apz - u * abz - v * acz;
				const squared = ex * ex + ey * ey + ez * ez;
				if (!(squared <= best)) continue;
				const triangle = triangleOf[i];
				if (squared === best && triangle > bestTriangle) continue;
				best = squared;
				bestPlace = i;
				bestTriangle = triangle;
				bestU = u;
				bestV = v;
			}
		}
		do {
			if (top === 0) {
				if (bestPlace < 0) return false;
				const o = 9 * bestPlace;
				const w = 1 - bestU - bestV;
				out.x = w * corners[o] + bestU * corners[o + 3] + bestV * corners[o + 6];
				out.y = w * corners[o + 1] + bestU * corners[o + 4] + bestV * corners[o + 7];
				out.z = w * corners[o + 2] + bestU * corners[o + 5] + bestV * corners[o + 8];
				out.distance = Math.sqrt(best);
				out.triangle = bestTriangle;
				out.u = bestU;
				out.v = bestV;
				return true;
			}
			link = stack[--top];
		} while (stackNear[top] > best);
	}
}

/** Triangles whose squared area is below this share of their sides' product are taken as three segments. */
export const NEEDLE = 1e-14;

function squaredDistanceToBox(nodes: Float32Array, o: number, x: number, y: number, z: number): number {
	let dx = nodes[o] - x;
	let dy = nodes[o + 1] - y;
	let dz = nodes[o + 2] - z;
	if (dx < 0) dx = 0;
	if (dy < 0) dy = 0;
	if (dz < 0) dz = 0;
	if (x - nodes[o + 3] > dx) dx = x - nodes[o + 3];
	if (y - nodes[o + 4] > dy) dy = y - nodes[o + 4];
	if (z - nodes[o + 5] > dz) dz = z - nodes[o + 5];
	return dx * dx + dy * dy + dz * dz;
}
