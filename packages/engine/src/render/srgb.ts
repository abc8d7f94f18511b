/** Linear value, 0..1, of each sRGB byte. */
export const LINEAR: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
	const s = byte / 255;
	return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
});

/** Fine enough that neighbouring entries differ by at most one byte, even where the curve is steepest. */
const ENTRIES = 16384;

const BYTES: Uint8Array = Uint8Array.from({ length: ENTRIES + 1 }, (_, i) => {
	const l = i / ENTRIES;
	return Math.round(255 * (l <= 0.0031308 ? 12.92 * l : 1.055 * l ** (1 / 2.4) - 0.055));
});

/** sRGB byte of a linear value; below 0 is 0 and above 1 is 255. */
export const toSrgb = (linear: number): number =>
	linear <= 0 ? 0 : linear >= 1 ? 255 : BYTES[Math.round(linear * ENTRIES)];
