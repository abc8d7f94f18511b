import type { Run } from '@meshwright/engine';
import { TASK_TYPES } from '../tasks/catalogue.ts';
import type { OutputFile, TaskType } from '../tasks/task.ts';

/** What a task type does: a model's bytes in, files out. Runs in a child process, and knows nothing of tasks. */
export type Handler = (job: Job, run: Run) => Promise<HandlerResult>;

export type Job = {
	readonly bytes: Uint8Array;
	/** File name that the user gave the model, '' when unknown. */
	readonly name: string;
	readonly options: Readonly<Record<string, unknown>>;
	/** Prefix of part names, unless the options say otherwise. */
	readonly partPrefix: string;
};

export type HandlerResult = {
	readonly outputs: readonly (Omit<OutputFile, 'key' | 'bytes'> & { readonly bytes: Uint8Array })[];
	/** Plain JSON. */
	readonly report: object;
};

/** The handler of a type, loaded only where it runs: the server itself never loads the engine. */
export type HandlerEntry = { readonly type: TaskType; readonly load: () => Promise<Handler> };

export const HANDLERS: readonly HandlerEntry[] = [
	{ type: 'import_model', load: async () => (await import('./import-model.ts')).importModel },
	{ type: 'mesh_segmentation', load: async () => (await import('./segment-mesh.ts')).segmentMesh },
	{ type: 'mesh_completion', load: async () => (await import('./complete-mesh.ts')).completeMesh },
	{ type: 'highpoly_to_lowpoly', load: async () => (await import('./lowpoly-mesh.ts')).lowpolyMesh },
];

/** @throws When a task type has no handler, or more than one. */
export function checkHandlers(handlers: readonly HandlerEntry[]): void {
	for (const type of TASK_TYPES) {
		const count = handlers.filter((entry) => entry.type === type).length;
		if (count !== 1) throw new Error(`task type ${type} has ${count} handlers instead of one`);
	}
}
