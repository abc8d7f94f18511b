import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { capture, type Entry, grant, hold, release } from '../src/credits/ledger.ts';
import type { Database } from '../src/database/schema.ts';
import { settingOrNew } from '../src/database/settings.ts';
import { openSqlite } from '../src/database/sqlite.ts';
import { temporaryDirectory } from './fakes/house.ts';

async function openTestDatabase(path = join(temporaryDirectory(), 'test.sqlite')): Promise<Database> {
	const db = await openSqlite(path);
	onTestFinished(() => db.destroy());
	return db;
}

describe('the database', () => {
	it('keeps what it holds when it is opened again', async () => {
		const path = join(temporaryDirectory(), 'test.sqlite');
		const first = await openSqlite(path);
		expect(await settingOrNew(first, 'colour', () => 'red')).toBe('red');
		await first.destroy();
		expect(await settingOrNew(await openTestDatabase(path), 'colour', () => 'blue')).toBe('red');
	});

	it('is refused when a newer version has changed it', async () => {
		const path = join(temporaryDirectory(), 'test.sqlite');
		const db = await openSqlite(path);
		await db
			.withTables<{ kysely_migration: { name: string; timestamp: string } }>()
			.insertInto('kysely_migration')
			.values({ name: '9999-from-the-future', timestamp: '' })
			.execute();
		await db.destroy();
		await expect(openSqlite(path)).rejects.toThrow('9999-from-the-future');
	});

	it('undoes a transaction that fails, as a whole', async () => {
		const db = await openTestDatabase();
		const failing = db.transaction().execute(async (tx) => {
			await tx.insertInto('setting').values({ name: 'a', value: '1' }).execute();
			throw new Error('no');
		});
		await expect(failing).rejects.toThrow('no');
		expect(await db.selectFrom('setting').selectAll().execute()).toEqual([]);
	});

	it('takes no boolean for a number', async () => {
		const db = await openTestDatabase();
		const value = true as unknown as string;
		await expect(db.insertInto('setting').values({ name: 'a', value }).execute()).rejects.toThrow(/bind/);
	});
});

describe('the ledger', () => {
	/** A key with 100 credits, and a task that costs 30. */
	async function ledger() {
		const db = await openTestDatabase();
		const keyId = randomUUID();
		const taskId = randomUUID();
		const of: Entry = { keyId, taskId, credits: 30, now: 1 };
		await db.transaction().execute(async (tx) => {
			const key = { id: keyId, name: '', prefix: '', secret_hash: keyId, created_at: 1, revoked_at: null };
			await tx
				.insertInto('api_key')
				.values({ ...key, balance: 0, frozen: 0 })
				.execute();
			await grant(tx, keyId, 100, 1);
			await tx
				.insertInto('task')
				.values({ ...TASK, id: taskId, key_id: keyId })
				.execute();
		});
		const run = <T>(act: (tx: Parameters<typeof grant>[0]) => Promise<T>) => db.transaction().execute(act);
		const account = () =>
			db.selectFrom('api_key').select(['balance', 'frozen']).where('id', '=', keyId).executeTakeFirstOrThrow();
		return { db, of, run, account };
	}

	it('holds, then captures', async () => {
		const { of, run, account } = await ledger();
		expect(await run((tx) => hold(tx, of))).toBe(true);
		expect(await account()).toEqual({ balance: 70, frozen: 30 });
		await run((tx) => capture(tx, of));
		expect(await account()).toEqual({ balance: 70, frozen: 0 });
	});

	it('holds, then releases, once', async () => {
		const { of, run, account } = await ledger();
		await run((tx) => hold(tx, of));
		await run((tx) => release(tx, of));
		await run((tx) => release(tx, of));
		expect(await account()).toEqual({ balance: 100, frozen: 0 });
	});

	it('never settles one hold in two ways', async () => {
		const { of, run, account } = await ledger();
		await run((tx) => hold(tx, of));
		await run((tx) => capture(tx, of));
		await run((tx) => release(tx, of));
		expect(await account()).toEqual({ balance: 70, frozen: 0 });
	});

	it('holds nothing that is not there', async () => {
		const { db, of, run, account } = await ledger();
		expect(await run((tx) => hold(tx, { ...of, credits: 101 }))).toBe(false);
		expect(await account()).toEqual({ balance: 100, frozen: 0 });
		await expect(db.updateTable('api_key').set({ balance: -1 }).execute()).rejects.toThrow('CHECK constraint');
	});
});

const TASK = {
	surface: 'tripo-v2',
	type: 'import_model',
	input: '{}',
	options: '{}',
	source_kind: 'url' as const,
	source_ref: 'http://x',
	source_key: null,
	source_name: '',
	source_bytes: null,
	idempotency_key: null,
	fingerprint: '',
	price: 30,
	status: 'queued',
	progress: 0,
	step: '',
	created_at: 1,
	started_at: null,
	finished_at: null,
	expires_at: null,
	purged_at: null,
	attempt: 0,
	lease: null,
	outputs: null,
	report: null,
	error: null,
};
