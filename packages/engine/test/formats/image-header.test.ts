import { describe, expect, it } from 'vitest';
import { imageSize } from '../../src/formats/image-header.ts';

/** Text as bytes, numbers as bytes. */
const bytes = (...pieces: readonly (string | number)[]): Uint8Array =>
	Uint8Array.from(
		pieces.flatMap((piece) => (typeof piece === 'string' ? Array.from(piece, (c) => c.charCodeAt(0)) : [piece])),
	);
const zeros = (count: number): string => '\0'.repeat(count);

/** 300 × 200 in each format. */
const HEADERS: Record<string, Uint8Array> = {
	'image/png': bytes(0x89, 'PNG\r\n\x1a\n', 0, 0, 0, 13, 'IHDR', 0, 0, 1, 44, 0, 0, 0, 200),
	'image/jpeg': bytes('\xff\xd8\xff\xe0\0\x04ab\xff\xff\xdb\0\x03x\xff\xc2\0\x11\x08\0\xc8\x01\x2c\x03'),
	'image/gif': bytes('GIF89a', 44, 1, 200, 0),
	'image/bmp': bytes('BM', zeros(12), 40, 0, 0, 0, 44, 1, 0, 0, 0x38, 0xff, 0xff, 0xff),
	'image/ktx2': bytes('\xabKTX 20\xbb\r\n\x1a\n', zeros(8), 44, 1, 0, 0, 200, 0, 0, 0),
	'image/vnd-ms.dds': bytes('DDS ', zeros(8), 200, 0, 0, 0, 44, 1, 0, 0),
	'image/x-tga': bytes(0, 0, 10, zeros(9), 44, 1, 200, 0, 24, 0x20),
	'image/avif': bytes(
		...[0, 0, 0, 16, 'ftypavif', zeros(4), 0, 0, 0, 80, 'meta', zeros(4), 0, 0, 0, 8, 'hdlr'],
		...[0, 0, 0, 56, 'iprp', 0, 0, 0, 48, 'ipco', 0, 0, 0, 20, 'ispe', zeros(4), 0, 0, 0, 9, 0, 0, 0, 9],
		...[0, 0, 0, 20, 'ispe', zeros(4), 0, 0, 1, 44, 0, 0, 0, 200],
	),
};
const WEBPS: Record<string, Uint8Array> = {
	lossy: bytes('RIFF', zeros(4), 'WEBPVP8 ', zeros(4), zeros(3), '\x9d\x01\x2a', 44, 1, 200, 0),
	lossless: bytes('RIFF', zeros(4), 'WEBPVP8L', zeros(4), 0x2f, 0x2b, 0xc1, 0x31, 0, zeros(5)),
	extended: bytes('RIFF', zeros(4), 'WEBPVP8X', zeros(8), 43, 1, 0, 199, 0, 0),
};

const CASES = [
	...Object.entries(HEADERS).map(([mimeType, header]) => [mimeType, mimeType, header] as const),
	...Object.entries(WEBPS).map(([kind, header]) => [`${kind} WebP`, 'image/webp', header] as const),
];

describe.each(CASES)('%s', (_, mimeType, header) => {
	it('says its size', () => {
		expect(imageSize(header)).toEqual({ mimeType, width: 300, height: 200 });
	});

	it('says it from the middle of a larger array too', () => {
		const larger = new Uint8Array(header.length + 9).fill(0xff);
		larger.set(header, 4);
		expect(imageSize(larger.subarray(4, 4 + header.length))).toEqual({ mimeType, width: 300, height: 200 });
	});

	it('says nothing wrong when it is cut anywhere', () => {
		for (let length = 0; length < header.length; length++) {
			const found = imageSize(header.subarray(0, length));
			if (found && mimeType !== 'image/avif') expect(found).toEqual({ mimeType, width: 300, height: 200 });
		}
		expect(imageSize(header.subarray(0, 9))).toBeUndefined();
	});
});

it.each([
	['nothing', bytes()],
	['text', bytes('solid of a name that is long enough')],
	['a JPEG that ends before its frame', bytes('\xff\xd8\xff\xd9', zeros(20))],
	['zeros', bytes(zeros(64))],
])('does not know %s', (_, data) => {
	expect(imageSize(data)).toBeUndefined();
});
