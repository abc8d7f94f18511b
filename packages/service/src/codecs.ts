import { type Codec, MeshError } from '@meshwright/engine';
import sharp from 'sharp';

/**
 * The engine's image codec, by sharp (libvips): decodes PNG, JPEG, WebP, AVIF, GIF and TIFF; encodes PNG and JPEG.
 *
 * As glTF wants it, colour profiles, gamma and orientation tags are not applied: the stored numbers are the colours.
 * @param options `maxPixels`: images with more are refused before they are decoded. Default 16384².
 */
export function sharpCodec({ maxPixels = 16384 ** 2 }: { maxPixels?: number } = {}): Codec {
	return {
		async decode(bytes, mimeType) {
			if (!DECODED.includes(mimeType)) throw new MeshError('missing-codec', `no codec for images of type ${mimeType}`);
			try {
				const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, ignoreIcc: true })
					.toColourspace('srgb')
					.ensureAlpha()
					.raw({ depth: 'uchar' })
					.toBuffer({ resolveWithObject: true });
				return {
					width: info.width,
					height: info.height,
					pixels: new Uint8Array(data.buffer, data.byteOffset, data.length),
				};
			} catch (error) {
				throw new MeshError(
					'malformed-image',
					`an image of type ${mimeType} cannot be decoded: ${(error as Error).message}`,
				);
			}
		},

		async encode({ width, height, pixels }, mimeType) {
			const image = sharp(pixels, { raw: { width, height, channels: 4 }, limitInputPixels: maxPixels });
			// Level 3: 40 % less time than 6 on normal maps of 2048², 3 % more bytes; without alpha where all is opaque, 5 % less.
			if (mimeType === 'image/png')
				return (isOpaque(pixels) ? image.removeAlpha() : image).png({ compressionLevel: 3 }).toBuffer();
			return image.removeAlpha().jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
		},
	};
}

function isOpaque(pixels: Uint8Array): boolean {
	for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 255) return false;
	return true;
}

const DECODED = ['image/png', 'image/jpeg', 'image/webp', 'image/avif', 'image/gif', 'image/tiff'];
