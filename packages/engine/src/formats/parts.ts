import { type Buffer, Document, type Mesh, type Node, type Primitive, type Property } from '@gltf-transform/core';
import { createDefaultPropertyResolver, mergeDocuments } from '@gltf-transform/functions';
import { MeshError } from '../errors.ts';
import type { Model } from '../mesh/model.ts';
import type { Part, Parts } from '../mesh/parts.ts';
import { encodeDocument } from './encode.ts';
import { documentOf, listMovedNodes } from './scene.ts';
import { listShownNodes, listSources, type PrimitiveSource, shownScene } from './sources.ts';
import { PrimitiveCutter } from './subset.ts';

export type WritePartsOptions = {
	/**
	 * What becomes of the names of joints: `keep` them, since animation and retargeting go by them, or move them to
	 * `extras.name` like all others, for clients that take every named node for a part. Default `keep`.
	 */
	readonly jointNames?: 'keep' | 'extras';
	/** Goes into `asset.generator`. Default `Meshwright`. */
	readonly generator?: string;
};

export const WRITE_PARTS_DEFAULTS: Required<WritePartsOptions> = Object.freeze({
	jointNames: 'keep',
	generator: 'Meshwright',
});

/**
 * The whole model as one GLB with its resources embedded.
 *
 * @returns bytes of the GLB.
 */
export function writeModel(model: Model, options: Pick<WritePartsOptions, 'generator'> = {}): Promise<Uint8Array> {
	const { generator } = { ...WRITE_PARTS_DEFAULTS, ...options };
	return encodeDocument(copyDocument(documentOf(model)), generator);
}

/**
 * The model as one GLB with one named node for each part, in the order of the parts, and no other named node but
 * (see `jointNames`) the joints: a name that a node had is in its `extras.name`.
 *
 * Values are copied bit by bit: vertex attributes of every kind, morph targets, transforms; materials, textures, skins
 * and animations are there once. Strips and fans become lists of triangles. Points and lines stay, on unnamed nodes.
 *
 * A part that comes from one node hangs below it, so that it moves with it. One that comes from several hangs below
 * the nearest node above them all, its pieces below it with the transforms that lead to their nodes.
 *
 * @param parts One part for each triangle of `model.mesh`.
 * @throws `invalid-option` where `parts` does not fit the model, or a part joins pieces that are animated apart.
 */
export async function writeParts(model: Model, parts: Parts, options: WritePartsOptions = {}): Promise<Uint8Array> {
	const { jointNames, generator } = { ...WRITE_PARTS_DEFAULTS, ...options };
	checkParts(model, parts);
	const document = copyDocument(documentOf(model));
	const sources = listSources(document, Number.POSITIVE_INFINITY);
	const piecesOf = cutPieces(document, sources, parts);
	const others = keepOthers(document, sources);
	removeNames(document, parts, jointNames);
	const holdersOf = placeParts(document, parts, piecesOf);
	retargetWeights(document, holdersOf, others);
	removeLeftOvers(others);
	return encodeDocument(document, generator);
}

/** What one node gives to one part. */
type Piece = { readonly node: Node; readonly mesh: Mesh };

function checkParts({ mesh }: Model, { partOf, parts }: Parts): void {
	if (partOf.length !== mesh.triangles.length / 3) {
		throw new MeshError(
			'invalid-option',
			`There are parts for ${partOf.length} triangles; the model has ${mesh.triangles.length / 3}.`,
		);
	}
	for (let t = 0; t < partOf.length; t++) {
		if (partOf[t] >= parts.length) {
			throw new MeshError('invalid-option', `Triangle ${t} is of part ${partOf[t]}; there are ${parts.length}.`, { t });
		}
	}
}

/** A copy that may be changed, with a scene and exactly one buffer. */
function copyDocument(source: Document): Document {
	const document = new Document().setLogger(source.getLogger());
	const resolve = createDefaultPropertyResolver(document, source);
	mergeDocuments(document, source, resolve);
	document.getRoot().copy(source.getRoot(), resolve as <T extends Property>(property: T) => T);
	const buffer = document.getRoot().listBuffers()[0] ?? document.createBuffer();
	for (const accessor of document.getRoot().listAccessors()) accessor.setBuffer(buffer);
	for (const other of document.getRoot().listBuffers()) if (other !== buffer) other.dispose();
	if (document.getRoot().listScenes().length === 0) {
		const roots = listShownNodes(document).filter((node) => node.getParentNode() === null);
		const scene = document.createScene();
		for (const node of roots) scene.addChild(node);
	}
	document.getRoot().setDefaultScene(shownScene(document)!);
	return document;
}

/** Cuts every source by part. Pieces of each part, in scene order. */
function cutPieces(document: Document, sources: readonly PrimitiveSource[], parts: Parts): Piece[][] {
	const cutter = new PrimitiveCutter(document, bufferOf(document));
	const meshes = new MeshMaker(document);
	const piecesOf: Piece[][] = parts.parts.map(() => []);
	let firstTriangle = 0;
	for (let s = 0; s < sources.length; ) {
		const { node } = sources[s];
		const primitivesOf = new Map<number, Primitive[]>();
		for (; s < sources.length && sources[s].node === node; s++) {
			const { primitive, corners } = sources[s];
			const last = firstTriangle + corners.length / 3;
			for (const [part, picked] of groupByPart(parts.partOf.subarray(firstTriangle, last))) {
				const primitives = primitivesOf.get(part) ?? [];
				primitivesOf.set(part, primitives);
				primitives.push(cutter.cut(primitive, corners, picked));
			}
			firstTriangle = last;
		}
		for (const [part, primitives] of primitivesOf) {
			piecesOf[part].push({ node, mesh: meshes.make(node.getMesh()!, primitives) });
		}
	}
	return piecesOf;
}

const bufferOf = (document: Document): Buffer => document.getRoot().listBuffers()[0];

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

/** What of each mesh is not triangles and stays on its node: a mesh of points and lines, or nothing. */
function keepOthers(document: Document, sources: readonly PrimitiveSource[]): Map<Node, Mesh | null> {
	const withTriangles = new Set(sources.map(({ primitive }) => primitive));
	const meshes = new MeshMaker(document);
	const others = new Map<Node, Mesh | null>();
	for (const { node } of sources) {
		if (others.has(node)) continue;
		const mesh = node.getMesh()!;
		const primitives = mesh.listPrimitives().filter((primitive) => !withTriangles.has(primitive));
		others.set(node, primitives.length > 0 ? meshes.make(mesh, primitives) : null);
	}
	return others;
}

/** Moves the names of nodes to their extras, so that a name says: this is a part. */
function removeNames(document: Document, { parts }: Parts, jointNames: 'keep' | 'extras'): void {
	const kept = new Set<Node>();
	if (jointNames === 'keep') {
		const taken = new Set(parts.map(({ name }) => name));
		for (const skin of document.getRoot().listSkins()) {
			for (const joint of skin.listJoints()) if (!taken.has(joint.getName())) kept.add(joint);
		}
	}
	for (const node of document.getRoot().listNodes()) {
		const name = node.getName();
		if (name === '' || kept.has(node)) continue;
		const extras = node.getExtras();
		node.setExtras('name' in extras ? { ...extras, nodeName: name } : { ...extras, name }).setName('');
	}
}

/**
 * Hangs a named node for each part into the scene, with the meshes of its pieces.
 * @returns the nodes that hold the pieces of each source node.
 */
function placeParts(document: Document, { parts }: Parts, piecesOf: readonly Piece[][]): Map<Node, Node[]> {
	const scene = shownScene(document)!;
	const moved = listMovedNodes(document);
	const holdersOf = new Map<Node, Node[]>();
	const hold = (holder: Node, { node, mesh }: Piece): void => {
		holder.setMesh(mesh).setSkin(node.getSkin()).setWeights(node.getWeights());
		const holders = holdersOf.get(node) ?? [];
		holdersOf.set(node, holders);
		holders.push(holder);
	};
	for (let p = 0; p < parts.length; p++) {
		const pieces = piecesOf[p];
		const named = document.createNode(parts[p].name).setExtras(describe(parts[p], p));
		const above = nearestAbove(pieces.map(({ node }) => node));
		(above ?? scene).addChild(named);
		if (pieces.length === 1) hold(named, pieces[0]);
		else {
			for (const piece of pieces) {
				checkMovesTogether(parts[p], piece.node, above, moved);
				hold(copyChain(document, named, piece.node, above), piece);
			}
		}
	}
	scene.setExtras({ ...scene.getExtras(), parts: parts.length });
	return holdersOf;
}

const describe = ({ triangles, area, neighbours }: Part, part: number): Record<string, unknown> => ({
	part,
	faces: triangles,
	area,
	neighbours: neighbours.map(({ part, seam }) => ({ part, seam })),
});

/** From a node up to the root, itself first. */
function chainUp(node: Node): Node[] {
	const chain: Node[] = [];
	for (let at: Node | null = node; at; at = at.getParentNode()) chain.push(at);
	return chain;
}

/** The lowest node that all are, or are below; none where only the scene is above them all. */
function nearestAbove(nodes: readonly Node[]): Node | undefined {
	let common = nodes.length > 0 ? chainUp(nodes[0]) : [];
	for (const node of nodes) {
		const chain = new Set(chainUp(node));
		common = common.filter((above) => chain.has(above));
	}
	return common[0];
}

/** A skinned piece follows its joints wherever it hangs; any other must not have an animated node on its way up. */
function checkMovesTogether({ name }: Part, node: Node, above: Node | undefined, moved: Set<Node>): void {
	if (node.getSkin()) return;
	for (let at: Node | null = node; at && at !== above; at = at.getParentNode()) {
		if (moved.has(at)) {
			throw new MeshError('invalid-option', `Part '${name}' joins pieces that are animated apart.`, { part: name });
		}
	}
}

/**
 * Repeats below `named` the transforms from `above` down to `node`, one unnamed node each: composed in the same order
 * they give the same numbers, which one matrix would not, and a shear survives. A skinned mesh goes where its joints
 * go and needs none.
 */
function copyChain(document: Document, named: Node, node: Node, above: Node | undefined): Node {
	const chain = chainUp(node);
	const links = chain.slice(0, above ? chain.indexOf(above) : chain.length).reverse();
	let holder = named;
	for (const link of links) {
		const copy = document.createNode();
		if (!node.getSkin()) {
			copy.setTranslation(link.getTranslation()).setRotation(link.getRotation()).setScale(link.getScale());
		}
		const visibility = link.getExtension('KHR_node_visibility');
		if (visibility) copy.setExtension('KHR_node_visibility', visibility);
		if (isPlain(copy) && link !== node) copy.dispose();
		else {
			holder.addChild(copy);
			holder = copy;
		}
	}
	if (holder !== named) return holder;
	const holderBelow = document.createNode();
	named.addChild(holderBelow);
	return holderBelow;
}

/** Does the node neither move nor hide what is below it? */
function isPlain(node: Node): boolean {
	const isZero = (x: number): boolean => x === 0;
	return (
		node.getTranslation().every(isZero) &&
		node.getRotation().slice(0, 3).every(isZero) &&
		node.getScale().every((x) => x === 1) &&
		node.listExtensions().length === 0
	);
}

/** Animations of morph weights go to every node that now holds some of the mesh. */
function retargetWeights(
	document: Document,
	holdersOf: ReadonlyMap<Node, Node[]>,
	others: ReadonlyMap<Node, Mesh | null>,
): void {
	for (const animation of document.getRoot().listAnimations()) {
		for (const channel of animation.listChannels()) {
			const target = channel.getTargetNode();
			const holders = target && holdersOf.get(target);
			if (!holders || channel.getTargetPath() !== 'weights') continue;
			for (const holder of holders) animation.addChannel(channel.clone().setTargetNode(holder));
			if (!others.get(target)) channel.dispose();
		}
	}
}

/** Takes the meshes from their old nodes, and from the document what nothing uses any more. */
function removeLeftOvers(others: ReadonlyMap<Node, Mesh | null>): void {
	const replaced = new Set<Mesh>();
	for (const [node, mesh] of others) {
		replaced.add(node.getMesh()!);
		node.setMesh(mesh);
		if (!mesh) node.setSkin(null).setWeights([]);
	}
	for (const mesh of replaced) if (isUnused(mesh)) disposeMesh(mesh);
}

const isUnused = (property: Property): boolean =>
	property.listParents().every((parent) => parent.propertyType === 'Root');

function disposeMesh(mesh: Mesh): void {
	const primitives = mesh.listPrimitives();
	mesh.dispose();
	for (const primitive of primitives) {
		if (!isUnused(primitive)) continue;
		const targets = primitive.listTargets();
		const accessors = [primitive, ...targets].flatMap((owner) => owner.listAttributes());
		const indices = primitive.getIndices();
		primitive.dispose();
		for (const target of targets) if (isUnused(target)) target.dispose();
		for (const accessor of indices ? [...accessors, indices] : accessors) if (isUnused(accessor)) accessor.dispose();
	}
}
