import { MeshError } from '../errors.ts';
import type { Image } from '../image/image.ts';

/**
 * Peak signal-to-noise ratio of two pictures over all four channels, decibels: Infinity where they are equal; above 45
 * nobody sees a difference.
 *
 * @throws MeshError `invalid-option`: the pictures differ in size.
 */
export function psnr(a: Image, b: Image): number {
	if (a.width !== b.width || a.height !== b.height)
		throw new MeshError('invalid-option', `pictures of ${a.width} × ${a.height} and ${b.width} × ${b.height}`);
	let squares = 0;
	for (let i = 0; i < a.pixels.length; i++) squares += (a.pixels[i] - b.pixels[i]) ** 2;
	return 10 * Math.log10((255 * 255 * a.pixels.length) / squares);
}
