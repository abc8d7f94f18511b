import { describe, expect, it } from 'vitest';
import { bounds, faceAreas, faceCentroids, faceNormals, surfaceArea } from '../../src/analysis/normals.ts';
import { box, sphere, toMesh, torus } from '../spatial/surfaces.ts';

/** float32 values, summed. */
const CLOSE = 1e-5;

describe('face normals', () => {
	it('of a sphere point outward and have length 1', () => {
		const mesh = toMesh(sphere(24, 16));
		const normals = faceNormals(mesh);
		const centroids = faceCentroids(mesh);
		for (let o = 0; o < normals.length; o += 3) {
			const n = normals.subarray(o, o + 3);
			expect(Math.hypot(...n)).toBeCloseTo(1, 6);
			expect(n[0] * centroids[o] + n[1] * centroids[o + 1] + n[2] * centroids[o + 2]).toBeGreaterThan(0.9);
		}
	});

	it('weighted by area sum to zero over a closed surface', () => {
		const mesh = toMesh(torus(40, 24));
		const normals = faceNormals(mesh);
		const areas = faceAreas(mesh);
		const sum = [0, 0, 0];
		for (let t = 0; t < areas.length; t++) for (let k = 0; k < 3; k++) sum[k] += areas[t] * normals[3 * t + k];
		for (const s of sum) expect(Math.abs(s)).toBeLessThan(CLOSE);
	});

	it('are zero, with zero area, where there is no area', () => {
		const positions = new Float32Array([0, 0, 0, 1, 0, 0, 2, 0, 0]);
		const mesh = toMesh({ positions, triangles: new Uint32Array([0, 1, 2, 0, 0, 1, 0, 0, 0]) });
		expect([...faceNormals(mesh)]).toEqual(new Array(9).fill(0));
		expect([...faceAreas(mesh)]).toEqual([0, 0, 0]);
	});

	it('are computed once', () => {
		const mesh = toMesh(sphere(8, 6));
		expect(faceNormals(mesh)).toBe(faceNormals(mesh));
		expect(faceAreas(mesh)).toBe(faceAreas(mesh));
	});
});

describe('measures', () => {
	it('of a box are those of a box', () => {
		const mesh = toMesh(box([1, 2, 3], 5));
		expect(surfaceArea(mesh)).toBeCloseTo(2 * (2 + 3 + 6), 5);
		expect(bounds(mesh)).toEqual({
			min: [-0.5, -1, -1.5],
			max: [0.5, 1, 1.5],
			centre: [0, 0, 0],
			diagonal: Math.hypot(1, 2, 3),
		});
	});

	it('of nothing are zero', () => {
		const mesh = toMesh({ positions: new Float32Array(0), triangles: new Uint32Array(0) });
		expect(surfaceArea(mesh)).toBe(0);
		expect(bounds(mesh)).toEqual({ min: [0, 0, 0], max: [0, 0, 0], centre: [0, 0, 0], diagonal: 0 });
	});
});
