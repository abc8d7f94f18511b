import { MeshError } from '../errors.ts';
import type { Made, MadeMaterial } from '../mesh/made.ts';
import { type CornerAttribute, type Mesh, NO_MATERIAL, NO_ROW } from '../mesh/mesh.ts';
import type { EncodedImage, Material, Model } from '../mesh/model.ts';
import type { Parts } from '../mesh/parts.ts';
import { bindFlat, type FlatSkin } from './flat-skin.ts';
import { documentOf } from './scene.ts';

/** Parts of a surface in the world, without nodes: what the polygon formats write. */
export type FlatScene = {
	/** Neighbouring triangles of one `polygonOf` form a polygon. */
	readonly mesh: Mesh;
	/** Part of each triangle. T. */
	readonly partOf: Uint16Array;
	/** By part. Parts without triangles are not written. */
	readonly partNames: readonly string[];
	readonly materials: readonly Material[];
	readonly images: readonly EncodedImage[];
	/** What the vertices move with, where the model had skins. */
	readonly skin?: FlatSkin;
	/** What else moves in the model and is not here: `morph targets`, `animations`. */
	readonly unkept: readonly string[];
};

export type FlattenPartsOptions = {
	/** As in WritePartsOptions. */
	readonly only?: readonly number[];
	readonly made?: Made;
	readonly replaced?: Uint8Array;
};

/**
 * Puts a model and the surface made for it together in the world: the triangles that are still shown, then the made
 * ones. Skins are bound anew as everything lies at rest; morph targets and animations stay behind.
 *
 * @throws `no-triangles`: the wanted parts have none. `invalid-option`: a made material stands for one that is not there.
 */
export function flattenParts(model: Model, { partOf, parts }: Parts, options: FlattenPartsOptions = {}): FlatScene {
	const { only, made, replaced } = options;
	const isWanted = (part: number): boolean => !only || only.includes(part);
	const shown: number[] = [];
	for (let t = 0; t < partOf.length; t++) if (!replaced?.[t] && isWanted(partOf[t])) shown.push(t);
	const added: number[] = [];
	if (made) for (let t = 0; t < made.partOf.length; t++) if (isWanted(made.partOf[t])) added.push(t);
	if (shown.length + added.length === 0) throw new MeshError('no-triangles', 'None of the wanted parts has triangles.');
	const skin = bindFlat(model, made);
	const from: Picked[] = [{ mesh: model.mesh, triangles: shown, firstMaterial: 0 }];
	const own = made && joinMaterials(model, made);
	if (made) from.push({ mesh: made.mesh, triangles: added, firstMaterial: model.materials.length });
	return {
		mesh: joinMeshes(from),
		partOf: Uint16Array.from([...shown.map((t) => partOf[t]), ...added.map((t) => made!.partOf[t])]),
		partNames: parts.map(({ name }) => name),
		materials: own?.materials ?? model.materials,
		images: own?.images ?? model.images,
		...(skin && { skin }),
		unkept: listUnkept(model),
	};
}

function listUnkept(model: Model): string[] {
	const root = documentOf(model).getRoot();
	const primitives = root.listMeshes().flatMap((mesh) => mesh.listPrimitives());
	return [
		...(primitives.some((primitive) => primitive.listTargets().length > 0) ? ['morph targets'] : []),
		...(root.listAnimations().length > 0 ? ['animations'] : []),
	];
}

/** The materials of the model, then those of the made surface; the same for images. */
function joinMaterials(model: Model, made: Made): { materials: Material[]; images: EncodedImage[] } {
	const first = model.images.length;
	const shift = <T extends { readonly image: number }>(use: T): T => ({ ...use, image: use.image + first });
	const resolve = (material: MadeMaterial): Material => {
		if ('sourceMaterial' in material) {
			const known = model.materials[material.sourceMaterial];
			if (known) return known;
			throw new MeshError('invalid-option', `Material ${material.sourceMaterial} is not one of the model.`);
		}
		const entries = Object.entries(material).map(([key, value]) => [
			key,
			key.endsWith('Texture') && value ? shift(value as { image: number }) : value,
		]);
		return Object.fromEntries(entries) as Material;
	};
	return {
		materials: [...model.materials, ...made.materials.map(resolve)],
		images: [...model.images, ...made.images],
	};
}

type Picked = { readonly mesh: Mesh; readonly triangles: readonly number[]; readonly firstMaterial: number };

function joinMeshes(from: readonly Picked[]): Mesh {
	const count = from.reduce((sum, { triangles }) => sum + triangles.length, 0);
	const positions = new Float32Array(from.reduce((sum, { mesh }) => sum + mesh.positions.length, 0));
	const joined = new Uint32Array(3 * count);
	const materialOf = new Uint16Array(count);
	const polygonOf = new Uint32Array(count);
	const corner: Record<string, CornerAttribute> = {};
	const names = new Set(from.flatMap(({ mesh }) => Object.keys(mesh.corner)));
	for (const name of names) corner[name] = joinAttribute(from, name, count);
	let firstVertex = 0;
	let firstPolygon = 0;
	let lastPolygon = -1;
	let t = 0;
	for (const { mesh, triangles, firstMaterial } of from) {
		positions.set(mesh.positions, 3 * firstVertex);
		for (const own of triangles) {
			for (let k = 0; k < 3; k++) joined[3 * t + k] = mesh.triangles[3 * own + k] + firstVertex;
			const material = mesh.materialOf[own];
			materialOf[t] = material === NO_MATERIAL ? NO_MATERIAL : material + firstMaterial;
			polygonOf[t] = firstPolygon + (mesh.polygonOf?.[own] ?? own);
			lastPolygon = Math.max(lastPolygon, polygonOf[t++]);
		}
		firstVertex += mesh.positions.length / 3;
		firstPolygon = lastPolygon + 1;
	}
	return { positions, triangles: joined, corner, materialOf, polygonOf };
}

/** One list of rows for all; a missing fourth component is 1. */
function joinAttribute(from: readonly Picked[], name: string, count: number): CornerAttribute {
	const sizes = from.map(({ mesh }) => mesh.corner[name]?.size ?? 2);
	const size = Math.max(...sizes) as 2 | 3 | 4;
	const rows = from.map(({ mesh }) =>
		mesh.corner[name] ? mesh.corner[name].values.length / mesh.corner[name].size : 0,
	);
	const values = new Float32Array(size * rows.reduce((sum, n) => sum + n, 0)).fill(1);
	const indices = new Uint32Array(3 * count).fill(NO_ROW);
	let firstRow = 0;
	let c = 0;
	from.forEach(({ mesh, triangles }, i) => {
		const attribute = mesh.corner[name];
		for (let row = 0; row < rows[i]; row++) {
			for (let k = 0; k < attribute.size; k++) {
				values[size * (firstRow + row) + k] = attribute.values[attribute.size * row + k];
			}
		}
		for (const t of triangles) {
			for (let k = 0; k < 3; k++, c++) {
				const row = attribute?.indices[3 * t + k] ?? NO_ROW;
				if (row !== NO_ROW) indices[c] = firstRow + row;
			}
		}
		firstRow += rows[i];
	});
	return { values, indices, size };
}
