import type { Document, Material as FileMaterial, Texture, TextureInfo } from '@gltf-transform/core';
import {
	EXTTextureWebP,
	KHRMaterialsEmissiveStrength,
	KHRTextureBasisu,
	KHRTextureTransform,
} from '@gltf-transform/extensions';
import { MeshError } from '../errors.ts';
import type { MadeMaterial } from '../mesh/made.ts';
import type { EncodedImage, Material, TextureUse } from '../mesh/model.ts';

const WRAP = { repeat: 10497, clamp: 33071, mirror: 33648 } as const;
/** Largest difference of a texture's placement that counts as none. */
const SAME = 1e-6;

/**
 * Adds materials and their images to a document as they are asked for: what nothing uses is not written. Images keep
 * their bytes.
 */
export class MaterialMaker {
	readonly #document: Document;
	/** Of the model, in the document that is written. */
	readonly #own: readonly FileMaterial[];
	readonly #materials: readonly MadeMaterial[];
	readonly #images: readonly EncodedImage[];
	readonly #made = new Map<number, FileMaterial>();
	readonly #textures = new Map<number, Texture>();
	readonly #warn: (sentence: string) => void;

	constructor(
		document: Document,
		own: readonly FileMaterial[],
		{ materials, images }: { readonly materials: readonly MadeMaterial[]; readonly images: readonly EncodedImage[] },
		warn: (sentence: string) => void,
	) {
		this.#document = document;
		this.#own = own;
		this.#materials = materials;
		this.#images = images;
		this.#warn = warn;
	}

	/** @throws `invalid-option` where there is no material or image of that number. */
	material(number: number): FileMaterial {
		const known = this.#made.get(number);
		if (known) return known;
		const material = this.#materials[number];
		if (!material) {
			throw new MeshError('invalid-option', `A triangle has material ${number}; there are ${this.#materials.length}.`);
		}
		const made = 'sourceMaterial' in material ? this.#own[material.sourceMaterial] : this.#make(material);
		if (!made) throw new MeshError('invalid-option', `Material ${number} stands for one that the model does not have.`);
		this.#made.set(number, made);
		return made;
	}

	#make(material: Material): FileMaterial {
		const [r, g, b] = material.emissive;
		const strength = Math.max(1, r, g, b);
		const made = this.#document
			.createMaterial(material.name)
			.setBaseColorFactor([...material.baseColor])
			.setMetallicFactor(material.metallic)
			.setRoughnessFactor(material.roughness)
			.setNormalScale(material.normalScale ?? 1)
			.setOcclusionStrength(material.occlusionStrength ?? 1)
			.setEmissiveFactor([r / strength, g / strength, b / strength])
			.setAlphaMode(material.alphaMode)
			.setAlphaCutoff(material.alphaCutoff)
			.setDoubleSided(material.doubleSided);
		if (strength > 1) {
			const extension = this.#document.createExtension(KHRMaterialsEmissiveStrength);
			made.setExtension(
				'KHR_materials_emissive_strength',
				extension.createEmissiveStrength().setEmissiveStrength(strength),
			);
		}
		const { baseColorTexture, metallicRoughnessTexture, normalTexture, occlusionTexture, emissiveTexture } = material;
		if (baseColorTexture) {
			made.setBaseColorTexture(this.#texture(baseColorTexture));
			this.#place(made.getBaseColorTextureInfo(), baseColorTexture);
		}
		if (metallicRoughnessTexture) {
			made.setMetallicRoughnessTexture(this.#texture(metallicRoughnessTexture));
			this.#place(made.getMetallicRoughnessTextureInfo(), metallicRoughnessTexture);
		}
		if (normalTexture) {
			made.setNormalTexture(this.#texture(normalTexture));
			this.#place(made.getNormalTextureInfo(), normalTexture);
		}
		if (occlusionTexture) {
			made.setOcclusionTexture(this.#texture(occlusionTexture));
			this.#place(made.getOcclusionTextureInfo(), occlusionTexture);
		}
		if (emissiveTexture) {
			made.setEmissiveTexture(this.#texture(emissiveTexture));
			this.#place(made.getEmissiveTextureInfo(), emissiveTexture);
		}
		return made;
	}

	#texture({ image }: TextureUse): Texture {
		const known = this.#textures.get(image);
		if (known) return known;
		const encoded = this.#images[image];
		if (!encoded) {
			throw new MeshError('invalid-option', `A material uses image ${image}; there are ${this.#images.length}.`);
		}
		const { name, mimeType, bytes } = encoded;
		if (mimeType === 'image/webp') this.#document.createExtension(EXTTextureWebP).setRequired(true);
		if (mimeType === 'image/ktx2') this.#document.createExtension(KHRTextureBasisu).setRequired(true);
		const texture = this.#document
			.createTexture(name)
			.setMimeType(mimeType)
			.setImage(bytes as Uint8Array<ArrayBuffer>);
		this.#textures.set(image, texture);
		return texture;
	}

	/** Says how a texture lies on the surface: the reverse of what the reader does. */
	#place(info: TextureInfo | null, { uv, transform, wrapU, wrapV }: TextureUse): void {
		info!
			.setTexCoord(Number(uv.slice(2) || 0))
			.setWrapS(WRAP[wrapU])
			.setWrapT(WRAP[wrapV]);
		const [a, b, x, c, d, y] = transform;
		if (a === 1 && b === 0 && x === 0 && c === 0 && d === 1 && y === 0) return;
		const turn = Math.atan2(-c, a);
		const scaleU = Math.hypot(a, c);
		const scaleV = Math.sin(turn) * b + Math.cos(turn) * d;
		if (Math.abs(Math.cos(turn) * b - Math.sin(turn) * d) > SAME * Math.max(scaleU, Math.abs(scaleV))) {
			this.#warn('The placement of a texture is sheared, which glTF cannot say; the nearest unsheared one is written.');
		}
		const placed = this.#document
			.createExtension(KHRTextureTransform)
			.createTransform()
			.setOffset([x, y])
			.setRotation(turn)
			.setScale([scaleU, scaleV]);
		info!.setExtension('KHR_texture_transform', placed);
	}
}
