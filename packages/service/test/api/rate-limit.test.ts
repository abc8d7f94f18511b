import { expect, it } from 'vitest';
import { TokenBuckets } from '../../src/api/rate-limit.ts';

it('lets through as many as it holds, refills evenly, and keeps keys apart', () => {
	let now = 0;
	const buckets = new TokenBuckets({ capacity: 3, perSeconds: 60, now: () => now });
	expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 20]);
	expect(buckets.take('b')).toBe(0);
	now = 5_500;
	expect(buckets.take('a')).toBe(15);
	now = 20_000;
	expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 20]);
	buckets.giveBack('a');
	expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 20]);
	now = 3600_000;
	expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 20]);
});

it('forgets keys that are as good as new, and no others', () => {
	let now = 0;
	const buckets = new TokenBuckets({ capacity: 1, perSeconds: 10, now: () => now });
	for (let i = 0; i < 10_000; i++) buckets.take(`old ${i}`);
	now = 9_000;
	for (let i = 0; i < 10_000; i++) buckets.take(`new ${i}`);
	now = 10_000;
	buckets.take('one more');
	expect(buckets.take('new 5')).toBe(9);
	expect(buckets.take('old 5')).toBe(0);
});
