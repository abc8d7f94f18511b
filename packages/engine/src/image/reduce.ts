import type { Image } from './image.ts';

/**
 * An image made smaller by a whole factor: each texel is the mean of a square of the old, weighted by alpha.
 *
 * Done here and not by the codecs, whose filters differ: on the same texture the page and the command then see the same
 * colours. A lantern had four parts by command and three on the page.
 *
 * @param most Longest side wanted, pixels; an image that is no larger is given back as it is.
 */
export function reduceImage(image: Image, most: number): Image {
	const factor = Math.ceil(Math.max(image.width, image.height) / most);
	if (factor <= 1) return image;
	const width = Math.ceil(image.width / factor);
	const height = Math.ceil(image.height / factor);
	const pixels = new Uint8Array(4 * width * height);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) meanTo(image, x * factor, y * factor, factor, pixels, 4 * (y * width + x));
	return { width, height, pixels };
}

/** The mean of the square with its first corner at x, y, as far as the image goes. */
function meanTo(
	{ width, height, pixels }: Image,
	x: number,
	y: number,
	side: number,
	out: Uint8Array,
	o: number,
): void {
	const right = Math.min(x + side, width);
	const bottom = Math.min(y + side, height);
	let [red, green, blue, alpha] = [0, 0, 0, 0];
	for (let j = y; j < bottom; j++) {
		for (let i = x; i < right; i++) {
			const p = 4 * (j * width + i);
			const weight = pixels[p + 3];
			red += weight * pixels[p];
			green += weight * pixels[p + 1];
			blue += weight * pixels[p + 2];
			alpha += weight;
		}
	}
	if (alpha === 0) return;
	out[o] = Math.round(red / alpha);
	out[o + 1] = Math.round(green / alpha);
	out[o + 2] = Math.round(blue / alpha);
	out[o + 3] = Math.round(alpha / ((right - x) * (bottom - y)));
}
