import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FAILURE_CODES } from '../../src/api/tripo-v2/task-object.ts';
import { type Answer, type Door, formWith, openDoor } from './open-door.ts';

const V2 = '/v2/openapi';
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

async function upload({ ask }: Door, content = 'glTF of a duck', name?: string): Promise<string> {
	const { json } = await ask(`${V2}/upload`, formWith('file', content, name));
	return json.data.image_token;
}

async function imported(door: Door): Promise<string> {
	const file = { file_token: await upload(door) };
	const { json } = await door.ask(`${V2}/task`, { type: 'import_model', file });
	door.backend.succeed(json.data.task_id);
	return json.data.task_id;
}

const segment = ({ ask }: Door, source: string, more: object = {}): Promise<Answer> =>
	ask(`${V2}/task`, { type: 'mesh_segmentation', original_model_task_id: source, ...more });

function expectError({ status, headers, json }: Answer, wanted: [number, number], message?: RegExp): void {
	expect([status, json.code]).toEqual(wanted);
	expect(Object.keys(json).sort()).toEqual(['code', 'message', 'suggestion']);
	expect(json.message).toMatch(message ?? /./);
	expect(json.suggestion).toMatch(/./);
	expect(headers.get('x-tripo-trace-id')).toMatch(UUID);
}

describe('the way of a task', () => {
	it('goes from upload over import and segmentation to the files', async () => {
		const door = await openDoor();
		const source = await imported(door);
		const made = await segment(door, source);
		expect(made).toMatchObject({ status: 200, json: { code: 0, data: { task_id: expect.stringMatching(UUID) } } });
		expect(made.headers.get('x-tripo-trace-id')).toMatch(UUID);
		const id = made.json.data.task_id;

		const queued = (await door.ask(`${V2}/task/${id}`)).json.data;
		expect(queued).toEqual({
			task_id: id,
			type: 'mesh_segmentation',
			status: 'queued',
			input: { original_model_task_id: source },
			output: {},
			progress: 0,
			create_time: expect.any(Number),
			queuing_num: 0,
			running_left_time: 5,
			consumed_credit: 0,
		});
		expect(Number.isInteger(queued.create_time)).toBe(true);

		door.backend.run(id, 40);
		const running = (await door.ask(`${V2}/task/${id}`)).json.data;
		expect(running).toMatchObject({ status: 'running', progress: 40, queuing_num: -1, running_left_time: 2 });

		door.backend.succeed(id);
		const done = (await door.ask(`${V2}/task/${id}`)).json.data;
		expect(done).toMatchObject({ status: 'success', running_left_time: -1, consumed_credit: 40, report: { parts: 3 } });
		expect(new URL(done.output.model).pathname).toMatch(/\.glb$/);
		expect(new URL(done.output.rendered_image).pathname).toMatch(/\.png$/);
		const file = await fetch(done.output.model, { headers: { authorization: `Bearer ${door.key}` } });
		expect([file.status, await file.text()]).toEqual([200, 'glTF model']);
	});

	it.each(Object.entries(FAILURE_CODES).concat([['crashed', 1000]]))('tells failure %s as %i', async (code, wanted) => {
		const door = await openDoor();
		const { json } = await segment(door, await imported(door));
		door.backend.fail(json.data.task_id, { code, message: 'the file is broken', cure: 'Export it again.' });
		const { status, json: answer } = await door.ask(`${V2}/task/${json.data.task_id}`);
		expect([status, answer.code]).toEqual([200, 0]);
		expect(answer.data).toMatchObject({
			status: 'failed',
			output: {},
			running_left_time: -1,
			consumed_credit: 0,
			error_code: wanted,
			error_msg: 'The file is broken. Export it again.',
		});
	});

	it('answers many tasks at once', async () => {
		const door = await openDoor();
		const source = await imported(door);
		const { json } = await door.ask(`${V2}/task/batch`, { task_ids: [source, 'nobody', source] });
		expect(json.data.tasks[source]).toMatchObject({ task_id: source, status: 'success' });
		expect(Object.keys(json.data.tasks)).toEqual([source]);
		expect(json.data.missed).toEqual(['nobody']);
		expectError(await door.ask(`${V2}/task/batch`, { task_ids: Array(101).fill('x') }), [400, 1004], /task_ids/);
	});

	it.each(['/user/balance', '/user/wallet/balance'])('tells the balance at %s', async (path) => {
		const door = await openDoor({}, 100);
		await segment(door, await imported(door));
		expect((await door.ask(V2 + path)).json).toEqual({ code: 0, data: { balance: 60, frozen: 40 } });
	});

	it('makes links from the configured public address', async () => {
		const door = await openDoor({ publicUrl: 'https://mesh.example/' });
		const { json } = await door.ask(`${V2}/task/${await imported(door)}`);
		expect(json.data.output.model).toMatch(/^https:\/\/mesh\.example\/files\//);
	});

	it('makes one task of one Idempotency-Key', async () => {
		const door = await openDoor();
		const source = await imported(door);
		const headers = { 'idempotency-key': 'once' };
		const ask = (more: object) =>
			door.ask(`${V2}/task`, { type: 'mesh_segmentation', original_model_task_id: source, ...more }, { headers });
		const first = (await ask({})).json.data.task_id;
		expect((await ask({})).json.data.task_id).toBe(first);
		expectError(await ask({ parts: 3 }), [400, 1004], /Idempotency-Key/);
		const long = { headers: { 'idempotency-key': 'x'.repeat(256) } };
		expectError(await door.ask(`${V2}/task`, { type: 'mesh_segmentation' }, long), [400, 1004]);
	});
});

describe('import_model', () => {
	it.each([
		['a token', (token: string) => ({ file_token: token })],
		['a token with blanks and a wrong type', (token: string) => ({ type: 'jpeg', file_token: ` ${token} `, url: '' })],
		['a bare object key', (token: string) => ({ object: { bucket: 'tripo-data', key: token } })],
		['an object key', (token: string) => ({ object: { bucket: 'tripo-data', key: `uploads/${token}.glb` } })],
	])('takes %s', async (_, file) => {
		const door = await openDoor();
		const token = await upload(door);
		const { status } = await door.ask(`${V2}/task`, { type: 'import_model', file: file(token) });
		expect(status).toBe(200);
		expect(door.backend.lastTask()).toMatchObject({ type: 'import_model', source: { kind: 'upload', token } });
	});

	it('takes an address', async () => {
		const door = await openDoor();
		await door.ask(`${V2}/task`, { type: 'import_model', file: { url: 'https://example.com/duck.glb' } });
		expect(door.backend.lastTask().source).toEqual({ kind: 'url', url: 'https://example.com/duck.glb' });
	});

	it.each([
		['nothing', undefined, /'file'/],
		['an empty file', {}, /exactly one/],
		['two sources', { file_token: 'a', url: 'https://example.com/a.glb' }, /exactly one/],
		['an object without a key', { object: { bucket: 'tripo-data' } }, /'file\.object\.key'/],
		['a file address', { url: 'file:///etc/passwd' }, /'file\.url'/],
		['an address with a password', { url: 'https://a:b@example.com/' }, /'file\.url'/],
	])('refuses %s', async (_, file, message) => {
		const { ask } = await openDoor();
		expectError(await ask(`${V2}/task`, { type: 'import_model', file }), [400, 1004], message);
	});
});

describe('mesh_segmentation', () => {
	it.each([
		['v1.0-20250506', {}, {}],
		['v2.0-20260430', { segmentation_granularity: 'detailed' }, { granularity: 'detailed' }],
		[' v1.0-20250506 ', { parts: '8', seed: 7, min_part_size: 0.01 }, { parts: 8, seed: 7, minPartSize: 0.01 }],
		['', { granularity: 0.1, segmentation_granularity: 'simple', ref_image: null }, { granularity: 0.1 }],
		[null, { split_by_connectivity: false, parts: '' }, { splitByConnectivity: false }],
		['', { split_by_connectivity: 'true' }, { splitByConnectivity: true }],
	])('takes version %s with %o', async (model_version, more, options) => {
		const door = await openDoor();
		const answer = await segment(door, await imported(door), { model_version, ...more });
		expect(answer.json).toMatchObject({ code: 0 });
		expect(door.backend.lastTask().options).toEqual(options);
	});

	it.each([
		['parts', 0],
		['parts', 257],
		['parts', 1.5],
		['parts', 'many'],
		['granularity', 2],
		['min_part_size', -1],
		['seed', -1],
		['segmentation_granularity', 'huge'],
		['split_by_connectivity', 'perhaps'],
		['original_model_task_id', ' '],
		['original_model_task_id', 17],
	])('refuses %s %o by name', async (name, value) => {
		const door = await openDoor();
		expectError(await segment(door, 'some-task', { [name]: value }), [400, 1004], new RegExp(`'${name}'`));
	});
});

describe('mesh_completion', () => {
	const completeParts = (door: Door, source: string, more: object) =>
		door.ask(`${V2}/task`, { type: 'mesh_completion', original_model_task_id: source, ...more });

	it.each([
		[{}, {}],
		[{ model_version: 'v1.0-20250506', part_names: ['a', 'b', 'a'] }, { partNames: ['a', 'b'] }],
		[{ part_names: [' a ', '', 'b '] }, { partNames: ['a', 'b'] }],
		[{ part_names: 'a, b' }, { partNames: ['a', 'b'] }],
		[{ part_names: [] }, {}],
		[{ part_names: null, completion_mode: 'quick_cap' }, { method: 'quick_cap' }],
		[{ part_names: '', completion_mode: 'ai_completion' }, { method: 'full' }],
	])('takes %o', async (more, options) => {
		const door = await openDoor();
		const { json } = await segment(door, await imported(door));
		door.backend.succeed(json.data.task_id);
		expect((await completeParts(door, json.data.task_id, more)).json).toMatchObject({ code: 0 });
		expect(door.backend.lastTask()).toMatchObject({ type: 'mesh_completion', options });
		expect(door.backend.lastTask().options).toEqual(options);
	});

	it.each([
		['part_names', [7]],
		['part_names', 7],
		['completion_mode', 'magic'],
		['original_model_task_id', null],
	])('refuses %s %o by name', async (name, value) => {
		const door = await openDoor();
		expectError(await completeParts(door, 'some-task', { [name]: value }), [400, 1004], new RegExp(name));
	});
});

describe('highpoly_to_lowpoly', () => {
	const reduce = (door: Door, source: string, more: object) =>
		door.ask(`${V2}/task`, { type: 'highpoly_to_lowpoly', original_model_task_id: source, ...more });

	it.each([
		[{}, {}],
		[{ model_version: 'P-v1.0-20250506', face_limit: -1 }, {}],
		[
			{ model_version: 'P-v2.0-20251225', face_limit: 1000, quad: false },
			{ faceLimit: 1000, quad: false },
		],
		[
			{ model_version: 'P-v2.0-20251226', face_limit: '20000', quad: 'true' },
			{ faceLimit: 20000, quad: true },
		],
		[
			{ face_limit: 500, bake: false, part_names: ['a'] },
			{ faceLimit: 500, bake: false, partNames: ['a'] },
		],
		[{ face_limit: null, part_names: ['', ' '], texture_size: 1024 }, { textureSize: 1024 }],
	])('takes %o', async (more, options) => {
		const door = await openDoor();
		expect((await reduce(door, await imported(door), more)).json).toMatchObject({ code: 0 });
		expect(door.backend.lastTask()).toMatchObject({ type: 'highpoly_to_lowpoly' });
		expect(door.backend.lastTask().options).toEqual(options);
	});

	it.each([
		['face_limit', 499],
		['face_limit', 20001],
		['face_limit', 0],
		['face_limit', 1000.5],
		['quad', 'perhaps'],
		['bake', 3],
		['texture_size', 100],
		['texture_size', 1000],
		['part_names', { a: 1 }],
	])('refuses %s %o by name', async (name, value) => {
		const door = await openDoor();
		expectError(await reduce(door, 'some-task', { [name]: value }), [400, 1004], new RegExp(`'${name}'`));
	});
});

describe('errors of task creation', () => {
	it('429/2000: too many open tasks', async () => {
		const door = await openDoor({ limits: { openTasksPerType: 1 } });
		const source = await imported(door);
		await segment(door, source);
		const answer = await segment(door, source);
		expectError(answer, [429, 2000]);
		expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
	});

	it('404/2001: a source that is not there, or another key’s', async () => {
		const door = await openDoor();
		const source = await imported(door);
		const headers = { authorization: `Bearer ${await door.backend.newKey()}` };
		expectError(await segment(door, 'nobody'), [404, 2001]);
		const body = { type: 'mesh_segmentation', original_model_task_id: source };
		expectError(await door.ask(`${V2}/task`, body, { headers }), [404, 2001]);
		expectError(await door.ask(`${V2}/task/${source}`, undefined, { headers }), [404, 2001]);
		expectError(await door.ask(`${V2}/task/nobody`), [404, 2001], /nobody/);
	});

	it.each(['text_to_model', 'texture_model', 'convert_model', 'make_coffee', 'toString'])(
		'400/2002: %s',
		async (type) => {
			const { ask } = await openDoor();
			expectError(await ask(`${V2}/task`, { type, original_model_task_id: 'x' }), [400, 2002], new RegExp(type));
		},
	);

	it('400/2006: a source of the wrong type', async () => {
		const door = await openDoor();
		const { json } = await segment(door, await imported(door));
		expectError(await segment(door, json.data.task_id), [400, 2006]);
	});

	it('400/2007: a source that was not successful, or has expired', async () => {
		const door = await openDoor();
		const { json } = await door.ask(`${V2}/task`, { type: 'import_model', file: { file_token: await upload(door) } });
		expectError(await segment(door, json.data.task_id), [400, 2007]);
		door.backend.change(json.data.task_id, { status: 'expired' });
		expectError(await segment(door, json.data.task_id), [400, 2007]);
	});

	it('403/2010: no credits', async () => {
		const door = await openDoor({}, 10);
		expectError(await segment(door, await imported(door)), [403, 2010]);
	});

	it('400/2015 and 2017: versions', async () => {
		const door = await openDoor({ deprecatedVersions: 'refuse' });
		const lowPoly = { type: 'highpoly_to_lowpoly', model_version: 'P-v1.0-20250506', original_model_task_id: 'x' };
		expectError(await door.ask(`${V2}/task`, lowPoly), [400, 2015], /P-v2\.0-20251225/);
		expectError(await segment(door, 'x', { model_version: 'v9' }), [400, 2017], /v1\.0-20250506.*v2\.0-20260430/);
	});

	it('400/2003, 2004, 404/2019, 403/1005: files', async () => {
		const door = await openDoor();
		expectError(await door.ask(`${V2}/upload`, formWith('file', '')), [400, 2003]);
		const png = await upload(door, '\x89PNG\r\n\x1a\n', 'duck.glb');
		const image = formWith('file', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
		const { image_token } = (await door.ask(`${V2}/upload`, image)).json.data;
		expect(png).not.toBe(image_token);
		const importing = (file: object) => door.ask(`${V2}/task`, { type: 'import_model', file });
		expectError(await importing({ file_token: image_token }), [400, 2004], /PNG/);
		expectError(await importing({ file_token: 'nobody' }), [404, 2019]);
		expectError(await importing({ object: { bucket: 'other', key: png } }), [403, 1005], /other/);
		const headers = { authorization: `Bearer ${await door.backend.newKey()}` };
		const foreign = { type: 'import_model', file: { file_token: png } };
		expectError(await door.ask(`${V2}/task`, foreign, { headers }), [404, 2019]);
	});
});

describe('errors of every request', () => {
	it.each([
		['no header', {}, /missing/],
		['no Bearer', { authorization: 'Basic abc' }, /Bearer/],
		['an unknown key', { authorization: 'Bearer tsk_nobody' }, /unknown/],
	])('401/1002: %s', async (_, headers, message) => {
		const { base } = await openDoor();
		for (const path of ['/task/x', '/user/balance', '/nowhere']) {
			const response = await fetch(base + V2 + path, { headers });
			const answer = { status: response.status, headers: response.headers, json: await response.json() };
			expectError(answer, [401, 1002], message);
		}
	});

	it.each([
		['a missing brace', '{"type": "import_model"', /line 1, column 24/],
		['a missing comma', '{\n  "type": "x"\n  "file": {}\n}', /line 3, column 3/],
		['nothing', '', /line 1/],
		['a list', '[1]', /object/],
		['a tower', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /deeper/],
	])('400/1003: %s', async (_, body, message) => {
		const { ask } = await openDoor();
		const headers = { 'content-type': 'application/json' };
		expectError(await ask(`${V2}/task`, body, { headers }), [400, 1003], message);
	});

	it('429/1007: too many requests, too many uploads', async () => {
		const door = await openDoor({ limits: { requestsPerSecond: 3, uploadsPerSecond: 1 } });
		await upload(door);
		const refused = await door.ask(`${V2}/upload`, formWith('file', 'x'));
		expectError(refused, [429, 1007], /uploads.*1 seconds/);
		expect(refused.headers.get('retry-after')).toBe('1');
		await door.ask(`${V2}/user/balance`);
		expectError(await door.ask(`${V2}/user/balance`), [429, 1007], /requests/);
	});

	it('500/1000: what nobody foresaw, without its details', async () => {
		const door = await openDoor();
		door.server.log.level = 'silent';
		const id = await imported(door);
		door.backend.breakWith(new Error('password of the database'));
		const answer = await door.ask(`${V2}/task/${id}`);
		expectError(answer, [500, 1000], new RegExp(answer.headers.get('x-tripo-trace-id')!));
		expect(JSON.stringify(answer.json)).not.toContain('password');
	});

	it('413: a body and a file over the limit', async () => {
		const door = await openDoor({ limits: { uploadBytes: 1000 } });
		expect(await upload(door, 'x'.repeat(1000))).toMatch(UUID);
		expectError(await door.ask(`${V2}/upload`, formWith('file', 'x'.repeat(1001))), [413, 1004], /too large/);
		expectError(await door.ask(`${V2}/upload`, formWith('file', 'x'.repeat(3_000_000))), [413, 1004], /too large/);
		expectError(await door.ask(`${V2}/task`, { type: 'x'.repeat(2 ** 20) }), [413, 1004]);
		expect(door.backend.tokens()).toHaveLength(1);
	});

	it('413: a client that never sends the rest does not keep the server from closing', async () => {
		const door = await openDoor({ limits: { uploadBytes: 1000 } });
		const { port } = new URL(door.base);
		const socket = connect(Number(port), '127.0.0.1');
		const part = '--b\r\ncontent-disposition: form-data; name="file"; filename="m.glb"\r\n\r\n';
		const headers = `host: x\r\nauthorization: Bearer ${door.key}\r\ncontent-length: 3000000`;
		socket.write(`POST ${V2}/upload HTTP/1.1\r\n${headers}\r\ncontent-type: multipart/form-data; boundary=b\r\n\r\n`);
		socket.write(part + 'x'.repeat(100_000));
		const [answer] = await once(socket, 'data');
		expect(String(answer)).toMatch(/^HTTP\/1.1 413/);
		await Promise.all([door.server.close(), once(socket, 'close')]);
	}, 5000);

	it('404: routes that are not there, and addresses that are none', async () => {
		const { ask } = await openDoor();
		expectError(await ask(`${V2}/nowhere`), [404, 1004], /GET \/v2\/openapi\/nowhere/);
		expectError(await ask('/nowhere'), [404, 1004]);
		expectError(await ask(`${V2}/task`), [404, 1004]);
		expectError(await ask(`${V2}/task/%zz`), [400, 1003]);
	});

	it('400: an upload that is no form, or has no file', async () => {
		const { ask } = await openDoor();
		expectError(await ask(`${V2}/upload`, { file: 'x' }), [400, 1003], /multipart/);
		expectError(await ask(`${V2}/upload`, formWith('picture', 'x')), [400, 1004], /'file'/);
		const headers = { 'content-type': 'multipart/form-data' };
		expectError(await ask(`${V2}/upload`, 'x', { headers }), [400, 1003]);
	});
});

describe('bodies as people paste them', () => {
	const body = (source: string) => `{
  "type": "mesh_segmentation",
  "original_model_task_id": "${source}",
}`;

	it.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain', ''])(
		'takes a trailing comma under content type "%s"',
		async (type) => {
			const door = await openDoor();
			const source = await imported(door);
			const bytes = new TextEncoder().encode(body(source));
			const headers: Record<string, string> = { authorization: `Bearer ${door.key}` };
			if (type) headers['content-type'] = type;
			const response = await fetch(`${door.base}${V2}/task`, { method: 'POST', body: bytes, headers });
			expect(await response.json()).toMatchObject({ code: 0 });
		},
	);

	it.skipIf(spawnSync('curl', ['--version']).error)('takes the documented curl lines', async () => {
		const door = await openDoor();
		const source = await imported(door);
		const curl = async (...args: string[]) => {
			const { spawn } = await import('node:child_process');
			const child = spawn('curl', ['-s', '-H', `Authorization: Bearer ${door.key}`, ...args]);
			let text = '';
			for await (const chunk of child.stdout) text += chunk;
			return JSON.parse(text);
		};
		const url = `${door.base}${V2}/task`;
		const json = ['-H', 'Content-Type: application/json'];
		expect(await curl('-X', 'POST', url, ...json, '-d', body(source))).toMatchObject({ code: 0 });
		expect(await curl('-X', 'POST', url, '-d', body(source))).toMatchObject({ code: 0 });
		const file = ['-H', 'Content-Type: multipart/form-data', '-F', `file=@${import.meta.filename}`];
		expect(await curl('-X', 'POST', `${door.base}${V2}/upload`, ...file)).toMatchObject({ code: 0 });
	});
});

describe('an upload that breaks off', () => {
	it('leaves nothing behind', async () => {
		const door = await openDoor();
		const stop = new AbortController();
		const stream = new ReadableStream({
			start(controller) {
				const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.glb"\r\n\r\nglTF';
				controller.enqueue(new TextEncoder().encode(head));
				setTimeout(() => stop.abort(), 50);
			},
		});
		const headers = { authorization: `Bearer ${door.key}`, 'content-type': 'multipart/form-data; boundary=b' };
		const init = { method: 'POST', body: stream, headers, duplex: 'half', signal: stop.signal } as RequestInit;
		await expect(fetch(`${door.base}${V2}/upload`, init)).rejects.toThrow();
		await door.server.close();
		expect(door.backend.tokens()).toEqual([]);
	});
});
