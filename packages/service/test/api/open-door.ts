import type { FastifyInstance } from 'fastify';
import { afterEach } from 'vitest';
import { createServer } from '../../src/api/server.ts';
import type { ConfigFile } from '../../src/config.ts';
import { type MemoryBackend, memoryBackend } from './memory-backend.ts';

export type Door = {
	readonly backend: MemoryBackend;
	readonly server: FastifyInstance;
	/** `http://127.0.0.1:<port>`. */
	readonly base: string;
	/** Secret of a key with credits. */
	readonly key: string;
	/** Sends JSON (or what `init` says) with the key, and returns status, headers and the JSON of the answer. */
	ask(path: string, body?: unknown, init?: RequestInit): Promise<Answer>;
};

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by the tests, field by field
export type Answer = { readonly status: number; readonly headers: Headers; readonly json: any };

const opened: FastifyInstance[] = [];
afterEach(async () => {
	for (const server of opened.splice(0)) await server.close();
});

/** A server over a house in memory, on a port of its own; closed after the test. */
export async function openDoor(config: ConfigFile = {}, credits?: number): Promise<Door> {
	const backend = memoryBackend(config);
	const server = await createServer(backend);
	opened.push(server);
	const base = await server.listen({ host: '127.0.0.1', port: 0 });
	const key = await backend.newKey(credits);
	const ask: Door['ask'] = async (path, body, init = {}) => {
		const isRaw = typeof body === 'string' || body instanceof FormData;
		const response = await fetch(base + path, {
			method: body === undefined ? 'GET' : 'POST',
			...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
			...init,
			headers: {
				authorization: `Bearer ${key}`,
				...(isRaw || body === undefined ? {} : { 'content-type': 'application/json' }),
				...init.headers,
			},
		});
		return { status: response.status, headers: response.headers, json: await response.json() };
	};
	return { backend, server, base, key, ask };
}

/** A form with one file. */
export function formWith(field: string, content: string | Uint8Array, name = 'model.glb'): FormData {
	const form = new FormData();
	form.append(field, new Blob([content as BlobPart]), name);
	return form;
}
