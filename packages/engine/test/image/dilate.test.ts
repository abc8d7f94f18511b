import { describe, expect, it } from 'vitest';
import { dilate, EMPTY } from '../../src/image/dilate.ts';
import { random } from '../../src/math/random.ts';

/** A map whose covered texels say where they are. */
function spots(size: number, places: readonly (readonly [number, number])[]) {
	const covered = new Int32Array(size * size).fill(EMPTY);
	const map = new Uint8Array(4 * size * size);
	for (const [x, y] of places) {
		covered[y * size + x] = 0;
		map.set([x, y, 200, 255], 4 * (y * size + x));
	}
	return { covered, map };
}

describe('dilate', () => {
	const draw = random(7);
	const places = Array.from({ length: 40 }, () => [Math.floor(draw() * 128), Math.floor(draw() * 128)] as const);

	it('carries the nearest colour outwards, as far as it shall', () => {
		const { covered, map } = spots(128, places);
		dilate(128, covered, [map], { reach: 10 });
		let wrong = 0;
		for (let y = 0; y < 128; y++)
			for (let x = 0; x < 128; x++) {
				const least = Math.min(...places.map(([px, py]) => Math.hypot(px - x, py - y)));
				const o = 4 * (y * 128 + x);
				const taken = Math.hypot(map[o] - x, map[o + 1] - y);
				if (least <= 10 && taken > least + 1e-9) wrong++;
				expect(map[o + 2]).toBe(200);
				expect(map[o + 3]).toBe(255);
			}
		// Two sweeps miss the nearest of two almost equally near ones now and then, by a fraction of a texel.
		expect(wrong).toBeLessThan(20);
	});

	it('leaves what is covered as it is, in every map', () => {
		const first = spots(
			64,
			places.filter(([x, y]) => x < 64 && y < 64),
		);
		const second = first.map.map((value) => 255 - value);
		const before = [first.map.slice(), second.slice()];
		dilate(64, first.covered, [first.map, second]);
		for (let at = 0; at < 64 * 64; at++) {
			if (first.covered[at] === EMPTY) continue;
			for (let k = 0; k < 4; k++) {
				expect(first.map[4 * at + k]).toBe(before[0][4 * at + k]);
				expect(second[4 * at + k]).toBe(before[1][4 * at + k]);
			}
		}
		for (let i = 0; i < second.length; i++) expect(first.map[i] + second[i]).toBeGreaterThanOrEqual(254);
	});

	it('a map that nothing covers stays black', () => {
		const { covered, map } = spots(32, []);
		dilate(32, covered, [map]);
		expect(map.every((value) => value === 0)).toBe(true);
	});
});
