import { describe, expect, it } from 'vitest';
import { random } from '../../src/math/random.ts';
import { twins } from '../../src/mesh/topology.ts';
import { nearestPoint, newNearest } from '../../src/spatial/nearest.ts';
import { quickBvh } from '../../src/spatial/quick-bvh.ts';
import { walkToNearest } from '../../src/spatial/walk.ts';
import { type Surface, sphere, toMesh, torus } from './surfaces.ts';

const SURFACES: [string, Surface][] = [
	['a sphere', sphere(40, 30)],
	['a torus', torus(60, 30)],
];

describe.each(SURFACES)('a walk over %s', (_, surface) => {
	const bvh = quickBvh(surface);
	const walkable = { ...surface, positions: Float64Array.from(surface.positions), twin: twins(toMesh(surface)) };
	const faces = surface.triangles.length / 3;

	it('ends at the nearest point when it begins a few triangles from there', () => {
		const draw = random(3);
		const near = newNearest();
		const walked = newNearest();
		let missed = 0;
		for (let n = 0; n < 500; n++) {
			// Near the middle of a triangle; from one that is a few steps away.
			const t = Math.floor(draw() * faces);
			const [x, y, z] = [0, 1, 2].map(
				(k) =>
					[0, 1, 2].reduce((sum, i) => sum + surface.positions[3 * surface.triangles[3 * t + i] + k], 0) / 3 +
					0.02 * (draw() - 0.5),
			);
			let start = t;
			for (let step = 0; step < 3; step++) {
				const other = walkable.twin[3 * start + Math.floor(3 * draw())];
				if (other >= 0) start = (other / 3) | 0;
			}
			nearestPoint(bvh, x, y, z, Infinity, near);
			walkToNearest(walkable, start, x, y, z, walked);
			expect(walked.distance).toBeGreaterThan(near.distance - 1e-9);
			if (walked.distance > near.distance + 1e-9) missed++;
			else expect(Math.hypot(walked.x - x, walked.y - y, walked.z - z)).toBeCloseTo(walked.distance, 9);
		}
		// Where only a triangle across a vertex is nearer the walk ends before.
		expect(missed).toBeLessThan(25);
	});

	it('stays where nothing around is nearer', () => {
		const near = newNearest();
		const walked = newNearest();
		for (let t = 0; t < faces; t += 7) {
			const v = 3 * surface.triangles[3 * t];
			const [x, y, z] = surface.positions.subarray(v, v + 3);
			nearestPoint(bvh, x, y, z, Infinity, near);
			walkToNearest(walkable, near.triangle, x, y, z, walked);
			expect(walked.triangle).toBe(near.triangle);
			expect(walked.distance).toBeCloseTo(0, 12);
		}
	});
});
