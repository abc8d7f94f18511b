import { Document, type Mesh, type Node, type Property } from '@gltf-transform/core';
import { createDefaultPropertyResolver, mergeDocuments } from '@gltf-transform/functions';
import { MeshError } from '../errors.ts';
import type { Model } from '../mesh/model.ts';
import type { Parts } from '../mesh/parts.ts';
import { encodeDocument } from './encode.ts';
import { cutPieces, keepOthers } from './pieces.ts';
import { placeParts, retargetWeights } from './placement.ts';
import { documentOf } from './scene.ts';
import { listShownNodes, listSources, shownScene } from './sources.ts';

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
