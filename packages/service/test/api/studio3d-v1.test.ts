import { describe, expect, it } from 'vitest';
import { type Answer, formWith, openDoor } from './open-door.ts';

const SUBMIT = '/v1/3d-models/tripo/mesh-segmentation/';
const MODEL = 'https://example.com/duck.glb';

function expectError({ status, json }: Answer, wanted: [number, string], message?: RegExp): void {
	expect([status, json.error.code]).toEqual(wanted);
	expect(json).toEqual({
		error: { code: wanted[1], message: expect.stringMatching(message ?? /./) },
		detail: json.detail,
	});
	expect(json.detail).toMatch(/./);
}

describe('the way of a submission', () => {
	it('goes from the file over the states to the result', async () => {
		const door = await openDoor({}, 100);
		const made = await door.ask(SUBMIT, formWith('model', 'glTF of a duck', 'duck.glb'));
		expect(made.status).toBe(200);
		expect(made.json).toEqual({
			task_id: expect.any(String),
			created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
		});
		const { source, input } = door.backend.lastTask();
		expect(input).toEqual({ model: 'duck.glb' });
		expect(source.kind === 'upload' && String(door.backend.uploaded(source.token))).toBe('glTF of a duck');
		expect((await door.ask('/v1/account/user/wallet/')).json).toEqual({ balance: '20.00' });

		const id = made.json.task_id;
		const status = async () => (await door.ask(`/v1/generation-request/${id}/status/`)).json;
		expect(await status()).toEqual({ status: 'PENDING', progress: 0, failure_reason: null, results: [] });
		door.backend.run(id, 30);
		expect(await status()).toEqual({ status: 'IN_PROGRESS', progress: 30, failure_reason: null, results: [] });
		door.backend.succeed(id);
		const done = await status();
		expect(done).toEqual({
			status: 'FINISHED',
			progress: 100,
			failure_reason: null,
			results: [{ asset: expect.stringMatching(/^http.*\.glb\?/), asset_type: '3D_MODEL', metadata: null }],
		});
		expect(await (await fetch(done.results[0].asset)).text()).toBe('glTF model');
		door.backend.change(id, { status: 'expired', outputs: [] });
		expect(await status()).toMatchObject({ status: 'FINISHED', failure_reason: /expired/, results: [] });
	});

	it('tells why it failed', async () => {
		const door = await openDoor();
		const { json } = await door.ask(SUBMIT, { model_url: MODEL });
		door.backend.fail(json.task_id, { code: 'download-failed', message: 'Status 404.', cure: 'Give another address.' });
		expect((await door.ask(`/v1/generation-request/${json.task_id}/status`)).json).toEqual({
			status: 'FAILED',
			progress: 0,
			failure_reason: 'Status 404. Give another address.',
			results: [],
		});
		door.backend.change(json.task_id, { status: 'cancelled', error: null });
		const { json: answer } = await door.ask(`/v1/generation-request/${json.task_id}/status`);
		expect(answer).toMatchObject({ status: 'FAILED', failure_reason: 'The request was cancelled.' });
	});

	it.each(['/v1/account/user/wallet/', '/v1/account/user/wallet', '/v1/user/wallet/', '/v1/user/wallet'])(
		'tells the balance at %s',
		async (path) => {
			const { ask } = await openDoor({}, 150);
			expect((await ask(path)).json).toEqual({ balance: '150.00' });
		},
	);
});

describe('ways to submit', () => {
	const form = (fields: Record<string, string>) => {
		const data = new FormData();
		for (const [name, value] of Object.entries(fields)) data.append(name, value);
		return data;
	};

	it.each([
		['JSON', JSON.stringify({ model_url: MODEL, parts: 5 }), { 'content-type': 'application/json' }],
		['JSON with a trailing comma', `{"model_url": "${MODEL}", "parts": 5,}`, { 'content-type': 'application/json' }],
		[
			'an urlencoded form',
			`model_url=${encodeURIComponent(MODEL)}&parts=5`,
			{ 'content-type': 'application/x-www-form-urlencoded' },
		],
		['a multipart form', form({ model_url: ` ${MODEL} `, parts: '5' }), {}],
	])('takes an address in %s', async (_, body, headers) => {
		const { ask, backend } = await openDoor();
		expect((await ask(SUBMIT, body, { headers: headers as Record<string, string> })).status).toBe(200);
		expect(backend.lastTask()).toMatchObject({
			surface: 'studio3d-v1',
			type: 'mesh_segmentation',
			source: { kind: 'url', url: MODEL },
			options: { parts: 5 },
		});
	});

	it('takes the path without its last slash', async () => {
		const { ask } = await openDoor();
		expect((await ask(SUBMIT.slice(0, -1), { model_url: MODEL })).status).toBe(200);
	});

	it('takes fields before and after the file', async () => {
		const { ask, backend } = await openDoor();
		const data = form({ parts: '4' });
		data.append('model', new Blob(['glTF']), 'a.glb');
		data.append('seed', '9');
		data.append('model_url', '');
		expect((await ask(SUBMIT, data)).status).toBe(200);
		expect(backend.lastTask().options).toEqual({ parts: 4, seed: 9 });
	});
});

describe('errors', () => {
	it('400 VALIDATION_FAILED: no model, two models, no address, no model file, a wrong control', async () => {
		const door = await openDoor();
		const both = formWith('model', 'glTF');
		both.append('model_url', MODEL);
		const image = formWith('model', Buffer.from('\xff\xd8\xff\xe0', 'latin1'), 'duck.glb');
		const wanted: [number, string] = [400, 'VALIDATION_FAILED'];
		expectError(await door.ask(SUBMIT, {}), wanted, /no model provided/);
		expectError(await door.ask(SUBMIT, formWith('other', 'x')), wanted, /no model provided/);
		expectError(await door.ask(SUBMIT, both), wanted, /not both/);
		expectError(await door.ask(SUBMIT, { model_url: 'duck.glb' }), wanted, /'model_url'/);
		expectError(await door.ask(SUBMIT, { model_url: 'ftp://example.com/duck.glb' }), wanted, /'ftp:/);
		expectError(await door.ask(SUBMIT, formWith('model', '')), wanted, /empty/);
		expectError(await door.ask(SUBMIT, image), wanted, /JPEG/);
		expectError(await door.ask(SUBMIT, { model_url: MODEL, parts: -1 }), wanted, /'parts'/);
		expectError(await door.ask(SUBMIT, '{"model_url": '), wanted, /line 1, column 15/);
		expect(door.backend.tokens()).toEqual([]);
	});

	it.each(['/v1/user/wallet/', '/v1/generation-request/x/status/', '/v1/nowhere'])(
		'401 INVALID_API_KEY at %s',
		async (path) => {
			const { ask } = await openDoor();
			const headers = { authorization: 'Bearer wrong' };
			expectError(await ask(path, undefined, { headers }), [401, 'INVALID_API_KEY']);
		},
	);

	it('402 INSUFFICIENT_CREDITS', async () => {
		const { ask, backend } = await openDoor({}, 79);
		expectError(await ask(SUBMIT, formWith('model', 'glTF')), [402, 'INSUFFICIENT_CREDITS']);
		expect(backend.tokens()).toEqual([]);
	});

	it('429 RATE_LIMITED: three submissions a minute, refused ones not counted, polling free', async () => {
		const { ask } = await openDoor();
		for (let i = 0; i < 5; i++) expect((await ask(SUBMIT, {})).status).toBe(400);
		for (let i = 0; i < 3; i++) expect((await ask(SUBMIT, { model_url: MODEL })).status).toBe(200);
		const refused = await ask(SUBMIT, { model_url: MODEL });
		expectError(refused, [429, 'RATE_LIMITED'], /Expected available in \d+ seconds\./);
		expect(refused.json.detail).toMatch(/Expected available in \d+ seconds\./);
		const wait = Number(refused.headers.get('retry-after'));
		expect(wait).toBeGreaterThan(15);
		expect(wait).toBeLessThanOrEqual(20);
		for (let i = 0; i < 10; i++) expect((await ask('/v1/user/wallet/')).status).toBe(200);
	});

	it('404 NOT_FOUND: another key’s request, no request, no route', async () => {
		const door = await openDoor();
		const { json } = await door.ask(SUBMIT, { model_url: MODEL });
		const headers = { authorization: `Bearer ${await door.backend.newKey()}` };
		const path = `/v1/generation-request/${json.task_id}/status/`;
		expectError(await door.ask(path, undefined, { headers }), [404, 'NOT_FOUND']);
		expectError(await door.ask('/v1/generation-request/nobody/status/'), [404, 'NOT_FOUND'], /nobody/);
		expectError(await door.ask('/v1/nowhere'), [404, 'NOT_FOUND']);
	});

	it('500 INTERNAL_ERROR', async () => {
		const door = await openDoor();
		door.server.log.level = 'silent';
		door.backend.breakWith(new Error('secret'));
		const answer = await door.ask('/v1/generation-request/x/status/');
		expectError(answer, [500, 'INTERNAL_ERROR']);
		expect(JSON.stringify(answer.json)).not.toContain('secret');
	});
});
