import type { Document, Material as FileMaterial, Mesh, Node, Primitive, Property, Skin } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import { UnionFind } from '../math/union-find.ts';
import type { Made } from '../mesh/made.ts';
import { NO_MATERIAL } from '../mesh/mesh.ts';
import type { Model } from '../mesh/model.ts';
import type { Parts } from '../mesh/parts.ts';
import { Carrier, type Home } from './carry.ts';
import { MaterialMaker } from './made-materials.ts';
import { MadePrimitives } from './made-primitive.ts';
import { NOT_WRITTEN, type Piece } from './pieces.ts';
import { nearestAbove } from './placement.ts';
import { Pose } from './pose.ts';
import type { PrimitiveSource } from './sources.ts';

export type MadeContext = {
	readonly document: Document;
	readonly model: Model;
	readonly parts: Parts;
	/** Part of each triangle of the model that is written, else NOT_WRITTEN. T. */
	readonly writtenOf: Uint16Array;
	readonly sources: readonly PrimitiveSource[];
	/** Materials of the model, in the document. */
	readonly materials: readonly FileMaterial[];
	readonly isWanted: (part: number) => boolean;
	readonly warn: (sentence: string) => void;
};

/** Where the triangles of one part came from. */
type Origin = {
	/** Triangles from each source. */
	readonly trianglesOf: Map<number, number>;
	/** Some of them are still shown. */
	isVisible: boolean;
};

/**
 * Adds a made surface to the pieces of each part, one primitive for each part and material (and frame, where a part
 * has several).
 *
 * A made triangle moves with what its vertices come from: they lie on the model's own vertices, or have anchors. Frames
 * are told apart where that can be seen: by skin, by morph targets, and, beside triangles that are still shown, by
 * node, so that what touches stays bit for bit at one place. A part that is made wholly anew from rigid nodes is one
 * mesh in the frame above them all.
 *
 * @returns nodes that each part stands for beside those of its pieces.
 * @throws `invalid-option` where the made surface does not fit the parts.
 */
export function addMade(made: Made, piecesOf: Piece[][], context: MadeContext): Node[][] {
	const { document, model, parts, sources, warn, isWanted } = context;
	checkMade(made, parts);
	const pose = new Pose();
	const carrier = new Carrier(model.mesh, parts.partOf, made, sources, pose);
	const primitives = new MadePrimitives(document, made, carrier);
	tellLost(context);
	const materials = new MaterialMaker(document, context.materials, made, warn);
	const origins = findOrigins(context);
	const groups = new Map<string, Group>();
	const keys = new MotionKeys(pose);
	const homesOf = parts.parts.map((_, part) => (isWanted(part) ? listHomes(origins[part], sources, keys) : []));
	const homeOf = voteHomes(made, carrier, homesOf);
	for (let t = 0; t < made.partOf.length; t++) {
		const part = made.partOf[t];
		if (!isWanted(part)) continue;
		const home = homeOf[t];
		const material = made.mesh.materialOf[t];
		const bits = primitives.attributesOf(t);
		const key = `${part} ${home} ${material} ${bits}`;
		const group = groups.get(key) ?? { part, home: homesOf[part][home], material, bits, triangles: [] };
		groups.set(key, group);
		group.triangles.push(t);
	}
	const ownMeshes = new Set<Mesh>();
	let lostPolygons = 0;
	for (const { part, home, material, bits, triangles } of groups.values()) {
		const isMirrored = home.node !== undefined && isTurned(home, pose);
		const written = primitives.make(home, part, triangles, bits, isMirrored);
		if (material !== NO_MATERIAL) written.primitive.setMaterial(materials.material(material));
		lostPolygons += written.lostPolygons;
		hang(document, piecesOf[part], home, written.primitive, ownMeshes);
	}
	if (lostPolygons > 0) warn(`${lostPolygons} polygons are written as triangles: they are no fans around one corner.`);
	if (carrier.lostWeights > 0) {
		warn(
			`${carrier.lostWeights} made vertices have no skin weights to take over; they follow the part's first vertex.`,
		);
	}
	if (carrier.lostPlaces > 0) {
		warn(`${carrier.lostPlaces} made vertices hang at a flattened node or joint and cannot be placed exactly.`);
	}
	return homesOf.map((homes) => homes.flatMap(({ standsFor }) => standsFor));
}

type Group = {
	readonly part: number;
	readonly home: PartHome;
	readonly material: number;
	readonly bits: number;
	readonly triangles: number[];
};

/** A home of one part, with the nodes that it stands for. */
type PartHome = Home & { readonly isMorphed: boolean; readonly triangles: number; readonly standsFor: readonly Node[] };

function checkMade({ mesh, partOf, anchors }: Made, { parts }: Parts): void {
	if (partOf.length !== mesh.triangles.length / 3) {
		throw new MeshError(
			'invalid-option',
			`The made surface has ${mesh.triangles.length / 3} triangles and parts for ${partOf.length}.`,
		);
	}
	for (let t = 0; t < partOf.length; t++) {
		if (partOf[t] >= parts.length) {
			throw new MeshError('invalid-option', `Made triangle ${t} is of part ${partOf[t]}; there are ${parts.length}.`, {
				t,
			});
		}
	}
	const places = (4 * mesh.positions.length) / 3;
	if (anchors && (anchors.corners.length !== places || anchors.weights.length !== places)) {
		throw new MeshError(
			'invalid-option',
			`The made surface needs ${places} anchors; it has ${anchors.corners.length}.`,
		);
	}
}

/** What triangles have that are not written and that no made surface can have. */
function tellLost({ sources, writtenOf, parts, isWanted, warn }: MadeContext): void {
	const lost = new Set<string>();
	let t = 0;
	for (const { primitive, corners } of sources) {
		let isReplaced = false;
		for (const end = t + corners.length / 3; t < end; t++) {
			if (writtenOf[t] === NOT_WRITTEN && isWanted(parts.partOf[t])) isReplaced = true;
		}
		if (!isReplaced) continue;
		if (primitive.getExtension('KHR_materials_variants')) lost.add('material variants');
		for (const semantic of primitive.listSemantics()) if (semantic.startsWith('_')) lost.add(semantic);
	}
	if (lost.size > 0) warn(`The new surface is without ${[...lost].join(', ')} of the triangles that it stands for.`);
}

function findOrigins({ parts, writtenOf, sources }: MadeContext): Origin[] {
	const origins = parts.parts.map((): Origin => ({ trianglesOf: new Map(), isVisible: false }));
	let t = 0;
	for (let s = 0; s < sources.length; s++) {
		for (const end = t + sources[s].corners.length / 3; t < end; t++) {
			const origin = origins[parts.partOf[t]];
			origin.trianglesOf.set(s, (origin.trianglesOf.get(s) ?? 0) + 1);
			if (writtenOf[t] !== NOT_WRITTEN) origin.isVisible = true;
		}
	}
	return origins;
}

/** Tells nodes apart by how they place and deform what they hold: those with the same key do it alike. */
class MotionKeys {
	readonly #pose: Pose;
	readonly #numberOf = new Map<Property, number>();
	readonly #keyOf = new Map<Skin, string>();

	constructor(pose: Pose) {
		this.#pose = pose;
	}

	of({ node, primitive }: PrimitiveSource, isVisible: boolean): string {
		const skin = node.getSkin();
		if (primitive.listTargets().length > 0) return `${MORPHED} ${this.#number(node)}`;
		if (skin) return this.#skinKey(skin);
		return isVisible ? Array.from(this.#pose.world(node)).join() : RIGID;
	}

	/** Exporters write a skin for each mesh, with the same joints and the same rest. */
	#skinKey(skin: Skin): string {
		const known = this.#keyOf.get(skin);
		if (known !== undefined) return known;
		const joints = skin.listJoints().map((joint) => this.#number(joint));
		const key = `${joints.join()} ${skin.getInverseBindMatrices()?.getArray()?.join() ?? ''}`;
		this.#keyOf.set(skin, key);
		return key;
	}

	#number(property: Property): number {
		const number = this.#numberOf.get(property) ?? this.#numberOf.size;
		this.#numberOf.set(property, number);
		return number;
	}
}

const MORPHED = 'morphed';
/** Of all nodes that neither bend what they hold nor stand beside something that is still shown. */
const RIGID = 'rigid';

/** The frames that a part's made triangles may be in, that of most of its triangles first. */
function listHomes(
	{ trianglesOf, isVisible }: Origin,
	sources: readonly PrimitiveSource[],
	keys: MotionKeys,
): PartHome[] {
	const byKey = new Map<string, { nodes: Set<Node>; sources: Set<number>; triangles: number }>();
	for (const [s, triangles] of trianglesOf) {
		const key = keys.of(sources[s], isVisible);
		const home = byKey.get(key) ?? { nodes: new Set(), sources: new Set(), triangles: 0 };
		byKey.set(key, home);
		home.nodes.add(sources[s].node);
		home.sources.add(s);
		home.triangles += triangles;
	}
	const homes = [...byKey].map(([key, home]): PartHome => {
		const nodes = [...home.nodes];
		const isShared = key === RIGID && nodes.length > 1;
		return {
			node: isShared ? nearestAbove(nodes) : nodes[0],
			deforms: !isShared,
			isMorphed: key.startsWith(MORPHED),
			sources: home.sources,
			triangles: home.triangles,
			standsFor: nodes,
		};
	});
	homes.sort((a, b) => b.triangles - a.triangles);
	return homes.length > 0
		? homes
		: [{ node: undefined, deforms: false, isMorphed: false, sources: new Set(), triangles: 0, standsFor: [] }];
}

/**
 * Number of the home of each made triangle: the one that most of it comes from, the first where nothing tells. What
 * hangs together stays together, so that it does not tear where two homes meet, but for morph targets, which only their
 * own home has.
 */
function voteHomes({ mesh, partOf, anchors }: Made, carrier: Carrier, homesOf: readonly PartHome[][]): Uint32Array {
	const isOpen = (t: number): boolean => homesOf[partOf[t]].length > 1;
	const joined = new UnionFind(partOf.length);
	const firstAt = new Map<string, number>();
	for (let t = 0; t < partOf.length; t++) {
		if (!isOpen(t) || homesOf[partOf[t]].some(({ isMorphed }) => isMorphed)) continue;
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			const key = `${partOf[t]} ${mesh.triangles[c]}`;
			const first = firstAt.get(key);
			if (first === undefined) firstAt.set(key, t);
			else joined.union(first, t);
		}
	}
	const votesOf = new Map<number, number[]>();
	for (let t = 0; t < partOf.length; t++) {
		if (!isOpen(t)) continue;
		const homes = homesOf[partOf[t]];
		const votes = votesOf.get(joined.find(t)) ?? homes.map(() => 0);
		votesOf.set(joined.find(t), votes);
		const vote = (c: number, weight: number): void => {
			const source = carrier.sourceAt(c);
			const home = homes.findIndex(({ sources }) => sources.has(source));
			if (home >= 0) votes[home] += weight;
		};
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			const v = mesh.triangles[c];
			const corners = carrier.cornersAt(v);
			for (let i = 0; i < corners.length; i++) vote(corners[i], 1 / corners.length);
			if (corners.length > 0 || !anchors) continue;
			for (let k = 4 * v; k < 4 * v + 4; k++) if (anchors.weights[k] > 0) vote(anchors.corners[k], anchors.weights[k]);
		}
	}
	return Uint32Array.from(partOf, (_, t) => {
		const votes = votesOf.get(joined.find(t));
		return votes && isOpen(t) ? votes.indexOf(Math.max(...votes)) : 0;
	});
}

/** Are triangles of the home turned when they are read? */
const isTurned = ({ node, deforms }: Home, pose: Pose): boolean =>
	deforms ? pose.mirrored(node!) : pose.mirrors(node!);

/** Gives a primitive to the piece of its home, or makes one. Meshes that others may share are copied first. */
function hang(document: Document, pieces: Piece[], home: PartHome, primitive: Primitive, own: Set<Mesh>): void {
	const known = pieces.findIndex(({ node, deforms }) => node === home.node && deforms === home.deforms);
	const shown = pieces[known]?.mesh;
	if (shown && own.has(shown)) {
		shown.addPrimitive(primitive);
		return;
	}
	const source = shown ?? (home.deforms ? home.node?.getMesh() : undefined);
	const mesh = document.createMesh(source?.getName() ?? '');
	if (source) mesh.setExtras(source.getExtras()).setWeights(source.getWeights());
	for (const extension of source?.listExtensions() ?? []) mesh.setExtension(extension.extensionName, extension);
	for (const other of shown?.listPrimitives() ?? []) mesh.addPrimitive(other);
	own.add(mesh.addPrimitive(primitive));
	const piece = { node: home.node, mesh, deforms: home.deforms };
	if (known >= 0) pieces[known] = piece;
	else pieces.push(piece);
}
