/** Pixels in memory: 8 bits a channel, RGBA, rows from the top, not premultiplied, sRGB. */
export type Image = {
	readonly width: number;
	readonly height: number;
	/** width × height × 4. */
	readonly pixels: Uint8Array;
};

/**
 * Turns encoded images into pixels and back. A port: Node brings sharp, a page its browser's own.
 * Both reject with `malformed-image`, or with `missing-codec` for a type that they do not know.
 */
export type Codec = {
	decode(bytes: Uint8Array, mimeType: string): Promise<Image>;
	encode(image: Image, mimeType: 'image/png' | 'image/jpeg'): Promise<Uint8Array>;
};
