import { mainJoints } from './formats/main-joints.ts';
import { type WritePartsOptions, writeParts } from './formats/parts.ts';
import type { Codec } from './image/image.ts';
import type { Model } from './mesh/model.ts';
import { paintedColors } from './render/painted-colors.ts';
import { decodeImages, PICTURE_SIZE } from './render/picture-of.ts';
import { renderParts } from './render/render-parts.ts';
import { type Run, Steps, type StepTimes } from './run/run.ts';
import { withGraph } from './segmentation/graph-json.ts';
import type { Hints } from './segmentation/looks.ts';
import { nameBySide, nameBySource } from './segmentation/names.ts';
import { type PartGraph, partGraph } from './segmentation/part-graph.ts';
import {
	SEGMENT_DEFAULTS,
	type Segmentation,
	type SegmentCues,
	type SegmentOptions,
	segment,
} from './segmentation/segment.ts';

const STEPS = { 'look up colors': 6, segment: 74, 'connect parts': 2, 'write parts': 11, 'render picture': 7 };

export type SegmentModelOptions = SegmentOptions &
	Pick<WritePartsOptions, 'jointNames'> & {
		/** Gives parts that are one node, limb of a skeleton or material its name (see `nameBySource`). Default false. */
		readonly sourceNames?: boolean;
		/** Adds `_left` and `_right` to the names of mirrored parts (see `nameBySide`). Default false. */
		readonly sideNames?: boolean;
		/** Size of the picture, pixels. Default 1024 × 1024. */
		readonly picture?: { readonly width: number; readonly height: number };
	};

export type SegmentedModel = {
	/** The model as one GLB, one named node per part. */
	readonly glb: Uint8Array;
	/** The parts in colour, as PNG. */
	readonly picture: Uint8Array;
	readonly segmentation: Segmentation;
	/** Joints, contact loops and the tree of the parts; the GLB has them, but for the loops, in `extras`. */
	readonly graph: PartGraph;
	readonly report: SegmentReport;
};

/** What a caller would want to know of a result, as plain JSON. */
export type SegmentReport = {
	readonly triangles: number;
	readonly vertices: number;
	readonly parts: readonly { name: string; triangles: number; area: number; neighbours: readonly number[] }[];
	readonly warnings: readonly string[];
	/** ms by step. */
	readonly times: StepTimes;
};

/**
 * Segments a model and writes the result: the verb `segment` from a model that was read to bytes that can be kept.
 *
 * @param model What `readModel` gave.
 * @param options Those of `segment`, of the writer and of the picture.
 * @param port `codec` encodes the picture; `run` watches and may stop the work.
 * @throws MeshError `invalid-option`, `cancelled`.
 */
export async function segmentModel(
	model: Model,
	options: SegmentModelOptions,
	port: { readonly codec: Codec; readonly run?: Run },
): Promise<SegmentedModel> {
	const {
		jointNames = 'keep',
		sourceNames = false,
		sideNames = false,
		picture = PICTURE_SIZE,
		...segmentOptions
	} = options;
	const steps = new Steps(STEPS, port.run);

	steps.begin('look up colors');
	const { hints, warnings } = await hintsOf(model, port.codec, segmentOptions.cues);

	steps.begin('segment');
	const cut = segment(model.mesh, { apartBy: moverOf(model), hints, ...segmentOptions }, steps.nested());

	steps.begin('connect parts');
	const sourced = sourceNames ? nameBySource(cut, model, mainJoints(model)) : cut;
	const unsided = partGraph(model.mesh, sourced);
	const named = sideNames ? nameBySide(sourced, unsided) : sourced;
	const graph = { ...unsided, parts: unsided.parts.map((part, p) => ({ ...part, name: named.parts[p].name })) };
	const segmentation = withGraph(named, graph);

	steps.begin('write parts');
	const glb = await writeParts(model, segmentation, { jointNames });

	steps.begin('render picture');
	const pixels = renderParts(model.mesh, segmentation.partOf, picture);
	const encoded = await port.codec.encode(pixels, 'image/png');

	const times = steps.finish();
	const report = reportOf(model, segmentation, warnings, times);
	return { glb, picture: encoded, segmentation, graph, report };
}

/** Longest side of a texture that is looked at: colours are evened out anyhow, and larger ones would fill the memory. */
const MOST_TEXELS = 1024;

/**
 * What a model's file knows of its triangles beside the mesh: colours of textures, nodes, joints.
 *
 * @param cues What is not looked at is not looked up.
 * @returns the hints, and a warning for each texture that cannot be decoded.
 */
export async function hintsOf(
	model: Model,
	codec: Codec,
	cues: SegmentCues = {},
): Promise<{ readonly hints: Hints; readonly warnings: readonly string[] }> {
	const { colors, nodes, joints } = { ...SEGMENT_DEFAULTS.cues, ...cues };
	const used = new Set(model.materials.map(({ baseColorTexture }) => baseColorTexture?.image));
	const wanted = model.images.map((image, i) => (colors && used.has(i) ? image : undefined));
	const { images, warnings } = await decodeImages(wanted, codec, MOST_TEXELS);
	return {
		hints: {
			painted: colors ? paintedColors(model, images) : undefined,
			nodeOf: nodes ? nodeOf(model) : undefined,
			jointOf: joints ? mainJoints(model)?.jointOf : undefined,
		},
		warnings,
	};
}

function nodeOf({ mesh, sources }: Model): Uint32Array {
	const nodeOf = new Uint32Array(mesh.triangles.length / 3);
	for (const { firstTriangle, triangles, node } of sources) nodeOf.fill(node, firstTriangle, firstTriangle + triangles);
	return nodeOf;
}

/** What moves on its own is a part of its own: the animated ancestor of each triangle. T. */
export function moverOf({ mesh, sources }: Model): Uint32Array {
	const moverOf = new Uint32Array(mesh.triangles.length / 3);
	for (const { firstTriangle, triangles, mover } of sources)
		moverOf.fill(mover + 1, firstTriangle, firstTriangle + triangles);
	return moverOf;
}

function reportOf(
	{ mesh, warnings }: Model,
	segmentation: Segmentation,
	others: readonly string[],
	times: StepTimes,
): SegmentReport {
	return {
		triangles: mesh.triangles.length / 3,
		vertices: mesh.positions.length / 3,
		parts: segmentation.parts.map(({ name, triangles, area, neighbours }) => ({
			name,
			triangles,
			area,
			neighbours: neighbours.map(({ part }) => part),
		})),
		warnings: [...warnings, ...others, ...segmentation.warnings],
		times: { ...segmentation.times, ...times },
	};
}
