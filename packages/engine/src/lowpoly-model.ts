import { cornerNormals } from './analysis/corner-normals.ts';
import { BAKE_DEFAULTS, type BakeOptions, type BakeSource, bake } from './baking/bake.ts';
import { MeshError } from './errors.ts';
import { OUTPUTS, type Output } from './formats/outputs.ts';
import type { WritePartsOptions } from './formats/parts.ts';
import { isStill } from './formats/still.ts';
import type { Codec, Image } from './image/image.ts';
import type { Made } from './mesh/made.ts';
import type { Mesh } from './mesh/mesh.ts';
import type { EncodedImage, Material, Model } from './mesh/model.ts';
import { numbersOf, type Parts } from './mesh/parts.ts';
import { type Picked, pickParts } from './mesh/pick-parts.ts';
import { decodeImages, PICTURE_SIZE } from './render/picture-of.ts';
import { renderModel } from './render/render-model.ts';
import { decimate, type LowPoly } from './retopology/decimate.ts';
import { type QuadPoly, quadrangulate } from './retopology/quadrangulate.ts';
import { type Run, Steps, type StepTimes } from './run/run.ts';
import { anchorsOn } from './spatial/anchors.ts';
import { unwrap } from './unwrap/unwrap.ts';

const STEPS = { reduce: 30, unwrap: 10, bake: 45, 'write model': 10, 'render picture': 5 };

export type LowpolyModelOptions = Pick<WritePartsOptions, 'jointNames'> & {
	/** Faces that the reduced parts may have together, ≥ 4; a quad counts as one. Default: chosen from the shape. */
	readonly faceLimit?: number;
	/** Faces of four corners where they fit. Default false. */
	readonly quad?: boolean;
	/** With `quad`: no triangles between the quads. Default false. */
	readonly pure?: boolean;
	/** Names of the parts to reduce; the others pass through untouched. Default: all. */
	readonly partNames?: readonly string[];
	/** Carries the source's look into textures. Default true; otherwise materials keep their colours, without textures. */
	readonly bake?: boolean;
	/** Side of the baked textures, pixels, a power of two, 64..8192. Default 2048, or 1024 where neither faces nor source need more. */
	readonly textureSize?: number;
	/** With `bake`: keeps the source's occlusion, computes it from the source's shape, or leaves it out. Default `keep`. */
	readonly occlusion?: NonNullable<BakeOptions['occlusion']>;
	/** What is written, by `OUTPUTS`; `fbx` and `obj` have true quads. Default: `glb` alone. */
	readonly formats?: readonly string[];
	/** Size of the picture, pixels, or `none`, which saves a second. Default 1024 × 1024. */
	readonly picture?: { readonly width: number; readonly height: number } | 'none';
};

export const LOWPOLY_DEFAULTS = Object.freeze({
	quad: false,
	pure: false,
	bake: true,
	textureSize: 2048,
	occlusion: BAKE_DEFAULTS.occlusion,
});

export type LowpolyModel = {
	/** One for each of the formats asked for, in that order. */
	readonly files: readonly WrittenFile[];
	/** The reduced parts alone, to draw or to measure; the scene is the source's. */
	readonly low: { readonly model: Model; readonly partOf: Uint16Array };
	/** The reduced parts as they look, as PNG; absent where none is wanted. */
	readonly picture?: Uint8Array;
	readonly report: LowpolyReport;
};

/** A model as a file: one named node for each part. */
export type WrittenFile = Pick<Output, 'format' | 'extension' | 'mimeType'> & { readonly bytes: Uint8Array };

/** What a caller would want to know of a result, as plain JSON. */
export type LowpolyReport = {
	/** Triangles of the whole result, as it is drawn. */
	readonly triangles: number;
	/** Faces of the parts that were reduced, before and after. */
	readonly sourceFaces: number;
	readonly faces: number;
	/** Quads among them; absent where none were asked for. */
	readonly quads?: number;
	/** Every part of the model; what passed through untouched has no `faces`. */
	readonly parts: readonly { readonly name: string; readonly sourceFaces: number; readonly faces?: number }[];
	/** Charts of the texture coordinates, and the share of the square that they cover. */
	readonly charts: number;
	readonly coverage: number;
	/** Side of the baked textures, pixels; 0 where nothing was baked. */
	readonly textureSize: number;
	readonly warnings: readonly string[];
	/** ms by step. */
	readonly times: StepTimes;
};

/**
 * Gives a model few faces, clean texture coordinates and the look of the source, and writes the result: the verb
 * `lowpoly` from a model that was read to bytes that can be kept.
 *
 * Skin weights and morph targets go along; parts that are not named, and the scene, stay as they are.
 *
 * @param model What `readModel` gave.
 * @param parts One part for each triangle: `partsOfNodes`, or what `segment` gave. Borders between parts are kept.
 * @param port `codec` decodes and encodes textures and the picture; `run` watches and may stop the work.
 * @throws MeshError `invalid-option`, `no-triangles` (nothing of the named parts has an area), `cancelled`.
 */
export async function lowpolyModel(
	model: Model,
	parts: Parts,
	options: LowpolyModelOptions,
	port: { readonly codec: Codec; readonly run?: Run },
): Promise<LowpolyModel> {
	const { jointNames = 'keep', formats = ['glb'], picture = PICTURE_SIZE, partNames } = options;
	const outputs = formats.map(findOutput);
	const steps = new Steps(STEPS, port.run);
	const warnings: string[] = [...model.warnings];
	const warn = (warning: string): void => void warnings.push(warning);
	const source = pickParts(model.mesh, parts, partNames && numbersOf(parts, partNames));
	const isBaked = options.bake ?? LOWPOLY_DEFAULTS.bake;
	const occlusion = options.occlusion ?? LOWPOLY_DEFAULTS.occlusion;
	// Codecs that have threads of their own are done with the images when the surface is reduced.
	const decoding = decodeImages(isBaked ? model.images : [], port.codec);

	steps.begin('reduce');
	const low = reduce(source, options, steps.nested());

	steps.begin('unwrap');
	const decoded = await decoding;
	const size = options.textureSize ?? textureSizeFor(low.report.faces, decoded.images);
	const shaded = { ...low.mesh, corner: { normal: cornerNormals(low.mesh) } };
	const unwrapping = await unwrap(shaded, { partOf: low.partOf, size }, steps.nested());

	steps.begin('bake');
	const look = isBaked
		? await bakedLook(
				{ model: { ...model, mesh: source.mesh }, images: decoded.images },
				unwrapping.mesh,
				{ size, partOf: low.partOf, sourcePartOf: source.partOf, occlusion },
				steps.nested(),
			)
		: plainLook(model, unwrapping.mesh, warn);
	const images = await encodeMaps(look.maps, port.codec);

	steps.begin('write model');
	const anchors = isStill(model) ? undefined : anchorsOn(source.mesh, low.mesh.positions, source.triangleOf);
	const made: Made = {
		mesh: look.mesh,
		partOf: low.partOf,
		materials: look.materials,
		images,
		...(anchors && { anchors }),
	};
	const written = { jointNames, made, replaced: source.picked, warn, codec: port.codec };
	const files: WrittenFile[] = [];
	for (const { format, extension, mimeType, write } of outputs)
		files.push({ format, extension, mimeType, bytes: await write(model, parts, written) });

	steps.begin('render picture');
	const shown = { ...model, mesh: look.mesh, materials: look.materials, images };
	const pixels = look.maps.map(({ image }) => image);
	const png =
		picture === 'none' ? undefined : await port.codec.encode(renderModel(shown, pixels, picture).image, 'image/png');

	warnings.push(...decoded.warnings, ...low.report.warnings, ...unwrapping.report.warnings, ...look.warnings);
	const report: LowpolyReport = {
		triangles: low.mesh.triangles.length / 3 + parts.partOf.length - source.triangleOf.length,
		...countFaces(parts, source, low),
		charts: unwrapping.report.charts,
		coverage: unwrapping.report.coverage,
		textureSize: isBaked ? size : 0,
		warnings,
		times: steps.finish(),
	};
	return { files, low: { model: shown, partOf: low.partOf }, ...(png && { picture: png }), report };
}

function findOutput(format: string): Output {
	const output = OUTPUTS.find((one) => one.format === format);
	if (output) return output;
	const known = OUTPUTS.map((one) => one.format).join(', ');
	throw new MeshError('invalid-option', `formats: '${format}' is not written; ${known} are`);
}

type Low = LowPoly | QuadPoly;

function reduce({ mesh, partOf }: Picked, options: LowpolyModelOptions, run: Run): Low {
	const { quad, pure } = { ...LOWPOLY_DEFAULTS, ...options };
	const limit = options.faceLimit === undefined ? {} : { faceLimit: options.faceLimit };
	if (!quad) return decimate(mesh, { ...limit, partOf }, run);
	const faceLimit = options.faceLimit ?? quadsFor(mesh, partOf, run);
	return quadrangulate(mesh, { faceLimit, partOf, pure }, run);
}

/** Quads that the shape needs: half of the triangles that it would, within what the vendor gives. */
function quadsFor(mesh: Mesh, partOf: Uint16Array, run: Run): number {
	const { isCancelled } = run;
	const { faces } = decimate(mesh, { partOf, fitPasses: 0 }, isCancelled ? { isCancelled } : {}).report;
	return Math.min(Math.max(Math.round(faces / 2), FEWEST_QUADS), MOST_QUADS);
}

const FEWEST_QUADS = 500;
const MOST_QUADS = 10_000;

/** Half the side where so few faces, or so small textures, have nothing to fill the whole with. */
function textureSizeFor(faces: number, images: readonly (Image | undefined)[]): number {
	const { textureSize } = LOWPOLY_DEFAULTS;
	let largest = 0;
	for (const image of images) largest = Math.max(largest, image?.width ?? 0, image?.height ?? 0);
	return faces < FEW_FACES || largest <= textureSize / 2 ? textureSize / 2 : textureSize;
}

const FEW_FACES = 3000;

/** How the result looks: its mesh with all corner attributes, its materials, and the maps that they use. */
type Look = {
	readonly mesh: Mesh;
	readonly materials: readonly Material[];
	readonly maps: readonly { readonly name: string; readonly image: Image }[];
	readonly warnings: readonly string[];
};

async function bakedLook(source: BakeSource, low: Mesh, options: BakeOptions, run: Run): Promise<Look> {
	const { maps, materials, materialOf, tangent, report } = await bake(source, low, options, run);
	const mesh = { ...low, corner: { ...low.corner, tangent }, materialOf };
	return { mesh, materials, maps, warnings: report.warnings };
}

/** The source's materials without their textures. */
function plainLook({ materials, mesh }: Model, low: Mesh, warn: (warning: string) => void): Look {
	if (materials.some((material) => Object.keys(material).some((key) => key.endsWith('Texture'))))
		warn('textures are left out: they are carried over by baking only');
	if (mesh.corner.color) warn('vertex colours are left out: they are carried over by baking only');
	const plain = materials.map(
		(material) =>
			Object.fromEntries(Object.entries(material).filter(([key]) => !key.endsWith('Texture'))) as unknown as Material,
	);
	return { mesh: low, materials: plain, maps: [], warnings: [] };
}

/** JPEG where nothing needs alpha or exact values, else PNG. */
function encodeMaps(maps: Look['maps'], codec: Codec): Promise<EncodedImage[]> {
	return Promise.all(
		maps.map(async ({ name, image }) => {
			const mimeType = name === 'normal' || hasAlpha(image) ? 'image/png' : 'image/jpeg';
			return { name, mimeType, bytes: await codec.encode(image, mimeType) };
		}),
	);
}

function hasAlpha({ pixels }: Image): boolean {
	for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 255) return true;
	return false;
}

/** Faces by part before and after, where two triangles of one polygon are one face. */
function countFaces(
	{ parts }: Parts,
	source: Picked,
	low: Low,
): Pick<LowpolyReport, 'sourceFaces' | 'faces' | 'quads' | 'parts'> {
	const before = new Uint32Array(parts.length);
	for (const p of source.partOf) before[p]++;
	const after = new Uint32Array(parts.length);
	const { polygonOf } = low.mesh;
	for (let t = 0; t < low.partOf.length; t++)
		if (t === 0 || !polygonOf || polygonOf[t] !== polygonOf[t - 1]) after[low.partOf[t]]++;
	return {
		sourceFaces: source.triangleOf.length,
		faces: low.report.faces,
		...('quads' in low.report && { quads: low.report.quads }),
		parts: parts.map(({ name, triangles }, p) => ({
			name,
			sourceFaces: triangles,
			...(before[p] > 0 && { faces: after[p] }),
		})),
	};
}
