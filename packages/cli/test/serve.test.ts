import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Ended, endOf, runCommand, scratchFolder, startCommand } from './run-command.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

type Served = {
	readonly child: ChildProcessWithoutNullStreams;
	readonly ended: Promise<Ended>;
	readonly text: string;
	readonly url: string;
};

/** Starts a server on a free port and waits until it has said all that it says at the start. */
async function startServer(folder: string, args: readonly string[] = []): Promise<Served> {
	const child = startCommand(['serve', '--port', '0', '--data', join(folder, 'data'), ...args], ROOT);
	onTestFinished(() => void child.kill('SIGKILL'));
	const ended = endOf(child);
	const text = await new Promise<string>((resolve, reject) => {
		let said = '';
		child.stdout.on('data', (chunk: Buffer) => {
			said += chunk.toString();
			if (said.includes('Ctrl-C stops.')) resolve(said);
		});
		ended.then(({ stderr }) => reject(new Error(stderr)), reject);
	});
	return { child, ended, text, url: /serves (\S+)/.exec(text)![1]! };
}

/** Does what the first pasted curl line says, and what it gives back. */
async function paste(text: string): Promise<Response> {
	const line = /curl -H '(\w+): ([^']+)' -F model=@(\S+) (\S+)/.exec(text)!;
	const form = new FormData();
	form.set('model', new Blob([readFileSync(resolve(ROOT, line[3]!))]), 'lantern.glb');
	return await fetch(line[4]!, { method: 'POST', headers: { [line[1]!]: line[2]! }, body: form });
}

const json = ({ stdout }: Ended) => JSON.parse(stdout.toString());

describe('serve', () => {
	it('makes a first key and prints a request that works; stops at SIGTERM; makes no second key', async () => {
		const folder = scratchFolder();
		const first = await startServer(folder);
		expect(first.text).toMatch(/first API key.*: tsk_\S+\n/);
		const answer = await paste(first.text);
		expect(answer.status).toBe(200);
		expect(await answer.json()).toEqual({ task_id: expect.any(String), created_at: expect.any(String) });
		first.child.kill('SIGTERM');
		expect(await first.ended).toMatchObject({ code: 0, stderr: '' });

		const second = await startServer(folder);
		expect(second.text).not.toContain('tsk_');
		expect(second.text).toContain('meshwright keys create --data');
		second.child.kill('SIGINT');
		expect((await second.ended).code).toBe(0);
	});

	it('refuses a port that is taken, a data directory in use and a wrong configuration', async () => {
		const folder = scratchFolder();
		const other = createServer().listen(0, '127.0.0.1');
		onTestFinished(() => void other.close());
		await new Promise((resolve) => other.once('listening', resolve));
		const { port } = other.address() as AddressInfo;
		const busy = await runCommand(['serve', '--port', String(port), '--data', 'data'], folder);
		expect(busy).toMatchObject({ code: 4, stderr: expect.stringMatching(new RegExp(`${port}.*\n.*--port`)) });

		mkdirSync(join(folder, 'own'));
		const server = await startServer(folder);
		const again = await runCommand(['serve', '--port', '0', '--data', join(folder, 'data')], folder);
		expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining('in use') });
		server.child.kill('SIGTERM');
		await server.ended;

		writeFileSync(join(folder, 'wrong.json'), '{"port": "many"}');
		const wrong = await runCommand(['serve', '--data', 'own', '--config', 'wrong.json'], folder);
		expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('port') });
		expect((await runCommand(['serve', '--port', '99999'], folder)).code).toBe(2);
	});
});

describe('keys', () => {
	it('are made, listed, filled and revoked beside the running server', async () => {
		const folder = scratchFolder();
		const { url } = await startServer(folder);
		const keys = async (...args: string[]) =>
			json(await runCommand(['keys', ...args, '--data', 'data', '--json'], folder));
		const balance = async (secret: string): Promise<unknown> => {
			const answer = await fetch(`${url}/v1/account/user/wallet/`, { headers: { Authorization: `Bearer ${secret}` } });
			return answer.ok ? ((await answer.json()) as { balance: string }).balance : answer.status;
		};

		const { id, secret } = await keys('create', '--name', 'second', '--credits', '150');
		expect(await balance(secret)).toBe('150.00');
		expect(await keys('grant', id, '50')).toEqual({ id, balance: 200 });
		expect(await balance(secret)).toBe('200.00');
		const { keys: list } = await keys('list');
		expect(list).toHaveLength(2);
		expect(JSON.stringify(list)).not.toContain(secret);
		expect(await keys('revoke', id)).toEqual({ id, revoked: true });
		expect(await balance(secret)).toBe(401);
	});

	it('need a data directory and a key that there is', async () => {
		const folder = scratchFolder();
		const none = await runCommand(['keys', 'list', '--json'], folder);
		expect([none.code, json(none).error.code]).toEqual([4, 'no-data-dir']);
		await runCommand(['keys', 'create'], folder);
		const unknown = await runCommand(['keys', 'revoke', 'nobody', '--json'], folder);
		expect([unknown.code, json(unknown).error.code]).toEqual([2, 'unknown-key']);
		const list = await runCommand(['keys', 'list'], folder);
		expect(list.stdout.toString()).toMatch(/unnamed +tsk_\S+… +10,000 +0 +\d{4}-\d\d-\d\d +valid\n/);
	});
});
