import type { Accessor } from '@gltf-transform/core';
import { type CornerAttribute, NO_ROW } from '../mesh/mesh.ts';
import { RowWeld } from '../mesh/weld.ts';
import { uvName } from './materials.ts';
import { unitOf } from './pose.ts';
import type { PrimitiveSource } from './sources.ts';

/** Name of the corner attribute that a semantic of glTF becomes. */
export const attributeName = (semantic: string): string =>
	semantic === 'COLOR_0' ? 'color' : uvName(Number(semantic.slice('TEXCOORD_'.length)));

/** A column for COLOR_0 and for every set of texture coordinates that any source has. */
export function openColumns(sources: readonly PrimitiveSource[], corners: number): Map<string, Column> {
	const sizeOf = new Map<string, 2 | 3 | 4>();
	for (const { primitive } of sources) {
		for (const semantic of primitive.listSemantics()) {
			const size = primitive.getAttribute(semantic)!.getElementSize();
			if (/^TEXCOORD_\d$/.test(semantic) && size === 2) sizeOf.set(semantic, 2);
			if (semantic === 'COLOR_0' && (size === 4 || (size === 3 && !sizeOf.has(semantic)))) sizeOf.set(semantic, size);
		}
	}
	const names = [...sizeOf.keys()].sort();
	return new Map(names.map((semantic) => [semantic, new Column(sizeOf.get(semantic)!, corners)]));
}

/** A corner attribute in the making. */
export class Column {
	readonly #size: 2 | 3 | 4;
	readonly #indices: Uint32Array;
	readonly #chunks: Float32Array[] = [];
	readonly #firstRowOf = new Map<Accessor, number>();
	#rows = 0;

	constructor(size: 2 | 3 | 4, corners: number) {
		this.#size = size;
		this.#indices = new Uint32Array(corners).fill(NO_ROW);
	}

	get filled(): boolean {
		return this.#rows > 0;
	}

	/** Gives the corners from `first` on the rows of an accessor: a row is a vertex of the file, kept once. */
	addRows(accessor: Accessor | null, corners: Uint32Array, first: number): void {
		if (!accessor || accessor.getElementSize() > this.#size || accessor.getElementSize() < 2) return;
		let row = this.#firstRowOf.get(accessor);
		if (row === undefined) {
			row = this.#rows;
			this.#firstRowOf.set(accessor, row);
			this.#push(decode(accessor, this.#size));
		}
		const indices = this.#indices;
		for (let c = 0; c < corners.length; c++) indices[first + c] = row + corners[c];
	}

	/** Gives the corners from `first` on the rows `values`, which are in the order of `rankOf`. */
	addRanked(values: Float32Array, corners: Uint32Array, rankOf: Uint32Array, first: number): void {
		const indices = this.#indices;
		for (let c = 0; c < corners.length; c++) indices[first + c] = this.#rows + rankOf[corners[c]];
		this.#push(values);
	}

	/**
	 * Welds the rows by value: a file splits a vertex for every attribute when one differs, and only where the values
	 * differ is there a seam of this one.
	 */
	finish(): CornerAttribute {
		const size = this.#size;
		const indices = this.#indices;
		const weld = new RowWeld(size);
		const distinct = new Uint32Array(this.#rows);
		let row = 0;
		for (const chunk of this.#chunks) {
			weld.add(chunk, chunk.length / size, distinct.subarray(row));
			row += chunk.length / size;
		}
		for (let c = 0; c < indices.length; c++) if (indices[c] !== NO_ROW) indices[c] = distinct[indices[c]];
		return { values: weld.values(), indices, size };
	}

	#push(values: Float32Array): void {
		this.#chunks.push(values);
		this.#rows += values.length / this.#size;
	}
}

/** All values of an accessor as floats; a missing fourth component (alpha) is 1. */
function decode(accessor: Accessor, size: number): Float32Array {
	const array = accessor.getArray()!;
	const own = accessor.getElementSize();
	const unit = unitOf(accessor);
	if (array instanceof Float32Array && own === size) return array;
	const n = accessor.getCount();
	const values = new Float32Array(n * size);
	if (own < size) values.fill(1);
	for (let i = 0; i < n; i++) {
		for (let k = 0; k < own; k++)
			values[i * size + k] = unit === 1 ? array[i * own + k] : Math.max(-1, array[i * own + k] * unit);
	}
	return values;
}
