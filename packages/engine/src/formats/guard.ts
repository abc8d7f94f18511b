import type { GLTF } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import { checkAccessors, checkViews } from './guard-accessors.ts';
import { checkIndex, checkKind, isRecord, type Kind, visit } from './guard-json.ts';
import { checkNodes } from './guard-nodes.ts';
import type { ReadLimits } from './limits.ts';

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
	checkObjects(gltf, limits.objects);
	checkTextures(gltf.materials, gltf.textures?.length ?? 0, 'materials');
	checkAnimations(gltf);
	checkCameras(gltf);
	checkViews(gltf);
	checkAccessors(gltf, limits);
	checkMeshes(gltf);
	checkNodes(gltf, limits);
	return gltf;
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

/** First of all, since glTF 1.0 has records where 2.0 has lists. */
function checkVersion({ asset, buffers }: Record<string, unknown>): void {
	if (!isRecord(asset)) throw new MeshError('malformed-file', 'The glTF has no asset, which says its version.');
	const version = Number.parseFloat(String(asset.version));
	const least = Number.parseFloat(String(asset.minVersion ?? asset.version));
	if (version < 2 || least > 2 || (isRecord(buffers) && Number.isNaN(version))) {
		throw new MeshError('unsupported-format', `The file is glTF ${asset.minVersion ?? asset.version}; 2.0 is read.`);
	}
}

/** Objects are small in the file and large in memory. */
function checkObjects(gltf: GLTF.IGLTF, limit: number): void {
	// Extensions are looked up by name again and again, hence their weight.
	let objects = 3 * (gltf.materials?.length ?? 0) + 200 * (gltf.extensionsUsed?.length ?? 0);
	for (const list of Object.values(gltf)) if (Array.isArray(list)) objects += list.length;
	for (const { primitives } of gltf.meshes ?? []) {
		objects += primitives.length;
		for (const { targets, attributes } of primitives)
			objects += (targets?.length ?? 0) + Object.keys(attributes).length;
	}
	for (const { channels, samplers } of gltf.animations ?? []) objects += channels.length + samplers.length;
	for (const { joints } of gltf.skins ?? []) objects += joints.length;
	if (objects <= limit) return;
	throw new MeshError('too-large', `The glTF lists ${objects} objects; the limit objects is ${limit}.`, {
		objects,
		limit,
	});
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
