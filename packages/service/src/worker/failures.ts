import type { TaskFailure } from '../tasks/task.ts';

/** The failures that are the server's to tell: the child could not. The engine's come with a cure of their own. */

export const REPORT_IT = 'Report it with the model, if you may share that; the server has logged the details.';

export const OUT_OF_MEMORY: TaskFailure = {
	code: 'out-of-memory',
	message: 'the task needed more memory than it may have',
	cure: 'Reduce the model, or raise worker.memoryBytes.',
};

export const timeout = (seconds: number): TaskFailure => ({
	code: 'timeout',
	message: `the task took longer than ${seconds} seconds`,
	cure: 'Reduce the model, or raise worker.timeoutSeconds.',
});

/** @param how In words: `by SIGSEGV`, `with exit code 3`. */
export const crashed = (how: string): TaskFailure => ({
	code: 'crashed',
	message: `the process that worked on the task ended ${how}`,
	cure: REPORT_IT,
});

export const notStored = (reason: string): TaskFailure => ({
	code: 'crashed',
	message: `the server could not do its part of the task: ${reason}`,
	cure: 'Try again later; the operator finds the reason in the log.',
});
