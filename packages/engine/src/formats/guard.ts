import type { GLTF } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import { isRecord, visit } from './guard-json.ts';
import type { ReadLimits } from './limits.ts';

/** Bytes of a component, by `componentType`. */
const COMPONENT_BYTES: Record<number, number> = {
	5120: 1,
	5121: 1,
	5122: 2,
	5123: 2,
	5125: 4,
	5126: 4,
	5130: 8,
	5131: 2,
};
const FLOAT16 = 5131;

/** Components of an element, by `type`. */
const COMPONENTS: Record<string, number> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT2: 4, MAT3: 9, MAT4: 16 };

/** Every index into a list of the file: where it stands, and the list. `!` marks those that must be there. */
const REFERENCES: readonly (readonly [path: string, list: string])[] = [
	['scene', 'scenes'],
	['scenes[].nodes[]', 'nodes'],
	['nodes[].children[]', 'nodes'],
	['nodes[].mesh', 'meshes'],
	['nodes[].skin', 'skins'],
	['nodes[].camera', 'cameras'],
	['nodes[].extensions.EXT_mesh_gpu_instancing.attributes{}!', 'accessors'],
	['meshes[].primitives[].attributes{}!', 'accessors'],
	['meshes[].primitives[].targets[]{}!', 'accessors'],
	['meshes[].primitives[].indices', 'accessors'],
	['meshes[].primitives[].material', 'materials'],
	['meshes[].primitives[].extensions.KHR_draco_mesh_compression.bufferView!', 'bufferViews'],
	['skins[].joints[]!', 'nodes'],
	['skins[].skeleton', 'nodes'],
	['skins[].inverseBindMatrices', 'accessors'],
	['animations[].channels[].target.node', 'nodes'],
	['animations[].samplers[].input!', 'accessors'],
	['animations[].samplers[].output!', 'accessors'],
	['textures[].source', 'images'],
	['textures[].sampler', 'samplers'],
	['textures[].extensions.KHR_texture_basisu.source', 'images'],
	['textures[].extensions.EXT_texture_webp.source', 'images'],
	['textures[].extensions.EXT_texture_avif.source', 'images'],
	['images[].bufferView', 'bufferViews'],
	['accessors[].bufferView', 'bufferViews'],
	['accessors[].sparse.indices.bufferView!', 'bufferViews'],
	['accessors[].sparse.values.bufferView!', 'bufferViews'],
	['bufferViews[].buffer!', 'buffers'],
	['bufferViews[].extensions.EXT_meshopt_compression.buffer!', 'buffers'],
];

type Kind = 'list' | 'record' | 'text' | 'count';

/** What must be there, and as what. */
const REQUIRED: readonly (readonly [path: string, kind: Kind])[] = [
	['asset.version', 'text'],
	['buffers[].byteLength', 'count'],
	['bufferViews[].byteLength', 'count'],
	['bufferViews[].extensions.EXT_meshopt_compression.mode', 'text'],
	['bufferViews[].extensions.EXT_meshopt_compression.count', 'count'],
	['bufferViews[].extensions.EXT_meshopt_compression.byteStride', 'count'],
	['bufferViews[].extensions.EXT_meshopt_compression.byteLength', 'count'],
	['accessors[].count', 'count'],
	['accessors[].type', 'text'],
	['accessors[].componentType', 'count'],
	['accessors[].sparse.count', 'count'],
	['accessors[].sparse.indices', 'record'],
	['accessors[].sparse.indices.componentType', 'count'],
	['accessors[].sparse.values', 'record'],
	['meshes[].primitives', 'list'],
	['meshes[].primitives[].attributes', 'record'],
	['meshes[].primitives[].extensions.KHR_draco_mesh_compression.attributes', 'record'],
	['skins[].joints', 'list'],
	['animations[].channels', 'list'],
	['animations[].samplers', 'list'],
	['animations[].channels[].sampler', 'count'],
	['animations[].channels[].target', 'record'],
	['animations[].channels[].target.path', 'text'],
	['cameras[].type', 'text'],
];

/** What may be left out, but not be anything else. */
const OPTIONAL: readonly (readonly [path: string, kind: Kind])[] = [
	['extensionsUsed[]', 'text'],
	['extensionsRequired[]', 'text'],
	['buffers[].uri', 'text'],
	['images[].uri', 'text'],
	['images[].mimeType', 'text'],
	['bufferViews[].byteOffset', 'count'],
	['bufferViews[].byteStride', 'count'],
	['bufferViews[].extensions.EXT_meshopt_compression.byteOffset', 'count'],
	['accessors[].byteOffset', 'count'],
	['accessors[].sparse.indices.byteOffset', 'count'],
	['accessors[].sparse.values.byteOffset', 'count'],
	['meshes[].primitives[].mode', 'count'],
	['scenes[]', 'record'],
	['nodes[]', 'record'],
	['meshes[]', 'record'],
	['materials[]', 'record'],
	['textures[]', 'record'],
	['images[]', 'record'],
	['samplers[]', 'record'],
	['scenes[].name', 'text'],
	['nodes[].name', 'text'],
	['meshes[].name', 'text'],
	['materials[].name', 'text'],
	['images[].name', 'text'],
	['skins[].name', 'text'],
	['animations[].name', 'text'],
];

/** Lists of numbers, and how many; 0 for any. */
const NUMBERS: readonly (readonly [path: string, length: number])[] = [
	['nodes[].translation', 3],
	['nodes[].rotation', 4],
	['nodes[].scale', 3],
	['nodes[].matrix', 16],
	['nodes[].weights', 0],
	['meshes[].weights', 0],
	['materials[].emissiveFactor', 3],
	['materials[].pbrMetallicRoughness.baseColorFactor', 4],
];

/**
 * Checks the JSON of a glTF before any loader sees it: that every index is in its list, every accessor in its view and
 * every view in its buffer, as far as the file declares them; that nodes form trees; and that what a loader would
 * allocate stays within the limits. A 260-byte file can declare an accessor of gigabytes.
 *
 * Tolerant of what loaders live with: order, alignment, bounds, unused objects, unknown properties.
 *
 * @throws `malformed-file`, `out-of-range`, `too-large`, `not-finite`, `unsupported-format`.
 */
export function guardGltf(json: Record<string, unknown>, limits: ReadLimits): GLTF.IGLTF {
	checkVersion(json);
	for (const [path, kind] of REQUIRED) visit(json, path, (value, where) => checkKind(value, where, kind));
	for (const [path, kind] of OPTIONAL) {
		visit(json, path, (value, where) => value === undefined || checkKind(value, where, kind));
	}
	for (const [path, length] of NUMBERS) visit(json, path, (value, where) => checkNumbers(value, where, length));
	for (const [path, list] of REFERENCES) checkReferences(json, path, list);
	const gltf = json as unknown as GLTF.IGLTF;
	checkTextures(gltf.materials, gltf.textures?.length ?? 0, 'materials');
	checkAnimations(gltf);
	checkCameras(gltf);
	checkViews(gltf);
	checkAccessors(gltf, limits);
	checkMeshes(gltf);
	checkNodes(gltf, limits);
	return gltf;
}

/** Does the file make use of an extension? Loaders look at this list, not at what stands in the objects. */
export const isUsed = (gltf: GLTF.IGLTF, extension: string): boolean =>
	gltf.extensionsUsed?.includes(extension) ?? false;

/** What EXT_meshopt_compression says of a view. */
export type CompressedView = {
	readonly buffer: number;
	readonly byteOffset?: number;
	readonly byteLength: number;
	readonly byteStride: number;
	readonly count: number;
	readonly mode: string;
};

export function compressionOf(gltf: GLTF.IGLTF, view: GLTF.IBufferView): CompressedView | undefined {
	if (!isUsed(gltf, 'EXT_meshopt_compression')) return undefined;
	return view.extensions?.EXT_meshopt_compression as CompressedView | undefined;
}

/** Bytes of one element of an accessor. */
export const elementBytes = (type: string, componentType: number): number =>
	COMPONENTS[type] * COMPONENT_BYTES[componentType];

function checkKind(value: unknown, where: string, kind: Kind): void {
	const isKind =
		kind === 'list'
			? Array.isArray(value)
			: kind === 'record'
				? isRecord(value)
				: kind === 'text'
					? typeof value === 'string'
					: Number.isSafeInteger(value) && (value as number) >= 0;
	if (isKind) return;
	const found = value === undefined ? 'missing' : `not a ${kind}`;
	throw new MeshError('malformed-file', `${where} of the glTF is ${found}.`, { where });
}

function checkNumbers(value: unknown, where: string, length: number): void {
	if (value === undefined) return;
	const isList = Array.isArray(value) && value.every((x) => typeof x === 'number');
	if (!isList || (length > 0 && value.length !== length)) {
		throw new MeshError('malformed-file', `${where} is not a list of ${length || 'any number of'} numbers.`, { where });
	}
	if (!value.every(Number.isFinite)) throw new MeshError('not-finite', `${where} is not finite.`, { where });
}

function checkReferences(json: Record<string, unknown>, marked: string, list: string): void {
	const path = marked.replace('!', '');
	const target = json[list];
	const length = Array.isArray(target) ? target.length : 0;
	visit(json, path, (value, where) => {
		if (value === undefined && path === marked) return;
		checkKind(value, where, 'count');
		checkIndex(value as number, length, where, list);
	});
}

function checkIndex(index: number, length: number, where: string, list: string): void {
	if (index < length) return;
	throw new MeshError('out-of-range', `${where} is ${index}; there are ${length} ${list}.`, { where, index, length });
}

/** First of all, since glTF 1.0 has records where 2.0 has lists. */
function checkVersion({ asset, buffers }: Record<string, unknown>): void {
	if (!isRecord(asset)) throw new MeshError('malformed-file', 'The glTF has no asset, which says its version.');
	const version = Number.parseFloat(String(asset.version));
	const least = Number.parseFloat(String(asset.minVersion ?? asset.version));
	if (version < 2 || least > 2 || (isRecord(buffers) && Number.isNaN(version))) {
		throw new MeshError('unsupported-format', `The file is glTF ${asset.minVersion ?? asset.version}; 2.0 is read.`);
	}
}

/** Textures are named all over the materials and their extensions, always as `…Texture: { index }`. */
function checkTextures(value: unknown, textures: number, where: string): void {
	if (typeof value !== 'object' || value === null) return;
	for (const [key, inner] of Object.entries(value)) {
		const at = `${where}.${key}`;
		if (key === 'extras') continue;
		if (key.endsWith('Texture') && isRecord(inner)) {
			checkKind(inner.index, `${at}.index`, 'count');
			checkIndex(inner.index as number, textures, `${at}.index`, 'textures');
		}
		checkTextures(inner, textures, at);
	}
}

function checkAnimations({ animations = [] }: GLTF.IGLTF): void {
	for (const [i, { channels, samplers }] of animations.entries()) {
		for (const [k, { sampler }] of channels.entries()) {
			checkIndex(sampler, samplers.length, `animations[${i}].channels[${k}].sampler`, 'samplers');
		}
	}
}

function checkCameras({ cameras = [] }: GLTF.IGLTF): void {
	for (const [i, camera] of cameras.entries()) {
		if (camera.type === 'perspective' ? camera.perspective : camera.orthographic) continue;
		throw new MeshError('malformed-file', `cameras[${i}] does not describe a ${camera.type} camera.`);
	}
}

function checkViews(gltf: GLTF.IGLTF): void {
	const buffers = gltf.buffers ?? [];
	for (const [i, view] of (gltf.bufferViews ?? []).entries()) {
		const where = `bufferViews[${i}]`;
		const compressed = compressionOf(gltf, view);
		if (compressed) {
			checkEnd(compressed.byteOffset, compressed.byteLength, buffers[compressed.buffer].byteLength, where);
			checkCompression(compressed, where);
			if (compressed.count * compressed.byteStride < view.byteLength) {
				throw new MeshError('out-of-range', `${where} is longer than what it decompresses to.`, { where });
			}
		} else checkEnd(view.byteOffset, view.byteLength, buffers[view.buffer].byteLength, where);
	}
}

/** The decoder trusts these. */
function checkCompression({ mode, byteStride, count }: CompressedView, where: string): void {
	const isSound =
		mode === 'ATTRIBUTES'
			? byteStride % 4 === 0 && byteStride >= 4 && byteStride <= 256
			: (mode === 'INDICES' || (mode === 'TRIANGLES' && count % 3 === 0)) && (byteStride === 2 || byteStride === 4);
	if (isSound) return;
	throw new MeshError('malformed-file', `${where} is compressed as ${count} ${mode} of ${byteStride} bytes.`, { where });
}

function checkEnd(byteOffset: number | undefined, byteLength: number, available: number, where: string): void {
	const end = (byteOffset ?? 0) + byteLength;
	if (end <= available) return;
	throw new MeshError('out-of-range', `${where} ends at byte ${end} of ${available}.`, { where, end, available });
}

/** Adds up what the loader will allocate, and checks that each accessor lies in its view. */
function checkAccessors(gltf: GLTF.IGLTF, limits: ReadLimits): void {
	const decoded = listDecoded(gltf);
	let declared = 0;
	let zeros = 0;
	for (const [i, accessor] of (gltf.accessors ?? []).entries()) {
		const where = `accessors[${i}]`;
		checkComponents(accessor, where);
		const bytes = elementBytes(accessor.type, accessor.componentType) * accessor.count;
		declared += bytes;
		if (accessor.bufferView !== undefined) checkInView(gltf, accessor, accessor, where);
		else if (!decoded.has(i)) zeros += bytes;
		checkSparse(gltf, accessor, where);
	}
	for (const view of gltf.bufferViews ?? []) {
		const compressed = compressionOf(gltf, view);
		if (compressed) declared += compressed.count * compressed.byteStride;
	}
	checkSum(declared, limits.declaredBytes, 'declaredBytes');
	checkSum(zeros, limits.zeroBytes, 'zeroBytes');
}

function checkSum(bytes: number, limit: number, name: string): void {
	if (bytes <= limit) return;
	throw new MeshError('too-large', `The accessors declare ${bytes} bytes; the limit ${name} is ${limit}.`, {
		bytes,
		limit,
	});
}

/** Accessors whose data a decoder brings. */
function listDecoded(gltf: GLTF.IGLTF): Set<number> {
	const decoded = new Set<number>();
	if (!isUsed(gltf, 'KHR_draco_mesh_compression')) return decoded;
	for (const [m, mesh] of (gltf.meshes ?? []).entries()) {
		for (const [p, primitive] of mesh.primitives.entries()) {
			const draco = primitive.extensions?.KHR_draco_mesh_compression as { attributes: object } | undefined;
			if (!draco) continue;
			if (primitive.indices !== undefined) decoded.add(primitive.indices);
			for (const semantic of Object.keys(draco.attributes)) {
				const accessor = primitive.attributes[semantic];
				if (accessor === undefined) {
					throw new MeshError('out-of-range', `meshes[${m}].primitives[${p}] decodes ${semantic} but does not have it.`);
				}
				decoded.add(accessor);
			}
		}
	}
	return decoded;
}

function checkComponents({ type, componentType }: GLTF.IAccessor, where: string): void {
	if (!(type in COMPONENTS) || !(componentType in COMPONENT_BYTES)) {
		throw new MeshError('malformed-file', `${where} has elements of ${type} of ${componentType}, which do not exist.`);
	}
	if (componentType === FLOAT16 && !('Float16Array' in globalThis)) {
		throw new MeshError('unsupported-extension', `${where} needs KHR_accessor_float16, which this runtime lacks.`, {
			extension: 'KHR_accessor_float16',
		});
	}
}

type Span = { readonly bufferView?: number; readonly byteOffset?: number };

function checkInView(gltf: GLTF.IGLTF, span: Span, accessor: GLTF.IAccessor, where: string): void {
	const view = gltf.bufferViews![span.bufferView!];
	const size = elementBytes(accessor.type, accessor.componentType);
	const stride = view.byteStride ?? size;
	if (stride < size) {
		throw new MeshError('malformed-file', `${where} has elements of ${size} bytes in a view with stride ${stride}.`);
	}
	const length = accessor.count === 0 ? 0 : stride * (accessor.count - 1) + size;
	checkEnd(span.byteOffset, length, view.byteLength, where);
}

function checkSparse(gltf: GLTF.IGLTF, accessor: GLTF.IAccessor, where: string): void {
	const { sparse } = accessor;
	if (!sparse) return;
	if (sparse.count > accessor.count) {
		throw new MeshError('out-of-range', `${where} replaces ${sparse.count} of its ${accessor.count} elements.`);
	}
	const { componentType } = sparse.indices;
	if (componentType !== 5121 && componentType !== 5123 && componentType !== 5125) {
		throw new MeshError('malformed-file', `${where}.sparse.indices are of type ${componentType}, not unsigned.`);
	}
	const { count } = sparse;
	checkInView(gltf, sparse.indices, { type: 'SCALAR', componentType, count }, `${where}.sparse.indices`);
	checkInView(gltf, sparse.values, { ...accessor, count }, `${where}.sparse.values`);
}

function checkMeshes(gltf: GLTF.IGLTF): void {
	const accessors = gltf.accessors ?? [];
	for (const [m, mesh] of (gltf.meshes ?? []).entries()) {
		for (const [p, { mode = 4, indices, attributes }] of mesh.primitives.entries()) {
			const where = `meshes[${m}].primitives[${p}]`;
			if (mode > 6) throw new MeshError('malformed-file', `${where}.mode is ${mode}; 0 to 6 exist.`);
			if (indices !== undefined) {
				const { type, componentType } = accessors[indices];
				if (type !== 'SCALAR' || ![5121, 5123, 5125].includes(componentType)) {
					throw new MeshError('malformed-file', `${where}.indices are ${type} of ${componentType}, not unsigned.`);
				}
			}
			if (attributes.POSITION !== undefined && accessors[attributes.POSITION].type !== 'VEC3') {
				throw new MeshError('malformed-file', `${where} has positions of type ${accessors[attributes.POSITION].type}.`);
			}
		}
	}
	for (const [s, { joints, inverseBindMatrices }] of (gltf.skins ?? []).entries()) {
		if (inverseBindMatrices === undefined) continue;
		const { type, count, componentType } = accessors[inverseBindMatrices];
		if (type !== 'MAT4' || componentType !== 5126) {
			throw new MeshError('malformed-file', `skins[${s}].inverseBindMatrices are ${type} of ${componentType}.`);
		}
		if (count < joints.length) {
			throw new MeshError('out-of-range', `skins[${s}] has ${joints.length} joints but ${count} matrices.`);
		}
	}
}

/** Nodes form trees of bounded size: one parent each, no way back to itself. */
function checkNodes(gltf: GLTF.IGLTF, limits: ReadLimits): void {
	const nodes = gltf.nodes ?? [];
	let total = nodes.length;
	const parentOf = new Int32Array(nodes.length).fill(-1);
	for (const [n, node] of nodes.entries()) {
		total += countInstances(gltf, node, `nodes[${n}]`);
		for (const child of node.children ?? []) {
			if (parentOf[child] !== -1) throw new MeshError('malformed-file', `nodes[${child}] has several parents.`);
			parentOf[child] = n;
		}
	}
	if (total > limits.nodes) {
		throw new MeshError('too-large', `The file has ${total} nodes and instances; the limit nodes is ${limits.nodes}.`);
	}
	for (const [s, scene] of (gltf.scenes ?? []).entries()) {
		const roots = new Set<number>(scene.nodes);
		for (const root of roots) {
			if (parentOf[root] === -1 && roots.size === scene.nodes!.length) continue;
			throw new MeshError('malformed-file', `scenes[${s}] shows nodes[${root}], which has a parent or comes twice.`);
		}
	}
	checkDepth(parentOf, limits.depth);
}

function checkDepth(parentOf: Int32Array, maxDepth: number): void {
	const depthOf = new Int32Array(parentOf.length);
	for (let n = 0; n < parentOf.length; n++) {
		let steps = 0;
		for (let at = n; at !== -1 && depthOf[at] === 0; at = parentOf[at]) {
			if (++steps > parentOf.length) throw new MeshError('malformed-file', `nodes[${n}] is below itself.`, { node: n });
		}
		let above = n;
		for (let i = 0; i < steps; i++) above = parentOf[above];
		const base = above === -1 ? 0 : depthOf[above];
		for (let at = n, depth = base + steps; at !== above; at = parentOf[at]) depthOf[at] = depth--;
		if (base + steps > maxDepth) {
			throw new MeshError('too-large', `nodes[${n}] lies ${base + steps} deep; the limit depth is ${maxDepth}.`);
		}
	}
}

function countInstances(gltf: GLTF.IGLTF, node: GLTF.INode, where: string): number {
	const instancing = node.extensions?.EXT_mesh_gpu_instancing as { attributes?: Record<string, number> } | undefined;
	if (!instancing || !isUsed(gltf, 'EXT_mesh_gpu_instancing')) return 0;
	const counts = Object.values(instancing.attributes ?? {}).map((accessor) => gltf.accessors![accessor].count);
	if (new Set(counts).size > 1) throw new MeshError('malformed-file', `${where} has instances of different counts.`);
	return counts[0] ?? 0;
}
