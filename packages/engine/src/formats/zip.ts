import { Inflate } from 'fflate';
import { MeshError } from '../errors.ts';

/** What a ZIP may ask for before it is refused. */
export const ZIP_LIMITS = Object.freeze({
	entries: 10_000,
	/** Bytes of all entries together, unpacked. */
	bytes: 1_500_000_000,
	/** Unpacked bytes for each byte of the file; archives below `freeBytes` are never bombs. */
	ratio: 100,
	freeBytes: 16_000_000,
});

/** The model in a ZIP, and the files beside it. */
export type ZippedModel = {
	readonly name: string;
	readonly bytes: Uint8Array;
	/** Bytes of a file by its name as the model writes it: beside the model, or anywhere under the same base name. */
	readonly resources: (uri: string) => Uint8Array | undefined;
};

type ZipEntry = {
	/** With slashes forward. Compared with the names that a model asks for; never a path on a disk. */
	readonly name: string;
	/** Unpacked, as the directory says. */
	readonly size: number;
	readonly packedSize: number;
	/** 0: stored, 8: deflated. */
	readonly method: number;
	readonly isEncrypted: boolean;
	/** Of the local header. */
	readonly at: number;
};

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
/** The end record is 22 bytes and a comment of up to 65535. */
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
/** Bytes handed to the decompressor at a time; they become at most 1032 times as many. */
const CHUNK = 1 << 14;

/** Does the file begin like a ZIP? */
export function isZip(bytes: Uint8Array): boolean {
	const isEntry = bytes[2] === 3 && bytes[3] === 4;
	const isEmpty = bytes[2] === 5 && bytes[3] === 6;
	return bytes[0] === 0x50 && bytes[1] === 0x4b && (isEntry || isEmpty);
}

/** Names of the files in a ZIP; none where it cannot be listed. */
export function zipNames(bytes: Uint8Array): string[] {
	try {
		return listZip(bytes).map(({ name }) => name);
	} catch (error) {
		if (error instanceof MeshError) return [];
		throw error;
	}
}

/**
 * Finds the one model in a ZIP and unpacks it; the other files are unpacked when the model asks for them.
 *
 * Of several models the only glTF or OBJ on the uppermost level is taken: exporters put conversions in folders.
 *
 * @throws `unknown-format`: no model. `several-models`. What `listZip` and `unzipEntry` throw.
 */
export function openZip(bytes: Uint8Array, isModel: (name: string) => boolean): ZippedModel {
	const entries = listZip(bytes);
	const model = pickModel(entries.filter(({ name }) => isModel(name)));
	const folder = model.name.slice(0, model.name.lastIndexOf('/') + 1);
	const byName = new Map(entries.map((entry) => [entry.name.toLowerCase(), entry]));
	const byBaseName = new Map(entries.map((entry) => [baseName(entry.name).toLowerCase(), entry]));
	const resources = (uri: string): Uint8Array | undefined => {
		const wanted = plainName(uri).toLowerCase();
		const entry = byName.get(folder.toLowerCase() + wanted) ?? byName.get(wanted) ?? byBaseName.get(baseName(wanted));
		return entry && unzipEntry(bytes, entry);
	};
	return { name: model.name, bytes: unzipEntry(bytes, model), resources };
}

function pickModel(models: readonly ZipEntry[]): ZipEntry {
	const [first] = models;
	if (!first) throw new MeshError('unknown-format', 'the ZIP holds no model');
	if (models.length === 1) return first;
	const level = (entry: ZipEntry): number => entry.name.split('/').length;
	const top = Math.min(...models.map(level));
	const [preferred, ...more] = models.filter((entry) => level(entry) === top && /\.(gltf|glb|obj)$/i.test(entry.name));
	if (preferred && more.length === 0) return preferred;
	const names = models.map(({ name }) => name);
	const shown = names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
	throw new MeshError('several-models', `the ZIP holds ${names.length} models: ${shown}`, { names });
}

const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Without `./` and `..`. */
function plainName(uri: string): string {
	const parts = uri.replaceAll('\\', '/').split('/');
	const plain: string[] = [];
	for (const part of parts) {
		if (part === '..') plain.pop();
		else if (part !== '.' && part !== '') plain.push(part);
	}
	return plain.join('/');
}

/**
 * Lists a ZIP by its central directory: files only, without what macOS adds. Nothing is unpacked.
 *
 * @throws `truncated-file`: no end record. `malformed-file`. `too-large`: see ZIP_LIMITS. `unsupported-format`: ZIP64.
 */
function listZip(bytes: Uint8Array): ZipEntry[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const end = findEnd(view);
	const count = view.getUint16(end + 10, true);
	let at = view.getUint32(end + 16, true);
	if (count === 0xffff || at === 0xffffffff) throw new MeshError('unsupported-format', 'ZIP64 archives are not read');
	if (count > ZIP_LIMITS.entries) throw tooLarge('entries', count, ZIP_LIMITS.entries);
	const entries: ZipEntry[] = [];
	let total = 0;
	for (let i = 0; i < count; i++) {
		const isEntry = at + 46 <= end && view.getUint32(at, true) === DIRECTORY_ENTRY;
		const next = isEntry ? at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) : end + 1;
		if (next > end) throw new MeshError('malformed-file', `the ZIP directory breaks off at entry ${i} of ${count}`);
		const nameLength = view.getUint16(at + 28, true);
		const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)).replaceAll('\\', '/');
		const size = view.getUint32(at + 24, true);
		total += size;
		if (!name.endsWith('/') && !/(^|\/)(__MACOSX\/|\.[^./])/.test(name)) {
			entries.push({
				name,
				size,
				packedSize: view.getUint32(at + 20, true),
				method: view.getUint16(at + 10, true),
				isEncrypted: (view.getUint16(at + 8, true) & 1) === 1,
				at: view.getUint32(at + 42, true),
			});
		}
		at = next + view.getUint16(at + 32, true);
	}
	if (total > ZIP_LIMITS.bytes) throw tooLarge('unpacked bytes', total, ZIP_LIMITS.bytes);
	if (total > ZIP_LIMITS.freeBytes && total > ZIP_LIMITS.ratio * bytes.length)
		throw tooLarge('unpacked bytes for each packed one', Math.round(total / bytes.length), ZIP_LIMITS.ratio);
	return entries;
}

/**
 * Unpacks one entry; never more than its declared size.
 *
 * @throws `malformed-file`, `truncated-file`; `unsupported-format`: encrypted, or another method than deflate.
 */
function unzipEntry(bytes: Uint8Array, { name, size, packedSize, method, isEncrypted, at }: ZipEntry): Uint8Array {
	if (isEncrypted) throw new MeshError('unsupported-format', `'${name}' in the ZIP is encrypted`);
	if (method !== 0 && method !== 8)
		throw new MeshError('unsupported-format', `'${name}' in the ZIP is packed by method ${method}, not by deflate`);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL_HEADER)
		throw new MeshError('malformed-file', `'${name}' does not lie where the ZIP directory says`);
	const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
	if (start + packedSize > bytes.length)
		throw new MeshError('truncated-file', `'${name}' in the ZIP runs over the end of the file`);
	const packed = bytes.subarray(start, start + packedSize);
	const unpacked = method === 0 ? packed : inflate(packed, name, size);
	if (unpacked.length !== size)
		throw new MeshError('malformed-file', `'${name}' in the ZIP has ${unpacked.length} bytes, not ${size}`);
	return unpacked;
}

/** In chunks and not in one call: a directory that lies about the size is found out before memory or time is spent. */
function inflate(packed: Uint8Array, name: string, size: number): Uint8Array {
	const unpacked = new Uint8Array(size);
	let length = 0;
	const inflater = new Inflate((chunk) => {
		if (length + chunk.length > size)
			throw new MeshError('malformed-file', `'${name}' in the ZIP is larger than its declared ${size} bytes`);
		unpacked.set(chunk, length);
		length += chunk.length;
	});
	try {
		for (let at = 0; at < packed.length; at += CHUNK)
			inflater.push(packed.subarray(at, at + CHUNK), at + CHUNK >= packed.length);
	} catch (error) {
		if (error instanceof MeshError) throw error;
		throw new MeshError('malformed-file', `'${name}' in the ZIP cannot be unpacked: ${(error as Error).message}`);
	}
	return unpacked.subarray(0, length);
}

function findEnd(view: DataView): number {
	const first = Math.max(0, view.byteLength - END_BYTES - MAX_COMMENT);
	for (let at = view.byteLength - END_BYTES; at >= first; at--)
		if (view.getUint32(at, true) === DIRECTORY_END) return at;
	throw new MeshError('truncated-file', 'the ZIP has no directory at its end');
}

function tooLarge(what: string, value: number, limit: number): MeshError {
	return new MeshError('too-large', `the ZIP has ${value} ${what}; the limit is ${limit}`, { value, limit });
}
