import { describe, expect, it } from 'vitest';
import { cornerNormals } from '../../src/analysis/corner-normals.ts';
import { tangents } from '../../src/analysis/tangents.ts';
import { type Mesh, NO_ROW } from '../../src/mesh/mesh.ts';
import { sphere, toMesh } from '../spatial/surfaces.ts';

/** A square in the plane z = 0 seen from +z, with its picture upright, or mirrored. */
function square(mirrored: boolean): Mesh {
	const mesh = toMesh({
		positions: new Float32Array([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]),
		triangles: new Uint32Array([0, 1, 2, 0, 2, 3]),
	});
	const values = new Float32Array(mirrored ? [1, 1, 0, 1, 0, 0, 1, 0] : [0, 1, 1, 1, 1, 0, 0, 0]);
	return { ...mesh, corner: { normal: cornerNormals(mesh), uv: { values, indices: mesh.triangles, size: 2 } } };
}

describe('tangents', () => {
	it('run along u; the bitangent runs up the picture, mirrored or not', async () => {
		for (const mirrored of [false, true]) {
			const { values, indices } = await tangents(square(mirrored));
			for (const row of indices) {
				const [x, y, z, w] = values.subarray(4 * row, 4 * row + 4);
				expect([x, y, z]).toEqual([mirrored ? -1 : 1, 0, 0]);
				// cross((0, 0, 1), (x, 0, 0)) · w = (0, x · w, 0)
				expect(x * w).toBe(1);
			}
		}
	});

	it('are of unit length and in the plane of the normal, and keep out what is not asked for', async () => {
		const mesh = toMesh(sphere(24, 12));
		const values = new Float32Array((2 * mesh.positions.length) / 3);
		for (let v = 0; 2 * v < values.length; v++) {
			values[2 * v] = mesh.positions[3 * v];
			values[2 * v + 1] = mesh.positions[3 * v + 1];
		}
		const uv = { values, indices: mesh.triangles, size: 2 } as const;
		const normal = cornerNormals(mesh, { creaseDegrees: 180 });
		const found = await tangents({ ...mesh, corner: { uv, normal } }, { only: new Uint32Array([3, 20]) });
		for (let c = 0; c < mesh.triangles.length; c++) {
			const row = found.indices[c];
			expect(row === NO_ROW).toBe(![3, 20].includes((c / 3) | 0));
			if (row === NO_ROW) continue;
			const t = found.values.subarray(4 * row, 4 * row + 4);
			const n = normal.values.subarray(3 * normal.indices[c], 3 * normal.indices[c] + 3);
			expect(Math.hypot(t[0], t[1], t[2])).toBeCloseTo(1, 5);
			expect(t[0] * n[0] + t[1] * n[1] + t[2] * n[2]).toBeCloseTo(0, 5);
			expect(Math.abs(t[3])).toBe(1);
		}
	});

	it('need normals and texture coordinates', async () => {
		await expect(tangents(toMesh(sphere(8, 4)))).rejects.toMatchObject({ code: 'invalid-option' });
	});
});
