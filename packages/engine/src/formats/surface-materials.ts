import type { Document, Material, Texture } from '@gltf-transform/core';
import { EXTTextureWebP, KHRTextureBasisu, KHRTextureTransform } from '@gltf-transform/extensions';
import { MeshError } from '../errors.ts';
import { imageSize } from './image-header.ts';
import type { ReadLimits } from './limits.ts';
import { srgbToLinear } from './surface-colors.ts';

/** How a surface looks, as the simple formats can say it. */
export type SurfaceMaterial = {
	readonly name: string;
	/** sRGB, 0..1. */
	readonly color: readonly [number, number, number];
	/** 0..1. */
	readonly alpha: number;
	/** 0..1. */
	readonly roughness: number;
	/** 0..1. */
	readonly metallic: number;
	/** sRGB, 0..1. */
	readonly emissive: readonly [number, number, number];
	readonly colorTexture?: SurfaceTexture;
	readonly emissiveTexture?: SurfaceTexture;
	readonly normalTexture?: SurfaceTexture;
};

export type SurfaceTexture = {
	/** As the file names it, with slashes forward. */
	readonly uri: string;
	/** uv' = scale · uv + offset, v up. */
	readonly scale: readonly [number, number];
	readonly offset: readonly [number, number];
	readonly isClamped: boolean;
};

/** A material that says nothing but its name. */
export const PLAIN_MATERIAL: SurfaceMaterial = Object.freeze({
	name: '',
	color: [1, 1, 1] as const,
	alpha: 1,
	roughness: 1,
	metallic: 0,
	emissive: [0, 0, 0] as const,
});

/** The types of image that a glTF file may hold. */
const EMBEDDABLE = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/ktx2']);
const CLAMP = 33071;

/**
 * Adds each material to the document, in order. Textures that are missing, or of a type that glTF cannot hold, are left
 * out with a warning.
 *
 * @throws `too-large`: a texture of more pixels than the limit.
 */
export function addMaterials(
	document: Document,
	materials: readonly SurfaceMaterial[],
	resources: ((uri: string) => Uint8Array | undefined) | undefined,
	limits: ReadLimits,
	warnings: string[],
): Material[] {
	const textures = new Map<string, Texture | undefined>();
	const textureOf = (uri: string): Texture | undefined => {
		if (!textures.has(uri)) textures.set(uri, addTexture(document, uri, resources, limits, warnings));
		return textures.get(uri);
	};
	return materials.map((material) => {
		const [r, g, b] = material.color;
		const result = document
			.createMaterial(material.name)
			.setBaseColorFactor([srgbToLinear(r), srgbToLinear(g), srgbToLinear(b), material.alpha])
			.setRoughnessFactor(material.roughness)
			.setMetallicFactor(material.metallic)
			.setEmissiveFactor(material.emissive.map(srgbToLinear) as [number, number, number])
			.setAlphaMode(material.alpha < 1 ? 'BLEND' : 'OPAQUE');
		const color = material.colorTexture && textureOf(material.colorTexture.uri);
		if (material.colorTexture && color) {
			// Exporters leave grey or black beside a texture; taken at its word, the factor would darken it.
			result.setBaseColorTexture(color).setBaseColorFactor([1, 1, 1, material.alpha]);
			place(document, result.getBaseColorTextureInfo(), material.colorTexture);
		}
		const emissive = material.emissiveTexture && textureOf(material.emissiveTexture.uri);
		if (material.emissiveTexture && emissive) {
			result.setEmissiveTexture(emissive).setEmissiveFactor([1, 1, 1]);
			place(document, result.getEmissiveTextureInfo(), material.emissiveTexture);
		}
		const normal = material.normalTexture && textureOf(material.normalTexture.uri);
		if (material.normalTexture && normal) {
			result.setNormalTexture(normal);
			place(document, result.getNormalTextureInfo(), material.normalTexture);
		}
		return result;
	});
}

type TextureInfo = ReturnType<Material['getBaseColorTextureInfo']>;

/** Says how a texture lies on the surface. */
function place(document: Document, info: TextureInfo, { scale, offset, isClamped }: SurfaceTexture): void {
	if (info === null) return;
	if (isClamped) info.setWrapS(CLAMP).setWrapT(CLAMP);
	if (scale[0] === 1 && scale[1] === 1 && offset[0] === 0 && offset[1] === 0) return;
	// v runs down in glTF: 1 − (s·(1 − v) + o) = s·v + (1 − s − o).
	const transform = document
		.createExtension(KHRTextureTransform)
		.createTransform()
		.setScale([scale[0], scale[1]])
		.setOffset([offset[0], 1 - scale[1] - offset[1]]);
	info.setExtension('KHR_texture_transform', transform);
}

function addTexture(
	document: Document,
	uri: string,
	resources: ((uri: string) => Uint8Array | undefined) | undefined,
	limits: ReadLimits,
	warnings: string[],
): Texture | undefined {
	const bytes = resources?.(uri) ?? resources?.(uri.slice(uri.lastIndexOf('/') + 1));
	if (!bytes) {
		warnings.push(`texture '${uri}' was not given; its materials keep only their colour`);
		return undefined;
	}
	const { mimeType, width, height } = imageSize(bytes) ?? { mimeType: 'no image that we know', width: 0, height: 0 };
	if (width * height > limits.pixels) {
		const what = `texture '${uri}' has ${width} × ${height} pixels; the limit is ${limits.pixels}`;
		throw new MeshError('too-large', what, { width, height, limit: limits.pixels });
	}
	if (!EMBEDDABLE.has(mimeType)) {
		warnings.push(`texture '${uri}' was left out: it is ${mimeType}; glTF holds PNG, JPEG, WebP and KTX2`);
		return undefined;
	}
	if (mimeType === 'image/webp') document.createExtension(EXTTextureWebP).setRequired(true);
	if (mimeType === 'image/ktx2') document.createExtension(KHRTextureBasisu).setRequired(true);
	const name = uri.slice(uri.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
	return document
		.createTexture(name)
		.setImage(bytes as Uint8Array<ArrayBuffer>)
		.setMimeType(mimeType);
}
