import type { Mesh, Model } from '@meshwright/engine';
import { describe, expect, it } from 'vitest';
import { layOut, partBoxes } from '../src/worker/drawable.ts';

const NO_ROW = 0xffffffff;

/** Two triangles of a unit square in the plane z = 0; the second has the material that sorts first. */
const SQUARE: Mesh = {
	positions: Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0),
	triangles: Uint32Array.of(0, 1, 2, 0, 2, 3),
	corner: {
		uv: { values: Float32Array.of(0.25, 0.75), indices: Uint32Array.of(0, 0, NO_ROW, 0, 0, 0), size: 2 },
		color: { values: Float32Array.of(1, 0.5, 0), indices: new Uint32Array(6), size: 3 },
	},
	materialOf: Uint16Array.of(0xffff, 0),
};

const model: Model = { mesh: SQUARE, sources: [], materials: [], images: [], format: 'obj', warnings: [], scene: null };

describe('layOut', () => {
	const drawable = layOut(model, []);

	it('puts triangles in order of material, those without one last', () => {
		expect([...drawable.triangleAt]).toEqual([1, 0]);
		expect(drawable.runs).toEqual([
			{ material: 0, firstCorner: 0, corners: 3 },
			{ material: -1, firstCorner: 3, corners: 3 },
		]);
		expect([...drawable.positions.subarray(0, 9)]).toEqual([0, 0, 0, 1, 1, 0, 0, 1, 0]);
	});

	it('makes flat normals where the model has none', () => {
		for (let c = 0; c < 6; c++) expect([...drawable.normals.subarray(3 * c, 3 * c + 3)]).toEqual([0, 0, 1]);
	});

	it('spreads attribute rows over corners, with a default where there is no row', () => {
		expect([...drawable.uv!]).toEqual([0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0, 0]);
		expect([...drawable.colors!.subarray(0, 4)]).toEqual([1, 0.5, 0, 1]);
		expect(drawable.uv1).toBeUndefined();
	});

	it('counts the diagonal of a quad as no edge', () => {
		expect([...drawable.isEdge]).toEqual([1, 1, 1, 1, 1, 1]);
		const quad = layOut({ ...model, mesh: { ...SQUARE, polygonOf: Uint32Array.of(7, 7) } }, []);
		// Triangle 0 2 3 comes first, then 0 1 2.
		expect([...quad.isEdge]).toEqual([0, 1, 1, 1, 1, 0]);
	});

	it('knows the box of the whole and of each part', () => {
		expect(drawable.box).toEqual({ min: [0, 0, 0], max: [1, 1, 0] });
		expect(partBoxes(SQUARE, Uint16Array.of(1, 0), 2)).toEqual([
			{ min: [0, 0, 0], max: [1, 1, 0] },
			{ min: [0, 0, 0], max: [1, 1, 0] },
		]);
	});
});
