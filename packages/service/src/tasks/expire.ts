import type { ExpressionBuilder } from 'kysely';
import type { Schema } from '../database/schema.ts';
import type { House } from './house.ts';
import type { TaskStatus } from './task.ts';
import { uploadKey } from './uploads.ts';

/**
 * Deletes the files of tasks and uploads whose time is over; such tasks become `expired`. What an open task still needs
 * stays until that one is done. Marked first, deleted then, noted last: a crash in between leaves no file behind.
 */
export async function expireFiles({ db, storage, config, now, changes }: House): Promise<void> {
	const lapsed = await db
		.updateTable('task')
		.set({ status: 'expired' satisfies TaskStatus })
		.where('status', '=', 'success')
		.where('expires_at', '<=', now())
		.where((e) => noOpenTaskFrom(e, 'task.id'))
		.returning(['id as taskId', 'key_id as keyId'])
		.execute();
	for (const { taskId, keyId } of lapsed) changes.tell({ taskId, keyId, status: 'expired' });

	const toPurge = await db
		.selectFrom('task')
		.select('id')
		.where('status', '=', 'expired')
		.where('purged_at', 'is', null)
		.execute();
	for (const { id } of toPurge) {
		await storage.delete(`results/${id}`);
		await db.updateTable('task').set({ purged_at: now() }).where('id', '=', id).execute();
	}

	await db
		.updateTable('upload')
		.set({ expired_at: now() })
		.where('expired_at', 'is', null)
		.where('created_at', '<=', now() - config.fileLifetimeSeconds * 1000)
		.where((e) => noOpenTaskFrom(e, 'upload.token'))
		.execute();
	const toDrop = await db.selectFrom('upload').select('token').where('expired_at', 'is not', null).execute();
	for (const { token } of toDrop) {
		await storage.delete(uploadKey(token));
		await db.deleteFrom('upload').where('token', '=', token).execute();
	}
}

const OPEN: readonly TaskStatus[] = ['queued', 'running'];

function noOpenTaskFrom(e: ExpressionBuilder<Schema, 'task' | 'upload'>, source: 'task.id' | 'upload.token') {
	const open = e
		.selectFrom('task as open')
		.select('open.id')
		.whereRef('open.source_ref', '=', source)
		.where('open.status', 'in', OPEN);
	return e.not(e.exists(open));
}
