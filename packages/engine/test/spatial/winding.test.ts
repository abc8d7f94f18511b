import { describe, expect, it } from 'vitest';
import { random } from '../../src/math/random.ts';
import { buildWinding, windingNumber } from '../../src/spatial/winding.ts';
import { type Surface, soup, sphere, torus } from './surfaces.ts';

/** The definition: the sum of all solid angles. */
function exactWinding({ positions, triangles }: Surface, x: number, y: number, z: number): number {
	let sum = 0;
	for (let t = 0; t < triangles.length; t += 3) {
		const single = { positions, triangles: triangles.subarray(t, t + 3) };
		sum += windingNumber(buildWinding(single), x, y, z);
	}
	return sum;
}

describe('the winding number', () => {
	it('is 1 in a closed surface and 0 outside', () => {
		const winding = buildWinding(sphere(32, 16));
		expect(windingNumber(winding, 0.1, 0.2, -0.3)).toBeCloseTo(1, 1);
		expect(windingNumber(winding, 5, 0, 0)).toBeCloseTo(0, 2);
		const ring = buildWinding(torus(32, 16));
		expect(windingNumber(ring, 0, 0, 0)).toBeCloseTo(0, 1);
	});
	it('is that of a disc above a flat hole: ½ (1 − d/√(d² + r²))', () => {
		const { positions, triangles } = sphere(64, 32);
		const upper = triangles.filter((_, c) => {
			const t = 3 * Math.floor(c / 3);
			return [0, 1, 2].every((k) => positions[3 * triangles[t + k] + 2] > -1e-6);
		});
		const winding = buildWinding({ positions, triangles: Uint32Array.from(upper) });
		for (const d of [0.25, 0.5, 1, 2])
			expect(windingNumber(winding, 0, 0, -d)).toBeCloseTo(0.5 * (1 - d / Math.hypot(d, 1)), 1);
	});
	it('is near the sum of all solid angles on a soup', () => {
		const surface = soup(300, 0.3, 5);
		const winding = buildWinding(surface);
		const draw = random(2);
		for (let i = 0; i < 20; i++) {
			const [x, y, z] = [3 * draw() - 1.5, 3 * draw() - 1.5, 3 * draw() - 1.5];
			expect(Math.abs(windingNumber(winding, x, y, z) - exactWinding(surface, x, y, z))).toBeLessThan(0.05);
		}
	});
	it('is 0 where there is no triangle', () => {
		expect(
			windingNumber(buildWinding({ positions: new Float32Array(0), triangles: new Uint32Array(0) }), 1, 2, 3),
		).toBe(0);
	});
});
