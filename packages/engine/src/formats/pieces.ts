import type { Document, Mesh, Node, Primitive, Property } from '@gltf-transform/core';
import type { Parts } from '../mesh/parts.ts';
import type { PrimitiveSource } from './sources.ts';
import { PrimitiveCutter } from './subset.ts';

/** What hangs at one place for one part. */
export type Piece = {
	/** Whose frame the mesh is in; none stands for the scene itself. */
	readonly node: Node | undefined;
	readonly mesh: Mesh;
	/** The skin and the morph weights of the node apply. */
	readonly deforms: boolean;
};

/** In `partOf`: a triangle that is not written. */
export const NOT_WRITTEN = 0xffff;

/**
 * Cuts every source by part. Pieces of each part, in scene order.
 *
 * @param partOf Part of each triangle, or NOT_WRITTEN.
 */
export function cutPieces(
	document: Document,
	sources: readonly PrimitiveSource[],
	{ parts }: Parts,
	partOf: Uint16Array,
): Piece[][] {
	const cutter = new PrimitiveCutter(document, document.getRoot().listBuffers()[0]);
	const meshes = new MeshMaker(document);
	const piecesOf: Piece[][] = parts.map(() => []);
	let firstTriangle = 0;
	for (let s = 0; s < sources.length; ) {
		const { node } = sources[s];
		const primitivesOf = new Map<number, Primitive[]>();
		for (; s < sources.length && sources[s].node === node; s++) {
			const { primitive, corners } = sources[s];
			const last = firstTriangle + corners.length / 3;
			for (const [part, picked] of groupByPart(partOf.subarray(firstTriangle, last))) {
				if (part === NOT_WRITTEN) continue;
				const primitives = primitivesOf.get(part) ?? [];
				primitivesOf.set(part, primitives);
				primitives.push(cutter.cut(primitive, corners, picked));
			}
			firstTriangle = last;
		}
		for (const [part, primitives] of primitivesOf) {
			piecesOf[part].push({ node, mesh: meshes.make(node.getMesh()!, primitives), deforms: true });
		}
	}
	return piecesOf;
}

/** Numbers of the triangles of each part, ascending. */
function groupByPart(partOf: Uint16Array): Map<number, Uint32Array> {
	const counts = new Map<number, number>();
	let run = 0;
	for (let t = 0; t <= partOf.length; t++) {
		if (t < partOf.length && partOf[t] === partOf[run]) continue;
		if (t > run) counts.set(partOf[run], (counts.get(partOf[run]) ?? 0) + t - run);
		run = t;
	}
	const picked = new Map<number, Uint32Array>();
	const fill = new Map<number, number>();
	for (const [part, count] of counts) {
		picked.set(part, new Uint32Array(count));
		fill.set(part, 0);
	}
	let part = -1;
	let list = new Uint32Array(0);
	let at = 0;
	for (let t = 0; t < partOf.length; t++) {
		if (partOf[t] !== part) {
			if (part >= 0) fill.set(part, at);
			part = partOf[t];
			list = picked.get(part) as Uint32Array<ArrayBuffer>;
			at = fill.get(part)!;
		}
		list[at++] = t;
	}
	return picked;
}

/** Makes meshes of primitives: the source itself where it is all of them, and the same one for the same list. */
class MeshMaker {
	readonly #document: Document;
	readonly #numberOf = new Map<Property, number>();
	readonly #made = new Map<string, Mesh>();

	constructor(document: Document) {
		this.#document = document;
	}

	make(source: Mesh, primitives: readonly Primitive[]): Mesh {
		const own = source.listPrimitives();
		if (own.length === primitives.length && own.every((primitive, i) => primitive === primitives[i])) return source;
		const key = [source, ...primitives].map((property) => this.#number(property)).join();
		let mesh = this.#made.get(key);
		if (!mesh) {
			mesh = this.#document.createMesh(source.getName()).setExtras(source.getExtras()).setWeights(source.getWeights());
			for (const extension of source.listExtensions()) mesh.setExtension(extension.extensionName, extension);
			for (const primitive of primitives) mesh.addPrimitive(primitive);
			this.#made.set(key, mesh);
		}
		return mesh;
	}

	#number(property: Property): number {
		const number = this.#numberOf.get(property) ?? this.#numberOf.size;
		this.#numberOf.set(property, number);
		return number;
	}
}

/**
 * What of each mesh is not triangles and stays on its node: a mesh of points and lines, or nothing.
 *
 * @param isDropped Nothing of it stays.
 */
export function keepOthers(
	document: Document,
	sources: readonly PrimitiveSource[],
	isDropped: boolean,
): Map<Node, Mesh | null> {
	const withTriangles = new Set(sources.map(({ primitive }) => primitive));
	const meshes = new MeshMaker(document);
	const others = new Map<Node, Mesh | null>();
	for (const { node } of sources) {
		if (others.has(node)) continue;
		const mesh = node.getMesh()!;
		const primitives = isDropped ? [] : mesh.listPrimitives().filter((primitive) => !withTriangles.has(primitive));
		others.set(node, primitives.length > 0 ? meshes.make(mesh, primitives) : null);
	}
	return others;
}
