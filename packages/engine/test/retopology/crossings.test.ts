import { describe, expect, it } from 'vitest';
import type { Mesh } from '../../src/mesh/mesh.ts';
import { Crossings } from '../../src/retopology/crossings.ts';
import { grid, meshOf, rotated, scaled, soup, sphere } from './surfaces.ts';

const crossingsOf = ({ positions, triangles }: Mesh) => {
	const live = new Uint8Array(triangles.length / 3).fill(1);
	const surface = { positions: Float64Array.from(positions), at: triangles, live };
	return { surface, crossings: new Crossings(surface) };
};

/** Two triangles: one in the plane z = 0, one upright through its middle, lifted by `height`. */
const pair = (height: number): Mesh =>
	meshOf(
		[-1, -1, 0, 2, -1, 0, -1, 2, 0, 0, 0, height - 0.5, 0.2, 0, height - 0.5, 0, 0.1, height + 0.5],
		[0, 1, 2, 3, 4, 5],
	);

describe('crossings', () => {
	it('finds a triangle through another, from either side, and none beside it', () => {
		const { crossings } = crossingsOf(pair(0));
		expect(crossings.find(0)).toBe(1);
		expect(crossings.met).toEqual([1]);
		expect(crossings.find(1)).toBe(1);
		expect(crossingsOf(pair(0.6)).crossings.any()).toBe(false);
	});

	it.each([1e-6, 1, 1e6])('says the same of the pair scaled by %f', (factor) => {
		expect(crossingsOf(scaled(pair(0), factor)).crossings.any()).toBe(true);
		expect(crossingsOf(scaled(pair(0.6), factor)).crossings.any()).toBe(false);
	});

	it('does not count neighbours, touching or lying in one plane', () => {
		expect(crossingsOf(sphere(16, 32)).crossings.any()).toBe(false);
		expect(crossingsOf(soup([grid(4), rotated(grid(4), Math.PI / 2)])).crossings.any()).toBe(false);
		const { positions, triangles } = grid(3);
		expect(crossingsOf(soup([grid(4), meshOf([...positions], [...triangles])])).crossings.any()).toBe(false);
	});

	it('counts each pair once, and as many as a search through all', () => {
		const { positions, triangles } = sphere(10, 20);
		const other = meshOf(
			[...positions].map((x, i) => (i % 3 === 0 ? x + 0.7 : x)),
			[...triangles],
		);
		const { crossings, surface } = crossingsOf(soup([sphere(10, 20), other]));
		const all = Array.from(surface.live.keys());
		const pairs = crossings.count(all, all.length);
		expect(pairs).toBeGreaterThan(20);
		expect(all.reduce((sum, t) => sum + crossings.find(t), 0)).toBe(2 * pairs);
	});

	it('sees where a triangle has moved to', () => {
		const { surface, crossings } = crossingsOf(pair(5));
		expect(crossings.find(0)).toBe(0);
		for (let v = 3; v < 6; v++) surface.positions[3 * v + 2] -= 5;
		crossings.grow(1);
		expect(crossings.find(0)).toBe(1);
	});

	it('takes two ends of an edge for one vertex where it is told to', () => {
		// A triangle that comes up through the other from a vertex of its own, put at one of its corners.
		const mesh = meshOf([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1e-3, 0.4, 0.1, 0.5, 0.1, 0.4, 0.5], [0, 1, 2, 3, 4, 5]);
		const { surface, crossings } = crossingsOf(mesh);
		surface.positions[11] = 0;
		crossings.grow(1);
		expect(crossings.count([0, 1], 2, 3, 0)).toBe(0);
	});
});
