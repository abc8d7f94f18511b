import { Document } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import { type CornerAttribute, NO_MATERIAL, NO_ROW } from '../mesh/mesh.ts';
import type { Rows } from '../mesh/topology.ts';
import type { ReadLimits } from './limits.ts';
import { cutPolygon } from './polygon.ts';
import { addMaterials, type SurfaceMaterial } from './surface-materials.ts';
import { addVertices, HAS_COLOR, HAS_NORMAL, HAS_UV } from './surface-vertices.ts';

/**
 * What OBJ, STL, PLY and OFF have in common: polygons over shared vertices, as the file has them.
 *
 * Shapes: V = vertices, F = faces of the file, C = corners of all faces.
 */
export type Surface = {
	/** xyz of each vertex, file units. V × 3. */
	readonly positions: Float32Array;
	/** Vertices of face `f`: `list[offsets[f] .. offsets[f + 1]]`. */
	readonly faces: Rows;
	/** Indices per corner of `faces.list`; v runs up from the bottom, as in all these formats. */
	readonly uv?: CornerAttribute | undefined;
	/** Need not be of unit length. */
	readonly normal?: CornerAttribute | undefined;
	/** sRGB with or without alpha, 0..1. */
	readonly color?: CornerAttribute | undefined;
	/** Index into `materials` or NO_MATERIAL. F. */
	readonly materialOf?: Uint16Array | undefined;
	readonly materials: readonly SurfaceMaterial[];
	/** Named runs of faces (objects, groups, solids), ascending by `firstFace`. */
	readonly groups: readonly { readonly name: string; readonly firstFace: number }[];
	readonly warnings: readonly string[];
};

export type SurfaceOptions = {
	/** Gives the bytes of a texture that a material names. */
	readonly resources?: ((uri: string) => Uint8Array | undefined) | undefined;
	readonly limits: ReadLimits;
};

export type SurfaceDocument = {
	readonly document: Document;
	/** Face of the file for each triangle of the document; absent where triangle t is face t. */
	readonly polygonOf?: Uint32Array;
	readonly warnings: readonly string[];
};

const DROPPED = 0xffffffff;
/** More groups are no names but noise: exporters that begin one for each face. */
const MAX_GROUPS = 10_000;

/**
 * Makes a glTF document of a surface: one node for each name of a group (one for all where there are none), one
 * primitive for each material and set of attributes, polygons cut into triangles, vertices unique by (position, uv, normal, colour) row, textures embedded.
 *
 * The triangles stand in face order inside each primitive, and the triangles of a face are neighbours. Where faces of
 * several names or materials interleave, `polygonOf` leads back to the order of the file.
 *
 * Faces with fewer than three corners cannot be kept: they are counted in a warning and keep their number.
 *
 * @throws `out-of-range`: a corner names a vertex or row that is not there. `not-finite`: a used vertex has a NaN or
 * infinite coordinate. `no-triangles`. `too-large`: more triangles than the limit.
 */
export function surfaceToDocument(surface: Surface, { resources, limits }: SurfaceOptions): SurfaceDocument {
	const warnings = [...surface.warnings];
	checkCorners(surface);
	const owners = listOwners(surface.groups, warnings);
	const { groupOf, groups } = groupFaces(surface, owners, warnings);
	const { corners, polygonOf, firstTriangle } = cutFaces(surface, groupOf, groups.length, limits.triangles, warnings);

	const document = new Document();
	const buffer = document.createBuffer();
	const materials = addMaterials(document, surface.materials, resources, limits, warnings);
	const scene = document.createScene();
	let mesh = document.createMesh();
	const numberOf = new Int32Array(surface.positions.length / 3).fill(-1);
	for (let g = 0; g < groups.length; g++) {
		if (g === 0 || groups[g].owner !== groups[g - 1].owner) {
			if (g > 0) mesh = document.createMesh();
			scene.addChild(document.createNode(owners[groups[g].owner]?.name ?? '').setMesh(mesh));
		}
		const primitive = document.createPrimitive();
		const slice = corners.subarray(3 * firstTriangle[g], 3 * firstTriangle[g + 1]);
		addVertices(document, primitive, surface, groups[g].attributes, slice, numberOf);
		const material = materials[groups[g].material];
		if (material) primitive.setMaterial(material);
		for (const semantic of primitive.listSemantics()) primitive.getAttribute(semantic)?.setBuffer(buffer);
		primitive.getIndices()?.setBuffer(buffer);
		mesh.addPrimitive(primitive);
	}
	document.getRoot().setDefaultScene(scene);
	return isAscendingByOne(polygonOf) ? { document, warnings } : { document, polygonOf, warnings };
}

type Owner = { readonly name: string; readonly firstFaces: number[] };

/** The nodes to be: one for each name, in order of appearance, and one for faces before the first name. */
function listOwners(groups: Surface['groups'], warnings: string[]): Owner[] {
	const byName = new Map<string, Owner>();
	if (groups[0]?.firstFace !== 0) byName.set('', { name: '', firstFaces: [0] });
	for (const { name, firstFace } of groups) {
		const owner = byName.get(name) ?? { name, firstFaces: [] };
		byName.set(name, owner);
		owner.firstFaces.push(firstFace);
	}
	if (byName.size <= MAX_GROUPS) return [...byName.values()];
	warnings.push(`the names of ${groups.length} groups of faces were left out`);
	return [{ name: '', firstFaces: [0] }];
}

/** Throws at the first corner that names nothing, or a vertex that is nowhere. */
function checkCorners({ positions, faces, uv, normal, color }: Surface): void {
	const { offsets, list } = faces;
	const vertices = positions.length / 3;
	for (let f = 0; f + 1 < offsets.length; f++) {
		for (let c = offsets[f]; c < offsets[f + 1]; c++) {
			const v = list[c];
			if (v >= vertices) throw outOfRange(f, 'vertex', v, vertices);
			const sum = positions[3 * v] + positions[3 * v + 1] + positions[3 * v + 2];
			if (!Number.isFinite(sum))
				throw new MeshError('not-finite', `vertex ${v}, used by face ${f}, is not at a finite place`, { vertex: v });
		}
	}
	for (const [name, attribute] of Object.entries({ uv, normal, color })) {
		if (!attribute || attribute.indices === list) continue;
		const { indices, values, size } = attribute;
		const rows = values.length / size;
		for (let c = 0; c < indices.length; c++) {
			if (indices[c] >= rows && indices[c] !== NO_ROW)
				throw outOfRange(faceOfCorner(offsets, c), name, indices[c], rows);
		}
	}
}

function outOfRange(face: number, what: string, index: number, count: number): MeshError {
	return new MeshError('out-of-range', `face ${face} names ${what} ${index} of ${count} (counted from 0)`, {
		face,
		index,
		count,
	});
}

function faceOfCorner(offsets: Uint32Array, corner: number): number {
	let f = 0;
	while (offsets[f + 1] <= corner) f++;
	return f;
}

type FaceGroup = { readonly owner: number; readonly material: number; readonly attributes: number };

/**
 * Sorts faces by owner, by material, and by the attributes that all their corners have; groups of each owner stand in
 * order of appearance.
 */
function groupFaces(
	surface: Surface,
	owners: readonly Owner[],
	warnings: string[],
): { groupOf: Uint32Array; groups: FaceGroup[] } {
	const starts = owners
		.flatMap(({ firstFaces }, owner) => firstFaces.map((firstFace) => ({ owner, firstFace })))
		.sort((a, b) => a.firstFace - b.firstFace);
	let start = 0;
	const { faces, uv, normal, color, materialOf } = surface;
	const { offsets } = faces;
	const count = offsets.length - 1;
	const groupOf = new Uint32Array(count).fill(DROPPED);
	const groups: FaceGroup[] = [];
	const known = new Map<number, number>();
	let lastKey = -1;
	let last = 0;
	let dropped = 0;
	let incomplete = 0;
	for (let f = 0; f < count; f++) {
		const from = offsets[f];
		const to = offsets[f + 1];
		if (to - from < 3) {
			dropped++;
			continue;
		}
		while (starts[start + 1]?.firstFace <= f) start++;
		const owner = starts[start].owner;
		const n = to - from;
		const uvs = uv ? countRows(uv, from, to, false) : 0;
		const normals = normal ? countRows(normal, from, to, true) : 0;
		const colors = color ? countRows(color, from, to, false) : 0;
		if (uvs % n > 0 || normals % n > 0 || colors % n > 0) incomplete++;
		const attributes = (uvs === n ? HAS_UV : 0) | (normals === n ? HAS_NORMAL : 0) | (colors === n ? HAS_COLOR : 0);
		const material = materialOf ? materialOf[f] : NO_MATERIAL;
		const key = (owner * (NO_MATERIAL + 1) + material) * 8 + attributes;
		if (key !== lastKey) {
			lastKey = key;
			last = known.get(key) ?? groups.push({ owner, material, attributes }) - 1;
			known.set(key, last);
		}
		groupOf[f] = last;
	}
	if (dropped > 0) warnings.push(`${dropped} faces with fewer than three corners were left out`);
	if (incomplete > 0)
		warnings.push(`${incomplete} faces lost a uv, normal or colour that only some of their corners have`);
	return sortByOwner(groupOf, groups);
}

/** The same groups, those of one owner after the other. */
function sortByOwner(
	groupOf: Uint32Array,
	groups: readonly FaceGroup[],
): { groupOf: Uint32Array; groups: FaceGroup[] } {
	const order = Array.from(groups, (_, g) => g).sort((a, b) => groups[a].owner - groups[b].owner || a - b);
	const rank = new Uint32Array(groups.length);
	order.forEach((g, i) => {
		rank[g] = i;
	});
	for (let f = 0; f < groupOf.length; f++) if (groupOf[f] !== DROPPED) groupOf[f] = rank[groupOf[f]];
	return { groupOf, groups: order.map((g) => groups[g]) };
}

/** How many corners have a row whose numbers are all finite (for a direction: and not all zero). */
function countRows({ values, indices, size }: CornerAttribute, from: number, to: number, isDirection: boolean): number {
	let count = 0;
	for (let c = from; c < to; c++) {
		if (indices[c] === NO_ROW) continue;
		const at = indices[c] * size;
		let sum = 0;
		for (let k = 0; k < size; k++) sum += Math.abs(values[at + k]);
		if (Number.isFinite(sum) && !(isDirection && sum === 0)) count++;
	}
	return count;
}

/** Corners of each triangle, group after group and by face inside a group. */
function cutFaces(
	{ positions, faces }: Surface,
	groupOf: Uint32Array,
	groups: number,
	maxTriangles: number,
	warnings: string[],
): { corners: Uint32Array; polygonOf: Uint32Array; firstTriangle: Float64Array } {
	const { offsets, list } = faces;
	const firstTriangle = new Float64Array(groups + 1);
	for (let f = 0; f < groupOf.length; f++)
		if (groupOf[f] !== DROPPED) firstTriangle[groupOf[f] + 1] += offsets[f + 1] - offsets[f] - 2;
	for (let g = 0; g < groups; g++) firstTriangle[g + 1] += firstTriangle[g];
	const triangles = firstTriangle[groups];
	if (triangles === 0) throw new MeshError('no-triangles', 'the file has no face with three or more corners');
	if (triangles > maxTriangles) {
		throw new MeshError('too-large', `${triangles} triangles; the limit is ${maxTriangles}`, {
			triangles,
			limit: maxTriangles,
		});
	}
	const corners = new Uint32Array(3 * triangles);
	const polygonOf = new Uint32Array(triangles);
	const fill = firstTriangle.slice();
	const budget = { left: 2e8 + 64 * list.length, overspent: 0 };
	for (let f = 0; f < groupOf.length; f++) {
		if (groupOf[f] === DROPPED) continue;
		const from = offsets[f];
		const to = offsets[f + 1];
		const t = fill[groupOf[f]];
		const end = t + to - from - 2;
		cutPolygon(positions, list, from, to, corners, 3 * t, budget);
		polygonOf.fill(f, t, end);
		fill[groupOf[f]] = end;
	}
	if (budget.overspent > 0)
		warnings.push(`${budget.overspent} very large concave faces were cut without care for their outline`);
	return { corners, polygonOf, firstTriangle };
}

function isAscendingByOne(polygonOf: Uint32Array): boolean {
	for (let t = 0; t < polygonOf.length; t++) if (polygonOf[t] !== t) return false;
	return true;
}
