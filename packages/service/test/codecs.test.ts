import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { sharpCodec } from '../src/codecs.ts';

/** 2 × 2: red, green, blue, and white that cannot be seen. */
const PIXELS = new Uint8Array([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 0]);
const RAW = { raw: { width: 2, height: 2, channels: 4 as const } };
const codec = sharpCodec();

describe('decode', () => {
	it('gives the pixels of a PNG as they are, the invisible too', async () => {
		const image = await codec.decode(await sharp(PIXELS, RAW).png().toBuffer(), 'image/png');
		expect(image).toEqual({ width: 2, height: 2, pixels: PIXELS });
	});

	it.each(['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/tiff', 'image/avif'])(
		'reads %s',
		async (type) => {
			const grey = sharp({ create: { width: 16, height: 8, channels: 3, background: { r: 90, g: 90, b: 90 } } });
			const encoded = await grey.toFormat(type.split('/')[1] as 'png').toBuffer();
			const { width, height, pixels } = await codec.decode(encoded, type);
			expect([width, height, pixels.length]).toEqual([16, 8, 16 * 8 * 4]);
			expect(Math.abs(pixels[0]! - 90)).toBeLessThan(4);
			expect(pixels[3]).toBe(255);
		},
	);

	it.each([
		['palette', (s: Sharp) => s.png({ palette: true, colours: 4 })],
		['16 bits', (s: Sharp) => s.toColourspace('rgb16').png()],
		['grey', (s: Sharp) => s.toColourspace('b-w').png()],
	])('makes RGBA of 8 bits from %s', async (_, encode) => {
		const source = sharp({ create: { width: 4, height: 4, channels: 3, background: { r: 200, g: 200, b: 200 } } });
		const { pixels } = await codec.decode(await encode(source).toBuffer(), 'image/png');
		expect([...pixels.subarray(0, 4)]).toEqual([200, 200, 200, 255]);
	});

	it('does not turn an image by its orientation tag', async () => {
		const source = sharp({ create: { width: 4, height: 2, channels: 3, background: 'red' } });
		const turned = await source.jpeg().withMetadata({ orientation: 6 }).toBuffer();
		expect(await codec.decode(turned, 'image/jpeg')).toMatchObject({ width: 4, height: 2 });
	});

	it('refuses what is no image, what is cut off, and what is too large', async () => {
		const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
			.png()
			.toBuffer();
		const malformed = { name: 'MeshError', code: 'malformed-image' };
		await expect(codec.decode(Buffer.from('no image'), 'image/png')).rejects.toMatchObject(malformed);
		await expect(codec.decode(png.subarray(0, 60), 'image/png')).rejects.toMatchObject(malformed);
		await expect(sharpCodec({ maxPixels: 64 * 63 }).decode(png, 'image/png')).rejects.toMatchObject(malformed);
	});

	it('names a type that it does not know', async () => {
		const decoded = codec.decode(new Uint8Array(1), 'image/ktx2');
		await expect(decoded).rejects.toMatchObject({
			code: 'missing-codec',
			message: expect.stringContaining('image/ktx2'),
		});
	});
});

describe('encode', () => {
	it('gives PNG that decodes to the same pixels, and the same bytes each time', async () => {
		const image = { width: 2, height: 2, pixels: PIXELS };
		const png = await codec.encode(image, 'image/png');
		expect(await codec.decode(png, 'image/png')).toEqual(image);
		expect(await codec.encode(image, 'image/png')).toEqual(png);
	});

	it('gives JPEG near the pixels', async () => {
		const pixels = new Uint8Array(16 * 16 * 4).fill(120);
		const jpeg = await codec.encode({ width: 16, height: 16, pixels }, 'image/jpeg');
		const decoded = await codec.decode(jpeg, 'image/jpeg');
		expect(Math.abs(decoded.pixels[0]! - 120)).toBeLessThan(4);
		expect(decoded.pixels[3]).toBe(255);
	});
});
