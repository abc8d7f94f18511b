/** What an encoded image says of itself in its first bytes. */
export type ImageHeader = {
	readonly mimeType: string;
	/** Pixels. */
	readonly width: number;
	/** Pixels. */
	readonly height: number;
};

/**
 * Type and size of an encoded image, read from its header alone: nothing is decoded and nothing allocated.
 *
 * Knows PNG, JPEG, WebP, KTX2, GIF, BMP, DDS, AVIF and TGA. TGA has no signature and is asked last, by the
 * plausibility of its 18 header bytes.
 *
 * @returns `undefined` where the bytes are none of these or end before the size.
 */
export function imageSize(bytes: Uint8Array): ImageHeader | undefined {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	for (const measure of HEADERS) {
		const header = measure(view);
		if (header) return header;
	}
	return undefined;
}

type Measure = (view: DataView) => ImageHeader | undefined;

const header = (mimeType: string, width: number, height: number): ImageHeader => ({ mimeType, width, height });

/** Do the bytes from `at` spell `signature` (one byte a character)? */
function spells(view: DataView, at: number, signature: string): boolean {
	if (view.byteLength < at + signature.length) return false;
	for (let i = 0; i < signature.length; i++) if (view.getUint8(at + i) !== signature.charCodeAt(i)) return false;
	return true;
}

const png: Measure = (view) =>
	spells(view, 0, '\x89PNG\r\n\x1a\n') && spells(view, 12, 'IHDR') && view.byteLength >= 24
		? header('image/png', view.getUint32(16), view.getUint32(20))
		: undefined;

/** Walks the segments to the first start-of-frame. */
const jpeg: Measure = (view) => {
	if (!spells(view, 0, '\xff\xd8\xff')) return undefined;
	let at = 2;
	while (at + 9 <= view.byteLength) {
		if (view.getUint8(at) !== 0xff) return undefined;
		const marker = view.getUint8(at + 1);
		if (marker === 0xff) {
			at++; // a fill byte
			continue;
		}
		const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
		if (isFrame) return header('image/jpeg', view.getUint16(at + 7), view.getUint16(at + 5));
		const hasNoLength = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
		if (marker === 0xd9 || marker === 0xda) return undefined;
		at += hasNoLength ? 2 : 2 + view.getUint16(at + 2);
	}
	return undefined;
};

/** Lossy, lossless and extended WebP keep the size in three ways. */
const webp: Measure = (view) => {
	if (!spells(view, 0, 'RIFF') || !spells(view, 8, 'WEBP') || view.byteLength < 30) return undefined;
	if (spells(view, 12, 'VP8 ') && spells(view, 23, '\x9d\x01\x2a'))
		return header('image/webp', view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
	if (spells(view, 12, 'VP8L') && view.getUint8(20) === 0x2f) {
		const bits = view.getUint32(21, true);
		return header('image/webp', (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
	}
	if (spells(view, 12, 'VP8X')) {
		const width = (view.getUint32(24, true) & 0xffffff) + 1;
		const height = (view.getUint32(26, true) >>> 8) + 1;
		return header('image/webp', width, height);
	}
	return undefined;
};

const ktx2: Measure = (view) =>
	spells(view, 0, '\xabKTX 20\xbb\r\n\x1a\n') && view.byteLength >= 28
		? header('image/ktx2', view.getUint32(20, true), view.getUint32(24, true))
		: undefined;

const gif: Measure = (view) =>
	(spells(view, 0, 'GIF87a') || spells(view, 0, 'GIF89a')) && view.byteLength >= 10
		? header('image/gif', view.getUint16(6, true), view.getUint16(8, true))
		: undefined;

/** The height is negative where the rows run from the top. */
const bmp: Measure = (view) => {
	if (!spells(view, 0, 'BM') || view.byteLength < 26) return undefined;
	const infoSize = view.getUint32(14, true);
	if (infoSize === 12) return header('image/bmp', view.getUint16(18, true), view.getUint16(20, true));
	if (infoSize < 16 || infoSize > 1024) return undefined;
	return header('image/bmp', Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true)));
};

const dds: Measure = (view) =>
	spells(view, 0, 'DDS ') && view.byteLength >= 20
		? header('image/vnd-ms.dds', view.getUint32(16, true), view.getUint32(12, true))
		: undefined;

/** The largest `ispe` (image spatial extent) among the item properties: the others are thumbnails, tiles and alpha. */
const avif: Measure = (view) => {
	if (!spells(view, 4, 'ftyp') || !(spells(view, 8, 'avif') || spells(view, 8, 'avis'))) return undefined;
	let width = 0;
	let height = 0;
	let at = 0;
	while (at + 8 <= view.byteLength) {
		const size = view.getUint32(at);
		if (spells(view, at + 4, 'ispe') && at + 20 <= view.byteLength) {
			const w = view.getUint32(at + 12);
			const h = view.getUint32(at + 16);
			if (w * h > width * height) {
				width = w;
				height = h;
			}
		}
		if (spells(view, at + 4, 'meta')) at += 12;
		else if (spells(view, at + 4, 'iprp') || spells(view, at + 4, 'ipco')) at += 8;
		else if (size >= 8) at += size;
		else break;
	}
	return width > 0 ? header('image/avif', width, height) : undefined;
};

const tga: Measure = (view) => {
	if (view.byteLength < 18) return undefined;
	const colorMap = view.getUint8(1);
	const kind = view.getUint8(2) & ~8; // 8: run-length encoded
	const isMapped = colorMap === 1 && kind === 1;
	const isPlain = colorMap === 0 && (kind === 2 || kind === 3);
	const depth = view.getUint8(16);
	const isDepth = depth === 8 || depth === 15 || depth === 16 || depth === 24 || depth === 32;
	const width = view.getUint16(12, true);
	const height = view.getUint16(14, true);
	const hasKnownFlags = (view.getUint8(17) & 0xc0) === 0;
	if (!(isMapped || isPlain) || !isDepth || !hasKnownFlags || width === 0 || height === 0) return undefined;
	return header('image/x-tga', width, height);
};

const HEADERS: readonly Measure[] = [png, jpeg, webp, ktx2, gif, bmp, dds, avif, tga];
