import { randomUUID } from 'node:crypto';
import { capture, release } from '../credits/ledger.ts';
import type { Transaction } from '../database/schema.ts';
import type { House } from './house.ts';
import type { TaskRow } from './row.ts';
import type { OutputFile, TaskFailure, TaskStatus, TaskType } from './task.ts';

/** The right to work on a task, once. Whoever comes with an outdated one changes nothing. */
export type Claim = {
	readonly taskId: string;
	readonly keyId: string;
	readonly type: TaskType;
	readonly options: Readonly<Record<string, unknown>>;
	/** Place of the source in storage, or a URL to fetch it from. */
	readonly source: { readonly key: string } | { readonly url: string };
	readonly sourceName: string;
	/** Counts from 1. */
	readonly attempt: number;
	readonly lease: string;
};

/** What a worker may do to a task. All but `claim` return false when the claim is outdated: nothing was changed then. */
export type Attempts = {
	/** Takes the oldest queued task. */
	claim(): Promise<Claim | undefined>;
	progress(claim: Claim, at: { step: string; fraction: number }): Promise<boolean>;
	/** Notes the size of a source that had to be fetched first. */
	measured(claim: Claim, sourceBytes: number): Promise<boolean>;
	/** Publishes the outputs and takes the credits. */
	finish(claim: Claim, result: { outputs: readonly OutputFile[]; report: object }): Promise<boolean>;
	/** Ends the task and gives the credits back. */
	fail(claim: Claim, failure: TaskFailure): Promise<boolean>;
	/** Queues the task again; an attempt that is not its fault is not counted. */
	putBack(claim: Claim, options: { counted: boolean }): Promise<boolean>;
	/**
	 * After a start: queues what the last server left running, or fails it with `interrupted` when its attempts are used
	 * up. Only for who alone has the data directory. Returns where their unpublished files may lie.
	 */
	recover(): Promise<readonly string[]>;
};

/** Where an attempt keeps its outputs: another place for each, so that a late one never touches what is published. */
export const resultsKey = ({ taskId, lease }: Pick<Claim, 'taskId' | 'lease'>): string => `results/${taskId}/${lease}`;

export function openAttempts({ db, config, now, changes }: House): Attempts {
	const tell = ({ taskId, keyId }: Claim, status: TaskStatus): void => changes.tell({ taskId, keyId, status });

	/** Changes the task of a claim, with what `also` does, if the claim still holds. */
	async function whileHeld(
		claim: Claim,
		set: Partial<Columns>,
		also?: (tx: Transaction, task: { price: number }) => Promise<void>,
	): Promise<boolean> {
		const changed = await db.transaction().execute(async (tx) => {
			const row = await tx
				.updateTable('task')
				.set(set)
				.where('id', '=', claim.taskId)
				.where('lease', '=', claim.lease)
				.where('status', '=', 'running')
				.returning('price')
				.executeTakeFirst();
			if (row) await also?.(tx, row);
			return row !== undefined;
		});
		if (changed) tell(claim, set.status ?? 'running');
		return changed;
	}

	const back = { status: 'queued', lease: null, started_at: null, progress: 0, step: '' } satisfies Partial<Columns>;

	return {
		async claim() {
			const row = await db
				.updateTable('task')
				.set((e) => ({
					status: 'running',
					attempt: e('attempt', '+', 1),
					lease: randomUUID(),
					started_at: now(),
				}))
				.where('id', '=', (e) =>
					e.selectFrom('task').select('id').where('status', '=', 'queued').orderBy('created_at').limit(1),
				)
				.returningAll()
				.executeTakeFirst();
			if (!row) return undefined;
			const claim: Claim = {
				taskId: row.id,
				keyId: row.key_id,
				type: row.type as TaskType,
				options: JSON.parse(row.options) as Claim['options'],
				source: row.source_key === null ? { url: row.source_ref } : { key: row.source_key },
				sourceName: row.source_name,
				attempt: row.attempt,
				lease: row.lease!,
			};
			tell(claim, 'running');
			return claim;
		},

		progress: (claim, { step, fraction }) =>
			whileHeld(claim, { step, progress: Math.min(99, Math.floor(fraction * 100)) }),

		measured: (claim, sourceBytes) => whileHeld(claim, { source_bytes: sourceBytes }),

		finish(claim, { outputs, report }) {
			const set = {
				...ended('success', now()),
				progress: 100,
				expires_at: now() + config.fileLifetimeSeconds * 1000,
				outputs: JSON.stringify(outputs),
				report: JSON.stringify(report),
			};
			return whileHeld(claim, set, (tx, { price }) =>
				capture(tx, { keyId: claim.keyId, taskId: claim.taskId, credits: price, now: now() }),
			);
		},

		fail(claim, failure) {
			const set = { ...ended('failed', now()), error: JSON.stringify(failure) };
			return whileHeld(claim, set, (tx, { price }) =>
				release(tx, { keyId: claim.keyId, taskId: claim.taskId, credits: price, now: now() }),
			);
		},

		putBack: (claim, { counted }) => whileHeld(claim, counted ? back : { ...back, attempt: claim.attempt - 1 }),

		async recover() {
			const places: string[] = [];
			const left = await db.selectFrom('task').selectAll().where('status', '=', 'running').execute();
			for (const row of left) {
				places.push(resultsKey({ taskId: row.id, lease: row.lease! }));
				await db.transaction().execute(async (tx) => {
					const usedUp = row.attempt >= config.worker.attempts;
					const set = usedUp ? { ...ended('failed', now()), error: JSON.stringify(INTERRUPTED) } : back;
					await tx.updateTable('task').set(set).where('id', '=', row.id).execute();
					if (usedUp) await release(tx, { keyId: row.key_id, taskId: row.id, credits: row.price, now: now() });
				});
			}
			return places;
		},
	};
}

const INTERRUPTED: TaskFailure = {
	code: 'interrupted',
	message: 'the server stopped while it worked on this task, more often than it tries again',
	cure: 'Create the task again.',
};

type Columns = Omit<TaskRow, 'status'> & { readonly status: TaskStatus };

/** The columns of a task that has come to its end. */
export const ended = (status: TaskStatus, now: number) => ({ status, finished_at: now, lease: null });
