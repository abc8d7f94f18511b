import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import { OperatorError } from '../config.ts';

/**
 * Takes a data directory for this process alone, until `release` or the end of the process.
 *
 * SQLite guards its file, not the dispatcher: a second server on the same directory would requeue the running tasks of
 * the first. The lock is one of the operating system's, held through an empty SQLite file: it ends with the process that
 * holds it, however that ends, so that there are no stale locks to recognise (a file with a process id in it is fooled
 * by a reused id, and by one in another container).
 *
 * @throws {OperatorError} `data-dir-in-use`: another process, or this one, holds the directory.
 */
export function lockDirectory(dir: string): { release(): void } {
	const holderPath = join(dir, 'server.pid');
	const file = new SqliteFile(join(dir, 'server.lock'), { timeout: 0 });
	try {
		file.exec('begin exclusive');
	} catch (error) {
		file.close();
		if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
		throw new OperatorError(
			'data-dir-in-use',
			`the data directory ${dir} is in use by another server (process ${readHolder(holderPath)}): ` +
				'stop that one, or give this one a directory of its own',
			{ cause: error },
		);
	}
	writeFileSync(holderPath, `${process.pid}\n`);
	return { release: () => file.close() };
}

/** For the message only; the lock does not depend on it. */
function readHolder(path: string): string {
	try {
		return readFileSync(path, 'utf8').trim();
	} catch {
		return 'unknown';
	}
}
