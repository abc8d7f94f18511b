import { describe, expect, it } from 'vitest';
import { balanceParts } from '../../src/segmentation/balance.ts';
import type { MergeTree } from '../../src/segmentation/merge.ts';
import type { RegionTable } from '../../src/segmentation/region-table.ts';

// A bench: foot and leg on the left, foot and leg on the right, and the seat, which is its own image.
const [FOOT, LEG, FOOT_RIGHT, LEG_RIGHT, SEAT] = [0, 1, 2, 3, 4];
const AREA = [0.05, 0.2, 0.05, 0.2, 0.5];
const SEAMS = [
	[FOOT, LEG],
	[FOOT_RIGHT, LEG_RIGHT],
	[LEG, SEAT],
	[LEG_RIGHT, SEAT],
	[FOOT, SEAT],
	[FOOT_RIGHT, SEAT],
] as const;

function tableOf(cling: readonly number[], images = [FOOT, LEG].map((r) => [r, r + 2])): RegionTable {
	return {
		area: Float64Array.from(AREA),
		triangles: new Uint32Array(5).fill(10),
		firstTriangle: Uint32Array.from(AREA.keys()),
		seamA: Uint32Array.from(SEAMS, ([a]) => a),
		seamB: Uint32Array.from(SEAMS, ([, b]) => b),
		seamLength: new Float64Array(6).fill(0.1),
		cling: Float64Array.from(cling),
		images: [...images, [SEAT, SEAT]].map(([a, b]) => ({ a, b, area: AREA[a] })),
		walls: [],
		size: 1,
		totalArea: 1,
	};
}

/** Merges the foot and the leg of both sides, at these scores, before all else. */
const treeOf = (left: number, right: number): MergeTree => ({
	regions: 5,
	left: Uint32Array.of(FOOT_RIGHT, FOOT, 5, 6),
	right: Uint32Array.of(LEG_RIGHT, LEG, SEAT, 7),
	score: Float32Array.of(right, left, 0.2, 0.1),
});

const isJoined = (odds: number): boolean => odds > 0;
const even = tableOf([1, 1, 1, 1, 0, 0]);
const FOOT_ALONE = Uint32Array.of(0, 1, 2, 2, 3);

describe('balancing', () => {
	it('joins a foot that is alone on one side where both sides together are sure', () => {
		const partOf = balanceParts(treeOf(0.4, 0.7), even, FOOT_ALONE, isJoined);
		expect(partOf).toEqual(Uint32Array.of(1, 1, 2, 2, 3));
	});

	it('and takes the other one off its leg where they are not', () => {
		const partOf = balanceParts(treeOf(0.2, 0.6), even, FOOT_ALONE, isJoined);
		expect(partOf).toEqual(Uint32Array.of(0, 1, 4, 2, 3));
	});

	it('gives a foot that is with the seat on one side to what both feet cling to more', () => {
		const foot = Uint32Array.of(0, 0, 2, 1, 2);
		const toLegs = tableOf([3, 2, 1, 1, 1, 3]);
		expect(balanceParts(treeOf(0.9, 0.2), toLegs, foot, isJoined)).toEqual(Uint32Array.of(0, 0, 1, 1, 2));
		const toSeat = tableOf([1, 1, 1, 1, 1, 3]);
		expect(balanceParts(treeOf(0.9, 0.2), toSeat, foot, isJoined)).toEqual(Uint32Array.of(2, 0, 2, 1, 2));
	});

	it('leaves alone what has no image, and what is alike already', () => {
		const lopsided = tableOf([1, 1, 1, 1, 0, 0], [[LEG, LEG_RIGHT]]);
		expect(balanceParts(treeOf(0.4, 0.7), lopsided, FOOT_ALONE, isJoined)).toEqual(FOOT_ALONE);
		const alike = Uint32Array.of(0, 0, 1, 1, 2);
		expect(balanceParts(treeOf(0.9, 0.9), even, alike, isJoined)).toEqual(alike);
		expect(balanceParts(treeOf(0.9, 0.9), { ...even, images: [] }, FOOT_ALONE, isJoined)).toBe(FOOT_ALONE);
	});

	it('takes a slat that is its own image off one of two ends, unless it surely is a part of that', () => {
		const areas = [0.1, 0.35, 0.1, 0.35, 0.1];
		const slatted = {
			...even,
			area: Float64Array.from(areas),
			images: [
				[FOOT, FOOT_RIGHT],
				[LEG, LEG_RIGHT],
				[SEAT, SEAT],
			].map(([a, b]) => ({ a, b, area: areas[a] })),
		};
		const tree = (score: number): MergeTree => ({ ...treeOf(0.9, 0.9), score: Float32Array.of(0.9, 0.9, score, 0.1) });
		const withRight = Uint32Array.of(0, 0, 1, 1, 1);
		expect(balanceParts(tree(0.6), slatted, withRight, isJoined)).toEqual(Uint32Array.of(0, 0, 1, 1, 2));
		expect(balanceParts(tree(0.9), slatted, withRight, isJoined)).toEqual(withRight);
	});
});
