import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '@meshwright/engine';
import { sharpCodec } from '../codecs.ts';
import type { HandlerEntry, HandlerResult } from './handlers.ts';
import { type ChildMessage, type ChildOutput, INPUT_FILE, JOB_FILE, type JobFile } from './protocol.ts';

/*
 * One attempt at one task, in a process of its own: reads the job from the directory it is started with, writes the
 * outputs there, tells the server by messages. It knows no database and no storage; killed at any moment, it leaves
 * nothing but its directory.
 */

const dir = process.argv[2]!;
const server = process.ppid;
process.on('disconnect', () => process.exit(1));

try {
	const job = JSON.parse(await readFile(join(dir, JOB_FILE), 'utf8')) as JobFile;
	const { HANDLERS } = (await import(job.handlers)) as { HANDLERS: readonly HandlerEntry[] };
	const handler = await HANDLERS.find(({ type }) => type === job.type)!.load();
	const result = await handler(
		{
			bytes: await readFile(join(dir, INPUT_FILE)),
			name: job.name,
			options: job.options,
			partPrefix: job.partPrefix,
			codec: sharpCodec({ maxPixels: job.maxPixels }),
		},
		watchedRun(),
	);
	say({ kind: 'done', outputs: await writeOutputs(result), report: result.report });
} catch (error) {
	say({ kind: 'failed', failure: failureOf(error as Error) });
}
process.disconnect();

function say(message: ChildMessage): void {
	process.send!(message);
}

/** Tells a new step at once, and the way through a step a few times a second. */
function watchedRun(): Run {
	let lastStep = '';
	let lastTime = 0;
	return {
		onProgress({ step, fraction }) {
			const time = performance.now();
			if (step === lastStep && time - lastTime < PROGRESS_INTERVAL_MS) return;
			lastStep = step;
			lastTime = time;
			say({ kind: 'progress', step, fraction });
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
