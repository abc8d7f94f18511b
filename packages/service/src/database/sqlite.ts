import SqliteFile from 'better-sqlite3';
import { CompiledQuery, type DatabaseConnection, Kysely, Migrator, SqliteDialect, SqliteDriver } from 'kysely';
import { OperatorError } from '../config.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Database, Schema } from './schema.ts';

/**
 * Opens the embedded database, makes the file when there is none, and brings its tables up to date.
 *
 * A commit is on the disk when it returns (WAL, synchronous=FULL). One connection, and a transaction begins with the
 * write lock, so that what a transaction has counted nobody else can change before it commits.
 *
 * @param path Of the file; its folder must be there.
 * @throws {OperatorError} `database-newer`: written by a newer version of this program.
 * @throws When the file is no database.
 */
export async function openSqlite(path: string): Promise<Database> {
	const file = new SqliteFile(path, { timeout: BUSY_TIMEOUT_MS });
	file.pragma('journal_mode = WAL');
	file.pragma('synchronous = FULL');
	file.pragma('foreign_keys = ON');
	const db = new Kysely<Schema>({ dialect: new WriteLockFirst({ database: file }) });
	const { error } = await new Migrator({
		db,
		provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
	}).migrateToLatest();
	if (error) {
		await db.destroy();
		const { message } = error as Error;
		// Kysely's words for a migration in the file that this program does not know.
		if (message.startsWith('corrupted migrations')) {
			throw new OperatorError('database-newer', `the database ${path} was written by a newer version: ${message}`, {
				cause: error,
			});
		}
		throw new Error(`the database ${path} cannot be brought up to date: ${message}`, { cause: error });
	}
	return db;
}

/** How long a tool beside the server waits for the server's commit, and the server for the tool's. */
const BUSY_TIMEOUT_MS = 5000;

/** `begin` takes no lock until the first write, which then fails when another process wrote since the first read. */
class WriteLockFirst extends SqliteDialect {
	readonly #config: ConstructorParameters<typeof SqliteDialect>[0];

	constructor(config: ConstructorParameters<typeof SqliteDialect>[0]) {
		super(config);
		this.#config = config;
	}

	override createDriver(): SqliteDriver {
		return new WriteLockFirstDriver(this.#config);
	}
}

class WriteLockFirstDriver extends SqliteDriver {
	override async beginTransaction(connection: DatabaseConnection): Promise<void> {
		await connection.executeQuery(CompiledQuery.raw('begin immediate'));
	}
}
