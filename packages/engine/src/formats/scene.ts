import { type Document, type Node, Primitive } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import { type CornerAttribute, type Mesh, NO_MATERIAL } from '../mesh/mesh.ts';
import type { Model, Source } from '../mesh/model.ts';
import { RowWeld } from '../mesh/weld.ts';
import { attributeName, Column, openColumns } from './columns.ts';
import { READ_LIMITS } from './limits.ts';
import { digestMaterials, listImages } from './materials.ts';
import { decodePolygons, hasPolygons } from './ngon.ts';
import { defaultWeights, Pose } from './pose.ts';
import { listShownNodes, listSources, type PrimitiveSource } from './sources.ts';

export type FlattenOptions = {
	/** The format that was read, for `Model.format`. */
	readonly format: string;
	/** What the reader has to say, for `Model.warnings`. */
	readonly warnings?: readonly string[];
	/** Face of the input file for each triangle. T. */
	readonly polygonOf?: Uint32Array;
	/** Refuses more with `too-large`. Default READ_LIMITS.triangles. */
	readonly maxTriangles?: number;
};

/**
 * One mesh of everything that a viewer shows: all triangles of the default scene (the first where none is named, all
 * nodes where there is none), nodes depth first, primitives and triangles in file order. World space, skins at rest,
 * morph targets at their default weights; transforms that mirror turn the winding, so that it stays counter-clockwise
 * outside. Degenerate triangles are kept.
 *
 * The document is kept as `Model.scene` and must not be changed afterwards.
 *
 * @throws `no-triangles`, `too-large`, `out-of-range` (an index past its vertices), `not-finite`.
 */
export function flattenScene(document: Document, options: FlattenOptions): Model {
	const maxTriangles = options.maxTriangles ?? READ_LIMITS.triangles;
	const sources = listSources(document, maxTriangles);
	if (sources.length === 0) throw new MeshError('no-triangles', 'The shown scene of the model has no triangles.');
	checkPosing(sources, maxTriangles);
	const polygonOf = options.polygonOf ?? gatherPolygons(sources);
	const polygons = polygonOf ? { polygonOf } : {};
	return {
		mesh: { ...gatherMesh(document, sources), ...polygons },
		sources: describeSources(document, sources),
		materials: digestMaterials(document),
		images: listImages(document),
		format: options.format,
		warnings: [...(options.warnings ?? []), ...tellOthers(document)],
		scene: document,
	};
}

/** The document behind a model. @throws TypeError where the model was not made by this room. */
export function documentOf(model: Model): Document {
	const scene = model.scene as Document;
	if (typeof scene?.getRoot !== 'function') throw new TypeError('The model has no scene of this library.');
	return scene;
}

/** Morph targets and joint sets that posing may visit for each corner of the largest model. */
const MOST_POSES = 16;

/** A small file can ask for a thousand morphs of ten million zeros. */
function checkPosing(sources: readonly PrimitiveSource[], maxTriangles: number): void {
	let visits = 0;
	for (const { node, primitive, corners } of sources) {
		const weights = defaultWeights(node).slice(0, primitive.listTargets().length);
		const poses = weights.filter((weight) => weight !== 0).length + primitive.listSemantics().length;
		visits += corners.length * Math.max(0, poses - MOST_POSES);
	}
	if (visits > 3 * maxTriangles * MOST_POSES) {
		throw new MeshError('too-large', 'The model has too many morph targets and attributes for its size to be posed.');
	}
}

/** Polygon of each triangle, where any primitive tells (see ngon.ts). */
function gatherPolygons(sources: readonly PrimitiveSource[]): Uint32Array | undefined {
	if (!sources.some(({ primitive }) => hasPolygons(primitive))) return undefined;
	const polygonOf = new Uint32Array(sources.reduce((sum, { corners }) => sum + corners.length / 3, 0));
	let t = 0;
	let polygon = 0;
	for (const { primitive, corners } of sources) {
		const own = polygonOf.subarray(t, t + corners.length / 3);
		if (hasPolygons(primitive)) polygon = decodePolygons(corners, polygon, own);
		else for (let i = 0; i < own.length; i++) own[i] = polygon++;
		t += own.length;
	}
	return polygonOf;
}

function gatherMesh(document: Document, sources: readonly PrimitiveSource[]): Mesh {
	let total = 0;
	let most = 0;
	for (const { corners, primitive } of sources) {
		total += corners.length;
		most = Math.max(most, primitive.getAttribute('POSITION')!.getCount());
	}
	const triangles = new Uint32Array(total);
	const materialOf = new Uint16Array(total / 3).fill(NO_MATERIAL);
	const columns = openColumns(sources, total);
	const normals = new Column(3, total);
	const tangents = new Column(4, total);
	const weld = new RowWeld(3);
	const pose = new Pose();
	const visit = new Visit(most);
	const materials = new Map(
		document
			.getRoot()
			.listMaterials()
			.map((material, m) => [material, m]),
	);
	if (materials.size > NO_MATERIAL) {
		throw new MeshError('too-large', `The model has more than ${NO_MATERIAL} materials.`, {
			materials: materials.size,
		});
	}
	let first = 0;
	for (const { node, primitive, corners: wound } of sources) {
		const corners = pose.mirrored(node) ? turned(wound) : wound;
		const n = visit.list(corners);
		const posed = pose.place(node, primitive, visit.used, n);
		weld.add(posed.points, n, visit.target);
		const { rankOf, target } = visit;
		for (let c = 0; c < corners.length; c++) triangles[first + c] = target[rankOf[corners[c]]];
		for (const [semantic, column] of columns) column.addRows(primitive.getAttribute(semantic), corners, first);
		if (posed.normals) normals.addRanked(posed.normals, corners, rankOf, first);
		if (posed.tangents) tangents.addRanked(posed.tangents, corners, rankOf, first);
		const material = primitive.getMaterial();
		if (material) materialOf.fill(materials.get(material)!, first / 3, (first + corners.length) / 3);
		first += corners.length;
	}
	const corner: Record<string, CornerAttribute> = {};
	for (const [semantic, column] of columns) corner[attributeName(semantic)] = column.finish();
	if (normals.filled) corner.normal = normals.finish();
	if (tangents.filled) corner.tangent = tangents.finish();
	return { positions: weld.values(), triangles, corner, materialOf };
}

/** Lists the vertices that some corners use, in order of first use. Its arrays serve one primitive after another. */
class Visit {
	/** Vertices in order of first use. */
	readonly used: Uint32Array;
	/** Place in `used` of each vertex that is in it. */
	readonly rankOf: Uint32Array;
	/** Room for one number for each of `used`. */
	readonly target: Uint32Array;
	readonly #seenIn: Uint32Array;
	#round = 0;

	constructor(vertices: number) {
		this.used = new Uint32Array(vertices);
		this.rankOf = new Uint32Array(vertices);
		this.target = new Uint32Array(vertices);
		this.#seenIn = new Uint32Array(vertices);
	}

	/** Fills `used` and `rankOf`; returns how many there are. */
	list(corners: Uint32Array): number {
		const { used, rankOf } = this;
		const seenIn = this.#seenIn;
		const round = ++this.#round;
		let n = 0;
		for (let c = 0; c < corners.length; c++) {
			const v = corners[c];
			if (seenIn[v] === round) continue;
			seenIn[v] = round;
			rankOf[v] = n;
			used[n++] = v;
		}
		return n;
	}
}

/** The same triangles, wound the other way. */
function turned(corners: Uint32Array): Uint32Array {
	const other = corners.slice();
	for (let c = 0; c < other.length; c += 3) {
		other[c + 1] = corners[c + 2];
		other[c + 2] = corners[c + 1];
	}
	return other;
}

function describeSources(document: Document, sources: readonly PrimitiveSource[]): Source[] {
	const numberOf = new Map(
		document
			.getRoot()
			.listNodes()
			.map((node, i) => [node, i]),
	);
	const moved = listMovedNodes(document);
	const described: Source[] = [];
	let firstTriangle = 0;
	let number = -1;
	let last: Node | undefined;
	for (const { node, index, corners } of sources) {
		if (node !== last) number++;
		last = node;
		const mover = findMover(node, moved);
		described.push({
			node: number,
			name: node.getName() || node.getMesh()!.getName(),
			primitive: index,
			firstTriangle,
			triangles: corners.length / 3,
			mover: mover ? numberOf.get(mover)! : -1,
		});
		firstTriangle += corners.length / 3;
	}
	return described;
}

/** Nodes whose own place, turn or size some animation changes. */
export function listMovedNodes(document: Document): Set<Node> {
	const moved = new Set<Node>();
	for (const animation of document.getRoot().listAnimations()) {
		for (const channel of animation.listChannels()) {
			const target = channel.getTargetNode();
			if (target && channel.getTargetPath() !== 'weights') moved.add(target);
		}
	}
	return moved;
}

/** The node itself or the nearest above it that is animated. Skinned meshes follow their joints, not their node. */
function findMover(node: Node, moved: Set<Node>): Node | undefined {
	if (node.getSkin()) return undefined;
	for (let at: Node | null = node; at; at = at.getParentNode()) if (moved.has(at)) return at;
	return undefined;
}

/** What is in the scene and has no triangles: kept, but no verb works on it. */
function tellOthers(document: Document): string[] {
	let points = 0;
	let lines = 0;
	for (const node of listShownNodes(document)) {
		for (const primitive of node.getMesh()?.listPrimitives() ?? []) {
			if (primitive.getMode() === Primitive.Mode.POINTS) points++;
			else if (primitive.getMode() < Primitive.Mode.TRIANGLES) lines++;
		}
	}
	const warnings: string[] = [];
	if (points > 0) warnings.push(`${points} primitives of points are kept but have no triangles to work on.`);
	if (lines > 0) warnings.push(`${lines} primitives of lines are kept but have no triangles to work on.`);
	return warnings;
}
