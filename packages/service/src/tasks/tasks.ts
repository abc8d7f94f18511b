import { release } from '../credits/ledger.ts';
import { ended } from './attempts.ts';
import { Refusal, type Tasks } from './backend.ts';
import { createTask } from './create.ts';
import { openEstimate } from './estimate.ts';
import type { House } from './house.ts';
import { type TaskRow, taskOf } from './row.ts';
import type { Task, TaskStatus } from './task.ts';

/** The tasks of all keys. `wake`: called when a task begins to wait. */
export function openTasks(house: House, wake: () => void): Tasks {
	const { db, now, changes } = house;
	const estimate = openEstimate(house);
	const withOutlook = async (row: TaskRow): Promise<Task> => taskOf(row, await estimate.outlook(row));

	const rowOf = (keyId: string, taskId: string) =>
		db.selectFrom('task').selectAll().where('id', '=', taskId).where('key_id', '=', keyId).executeTakeFirst();

	async function get(keyId: string, taskId: string): Promise<Task | undefined> {
		const row = await rowOf(keyId, taskId);
		return row && withOutlook(row);
	}

	/** When the oldest open task of this type will make room. */
	async function secondsUntilRoom(keyId: string, type: string): Promise<number> {
		const oldest = await db
			.selectFrom('task')
			.selectAll()
			.where('key_id', '=', keyId)
			.where('type', '=', type)
			.where('status', 'in', ['queued', 'running'] satisfies TaskStatus[])
			.orderBy('created_at')
			.executeTakeFirst();
		if (!oldest) return 1;
		return Math.max(1, Math.ceil((await estimate.outlook(oldest)).remainingMs / 1000));
	}

	return {
		get,

		async create(keyId, task) {
			try {
				const { row, isNew } = await createTask(house, keyId, task);
				if (isNew) {
					changes.tell({ taskId: row.id, keyId, status: 'queued' });
					wake();
				}
				return await withOutlook(row);
			} catch (error) {
				if (!(error instanceof Refusal) || error.code !== 'too-many-tasks') throw error;
				throw new Refusal(error.code, error.message, await secondsUntilRoom(keyId, task.type));
			}
		},

		async list(keyId, { limit, before = Number.MAX_SAFE_INTEGER }) {
			const rows = await db
				.selectFrom('task')
				.selectAll()
				.where('key_id', '=', keyId)
				.where('created_at', '<', before)
				.orderBy('created_at', 'desc')
				.limit(limit)
				.execute();
			const tasks: Task[] = [];
			for (const row of rows) tasks.push(await withOutlook(row));
			return tasks;
		},

		/** It is cancelled when this returns; a worker that has it learns of it by the change, and its claim is void. */
		async cancel(keyId, taskId) {
			const cancelled = await db.transaction().execute(async (tx) => {
				const row = await tx
					.updateTable('task')
					.set(ended('cancelled', now()))
					.where('id', '=', taskId)
					.where('key_id', '=', keyId)
					.where('status', 'in', ['queued', 'running'] satisfies TaskStatus[])
					.returning('price')
					.executeTakeFirst();
				if (row) await release(tx, { keyId, taskId, credits: row.price, now: now() });
				return row !== undefined;
			});
			if (cancelled) changes.tell({ taskId, keyId, status: 'cancelled' });
			return get(keyId, taskId);
		},

		/** One look after the other, so that no task is told older than it was told before. */
		watch(keyId, listener) {
			let looks: Promise<void> = Promise.resolve();
			let watching = true;
			const unlisten = changes.listen((change) => {
				if (change.keyId !== keyId) return;
				looks = looks
					.then(() => get(keyId, change.taskId))
					.then((task) => {
						if (task && watching) listener(task);
					})
					.catch(house.onError);
			});
			return () => {
				watching = false;
				unlisten();
			};
		},
	};
}
