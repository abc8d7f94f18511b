import { expect, it } from 'vitest';
import type { Material } from '../../src/mesh/model.ts';
import { paintedColors } from '../../src/render/painted-colors.ts';
import { box, together } from '../segmentation/shapes.ts';

const red = [255, 0, 0, 255];
const blue = [0, 0, 255, 255];
/** Left half red, right half blue. */
const image = { width: 4, height: 2, pixels: Uint8Array.from([red, red, blue, blue, red, red, blue, blue].flat()) };
const texture = { image: 0, uv: 'uv', transform: [1, 0, 0, 0, 1, 0], wrapU: 'repeat', wrapV: 'repeat' } as const;
const material: Material = {
	name: '',
	baseColor: [1, 1, 0.5, 1],
	baseColorTexture: texture,
	metallic: 0,
	roughness: 1,
	emissive: [0, 0, 0],
	alphaMode: 'OPAQUE',
	alphaCutoff: 0.5,
	doubleSided: false,
};

/** A box; the first triangle lies in the red half, the second in the blue one, others have no place in the texture. */
function painted(): Parameters<typeof paintedColors>[0] {
	const plain = together([box([0, 0, 0], [1, 1, 1])]);
	const corners = plain.triangles.length;
	const indices = Uint32Array.from({ length: corners }, (_, c) => (c < 6 ? c : 0xffffffff));
	const values = Float32Array.from([0.1, 0.1, 0.4, 0.1, 0.1, 0.9, 0.6, 0.1, 0.9, 0.1, 0.6, 0.9]);
	const materialOf = new Uint16Array(corners / 3);
	return { mesh: { ...plain, materialOf, corner: { uv: { values, indices, size: 2 } } }, materials: [material] };
}

it('is the mean of the texture over each triangle, times the base colour', () => {
	const colors = paintedColors(painted(), [image])!;
	expect(colors[0]).toBeCloseTo(1, 1);
	expect(colors[2]).toBeCloseTo(0, 1);
	expect(colors[3]).toBeCloseTo(0, 1);
	expect(colors[5]).toBeCloseTo(0.5, 1);
});

it('is the base colour where a triangle has no texture coordinates', () => {
	expect([...paintedColors(painted(), [image])!.subarray(6, 9)]).toEqual([1, 1, 0.5]);
});

it('is nothing where no texture can be decoded', () => {
	expect(paintedColors(painted(), [undefined])).toBeUndefined();
});
