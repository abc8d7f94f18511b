import { expect, it } from 'vitest';
import { conjugateGradient } from '../../src/math/conjugate-gradient.ts';

/** The chain of springs: 2 on the diagonal, -1 beside it. */
function springs(p: Float64Array, out: Float64Array): void {
	for (let i = 0; i < p.length; i++) out[i] = 2 * p[i] - (p[i - 1] ?? 0) - (p[i + 1] ?? 0);
}

it('solves a chain of springs exactly in as many steps as there are unknowns', () => {
	const n = 20;
	const b = new Float64Array(n).fill(1);
	const x = new Float64Array(n);
	conjugateGradient(springs, new Float64Array(n).fill(2), b, x, n + 5, 1e-12);
	for (let i = 0; i < n; i++) expect(x[i]).toBeCloseTo(((i + 1) * (n - i)) / 2, 6);
});

it('stays where it began when that is the solution', () => {
	const x = Float64Array.of(1, 1);
	conjugateGradient(springs, Float64Array.of(2, 2), Float64Array.of(1, 1), x, 10);
	expect([...x]).toEqual([1, 1]);
});

it('leaves unknowns that no equation mentions alone', () => {
	const x = Float64Array.of(0, 7);
	const first = (p: Float64Array, out: Float64Array): void => {
		out[0] = 4 * p[0];
		out[1] = 0;
	};
	conjugateGradient(first, Float64Array.of(4, 0), Float64Array.of(8, 0), x, 10);
	expect([...x]).toEqual([2, 7]);
});
