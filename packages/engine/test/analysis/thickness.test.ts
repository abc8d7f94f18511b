import { describe, expect, it } from 'vitest';
import { bounds } from '../../src/analysis/normals.ts';
import { thickness } from '../../src/analysis/thickness.ts';
import { MeshError } from '../../src/errors.ts';
import { box, type Surface, sphere, toMesh, torus } from '../spatial/surfaces.ts';

/** Sampling error of 30 rays, as a share of the value: the pattern sits differently on each triangle. */
const SAMPLING = 0.12;

/**
 * Of a unit sphere. The chord at angle a is 2·cos a, so that the weighted mean over 120° is about 1.7 on a smooth one;
 * the trimming and the flat facets of a coarse one take a little more.
 */
const LEAST_CHORD = 1.45;

const median = (values: Float32Array): number => [...values].sort((a, b) => a - b)[values.length >> 1];

function moved({ positions, triangles }: Surface, move: (p: number[]) => number[]): Surface {
	const out = new Float32Array(positions.length);
	for (let i = 0; i < out.length; i += 3) out.set(move([...positions.subarray(i, i + 3)]), i);
	return { positions: out, triangles };
}

describe('thickness', () => {
	it('of a sphere is nearly its diameter, all around', () => {
		const values = thickness(toMesh(sphere(32, 24)));
		for (const value of values) {
			expect(value).toBeGreaterThan(LEAST_CHORD);
			expect(value).toBeLessThan(2);
		}
	});

	it('of a slab is its thickness, over the straightest rays', () => {
		const mesh = toMesh(box([4, 0.2, 4], 12));
		const values = thickness(mesh, { coneAngle: 0.02 });
		const flat = [...values].filter((_, t) => Math.abs(values[t] - 0.2) < 0.001);
		// The faces all around see the long way.
		expect(flat.length).toBe(2 * 2 * 12 * 12);
		expect(median(thickness(mesh))).toBeLessThan(0.3);
	});

	it('grows with the object', () => {
		const surface = torus(24, 16);
		const once = thickness(toMesh(surface));
		const big = thickness(toMesh(moved(surface, (p) => p.map((x) => x * 1024))));
		const small = thickness(toMesh(moved(surface, (p) => p.map((x) => x / 1024))));
		once.forEach((value, t) => {
			expect(big[t]).toBeCloseTo(value * 1024, 1);
			expect(small[t]).toBeCloseTo(value / 1024, 6);
		});
	});

	it('does not change under rotation, but for sampling', () => {
		const surface = torus(40, 24);
		const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
		const turned = moved(surface, ([x, y, z]) => [
			c * x - s * y,
			s * c * x + c * c * y - s * z,
			s * s * x + s * c * y + c * z,
		]);
		const a = thickness(toMesh(surface));
		const b = thickness(toMesh(turned));
		const errors = a.map((value, t) => Math.abs(value - b[t]) / value);
		expect(median(errors)).toBeLessThan(SAMPLING / 3);
		expect([...errors].filter((e) => e > SAMPLING).length).toBeLessThan(0.05 * errors.length);
	});

	it('from some triangles is the same there, and their neighbours’ elsewhere', () => {
		const mesh = toMesh(sphere(24, 16));
		const all = thickness(mesh);
		const chosen = Uint32Array.from({ length: all.length / 7 }, (_, i) => i * 7);
		const some = thickness(mesh, { triangles: chosen });
		for (const t of chosen) expect(some[t]).toBe(all[t]);
		for (const value of some) expect(value).toBeGreaterThan(LEAST_CHORD);
	});

	it('of an open sheet is 0, two-sided or not', () => {
		const positions = new Float32Array([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]);
		const front = [0, 1, 2, 0, 2, 3];
		const back = [0, 2, 1, 0, 3, 2];
		expect([...thickness(toMesh({ positions, triangles: new Uint32Array(front) }))]).toEqual([0, 0]);
		expect([...thickness(toMesh({ positions, triangles: new Uint32Array([...front, ...back]) }))]).toEqual([
			0, 0, 0, 0,
		]);
	});

	it('of a two-sided body is that of the one-sided body, on both layers', () => {
		const { positions, triangles } = sphere(24, 16);
		const twice = new Uint32Array(triangles.length * 2);
		twice.set(triangles);
		for (let c = 0; c < triangles.length; c++) twice[triangles.length + c] = triangles[c - (c % 3) + [0, 2, 1][c % 3]];
		for (const value of thickness(toMesh({ positions, triangles: twice }))) expect(value).toBeGreaterThan(LEAST_CHORD);
	});

	it('fills triangles that are wound the wrong way from their neighbours', () => {
		const { positions, triangles } = sphere(24, 16);
		const flipped = triangles.slice();
		for (let c = 0; c < flipped.length; c += 3 * 11)
			[flipped[c + 1], flipped[c + 2]] = [flipped[c + 2], flipped[c + 1]];
		for (const value of thickness(toMesh({ positions, triangles: flipped }))) {
			// Rays that meet a flipped triangle do not count, which here and there leaves the shorter ones.
			expect(value).toBeGreaterThan(LEAST_CHORD - 0.25);
			expect(value).toBeLessThan(2);
		}
	});

	it('is finite and within the object on triangles without area, and of nothing is nothing', () => {
		const { positions, triangles } = sphere(12, 8);
		const mesh = toMesh({ positions, triangles: new Uint32Array([...triangles, 0, 0, 1, 2, 2, 2]) });
		for (const value of thickness(mesh)) {
			expect(value).toBeGreaterThanOrEqual(0);
			expect(value).toBeLessThan(bounds(mesh).diagonal);
		}
		expect(thickness(toMesh({ positions: new Float32Array(0), triangles: new Uint32Array(0) })).length).toBe(0);
	});

	it('tells its progress, stops on request and refuses what is out of range', () => {
		const mesh = toMesh(sphere(24, 16));
		const fractions: number[] = [];
		thickness(mesh, {}, { onProgress: ({ fraction }) => fractions.push(fraction) });
		expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
		expect(fractions.at(-1)).toBe(1);
		expect(() => thickness(mesh, {}, { isCancelled: () => true })).toThrow(MeshError);
		for (const options of [{ rays: 0 }, { rays: 2.5 }, { rays: 1000 }, { coneAngle: 0 }, { coneAngle: 4 }])
			expect(() => thickness(mesh, options)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
	});
});
