import { MeshError } from '../errors.ts';
import type { Model } from '../mesh/model.ts';
import { readGltfDocument } from './gltf.ts';
import { READ_LIMITS, type ReadLimits } from './limits.ts';
import { readObj } from './obj.ts';
import { isOff, readOff } from './off.ts';
import { readPly } from './ply.ts';
import { flattenScene } from './scene.ts';
import { isExactBinaryStl, isTextStl, readStl } from './stl.ts';
import { type Surface, surfaceToDocument } from './surface.ts';
import { isZip, openZip, zipNames } from './zip.ts';

/** A file format: how it is called, told and read. */
export type Format = {
	/** As in `Model.format`. */
	readonly format: string;
	/** For people. */
	readonly title: string;
	/** Lower case, without the dot. */
	readonly extensions: readonly string[];
	readonly mimeType: string;
	/** Are these bytes surely of this format? */
	readonly detect: (bytes: Uint8Array) => boolean;
	/** Absent where the format is recognised, but not read. */
	readonly read?: (bytes: Uint8Array, context: ReadContext) => Promise<Model>;
};

type Resources = (uri: string) => Uint8Array | undefined;
export type ReadContext = { readonly resources: Resources; readonly limits: ReadLimits };

export type ReadOptions = {
	/** Name of the file: decides the format where the bytes do not. */
	readonly name?: string;
	/** Takes the bytes for this format (`glb`, `gltf`, `obj`, `stl`, `ply`, `off`, `zip`), whatever they look like. */
	readonly format?: string;
	/**
	 * Gives the bytes of a file that the model names (textures, buffers, material libraries), or nothing. The name is as
	 * in the model, with slashes forward: who opens files by it must keep it inside a folder.
	 */
	readonly resources?: (uri: string) => Uint8Array | undefined;
	/** Default: READ_LIMITS. */
	readonly limits?: Partial<ReadLimits>;
};

/** How far into a text its format is looked for. */
const HEAD_BYTES = 1 << 16;

/** Every format that is read or recognised. The order is the order of detection: the surest signs first. */
export const FORMATS: readonly Format[] = [
	{
		format: 'glb',
		title: 'glTF binary',
		extensions: ['glb', 'vrm'],
		mimeType: 'model/gltf-binary',
		detect: (bytes) => begins(bytes, 'glTF'),
		read: readGltf,
	},
	{
		format: '3mf',
		title: '3MF',
		extensions: ['3mf'],
		mimeType: 'model/3mf',
		detect: (bytes) => isZip(bytes) && zipNames(bytes).some((name) => /^3D\/.*\.model$/i.test(name)),
	},
	{
		format: 'usdz',
		title: 'USDZ',
		extensions: ['usdz'],
		mimeType: 'model/vnd.usdz+zip',
		detect: (bytes) => isZip(bytes) && /\.usd[ac]?$/i.test(zipNames(bytes)[0] ?? ''),
	},
	{
		format: 'zip',
		title: 'ZIP with a model and its files',
		extensions: ['zip'],
		mimeType: 'application/zip',
		detect: isZip,
		read: readZip,
	},
	{
		format: 'fbx',
		title: 'FBX',
		extensions: ['fbx'],
		mimeType: 'application/vnd.autodesk.fbx',
		detect: (bytes) => begins(bytes, 'Kaydara FBX Binary') || /^; FBX \d/.test(headOf(bytes)),
	},
	{
		format: 'blend',
		title: 'Blender',
		extensions: ['blend'],
		mimeType: 'application/x-blender',
		detect: (bytes) => begins(bytes, 'BLENDER'),
	},
	{
		format: 'usd',
		title: 'USD',
		extensions: ['usd', 'usda', 'usdc'],
		mimeType: 'model/vnd.usd',
		detect: (bytes) => begins(bytes, 'PXR-USDC') || begins(bytes, '#usda '),
	},
	{
		format: 'ply',
		title: 'PLY',
		extensions: ['ply'],
		mimeType: 'model/ply',
		detect: (bytes) => begins(bytes, 'ply\n') || begins(bytes, 'ply\r') || begins(bytes, 'ply '),
		read: surfaceReader('ply', readPly),
	},
	{
		format: 'off',
		title: 'OFF',
		extensions: ['off'],
		mimeType: 'model/off',
		detect: isOff,
		read: surfaceReader('off', readOff),
	},
	{
		format: 'stl',
		title: 'STL',
		extensions: ['stl'],
		mimeType: 'model/stl',
		detect: (bytes) => isTextStl(bytes) || isExactBinaryStl(bytes),
		read: surfaceReader('stl', readStl),
	},
	{
		format: 'dae',
		title: 'COLLADA',
		extensions: ['dae'],
		mimeType: 'model/vnd.collada+xml',
		detect: (bytes) => /<COLLADA[\s>]/.test(headOf(bytes)),
	},
	{
		format: 'gltf',
		title: 'glTF',
		extensions: ['gltf'],
		mimeType: 'model/gltf+json',
		detect: (bytes) => /^\s*\{/.test(headOf(bytes)),
		read: readGltf,
	},
	{
		format: 'obj',
		title: 'Wavefront OBJ',
		extensions: ['obj'],
		mimeType: 'model/obj',
		detect: (bytes) => /^[ \t]*(v([ \t]+[-+.\deE]+){3}|mtllib[ \t].*|usemtl[ \t].*)/m.test(headOf(bytes)),
		read: surfaceReader('obj', readObj),
	},
];

/**
 * Reads a model from the bytes of a file: GLB, glTF, OBJ, STL, PLY, OFF, or a ZIP that holds one of them and what it
 * needs.
 *
 * The bytes decide what the file is, then its name: a GLB that is called `.jpeg` is a GLB. In a ZIP, the one model is
 * read; of several, the only glTF or OBJ on the uppermost level.
 *
 * @throws `unknown-format`, `unsupported-format`, `several-models`, `invalid-option`, and what the reader of the format
 * throws: `malformed-file`, `truncated-file`, `too-large`, `out-of-range`, `not-finite`, `no-triangles`,
 * `missing-resource`, `unsupported-extension`, `malformed-image`.
 */
export async function readModel(bytes: Uint8Array, options: ReadOptions = {}): Promise<Model> {
	const limits: ReadLimits = { ...READ_LIMITS, ...options.limits };
	const format = options.format === undefined ? detectFormat(bytes, options.name) : formatCalled(options.format);
	return readAs(format, bytes, { resources: options.resources ?? (() => undefined), limits });
}

/**
 * The format of a file by its bytes, or else by its name.
 *
 * @throws `unknown-format`.
 */
export function detectFormat(bytes: Uint8Array, name = ''): Format {
	if (bytes.length === 0) throw new MeshError('unknown-format', 'the file is empty');
	const format = FORMATS.find(({ detect }) => detect(bytes)) ?? formatNamed(name);
	if (format) return format;
	const head = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
	throw new MeshError('unknown-format', `${name === '' ? 'the file' : `'${name}'`} begins with ${head}`, { name });
}

function readAs({ read, title }: Format, bytes: Uint8Array, context: ReadContext): Promise<Model> {
	if (!read) throw new MeshError('unsupported-format', `${title} files are not read`);
	return read(bytes, context);
}

async function readGltf(bytes: Uint8Array, { resources, limits }: ReadContext): Promise<Model> {
	const { document, warnings, format } = await readGltfDocument(bytes, { resources, limits });
	return flattenScene(document, { format, warnings, maxTriangles: limits.triangles });
}

/** The reader of one of the formats that are a surface and nothing more. */
function surfaceReader(
	format: string,
	readSurface: (bytes: Uint8Array, resources: Resources) => Surface,
): NonNullable<Format['read']> {
	return async (bytes: Uint8Array, { resources, limits }: ReadContext): Promise<Model> => {
		const { document, warnings, polygonOf } = surfaceToDocument(readSurface(toUtf8(bytes), resources), {
			resources,
			limits,
		});
		const polygons = polygonOf ? { polygonOf } : {};
		return flattenScene(document, { format, warnings, maxTriangles: limits.triangles, ...polygons });
	};
}

async function readZip(bytes: Uint8Array, { resources, limits }: ReadContext): Promise<Model> {
	const zip = openZip(bytes, (name) => formatNamed(name) !== undefined);
	const format = detectFormat(zip.bytes, zip.name);
	if (format.format === 'zip') throw new MeshError('unsupported-format', `'${zip.name}' is a ZIP inside a ZIP`);
	return readAs(format, zip.bytes, { resources: (uri) => zip.resources(uri) ?? resources(uri), limits });
}

/** The format that a file name ends like. */
function formatNamed(name: string): Format | undefined {
	const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
	return name.includes('.') ? FORMATS.find(({ extensions }) => extensions.includes(extension)) : undefined;
}

function formatCalled(wanted: string): Format {
	const format = FORMATS.find((row) => row.format === wanted);
	if (format) return format;
	const names = FORMATS.filter(({ read }) => read).map((row) => row.format);
	throw new MeshError('invalid-option', `format '${wanted}' is none of ${names.join(', ')}`, { format: wanted });
}

function begins(bytes: Uint8Array, signature: string): boolean {
	for (let i = 0; i < signature.length; i++) if (bytes[i] !== signature.charCodeAt(i)) return false;
	return true;
}

/** UTF-16 text, told by its byte order mark, as UTF-8; other bytes as they are. */
function toUtf8(bytes: Uint8Array): Uint8Array {
	const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
	const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
	if (!isLittle && !isBig) return bytes;
	return new TextEncoder().encode(new TextDecoder(isBig ? 'utf-16be' : 'utf-16le').decode(bytes));
}

/** The first bytes as text, without a byte order mark; '' where they are binary. */
function headOf(bytes: Uint8Array): string {
	const head = bytes.subarray(0, HEAD_BYTES);
	return head.includes(0) ? '' : new TextDecoder().decode(head);
}
