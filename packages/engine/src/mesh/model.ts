import type { Mesh } from './mesh.ts';

/**
 * A model: the surface that the verbs work on, how it looks, and the scene that it came in.
 *
 * `mesh` is one flattened view: every triangle of the default scene, in file order, in world space, skins posed at
 * rest. `scene` is everything that must survive untouched (nodes, transforms, skins, morph targets, animations,
 * extensions, extras) and belongs to the room that made it: nobody above `formats` looks inside.
 */
export type Model = {
	readonly mesh: Mesh;
	/** Where each run of triangles came from, ascending by `firstTriangle`, without gaps. */
	readonly sources: readonly Source[];
	readonly materials: readonly Material[];
	readonly images: readonly EncodedImage[];
	/** The format that was read: `glb`, `gltf`, `obj`, `stl`, `ply`, `off`. */
	readonly format: string;
	/** What was repaired, skipped or could not be kept, each in a sentence. */
	readonly warnings: readonly string[];
	/** Opaque to all but `formats`. */
	readonly scene: unknown;
};

/** A run of triangles `firstTriangle .. firstTriangle + triangles` that one primitive of one node gave. */
export type Source = {
	/** Number of the node among those that carry triangles, in scene order. */
	readonly node: number;
	/** Name of the node or of its mesh, '' where the file gives none. */
	readonly name: string;
	readonly primitive: number;
	readonly firstTriangle: number;
	readonly triangles: number;
	/** Moves on its own: the nearest animated ancestor (number), or -1. Parts never span two of these. */
	readonly mover: number;
};

/** How a surface looks, in the metallic-roughness model: what the renderer, the baker and the writers need to know. */
export type Material = {
	readonly name: string;
	/** Linear RGB and alpha, 0..1. */
	readonly baseColor: readonly [number, number, number, number];
	readonly baseColorTexture?: TextureUse;
	readonly metallic: number;
	readonly roughness: number;
	/** Green: roughness, blue: metallic; each times the number above. */
	readonly metallicRoughnessTexture?: TextureUse;
	/** In the tangent space of the surface; x and y times the scale, which is 1 where absent. */
	readonly normalTexture?: TextureUse;
	readonly normalScale?: number;
	/** Red: how much of the light around arrives, weakened by the strength, which is 1 where absent. */
	readonly occlusionTexture?: TextureUse;
	readonly occlusionStrength?: number;
	/** Linear RGB. */
	readonly emissive: readonly [number, number, number];
	readonly emissiveTexture?: TextureUse;
	readonly alphaMode: 'OPAQUE' | 'MASK' | 'BLEND';
	readonly alphaCutoff: number;
	readonly doubleSided: boolean;
};

/** An image as one material uses it. */
export type TextureUse = {
	/** Index into `Model.images`. */
	readonly image: number;
	/** Corner attribute that it is looked up by: `uv` or `uv1`. */
	readonly uv: string;
	/** Row-major 2 × 3: u' = m0·u + m1·v + m2, v' = m3·u + m4·v + m5. */
	readonly transform: readonly [number, number, number, number, number, number];
	readonly wrapU: 'repeat' | 'clamp' | 'mirror';
	readonly wrapV: 'repeat' | 'clamp' | 'mirror';
};

/** An image as it lies in the file. */
export type EncodedImage = { readonly name: string; readonly mimeType: string; readonly bytes: Uint8Array };
