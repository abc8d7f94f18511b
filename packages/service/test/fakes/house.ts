import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import SqliteFile from 'better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import { type ConfigFile, checkConfig } from '../../src/config.ts';
import { type BackendOptions, openBackend } from '../../src/main.ts';
import type { Backend } from '../../src/tasks/backend.ts';
import type { Task } from '../../src/tasks/task.ts';

/** An empty directory that goes when the test ends. */
export function temporaryDirectory(): string {
	const dir = mkdtempSync(join(tmpdir(), 'meshwright-'));
	onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
	return dir;
}

/** The real house on a directory of its own, with handlers that do what a test asks. It is closed when the test ends. */
export async function testHouse(
	config: ConfigFile = {},
	options: Partial<BackendOptions> = {},
): Promise<{ house: Awaited<ReturnType<typeof openBackend>>; dataDir: string; errors: unknown[] }> {
	const dataDir = options.dataDir ?? temporaryDirectory();
	const errors: unknown[] = [];
	const house = await openBackend({
		config: checkConfig({ ...config, worker: { shutdownSeconds: 0, ...config.worker } }, 'test'),
		handlers: FAKE_HANDLERS,
		onError: (error) => errors.push(error),
		...options,
		dataDir,
	});
	onTestFinished(() => house.close());
	return { house, dataDir, errors };
}

export const FAKE_HANDLERS = new URL('./handlers.ts', import.meta.url);

/** A key with credits. */
export const newKey = async (house: Backend, credits = 1000): Promise<string> =>
	(await house.keys.create({ name: 'test', credits })).key.id;

/** An uploaded file. */
export const newUpload = async (house: Backend, keyId: string, text = 'a model'): Promise<string> =>
	(await house.uploads.put(keyId, { name: 'model.glb', body: Readable.from([Buffer.from(text)]) })).token;

/** The task, as soon as it is as wanted. */
export async function taskWhen(
	house: Backend,
	keyId: string,
	taskId: string,
	wanted: Task['status'] | ((task: Task) => boolean),
): Promise<Task> {
	const isWanted = typeof wanted === 'string' ? (task: Task) => task.status === wanted : wanted;
	return new Promise((resolve, reject) => {
		const look = (task: Task | undefined): void => {
			if (task?.id !== taskId || !isWanted(task)) return;
			stop();
			resolve(task);
		};
		const stop = house.tasks.watch(keyId, look);
		house.tasks.get(keyId, taskId).then(look, reject);
	});
}

/** All bytes of a stream, as text. */
export async function textOf(stream: Readable): Promise<string> {
	let text = '';
	for await (const chunk of stream) text += chunk;
	return text;
}

/** Keys' balances beside the sums of their ledger rows: the same, always. */
export function expectBalancedLedger(dataDir: string): void {
	const db = new SqliteFile(join(dataDir, 'meshwright.sqlite'), { readonly: true });
	const accounts = db
		.prepare(
			`select balance, frozen, (select sum(balance_change) from ledger where key_id = api_key.id) as balance_sum,
			(select sum(frozen_change) from ledger where key_id = api_key.id) as frozen_sum from api_key`,
		)
		.all() as { balance: number; frozen: number; balance_sum: number; frozen_sum: number }[];
	db.close();
	expect(accounts.length).toBeGreaterThan(0);
	for (const { balance, frozen, balance_sum, frozen_sum } of accounts) {
		expect([balance, frozen]).toEqual([balance_sum, frozen_sum]);
	}
}
