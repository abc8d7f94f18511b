import type { OutputFile, TaskFailure, TaskType } from '../tasks/task.ts';

/** What the server leaves for the child in `job.json` of the attempt's directory. */
export type JobFile = {
	readonly type: TaskType;
	/** File name that the user gave the model, '' when unknown. */
	readonly name: string;
	readonly options: Readonly<Record<string, unknown>>;
	readonly partPrefix: string;
	/** URL of the module that has HANDLERS. */
	readonly handlers: string;
	/** Process id of the server: a child whose parent is another one has lost it. */
	readonly server: number;
};

/** Names inside an attempt's directory. */
export const JOB_FILE = 'job.json';
export const INPUT_FILE = 'input';

/** What the child says. After `done` and `failed` it says nothing more. */
export type ChildMessage =
	| { readonly kind: 'progress'; readonly step: string; readonly fraction: number }
	| { readonly kind: 'done'; readonly outputs: readonly ChildOutput[]; readonly report: object }
	| { readonly kind: 'failed'; readonly failure: TaskFailure };

/** An output that lies in the attempt's directory under its name. */
export type ChildOutput = Omit<OutputFile, 'key'>;
