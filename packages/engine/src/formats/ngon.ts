import {
	Extension,
	ExtensionProperty,
	PropertyType,
	type ReaderContext,
	type WriterContext,
} from '@gltf-transform/core';

const NAME = 'FB_ngon_encoding';

/**
 * The glTF extension FB_ngon_encoding: on a primitive that has it, consecutive triangles with the same first vertex are
 * one polygon, cut as a fan; neighbouring polygons start at different vertices. A viewer that does not know it shows
 * the triangles.
 *
 * Based on: Facebook (Davidovič and others). FB_ngon_encoding, KhronosGroup/glTF pull request 1620. 2019.
 */
export class NgonEncoding extends Extension {
	static override readonly EXTENSION_NAME: string = NAME;
	override readonly extensionName: string = NAME;

	/** The mark of a primitive whose triangles stand in this order. */
	createMark(): NgonMark {
		return new NgonMark(this.document.getGraph());
	}

	override read(context: ReaderContext): this {
		const meshes = context.jsonDoc.json.meshes ?? [];
		for (let m = 0; m < meshes.length; m++) {
			const primitives = context.meshes[m].listPrimitives();
			for (const [i, { extensions }] of meshes[m].primitives.entries()) {
				if (extensions && NAME in extensions) primitives[i].setExtension(NAME, this.createMark());
			}
		}
		return this;
	}

	override write(context: WriterContext): this {
		for (const mesh of this.document.getRoot().listMeshes()) {
			const definitions = context.jsonDoc.json.meshes?.[context.meshIndexMap.get(mesh)!]?.primitives ?? [];
			for (const [i, primitive] of mesh.listPrimitives().entries()) {
				if (primitive.getExtension(NAME)) definitions[i].extensions = { ...definitions[i].extensions, [NAME]: {} };
			}
		}
		return this;
	}
}

class NgonMark extends ExtensionProperty {
	static override EXTENSION_NAME: string = NAME;
	declare extensionName: string;
	declare propertyType: string;
	declare parentTypes: string[];

	protected init(): void {
		this.extensionName = NAME;
		this.propertyType = 'NgonMark';
		this.parentTypes = [PropertyType.PRIMITIVE];
	}
}

/**
 * Turns triangles in place, and swaps the two of a quad where need be, so that polygons can be told again: those of one
 * polygon start at one vertex, and a polygon does not start where the one before it does.
 *
 * @param indices Vertex of each corner, as it will be written. 3 × n.
 * @param polygonOf Polygon of each of the n triangles; those of one polygon are neighbours.
 * @returns how many polygons of more than three corners could not be written so (not a fan, or no common vertex left to
 *   start at); their triangles are polygons of their own.
 */
export function encodePolygons(indices: Uint32Array, polygonOf: ArrayLike<number>): number {
	const n = indices.length / 3;
	let lost = 0;
	let before = -1;
	for (let from = 0; from < n; ) {
		let to = from + 1;
		while (to < n && polygonOf[to] === polygonOf[from]) to++;
		const isFan = to - from > 1 && turnToFan(indices, from, to, before);
		if (to - from > 1 && !isFan) lost++;
		for (let t = from; t < to; t++) {
			if (!isFan && indices[3 * t] === before) turnTriangle(indices, t, indices[3 * t + 1]);
			before = indices[3 * t];
		}
		from = to;
	}
	return lost;
}

/** Finds a vertex of all triangles `from .. to`, other than `before`, around which they are a fan; starts them there. */
function turnToFan(indices: Uint32Array, from: number, to: number, before: number): boolean {
	for (let k = 0; k < 3; k++) {
		const apex = indices[3 * from + k];
		if (apex === before) continue;
		let isCommon = true;
		for (let t = from + 1; t < to && isCommon; t++) {
			isCommon = indices[3 * t] === apex || indices[3 * t + 1] === apex || indices[3 * t + 2] === apex;
		}
		if (!isCommon) continue;
		for (let t = from; t < to; t++) turnTriangle(indices, t, apex);
		if (isChain(indices, from, to)) return true;
		if (to - from === 2) {
			swapTriangles(indices, from, from + 1);
			if (isChain(indices, from, to)) return true;
		}
	}
	return false;
}

/** Does each triangle end where the next begins? */
function isChain(indices: Uint32Array, from: number, to: number): boolean {
	for (let t = from; t + 1 < to; t++) if (indices[3 * t + 2] !== indices[3 * t + 4]) return false;
	return true;
}

/** Makes a triangle start at one of its vertices. */
function turnTriangle(indices: Uint32Array, t: number, first: number): void {
	const [a, b, c] = [indices[3 * t], indices[3 * t + 1], indices[3 * t + 2]];
	if (a === first) return;
	indices[3 * t] = first;
	indices[3 * t + 1] = b === first ? c : a;
	indices[3 * t + 2] = b === first ? a : b;
}

function swapTriangles(indices: Uint32Array, s: number, t: number): void {
	for (let k = 0; k < 3; k++) {
		const other = indices[3 * s + k];
		indices[3 * s + k] = indices[3 * t + k];
		indices[3 * t + k] = other;
	}
}

/**
 * Polygon of each triangle of a primitive that is written so, numbered from `first` on.
 *
 * @param corners Vertex of each corner, in file order. 3 × n.
 */
export function decodePolygons(corners: Uint32Array, first: number, polygonOf: Uint32Array): number {
	let polygon = first - 1;
	for (let t = 0; t < polygonOf.length; t++) {
		const c = 3 * t;
		const goesOn = t > 0 && corners[c] === corners[c - 3] && corners[c + 1] === corners[c - 1];
		if (!goesOn) polygon++;
		polygonOf[t] = polygon;
	}
	return polygon + 1;
}

/** Do the triangles of a primitive stand in this order? */
export const hasPolygons = (primitive: { getExtension(name: string): unknown }): boolean =>
	primitive.getExtension(NAME) !== null;
