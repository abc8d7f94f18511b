import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openKeyring } from '../src/main.ts';
import {
	expectBalancedLedger,
	newKey,
	newUpload,
	taskWhen,
	temporaryDirectory,
	testHouse,
	textOf,
} from './fakes/house.ts';
import { segmentation } from './fakes/tasks.ts';

/** Starts a server in a process of its own, lets it acknowledge `count` tasks, kills it, and returns what it had told. */
async function killServerAfter(dataDir: string, count: number): Promise<{ key: string; acknowledged: string[] }> {
	const server = startProcess('server-process.ts', dataDir);
	let key = '';
	const acknowledged: string[] = [];
	for await (const line of createInterface({ input: server.stdout })) {
		const [what, id] = line.split(' ') as [string, string];
		if (what === 'key') key = id;
		else acknowledged.push(id);
		if (acknowledged.length === count) server.kill('SIGKILL');
	}
	return { key, acknowledged };
}

function startProcess(script: string, ...args: string[]) {
	const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
	const path = fileURLToPath(new URL(`./fakes/${script}`, import.meta.url));
	const server = spawn(process.execPath, ['--import', tsx, '--conditions=source', path, ...args]);
	onTestFinished(() => void server.kill('SIGKILL'));
	return server;
}

/** Resolves when a file is there: a child that has lost its server has no other way to be heard. */
async function untilThere(file: string): Promise<void> {
	while (!existsSync(file)) await after(20);
}

describe('a server that is killed', () => {
	it('has lost no acknowledged task, and the next one finishes what it began', async () => {
		const dataDir = temporaryDirectory();
		const { key, acknowledged } = await killServerAfter(dataDir, 300);
		const { house } = await testHouse({ worker: { attempts: 100 } }, { dataDir });
		expectBalancedLedger(dataDir);
		const listed = new Map((await house.tasks.list(key, { limit: 100_000 })).map((task) => [task.id, task]));
		for (const id of acknowledged) expect(listed.has(id)).toBe(true);
		const begun = [...listed.values()].filter(({ status }) => status !== 'queued').map(({ id }) => id);
		for (const id of begun) await taskWhen(house, key, id, 'success');

		for (const id of listed.keys()) await house.tasks.cancel(key, id);
		const succeeded = (await house.tasks.list(key, { limit: 100_000 })).filter(({ status }) => status === 'success');
		expect(await house.keys.balance(key)).toEqual({ balance: 1_000_000 - 40 * succeeded.length, frozen: 0 });
		expectBalancedLedger(dataDir);
	});

	it('takes its children with it, even busy ones', async () => {
		const dataDir = temporaryDirectory();
		const file = join(dataDir, 'child-has-noticed');
		const server = startProcess('server-process.ts', dataDir, JSON.stringify({ act: 'be busy until cancelled', file }));
		server.stdout.resume();
		await untilThere(`${file}.begun`);
		server.kill('SIGKILL');
		await untilThere(file);
	});

	it('leaves no lock behind', async () => {
		const dataDir = temporaryDirectory();
		await killServerAfter(dataDir, 1);
		await testHouse({}, { dataDir });
	});
});

describe('the data directory', () => {
	it('is for one server at a time', async () => {
		const { house, dataDir } = await testHouse();
		await expect(testHouse({}, { dataDir })).rejects.toThrow(/in use by another server \(process \d+\)/);
		await house.close();
		await testHouse({}, { dataDir });
	});

	it('is refused to a second process too', async () => {
		const { dataDir } = await testHouse();
		expect(await textOf(startProcess('server-process.ts', dataDir).stderr)).toContain(
			`in use by another server (process ${process.pid})`,
		);
	});

	it('can have its keys managed beside the server', async () => {
		const { house, dataDir } = await testHouse();
		const keyring = await openKeyring(dataDir);
		const { key, secret } = await keyring.keys.create({ name: 'new', credits: 7 });
		expect(await house.keys.find(secret)).toMatchObject({ id: key.id });
		await keyring.keys.revoke(key.id);
		expect(await house.keys.find(secret)).toBeUndefined();
		await keyring.close();
	});
});

describe('a server that stops', () => {
	it('queues what still runs again, uncounted, and the next one finishes it', async () => {
		const { house, dataDir } = await testHouse({ worker: { attempts: 1, shutdownSeconds: 0 } });
		const key = await newKey(house);
		const file = join(dataDir, 'go-on');
		const options = { act: 'wait for file', file };
		const { id } = await house.tasks.create(key, segmentation(await newUpload(house, key), options));
		await taskWhen(house, key, id, ({ step }) => step === 'begin');
		await house.close();
		expect(readdirSync(join(dataDir, 'work'))).toEqual([]);

		writeFileSync(file, '');
		const next = await testHouse({ worker: { attempts: 1 } }, { dataDir });
		expect(await taskWhen(next.house, key, id, 'success')).toMatchObject({ consumed: 40 });
	});

	it('waits for what ends in time', async () => {
		const { house, dataDir } = await testHouse({ worker: { shutdownSeconds: 20 } });
		const key = await newKey(house);
		const file = join(dataDir, 'go-on');
		const options = { act: 'wait for file', file };
		const { id } = await house.tasks.create(key, segmentation(await newUpload(house, key), options));
		await taskWhen(house, key, id, ({ step }) => step === 'begin');
		const closed = house.close();
		writeFileSync(file, '');
		await closed;
		const next = await testHouse({}, { dataDir });
		expect(await next.house.tasks.get(key, id)).toMatchObject({ status: 'success', consumed: 40 });
	});

	it('does so at SIGTERM', async () => {
		const server = startProcess('serving-process.ts', temporaryDirectory());
		const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
		const { value: url } = await lines.next();
		expect((await fetch(`${url}/v2/openapi/user/balance`)).status).toBe(401);
		const ended = once(server, 'exit');
		server.kill('SIGTERM');
		expect((await lines.next()).value).toBe('closed');
		expect(await ended).toEqual([0, null]);
	});
});
