/** The front door: the verbs, and the types that a caller needs. */
export { CORNER_NORMAL_DEFAULTS, type CornerNormalOptions, cornerNormals } from './analysis/corner-normals.ts';
export { BAKE_DEFAULTS, type Baked, type BakeOptions, type BakeReport, type BakeSource, bake } from './baking/bake.ts';
export {
	type CompletedModel,
	type CompleteModelOptions,
	type CompleteReport,
	completeModel,
} from './complete-model.ts';
export {
	COMPLETE_DEFAULTS,
	type CompletedPart,
	type CompleteOptions,
	type Completion,
	type CompletionMethod,
	complete,
} from './completion/complete.ts';
export { ERRORS, type ErrorCode, MeshError } from './errors.ts';
export { faceLabels, partsOfLabels, readSeg, writeSeg } from './formats/labels.ts';
export { hasParts, partsOfNodes } from './formats/node-parts.ts';
export { OUTPUTS, type Output, type WriteOutputOptions } from './formats/outputs.ts';
export { type WritePartsOptions, writeModel, writeParts } from './formats/parts.ts';
export { FORMATS, readModel } from './formats/read.ts';
export type { Codec, Image } from './image/image.ts';
export {
	LOWPOLY_DEFAULTS,
	type LowpolyModel,
	type LowpolyModelOptions,
	type LowpolyReport,
	lowpolyModel,
	type WrittenFile,
} from './lowpoly-model.ts';
export type { Anchors, Made, MadeMaterial } from './mesh/made.ts';
export { measureParts } from './mesh/measure-parts.ts';
export type { CornerAttribute, Mesh } from './mesh/mesh.ts';
export type { EncodedImage, Material, Model, Source } from './mesh/model.ts';
export type { Part, Parts } from './mesh/parts.ts';
export { FRAME_DEFAULTS, frame } from './render/camera.ts';
export { contactSheet } from './render/contact-sheet.ts';
export { explode } from './render/explode.ts';
export { partColor } from './render/part-color.ts';
export { pictureOf } from './render/picture-of.ts';
export { psnr } from './render/psnr.ts';
export { renderModel } from './render/render-model.ts';
export { renderParts } from './render/render-parts.ts';
export { renderWireframe, WIREFRAME_DEFAULTS, type WireframeOptions } from './render/wireframe.ts';
export { DECIMATE_DEFAULTS, type DecimateOptions, decimate, type LowPoly } from './retopology/decimate.ts';
export {
	QUADRANGULATE_DEFAULTS,
	type QuadPoly,
	type QuadReport,
	type QuadrangulateOptions,
	quadrangulate,
} from './retopology/quadrangulate.ts';
export type { Progress, Run, StepTimes } from './run/run.ts';
export {
	hintsOf,
	moverOf,
	type SegmentedModel,
	type SegmentModelOptions,
	type SegmentReport,
	segmentModel,
} from './segment-model.ts';
export { type PartGraphJson, partGraphJson, withGraph } from './segmentation/graph-json.ts';
export type { Hints } from './segmentation/looks.ts';
export { nameBySide, nameBySource } from './segmentation/names.ts';
export {
	type ContactLoop,
	type GraphPart,
	type Joint,
	type PartGraph,
	partGraph,
} from './segmentation/part-graph.ts';
export { recut } from './segmentation/recut.ts';
export {
	SEGMENT_DEFAULTS,
	type Segmentation,
	type SegmentCues,
	type SegmentOptions,
	segment,
} from './segmentation/segment.ts';
export { UNWRAP_DEFAULTS, type UnwrapOptions, type Unwrapping, type UnwrapReport, unwrap } from './unwrap/unwrap.ts';
