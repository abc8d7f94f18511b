import type { Vector3 } from '../math/vector3.ts';
import { cross, dot, unit } from '../math/vector3.ts';
import { extents } from './extents.ts';
import type { Mirror } from './mirror.ts';
import { REGION_SUMS, Region, SEAM_SUMS, Seam } from './sums.ts';

/** What the model as a whole is like: people divide a bare body otherwise than an artist does a dressed one. */
export type ModelTraits = {
	/** Mean turning at edges, either way at the fine scale and inward at the coarse one, radians. */
	readonly rough: number;
	readonly concave: number;
	/** Mean logarithm of thickness. */
	readonly thick: number;
	/** Logarithm of the area in squares of the model's size. */
	readonly area: number;
	/** Largest over middle extent, and smallest over middle: logarithms as in the pair features. */
	readonly long: number;
	readonly flat: number;
	/** Share of the area that has a mirror image. */
	readonly mirror: number;
	/** Normal and offset of the mirror plane; zero where there is none. */
	readonly across: Vector3;
	readonly offset: number;
	/** Direction in the plane that the model is longest in, toward the end that reaches farther; zero without a plane. */
	readonly up: Vector3;
};

const NOWHERE: Vector3 = [0, 0, 0];

/** Measures the model from the sums of its regions and seams, before any is merged. */
export function measureTraits(
	regions: number,
	region: Float64Array,
	seam: Float64Array,
	plane: Pick<Mirror, 'normal' | 'offset'> | undefined,
): ModelTraits {
	const total = new Float64Array(REGION_SUMS);
	for (let i = 0; i < regions * REGION_SUMS; i++) total[i % REGION_SUMS] += region[i];
	let length = total[Region.innerLength];
	let turn = total[Region.innerTurn];
	let concave = total[Region.innerConcaveCoarse];
	let mirror = total[Region.mirror];
	for (let row = 0; row < seam.length; row += SEAM_SUMS) {
		length += seam[row + Seam.length];
		turn += seam[row + Seam.concaveFine] + seam[row + Seam.convexFine];
		concave += seam[row + Seam.concaveCoarse];
		mirror += 2 * seam[row + Seam.mirror];
	}
	const area = total[Region.area] + 1e-9;
	const { long, flat } = extents(total, 0, -1);
	return {
		rough: turn / (length + 1e-9),
		concave: concave / (length + 1e-9),
		thick: total[Region.thickness] / area,
		area: Math.log(area),
		long: Math.log(long),
		flat,
		mirror: Math.min(1, mirror / area),
		across: plane?.normal ?? NOWHERE,
		offset: plane?.offset ?? 0,
		up: plane ? longestIn(plane.normal, regions, region) : NOWHERE,
	};
}

/** Direction of largest extent at a right angle to `normal`; its sign is that of the third moment along it. */
function longestIn(normal: Vector3, regions: number, region: Float64Array): Vector3 {
	const steep = Math.abs(normal[1]) > 0.9;
	const u = unit(cross(normal, steep ? [1, 0, 0] : [0, 1, 0])) ?? NOWHERE;
	const v = cross(normal, u);
	let uu = 0;
	let uv = 0;
	let vv = 0;
	const centres: { readonly area: number; readonly at: Vector3 }[] = [];
	for (let row = 0; row < regions * REGION_SUMS; row += REGION_SUMS) {
		const area = region[row + Region.area];
		if (!(area > 0)) continue;
		const at = (axis: number): number => region[row + Region.position + axis] / area;
		const centre: Vector3 = [at(0), at(1), at(2)];
		centres.push({ area, at: centre });
		const x = dot(centre, u);
		const y = dot(centre, v);
		uu += area * x * x;
		uv += area * x * y;
		vv += area * y * y;
	}
	const angle = Math.atan2(2 * uv, uu - vv) / 2;
	const along: Vector3 = [0, 1, 2].map((k) => Math.cos(angle) * u[k] + Math.sin(angle) * v[k]) as unknown as Vector3;
	let third = 0;
	for (const { area, at } of centres) third += area * dot(at, along) ** 3;
	return third < 0 ? [-along[0], -along[1], -along[2]] : along;
}
