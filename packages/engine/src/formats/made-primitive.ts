import { Accessor, type Buffer, type Document, type Primitive } from '@gltf-transform/core';
import type { Made } from '../mesh/made.ts';
import { type CornerAttribute, NO_ROW } from '../mesh/mesh.ts';
import type { Carried, Carrier, Home } from './carry.ts';
import { encodePolygons, NgonEncoding } from './ngon.ts';
import { invertAffine, type Matrix } from './pose.ts';

/** Semantics of the corner attributes that are written, in the order of writing. */
const SEMANTICS: readonly (readonly [string, string])[] = [
	['normal', 'NORMAL'],
	['tangent', 'TANGENT'],
	['uv', 'TEXCOORD_0'],
	...Array.from({ length: 9 }, (_, set) => [`uv${set + 1}`, `TEXCOORD_${set + 1}`] as const),
	['color', 'COLOR_0'],
];
const SIZES: Readonly<Record<string, readonly number[]>> = { normal: [3], tangent: [4], color: [3, 4] };
const TYPES = { 2: Accessor.Type.VEC2, 3: Accessor.Type.VEC3, 4: Accessor.Type.VEC4 } as const;
/** Vertices above this need 32-bit indices; 65535 itself is the restart value. */
const MOST_SHORT_VERTICES = 65535;
/** A length this near to 1 is left as it is. */
const UNIT = 1e-6;

export type MadePrimitive = {
	readonly primitive: Primitive;
	/** Polygons that the order of triangles cannot tell. */
	readonly lostPolygons: number;
};

/** Writes some triangles of a made surface as a primitive in the frame of its home. */
export class MadePrimitives {
	readonly #document: Document;
	readonly #buffer: Buffer;
	readonly #made: Made;
	readonly #carrier: Carrier;
	readonly #attributes: readonly { semantic: string; attribute: CornerAttribute }[];

	constructor(document: Document, made: Made, carrier: Carrier) {
		this.#document = document;
		this.#buffer = document.getRoot().listBuffers()[0];
		this.#made = made;
		this.#carrier = carrier;
		this.#attributes = SEMANTICS.flatMap(([name, semantic]) => {
			const attribute = made.mesh.corner[name];
			const isFit = attribute && (SIZES[name] ?? [2]).includes(attribute.size);
			return isFit ? [{ semantic, attribute }] : [];
		});
	}

	/** Bits of the attributes that all three corners of a triangle have. */
	attributesOf(t: number): number {
		let bits = 0;
		this.#attributes.forEach(({ attribute: { indices } }, i) => {
			const has = indices[3 * t] !== NO_ROW && indices[3 * t + 1] !== NO_ROW && indices[3 * t + 2] !== NO_ROW;
			if (has) bits |= 1 << i;
		});
		return bits;
	}

	/**
	 * @param part Part of the triangles.
	 * @param triangles Their numbers, ascending; all have the attributes in `bits`.
	 * @param isMirrored Triangles are wound the other way in the file.
	 */
	make(home: Home, part: number, triangles: readonly number[], bits: number, isMirrored: boolean): MadePrimitive {
		const { mesh, extras } = this.#made;
		const attributes = this.#attributes.filter((_, i) => bits & (1 << i));
		const corners = new Uint32Array(3 * triangles.length);
		triangles.forEach((t, i) => {
			for (let k = 0; k < 3; k++) corners[3 * i + k] = 3 * t + (isMirrored ? (3 - k) % 3 : k);
		});
		const places = numberRows(corners, [mesh.triangles]);
		const rows = numberRows(corners, [mesh.triangles, ...attributes.map(({ attribute }) => attribute.indices)]);
		const used = places.firstUse.map((c) => mesh.triangles[c]);
		const carried = this.#carrier.carry(home, part, used, places.indices);
		const placeOf = new Uint32Array(rows.firstUse.length);
		for (let i = 0; i < corners.length; i++) placeOf[rows.indices[i]] = places.indices[i];

		const primitive = this.#document.createPrimitive();
		if (extras) primitive.setExtras({ ...extras });
		primitive.setAttribute('POSITION', this.#add(gather(carried.positions, 3, placeOf), 3));
		for (const { semantic, attribute } of attributes) {
			const values = gather(
				attribute.values,
				attribute.size,
				rows.firstUse.map((c) => attribute.indices[c]),
			);
			if (semantic === 'NORMAL') turnBack(values, 3, placeOf, carried.matrices, true);
			if (semantic === 'TANGENT') turnBack(values, 4, placeOf, carried.matrices, false);
			primitive.setAttribute(semantic, this.#add(values, attribute.size));
		}
		this.#addDeforming(primitive, carried, placeOf);
		let lostPolygons = 0;
		const { polygonOf } = mesh;
		if (polygonOf && hasPolygon(triangles, polygonOf)) {
			lostPolygons = encodePolygons(
				rows.indices,
				triangles.map((t) => polygonOf[t]),
			);
			primitive.setExtension('FB_ngon_encoding', this.#document.createExtension(NgonEncoding).createMark());
		}
		const isShort = rows.firstUse.length <= MOST_SHORT_VERTICES;
		const indices = isShort ? Uint16Array.from(rows.indices) : rows.indices;
		primitive.setIndices(
			this.#document.createAccessor().setType(Accessor.Type.SCALAR).setArray(indices).setBuffer(this.#buffer),
		);
		return { primitive, lostPolygons };
	}

	#addDeforming(primitive: Primitive, { joints, weights, targets }: Carried, placeOf: Uint32Array): void {
		for (let set = 0; set < joints.length; set++) {
			const listed = new Uint16Array(4 * placeOf.length);
			for (let i = 0; i < listed.length; i++) listed[i] = joints[set][4 * placeOf[i >> 2] + (i & 3)];
			const accessor = this.#document.createAccessor().setType(Accessor.Type.VEC4).setArray(listed);
			primitive.setAttribute(`JOINTS_${set}`, accessor.setBuffer(this.#buffer));
			primitive.setAttribute(`WEIGHTS_${set}`, this.#add(gather(weights[set], 4, placeOf), 4));
		}
		for (const deltas of targets) {
			const target = this.#document.createPrimitiveTarget();
			for (const [semantic, values] of deltas) {
				const isNeeded = semantic === 'POSITION' || primitive.getAttribute(semantic) !== null;
				const moved = values.some((x) => x !== 0);
				if (isNeeded) target.setAttribute(semantic, this.#add(gather(values, 3, placeOf), 3).setSparse(!moved));
			}
			primitive.addTarget(target);
		}
	}

	#add(array: Float32Array<ArrayBuffer>, size: 2 | 3 | 4): Accessor {
		return this.#document.createAccessor().setType(TYPES[size]).setArray(array).setBuffer(this.#buffer);
	}
}

/** Is any polygon of these more than one triangle? */
function hasPolygon(triangles: readonly number[], polygonOf: Uint32Array): boolean {
	for (let i = 1; i < triangles.length; i++) {
		if (polygonOf[triangles[i]] === polygonOf[triangles[i - 1]]) return true;
	}
	return false;
}

function gather(values: Float32Array, size: number, rows: Uint32Array): Float32Array<ArrayBuffer> {
	const gathered = new Float32Array(rows.length * size);
	for (let i = 0; i < rows.length; i++) {
		for (let k = 0; k < size; k++) gathered[i * size + k] = values[rows[i] * size + k];
	}
	return gathered;
}

/**
 * Turns directions from the world into the frame, in place. Normals are turned out by the inverse transpose, so they
 * come back by the transpose; tangents by the inverse. Both are of unit length afterwards; the handedness of tangents
 * stays, since viewers apply it in the world.
 */
function turnBack(values: Float32Array, size: 3 | 4, placeOf: Uint32Array, matrices: Matrix, isNormal: boolean): void {
	let inverse = isNormal ? undefined : invertAffine(matrices, 0, 0);
	for (let i = 0; i < placeOf.length; i++) {
		const at = matrices.length > 16 ? 16 * placeOf[i] : 0;
		if (!isNormal && at > 0) inverse = invertAffine(matrices, at, 0);
		const [x, y, z] = [values[size * i], values[size * i + 1], values[size * i + 2]];
		const turned = [0, 0, 0];
		for (let e = 0; e < 3; e++) {
			turned[e] = isNormal
				? matrices[at + 4 * e] * x + matrices[at + 4 * e + 1] * y + matrices[at + 4 * e + 2] * z
				: inverse
					? inverse[e] * x + inverse[e + 4] * y + inverse[e + 8] * z
					: [x, y, z][e];
		}
		const length = Math.hypot(turned[0], turned[1], turned[2]);
		const factor = Math.abs(length - 1) < UNIT ? 1 : 1 / length;
		if (length > 0) for (let e = 0; e < 3; e++) values[size * i + e] = turned[e] * factor;
	}
}

/** Numbers the different combinations of rows among `corners`, in order of appearance. */
function numberRows(
	corners: Uint32Array,
	rowsOf: readonly Uint32Array[],
): { indices: Uint32Array<ArrayBuffer>; firstUse: Uint32Array } {
	let capacity = 16;
	while (capacity < 1.5 * corners.length) capacity *= 2;
	const table = new Int32Array(capacity).fill(-1);
	const indices = new Uint32Array(corners.length);
	const firstUse = new Uint32Array(corners.length);
	let count = 0;
	for (let i = 0; i < corners.length; i++) {
		const c = corners[i];
		let hash = 0;
		for (const rows of rowsOf) hash = Math.imul(hash ^ (hash >>> 15) ^ rows[c], 0x9e3779b1);
		let slot = (hash ^ (hash >>> 13)) & (capacity - 1);
		while (table[slot] >= 0 && !isSameRow(rowsOf, c, firstUse[table[slot]])) slot = (slot + 1) & (capacity - 1);
		if (table[slot] < 0) {
			table[slot] = count;
			firstUse[count++] = c;
		}
		indices[i] = table[slot];
	}
	return { indices, firstUse: firstUse.slice(0, count) };
}

function isSameRow(rowsOf: readonly Uint32Array[], a: number, b: number): boolean {
	for (const rows of rowsOf) if (rows[a] !== rows[b]) return false;
	return true;
}
