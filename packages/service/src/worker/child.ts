import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeshError, Run } from '@meshwright/engine';
import type { TaskFailure } from '../tasks/task.ts';
import { OUT_OF_MEMORY, REPORT_IT } from './failures.ts';
import type { HandlerEntry, HandlerResult } from './handlers.ts';
import { type ChildMessage, type ChildOutput, INPUT_FILE, JOB_FILE, type JobFile } from './protocol.ts';

/*
 * One attempt at one task, in a process of its own: reads the job from the directory it is started with, writes the
 * outputs there, tells the server by messages. It knows no database and no storage; killed at any moment, it leaves
 * nothing but its directory.
 */

/** How V8 says that a buffer or a WebAssembly memory could not be had, and how Emscripten does. */
const NO_MEMORY = /allocation failed|allocate memory|instance memory|enlarge memory|out of memory/i;
/** Between two messages of one step. */
const PROGRESS_INTERVAL_MS = 250;

const dir = process.argv[2]!;
process.on('disconnect', () => process.exit(1));
// A service manager sends these to the server's children too; but it is for the server to say when they end.
process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});

let end: ChildMessage;
try {
	const job = JSON.parse(await readFile(join(dir, JOB_FILE), 'utf8')) as JobFile;
	const { HANDLERS } = (await import(job.handlers)) as { HANDLERS: readonly HandlerEntry[] };
	const handler = await HANDLERS.find(({ type }) => type === job.type)!.load();
	const bytes = await readFile(join(dir, INPUT_FILE));
	const result = await handler({ bytes, ...job }, watchedRun(job.server));
	end = { kind: 'done', outputs: await writeOutputs(result), report: result.report };
} catch (error) {
	end = { kind: 'failed', failure: failureOf(error as Error) };
}
process.send!(end, () => process.exit(0));

/** Tells a new step at once, and the way through a step a few times a second. */
function watchedRun(server: number): Run {
	let lastStep = '';
	let lastTime = 0;
	return {
		onProgress({ step, fraction }) {
			const time = performance.now();
			if (step === lastStep && time - lastTime < PROGRESS_INTERVAL_MS) return;
			lastStep = step;
			lastTime = time;
			process.send!({ kind: 'progress', step, fraction } satisfies ChildMessage);
		},
		// A busy process gets no 'disconnect'; but who loses its parent is given another.
		isCancelled: () => process.ppid !== server,
	};
}

async function writeOutputs({ outputs }: HandlerResult): Promise<ChildOutput[]> {
	const written: ChildOutput[] = [];
	for (const { bytes, ...about } of outputs) {
		await writeFile(join(dir, about.name), bytes);
		written.push({ ...about, bytes: bytes.byteLength });
	}
	return written;
}

function failureOf(error: Error): TaskFailure {
	if (isMeshError(error)) return { code: error.code, message: error.message, cure: error.cure };
	if (NO_MEMORY.test(error.message)) return OUT_OF_MEMORY;
	process.stderr.write(`${error.stack}\n`);
	return { code: 'crashed', message: `an error of ours, not of the model: ${error.message}`, cure: REPORT_IT };
}

/** By its name: only handlers load the engine, and each only what it needs. */
function isMeshError(error: Error): error is MeshError {
	return error.name === 'MeshError';
}
