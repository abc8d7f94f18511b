import { describe, expect, it } from 'vitest';
import { normalAndArea } from '../../src/math/triangle.ts';

describe('normalAndArea', () => {
	it('is counter-clockwise outside, with unit length, and half the square', () => {
		const out = new Float64Array(8);
		normalAndArea([0, 0, 0, 2, 0, 0, 0, 3, 0], [0, 1, 2, 0, 2, 1], 1, out, 4);
		expect([...out]).toEqual([0, 0, 0, 0, 0, 0, -1, 3]);
	});

	it('is zero where there is no area', () => {
		const out = new Float64Array(4).fill(9);
		normalAndArea([0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 1, 2], 0, out, 0);
		expect([...out]).toEqual([0, 0, 0, 0]);
	});
});
