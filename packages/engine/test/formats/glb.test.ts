import { describe, expect, it } from 'vitest';
import { isGlb, readGlb, writeGlb } from '../../src/formats/glb.ts';

const glb = writeGlb({ asset: { version: '2.0' } }, Uint8Array.of(1, 2, 3));

describe('GLB container', () => {
	it('gives back what was put in, padded to four bytes', () => {
		const { json, bin } = readGlb(glb);
		expect(JSON.parse(new TextDecoder().decode(json))).toEqual({ asset: { version: '2.0' } });
		expect([...bin!]).toEqual([1, 2, 3, 0]);
		expect(glb.length % 4).toBe(0);
		expect(isGlb(glb)).toBe(true);
	});

	it('starts with the JSON chunk and leaves out an empty binary chunk', () => {
		const bare = writeGlb({}, undefined);
		expect(new DataView(bare.buffer).getUint32(16, true)).toBe(0x4e4f534a);
		expect(readGlb(bare).bin).toBeUndefined();
	});

	it('reads from any place in a larger buffer', () => {
		const larger = new Uint8Array(glb.length + 3);
		larger.set(glb, 3);
		expect(readGlb(larger.subarray(3)).bin).toHaveLength(4);
	});

	it('ignores bytes after the declared length', () => {
		const longer = new Uint8Array(glb.length + 8);
		longer.set(glb);
		expect(readGlb(longer).bin).toHaveLength(4);
	});

	const patched = (at: number, word: number): Uint8Array => {
		const copy = glb.slice();
		new DataView(copy.buffer).setUint32(at, word, true);
		return copy;
	};
	it.each([
		['ends in the header', glb.subarray(0, 12), 'truncated-file'],
		['ends in a chunk', glb.subarray(0, glb.length - 4), 'truncated-file'],
		['has a chunk longer than itself', patched(12, 1 << 30), 'truncated-file'],
		['declares more than there is', patched(8, 1 << 30), 'truncated-file'],
		['is of version 1', patched(4, 1), 'unsupported-format'],
		['has another chunk first', patched(16, 0x004e4942), 'malformed-file'],
		['has another magic', patched(0, 0), 'malformed-file'],
	])('refuses one that %s', (_, bytes, code) => {
		expect(() => readGlb(bytes)).toThrow(expect.objectContaining({ code }));
	});
});
