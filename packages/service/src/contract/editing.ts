import { z } from 'zod';
import { optional, optionalFlag, optionalNames, optionalNumber } from './lenient.ts';

/** Faces that a client may ask a low-poly model to have at most. */
export const FACE_LIMITS = Object.freeze({ least: 500, most: 20_000 });

/** What a client may say about how parts are made whole; the same on every surface. All may be left out. */
export const COMPLETION_CONTROLS = {
	part_names: optionalNames().describe(
		'Names of parts of the segmentation to make whole; the others pass through untouched. Default: all.',
	),
	completion_mode: optional(z.enum(['ai_completion', 'quick_cap'])).describe(
		'ai_completion continues the visible surface into the hidden (here by geometry alone); quick_cap closes each hole by itself. Default ai_completion.',
	),
};

/** Options of the engine's `completeModel`; only what was given. */
export function completeOptions(controls: z.output<typeof COMPLETION>): Readonly<Record<string, unknown>> {
	return given({
		partNames: controls.part_names,
		method: controls.completion_mode && (controls.completion_mode === 'quick_cap' ? 'quick_cap' : 'full'),
	});
}

/** What a client may say about a low-poly model; the same on every surface. All may be left out. */
export const LOWPOLY_CONTROLS = {
	quad: optionalFlag().describe(
		'Faces of four corners: the result is FBX, with the same as GLB in `output.glb`. Default false: triangles, as GLB.',
	),
	part_names: optionalNames().describe(
		'Names of parts to reduce; the others pass through untouched. Default: the whole model.',
	),
	face_limit: optionalNumber(
		z.int().refine((n) => n === -1 || (n >= FACE_LIMITS.least && n <= FACE_LIMITS.most), {
			error: `give ${FACE_LIMITS.least} to ${FACE_LIMITS.most} faces, or -1 to have them chosen from the shape`,
		}),
	).describe(
		`Faces at most, ${FACE_LIMITS.least} to ${FACE_LIMITS.most}; a quad counts as one. Default, and -1: chosen from the shape.`,
	),
	bake: optionalFlag().describe("Carries the source's look into textures of the result. Default true."),
	texture_size: optionalNumber(
		z
			.int()
			.min(256)
			.max(4096)
			.refine((n) => Number.isInteger(Math.log2(n)), { error: 'give a power of two, 256 to 4096' }),
	).describe(
		'Side of the baked textures, pixels. Default: 2048, or 1024 where neither the faces nor the source need more.',
	),
};

/** Options of the engine's `lowpolyModel`; only what was given. */
export function lowpolyOptions(controls: z.output<typeof LOWPOLY>): Readonly<Record<string, unknown>> {
	return given({
		faceLimit: controls.face_limit === -1 ? undefined : controls.face_limit,
		quad: controls.quad,
		partNames: controls.part_names,
		bake: controls.bake,
		textureSize: controls.texture_size,
	});
}

const COMPLETION = z.object(COMPLETION_CONTROLS);
const LOWPOLY = z.object(LOWPOLY_CONTROLS);

const given = (options: Record<string, unknown>): Readonly<Record<string, unknown>> =>
	Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
