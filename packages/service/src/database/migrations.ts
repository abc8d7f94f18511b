import type { Kysely, Migration } from 'kysely';
import { sql } from 'kysely';

/**
 * What made the tables what they are, in order. A migration that was released is never changed: another one follows it.
 * Written in the SQL that SQLite and PostgreSQL share (`bigint` has INTEGER affinity in SQLite).
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
	'0001-keys-credits-tasks-uploads': { up: createFirstTables },
};

async function createFirstTables(db: Kysely<unknown>): Promise<void> {
	await db.schema
		.createTable('api_key')
		.addColumn('id', 'text', (c) => c.primaryKey())
		.addColumn('name', 'text', (c) => c.notNull())
		.addColumn('prefix', 'text', (c) => c.notNull())
		.addColumn('secret_hash', 'text', (c) => c.notNull().unique())
		.addColumn('created_at', 'bigint', (c) => c.notNull())
		.addColumn('revoked_at', 'bigint')
		.addColumn('balance', 'bigint', (c) => c.notNull().check(sql`balance >= 0`))
		.addColumn('frozen', 'bigint', (c) => c.notNull().check(sql`frozen >= 0`))
		.execute();

	await db.schema
		.createTable('task')
		.addColumn('id', 'text', (c) => c.primaryKey())
		.addColumn('key_id', 'text', (c) => c.notNull().references('api_key.id'))
		.addColumn('surface', 'text', (c) => c.notNull())
		.addColumn('type', 'text', (c) => c.notNull())
		.addColumn('input', 'text', (c) => c.notNull())
		.addColumn('options', 'text', (c) => c.notNull())
		.addColumn('source_kind', 'text', (c) => c.notNull())
		.addColumn('source_ref', 'text', (c) => c.notNull())
		.addColumn('source_key', 'text')
		.addColumn('source_name', 'text', (c) => c.notNull())
		.addColumn('source_bytes', 'bigint')
		.addColumn('idempotency_key', 'text')
		.addColumn('fingerprint', 'text', (c) => c.notNull())
		.addColumn('price', 'bigint', (c) => c.notNull().check(sql`price >= 0`))
		.addColumn('status', 'text', (c) => c.notNull())
		.addColumn('progress', 'integer', (c) => c.notNull())
		.addColumn('step', 'text', (c) => c.notNull())
		.addColumn('created_at', 'bigint', (c) => c.notNull().unique())
		.addColumn('started_at', 'bigint')
		.addColumn('finished_at', 'bigint')
		.addColumn('expires_at', 'bigint')
		.addColumn('purged_at', 'bigint')
		.addColumn('attempt', 'integer', (c) => c.notNull())
		.addColumn('lease', 'text')
		.addColumn('outputs', 'text')
		.addColumn('report', 'text')
		.addColumn('error', 'text')
		.addUniqueConstraint('task_idempotency', ['key_id', 'idempotency_key'])
		.execute();
	await db.schema.createIndex('task_by_status').on('task').columns(['status', 'created_at']).execute();
	await db.schema.createIndex('task_by_key').on('task').columns(['key_id', 'created_at']).execute();
	await db.schema.createIndex('task_by_source').on('task').columns(['source_ref', 'status']).execute();

	await db.schema
		.createTable('ledger')
		.addColumn('id', 'text', (c) => c.primaryKey())
		.addColumn('key_id', 'text', (c) => c.notNull().references('api_key.id'))
		.addColumn('task_id', 'text', (c) => c.references('task.id'))
		.addColumn('kind', 'text', (c) => c.notNull())
		.addColumn('balance_change', 'bigint', (c) => c.notNull())
		.addColumn('frozen_change', 'bigint', (c) => c.notNull())
		.addColumn('created_at', 'bigint', (c) => c.notNull())
		.addUniqueConstraint('ledger_task_kind', ['task_id', 'kind'])
		.execute();
	await db.schema.createIndex('ledger_by_key').on('ledger').column('key_id').execute();
	// A held amount goes one way only: captured or released, never both.
	await sql`create unique index ledger_settled_once on ledger (task_id) where kind in ('capture', 'release')`.execute(
		db,
	);

	await db.schema
		.createTable('upload')
		.addColumn('token', 'text', (c) => c.primaryKey())
		.addColumn('key_id', 'text', (c) => c.notNull().references('api_key.id'))
		.addColumn('name', 'text', (c) => c.notNull())
		.addColumn('bytes', 'bigint', (c) => c.notNull())
		.addColumn('sha256', 'text', (c) => c.notNull())
		.addColumn('created_at', 'bigint', (c) => c.notNull())
		.addColumn('stored_at', 'bigint')
		.addColumn('expired_at', 'bigint')
		.execute();
	await db.schema.createIndex('upload_by_time').on('upload').column('created_at').execute();

	await db.schema
		.createTable('setting')
		.addColumn('name', 'text', (c) => c.primaryKey())
		.addColumn('value', 'text', (c) => c.notNull())
		.execute();
}
