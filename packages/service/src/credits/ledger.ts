import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database/schema.ts';

/**
 * Credits as rows that are added and never changed: granted to a key, held for a task, then captured or released, once.
 * A key's `balance` and `frozen` are the sums of its rows, kept beside it under a check that neither falls below 0.
 */

/** Gives credits to a key. */
export async function grant(tx: Transaction, keyId: string, credits: number, now: number): Promise<void> {
	await enter(tx, { keyId, taskId: null, kind: 'grant', balance: credits, frozen: 0, now });
}

/** Sets credits of a key aside for a task; false, and nothing done, when the key has too few. */
export async function hold(tx: Transaction, of: Entry): Promise<boolean> {
	const { keyId, taskId, credits, now } = of;
	const { balance } = await tx
		.selectFrom('api_key')
		.select('balance')
		.where('id', '=', keyId)
		.executeTakeFirstOrThrow();
	if (balance < credits) return false;
	await enter(tx, { keyId, taskId, kind: 'hold', balance: -credits, frozen: credits, now });
	return true;
}

/** Takes what was held for a task: it is spent. */
export async function capture(tx: Transaction, { keyId, taskId, credits, now }: Entry): Promise<void> {
	await enter(tx, { keyId, taskId, kind: 'capture', balance: 0, frozen: -credits, now });
}

/** Gives back what was held for a task. However many come to release it, it happens once. */
export async function release(tx: Transaction, { keyId, taskId, credits, now }: Entry): Promise<void> {
	await enter(tx, { keyId, taskId, kind: 'release', balance: credits, frozen: -credits, now });
}

export type Entry = {
	readonly keyId: string;
	readonly taskId: string;
	readonly credits: number;
	readonly now: number;
};

type Row = {
	readonly keyId: string;
	readonly taskId: string | null;
	readonly kind: 'grant' | 'hold' | 'capture' | 'release';
	readonly balance: number;
	readonly frozen: number;
	readonly now: number;
};

async function enter(tx: Transaction, { keyId, taskId, kind, balance, frozen, now }: Row): Promise<void> {
	const { numInsertedOrUpdatedRows } = await tx
		.insertInto('ledger')
		.values({
			id: randomUUID(),
			key_id: keyId,
			task_id: taskId,
			kind,
			balance_change: balance,
			frozen_change: frozen,
			created_at: now,
		})
		.onConflict((c) => c.doNothing())
		.executeTakeFirstOrThrow();
	if (numInsertedOrUpdatedRows === 0n) return;
	await tx
		.updateTable('api_key')
		.set((e) => ({ balance: e('balance', '+', balance), frozen: e('frozen', '+', frozen) }))
		.where('id', '=', keyId)
		.executeTakeFirstOrThrow();
}
