import { describe, expect, it } from 'vitest';
import { cutPolygon } from '../../src/formats/polygon.ts';
import { random } from '../../src/math/random.ts';

const BUDGET = { left: 1e9, overspent: 0 };

/** Lays xy points on a plane that is askew, so that no projection is the identity. */
function lay(points: readonly (readonly number[])[], isFlipped: boolean): Float32Array {
	const u = [0.36, 0.48, -0.8];
	const v = [-0.8, 0.6, 0];
	return Float32Array.from(
		points.flatMap(([x = 0, y = 0]) => u.map((_, d) => x * u[d]! + (isFlipped ? -y : y) * v[d]! + d)),
	);
}

function cut(positions: Float32Array, budget = { ...BUDGET }): number[][] {
	const n = positions.length / 3;
	const list = Uint32Array.from({ length: n + 2 }, (_, c) => c - 1);
	list[0] = 0;
	list[n + 1] = 0;
	const out = new Uint32Array(3 * (n - 2) + 2).fill(77);
	cutPolygon(positions, list, 1, n + 1, out, 1, budget);
	expect([out[0], out[out.length - 1]]).toEqual([77, 77]);
	return Array.from({ length: n - 2 }, (_, t) => Array.from(out.subarray(1 + 3 * t, 4 + 3 * t), (c) => c - 1));
}

const signedArea = (points: readonly (readonly number[])[], ring: readonly number[]): number =>
	ring.reduce((sum, a, i) => {
		const b = ring[(i + 1) % ring.length]!;
		return sum + (points[a]![0]! * points[b]![1]! - points[b]![0]! * points[a]![1]!) / 2;
	}, 0);

const whole = (points: readonly unknown[]): number[] => points.map((_, i) => i);

const POLYGONS: Record<string, number[][]> = {
	square: [
		[0, 0],
		[1, 0],
		[1, 1],
		[0, 1],
	],
	'dart with the notch at corner 1': [
		[0, 0],
		[1, 0.5],
		[2, 0],
		[1, 3],
	],
	'dart with the notch at corner 0': [
		[1, 0.5],
		[2, 0],
		[1, 3],
		[0, 0],
	],
	'square with a corner on its side': [
		[0, 0],
		[0.5, 0],
		[1, 0],
		[1, 1],
		[0, 1],
	],
	L: [
		[0, 0],
		[2, 0],
		[2, 1],
		[1, 1],
		[1, 2],
		[0, 2],
	],
	comb: [
		[0, 0],
		[7, 0],
		[7, 3],
		[6, 3],
		[6, 1],
		[5, 1],
		[5, 3],
		[4, 3],
		[4, 1],
		[3, 1],
		[3, 3],
		[2, 3],
		[2, 1],
		[1, 1],
		[1, 3],
		[0, 3],
	],
	'square with a hole on a bridge': [
		[0, 0],
		[4, 0],
		[4, 4],
		[0, 4],
		[0, 0],
		[1, 1],
		[1, 3],
		[3, 3],
		[3, 1],
		[1, 1],
	],
	spiral: Array.from({ length: 80 }, (_, i) => {
		const [k, r] = i < 40 ? [i, 1 + i / 8] : [79 - i, 0.5 + (79 - i) / 8];
		return [r * Math.cos(k / 4), r * Math.sin(k / 4)];
	}),
};

describe.each([false, true])('seen from behind: %s', (isFlipped) => {
	it.each(Object.entries(POLYGONS))('a %s is covered once', (_, points) => {
		const triangles = cut(lay(points, isFlipped));
		const total = signedArea(points, whole(points));
		const areas = triangles.map((triangle) => signedArea(points, triangle));
		for (const area of areas) expect(area * Math.sign(total)).toBeGreaterThan(-1e-6);
		expect(areas.reduce((a, b) => a + b)).toBeCloseTo(total, 6);
	});

	it('200 stars at random are covered once, from any corner on', () => {
		const next = random(7);
		for (let k = 0; k < 200; k++) {
			const n = 5 + Math.floor(next() * 40);
			const points = Array.from({ length: n }, (_, i) => {
				const r = 0.2 + next();
				return [r * Math.cos((2 * Math.PI * i) / n), r * Math.sin((2 * Math.PI * i) / n)];
			});
			const total = signedArea(points, whole(points));
			const areas = cut(lay(points, isFlipped)).map((triangle) => signedArea(points, triangle));
			expect(Math.min(...areas)).toBeGreaterThan(-1e-6);
			expect(areas.reduce((a, b) => a + b)).toBeCloseTo(total, 5);
		}
	});
});

it.each([
	[
		'crosses itself',
		[
			[0, 0],
			[2, 2],
			[2, 0],
			[0, 2],
			[-1, 1],
		],
	],
	[
		'is a point',
		[
			[1, 1],
			[1, 1],
			[1, 1],
			[1, 1],
			[1, 1],
		],
	],
	[
		'is a line',
		[
			[0, 0],
			[1, 0],
			[3, 0],
			[2, 0],
			[4, 0],
			[1, 0],
		],
	],
	[
		'goes there and back',
		[
			[0, 0],
			[1, 0],
			[1, 1],
			[1, 0],
		],
	],
	[
		'is a star of five points',
		[
			[0, 3],
			[-2, -3],
			[3, 1],
			[-3, 1],
			[2, -3],
		],
	],
])('a polygon that %s still gives n - 2 triangles over all its corners', (_, points) => {
	const triangles = cut(lay(points, false));
	expect(new Set(triangles.flat()).size).toBe(points.length);
});

it('gives up care, not triangles, when the budget is spent', () => {
	const n = 20_000;
	const points = Array.from({ length: n }, (_, i) => {
		const r = i % 2 === 0 ? 1 : 2;
		return [r * Math.cos((2 * Math.PI * i) / n), r * Math.sin((2 * Math.PI * i) / n)];
	});
	const budget = { left: 1e6, overspent: 0 };
	expect(cut(lay(points, false), budget)).toHaveLength(n - 2);
	expect(budget.overspent).toBe(1);
});
