import { describe, expect, it } from 'vitest';
import { mirrored, symmetryPlane } from '../../src/analysis/symmetry.ts';
import { random } from '../../src/math/random.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import { box, meshOf, soup, starfish, together } from '../segmentation/shapes.ts';

// A trunk with an arm to each side and a head that looks forward: only left and right are alike.
// biome-ignore format: a table of directions
const { mesh: figure } = starfish([[1, 0.2, 0.1], [-1, 0.2, 0.1], [0, 1, 0.3], [0.4, -1, 0], [-0.4, -1, 0]]);

function placed(mesh: Mesh, place: (p: readonly number[]) => readonly number[]): Mesh {
	const positions = new Float32Array(mesh.positions.length);
	for (let i = 0; i < positions.length; i += 3) positions.set(place([...mesh.positions.subarray(i, i + 3)]), i);
	return { ...mesh, positions };
}

describe('symmetryPlane', () => {
	const plane = symmetryPlane(figure)!;

	it('finds left and right', () => {
		expect(plane.normal[0]).toBeGreaterThan(0.9999);
		expect(plane.offset).toBeCloseTo(0, 2);
		expect(plane.error).toBeLessThan(0.002);
	});

	it('finds them on a rough surface that lies anywhere', () => {
		const draw = random(2);
		const [c, s] = [Math.cos(1.1), Math.sin(1.1)];
		const turn = ([x, y, z]: readonly number[]): number[] => [c * x - s * z, y, s * x + c * z];
		const rough = placed(figure, (p) => turn(p).map((x, k) => 3 * (x + 0.01 * draw()) + [50, -7, 2][k]));
		const found = symmetryPlane(rough)!;
		const expected = turn([1, 0, 0]);
		const cosine = found.normal.reduce((sum, x, k) => sum + x * expected[k], 0);
		expect(Math.abs(cosine)).toBeGreaterThan(0.999);
		const middle = turn([0, 0, 0]).map((x, k) => 3 * (x + 0.005) + [50, -7, 2][k]);
		const [x, y, z] = mirrored(found, [middle[0], middle[1], middle[2]]);
		expect(Math.hypot(x - middle[0], y - middle[1], z - middle[2])).toBeLessThan(0.05);
	});

	it('is not put off by what is in one hand', () => {
		const held = together([figure, box([2.2, 0.4, 1], [0.05, 0.05, 0.9])]);
		const found = symmetryPlane(held)!;
		expect(found.normal[0]).toBeGreaterThan(0.999);
		expect(Math.abs(found.offset)).toBeLessThan(0.03);
	});

	it('takes left and right where all sides are alike', () => {
		const { normal, offset } = symmetryPlane(together([box([1, 2, 3], [1, 1, 1])]))!;
		expect(normal[0]).toBeCloseTo(1, 8);
		expect(offset).toBeCloseTo(1, 3);
	});

	it('finds none where there is none', () => {
		// biome-ignore format: a table of directions
		const crooked = starfish([[1, 0, 0], [-0.3, 0.9, 0.1], [-0.2, -0.3, 1], [0.5, 0.5, -0.8]]).mesh;
		expect(symmetryPlane(placed(crooked, ([x, y, z]) => [x, y * 1.4 + x * y * 0.2, z + 0.3 * x * x]))).toBeUndefined();
	});

	it('gives the same again, and nothing on a mesh without area', () => {
		expect(symmetryPlane({ ...figure })).toEqual(plane);
		expect(symmetryPlane(meshOf([], []))).toBeUndefined();
		expect(symmetryPlane(meshOf([0, 0, 0], [0, 0, 0]))).toBeUndefined();
		expect(symmetryPlane(meshOf([3e38, 0, 0, -3e38, 0, 0, 0, 3e38, 0], [0, 1, 2]))?.error ?? 0).toBeLessThan(1);
		expect(symmetryPlane(soup(500))?.error ?? 0).toBeLessThanOrEqual(0.01);
	});
});
