import { describe, expect, it } from 'vitest';
import { random } from '../../src/math/random.ts';
import { buildBvh, LINKS, leafCount, NODE_WORDS } from '../../src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../../src/spatial/nearest.ts';
import { quickBvh } from '../../src/spatial/quick-bvh.ts';
import { firstHit, newHit } from '../../src/spatial/ray.ts';
import { type Surface, soup, sphere, torus } from './surfaces.ts';

const ZOO: [string, Surface][] = [
	['a sphere', sphere(24, 16)],
	['a torus', torus(30, 20)],
	['a soup of 500 triangles', soup(500, 0.3, 3)],
	['one triangle', soup(1, 1, 4)],
	['five triangles', soup(5, 1, 5)],
	['1000 triangles in one place', { positions: soup(1, 1, 6).positions, triangles: repeat([0, 1, 2], 1000) }],
];

function repeat(row: number[], times: number): Uint32Array {
	return Uint32Array.from({ length: row.length * times }, (_, i) => row[i % row.length]);
}

describe.each(ZOO)('the quick hierarchy of %s', (_, surface) => {
	const quick = quickBvh(surface);
	const careful = buildBvh(surface);
	const draw = random(7);
	const coordinate = (): number => 4 * draw() - 2;

	it('answers as the careful one does, to the bit', () => {
		const near = newNearest();
		const other = newNearest();
		const hit = newHit();
		const otherHit = newHit();
		for (let n = 0; n < 300; n++) {
			const [x, y, z, dx, dy, dz] = [0, 0, 0, 0, 0, 0].map(coordinate);
			expect(nearestPoint(quick, x, y, z, Infinity, near)).toBe(true);
			nearestPoint(careful, x, y, z, Infinity, other);
			expect(near).toEqual(other);
			const met = firstHit(quick, x, y, z, dx, dy, dz, 0, Infinity, hit);
			expect(met).toBe(firstHit(careful, x, y, z, dx, dy, dz, 0, Infinity, otherHit));
			if (met) expect(hit.t).toBe(otherHit.t);
		}
	});

	it('holds every triangle once, in an order that is the same each time', () => {
		expect([...quick.triangleOf].sort((a, b) => a - b)).toEqual([...careful.triangleOf].sort((a, b) => a - b));
		let held = 0;
		for (let o = 0; o < quick.links.length; o += NODE_WORDS)
			for (const link of quick.links.subarray(o + LINKS, o + LINKS + 2)) if (link < 0) held += leafCount(link);
		expect(held).toBe(surface.triangles.length / 3);
		const again = quickBvh(surface);
		expect(again.links).toEqual(quick.links);
		expect(again.triangleOf).toEqual(quick.triangleOf);
	});
});

describe('the quick hierarchy', () => {
	it('leaves out what is nowhere, and may be empty', () => {
		const { positions, triangles } = soup(20, 0.5, 9);
		positions[9 * 3] = Number.NaN;
		positions[9 * 5 + 4] = Number.POSITIVE_INFINITY;
		const near = newNearest();
		const bvh = quickBvh({ positions, triangles });
		expect(bvh.triangleOf).toHaveLength(18);
		expect(nearestPoint(bvh, 0, 0, 0, Infinity, near)).toBe(true);
		const none = quickBvh({ positions: new Float32Array(0), triangles: new Uint32Array(0) });
		expect(nearestPoint(none, 0, 0, 0, Infinity, near)).toBe(false);
	});
});
