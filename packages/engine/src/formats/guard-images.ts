import { MeshError } from '../errors.ts';
import { imageSize } from './image-header.ts';

/** Types that are told by their first bytes beyond doubt. */
const SIGNATURES: readonly (readonly [mimeType: string, bytes: readonly number[]])[] = [
	['image/png', [0x89, 0x50, 0x4e, 0x47]],
	['image/jpeg', [0xff, 0xd8, 0xff]],
];

/**
 * Checks an encoded image by its header, without decoding it.
 *
 * @param where Names the image in messages.
 * @returns its type as its bytes tell it; undefined where they do not.
 * @throws `malformed-image` for a PNG or JPEG that ends before its size, `too-large` for more than `maxPixels`.
 */
export function guardImage(bytes: Uint8Array, where: string, maxPixels: number): string | undefined {
	const header = imageSize(bytes);
	if (!header) {
		for (const [mimeType, signature] of SIGNATURES) {
			if (!signature.every((byte, i) => bytes[i] === byte)) continue;
			throw new MeshError('malformed-image', `${where} starts as ${mimeType} but does not say its size.`, { where });
		}
		return undefined;
	}
	const { width, height, mimeType } = header;
	if (width * height > maxPixels) {
		throw new MeshError('too-large', `${where} has ${width} × ${height} pixels; the limit pixels is ${maxPixels}.`, {
			where,
			width,
			height,
		});
	}
	return mimeType;
}
