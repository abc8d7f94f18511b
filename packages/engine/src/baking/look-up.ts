import { NO_ROW } from '../mesh/mesh.ts';
import { LINEAR } from '../render/srgb.ts';
import { CLAMP, imageAt, type Lookup, MAX_LEVEL, MIRROR, type Wrap } from './recipe.ts';

/** Where a look-up reads: four texels (byte offsets) and their weights. Several textures of one size share it. */
export type Spot = { level: number; readonly at: Int32Array; readonly weights: Float64Array };

export const newSpot = (): Spot => ({ level: 0, at: new Int32Array(4), weights: new Float64Array(4) });

/**
 * Finds where a look-up reads at a place of source triangle `t`.
 * The image is halved until its texels are about as large as those that are baked: no more than 1.4 times as fine.
 * Returns false where the triangle has no texture coordinates.
 *
 * @param place Weights of the second and the third corner, and half the binary logarithm of the baked texels to a square
 * object unit.
 */
export function locate(lookup: Lookup, t: number, place: Float64Array, spot: Spot): boolean {
	const { uv, transform: m, wrapU, wrapV } = lookup;
	const { indices, values } = uv;
	const ra = 2 * indices[3 * t];
	const rb = 2 * indices[3 * t + 1];
	const rc = 2 * indices[3 * t + 2];
	if (ra === 2 * NO_ROW || rb === 2 * NO_ROW || rc === 2 * NO_ROW) return false;
	const level = Math.min(MAX_LEVEL, Math.max(0, Math.round(lookup.density[t] - place[2])));
	const { width, height } = imageAt(lookup, level);
	const u = place[0];
	const v = place[1];
	const w = 1 - u - v;
	const s = w * values[ra] + u * values[rb] + v * values[rc];
	const r = w * values[ra + 1] + u * values[rb + 1] + v * values[rc + 1];
	const x = (m[0] * s + m[1] * r + m[2]) * width - 0.5;
	const y = (m[3] * s + m[4] * r + m[5]) * height - 0.5;
	const floorX = Math.floor(x);
	const floorY = Math.floor(y);
	const fx = x - floorX;
	const fy = y - floorY;
	const x0 = 4 * wrap(floorX, width, wrapU);
	const x1 = 4 * wrap(floorX + 1, width, wrapU);
	const y0 = 4 * wrap(floorY, height, wrapV) * width;
	const y1 = 4 * wrap(floorY + 1, height, wrapV) * width;
	const { at, weights } = spot;
	at[0] = y0 + x0;
	at[1] = y0 + x1;
	at[2] = y1 + x0;
	at[3] = y1 + x1;
	weights[0] = (1 - fx) * (1 - fy);
	weights[1] = fx * (1 - fy);
	weights[2] = (1 - fx) * fy;
	weights[3] = fx * fy;
	spot.level = level;
	return true;
}

function wrap(i: number, size: number, mode: Wrap): number {
	if (i >= 0 && i < size) return i;
	if (mode === CLAMP) return i < 0 ? 0 : size - 1;
	const period = mode === MIRROR ? 2 * size : size;
	const j = i - Math.floor(i / period) * period;
	return j < size ? j : period - 1 - j;
}

/** Writes linear RGB and alpha, 0..1. */
export function readColor(lookup: Lookup, spot: Spot, out: Float64Array): void {
	const { pixels } = imageAt(lookup, spot.level);
	const { at, weights } = spot;
	const a = at[0];
	const b = at[1];
	const c = at[2];
	const d = at[3];
	const wa = weights[0];
	const wb = weights[1];
	const wc = weights[2];
	const wd = weights[3];
	out[0] = wa * LINEAR[pixels[a]] + wb * LINEAR[pixels[b]] + wc * LINEAR[pixels[c]] + wd * LINEAR[pixels[d]];
	out[1] =
		wa * LINEAR[pixels[a + 1]] + wb * LINEAR[pixels[b + 1]] + wc * LINEAR[pixels[c + 1]] + wd * LINEAR[pixels[d + 1]];
	out[2] =
		wa * LINEAR[pixels[a + 2]] + wb * LINEAR[pixels[b + 2]] + wc * LINEAR[pixels[c + 2]] + wd * LINEAR[pixels[d + 2]];
	out[3] = (wa * pixels[a + 3] + wb * pixels[b + 3] + wc * pixels[c + 3] + wd * pixels[d + 3]) / 255;
}

/** Writes the first three channels as they are, 0..1. */
export function readData(lookup: Lookup, spot: Spot, out: Float64Array): void {
	const { pixels } = imageAt(lookup, spot.level);
	const { at, weights } = spot;
	const a = at[0];
	const b = at[1];
	const c = at[2];
	const d = at[3];
	const wa = weights[0] / 255;
	const wb = weights[1] / 255;
	const wc = weights[2] / 255;
	const wd = weights[3] / 255;
	out[0] = wa * pixels[a] + wb * pixels[b] + wc * pixels[c] + wd * pixels[d];
	out[1] = wa * pixels[a + 1] + wb * pixels[b + 1] + wc * pixels[c + 1] + wd * pixels[d + 1];
	out[2] = wa * pixels[a + 2] + wb * pixels[b + 2] + wc * pixels[c + 2] + wd * pixels[d + 2];
}
