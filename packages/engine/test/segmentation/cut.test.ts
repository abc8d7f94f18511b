import { describe, expect, it } from 'vitest';
import { mergesAbove } from '../../src/segmentation/cut.ts';
import type { MergeTree } from '../../src/segmentation/merge.ts';

/** Regions that join one after the other, at the score of each merge. */
const chain = (scores: readonly number[]): MergeTree => ({
	regions: scores.length + 1,
	left: Uint32Array.from(scores, (_, k) => (k === 0 ? 0 : scores.length + k)),
	right: Uint32Array.from(scores, (_, k) => k + 1),
	score: Float32Array.from(scores),
});
// All different: merges of one score are mirror images.
const falling = (count: number, from: number): number[] => Array.from({ length: count }, (_, k) => from - 1e-4 * k);
const areas = (large: number, crumbs: number, crumb: number): Float64Array =>
	Float64Array.from({ length: large + crumbs }, (_, r) => (r < large ? 1 / large : crumb));

describe('where merging stops', () => {
	const unsure = falling(7, 0.44);

	it('asks for less where there are many parts', () => {
		const few = mergesAbove(chain(unsure), areas(8, 0, 0), 0.003, 0.5);
		const many = mergesAbove(chain(falling(15, 0.44)), areas(16, 0, 0), 0.003, 0.5);
		expect(few).toBe(0);
		expect(many).toBeGreaterThan(0);
	});

	it('is not crowded by crumbs, which are no parts in the end', () => {
		const tree = chain([...unsure, ...falling(8, 0.1)]);
		expect(mergesAbove(tree, areas(8, 8, 1e-4), 0.003, 0.5)).toBe(0);
		expect(mergesAbove(tree, areas(8, 8, 1e-4), 0, 0.5)).toBeGreaterThan(0);
	});

	it('takes any unit of area', () => {
		const tree = chain([...falling(6, 0.8), ...falling(6, 0.3)]);
		const area = areas(10, 3, 1e-3);
		const large = area.map((a) => 1e4 * a);
		expect(mergesAbove(tree, large, 0.003, 0.5)).toBe(mergesAbove(tree, area, 0.003, 0.5));
	});
});
