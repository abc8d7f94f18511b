/// <reference path="./draco3dgltf.d.ts" />
import { type Document, type GLTF, type JSONDocument, Logger, WebIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { MeshError } from '../errors.ts';
import { freeRoots } from './free-roots.ts';
import { isGlb, readGlb } from './glb.ts';
import { guardGltf } from './guard.ts';
import { isUsed } from './guard-accessors.ts';
import { type BufferBytes, guardData, viewBytes } from './guard-data.ts';
import { guardImage } from './guard-images.ts';
import { isRecord, parseJson } from './guard-json.ts';
import { READ_LIMITS, type ReadLimits } from './limits.ts';
import { mendWeights } from './mend-weights.ts';
import { NgonEncoding } from './ngon.ts';
import { makeTransforms } from './node-matrix.ts';
import { followUri, type Resource, type Resources } from './resources.ts';

export type ReadGltfOptions = {
	/** Gives the files beside a `.gltf`. Default: there are none. */
	readonly resources?: Resources | undefined;
	/** Overrides of READ_LIMITS. */
	readonly limits?: Partial<ReadLimits> | undefined;
};

export type GltfDocument = {
	readonly document: Document;
	readonly warnings: string[];
	readonly format: 'glb' | 'gltf';
};

/**
 * Reads a GLB or a glTF with everything that it refers to. Compressed geometry (Draco, meshopt) comes decompressed,
 * quantised values as they are, instances (EXT_mesh_gpu_instancing) as nodes.
 *
 * Nothing is allocated for what the file declares before the declaration has been checked.
 *
 * @param bytes The file. Not changed; images of the document may be views of it.
 * @throws `malformed-file`, `truncated-file`, `out-of-range`, `too-large`, `missing-resource`, `not-finite`,
 *   `unsupported-format` (glTF 1.0), `unsupported-extension`, `malformed-image`.
 */
export async function readGltfDocument(bytes: Uint8Array, options: ReadGltfOptions = {}): Promise<GltfDocument> {
	const limits = { ...READ_LIMITS, ...options.limits };
	const warnings: string[] = [];
	const format = isGlb(bytes) ? 'glb' : 'gltf';
	const chunks = format === 'glb' ? readGlb(bytes) : { json: bytes, bin: undefined };
	const gltf = guardGltf(parseJson(chunks.json, limits.jsonBytes), limits);
	checkExtensions(gltf, warnings);
	const buffers = loadBuffers(gltf, chunks.bin, options.resources);
	guardData(gltf, buffers, limits);
	const images = loadImages(gltf, buffers, options.resources, limits, warnings);
	freeRoots(gltf, warnings);
	makeTransforms(gltf, warnings);
	const document = await load(gltf, buffers, images, warnings);
	await simplify(document, gltf, warnings);
	checkCounts(document);
	mendWeights(document, warnings);
	return { document, warnings, format };
}

/** Of the library, and our own. */
const EXTENSIONS = [...ALL_EXTENSIONS, NgonEncoding];
const KNOWN = new Set<string>(EXTENSIONS.map(({ EXTENSION_NAME }) => EXTENSION_NAME));

/** @throws `unsupported-extension` for one that is required and not known; others are named in a warning. */
function checkExtensions(gltf: GLTF.IGLTF, warnings: string[]): void {
	for (const extension of gltf.extensionsRequired ?? []) {
		if (KNOWN.has(extension)) continue;
		throw new MeshError('unsupported-extension', `The file requires ${extension}, which is not supported.`, {
			extension,
		});
	}
	for (const extension of gltf.extensionsUsed ?? []) {
		if (!KNOWN.has(extension)) warnings.push(`The extension ${extension} is not supported; its data is not kept.`);
	}
}

function loadBuffers(gltf: GLTF.IGLTF, bin: Uint8Array | undefined, resources: Resources | undefined): BufferBytes {
	return (gltf.buffers ?? []).map(({ uri }, i) => {
		if (uri !== undefined) return followUri(uri, resources).bytes;
		return i === 0 ? bin : undefined;
	});
}

/** Loads and checks every image; tells its type by its bytes where they do, else by what the file says. */
function loadImages(
	gltf: GLTF.IGLTF,
	buffers: BufferBytes,
	resources: Resources | undefined,
	limits: ReadLimits,
	warnings: string[],
): Resource[] {
	return (gltf.images ?? []).map(({ uri, bufferView, mimeType, name }, i) => {
		if (uri === undefined && bufferView === undefined) {
			throw new MeshError('malformed-file', `images[${i}] has neither a bufferView nor a uri.`);
		}
		const { bytes, mimeType: told }: Resource =
			bufferView === undefined
				? followUri(uri!, resources)
				: { bytes: viewBytes(gltf, buffers, bufferView), mimeType: undefined };
		const where = `images[${i}]${name ? ` '${name}'` : ''}`;
		const actual = guardImage(bytes, where, limits.pixels);
		const declared = mimeType ?? told;
		if (!actual)
			warnings.push(`${where} is of a type that is not known (${declared ?? 'none named'}); it is kept as it is.`);
		else if (declared && declared !== actual) warnings.push(`${where} says ${declared} but is ${actual}.`);
		return { bytes, mimeType: actual ?? declared };
	});
}

/** Hands the checked parts to the library. What it still cannot read is a fault of the file. */
async function load(
	gltf: GLTF.IGLTF,
	buffers: BufferBytes,
	images: readonly Resource[],
	warnings: string[],
): Promise<Document> {
	const io = new WebIO().setLogger(new Logger(Logger.Verbosity.SILENT)).registerExtensions(EXTENSIONS);
	try {
		await bringDecoders(io, gltf);
		return await io.readJSON(packageParts(gltf, buffers, images, warnings));
	} catch (error) {
		if (error instanceof MeshError) throw error;
		throw new MeshError('malformed-file', `The glTF cannot be read: ${error instanceof Error ? error.message : error}`);
	}
}

/** Decoders are WebAssembly of a megabyte: loaded only for a file that needs them. */
async function bringDecoders(io: WebIO, gltf: GLTF.IGLTF): Promise<void> {
	if (isUsed(gltf, 'KHR_draco_mesh_compression')) {
		const { default: draco } = await import('draco3dgltf');
		// A new one for each file: a decoder that has run out of memory does not recover.
		io.registerDependencies({ 'draco3d.decoder': await draco.createDecoderModule() });
	}
	if (isUsed(gltf, 'EXT_meshopt_compression')) {
		const { MeshoptDecoder } = await import('meshoptimizer/decoder');
		await MeshoptDecoder.ready;
		io.registerDependencies({ 'meshopt.decoder': MeshoptDecoder });
	}
}

/**
 * The file in the form that the library reads, each buffer and image under a name of its own (the library keeps names
 * that start with two underscores to itself). Some extensions fail on lists that are missing, so none is.
 */
function packageParts(
	gltf: GLTF.IGLTF,
	buffers: BufferBytes,
	images: readonly Resource[],
	warnings: string[],
): JSONDocument {
	const resources: Record<string, Uint8Array<ArrayBuffer>> = {};
	buffers.forEach((bytes, i) => {
		if (bytes) resources[`__buffer${i}`] = bytes as Uint8Array<ArrayBuffer>;
	});
	images.forEach(({ bytes }, i) => {
		resources[`__image${i}`] = bytes as Uint8Array<ArrayBuffer>;
	});
	const json: GLTF.IGLTF = {
		...gltf,
		asset: { ...gltf.asset, version: '2.0' },
		scenes: gltf.scenes ?? [],
		nodes: gltf.nodes ?? [],
		meshes: gltf.meshes ?? [],
		textures: gltf.textures ?? [],
		materials: dropEmptyTextures(gltf, warnings),
		accessors: (gltf.accessors ?? []).map(startSparseAtZero),
		buffers: (gltf.buffers ?? []).map((buffer, i) => ({ ...buffer, uri: `__buffer${i}` })),
		images: (gltf.images ?? []).map(({ bufferView: _, ...image }, i) => {
			const { mimeType } = images[i];
			const name = image.name ?? fileName(image.uri);
			return { ...image, uri: `__image${i}`, ...(mimeType && { mimeType }), ...(name && { name }) };
		}),
	};
	return { json, resources };
}

/** A texture may come without an image, for an extension to fill in; the library has no place for one. */
function dropEmptyTextures(gltf: GLTF.IGLTF, warnings: string[]): GLTF.IMaterial[] {
	const empty = new Set<unknown>();
	for (const [i, { source, extensions }] of (gltf.textures ?? []).entries()) {
		const others = Object.entries(extensions ?? {}).filter(([name]) => KNOWN.has(name) && isUsed(gltf, name));
		const hasOther = others.some(([, value]) => (value as { source?: number }).source !== undefined);
		if (source === undefined && !hasOther) empty.add(i);
	}
	const materials = gltf.materials ?? [];
	if (empty.size === 0) return materials;
	warnings.push(`${empty.size} textures have no image that can be used; materials come without them.`);
	const isEmpty = (key: string, value: unknown): boolean =>
		key.endsWith('Texture') && isRecord(value) && empty.has(value.index);
	return JSON.parse(JSON.stringify(materials, (key, value) => (isEmpty(key, value) ? undefined : value)));
}

/** The library lets sparse parts without an offset inherit that of the accessor (4.5.1). */
function startSparseAtZero(accessor: GLTF.IAccessor): GLTF.IAccessor {
	if (!accessor.sparse) return accessor;
	const { indices, values } = accessor.sparse;
	return {
		...accessor,
		sparse: { ...accessor.sparse, indices: { byteOffset: 0, ...indices }, values: { byteOffset: 0, ...values } },
	};
}

function fileName(uri: string | undefined): string | undefined {
	if (!uri || /^data:/i.test(uri)) return undefined;
	return uri
		.split('/')
		.pop()!
		.replace(/\.[^.]*$/, '');
}

/** Brings the document to what the room works on: plain geometry, one node an instance, one buffer. */
async function simplify(document: Document, gltf: GLTF.IGLTF, warnings: string[]): Promise<void> {
	const root = document.getRoot();
	for (const extension of root.listExtensionsUsed()) {
		const name = extension.extensionName;
		if (name !== 'KHR_draco_mesh_compression' && name !== 'EXT_meshopt_compression') continue;
		extension.dispose();
		warnings.push(`The geometry is decompressed and will be written so (${name} is removed).`);
	}
	if (isUsed(gltf, 'EXT_mesh_gpu_instancing')) {
		// Rarely needed, and long to load: see copy-document.ts.
		const { uninstance } = await import('@gltf-transform/functions');
		await document.transform(uninstance());
	}
	const buffer = root.listBuffers()[0] ?? document.createBuffer();
	for (const accessor of root.listAccessors()) accessor.setBuffer(buffer);
	for (const other of root.listBuffers()) if (other !== buffer) other.dispose();
	if (gltf.asset.generator) root.getAsset().generator = gltf.asset.generator;
	for (const property of [...root.listNodes(), ...root.listMeshes(), ...root.listScenes()]) {
		const extras: unknown = property.getExtras();
		// Anything may be written as extras; only a record can be added to.
		if (!isRecord(extras)) property.setExtras({ value: extras });
	}
}

/** Every attribute has a value for every vertex. Here and not before, since decoders bring their own counts. */
function checkCounts(document: Document): void {
	for (const mesh of document.getRoot().listMeshes()) {
		for (const primitive of mesh.listPrimitives()) {
			const vertices = primitive.getAttribute('POSITION')?.getCount();
			if (vertices === undefined) continue;
			for (const owner of [primitive, ...primitive.listTargets()]) {
				for (const semantic of owner.listSemantics()) {
					const count = owner.getAttribute(semantic)!.getCount();
					if (count >= vertices) continue;
					throw new MeshError(
						'out-of-range',
						`${semantic} of '${mesh.getName()}' has ${count} values for ${vertices} vertices.`,
						{
							semantic,
							count,
							vertices,
						},
					);
				}
			}
		}
	}
}
