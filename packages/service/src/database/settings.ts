import type { Database } from './schema.ts';

/** A value that is made once and kept for the life of the database; who comes second gets what the first one kept. */
export async function settingOrNew(db: Database, name: string, make: () => string): Promise<string> {
	await db
		.insertInto('setting')
		.values({ name, value: make() })
		.onConflict((c) => c.column('name').doNothing())
		.execute();
	const row = await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirstOrThrow();
	return row.value;
}
