import { Document, type Material, type Mesh, type Node } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import type { Made } from '../mesh/made.ts';
import type { Model } from '../mesh/model.ts';
import type { Parts } from '../mesh/parts.ts';
import { copyInto } from './copy-document.ts';
import { encodeDocument } from './encode.ts';
import { addMade } from './made-pieces.ts';
import { cutPieces, keepOthers, NOT_WRITTEN } from './pieces.ts';
import { placeParts, retargetWeights } from './placement.ts';
import { documentOf } from './scene.ts';
import { listShownNodes, listSources, shownScene } from './sources.ts';
import { disposeMesh, isUnused, measureUsage, sweepUnused } from './sweep.ts';

export type WritePartsOptions = {
	/**
	 * What becomes of the names of joints: `keep` them, since animation and retargeting go by them, or move them to
	 * `extras.name` like all others, for clients that take every named node for a part. Default `keep`.
	 */
	readonly jointNames?: 'keep' | 'extras';
	/** Goes into `asset.generator`. Default `Meshwright`. */
	readonly generator?: string;
	/** Writes these parts and no others, in the order of the parts; they keep their numbers. Default: all. */
	readonly only?: readonly number[];
	/** A surface that is added to the nodes of the parts: caps, or what stands for the model's own triangles. */
	readonly made?: Made;
	/** 1 for each triangle of the model that is not written, since `made` stands for it. T. Default: all are written. */
	readonly replaced?: Uint8Array;
	/** Hears what of `made` could not be written as it is, each in a sentence. Default: nobody does. */
	readonly warn?: (sentence: string) => void;
};

export const WRITE_PARTS_DEFAULTS: Required<Pick<WritePartsOptions, 'jointNames' | 'generator'>> = Object.freeze({
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
 * Triangles that `made` brings are brought into the frame of their part's node, with skin weights and morph targets of
 * what they come from; a part that is made wholly anew hangs where its triangles hung. What only triangles used that
 * are not written (materials, images, skins, nodes that are left empty) is not written either.
 *
 * @param parts One part for each triangle of `model.mesh`.
 * @throws `invalid-option` where `parts` or `made` does not fit the model, or a part joins pieces that are animated
 *   apart.
 */
export async function writeParts(model: Model, parts: Parts, options: WritePartsOptions = {}): Promise<Uint8Array> {
	const { jointNames, generator, only, made, replaced, warn = () => {} } = { ...WRITE_PARTS_DEFAULTS, ...options };
	checkParts(model, parts, options);
	const { document, materials } = copyWithMaterials(documentOf(model));
	const before = only || made || replaced ? measureUsage(document) : undefined;
	const isWanted = (part: number): boolean => !only || only.includes(part);
	const writtenOf = maskTriangles(parts, isWanted, only, replaced);
	const sources = listSources(document, Number.POSITIVE_INFINITY);
	const piecesOf = cutPieces(document, sources, parts, writtenOf);
	const others = keepOthers(document, sources, only !== undefined);
	const context = { document, model, parts, writtenOf, sources, materials, isWanted, warn };
	const standsFor = made ? addMade(made, piecesOf, context) : undefined;
	removeNames(document, parts, jointNames);
	const faces = made || replaced ? countFaces(parts, writtenOf, made) : undefined;
	const written = parts.parts.flatMap(({ triangles }, part) =>
		isWanted(part)
			? { part, faces: faces?.[part] ?? triangles, pieces: piecesOf[part], standsFor: standsFor?.[part] ?? [] }
			: [],
	);
	const holdersOf = placeParts(document, parts, written);
	retargetWeights(document, holdersOf, others);
	removeLeftOvers(others);
	if (before) sweepUnused(document, before, only !== undefined);
	return encodeDocument(document, generator);
}

function checkParts({ mesh }: Model, { partOf, parts }: Parts, { only, replaced }: WritePartsOptions): void {
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
	if (replaced && replaced.length !== partOf.length) {
		throw new MeshError('invalid-option', `'replaced' speaks of ${replaced.length} triangles, not ${partOf.length}.`);
	}
	for (const part of only ?? []) {
		if (part in parts) continue;
		throw new MeshError('invalid-option', `Part ${part} cannot be written; there are ${parts.length}.`, { part });
	}
}

/** The part of each triangle that is written, else NOT_WRITTEN. */
function maskTriangles(
	{ partOf }: Parts,
	isWanted: (part: number) => boolean,
	only: readonly number[] | undefined,
	replaced: Uint8Array | undefined,
): Uint16Array {
	if (!only && !replaced) return partOf;
	const writtenOf = partOf.slice();
	for (let t = 0; t < partOf.length; t++) {
		if (replaced?.[t] || (only && !isWanted(partOf[t]))) writtenOf[t] = NOT_WRITTEN;
	}
	return writtenOf;
}

/** Faces that each part is written with: a polygon of `made` is one. */
function countFaces({ parts }: Parts, writtenOf: Uint16Array, made: Made | undefined): Uint32Array {
	const faces = new Uint32Array(parts.length);
	for (let t = 0; t < writtenOf.length; t++) if (writtenOf[t] !== NOT_WRITTEN) faces[writtenOf[t]]++;
	if (!made) return faces;
	const { polygonOf } = made.mesh;
	for (let t = 0; t < made.partOf.length; t++) {
		const goesOn = polygonOf && t > 0 && polygonOf[t] === polygonOf[t - 1] && made.partOf[t] === made.partOf[t - 1];
		if (!goesOn) faces[made.partOf[t]]++;
	}
	return faces;
}

/** A copy that may be changed, with a scene and exactly one buffer. */
const copyDocument = (source: Document): Document => copyWithMaterials(source).document;

/** The same, with what each material of the source has become. */
function copyWithMaterials(source: Document): { document: Document; materials: Material[] } {
	const document = new Document().setLogger(source.getLogger());
	const resolve = copyInto(document, source);
	const buffer = document.getRoot().listBuffers()[0] ?? document.createBuffer();
	for (const accessor of document.getRoot().listAccessors()) accessor.setBuffer(buffer);
	for (const other of document.getRoot().listBuffers()) if (other !== buffer) other.dispose();
	if (document.getRoot().listScenes().length === 0) {
		const roots = listShownNodes(document).filter((node) => node.getParentNode() === null);
		const scene = document.createScene();
		for (const node of roots) scene.addChild(node);
	}
	document.getRoot().setDefaultScene(shownScene(document)!);
	const materials = source
		.getRoot()
		.listMaterials()
		.map((material) => resolve(material));
	return { document, materials };
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
