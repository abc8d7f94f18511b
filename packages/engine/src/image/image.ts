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
	/** @param most Longest side that is asked for, pixels: a larger image is handed over reduced to it. Default: as it is. */
	decode(bytes: Uint8Array, mimeType: string, most?: number): Promise<Image>;
	encode(image: Image, mimeType: 'image/png' | 'image/jpeg'): Promise<Uint8Array>;
};
