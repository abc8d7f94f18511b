import type { Codec, Image } from '../image/image.ts';
import { reduceImage } from '../image/reduce.ts';
import type { EncodedImage, Model } from '../mesh/model.ts';
import { renderModel } from './render-model.ts';

export type DecodedImages = {
	/** By index of `Model.images`; undefined where one cannot be decoded. */
	readonly images: readonly (Image | undefined)[];
	/** One sentence for each that cannot. */
	readonly warnings: readonly string[];
};

/**
 * Decodes the images of a model; what cannot be decoded is a warning, what is undefined stays so.
 * @param most Longest side, pixels: a larger image is reduced as soon as it is there. Default: none is.
 */
export async function decodeImages(
	encoded: readonly (EncodedImage | undefined)[],
	codec: Codec,
	most = Number.POSITIVE_INFINITY,
): Promise<DecodedImages> {
	const warnings: string[] = [];
	const decoded = await Promise.allSettled(
		encoded.map(async (image) => image && reduceImage(await codec.decode(image.bytes, image.mimeType), most)),
	);
	const images = decoded.map((result, i) => {
		if (result.status === 'fulfilled') return result.value;
		warnings.push(`image '${encoded[i]?.name}' is left out: ${(result.reason as Error).message}`);
		return undefined;
	});
	return { images, warnings };
}

/** Size of a picture that nobody asked another size of, pixels. */
export const PICTURE_SIZE = Object.freeze({ width: 1024, height: 1024 });

/**
 * A picture of a model as it looks, as PNG.
 * @param codec Decodes the textures and encodes the picture; an image it cannot decode is drawn without, with a warning.
 */
export async function pictureOf(
	model: Model,
	codec: Codec,
	size: { readonly width: number; readonly height: number } = PICTURE_SIZE,
): Promise<{ readonly png: Uint8Array; readonly warnings: readonly string[] }> {
	const { images, warnings } = await decodeImages(model.images, codec);
	const { image, warnings: missing } = renderModel(model, images, size);
	return { png: await codec.encode(image, 'image/png'), warnings: [...warnings, ...missing] };
}
