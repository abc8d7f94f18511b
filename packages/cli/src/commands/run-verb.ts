import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, failureOf } from '../terminal/failure.ts';
import type { ProgressLine } from '../terminal/progress-line.ts';
import type { ChildJob, ChildMessage } from './engine-child.ts';

/**
 * Runs a verb in a process of its own and draws its progress. Ctrl-C ends that at once; nothing has been written by then.
 * @returns What the verb's job gave.
 * @throws Failure by the engine's code, of the files, `cancelled`, or `out-of-memory`.
 */
export async function runVerb(job: ChildJob, progress: ProgressLine): Promise<object> {
	// The child's file ends like this one's: `.ts` from source, `.js` from dist.
	const file = fileURLToPath(new URL(`./engine-child${extname(import.meta.url)}`, import.meta.url));
	const child = fork(file, { serialization: 'advanced' });
	let cancel = (): void => undefined;
	try {
		return await new Promise((resolve, reject) => {
			cancel = () => reject(cancelled());
			process.once('SIGINT', cancel);
			child.on('message', (message: ChildMessage) => {
				if (message.kind === 'progress') progress.update(message.step, message.fraction);
				else if (message.kind === 'done') resolve(message.result);
				else reject(errorOf(message));
			});
			child.on('error', reject);
			child.on('exit', (code, signal) => reject(unexpectedEnd(code, signal)));
			child.send(job);
		});
	} finally {
		process.off('SIGINT', cancel);
		child.kill('SIGKILL');
		progress.clear();
	}
}

const cancelled = (): Failure => new Failure('cancelled', 'cancelled', 'stopped by Ctrl-C', 'Nothing to do.');

function errorOf(message: Exclude<ChildMessage, { kind: 'progress' | 'done' }>): Error {
	if (message.kind === 'engine-failure') return failureOf(message.failure);
	if (message.kind === 'files-failure') return new Failure('files', message.code, message.message, message.cure);
	return Object.assign(new Error(message.message), { stack: message.stack });
}

/** A terminal sends Ctrl-C to the child too, which may be the first to end. */
function unexpectedEnd(code: number | null, signal: NodeJS.Signals | null): Error {
	if (signal === 'SIGINT') return cancelled();
	if (signal === 'SIGKILL' || signal === 'SIGABRT') {
		return new Failure(
			'input',
			'out-of-memory',
			`the engine was ended by ${signal}: the model needs more memory than there is`,
			'Reduce the model, or use a machine with more memory.',
		);
	}
	return new Error(`the engine ended with ${signal ?? code} and no result`);
}
