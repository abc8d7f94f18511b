import { describe, expect, it } from 'vitest';
import { cutTree } from '../../src/segmentation/cut.ts';
import type { MergeTree } from '../../src/segmentation/merge.ts';
import type { RegionTable } from '../../src/segmentation/region-table.ts';
import { countParts, tidyParts } from '../../src/segmentation/tidy.ts';

const STUD = 0.01;

/** A shield with studs on it; `sewn` of them have edges in common with it, the others only touch it. */
function studded(studs: number, sewn: number): RegionTable {
	const regions = Array.from({ length: studs + 1 }, (_, r) => r);
	return {
		area: Float64Array.from(regions, (r) => (r === 0 ? 1 - studs * STUD : STUD)),
		triangles: new Uint32Array(regions.length).fill(10),
		firstTriangle: Uint32Array.from(regions, (r) => 10 * r),
		seamA: new Uint32Array(studs),
		seamB: Uint32Array.from(regions.slice(1)),
		seamLength: Float64Array.from({ length: studs }, (_, s) => (s < sewn ? 0.1 : 0)),
		cling: new Float64Array(studs).fill(0.05),
		images: [],
		walls: [],
		size: 1,
		totalArea: 1,
	};
}
/** Nothing is sure. */
const treeOf = ({ area }: RegionTable): MergeTree => ({
	regions: area.length,
	left: Uint32Array.from({ length: area.length - 1 }, (_, k) => (k === 0 ? 0 : area.length + k - 1)),
	right: Uint32Array.from({ length: area.length - 1 }, (_, k) => k + 1),
	score: new Float32Array(area.length - 1),
});
const cut = (table: RegionTable, granularity: number, minPartSize = 0.003): number =>
	countParts(table, cutTree(treeOf(table), table, { parts: undefined, granularity, minPartSize, maxParts: 256 }));

describe('tidying', () => {
	it('gives the loose studs of a model of many pieces to what they lie on, those that have edges stay', () => {
		expect(cut(studded(30, 0), 0.5)).toBe(1);
		expect(cut(studded(40, 10), 0.5)).toBe(11);
	});

	it('keeps them where pieces are few, where all is wanted, and where no size is too small', () => {
		expect(cut(studded(12, 0), 0.5)).toBe(13);
		expect(cut(studded(30, 0), 1)).toBe(31);
		expect(cut(studded(30, 0), 0.5, 0)).toBe(31);
	});

	it('has as many parts or more with finer granularity', () => {
		const counts = [0, 0.25, 0.5, 0.75, 1].map((granularity) => cut(studded(30, 0), granularity));
		expect(counts).toEqual(counts.toSorted((a, b) => a - b));
	});

	it('gives a patch that nothing holds to its surroundings; what a crease or a look holds, or is round, stays', () => {
		const patch = (seam: number, cling: number): RegionTable => ({
			...studded(1, 1),
			seamLength: Float64Array.of(seam),
			cling: Float64Array.of(cling * seam),
		});
		expect(cut(patch(0.6, 1), 0.5)).toBe(1);
		expect(cut(patch(0.6, 0.1), 0.5)).toBe(2);
		// As a disc, or less: a knob.
		expect(cut(patch(0.35, 0.5), 0.5)).toBe(2);
	});

	it('numbers parts by their first region and leaves what is large enough alone', () => {
		const table = studded(12, 12);
		const own = Uint32Array.from(table.area.keys());
		expect(tidyParts(table, own, STUD / 2, 256)).toEqual(own);
		expect(countParts(table, tidyParts(table, own, 0, 4))).toBe(4);
	});
});
