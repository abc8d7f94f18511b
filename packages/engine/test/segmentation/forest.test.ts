import { describe, expect, it } from 'vitest';
import { random } from '../../src/math/random.ts';
import { compileForest, LEAF, type Trees } from '../../src/segmentation/forest.ts';

const FEATURES = 5;

/** Trees of up to `leaves` leaves that split anywhere, so that some are chains. */
function growTrees(count: number, leaves: number, seed: number): Trees {
	const draw = random(seed);
	const feature: number[] = [];
	const value: number[] = [];
	const upper: number[] = [];
	const roots: number[] = [];
	const grow = (left: number): void => {
		const n = feature.length;
		upper.push(0);
		if (left === 1) {
			feature.push(LEAF);
			value.push(draw() - 0.5);
			return;
		}
		feature.push(Math.floor(draw() * FEATURES));
		// Few thresholds, so that many are equal.
		value.push(Math.floor(draw() * 8) / 4 - 1);
		const below = 1 + Math.floor(draw() * (left - 1));
		grow(below);
		upper[n] = feature.length;
		grow(left - below);
	};
	for (let t = 0; t < count; t++) {
		roots.push(feature.length);
		grow(1 + Math.floor(draw() * leaves));
	}
	return {
		feature: Uint8Array.from(feature),
		value: Float64Array.from(value),
		upper: Uint32Array.from(upper),
		roots: Uint32Array.from(roots),
	};
}

function walk({ feature, value, upper, roots }: Trees, start: number, measured: Float64Array): number {
	let sum = start;
	for (const root of roots) {
		let n = root;
		while (feature[n] !== LEAF) n = measured[feature[n]] < value[n] ? n + 1 : upper[n];
		sum += value[n];
	}
	return sum;
}

describe('a forest', () => {
	it.each([12, 32])('of up to %i leaves sums to the last bit what walking its trees does', (leaves) => {
		const trees = growTrees(60, leaves, leaves);
		const sumOf = compileForest(trees, 0.3);
		const draw = random(5);
		for (let i = 0; i < 500; i++) {
			const measured = Float64Array.from({ length: FEATURES }, () =>
				draw() < 0.1 ? [Number.NaN, Number.POSITIVE_INFINITY, -1][i % 3] : Math.round(draw() * 16) / 8 - 1,
			);
			expect(Object.is(sumOf(measured), walk(trees, 0.3, measured))).toBe(true);
		}
	});

	it('refuses a tree of more leaves than a word has bits', () => {
		const [feature, value, upper] = [new Uint8Array(67).fill(LEAF), new Float64Array(67), new Uint32Array(67)];
		// A chain: each node has a leaf below.
		for (let n = 0; n < 66; n += 2) {
			feature[n] = 0;
			upper[n] = n + 2;
		}
		expect(() => compileForest({ feature, value, upper, roots: Uint32Array.of(0) }, 0)).toThrow('32 leaves');
	});
});
