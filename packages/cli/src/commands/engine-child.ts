import { ERRORS, MeshError, type Model, type Run, readModel } from '@meshwright/engine';
import { readInput, resourcesBeside } from '../files/read-files.ts';
import { type EngineFailure, Failure } from '../terminal/failure.ts';

/**
 * The process that runs a verb, so that the terminal stays alive beside it: the engine is one long computation, and a
 * process that computes hears no Ctrl-C. It writes no files; ending it at any moment leaves nothing behind.
 *
 * Not a thread: a model that exhausts the memory ends this process, and the command can still say so.
 */
export type ChildJob = {
	readonly verb: Verb;
	/** Where the model is read from; `-` is standard input. */
	readonly path: string;
	/** What the verb's own module makes of it. */
	readonly settings: object;
};

export type Verb = keyof typeof VERBS;

export type ChildMessage =
	| { readonly kind: 'progress'; readonly step: string; readonly fraction: number }
	| { readonly kind: 'done'; readonly result: object }
	| { readonly kind: 'engine-failure'; readonly failure: EngineFailure }
	| { readonly kind: 'files-failure'; readonly code: string; readonly message: string; readonly cure: string }
	| { readonly kind: 'bug'; readonly message: string; readonly stack: string };

/** What a verb does with a model that was read: plain data that can be sent to another process. */
export type VerbJob = (model: Model, settings: never, run: Run) => Promise<object>;

const VERBS = {
	segment: async (): Promise<VerbJob> => (await import('./segment-job.ts')).segmentJob,
	complete: async (): Promise<VerbJob> => (await import('./complete-job.ts')).completeJob,
	lowpoly: async (): Promise<VerbJob> => (await import('./lowpoly-job.ts')).lowpolyJob,
};

/** Share of the run that reading takes, measured on the generated models. */
const READING = 0.1;

const tell = (message: ChildMessage, done = (): void => undefined): void => void process.send!(message, done);

async function run({ verb, path, settings }: ChildJob): Promise<object> {
	tell({ kind: 'progress', step: 'read model', fraction: 0 });
	const job = await VERBS[verb]();
	const model = await readModel(readInput(path), { name: path, resources: resourcesBeside(path) });
	return job(model, settings as never, { onProgress: toldNowAndThen() });
}

/** A message takes 0.1 ms, and some steps have thousands to tell. */
const TOLD_EVERY_MS = 40;

/** Tells a new step at once, and the way through a step now and then. */
function toldNowAndThen(): NonNullable<Run['onProgress']> {
	let told = '';
	let toldAt = 0;
	return ({ step, fraction }) => {
		const now = performance.now();
		if (step === told && now - toldAt < TOLD_EVERY_MS) return;
		told = step;
		toldAt = now;
		tell({ kind: 'progress', step, fraction: READING + (1 - READING) * fraction });
	};
}

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
	const last = await run(job).then(
		(result): ChildMessage => ({ kind: 'done', result }),
		(error: unknown) => messageOf(error),
	);
	tell(last, () => process.disconnect());
});
// Nobody waits any more: the command was killed.
process.once('disconnect', () => process.exit());
