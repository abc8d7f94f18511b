import type { Image } from '../image/image.ts';
import { type CornerAttribute, type Mesh, NO_MATERIAL, NO_ROW, triangleCount } from '../mesh/mesh.ts';
import type { Material, TextureUse } from '../mesh/model.ts';
import { levelOf } from '../render/texture.ts';

/** A texture made ready for many look-ups. */
export type Lookup = {
	readonly image: Image;
	/** Numbers rather than colours. */
	readonly data: boolean;
	/** The image and its halved copies, where they have been asked for. */
	readonly levels: (Image | undefined)[];
	readonly uv: CornerAttribute;
	readonly transform: TextureUse['transform'];
	readonly wrapU: Wrap;
	readonly wrapV: Wrap;
	/** Of each source triangle: half the binary logarithm of the texels of this texture to a square object unit. T. */
	readonly density: Float32Array;
	/** Reads the same places as the look-up before it. */
	readonly shared: boolean;
};

export const REPEAT = 0;
export const CLAMP = 1;
export const MIRROR = 2;
export type Wrap = typeof REPEAT | typeof CLAMP | typeof MIRROR;

/** The image halved `level` times, made when it is first asked for. */
export function imageAt(lookup: Lookup, level: number): Image {
	const known = lookup.levels[level];
	if (known !== undefined) return known;
	const made = levelOf(lookup.image, level, lookup.data);
	lookup.levels[level] = made;
	return made;
}

/** Ways to treat alpha, from the least to the most demanding. */
export const OPAQUE = 0;
export const MASK = 1;
export const BLEND = 2;
export type Alpha = typeof OPAQUE | typeof MASK | typeof BLEND;

/** A material of the source as the baker reads it. Textures that say the same everywhere have gone into the factors. */
export type Recipe = {
	/** Linear RGB and alpha. */
	readonly color: readonly [number, number, number, number];
	readonly emissive: readonly [number, number, number];
	readonly metallic: number;
	readonly roughness: number;
	readonly normalScale: number;
	/** What the red of the occlusion texture leaves: 1 + strength · (red - 1). */
	readonly occlusionStrength: number;
	/** Where there is no occlusion texture. */
	readonly occlusion: number;
	readonly alpha: Alpha;
	readonly cutoff: number;
	readonly baseColorMap: Lookup | undefined;
	readonly metallicRoughnessMap: Lookup | undefined;
	readonly occlusionMap: Lookup | undefined;
	readonly normalMap: Lookup | undefined;
	readonly emissiveMap: Lookup | undefined;
	readonly doubleSided: boolean;
	/** Triangles of the source that have it. */
	readonly triangles: number;
};

/** Of triangles without a material: as the renderer shows them. */
const PLAIN: Material = {
	name: '',
	baseColor: [0.6, 0.6, 0.6, 1],
	metallic: 0,
	roughness: 1,
	emissive: [0, 0, 0],
	alphaMode: 'OPAQUE',
	alphaCutoff: 0.5,
	doubleSided: true,
};

/** More halvings than this are not asked for: the charts of a source bleed into each other beyond. */
export const MAX_LEVEL = 4;

/**
 * Makes a recipe of each material, and a last one for triangles without.
 *
 * @param used Triangles of the source that count.
 * @param warnings Told of images that could not be decoded.
 */
export function writeRecipes(
	mesh: Mesh,
	materials: readonly Material[],
	images: readonly (Image | undefined)[],
	used: Uint32Array,
	warnings: string[],
): Recipe[] {
	const counts = new Uint32Array(materials.length + 1);
	for (let i = 0; i < used.length; i++) counts[recipeOf(mesh, materials.length, used[i])]++;
	const densities = new Map<string, Float32Array>();
	const densityOf = (uv: string): Float32Array => {
		const known = densities.get(uv);
		if (known) return known;
		const density = measureDensity(mesh, mesh.corner[uv]);
		densities.set(uv, density);
		return density;
	};
	const missing = new Set<number>();
	const recipes = [...materials, PLAIN].map((material, m) =>
		writeRecipe(mesh, material, counts[m], images, densityOf, missing),
	);
	for (const image of missing) warnings.push(`image ${image} could not be decoded; its materials are baked without it`);
	return recipes;
}

/** Number of the recipe of a triangle. */
const recipeOf = (mesh: Mesh, materials: number, t: number): number =>
	mesh.materialOf[t] === NO_MATERIAL || mesh.materialOf[t] > materials ? materials : mesh.materialOf[t];

function writeRecipe(
	mesh: Mesh,
	material: Material,
	triangles: number,
	images: readonly (Image | undefined)[],
	densityOf: (uv: string) => Float32Array,
	missing: Set<number>,
): Recipe {
	let last: TextureUse | undefined;
	let lastImage: Image | undefined;
	const constants = new Map<Image, readonly number[] | undefined>();
	/** The texture as a look-up, or its one value as bytes RGBA, or nothing. */
	const find = (use: TextureUse | undefined, data: boolean): Lookup | readonly number[] | undefined => {
		if (use === undefined || triangles === 0 || mesh.corner[use.uv] === undefined) return undefined;
		const image = images[use.image];
		if (image === undefined) {
			missing.add(use.image);
			return undefined;
		}
		if (!constants.has(image)) constants.set(image, constantOf(image));
		const constant = constants.get(image);
		if (constant) return constant;
		const shared = last !== undefined && sameSize(image, lastImage) && samePlaces(use, last);
		last = use;
		lastImage = image;
		return toLookup(mesh.corner[use.uv], use, image, data, densityOf(use.uv), shared);
	};
	const { baseColor, emissive } = material;
	const base = find(material.baseColorTexture, false);
	const rough = find(material.metallicRoughnessTexture, true);
	const occluded = find(material.occlusionTexture, true);
	const bumps = find(material.normalTexture, true);
	const glow = emissive.every((value) => value === 0) ? undefined : find(material.emissiveTexture, false);
	const strength = material.occlusionStrength ?? 1;
	const times = (a: number, byte: number): number => (a * byte) / 255;
	return {
		color: isConstant(base)
			? [
					baseColor[0] * toLinear(base[0]),
					baseColor[1] * toLinear(base[1]),
					baseColor[2] * toLinear(base[2]),
					times(baseColor[3], base[3]),
				]
			: baseColor,
		emissive: isConstant(glow)
			? [emissive[0] * toLinear(glow[0]), emissive[1] * toLinear(glow[1]), emissive[2] * toLinear(glow[2])]
			: emissive,
		roughness: isConstant(rough) ? times(material.roughness, rough[1]) : material.roughness,
		metallic: isConstant(rough) ? times(material.metallic, rough[2]) : material.metallic,
		normalScale: material.normalScale ?? 1,
		occlusionStrength: strength,
		occlusion: isConstant(occluded) ? 1 + strength * (occluded[0] / 255 - 1) : 1,
		alpha: ALPHA[material.alphaMode],
		cutoff: material.alphaCutoff,
		baseColorMap: isConstant(base) ? undefined : base,
		metallicRoughnessMap: isConstant(rough) ? undefined : rough,
		occlusionMap: isConstant(occluded) ? undefined : occluded,
		// One direction everywhere bends the whole surface, which no exporter means.
		normalMap: isConstant(bumps) ? undefined : bumps,
		emissiveMap: isConstant(glow) ? undefined : glow,
		doubleSided: material.doubleSided,
		triangles,
	};
}

const ALPHA = { OPAQUE, MASK, BLEND } as const;
const WRAPS = { repeat: REPEAT, clamp: CLAMP, mirror: MIRROR } as const;

const isConstant = (found: Lookup | readonly number[] | undefined): found is readonly number[] => Array.isArray(found);

const toLinear = (byte: number): number => {
	const s = byte / 255;
	return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
};

/** The colour of an image that has but one. */
function constantOf({ pixels }: Image): readonly number[] | undefined {
	for (let i = 4; i < pixels.length; i++) if (pixels[i] !== pixels[i - 4]) return undefined;
	return [...pixels.subarray(0, 4)];
}

const sameSize = (a: Image, b: Image | undefined): boolean => a.width === b?.width && a.height === b.height;

const samePlaces = (a: TextureUse, b: TextureUse): boolean =>
	a.uv === b.uv &&
	a.wrapU === b.wrapU &&
	a.wrapV === b.wrapV &&
	a.transform.every((value, i) => value === b.transform[i]);

function toLookup(
	uv: CornerAttribute,
	{ transform, wrapU, wrapV }: TextureUse,
	image: Image,
	data: boolean,
	density: Float32Array,
	shared: boolean,
): Lookup {
	const texels = image.width * image.height * Math.abs(transform[0] * transform[4] - transform[1] * transform[3]);
	const more = Math.log2(texels) / 2;
	return {
		image,
		data,
		levels: new Array(MAX_LEVEL + 1).fill(undefined),
		uv,
		transform,
		wrapU: WRAPS[wrapU],
		wrapV: WRAPS[wrapV],
		density: Number.isFinite(more) ? density.map((value) => value + more) : density,
		shared,
	};
}

/** Half the binary logarithm of the share of the texture that a square object unit of each triangle takes. T. */
function measureDensity(mesh: Mesh, { values, indices }: CornerAttribute): Float32Array {
	const density = new Float32Array(triangleCount(mesh));
	const { positions, triangles } = mesh;
	for (let t = 0; t < density.length; t++) {
		const c = 3 * t;
		if (indices[c] === NO_ROW || indices[c + 1] === NO_ROW || indices[c + 2] === NO_ROW) continue;
		const a = 2 * indices[c];
		const b = 2 * indices[c + 1];
		const d = 2 * indices[c + 2];
		const flat =
			(values[b] - values[a]) * (values[d + 1] - values[a + 1]) -
			(values[d] - values[a]) * (values[b + 1] - values[a + 1]);
		const i = 3 * triangles[c];
		const j = 3 * triangles[c + 1];
		const k = 3 * triangles[c + 2];
		const ux = positions[j] - positions[i];
		const uy = positions[j + 1] - positions[i + 1];
		const uz = positions[j + 2] - positions[i + 2];
		const vx = positions[k] - positions[i];
		const vy = positions[k + 1] - positions[i + 1];
		const vz = positions[k + 2] - positions[i + 2];
		const x = uy * vz - uz * vy;
		const y = uz * vx - ux * vz;
		const z = ux * vy - uy * vx;
		const ratio = (flat * flat) / (x * x + y * y + z * z);
		density[t] = ratio > 0 && Number.isFinite(ratio) ? Math.log2(ratio) / 4 : 0;
	}
	return density;
}
