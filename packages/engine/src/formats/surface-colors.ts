/**
 * Colours as 0..1, changed in place: files that write 0..255 are told by a value above 1. An alpha of NaN becomes 1,
 * for rows that have none.
 */
export function scaleColors(colors: Float32Array, size: 3 | 4): Float32Array {
	let most = 0;
	for (let i = 0; i < colors.length; i++) if (colors[i] > most) most = colors[i];
	if (most > 1) for (let i = 0; i < colors.length; i++) colors[i] /= 255;
	if (size === 4) for (let i = 3; i < colors.length; i += 4) if (Number.isNaN(colors[i])) colors[i] = 1;
	return colors;
}

export const srgbToLinear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
export const linearToSrgb = (c: number): number => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
