import {
	ERRORS,
	faceLabels,
	MeshError,
	type Progress,
	partGraphJson,
	readModel,
	type SegmentReport,
	segmentModel,
	writeSeg,
} from '@meshwright/engine';
import { sharpCodec } from '@meshwright/service/codecs';
import { readInput, resourcesBeside } from '../files/read-files.ts';
import { type EngineFailure, Failure } from '../terminal/failure.ts';
import type { SegmentSettings } from './segment.ts';

/**
 * The process that segments, so that the terminal stays alive beside it: the engine is one long computation, and a
 * process that computes hears no Ctrl-C. It writes no files; ending it at any moment leaves nothing behind.
 *
 * Not a thread: a model that exhausts the memory ends this process, and the command can still say so.
 */
export type ChildJob = {
	/** Where the model is read from; `-` is standard input. */
	readonly path: string;
	readonly settings: SegmentSettings;
	readonly labels: boolean;
	readonly graph: boolean;
};

export type ChildMessage =
	| { readonly kind: 'progress'; readonly step: string; readonly fraction: number }
	| { readonly kind: 'done'; readonly result: ChildResult }
	| { readonly kind: 'engine-failure'; readonly failure: EngineFailure }
	| { readonly kind: 'files-failure'; readonly code: string; readonly message: string; readonly cure: string }
	| { readonly kind: 'bug'; readonly message: string; readonly stack: string };

export type ChildResult = {
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

/** Share of the run that reading takes, measured on the generated models. */
const READING = 0.1;

const tell = (message: ChildMessage, done = (): void => undefined): void => void process.send!(message, done);

async function segmentJob({ path, settings, ...files }: ChildJob): Promise<ChildResult> {
	tell({ kind: 'progress', step: 'read model', fraction: 0 });
	const model = await readModel(readInput(path), { name: path, resources: resourcesBeside(path) });
	const onProgress = ({ step, fraction }: Progress): void =>
		tell({ kind: 'progress', step, fraction: READING + (1 - READING) * fraction });
	const port = { codec: sharpCodec(), run: { onProgress } };
	const { glb, picture, segmentation, graph, report } = await segmentModel(model, settings, port);
	const labels = files.labels ? writeSeg(faceLabels(model.mesh, segmentation.partOf)) : undefined;
	const json = files.graph ? `${JSON.stringify(partGraphJson(model.mesh, graph), null, '\t')}\n` : undefined;
	return {
		format: model.format,
		glb,
		picture,
		labels: bytesOf(labels),
		graph: bytesOf(json),
		report,
	};
}

const bytesOf = (text: string | undefined): Uint8Array | undefined =>
	text === undefined ? undefined : new TextEncoder().encode(text);

function messageOf(error: unknown): ChildMessage {
	if (error instanceof MeshError) {
		const { code, message, cure } = error;
		return { kind: 'engine-failure', failure: { code, message, cure, kind: ERRORS[code].kind } };
	}
	if (error instanceof Failure) {
		const { code, message, cure } = error;
		return { kind: 'files-failure', code, message, cure };
	}
	const { message, stack } = error instanceof Error ? error : new Error(String(error));
	return { kind: 'bug', message, stack: stack ?? '' };
}

process.once('message', async (job: ChildJob) => {
	const last = await segmentJob(job).then(
		(result): ChildMessage => ({ kind: 'done', result }),
		(error: unknown) => messageOf(error),
	);
	tell(last, () => process.disconnect());
});
// Nobody waits any more: the command was killed.
process.once('disconnect', () => process.exit());
