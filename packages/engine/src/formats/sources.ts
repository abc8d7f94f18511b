import { type Accessor, type Document, type Node, Primitive, type Scene } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';

/** The triangles that one primitive of one node gives. */
export type PrimitiveSource = {
	readonly node: Node;
	readonly primitive: Primitive;
	/** Number of the primitive in its mesh. */
	readonly index: number;
	/** Vertex of each corner in file order, as the file winds them. 3 × triangles. */
	readonly corners: Uint32Array;
};

const { TRIANGLES, TRIANGLE_STRIP, TRIANGLE_FAN } = Primitive.Mode;

/** The scene that a viewer opens: the default one, or the first. */
export function shownScene(document: Document): Scene | undefined {
	const root = document.getRoot();
	return root.getDefaultScene() ?? root.listScenes()[0];
}

/** Nodes of the shown scene, depth first; of all root nodes where the file has no scene. */
export function listShownNodes(document: Document): Node[] {
	const roots =
		shownScene(document)?.listChildren() ??
		document
			.getRoot()
			.listNodes()
			.filter((node) => node.getParentNode() === null);
	const nodes: Node[] = [];
	const stack = [...roots].reverse();
	for (let node = stack.pop(); node; node = stack.pop()) {
		nodes.push(node);
		stack.push(...node.listChildren().reverse());
	}
	return nodes;
}

/**
 * Everything in the shown scene that has triangles, in scene order. Reader and writer both go by this list, so that a
 * triangle has one number.
 *
 * @param maxTriangles refuses more with `too-large`, before anything is allocated for them.
 * @throws `out-of-range` where an index points past its vertices, `too-large`.
 */
export function listSources(document: Document, maxTriangles: number): PrimitiveSource[] {
	const cornersOf = new Map<Primitive, Uint32Array>();
	const sources: PrimitiveSource[] = [];
	let total = 0;
	for (const node of listShownNodes(document)) {
		const primitives = node.getMesh()?.listPrimitives() ?? [];
		for (let index = 0; index < primitives.length; index++) {
			const primitive = primitives[index];
			const known = cornersOf.get(primitive);
			total += known ? known.length / 3 : mostTriangles(primitive);
			if (total > maxTriangles) {
				throw new MeshError('too-large', `The model has more than ${maxTriangles} triangles.`, { maxTriangles });
			}
			const corners = known ?? triangulate(primitive);
			cornersOf.set(primitive, corners);
			if (corners.length > 0) sources.push({ node, primitive, index, corners });
		}
	}
	return sources;
}

/** Number of indices, or of vertices where there are none. */
const elementCount = (primitive: Primitive, position: Accessor): number =>
	(primitive.getIndices() ?? position).getCount();

function mostTriangles(primitive: Primitive): number {
	const position = primitive.getAttribute('POSITION');
	if (!position) return 0;
	const n = elementCount(primitive, position);
	const mode = primitive.getMode();
	if (mode === TRIANGLES) return Math.floor(n / 3);
	return mode === TRIANGLE_STRIP || mode === TRIANGLE_FAN ? Math.max(0, n - 2) : 0;
}

/** Corners of the triangles of a primitive; none for points, lines and primitives without positions. */
function triangulate(primitive: Primitive): Uint32Array {
	const position = primitive.getAttribute('POSITION');
	if (!position || mostTriangles(primitive) === 0) return new Uint32Array(0);
	const indices = primitive.getIndices()?.getArray();
	const n = elementCount(primitive, position);
	let list: Uint32Array;
	if (indices) list = indices instanceof Uint32Array ? indices : Uint32Array.from(indices);
	else {
		list = new Uint32Array(n);
		for (let i = 0; i < n; i++) list[i] = i;
	}
	const mode = primitive.getMode();
	if (mode === TRIANGLES) {
		const corners = list.length % 3 === 0 ? list : list.subarray(0, list.length - (list.length % 3));
		checkRange(corners, position.getCount());
		return corners;
	}
	const restart = indices ? 2 ** (8 * indices.BYTES_PER_ELEMENT) - 1 : -1;
	const corners = mode === TRIANGLE_STRIP ? cutStrip(list, restart) : cutFan(list, restart);
	checkRange(corners, position.getCount());
	return corners;
}

/** Every second triangle of a strip runs the other way: (0 1 2) (1 3 2) (2 3 4) (3 5 4) … */
function cutStrip(list: Uint32Array, restart: number): Uint32Array {
	const corners = new Uint32Array(3 * (list.length - 2));
	let filled = 0;
	let start = 0;
	for (let i = 0; i < list.length; i++) {
		if (list[i] === restart) start = i + 1;
		if (i - start < 2) continue;
		const odd = (i - start) % 2;
		corners[filled++] = list[i - 2];
		corners[filled++] = list[i - 1 + odd];
		corners[filled++] = list[i - odd];
	}
	return corners.slice(0, filled);
}

function cutFan(list: Uint32Array, restart: number): Uint32Array {
	const corners = new Uint32Array(3 * (list.length - 2));
	let filled = 0;
	let start = 0;
	for (let i = 0; i < list.length; i++) {
		if (list[i] === restart) start = i + 1;
		if (i - start < 2) continue;
		corners[filled++] = list[i - 1];
		corners[filled++] = list[i];
		corners[filled++] = list[start];
	}
	return corners.slice(0, filled);
}

function checkRange(corners: Uint32Array, vertices: number): void {
	for (let c = 0; c < corners.length; c++) {
		if (corners[c] >= vertices) {
			throw new MeshError('out-of-range', `Index ${corners[c]} of a primitive points past its ${vertices} vertices.`, {
				index: corners[c],
				vertices,
			});
		}
	}
}
