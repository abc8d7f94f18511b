import { describe, expect, it } from 'vitest';
import { random } from '../../src/math/random.ts';
import { UnionFind } from '../../src/math/union-find.ts';

describe('random', () => {
	it('gives the same row for the same seed, another for another', () => {
		const row = (seed: number): number[] => Array.from({ length: 8 }, random(seed));
		expect(row(1)).toEqual(row(1));
		expect(row(1)).not.toEqual(row(2));
	});

	it('fills [0, 1) evenly', () => {
		const next = random(7);
		const bins = new Uint32Array(10);
		for (let i = 0; i < 100_000; i++) bins[Math.floor(next() * 10)]++;
		// Five standard deviations of a bin that expects 10,000.
		for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(475);
	});
});

describe('UnionFind', () => {
	it('names a set by its smallest member, whatever the order of merging', () => {
		for (const pairs of [
			[
				[4, 2],
				[2, 7],
				[9, 4],
			],
			[
				[9, 4],
				[4, 2],
				[7, 4],
			],
		]) {
			const sets = new UnionFind(10);
			for (const [a, b] of pairs) expect(sets.union(a, b)).toBe(true);
			expect([2, 4, 7, 9].map((i) => sets.find(i))).toEqual([2, 2, 2, 2]);
			expect(sets.union(9, 7)).toBe(false);
			expect(sets.find(3)).toBe(3);
		}
	});
});
