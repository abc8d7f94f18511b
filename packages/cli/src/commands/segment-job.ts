import {
	faceLabels,
	type Model,
	partGraphJson,
	type Run,
	type SegmentModelOptions,
	type SegmentReport,
	segmentModel,
	writeSeg,
} from '@meshwright/engine';
import { sharpCodec } from '@meshwright/service/codecs';

export type SegmentSettings = {
	/** What of the command line is the engine's business. */
	readonly options: Omit<SegmentModelOptions, 'picture' | 'apartBy'>;
	/** Files wanted beside the model. */
	readonly labels: boolean;
	readonly graph: boolean;
};

export type SegmentResult = {
	readonly format: string;
	readonly glb: Uint8Array;
	/** PNG. */
	readonly picture: Uint8Array;
	/** The label file, when it was asked for. */
	readonly labels: Uint8Array | undefined;
	/** The part graph as JSON, when it was asked for. */
	readonly graph: Uint8Array | undefined;
	readonly report: SegmentReport;
};

export async function segmentJob(model: Model, settings: SegmentSettings, run: Run): Promise<SegmentResult> {
	const port = { codec: sharpCodec(), run };
	const { glb, picture, segmentation, graph, report } = await segmentModel(model, settings.options, port);
	const labels = settings.labels ? writeSeg(faceLabels(model.mesh, segmentation.partOf)) : undefined;
	const json = settings.graph ? `${JSON.stringify(partGraphJson(model.mesh, graph), null, '\t')}\n` : undefined;
	return { format: model.format, glb, picture, labels: bytesOf(labels), graph: bytesOf(json), report };
}

const bytesOf = (text: string | undefined): Uint8Array | undefined =>
	text === undefined ? undefined : new TextEncoder().encode(text);
