import { Accessor, type Buffer, type Document, Primitive, type TypedArray } from '@gltf-transform/core';
import { decodePolygons, encodePolygons, hasPolygons } from './ngon.ts';

/** Vertices above this need 32-bit indices; 65535 itself is the restart value. */
const MOST_SHORT_VERTICES = 65535;

/**
 * Cuts primitives: some triangles of one, as a primitive of their own with only the vertices that they use. Values are
 * copied bit by bit: all attributes, morph targets, extensions, extras; polygons that the order of triangles tells (see
 * ngon.ts) stay polygons. The same cut made twice is made once.
 */
export class PrimitiveCutter {
	readonly #document: Document;
	readonly #buffer: Buffer;
	readonly #cutsOf = new Map<Primitive, { readonly picked: Uint32Array; readonly cut: Primitive }[]>();
	/** Scratch: number of a vertex in the cut, valid where `#cutOf` is the running cut. */
	#newOf = new Uint32Array(0);
	#cutOf = new Uint32Array(0);
	#cuts = 0;

	constructor(document: Document, buffer: Buffer) {
		this.#document = document;
		this.#buffer = buffer;
	}

	/**
	 * @param corners Corners of all triangles of the primitive, as `listSources` gives them.
	 * @param picked Numbers of the triangles to keep, ascending.
	 */
	cut(primitive: Primitive, corners: Uint32Array, picked: Uint32Array): Primitive {
		let cuts = this.#cutsOf.get(primitive);
		if (!cuts) {
			cuts = [];
			this.#cutsOf.set(primitive, cuts);
		}
		const known = cuts.find((other) => isSame(other.picked, picked));
		if (known) return known.cut;
		const isWhole = picked.length * 3 === elementCount(primitive) && primitive.getMode() === Primitive.Mode.TRIANGLES;
		const cut = isWhole ? primitive : this.#make(primitive, corners, picked);
		cuts.push({ picked, cut });
		return cut;
	}

	#make(primitive: Primitive, corners: Uint32Array, picked: Uint32Array): Primitive {
		const { used, indices } = this.#compact(primitive, corners, picked);
		const copies = new Map<Accessor, Accessor>();
		const copy = (accessor: Accessor, isDelta: boolean): Accessor => {
			let made = copies.get(accessor);
			if (!made) {
				made = this.#copyRows(accessor, used).setSparse(isDelta && accessor.getSparse());
				copies.set(accessor, made);
			}
			return made;
		};
		const cut = primitive.clone().setMode(Primitive.Mode.TRIANGLES);
		for (const semantic of primitive.listSemantics()) {
			cut.setAttribute(semantic, copy(primitive.getAttribute(semantic)!, false));
		}
		for (const target of primitive.listTargets()) {
			const own = target.clone();
			for (const semantic of target.listSemantics()) {
				own.setAttribute(semantic, copy(target.getAttribute(semantic)!, true));
			}
			cut.removeTarget(target).addTarget(own);
		}
		return cut.setIndices(indices && this.#addIndices(indices));
	}

	/** Vertices in order of first use, and the corners in those terms; no indices where the source had none either. */
	#compact(
		primitive: Primitive,
		corners: Uint32Array,
		picked: Uint32Array,
	): { used: Uint32Array; indices: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | null } {
		const vertices = primitive.getAttribute('POSITION')!.getCount();
		if (this.#newOf.length < vertices) {
			this.#newOf = new Uint32Array(vertices);
			this.#cutOf = new Uint32Array(vertices);
		}
		const newOf = this.#newOf;
		const cutOf = this.#cutOf;
		const running = ++this.#cuts;
		const used = new Uint32Array(Math.min(vertices, 3 * picked.length));
		const indices = new Uint32Array(3 * picked.length);
		let n = 0;
		for (let i = 0; i < picked.length; i++) {
			for (let k = 0; k < 3; k++) {
				const v = corners[3 * picked[i] + k];
				if (cutOf[v] !== running) {
					cutOf[v] = running;
					newOf[v] = n;
					used[n++] = v;
				}
				indices[3 * i + k] = newOf[v];
			}
		}
		if (hasPolygons(primitive)) {
			const polygonOf = new Uint32Array(corners.length / 3);
			decodePolygons(corners, 0, polygonOf);
			encodePolygons(
				indices,
				picked.map((t) => polygonOf[t]),
			);
		}
		const isPlain = !primitive.getIndices() && primitive.getMode() === Primitive.Mode.TRIANGLES;
		return {
			used: used.subarray(0, n),
			indices: isPlain ? null : n <= MOST_SHORT_VERTICES ? Uint16Array.from(indices) : indices,
		};
	}

	#copyRows(accessor: Accessor, rows: Uint32Array): Accessor {
		const from = accessor.getArray()!;
		const size = accessor.getElementSize();
		const to = new (from.constructor as new (length: number) => TypedArray)(rows.length * size);
		for (let i = 0; i < rows.length; i++) {
			for (let k = 0; k < size; k++) to[i * size + k] = from[rows[i] * size + k];
		}
		const copy = this.#document
			.createAccessor(accessor.getName(), this.#buffer)
			.setType(accessor.getType())
			.setNormalized(accessor.getNormalized())
			.setExtras(accessor.getExtras())
			.setArray(to);
		for (const extension of accessor.listExtensions()) copy.setExtension(extension.extensionName, extension);
		return copy;
	}

	#addIndices(indices: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): Accessor {
		return this.#document.createAccessor().setType(Accessor.Type.SCALAR).setArray(indices).setBuffer(this.#buffer);
	}
}

function elementCount(primitive: Primitive): number {
	return (primitive.getIndices() ?? primitive.getAttribute('POSITION')!).getCount();
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
	if (a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}
