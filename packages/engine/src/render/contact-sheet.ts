import { MeshError } from '../errors.ts';
import type { Image } from '../image/image.ts';

export type ContactSheetOptions = {
	/** Pictures in a row, ≥ 1. Default 4. */
	readonly columns?: number;
	/** Pixels between pictures and around them, ≥ 0. Default 8. */
	readonly gap?: number;
	/** sRGB and alpha, 0..255. Default white. */
	readonly background?: readonly [number, number, number, number];
};

export const CONTACT_SHEET_DEFAULTS = Object.freeze({
	columns: 4,
	gap: 8,
	background: [255, 255, 255, 255] as const,
});

/**
 * Pictures side by side on one sheet, row by row, each in the middle of a cell that holds the largest.
 *
 * @throws MeshError `invalid-option`: no pictures, or columns or gap out of range.
 */
export function contactSheet(images: readonly Image[], options: ContactSheetOptions = {}): Image {
	const { columns, gap, background } = { ...CONTACT_SHEET_DEFAULTS, ...options };
	if (images.length === 0) throw new MeshError('invalid-option', 'a contact sheet needs at least one picture');
	if (!Number.isInteger(columns) || columns < 1 || !Number.isInteger(gap) || gap < 0)
		throw new MeshError('invalid-option', `columns ${columns}, gap ${gap}: whole numbers, ≥ 1 and ≥ 0`);
	const across = Math.min(columns, images.length);
	const down = Math.ceil(images.length / across);
	const cellWidth = Math.max(...images.map((image) => image.width));
	const cellHeight = Math.max(...images.map((image) => image.height));
	const width = across * (cellWidth + gap) + gap;
	const height = down * (cellHeight + gap) + gap;
	const pixels = new Uint8Array(width * height * 4);
	for (let o = 0; o < pixels.length; o += 4) pixels.set(background, o);
	images.forEach((image, i) => {
		const left = gap + (i % across) * (cellWidth + gap) + ((cellWidth - image.width) >> 1);
		const top = gap + Math.floor(i / across) * (cellHeight + gap) + ((cellHeight - image.height) >> 1);
		for (let y = 0; y < image.height; y++) {
			const row = image.pixels.subarray(y * image.width * 4, (y + 1) * image.width * 4);
			pixels.set(row, ((top + y) * width + left) * 4);
		}
	});
	return { width, height, pixels };
}
