import type { Selectable } from 'kysely';
import type { Schema } from '../database/schema.ts';
import type { OutputFile, Task, TaskFailure } from './task.ts';
import { isFinal } from './task.ts';

/** A task as it lies in its table. */
export type TaskRow = Selectable<Schema['task']>;

/** What is not in the row: it depends on the other tasks and on the clock. */
export type Outlook = { readonly queuePosition: number; readonly remainingMs: number };

/** The task of a row. */
export function taskOf(row: TaskRow, outlook: Outlook): Task {
	const status = row.status as Task['status'];
	const succeeded = status === 'success' || status === 'expired';
	return {
		id: row.id,
		keyId: row.key_id,
		surface: row.surface as Task['surface'],
		type: row.type as Task['type'],
		input: JSON.parse(row.input) as Task['input'],
		status,
		progress: row.progress,
		step: row.step,
		createdAt: row.created_at,
		startedAt: row.started_at,
		finishedAt: row.finished_at,
		expiresAt: row.expires_at,
		...outlook,
		consumed: succeeded ? row.price : 0,
		held: isFinal(status) ? 0 : row.price,
		outputs: status === 'success' ? outputsOf(row) : [],
		report: row.report === null ? null : (JSON.parse(row.report) as Record<string, unknown>),
		error: row.error === null ? null : (JSON.parse(row.error) as TaskFailure),
	};
}

/** The files that a row names, whether or not they are still there. */
export const outputsOf = (row: Pick<TaskRow, 'outputs'>): readonly OutputFile[] =>
	row.outputs === null ? [] : (JSON.parse(row.outputs) as OutputFile[]);
