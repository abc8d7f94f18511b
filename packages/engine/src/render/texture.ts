import type { Image } from '../image/image.ts';
import type { TextureUse } from '../mesh/model.ts';
import { LINEAR, toSrgb } from './srgb.ts';

/** An image as a surface is painted with it. */
export type Texture = {
	readonly image: Image;
	/** Its numbers are what they are (normals, roughness), not sRGB colours. Default false. */
	readonly data?: boolean;
} & Omit<TextureUse, 'image'>;

const AS_IS: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * Writes the texture's colour at (u, v) into `out`: linear RGB and alpha, 0..1, bilinear within one level.
 *
 * @param level Halvings of the image, 0 = as it is; beyond the last one the last one is taken.
 */
export function sampleTexture(texture: Texture, level: number, u: number, v: number, out: Float64Array): void {
	const { width, height, pixels } = levelOf(texture.image, level, texture.data);
	const value = texture.data ? AS_IS : LINEAR;
	const m = texture.transform;
	const x = (m[0] * u + m[1] * v + m[2]) * width - 0.5;
	const y = (m[3] * u + m[4] * v + m[5]) * height - 0.5;
	const floorX = Math.floor(x);
	const floorY = Math.floor(y);
	const fx = x - floorX;
	const fy = y - floorY;
	const x0 = wrap(floorX, width, texture.wrapU);
	const x1 = wrap(floorX + 1, width, texture.wrapU);
	const y0 = wrap(floorY, height, texture.wrapV) * width;
	const y1 = wrap(floorY + 1, height, texture.wrapV) * width;
	const a = (y0 + x0) * 4;
	const b = (y0 + x1) * 4;
	const c = (y1 + x0) * 4;
	const d = (y1 + x1) * 4;
	const wa = (1 - fx) * (1 - fy);
	const wb = fx * (1 - fy);
	const wc = (1 - fx) * fy;
	const wd = fx * fy;
	for (let k = 0; k < 3; k++) {
		const ab = wa * value[pixels[a + k]] + wb * value[pixels[b + k]];
		out[k] = ab + wc * value[pixels[c + k]] + wd * value[pixels[d + k]];
	}
	out[3] = (wa * pixels[a + 3] + wb * pixels[b + 3] + wc * pixels[c + 3] + wd * pixels[d + 3]) / 255;
}

function wrap(i: number, size: number, mode: TextureUse['wrapU']): number {
	if (mode === 'clamp') return i < 0 ? 0 : i >= size ? size - 1 : i;
	const period = mode === 'mirror' ? 2 * size : size;
	const j = i - Math.floor(i / period) * period;
	return j < size ? j : period - 1 - j;
}

/** Halved copies of each image, made when they are first asked for and forgotten with it. */
const halvedColors = new WeakMap<Image, Image[]>();
const halvedData = new WeakMap<Image, Image[]>();

/**
 * The image halved `level` times; the last that there is where it cannot be halved as often.
 *
 * @param data Averages the numbers as they are, not in linear light.
 */
export function levelOf(image: Image, level: number, data = false): Image {
	if (level === 0) return image;
	const halved = data ? halvedData : halvedColors;
	let levels = halved.get(image);
	if (!levels) {
		levels = [image];
		halved.set(image, levels);
	}
	while (levels.length <= level) {
		const last = levels[levels.length - 1];
		if (last.width === 1 && last.height === 1) return last;
		levels.push(halve(last, data));
	}
	return levels[level];
}

/** Mean of each 2 × 2 pixels; an odd last row or column is taken twice. */
function halve({ width, height, pixels }: Image, data: boolean): Image {
	const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 };
	const out = new Uint8Array(half.width * half.height * 4);
	for (let y = 0; y < half.height; y++) {
		const row0 = 2 * y * width;
		const row1 = Math.min(2 * y + 1, height - 1) * width;
		for (let x = 0; x < half.width; x++) {
			const next = Math.min(2 * x + 1, width - 1);
			const a = (row0 + 2 * x) * 4;
			const b = (row0 + next) * 4;
			const c = (row1 + 2 * x) * 4;
			const d = (row1 + next) * 4;
			const o = (y * half.width + x) * 4;
			for (let k = 0; k < 3; k++)
				out[o + k] = data
					? (pixels[a + k] + pixels[b + k] + pixels[c + k] + pixels[d + k] + 2) >> 2
					: toSrgb((LINEAR[pixels[a + k]] + LINEAR[pixels[b + k]] + LINEAR[pixels[c + k]] + LINEAR[pixels[d + k]]) / 4);
			out[o + 3] = (pixels[a + 3] + pixels[b + 3] + pixels[c + 3] + pixels[d + 3] + 2) >> 2;
		}
	}
	return { ...half, pixels: out };
}
