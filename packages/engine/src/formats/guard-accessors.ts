import type { GLTF } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
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

/** Bytes of one element of an accessor. */
const elementBytes = (type: string, componentType: number): number => COMPONENTS[type] * COMPONENT_BYTES[componentType];

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

/** Every view lies in its buffer, as long as the file says that is. */
export function checkViews(gltf: GLTF.IGLTF): void {
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
	throw new MeshError('malformed-file', `${where} is compressed as ${count} ${mode} of ${byteStride} bytes.`, {
		where,
	});
}

function checkEnd(byteOffset: number | undefined, byteLength: number, available: number, where: string): void {
	const end = (byteOffset ?? 0) + byteLength;
	if (end <= available) return;
	throw new MeshError('out-of-range', `${where} ends at byte ${end} of ${available}.`, { where, end, available });
}

/** Adds up what the loader will allocate, and checks that each accessor lies in its view. */
export function checkAccessors(gltf: GLTF.IGLTF, limits: ReadLimits): void {
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
					throw new MeshError(
						'out-of-range',
						`meshes[${m}].primitives[${p}] decodes ${semantic} but does not have it.`,
					);
				}
				decoded.add(accessor);
			}
		}
	}
	return decoded;
}

function checkComponents({ type, componentType }: GLTF.IAccessor, where: string): void {
	if (!Object.hasOwn(COMPONENTS, type) || !Object.hasOwn(COMPONENT_BYTES, componentType)) {
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
