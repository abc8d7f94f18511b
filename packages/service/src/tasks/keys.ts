import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { grant } from '../credits/ledger.ts';
import type { Database, Schema } from '../database/schema.ts';
import type { Key, Keys } from './backend.ts';

/** Keys in the database. A secret has 256 random bits, so a plain hash of it is as good as a slow one. */
export function openKeys({ db, now }: { db: Database; now: () => number }): Keys {
	return {
		async create({ name, credits }) {
			const secret = `tsk_${randomBytes(32).toString('base64url')}`;
			const row = {
				id: randomUUID(),
				name,
				prefix: secret.slice(0, SHOWN_LETTERS),
				secret_hash: hashOf(secret),
				created_at: now(),
				revoked_at: null,
				balance: 0,
				frozen: 0,
			};
			await db.transaction().execute(async (tx) => {
				await tx.insertInto('api_key').values(row).execute();
				await grant(tx, row.id, checkCredits(credits), row.created_at);
			});
			return { key: keyOf(row), secret };
		},

		async find(secret) {
			const row = await db
				.selectFrom('api_key')
				.selectAll()
				.where('secret_hash', '=', hashOf(secret))
				.where('revoked_at', 'is', null)
				.executeTakeFirst();
			return row && keyOf(row);
		},

		async list() {
			const rows = await db.selectFrom('api_key').selectAll().orderBy('created_at').orderBy('id').execute();
			return rows.map((row) => ({ ...keyOf(row), balance: row.balance, frozen: row.frozen }));
		},

		async revoke(id) {
			const { numUpdatedRows } = await db
				.updateTable('api_key')
				.set((e) => ({ revoked_at: e.fn.coalesce('revoked_at', e.val(now())) }))
				.where('id', '=', id)
				.executeTakeFirstOrThrow();
			if (numUpdatedRows === 0n) throw new Error(`there is no key ${id}`);
		},

		async grant(id, credits) {
			checkCredits(credits);
			await db.transaction().execute(async (tx) => {
				const row = await tx.selectFrom('api_key').select('id').where('id', '=', id).executeTakeFirst();
				if (!row) throw new Error(`there is no key ${id}`);
				await grant(tx, id, credits, now());
			});
		},

		async balance(id) {
			const row = await db.selectFrom('api_key').select(['balance', 'frozen']).where('id', '=', id).executeTakeFirst();
			if (!row) throw new Error(`there is no key ${id}`);
			return row;
		},
	};
}

/** `tsk_` and enough to tell one's own keys apart. */
const SHOWN_LETTERS = 10;

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

function checkCredits(credits: number): number {
	if (!Number.isSafeInteger(credits) || credits < 0) throw new Error(`${credits} is no number of credits`);
	return credits;
}

const keyOf = (row: Selectable<Schema['api_key']>): Key => ({
	id: row.id,
	name: row.name,
	prefix: row.prefix,
	createdAt: row.created_at,
	revokedAt: row.revoked_at,
});
