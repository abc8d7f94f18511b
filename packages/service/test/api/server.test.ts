import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDoor } from './open-door.ts';

it('lets a running request end when it closes, and takes no new one', async () => {
	const door = await openDoor();
	let finish = () => {};
	const body = new ReadableStream({
		start(controller) {
			const send = (text: string) => controller.enqueue(new TextEncoder().encode(text));
			send('--b\r\nContent-Disposition: form-data; name="file"; filename="a.glb"\r\n\r\nglTF');
			finish = () => {
				send(' of a duck\r\n--b--\r\n');
				controller.close();
			};
		},
	});
	const headers = { authorization: `Bearer ${door.key}`, 'content-type': 'multipart/form-data; boundary=b' };
	const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit;
	const running = fetch(`${door.base}/v2/openapi/upload`, init);
	await new Promise((resolve) => setTimeout(resolve, 100));
	const closed = door.server.close();
	await expect(fetch(`${door.base}/health`)).rejects.toThrow();
	finish();
	const { data } = (await (await running).json()) as { data: { image_token: string } };
	await closed;
	expect(String(door.backend.uploaded(data.image_token))).toBe('glTF of a duck');
});

it.skipIf(spawnSync('openssl', ['version']).error)('speaks TLS, and says so in its links', async () => {
	const dir = mkdtempSync(join(tmpdir(), 'meshwright-tls-'));
	onTestFinished(() => rmSync(dir, { recursive: true }));
	const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
	const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
	spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject]);
	const door = await openDoor({ tls: { cert, key } });
	expect(door.base).toMatch(/^https:/);
	const text = await new Promise<string>((resolve, reject) => {
		const headers = { authorization: `Bearer ${door.key}` };
		const options = { method: 'POST', ca: readFileSync(cert), headers, agent: false };
		request(`${door.base}/v2/openapi/upload/sts/token`, options, async (response) => {
			let text = '';
			for await (const chunk of response) text += chunk;
			resolve(text);
		})
			.on('error', reject)
			.end();
	});
	expect(JSON.parse(text).data).toMatchObject({ s3_scheme: 'https', s3_host: door.base.replace('https://', '') });
});

it('says who it is on every answer, and allows no other origin', async () => {
	const { base } = await openDoor();
	const { headers } = await fetch(`${base}/health`, { headers: { origin: 'https://evil.example' } });
	expect(headers.get('x-content-type-options')).toBe('nosniff');
	expect(headers.get('x-frame-options')).toBe('DENY');
	expect(headers.get('access-control-allow-origin')).toBeNull();
});

it('makes no links to what only looks like a host', async () => {
	const { server, key } = await openDoor({ port: 8080 });
	const headers = { authorization: `Bearer ${key}`, host: 'evil.example/?' };
	const response = await server.inject({ method: 'POST', url: '/v2/openapi/upload/sts/token', headers });
	expect(response.json().data.s3_host).toBe('127.0.0.1:8080');
});
