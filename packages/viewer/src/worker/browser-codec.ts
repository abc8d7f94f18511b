import { type Codec, type Image, MeshError } from '@meshwright/engine';

/** Image types that every browser decodes; more only by luck of the browser, which is asked. */
export const browserCodec: Codec = {
	async decode(bytes, mimeType) {
		const bitmap = await decodeBitmap(bytes, mimeType);
		const { width, height } = bitmap;
		const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
		context.drawImage(bitmap, 0, 0);
		bitmap.close();
		return { width, height, pixels: new Uint8Array(context.getImageData(0, 0, width, height).data.buffer) };
	},

	async encode({ width, height, pixels }: Image, mimeType) {
		const canvas = new OffscreenCanvas(width, height);
		const data = new ImageData(new Uint8ClampedArray(pixels), width, height);
		canvas.getContext('2d')!.putImageData(data, 0, 0);
		const blob = await canvas.convertToBlob({ type: mimeType });
		if (blob.type !== mimeType) throw new MeshError('missing-codec', `this browser does not write ${mimeType}`);
		return new Uint8Array(await blob.arrayBuffer());
	},
};

/**
 * The pixels as the file has them: no colour conversion, alpha not multiplied in.
 * @throws MeshError `malformed-image`.
 */
export async function decodeBitmap(bytes: Uint8Array, mimeType: string): Promise<ImageBitmap> {
	const blob = new Blob([new Uint8Array(bytes)], { type: mimeType });
	try {
		return await createImageBitmap(blob, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
	} catch {
		throw new MeshError('malformed-image', `this browser cannot decode an image of type ${mimeType}`, { mimeType });
	}
}
