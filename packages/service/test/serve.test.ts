import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RunningServer, type ServeOptions, serve } from '../src/main.ts';
import { temporaryDirectory } from './fakes/house.ts';

async function testServer(options: Partial<ServeOptions> = {}): Promise<RunningServer> {
	const server = await serve({ dataDir: temporaryDirectory(), overrides: { port: 0 }, ...options });
	onTestFinished(() => server.close());
	return server;
}

const balance = (server: RunningServer, secret: string): Promise<Response> =>
	fetch(`${server.url}/v2/openapi/user/balance`, { headers: { authorization: `Bearer ${secret}` } });

describe('serve', () => {
	it('makes a key at its first start, and only then', async () => {
		const dataDir = temporaryDirectory();
		const first = await testServer({ dataDir, overrides: { port: 0, firstGrant: 123 } });
		const answer = await balance(first, first.firstSecret!);
		expect(await answer.json()).toEqual({ code: 0, data: { balance: 123, frozen: 0 } });
		await first.close();

		const second = await testServer({ dataDir });
		expect(second.firstSecret).toBeUndefined();
		expect((await balance(second, first.firstSecret!)).status).toBe(200);
		expect((await balance(second, 'tsk_wrong')).status).toBe(401);
	});

	it('says why it does not start, and lets go of the data directory', async () => {
		const taken = createServer().listen(0, '127.0.0.1');
		onTestFinished(() => void taken.close());
		await new Promise((resolve) => taken.once('listening', resolve));
		const { port } = taken.address() as { port: number };
		const dataDir = temporaryDirectory();
		await expect(testServer({ dataDir, overrides: { port } })).rejects.toThrow(/EADDRINUSE/);
		await expect(testServer({ dataDir, overrides: { port: -1 } })).rejects.toThrow('the configuration: port: ');
		await testServer({ dataDir });
	});
});
