import { describe, expect, it } from 'vitest';
import { cornerNormals } from '../../src/analysis/corner-normals.ts';
import { MeshError } from '../../src/errors.ts';
import type { CornerAttribute, Mesh } from '../../src/mesh/mesh.ts';
import { box, sphere, toMesh, torus } from '../spatial/surfaces.ts';

const rowAt = ({ values, indices }: CornerAttribute, c: number): number[] => [
	...values.subarray(3 * indices[c], 3 * indices[c] + 3),
];

const meshOf = (points: number[], corners: number[]): Mesh =>
	toMesh({ positions: Float32Array.from(points), triangles: Uint32Array.from(corners) });

/** Two unit squares of two triangles each that share the edge from (0, 0, 0) to (0, 1, 0), the second tilted up. */
function hinge(degrees: number): Mesh {
	const turn = (degrees * Math.PI) / 180;
	const [x, z] = [Math.cos(turn), Math.sin(turn)];
	return meshOf([0, 0, 0, 0, 1, 0, -1, 0, 0, -1, 1, 0, x, 0, z, x, 1, z], [2, 0, 1, 2, 1, 3, 0, 4, 5, 0, 5, 1]);
}

describe('corner normals', () => {
	it('of a sphere point away from its centre, one for each vertex', () => {
		const mesh = toMesh(sphere(48, 32));
		const normals = cornerNormals(mesh);
		expect(normals.values.length).toBe(mesh.positions.length);
		for (let c = 0; c < mesh.triangles.length; c++) {
			const p = mesh.positions.subarray(3 * mesh.triangles[c], 3 * mesh.triangles[c] + 3);
			const n = rowAt(normals, c);
			expect(n[0] * p[0] + n[1] * p[1] + n[2] * p[2]).toBeGreaterThan(0.999);
		}
	});

	it('of a box are the six of its sides, split along its edges', () => {
		const mesh = toMesh(box([1, 2, 3], 3));
		const normals = cornerNormals(mesh);
		expect(normals.values.length / 3).toBe(6 * 16);
		for (let c = 0; c < mesh.triangles.length; c++)
			expect(
				rowAt(normals, c)
					.map((x) => Math.round(Math.abs(x) * 1e6))
					.sort(),
			).toEqual([0, 0, 1e6]);
	});

	it('of a box are shared at its corners when everything is smooth', () => {
		const mesh = toMesh(box([1, 1, 1], 1));
		expect(cornerNormals(mesh, { creaseDegrees: 180 }).values.length / 3).toBe(8);
	});

	it('split where the angle passes the crease', () => {
		expect(cornerNormals(hinge(49)).values.length / 3).toBe(6);
		expect(cornerNormals(hinge(51)).values.length / 3).toBe(8);
		expect(cornerNormals(hinge(20), { creaseDegrees: 10 }).values.length / 3).toBe(8);
	});

	it('never split along the diagonal of a quad', () => {
		const bent = meshOf([0, 0, 0, 1, 0, 0, 1, 1, 3, 0, 1, 0], [0, 1, 3, 1, 2, 3]);
		expect(cornerNormals(bent).values.length / 3).toBe(6);
		expect(cornerNormals({ ...bent, polygonOf: Uint32Array.of(0, 0) }).values.length / 3).toBe(4);
	});

	it('split at edges with three wings', () => {
		const wings = meshOf([0, 0, 0, 0, 1, 0, 1, 0.5, 0, -1, 0.5, 0.1, -1, 0.5, -0.1], [0, 2, 1, 0, 1, 3, 0, 1, 4]);
		expect(cornerNormals(wings).values.length / 3).toBe(9);
	});

	it('do not leak through a triangle without area', () => {
		// The hinge, with a vertex at the middle of its edge on one side only, and the gap closed by a flat triangle.
		const [x, z] = [0, 1];
		const points = [0, 0, 0, 0, 1, 0, -1, 0, 0, -1, 1, 0, x, 0, z, x, 1, z, 0, 0.5, 0];
		const mesh = meshOf(points, [2, 0, 1, 2, 1, 3, 0, 4, 6, 4, 5, 6, 6, 5, 1, 0, 6, 1]);
		const normals = cornerNormals(mesh);
		for (let c = 0; c < 15; c++) {
			const n = rowAt(normals, c);
			expect(c < 6 ? n[2] : -n[0]).toBeCloseTo(1, 6);
		}
	});

	it('are finite and of length 1 whatever the triangles are', () => {
		const mesh = meshOf([0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0], [0, 1, 2, 0, 0, 1, 3, 3, 3, 0, 1, 3, 1, 0, 3]);
		for (const weight of ['angle-area', 'angle', 'area'] as const) {
			const { values } = cornerNormals(mesh, { creaseDegrees: 180, weight });
			for (let row = 0; row < values.length; row += 3)
				expect(Math.hypot(...values.subarray(row, row + 3))).toBeCloseTo(1, 6);
		}
	});

	it('turn with the mesh and do not mind its size', () => {
		const mesh = toMesh(torus(30, 14));
		const turned = { ...mesh, positions: mesh.positions.map((_, i, p) => 1e-4 * p[i % 3 === 2 ? i - 2 : i + 1]) };
		const a = cornerNormals(mesh);
		const b = cornerNormals(turned);
		expect(b.indices).toEqual(a.indices);
		for (let i = 0; i < a.values.length; i++) expect(b.values[i]).toBeCloseTo(a.values[i % 3 === 2 ? i - 2 : i + 1], 5);
	});

	it('refuse a crease that is no angle', () => {
		for (const creaseDegrees of [-1, 181, Number.NaN])
			expect(() => cornerNormals(hinge(0), { creaseDegrees })).toThrow(MeshError);
	});
});
