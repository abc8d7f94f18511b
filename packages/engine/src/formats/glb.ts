import { MeshError } from '../errors.ts';

const MAGIC = 0x46546c67; // 'glTF'
const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;
const SPACE = 0x20;

/** The two chunks of a GLB, as views of its bytes. */
export type GlbChunks = { readonly json: Uint8Array; readonly bin: Uint8Array | undefined };

/** Do the bytes start as a GLB does? */
export function isGlb(bytes: Uint8Array): boolean {
	return bytes.length >= 4 && bytes[0] === 0x67 && bytes[1] === 0x6c && bytes[2] === 0x54 && bytes[3] === 0x46;
}

/**
 * Takes a GLB apart. Chunks of other kinds are skipped; bytes after the declared length are ignored.
 *
 * @throws `truncated-file` where header or chunks promise more bytes than there are, `malformed-file`,
 *   `unsupported-format` (version 1).
 */
export function readGlb(bytes: Uint8Array): GlbChunks {
	if (bytes.length < 20) {
		throw new MeshError('truncated-file', `A GLB has at least 20 bytes; this one ends after ${bytes.length}.`);
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const version = view.getUint32(4, true);
	const length = view.getUint32(8, true);
	if (view.getUint32(0, true) !== MAGIC)
		throw new MeshError('malformed-file', 'The file does not start as a GLB does.');
	if (version !== 2)
		throw new MeshError('unsupported-format', `GLB version ${version}; version 2 is read.`, { version });
	if (length > bytes.length) {
		throw new MeshError('truncated-file', `The GLB declares ${length} bytes but ends after ${bytes.length}.`, {
			declared: length,
			bytes: bytes.length,
		});
	}
	let json: Uint8Array | undefined;
	let bin: Uint8Array | undefined;
	let at = 12;
	while (at + 8 <= length) {
		const chunkLength = view.getUint32(at, true);
		const type = view.getUint32(at + 4, true);
		if (at + 8 + chunkLength > length) {
			throw new MeshError('truncated-file', `The GLB chunk at byte ${at} declares ${chunkLength} bytes past the end.`, {
				at,
				declared: chunkLength,
			});
		}
		const chunk = bytes.subarray(at + 8, at + 8 + chunkLength);
		if (!json && type !== JSON_CHUNK) throw new MeshError('malformed-file', 'The first chunk of the GLB is not JSON.');
		if (type === JSON_CHUNK) json ??= chunk;
		else if (type === BIN_CHUNK) bin ??= chunk;
		at += 8 + chunkLength;
	}
	if (!json) throw new MeshError('malformed-file', 'The GLB has no JSON chunk.');
	return { json, bin };
}

/** Puts a GLB together: the JSON first, then one binary chunk, each padded to four bytes. */
export function writeGlb(json: unknown, bin: Uint8Array | undefined): Uint8Array {
	const text = new TextEncoder().encode(JSON.stringify(json));
	const textLength = padded(text.length);
	const binLength = bin && bin.length > 0 ? padded(bin.length) : 0;
	const total = 20 + textLength + (binLength > 0 ? 8 + binLength : 0);
	const glb = new Uint8Array(total);
	const view = new DataView(glb.buffer);
	view.setUint32(0, MAGIC, true);
	view.setUint32(4, 2, true);
	view.setUint32(8, total, true);
	view.setUint32(12, textLength, true);
	view.setUint32(16, JSON_CHUNK, true);
	glb.fill(SPACE, 20, 20 + textLength);
	glb.set(text, 20);
	if (bin && binLength > 0) {
		view.setUint32(20 + textLength, binLength, true);
		view.setUint32(24 + textLength, BIN_CHUNK, true);
		glb.set(bin, 28 + textLength);
	}
	return glb;
}

const padded = (length: number): number => Math.ceil(length / 4) * 4;
