import type { Codec, Image } from '../image/image.ts';
import type { EncodedImage, Material } from '../mesh/model.ts';
import { linearToSrgb, srgbToLinear } from './surface-colors.ts';

/** An image as a file of its own. */
export type TextureFile = { readonly name: string; readonly bytes: Uint8Array };

/** What other formats call a texture: metallic-roughness images are divided, one grey image each. */
export type TextureSlot = 'color' | 'normal' | 'metallic' | 'roughness' | 'emissive' | 'occlusion';

const ENDINGS: Readonly<Record<string, string>> = { 'image/png': 'png', 'image/jpeg': 'jpg' };

/**
 * Makes files of the images that materials use, each once. PNG and JPEG keep their bytes; others become PNG. What needs
 * pixels (other types, divided channels, tints) needs a codec; without one the image is left out, or is not tinted.
 */
export class TextureFiles {
	readonly #images: readonly EncodedImage[];
	readonly #codec: Codec | undefined;
	readonly #warn: (sentence: string) => void;
	readonly #made = new Map<string, TextureFile | undefined>();
	readonly #names = new Set<string>();
	#decoded: { readonly image: number; readonly pixels: Image | undefined } | undefined;

	constructor(images: readonly EncodedImage[], codec: Codec | undefined, warn: (sentence: string) => void) {
		this.#images = images;
		this.#codec = codec;
		this.#warn = warn;
	}

	/** Those made so far, in order. */
	list(): TextureFile[] {
		return [...this.#made.values()].filter((file) => file !== undefined);
	}

	/** The files of a material for the slots that the format has. */
	async ofMaterial(material: Material, slots: ReadonlySet<TextureSlot>): Promise<Map<TextureSlot, TextureFile>> {
		const files = new Map<TextureSlot, TextureFile>();
		const add = async (slot: TextureSlot, make: () => Promise<TextureFile | undefined>): Promise<void> => {
			const made = slots.has(slot) ? await make() : undefined;
			if (made) files.set(slot, made);
		};
		const { baseColorTexture, normalTexture, metallicRoughnessTexture, emissiveTexture, occlusionTexture } = material;
		if (baseColorTexture) await add('color', () => this.#tinted(baseColorTexture.image, material.baseColor));
		if (normalTexture) await add('normal', () => this.#whole(normalTexture.image));
		if (metallicRoughnessTexture) {
			const { image } = metallicRoughnessTexture;
			await add('roughness', () => this.#channel(image, 1, material.roughness, 'roughness'));
			await add('metallic', () => this.#channel(image, 2, material.metallic, 'metallic'));
		}
		if (emissiveTexture) {
			const strength = Math.max(1, ...material.emissive);
			await add('emissive', () =>
				this.#tinted(
					emissiveTexture.image,
					material.emissive.map((x) => x / strength),
				),
			);
		}
		if (occlusionTexture) await add('occlusion', () => this.#channel(occlusionTexture.image, 0, 1, 'occlusion'));
		return files;
	}

	#whole(image: number): Promise<TextureFile | undefined> {
		return this.#once(`${image}`, async () => {
			const { name, mimeType, bytes } = this.#images[image];
			if (ENDINGS[mimeType]) return { name: this.#name(name || `texture_${image}`, ENDINGS[mimeType]), bytes };
			const pixels = await this.#decode(image);
			if (!pixels) return undefined;
			return {
				name: this.#name(name || `texture_${image}`, 'png'),
				bytes: await this.#codec!.encode(pixels, 'image/png'),
			};
		});
	}

	/** An image times a colour, linear RGB with or without alpha: other formats take a texture in the colour's place. */
	#tinted(image: number, color: readonly number[]): Promise<TextureFile | undefined> {
		if (color.every((x) => x === 1)) return this.#whole(image);
		return this.#once([image, ...color].join(' '), async () => {
			const source = await this.#decode(image);
			if (!source) return this.#whole(image);
			const pixels = source.pixels.slice();
			for (let k = 0; k < color.length; k++) {
				const table = Uint8Array.from({ length: 256 }, (_, byte) =>
					k === 3 ? byte * color[k] + 0.5 : 255 * linearToSrgb(srgbToLinear(byte / 255) * color[k]) + 0.5,
				);
				for (let i = k; i < pixels.length; i += 4) pixels[i] = table[pixels[i]];
			}
			const { name } = this.#images[image];
			return {
				name: this.#name(`${name || `texture_${image}`}_tinted`, 'png'),
				bytes: await this.#codec!.encode({ ...source, pixels }, 'image/png'),
			};
		});
	}

	#channel(image: number, channel: 0 | 1 | 2, factor: number, what: string): Promise<TextureFile | undefined> {
		return this.#once(`${image} ${channel} ${factor}`, async () => {
			const source = await this.#decode(image);
			if (!source) return undefined;
			const pixels = new Uint8Array(source.pixels.length).fill(255);
			for (let i = 0; i < pixels.length; i += 4) {
				const grey = Math.round(source.pixels[i + channel] * factor);
				pixels[i] = grey;
				pixels[i + 1] = grey;
				pixels[i + 2] = grey;
			}
			const { name } = this.#images[image];
			return {
				name: this.#name(`${name || `texture_${image}`}_${what}`, 'png'),
				bytes: await this.#codec!.encode({ ...source, pixels }, 'image/png'),
			};
		});
	}

	async #once(key: string, make: () => Promise<TextureFile | undefined>): Promise<TextureFile | undefined> {
		if (!this.#made.has(key)) this.#made.set(key, await make());
		return this.#made.get(key);
	}

	/** Pixels of an image. The channels of one are asked for in a row, so the last one is remembered. */
	async #decode(image: number): Promise<Image | undefined> {
		if (this.#decoded?.image === image) return this.#decoded.pixels;
		const { name, mimeType, bytes } = this.#images[image];
		const pixels = await this.#codec?.decode(bytes, mimeType);
		if (!pixels) {
			this.#warn(`Image '${name || image}' (${mimeType}) has to be redrawn for this format, which takes a codec.`);
		}
		this.#decoded = { image, pixels };
		return pixels;
	}

	/** A plain file name that no other has. */
	#name(wanted: string, ending: string): string {
		const plain = wanted.replace(/\.(png|jpe?g|webp|ktx2)$/i, '').replace(/[^\p{L}\p{N}_-]+/gu, '_') || 'texture';
		let name = `${plain}.${ending}`;
		for (let k = 2; this.#names.has(name.toLowerCase()); k++) name = `${plain}_${k}.${ending}`;
		this.#names.add(name.toLowerCase());
		return name;
	}
}

/** The textures of a material with how they lie on the surface. */
export const usesOf = (material: Material): NonNullable<Material['baseColorTexture']>[] =>
	[
		material.baseColorTexture,
		material.normalTexture,
		material.metallicRoughnessTexture,
		material.emissiveTexture,
		material.occlusionTexture,
	].filter((use) => use !== undefined);
