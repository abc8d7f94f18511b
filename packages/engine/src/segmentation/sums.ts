import { LOOKS } from './looks.ts';

/** Columns of `Adjacency.region`. */
export const Region = {
	area: 0,
	/** Area times position; 3 columns. */
	position: 1,
	/** Area times the products xx, xy, xz, yy, yz, zz of the position; 6 columns. */
	moments: 4,
	/** Area times normal; 3 columns. */
	normal: 10,
	/** Area times logarithm of thickness, and times its square. */
	thickness: 13,
	thicknessSquare: 14,
	/** Length of all seams around the region. */
	perimeter: 15,
	/** Length of the edges inside, and length times turning: inward at both scales, either way at the fine one. */
	innerLength: 16,
	innerConcaveFine: 17,
	innerConcaveCoarse: 18,
	innerTurn: 19,
	/** Area that is its own mirror image. */
	mirror: 20,
	/** Area of each look; LOOKS columns. */
	looks: 21,
} as const;
export const REGION_SUMS = 21 + LOOKS;

/** Columns of `Adjacency.seam`; all but `contact` are length times something. */
export const Seam = {
	length: 0,
	concaveFine: 1,
	convexFine: 2,
	concaveCoarse: 3,
	convexCoarse: 4,
	creased: 5,
	thickness: 6,
	thicknessJump: 7,
	/** 3 columns. */
	position: 8,
	square: 11,
	/** Area over which the two regions lie close without sharing edges. */
	contact: 12,
	/** Area of either region that is the mirror image of the other. */
	mirror: 13,
	/** Length of the seam along which the look changes. */
	border: 14,
} as const;
export const SEAM_SUMS = 15;

/** Columns of `Adjacency.rim`: length times inward turning, at both scales. */
export const Rim = { concaveFine: 0, concaveCoarse: 1 } as const;
export const RIM_SUMS = 2;
