import type { Vector3 } from '../math/vector3.ts';
import type { Adjacency } from './adjacency.ts';
import { extents } from './extents.ts';
import { LOOKS } from './looks.ts';
import { REGION_SUMS, Region, RIM_SUMS, Rim, SEAM_SUMS, Seam } from './sums.ts';

/**
 * What is known of two neighbouring regions when asked whether they are one part. Dimensionless or in model sizes, the
 * same when the two are exchanged. A score (by hand or learned) sees these numbers and nothing else.
 *
 * Based on:
 * - Kalogerakis, Hertzmann, Singh. Learning 3D mesh segmentation and labeling. 2010. [kalogerakis2010]
 * - Jones, Habib, Ritchie. SHRED: 3D shape region decomposition with learned local operations. 2022. [jones2022]
 */
export const PAIR_FEATURES = [
	/** Logarithm of the smaller one's share of the model's area, and of its ratio to the larger one's. */
	'smallArea',
	'areaRatio',
	/** Mean turning along the seam: inward and outward, at the fine and the coarse scale. */
	'concaveFine',
	'convexFine',
	'concaveCoarse',
	'convexCoarse',
	/** Share of the seam that is an inward crease. */
	'creased',
	/** How much more the seam turns inward than the two regions do inside: a bump on a bumpy surface has none. */
	'contrastFine',
	'contrastCoarse',
	/** Mean turning inside the two regions, either way. */
	'roughness',
	/** Mean jump of the logarithm of thickness across the seam; difference between the two means; larger spread. */
	'thicknessJump',
	'thicknessGap',
	'thicknessSpread',
	/** Logarithm of the thickness at the seam minus the smaller and the larger of the two means: a neck is negative. */
	'neckSmall',
	'neckLarge',
	/** Logarithm of the seam's length over the girth of a limb as thick as the seam. */
	'girth',
	/** Seam over the smaller one's perimeter, over the larger one's, over the root of the smaller one's area. */
	'sharedSmall',
	'sharedLarge',
	'seamLength',
	/** Logarithm of the inertia box of the union over the sum of the two boxes: 0 when they fill one box. */
	'hollow',
	/** How elongated the union and the two are: largest over middle extent. */
	'longUnion',
	'longest',
	/** How thin the union is: smallest over middle extent. */
	'flatUnion',
	/** Do the mean normals agree, and do they face away from each other (convex, positive) or toward each other? */
	'normals',
	'facing',
	/** Distance of the centroids over the root of both areas. */
	'apart',
	/** Share of the smaller one's area that touches without common edges; 1 when there is no common edge at all. */
	'contact',
	'loose',
	/** Share of the smaller one's area whose mirror image is the larger one; whose, and of the larger, is itself. */
	'mirrored',
	'mirrorSmall',
	'mirrorLarge',
	/** Distance of the two from the model's mirror plane, and their places along its longest direction in it. */
	'sideSmall',
	'sideLarge',
	'heightSmall',
	'heightLarge',
	/** Distance of the two from the model's middle. */
	'farSmall',
	'farLarge',
	/** Probability that points of the two look alike, and share of the seam along which the look changes. */
	'lookSame',
	'lookBorder',
	/** How much more the seam turns inward than the rest of the smaller one's rim does, and than the larger one's. */
	'rimFineSmall',
	'rimFineLarge',
	'rimCoarseSmall',
	'rimCoarseLarge',
	/** Logarithm of the seam's length over that of a circle as wide: 0 all around a limb, less for an arc. */
	'loop',
	/** Length of the mean normal: 0 where closed all around, 1 where flat. */
	'openUnion',
	'openSmall',
	'openLarge',
	/** Logarithm of the area over that of a box of the same extents: large when bent or of many fine pieces. */
	'fillUnion',
	'fillSmall',
	'fillLarge',
	/** Logarithm of the number of regions that are left. */
	'left',
	/** What the model as a whole is like; see `ModelTraits`. */
	'modelRough',
	'modelConcave',
	'modelThick',
	'modelArea',
	'modelLong',
	'modelFlat',
	'modelMirror',
] as const;

const TINY = 1e-9;
/** A seam counts as at least this wide: mean square distance from its middle, in model sizes. */
const NARROW = 1e-6;

/** Measures the seam's two regions into `out`, one number for each of PAIR_FEATURES. */
export function measurePair(adjacency: Adjacency, s: number, out: Float64Array): void {
	const { region, seam, rim, totalArea, traits } = adjacency;
	const p = adjacency.seamA[s] * REGION_SUMS;
	const q = adjacency.seamB[s] * REGION_SUMS;
	const a = region[p + Region.area] <= region[q + Region.area] ? p : q;
	const b = a === p ? q : p;
	const row = s * SEAM_SUMS;
	const areaA = region[a + Region.area] + TINY;
	const areaB = region[b + Region.area] + TINY;
	const length = seam[row + Seam.length];
	const contact = seam[row + Seam.contact];
	const joined = length > 0;
	const over = joined ? 1 / length : 0;
	const meanA = region[a + Region.thickness] / areaA;
	const meanB = region[b + Region.thickness] / areaB;
	const atSeam = joined ? seam[row + Seam.thickness] * over : (meanA + meanB) / 2;
	const spreadA = Math.sqrt(Math.max(0, region[a + Region.thicknessSquare] / areaA - meanA * meanA));
	const spreadB = Math.sqrt(Math.max(0, region[b + Region.thicknessSquare] / areaB - meanB * meanB));
	const extentA = extents(region, a, -1);
	const longA = extentA.long;
	const boxA = extentA.box;
	const fillA = extentA.fill;
	const extentB = extents(region, b, -1);
	const longB = extentB.long;
	const boxB = extentB.box;
	const fillB = extentB.fill;
	const union = extents(region, a, b);
	let dot = 0;
	let facing = 0;
	let square = 0;
	let open = 0;
	let openA = 0;
	let openB = 0;
	let wide = joined ? seam[row + Seam.square] * over : 0;
	for (let axis = 0; axis < 3; axis++) {
		const x = region[b + Region.position + axis] / areaB - region[a + Region.position + axis] / areaA;
		const n = region[a + Region.normal + axis] / areaA;
		const m = region[b + Region.normal + axis] / areaB;
		dot += n * m;
		facing += (m - n) * x;
		square += x * x;
		open += (areaA * n + areaB * m) ** 2;
		openA += n * n;
		openB += m * m;
		wide -= (seam[row + Seam.position + axis] * over) ** 2;
	}
	const distance = Math.sqrt(square);
	let i = 0;
	out[i++] = Math.log(areaA / totalArea);
	out[i++] = Math.log(areaA / areaB);
	out[i++] = seam[row + Seam.concaveFine] * over;
	out[i++] = seam[row + Seam.convexFine] * over;
	out[i++] = seam[row + Seam.concaveCoarse] * over;
	out[i++] = seam[row + Seam.convexCoarse] * over;
	out[i++] = seam[row + Seam.creased] * over;
	const inner = region[a + Region.innerLength] + region[b + Region.innerLength] + TINY;
	const innerFine = (region[a + Region.innerConcaveFine] + region[b + Region.innerConcaveFine]) / inner;
	const innerCoarse = (region[a + Region.innerConcaveCoarse] + region[b + Region.innerConcaveCoarse]) / inner;
	out[i++] = joined ? seam[row + Seam.concaveFine] * over - innerFine : 0;
	out[i++] = joined ? seam[row + Seam.concaveCoarse] * over - innerCoarse : 0;
	out[i++] = (region[a + Region.innerTurn] + region[b + Region.innerTurn]) / inner;
	out[i++] = seam[row + Seam.thicknessJump] * over;
	out[i++] = Math.abs(meanA - meanB);
	out[i++] = Math.max(spreadA, spreadB);
	out[i++] = atSeam - Math.min(meanA, meanB);
	out[i++] = atSeam - Math.max(meanA, meanB);
	out[i++] = joined ? Math.log((length + TINY) / (Math.PI * Math.exp(atSeam))) : 0;
	out[i++] = length / (region[a + Region.perimeter] + TINY);
	out[i++] = length / (region[b + Region.perimeter] + TINY);
	out[i++] = length / Math.sqrt(areaA);
	out[i++] = Math.log(union.box / (boxA + boxB));
	out[i++] = Math.log(union.long);
	out[i++] = Math.log(Math.max(longA, longB));
	out[i++] = union.flat;
	out[i++] = dot;
	out[i++] = facing / (distance + TINY);
	out[i++] = distance / Math.sqrt(areaA + areaB);
	out[i++] = Math.min(1, contact / areaA);
	out[i++] = joined ? 0 : 1;
	out[i++] = Math.min(1, seam[row + Seam.mirror] / areaA);
	out[i++] = Math.min(1, region[a + Region.mirror] / areaA);
	out[i++] = Math.min(1, region[b + Region.mirror] / areaB);
	const { across, offset, up } = traits;
	out[i++] = Math.abs(along(region, a, across) / areaA - offset);
	out[i++] = Math.abs(along(region, b, across) / areaB - offset);
	out[i++] = along(region, a, up) / areaA;
	out[i++] = along(region, b, up) / areaB;
	out[i++] = Math.sqrt(along(region, a, undefined)) / areaA;
	out[i++] = Math.sqrt(along(region, b, undefined)) / areaB;
	let same = 0;
	for (let k = Region.looks; k < Region.looks + LOOKS; k++) same += region[a + k] * region[b + k];
	out[i++] = same / (areaA * areaB);
	out[i++] = joined ? seam[row + Seam.border] * over : 0;
	const rimA = (a / REGION_SUMS) * RIM_SUMS;
	const rimB = (b / REGION_SUMS) * RIM_SUMS;
	const restA = region[a + Region.perimeter] - length;
	const restB = region[b + Region.perimeter] - length;
	out[i++] = beyondRest(seam[row + Seam.concaveFine], length, rim[rimA + Rim.concaveFine], restA);
	out[i++] = beyondRest(seam[row + Seam.concaveFine], length, rim[rimB + Rim.concaveFine], restB);
	out[i++] = beyondRest(seam[row + Seam.concaveCoarse], length, rim[rimA + Rim.concaveCoarse], restA);
	out[i++] = beyondRest(seam[row + Seam.concaveCoarse], length, rim[rimB + Rim.concaveCoarse], restB);
	out[i++] = joined ? Math.log(length / (2 * Math.PI * Math.sqrt(Math.max(NARROW, wide)))) : 0;
	out[i++] = Math.sqrt(open) / (areaA + areaB);
	out[i++] = Math.sqrt(openA);
	out[i++] = Math.sqrt(openB);
	out[i++] = Math.log(union.fill);
	out[i++] = Math.log(fillA);
	out[i++] = Math.log(fillB);
	out[i++] = Math.log(adjacency.left);
	out[i++] = traits.rough;
	out[i++] = traits.concave;
	out[i++] = traits.thick;
	out[i++] = traits.area;
	out[i++] = traits.long;
	out[i++] = traits.flat;
	out[i++] = traits.mirror;
}

/** Mean inward turning along a seam minus that along the rest of a region's rim; 0 without a common edge. */
function beyondRest(turn: number, length: number, rim: number, rest: number): number {
	if (!(length > 0)) return 0;
	return turn / length - (rest > TINY ? (rim - turn) / rest : 0);
}

/** A region's area times its place along a direction, or, without one, times its distance from the middle, squared. */
function along(region: Float64Array, r: number, direction: Vector3 | undefined): number {
	const x = region[r + Region.position];
	const y = region[r + Region.position + 1];
	const z = region[r + Region.position + 2];
	return direction ? x * direction[0] + y * direction[1] + z * direction[2] : x * x + y * y + z * z;
}
