import type { Image } from '../image/image.ts';
import { NO_MATERIAL } from '../mesh/mesh.ts';
import type { Material, Model, TextureUse } from '../mesh/model.ts';
import { type RenderOptions, render } from './render.ts';
import type { Surface } from './shade.ts';
import type { Texture } from './texture.ts';

export type ModelPicture = {
	readonly image: Image;
	/** What the picture lacks, each in a sentence. */
	readonly warnings: readonly string[];
};

/**
 * A picture of a model as its materials say: base colour, textures, normal maps, vertex colours, cut-out and blended alpha, light of
 * its own.
 *
 * @param images Decoded images by index of `Model.images`; undefined where one cannot be decoded: materials that use it
 * are shown in their plain colour, and a warning says so.
 * @throws MeshError as `render`.
 */
export function renderModel(
	model: Model,
	images: readonly (Image | undefined)[],
	options: RenderOptions = {},
): ModelPicture {
	const { mesh, materials } = model;
	const missing = new Set<number>();
	const surfaces = materials.map((material) => toSurface(material, images, missing));
	surfaces.push(PLAIN);
	const surfaceOf = mesh.materialOf.map((m) => (m === NO_MATERIAL ? materials.length : m));
	const image = render({ mesh, surfaces, surfaceOf, vertexColors: true, outlines: false }, options);
	const warnings = [...missing].map((i) => {
		const name = model.images[i]?.name;
		return `Image ${i}${name ? ` ('${name}')` : ''} could not be decoded; its materials are shown without it.`;
	});
	return { image, warnings };
}

/** Triangles without a material. */
const PLAIN: Surface = {
	color: [0.6, 0.6, 0.6, 1],
	emissive: [0, 0, 0],
	alpha: 'opaque',
	cutoff: 0,
	doubleSided: true,
};

function toSurface(material: Material, images: readonly (Image | undefined)[], missing: Set<number>): Surface {
	const find = (use: TextureUse | undefined, data = false): Texture | undefined => {
		if (use === undefined) return undefined;
		const image = images[use.image];
		if (image === undefined) {
			missing.add(use.image);
			return undefined;
		}
		return { ...use, image, data };
	};
	return {
		color: material.baseColor,
		texture: find(material.baseColorTexture),
		emissive: material.emissive,
		emissiveTexture: find(material.emissiveTexture),
		normalTexture: find(material.normalTexture, true),
		normalScale: material.normalScale,
		alpha: ALPHA[material.alphaMode],
		cutoff: material.alphaCutoff,
		doubleSided: material.doubleSided,
	};
}

const ALPHA = { OPAQUE: 'opaque', MASK: 'mask', BLEND: 'blend' } as const;
