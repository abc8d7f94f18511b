import { parentPort, workerData } from 'node:worker_threads';
import {
	ERRORS,
	faceLabels,
	MeshError,
	readModel,
	type SegmentReport,
	segmentModel,
	writeSeg,
} from '@meshwright/engine';
import { sharpCodec } from '@meshwright/service/codecs';
import { resourcesBeside } from '../files/read-files.ts';
import type { EngineFailure } from '../terminal/failure.ts';
import type { SegmentSettings } from './segment.ts';

/**
 * The thread that segments, so that the terminal stays alive beside it: the engine is one long computation, and a
 * process that computes hears no Ctrl-C. It writes no files; ending it at any moment leaves nothing behind.
 */
export type ThreadJob = {
	/** Where the model was read from: for its format and the files beside it. `-` is standard input. */
	readonly path: string;
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly settings: SegmentSettings;
	readonly wants: { readonly labels: boolean };
};

export type ThreadMessage =
	| { readonly kind: 'progress'; readonly step: string; readonly fraction: number }
	| { readonly kind: 'done'; readonly result: ThreadResult }
	| { readonly kind: 'failed'; readonly failure: EngineFailure }
	| { readonly kind: 'bug'; readonly message: string; readonly stack: string };

export type ThreadResult = {
	readonly format: string;
	readonly glb: Uint8Array;
	readonly picture: Uint8Array;
	/** The label file, when it was asked for. */
	readonly labels: Uint8Array | undefined;
	readonly report: SegmentReport;
};

/** Share of the run that reading takes, measured on the generated models. */
const READING = 0.1;

const tell = (message: ThreadMessage): void => parentPort!.postMessage(message);

async function segmentJob({ path, bytes, settings, wants }: ThreadJob): Promise<ThreadResult> {
	tell({ kind: 'progress', step: 'read model', fraction: 0 });
	const model = await readModel(bytes, { name: path, resources: resourcesBeside(path) });
	const onProgress = ({ step, fraction }: { step: string; fraction: number }): void =>
		tell({ kind: 'progress', step, fraction: READING + (1 - READING) * fraction });
	const { glb, picture, segmentation, report } = await segmentModel(model, settings, {
		codec: sharpCodec(),
		run: { onProgress },
	});
	const labels = wants.labels
		? new TextEncoder().encode(writeSeg(faceLabels(model.mesh, segmentation.partOf)))
		: undefined;
	return { format: model.format, glb, picture, labels, report };
}

try {
	tell({ kind: 'done', result: await segmentJob(workerData as ThreadJob) });
} catch (error) {
	if (error instanceof MeshError) {
		const { code, message, cure } = error;
		tell({ kind: 'failed', failure: { code, message, cure, kind: ERRORS[code].kind } });
	} else {
		const { message, stack } = error instanceof Error ? error : new Error(String(error));
		tell({ kind: 'bug', message, stack: stack ?? '' });
	}
}
