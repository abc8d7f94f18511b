import type { Image } from '../image/image.ts';
import { triangleCount } from '../mesh/mesh.ts';
import type { Model } from '../mesh/model.ts';
import { sampleTexture, type Texture } from './texture.ts';

/** Weights of the corners at the places of a triangle that are looked at: all six mixes of 2/3, 1/6, 1/6 and 5/12, 5/12, 1/6. */
const PLACES = [
	[2 / 3, 1 / 6, 1 / 6],
	[1 / 6, 2 / 3, 1 / 6],
	[1 / 6, 1 / 6, 2 / 3],
	[5 / 12, 5 / 12, 1 / 6],
	[1 / 6, 5 / 12, 5 / 12],
	[5 / 12, 1 / 6, 5 / 12],
] as const;

/**
 * Mean colour that each triangle shows, linear RGB, 0..1: its material's base colour times the texture's, over the whole
 * of the triangle. Vertex colours are not in it.
 *
 * @param images Decoded images by index of `Model.images`; what is undefined counts as white.
 * @returns T × 3; undefined where no material has a texture that could be decoded.
 */
export function paintedColors(
	{ mesh, materials }: Pick<Model, 'mesh' | 'materials'>,
	images: readonly (Image | undefined)[],
): Float32Array | undefined {
	const textures = materials.map(({ baseColorTexture: use }): Texture | undefined => {
		const image = use && images[use.image];
		return use && image && mesh.corner[use.uv] ? { ...use, image } : undefined;
	});
	if (!textures.some(Boolean)) return undefined;
	const count = triangleCount(mesh);
	const colors = new Float32Array(3 * count).fill(1);
	const sample = new Float64Array(4);
	for (let t = 0; t < count; t++) {
		const material = materials[mesh.materialOf[t]];
		if (!material) continue;
		for (let k = 0; k < 3; k++) colors[3 * t + k] = material.baseColor[k];
		const texture = textures[mesh.materialOf[t]];
		if (!texture) continue;
		const { values, indices } = mesh.corner[texture.uv];
		const at = (c: number, k: number): number => values[2 * indices[3 * t + c] + k];
		if (Number.isNaN(at(0, 0) + at(1, 0) + at(2, 0))) continue;
		const level = levelFor(texture, at);
		const sum = [0, 0, 0];
		for (const weights of PLACES) {
			let u = 0;
			let v = 0;
			for (let c = 0; c < 3; c++) {
				u += weights[c] * at(c, 0);
				v += weights[c] * at(c, 1);
			}
			sampleTexture(texture, level, u, v, sample);
			for (let k = 0; k < 3; k++) sum[k] += sample[k];
		}
		for (let k = 0; k < 3; k++) colors[3 * t + k] *= sum[k] / PLACES.length;
	}
	return colors;
}

/** The level at which a texel is about a quarter of the triangle. */
function levelFor({ image, transform: m }: Texture, at: (c: number, k: number) => number): number {
	const x = [0, 1, 2].map((c) => (m[0] * at(c, 0) + m[1] * at(c, 1)) * image.width);
	const y = [0, 1, 2].map((c) => (m[3] * at(c, 0) + m[4] * at(c, 1)) * image.height);
	const texels = Math.abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])) / 2;
	return texels > 4 ? Math.round(Math.log2(texels / 4) / 2) : 0;
}
