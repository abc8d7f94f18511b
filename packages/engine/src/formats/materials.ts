import type { Document, Material as SourceMaterial, Texture, TextureInfo } from '@gltf-transform/core';
import type { EmissiveStrength, PBRSpecularGlossiness, Transform } from '@gltf-transform/extensions';
import type { EncodedImage, Material, TextureUse } from '../mesh/model.ts';

const WRAP: Record<number, TextureUse['wrapU']> = { 33071: 'clamp', 33648: 'mirror', 10497: 'repeat' };

/** Name of the corner attribute that holds the texture coordinates of a set. */
export const uvName = (set: number): string => (set === 0 ? 'uv' : `uv${set}`);

/** Images of the document, in file order. */
export function listImages(document: Document): EncodedImage[] {
	return document
		.getRoot()
		.listTextures()
		.map((texture) => ({
			name: texture.getName(),
			mimeType: texture.getMimeType(),
			bytes: texture.getImage() ?? new Uint8Array(0),
		}));
}

/** Materials of the document in file order, brought to what the renderer and the baker need. */
export function digestMaterials(document: Document): Material[] {
	const imageOf = new Map<Texture, number>();
	document
		.getRoot()
		.listTextures()
		.forEach((texture, image) => {
			imageOf.set(texture, image);
		});
	return document
		.getRoot()
		.listMaterials()
		.map((material) => digest(material, imageOf));
}

function digest(material: SourceMaterial, imageOf: Map<Texture, number>): Material {
	const gloss = material.getExtension<PBRSpecularGlossiness>('KHR_materials_pbrSpecularGlossiness');
	const unlit = material.getExtension('KHR_materials_unlit') !== null;
	const strength =
		material.getExtension<EmissiveStrength>('KHR_materials_emissive_strength')?.getEmissiveStrength() ?? 1;
	const [r, g, b] = material.getEmissiveFactor();
	const baseColorTexture = gloss
		? use(gloss.getDiffuseTexture(), gloss.getDiffuseTextureInfo(), imageOf)
		: use(material.getBaseColorTexture(), material.getBaseColorTextureInfo(), imageOf);
	const emissiveTexture = use(material.getEmissiveTexture(), material.getEmissiveTextureInfo(), imageOf);
	const metallicRoughnessTexture =
		gloss || unlit
			? undefined
			: use(material.getMetallicRoughnessTexture(), material.getMetallicRoughnessTextureInfo(), imageOf);
	const normalTexture = use(material.getNormalTexture(), material.getNormalTextureInfo(), imageOf);
	const occlusionTexture = use(material.getOcclusionTexture(), material.getOcclusionTextureInfo(), imageOf);
	return {
		name: material.getName(),
		baseColor: gloss ? gloss.getDiffuseFactor() : material.getBaseColorFactor(),
		...(baseColorTexture && { baseColorTexture }),
		metallic: gloss || unlit ? 0 : material.getMetallicFactor(),
		roughness: gloss ? 1 - gloss.getGlossinessFactor() : unlit ? 1 : material.getRoughnessFactor(),
		...(metallicRoughnessTexture && { metallicRoughnessTexture }),
		...(normalTexture && { normalTexture, normalScale: material.getNormalScale() }),
		...(occlusionTexture && { occlusionTexture, occlusionStrength: material.getOcclusionStrength() }),
		emissive: [r * strength, g * strength, b * strength],
		...(emissiveTexture && { emissiveTexture }),
		alphaMode: material.getAlphaMode(),
		alphaCutoff: material.getAlphaCutoff(),
		doubleSided: material.getDoubleSided(),
	};
}

function use(texture: Texture | null, info: TextureInfo | null, imageOf: Map<Texture, number>): TextureUse | undefined {
	const image = texture ? imageOf.get(texture) : undefined;
	if (image === undefined || !info) return undefined;
	const transform = info.getExtension<Transform>('KHR_texture_transform');
	return {
		image,
		uv: uvName(transform?.getTexCoord() ?? info.getTexCoord()),
		transform: transform ? matrixOf(transform) : [1, 0, 0, 0, 1, 0],
		wrapU: WRAP[info.getWrapS()] ?? 'repeat',
		wrapV: WRAP[info.getWrapT()] ?? 'repeat',
	};
}

/** Scale, then turn (counter-clockwise as seen, v points down), then shift: KHR_texture_transform. */
function matrixOf(transform: Transform): TextureUse['transform'] {
	const [x, y] = transform.getOffset();
	const [sx, sy] = transform.getScale();
	const cos = Math.cos(transform.getRotation());
	const sin = Math.sin(transform.getRotation());
	return [cos * sx, sin * sy, x, -sin * sx, cos * sy, y];
}
