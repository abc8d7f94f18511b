import type { TaskStatus } from './task.ts';

/** That a committed transaction changed a task. Who wants to know more than its status looks it up. */
export type Change = { readonly taskId: string; readonly keyId: string; readonly status: TaskStatus };

/** Tells everybody in this process about changes of tasks, in the order in which they were committed. */
export class Changes {
	readonly #listeners = new Set<(change: Change) => void>();

	tell(change: Change): void {
		for (const listener of this.#listeners) listener(change);
	}

	/** @returns What ends it. */
	listen(listener: (change: Change) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}
}
