import type { Mesh } from './mesh.ts';
import type { EncodedImage, Material } from './model.ts';

/**
 * A surface that a verb made for a model, to be written beside or in place of the model's own: the caps of completion,
 * the result of low-poly.
 */
export type Made = {
	/**
	 * In the frame of the model's mesh: world space, skins posed at rest. Corner attributes that are written: `uv` and
	 * `uv1` to `uv9`, `normal`, `tangent` (xyz and handedness), `color` (linear RGB or RGBA). `materialOf` numbers
	 * `materials` below; neighbouring triangles of one `polygonOf` form a polygon.
	 */
	readonly mesh: Mesh;
	/** Part of each triangle. T. */
	readonly partOf: Uint16Array;
	readonly materials: readonly MadeMaterial[];
	/** What the texture uses of `materials` number. */
	readonly images: readonly EncodedImage[];
	/** Where each vertex comes from: what moves with the model's surface (skin weights, morph targets) is taken there. */
	readonly anchors?: Anchors;
	/** Goes to the `extras` of each primitive. */
	readonly extras?: Readonly<Record<string, unknown>>;
};

/** A material of its own, or that of the model with this number in `Model.materials`, with everything it has there. */
export type MadeMaterial = Material | { readonly sourceMaterial: number };

/** A mixture of up to four corners of another mesh, for each vertex of one. */
export type Anchors = {
	/** Corners of the other mesh; unused places have weight 0. V × 4. */
	readonly corners: Uint32Array;
	/** Sum 1. V × 4. */
	readonly weights: Float32Array;
};
