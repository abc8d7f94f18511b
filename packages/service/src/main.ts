import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Config, type ConfigFile, checkConfig, readConfig } from './config.ts';
import { lockDirectory } from './database/lock.ts';
import type { Database } from './database/schema.ts';
import { settingOrNew } from './database/settings.ts';
import { openSqlite } from './database/sqlite.ts';
import { openInProcessQueue } from './queue/in-process.ts';
import { openDirectory } from './storage/directory.ts';
import { openAttempts } from './tasks/attempts.ts';
import type { Backend, Keys } from './tasks/backend.ts';
import { Changes } from './tasks/changes.ts';
import { expireFiles } from './tasks/expire.ts';
import { openFiles } from './tasks/files.ts';
import type { House } from './tasks/house.ts';
import { openKeys } from './tasks/keys.ts';
import { openTasks } from './tasks/tasks.ts';
import { openUploads } from './tasks/uploads.ts';
import { download } from './worker/download.ts';
import { checkHandlers, type HandlerEntry } from './worker/handlers.ts';
import { startWorker } from './worker/worker.ts';

export type { Config, ConfigFile } from './config.ts';
export type { Backend, Balance, Key, Keys } from './tasks/backend.ts';

export type ServeOptions = {
	/** Everything the server keeps; made when it is not there. One server at a time. */
	readonly dataDir: string;
	/** Configuration file instead of `meshwright.json` in the data directory. */
	readonly configFile?: string;
	/** Values that go before those of the file. */
	readonly overrides?: ConfigFile;
	/** Folder of the built page; default: no page. */
	readonly pageDir?: string;
	/** Told what went wrong where nobody waits for an answer. Default: a line on stderr. */
	readonly onError?: (error: unknown) => void;
};

export type RunningServer = {
	/** Where it listens: `http://127.0.0.1:8080`. */
	readonly url: string;
	/** Secret of the key that a first start makes; it is shown nowhere else. */
	readonly firstSecret: string | undefined;
	/** Refuses new requests, lets running ones and running tasks end, closes the stores. */
	close(): Promise<void>;
};

/**
 * Starts the service.
 *
 * @throws When the configuration is wrong, the data directory is in use, or the address is taken.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
	const { dataDir, overrides = {} } = options;
	const config = checkConfig({ ...readConfig(dataDir, options.configFile), ...overrides }, 'the configuration');
	const backend = await openBackend({ dataDir, config, ...(options.onError && { onError: options.onError }) });
	try {
		const firstSecret = await makeFirstKey(backend.keys, config);
		const [{ createServer }, { servePage }] = await Promise.all([import('./api/server.ts'), import('./api/page.ts')]);
		const server = await createServer(backend);
		if (options.pageDir !== undefined) await servePage(server, options.pageDir);
		await server.listen({ host: config.host, port: config.port });
		const { port } = server.server.address() as AddressInfo;
		const host = config.host.includes(':') ? `[${config.host}]` : config.host;
		return {
			url: `${config.tls ? 'https' : 'http'}://${host}:${port}`,
			firstSecret,
			async close() {
				await server.close();
				await backend.close();
			},
		};
	} catch (error) {
		await backend.close();
		throw error;
	}
}

/** Closes a server at SIGTERM or SIGINT and resolves when that is done; another signal meanwhile ends the process. */
export async function closeOnSignal(server: RunningServer): Promise<void> {
	await new Promise<void>((resolve) => {
		const signals = ['SIGTERM', 'SIGINT'] as const;
		const heard = (): void => {
			for (const signal of signals) process.off(signal, heard);
			resolve();
		};
		for (const signal of signals) process.on(signal, heard);
	});
	await server.close();
}

export type BackendOptions = {
	readonly dataDir: string;
	readonly config: Config;
	/** ms since 1970. Default: the clock. */
	readonly now?: () => number;
	/** URL of the module whose HANDLERS the children use. Default: the shipped ones. */
	readonly handlers?: URL;
	readonly onError?: (error: unknown) => void;
};

/**
 * Opens everything behind the doors, with the embedded adapters: SQLite, a directory, a queue in this process. What an
 * earlier server left running is queued again.
 *
 * @returns The backend; `expire` deletes at once the files whose time is over (it happens by itself every minute).
 */
export async function openBackend(options: BackendOptions): Promise<Backend & { expire(): Promise<void> }> {
	const { dataDir, config, now = Date.now, onError = writeError } = options;
	const handlers = options.handlers ?? new URL(`./worker/handlers${import.meta.url.slice(-3)}`, import.meta.url);
	checkHandlers(((await import(handlers.href)) as { HANDLERS: readonly HandlerEntry[] }).HANDLERS);

	await mkdir(dataDir, { recursive: true, mode: 0o700 });
	const lock = lockDirectory(dataDir);
	let db: Database | undefined;
	try {
		db = await openSqlite(join(dataDir, DATABASE_FILE));
		const storage = await openDirectory(join(dataDir, 'files'));
		const workDir = join(dataDir, 'work');
		await rm(workDir, { recursive: true, force: true });
		const house: House = { db, storage, config, now, changes: new Changes(), onError };

		const secret = Buffer.from(
			await settingOrNew(db, 'secret', () => randomBytes(32).toString('base64url')),
			'base64url',
		);
		const secretFor = (purpose: string): Buffer => createHmac('sha256', secret).update(purpose).digest();
		const attempts = openAttempts(house);
		for (const key of await attempts.recover()) await storage.delete(key);
		await expireFiles(house);

		const queue = openInProcessQueue({ concurrency: config.worker.concurrency, onError });
		const worker = startWorker({ house, attempts, workDir, handlers: handlers.href, download }, queue);
		const expiry = setInterval(() => expireFiles(house).catch(onError), EXPIRY_INTERVAL_MS).unref();

		return {
			config,
			secretFor,
			keys: openKeys(house),
			tasks: openTasks(house, queue.wake),
			uploads: openUploads(house),
			files: openFiles(house, secretFor('result links')),
			expire: () => expireFiles(house),
			async close() {
				clearInterval(expiry);
				await worker.stop();
				await house.db.destroy();
				lock.release();
			},
		};
	} catch (error) {
		await db?.destroy();
		lock.release();
		throw error;
	}
}

/** The keys of a data directory, for a tool beside the server: needs no lock, and the server sees every change at once. */
export async function openKeyring(dataDir: string): Promise<{ keys: Keys; close(): Promise<void> }> {
	await mkdir(dataDir, { recursive: true, mode: 0o700 });
	const db = await openSqlite(join(dataDir, DATABASE_FILE));
	return { keys: openKeys({ db, now: Date.now }), close: () => db.destroy() };
}

const DATABASE_FILE = 'meshwright.sqlite';
const EXPIRY_INTERVAL_MS = 60_000;

async function makeFirstKey(keys: Keys, config: Config): Promise<string | undefined> {
	if ((await keys.list()).length > 0) return undefined;
	const { secret } = await keys.create({ name: 'first', credits: config.firstGrant });
	return secret;
}

function writeError(error: unknown): void {
	process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
}
