import { describe, expect, it } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { reduceImage } from '../../src/image/reduce.ts';
import { random } from '../../src/math/random.ts';

function noise(width: number, height: number, alpha?: number): Image {
	const next = random(5);
	const pixels = Uint8Array.from({ length: 4 * width * height }, () => Math.floor(256 * next()));
	if (alpha !== undefined) for (let i = 3; i < pixels.length; i += 4) pixels[i] = alpha;
	return { width, height, pixels };
}

function mean({ pixels }: Image, k: number): number {
	let sum = 0;
	for (let i = k; i < pixels.length; i += 4) sum += pixels[i];
	return sum / (pixels.length / 4);
}

describe('reduceImage', () => {
	it('gives back an image that is no larger', () => {
		const image = noise(8, 4);
		expect(reduceImage(image, 8)).toBe(image);
	});

	it('divides by a whole number, the rest of a side making a texel of its own', () => {
		expect(reduceImage(noise(64, 16), 16)).toMatchObject({ width: 16, height: 4 });
		expect(reduceImage(noise(65, 3), 32)).toMatchObject({ width: 22, height: 1 });
	});

	it('keeps the mean of every channel', () => {
		const image = noise(96, 48, 255);
		const reduced = reduceImage(image, 24);
		for (let k = 0; k < 4; k++) expect(Math.abs(mean(reduced, k) - mean(image, k))).toBeLessThan(0.5);
	});

	it('is one with itself: by two and then by two is by four', () => {
		const image = noise(64, 64, 255);
		const [twice, once] = [reduceImage(reduceImage(image, 32), 16), reduceImage(image, 16)];
		for (let i = 0; i < once.pixels.length; i++) expect(Math.abs(once.pixels[i] - twice.pixels[i])).toBeLessThan(2);
	});

	it('lets what cannot be seen have no say in the colour', () => {
		const pixels = Uint8Array.from([200, 100, 0, 255, 9, 9, 9, 0, 9, 9, 9, 0, 9, 9, 9, 0]);
		expect([...reduceImage({ width: 2, height: 2, pixels }, 1).pixels]).toEqual([200, 100, 0, 64]);
	});
});
