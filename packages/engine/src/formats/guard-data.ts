import type { GLTF } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import { compressionOf, isUsed } from './guard-accessors.ts';
import type { ReadLimits } from './limits.ts';

/** Bytes of each buffer; none where it only stands for what a decompressor brings. */
export type BufferBytes = readonly (Uint8Array | undefined)[];

/**
 * Checks the data of a glTF against its JSON, which `guardGltf` has passed: that the buffers are as long as their views
 * need, that sparse indices stay inside, that compressed meshes hold what is declared.
 *
 * @throws `truncated-file`, `out-of-range`, `malformed-file`, `too-large`.
 */
export function guardData(gltf: GLTF.IGLTF, buffers: BufferBytes, limits: ReadLimits): void {
	for (const [i, view] of (gltf.bufferViews ?? []).entries()) {
		const { buffer, byteOffset = 0, byteLength } = compressionOf(gltf, view) ?? view;
		const bytes = buffers[buffer];
		if (!bytes) throw new MeshError('missing-resource', `buffers[${buffer}] of bufferViews[${i}] has no data.`);
		if (byteOffset + byteLength > bytes.length) {
			throw new MeshError(
				'truncated-file',
				`bufferViews[${i}] ends at byte ${byteOffset + byteLength}; buffers[${buffer}] has only ${bytes.length}.`,
				{ view: i, buffer, bytes: bytes.length },
			);
		}
	}
	for (const [i, accessor] of (gltf.accessors ?? []).entries()) checkSparseIndices(gltf, buffers, accessor, i);
	checkDraco(gltf, buffers, limits);
}

/** The bytes of a view as they lie in its buffer. */
export function viewBytes(gltf: GLTF.IGLTF, buffers: BufferBytes, index: number): Uint8Array {
	const { buffer, byteOffset = 0, byteLength } = gltf.bufferViews![index];
	return buffers[buffer]!.subarray(byteOffset, byteOffset + byteLength);
}

function checkSparseIndices(gltf: GLTF.IGLTF, buffers: BufferBytes, accessor: GLTF.IAccessor, i: number): void {
	const { sparse } = accessor;
	if (!sparse || compressionOf(gltf, gltf.bufferViews![sparse.indices.bufferView])) return;
	const { bufferView, byteOffset = 0, componentType } = sparse.indices;
	const bytes = viewBytes(gltf, buffers, bufferView);
	const view = new DataView(bytes.buffer, bytes.byteOffset + byteOffset, bytes.byteLength - byteOffset);
	for (let k = 0; k < sparse.count; k++) {
		const index =
			componentType === 5121
				? view.getUint8(k)
				: componentType === 5123
					? view.getUint16(2 * k, true)
					: view.getUint32(4 * k, true);
		if (index >= accessor.count) {
			throw new MeshError('out-of-range', `accessors[${i}] replaces element ${index} of ${accessor.count}.`, { index });
		}
	}
}

/**
 * The Draco decoder allocates what its own header declares: that must not be more than what the accessors declare,
 * which has been checked.
 */
function checkDraco(gltf: GLTF.IGLTF, buffers: BufferBytes, limits: ReadLimits): void {
	if (!isUsed(gltf, 'KHR_draco_mesh_compression')) return;
	for (const [m, mesh] of (gltf.meshes ?? []).entries()) {
		for (const [p, primitive] of mesh.primitives.entries()) {
			const draco = primitive.extensions?.KHR_draco_mesh_compression as { bufferView: number } | undefined;
			if (!draco) continue;
			const where = `meshes[${m}].primitives[${p}]`;
			if (compressionOf(gltf, gltf.bufferViews![draco.bufferView])) {
				throw new MeshError('malformed-file', `${where} is compressed twice.`);
			}
			const faces = readDracoFaces(viewBytes(gltf, buffers, draco.bufferView), where);
			const declared =
				primitive.indices === undefined ? limits.triangles : Math.ceil(gltf.accessors![primitive.indices].count / 3);
			if (faces > declared) {
				throw new MeshError('out-of-range', `${where} decodes to ${faces} triangles but declares ${declared}.`, {
					faces,
					declared,
				});
			}
		}
	}
}

const TRIANGULAR_MESH = 1;
const SEQUENTIAL = 0;
const METADATA = 0x8000;

/**
 * Faces that a Draco bitstream declares; 0 where it is older than 2.2 or carries metadata, which move the number.
 * Source: Draco bitstream specification 2.2 (Google, 2018), sections 2 to 4.
 */
function readDracoFaces(bytes: Uint8Array, where: string): number {
	const isDraco = String.fromCharCode(...bytes.subarray(0, 5)) === 'DRACO' && bytes.length > 12;
	if (!isDraco || bytes[7] !== TRIANGULAR_MESH) {
		throw new MeshError('malformed-file', `${where} holds no Draco mesh where it says so.`, { where });
	}
	const [major, minor, method] = [bytes[5], bytes[6], bytes[8]];
	const flags = bytes[9] | (bytes[10] << 8);
	if (major !== 2 || minor < 2 || (flags & METADATA) !== 0) return 0;
	// Sequential: faces first. Edgebreaker: a byte for the kind of traversal, the vertices, then the faces.
	if (method === SEQUENTIAL) return readVarint(bytes, 11).value;
	return readVarint(bytes, readVarint(bytes, 12).end).value;
}

/** Seven bits a byte, lowest first. */
function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } {
	let value = 0;
	let end = at;
	for (let factor = 1; end < bytes.length; factor *= 128) {
		const byte = bytes[end++];
		value += (byte & 127) * factor;
		if (byte < 128) break;
	}
	return { value, end };
}
