import {
	type CompleteModelOptions,
	type CompleteReport,
	completeModel,
	type Model,
	partsOfLabels,
	partsOfNodes,
	type Run,
	readSeg,
} from '@meshwright/engine';
import { sharpCodec } from '@meshwright/service/codecs';
import { readInput } from '../files/read-files.ts';

export type CompleteSettings = {
	/** What of the command line is the engine's business. */
	readonly options: Omit<CompleteModelOptions, 'picture'>;
	/** File with the part of each face; without it every named node is a part. */
	readonly labels: string | undefined;
};

export type CompleteResult = {
	readonly format: string;
	readonly glb: Uint8Array;
	/** PNG. */
	readonly picture: Uint8Array;
	readonly report: CompleteReport;
};

export async function completeJob(
	model: Model,
	{ options, labels }: CompleteSettings,
	run: Run,
): Promise<CompleteResult> {
	const parts =
		labels === undefined
			? partsOfNodes(model)
			: partsOfLabels(model.mesh, readSeg(new TextDecoder().decode(readInput(labels))));
	const { glb, picture, report } = await completeModel(model, parts, options, { codec: sharpCodec(), run });
	return { format: model.format, glb, picture, report };
}
