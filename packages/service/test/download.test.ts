import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DownloadError, type DownloadOptions, download } from '../src/worker/download.ts';

/** What the look-up of made-up names answers: one list of addresses a call, the last one for good. */
const NAMES: Record<string, string[][]> = {};
vi.mock('node:dns/promises', async (original) => {
	const real = await original<typeof import('node:dns/promises')>();
	return {
		...real,
		lookup: async (name: string, options: object) => {
			const answers = NAMES[name];
			if (!answers) return real.lookup(name, options);
			const addresses = answers.length > 1 ? answers.shift()! : answers[0]!;
			return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
		},
	};
});

const dir = mkdtempSync(join(tmpdir(), 'meshwright-download-'));
const toFile = join(dir, 'model');
let server: Server;
let port: number;
let hits = 0;
let answer: RequestListener;

beforeAll(async () => {
	server = createServer((request, response) => {
		hits++;
		answer(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
	port = (server.address() as AddressInfo).port;
});
afterAll(() => {
	server.closeAllConnections();
	server.close();
	rmSync(dir, { recursive: true });
});
afterEach(() => {
	hits = 0;
	rmSync(toFile, { force: true });
	for (const name of Object.keys(NAMES)) delete NAMES[name];
});

const fetchFrom = (url: string, more: Partial<DownloadOptions> = {}) =>
	download(url, { toFile, maxBytes: 1000, allowedPrivateHosts: [], ...more });
/** Downloads from the local server, which is allowed by its name and port. */
const fetchLocal = (path: string, more: Partial<DownloadOptions> = {}) =>
	fetchFrom(`http://127.0.0.1:${port}${path}`, { allowedPrivateHosts: [`127.0.0.1:${port}`], ...more });

async function refusal(promise: Promise<unknown>): Promise<string> {
	const error = await promise.then(
		() => undefined,
		(error: unknown) => error,
	);
	expect(error).toBeInstanceOf(DownloadError);
	expect((error as DownloadError).cure).toMatch(/\.$/);
	expect(existsSync(toFile)).toBe(false);
	return (error as DownloadError).message;
}

describe('addresses that only this machine can reach', () => {
	// Each is tried at the port of the local server, allowed for another name, so that nothing but the address stops it.
	it.each([
		'http://127.0.0.1',
		'http://127.1',
		'http://2130706433',
		'http://0x7f000001',
		'http://0x7f.1',
		'http://0177.0.0.1',
		'http://0',
		'http://0.0.0.0',
		'http://localhost',
		'http://LOCALHOST.',
		'http://127.0.0.1.',
		'http://①②⑦.⓪.⓪.①',
		'http://[::1]',
		'http://[::]',
		'http://[::ffff:127.0.0.1]',
		'http://[::ffff:7f00:1]',
		'http://[::7f00:1]',
		'http://[64:ff9b::7f00:1]',
		'http://[2002:7f00:1::]',
		'http://100.64.0.1',
		'http://169.254.169.254',
		'http://10.0.0.1',
		'http://[fd00:ec2::254]',
	])('%s', async (host) => {
		answer = (_, response) => response.end('secret');
		expect(await refusal(fetchFrom(`${host}/model.glb`))).toMatch(/not a public address|name is not known/);
		expect(await refusal(fetchFrom(`${host}:${port}/model.glb`))).toMatch(/is not asked/);
		expect(hits).toBe(0);
	});

	it.each([
		'file:///etc/passwd',
		'ftp://example.com/a',
		'data:text/plain,a',
		'gopher://example.com',
		'http://a:b@example.com/',
		'nonsense',
	])('%s', async (url) => {
		expect(await refusal(fetchFrom(url))).toMatch(/cannot be fetched/);
	});

	it('a name that means a private address, among others', async () => {
		NAMES['evil.example'] = [['93.184.216.34', '127.0.0.1']];
		expect(await refusal(fetchFrom('http://evil.example/'))).toMatch(/not a public address \(127\.0\.0\.1\)/);
		expect(hits).toBe(0);
	});

	it('a name that changes its meaning after the check: the checked address is the one that is asked', async () => {
		answer = (_, response) => response.end('glTF');
		NAMES['rebind.example'] = [['127.0.0.1'], ['192.0.2.1']];
		const url = `http://rebind.example:${port}/a.glb`;
		expect(await fetchFrom(url, { allowedPrivateHosts: ['rebind.example'] })).toEqual({ name: 'a.glb', bytes: 4 });
		expect(NAMES['rebind.example']).toEqual([['192.0.2.1']]);
	});

	it('an allowed host, by name only or with another port', async () => {
		answer = (_, response) => response.end('glTF');
		NAMES['lan.example'] = [['127.0.0.1']];
		const url = `http://lan.example:${port}/a.glb`;
		expect(await fetchFrom(url, { allowedPrivateHosts: ['LAN.example'] })).toEqual({ name: 'a.glb', bytes: 4 });
		expect(hits).toBe(1);
		rmSync(toFile);
		await refusal(fetchFrom(url, { allowedPrivateHosts: ['lan.example:81'] }));
		await refusal(fetchFrom(url, { allowedPrivateHosts: ['an.example'] }));
		expect(hits).toBe(1);
	});
});

describe('redirects', () => {
	const to =
		(location: string): RequestListener =>
		(_, response) =>
			response.writeHead(302, { location }).end('moved');

	it.each([
		['to a file of this machine', 'file:///etc/passwd', /cannot be fetched/],
		['to a loopback name', 'http://localhost/', /not a public address/],
		['to the metadata service', 'http://169.254.169.254/latest/', /not a public address/],
		['to nothing', 'http://', /no URL/],
	])('%s', async (_, location, message) => {
		answer = to(location);
		expect(await refusal(fetchLocal('/'))).toMatch(message);
		expect(hits).toBe(1);
	});

	it('in a circle, with a body each', async () => {
		answer = (_, response) => response.writeHead(302, { location: '/' }).end('x'.repeat(100_000));
		expect(await refusal(fetchLocal('/'))).toMatch(/more than 5 times/);
		expect(hits).toBe(6);
	});

	it('to the file', async () => {
		answer = (request, response) =>
			request.url === '/a' ? to('b/duck.glb?x=1')(request, response) : response.end('glTF');
		expect(await fetchLocal('/a')).toEqual({ name: 'duck.glb', bytes: 4 });
		expect(hits).toBe(2);
	});
});

describe('bodies', () => {
	it.each([
		['/folder/duck%20one.glb', {}, 'duck one.glb'],
		['/download', { 'content-disposition': 'attachment; filename="../../etc/duck.obj"' }, 'duck.obj'],
		['/', {}, 'model'],
		['/%zz.stl', {}, '%zz.stl'],
	])('are written, and named by %s %o', async (path, headers, name) => {
		answer = (_, response) => response.writeHead(200, headers).end('glTF');
		expect(await fetchLocal(path)).toEqual({ name, bytes: 4 });
		expect(readFileSync(toFile, 'utf8')).toBe('glTF');
	});

	it.each<[string, RegExp, RequestListener]>([
		[
			'too long as declared',
			/larger than 1000/,
			(_, response) => response.writeHead(200, { 'content-length': 5000 }).write('x'),
		],
		['too long as streamed', /larger than 1000/, (_, response) => response.writeHead(200).end('x'.repeat(50_000))],
		[
			'without an end',
			/larger than 1000/,
			(_, response) => setInterval(() => response.write('x'.repeat(400)), 5).unref(),
		],
		['compressed', /'gzip'/, (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')],
		['of an error', /status 404/, (_, response) => response.writeHead(404).end('x'.repeat(100_000))],
		[
			'cut off',
			/ended the connection/,
			(_, response) => response.writeHead(200, { 'content-length': 500 }).write('x', () => response.destroy()),
		],
		['that stop', /stopped sending/, (_, response) => response.writeHead(200, { 'content-length': 500 }).write('x')],
		['that never begin', /does not answer/, () => {}],
		['that drip', /took longer than 1\.5 s/, (_, response) => setInterval(() => response.write('x'), 100).unref()],
	])('%s', async (_, message, listener) => {
		answer = listener;
		const times = { idle: 500, headers: 500, total: 1500 };
		expect(await refusal(fetchLocal('/', { times }))).toMatch(message);
	});

	it('end when the task is cancelled', async () => {
		answer = (_, response) => response.writeHead(200).write('x');
		const stop = new AbortController();
		setTimeout(() => stop.abort(new Error('cancelled')), 50);
		await expect(fetchLocal('/', { signal: stop.signal })).rejects.toThrow('cancelled');
		expect(existsSync(toFile)).toBe(false);
		await expect(fetchLocal('/', { signal: stop.signal })).rejects.toThrow('cancelled');
	});

	it('of hosts that are not there', async () => {
		expect(await refusal(fetchFrom('http://nobody.invalid/'))).toMatch(/not known|could not be looked up/);
		const gone = { allowedPrivateHosts: ['127.0.0.1:1'] };
		expect(await refusal(fetchFrom('http://127.0.0.1:1/', gone))).toMatch(/refuses the connection/);
	});
});
