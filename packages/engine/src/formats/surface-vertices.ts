import type { Document, Primitive } from '@gltf-transform/core';
import type { Surface } from './surface.ts';
import { srgbToLinear } from './surface-colors.ts';

/** Attributes that all corners of a face have, as bits. */
export const HAS_UV = 1;
export const HAS_NORMAL = 2;
export const HAS_COLOR = 4;

/**
 * Gives a primitive its vertices (each combination of rows once) and its indices, in glTF's manner: v runs down,
 * normals are of unit length, colours linear.
 *
 * @param attributes Bits of the attributes to write.
 * @param corners Corners of the triangles, three each.
 * @param numberOf Scratch of -1 for each vertex of the surface, and left so. V.
 */
export function addVertices(
	document: Document,
	primitive: Primitive,
	surface: Surface,
	attributes: number,
	corners: Uint32Array,
	numberOf: Int32Array,
): void {
	const { list } = surface.faces;
	const uv = attributes & HAS_UV ? surface.uv : undefined;
	const normal = attributes & HAS_NORMAL ? surface.normal : undefined;
	const color = attributes & HAS_COLOR ? surface.color : undefined;
	const hasOwnRows = [uv, normal, color].some((attribute) => attribute && attribute.indices !== list);
	const { indices, firstUse } = hasOwnRows
		? uniqueRows(corners, list, uv?.indices, normal?.indices, color?.indices)
		: uniqueVertices(corners, list, numberOf);
	primitive.setIndices(document.createAccessor().setType('SCALAR').setArray(indices));

	const set = (semantic: string, type: 'VEC2' | 'VEC3' | 'VEC4', array: Float32Array<ArrayBuffer>): void => {
		primitive.setAttribute(semantic, document.createAccessor().setType(type).setArray(array));
	};
	set('POSITION', 'VEC3', gather(surface.positions, 3, list, firstUse));
	if (normal) set('NORMAL', 'VEC3', normalize(gather(normal.values, 3, normal.indices, firstUse)));
	if (uv) set('TEXCOORD_0', 'VEC2', flipV(gather(uv.values, 2, uv.indices, firstUse)));
	if (color) {
		const type = color.size === 4 ? 'VEC4' : 'VEC3';
		set('COLOR_0', type, linearize(gather(color.values, color.size, color.indices, firstUse), color.size));
	}
}

type Unique = {
	/** Number of each corner's combination, in order of appearance. */
	readonly indices: Uint32Array<ArrayBuffer>;
	/** First corner of each combination. */
	readonly firstUse: Uint32Array;
};

/**
 * Numbers the vertices among `corners`, where no attribute has rows of its own. Three times as fast as the table.
 *
 * @param numberOf Scratch of -1 for each vertex, and left so. V.
 */
function uniqueVertices(corners: Uint32Array, v: Uint32Array, numberOf: Int32Array): Unique {
	const indices = new Uint32Array(corners.length);
	const firstUse = new Uint32Array(corners.length);
	let count = 0;
	for (let i = 0; i < corners.length; i++) {
		const vertex = v[corners[i]];
		if (numberOf[vertex] < 0) {
			numberOf[vertex] = count;
			firstUse[count++] = corners[i];
		}
		indices[i] = numberOf[vertex];
	}
	for (let i = 0; i < count; i++) numberOf[v[firstUse[i]]] = -1;
	return { indices, firstUse: firstUse.subarray(0, count) };
}

/**
 * Numbers the different combinations of rows among `corners` in order of appearance.
 *
 * One open-addressing table over all four indices; with chains per vertex, a file that hangs everything on one vertex
 * would take quadratic time.
 */
function uniqueRows(
	corners: Uint32Array,
	v: Uint32Array,
	vt: Uint32Array | undefined,
	vn: Uint32Array | undefined,
	vc: Uint32Array | undefined,
): Unique {
	let capacity = 16;
	while (capacity < 1.5 * corners.length) capacity *= 2;
	const table = new Int32Array(capacity).fill(-1);
	const indices = new Uint32Array(corners.length);
	const firstUse = new Uint32Array(corners.length);
	const t = vt ?? v;
	const n = vn ?? v;
	const k = vc ?? v;
	let count = 0;
	for (let i = 0; i < corners.length; i++) {
		const c = corners[i];
		let hash = Math.imul(v[c], 0x9e3779b1) ^ Math.imul(t[c] + 0x7f4a7c15, 0x85ebca6b);
		hash ^= Math.imul(n[c] + 0x165667b1, 0xc2b2ae35) ^ Math.imul(k[c] + 0x27d4eb2f, 0x2545f491);
		hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
		let slot = (hash ^ (hash >>> 13)) & (capacity - 1);
		for (;;) {
			const known = table[slot];
			if (known < 0) {
				table[slot] = count;
				firstUse[count] = c;
				indices[i] = count++;
				break;
			}
			const d = firstUse[known];
			if (v[c] === v[d] && t[c] === t[d] && n[c] === n[d] && k[c] === k[d]) {
				indices[i] = known;
				break;
			}
			slot = (slot + 1) & (capacity - 1);
		}
	}
	return { indices, firstUse: firstUse.subarray(0, count) };
}

/** The row of each corner in `corners`. */
function gather(
	values: Float32Array,
	size: number,
	rowOf: Uint32Array,
	corners: Uint32Array,
): Float32Array<ArrayBuffer> {
	const gathered = new Float32Array(corners.length * size);
	for (let i = 0, at = 0; i < corners.length; i++) {
		const row = rowOf[corners[i]] * size;
		for (let k = 0; k < size; k++) gathered[at++] = values[row + k];
	}
	return gathered;
}

/** Leaves what is of unit length already as it is. */
function normalize(normals: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
	for (let i = 0; i < normals.length; i += 3) {
		const length = Math.hypot(normals[i], normals[i + 1], normals[i + 2]);
		if (Math.abs(length - 1) < 1e-4) continue;
		normals[i] /= length;
		normals[i + 1] /= length;
		normals[i + 2] /= length;
	}
	return normals;
}

function flipV(uvs: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
	for (let i = 1; i < uvs.length; i += 2) uvs[i] = 1 - uvs[i];
	return uvs;
}

function linearize(colors: Float32Array<ArrayBuffer>, size: number): Float32Array<ArrayBuffer> {
	for (let i = 0; i < colors.length; i += size)
		for (let k = 0; k < 3; k++) colors[i + k] = srgbToLinear(Math.min(1, Math.max(0, colors[i + k])));
	return colors;
}
