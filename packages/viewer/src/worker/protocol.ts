import type { CompleteOptions, LowpolyModelOptions, Material } from '@meshwright/engine';

/** What the page asks of the worker. One at a time; an answer carries the number of its request. */
export type Request = { readonly id: number } & Ask;

export type Ask =
	| { readonly verb: 'open'; readonly files: readonly ModelFile[]; readonly cut: Cut }
	| { readonly verb: 'recut'; readonly cut: Cut }
	| { readonly verb: 'complete'; readonly wish: WholeWish }
	| { readonly verb: 'lowpoly'; readonly wish: LowWish }
	| { readonly verb: 'show'; readonly work: Work }
	| { readonly verb: 'save'; readonly what: Product };

/** What the worker says. `ready` comes once, when the engine is loaded. */
export type Message =
	| ({ readonly kind: 'ready' } & Ability)
	| { readonly kind: 'progress'; readonly id: number; readonly step: string; readonly fraction: number }
	| { readonly kind: 'shown'; readonly id: number; readonly drawable: Drawable; readonly division: Division }
	| { readonly kind: 'recut'; readonly id: number; readonly division: Division }
	| { readonly kind: 'saved'; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
	| { readonly kind: 'failed'; readonly id: number; readonly failure: Failure };

/** What the engine can open, and what its verbs do unless told otherwise. */
export type Ability = {
	readonly extensions: readonly string[];
	readonly whole: Required<WholeWish>;
	readonly low: { readonly bake: boolean };
};

/** A file of the model: the first is the model itself, the others what it names. */
export type ModelFile = { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** What there is of a model: its parts as they were cut, the parts made whole, and either of them with few faces. */
export type Work = 'parts' | 'whole' | 'low-poly';

/** What can be taken home of the work that is shown: a file by its extension, or a PNG in part colours or as it looks. */
export type Product = 'glb' | 'fbx' | 'zip' | 'picture of parts' | 'picture';

/** Where to cut the merge tree: a number of parts, or how fine, 0..1. */
export type Cut = { readonly parts: number } | { readonly granularity: number };

export type WholeWish = Pick<CompleteOptions, 'mode' | 'sheets'>;

export type LowWish = Pick<LowpolyModelOptions, 'faceLimit' | 'quad' | 'pure' | 'bake'> & {
	/** Reduces the parts made whole, which must be there, and not the open ones. */
	readonly whole: boolean;
};

/** Why it did not work, and what the user can do about it. */
export type Failure = { readonly code: string; readonly message: string; readonly cure: string };

/**
 * The surface as the graphics card takes it: three corners for each triangle, triangles in order of material.
 *
 * T = triangles, C = 3·T corners.
 */
export type Drawable = {
	/** C × 3, object units. */
	readonly positions: Float32Array;
	/** C × 3, of unit length. */
	readonly normals: Float32Array;
	/** C × 2; absent where the model has none. */
	readonly uv: Float32Array | undefined;
	readonly uv1: Float32Array | undefined;
	/** Linear RGBA, C × 4. */
	readonly colors: Float32Array | undefined;
	/** 1 where the edge from this corner to the next of its triangle bounds a face, 0 where it is a quad's diagonal. C. */
	readonly isEdge: Uint8Array;
	/** Triangle of the model at each place. T. */
	readonly triangleAt: Uint32Array;
	/** Runs of corners with one material, an index into `materials`, or -1. */
	readonly runs: readonly { readonly material: number; readonly firstCorner: number; readonly corners: number }[];
	readonly materials: readonly Material[];
	/** Decoded images; undefined where this browser cannot decode one. */
	readonly images: readonly (ImageBitmap | undefined)[];
	readonly box: Box;
};

export type Box = { readonly min: readonly [number, number, number]; readonly max: readonly [number, number, number] };

/** A way to divide the model. */
export type Division = {
	/** Part of each triangle of the model. T. */
	readonly partOf: Uint16Array;
	readonly parts: readonly PartView[];
	readonly warnings: readonly string[];
};

export type PartView = {
	readonly name: string;
	/** Triangles, or fewer where some of them are quads. */
	readonly faces: number;
	/** Of the surface, 0..1. */
	readonly share: number;
	/** The same as in the engine's pictures: sRGB, 0..255. */
	readonly color: readonly [number, number, number];
	readonly box: Box;
};
