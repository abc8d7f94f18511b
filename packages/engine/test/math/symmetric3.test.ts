import { describe, expect, it } from 'vitest';
import { random } from '../../src/math/random.ts';
import { eigen3 } from '../../src/math/symmetric3.ts';

const times = (m: readonly number[], [x, y, z]: readonly number[]): number[] => [
	m[0] * x + m[1] * y + m[2] * z,
	m[1] * x + m[3] * y + m[4] * z,
	m[2] * x + m[4] * y + m[5] * z,
];

function expectEigen(m: readonly number[]): void {
	const { values, vectors } = eigen3(m);
	const size = Math.max(...m.map(Math.abs));
	for (let i = 0; i < 3; i++) {
		const product = times(m, vectors[i]);
		for (let k = 0; k < 3; k++)
			expect(Math.abs(product[k] - values[i] * vectors[i][k])).toBeLessThanOrEqual(1e-14 * size);
		for (let j = 0; j < 3; j++) {
			const dot = vectors[i].reduce((sum, x, k) => sum + x * vectors[j][k], 0);
			expect(dot).toBeCloseTo(i === j ? 1 : 0, 12);
		}
	}
	expect(values).toEqual([...values].sort((a, b) => a - b));
}

describe('eigen3', () => {
	it('solves random matrices', () => {
		const draw = random(3);
		for (let i = 0; i < 200; i++) expectEigen(Array.from({ length: 6 }, () => 2 * draw() - 1));
	});

	it.each([
		['nothing', [0, 0, 0, 0, 0, 0]],
		['a ball', [2, 0, 0, 2, 0, 2]],
		['a diagonal', [3, 0, 0, 1, 0, 2]],
		['rank one', [1, 1, 1, 1, 1, 1]],
		['very large', [1e150, 1e149, 0, 2e150, 1e148, 1e150]],
		['very small', [1e-150, 1e-151, 0, 2e-150, 1e-149, 1e-150]],
		['of two sizes', [1e12, 1e-3, 5, 1e-6, 1e-9, 1]],
	])('solves %s', (_, m) => expectEigen(m));
});
