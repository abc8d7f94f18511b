import { expect, it, onTestFinished } from 'vitest';
import { createServer } from '../../src/api/server.ts';
import type { ConfigFile } from '../../src/config.ts';
import type { Backend } from '../../src/tasks/backend.ts';
import { taskWhen, testHouse } from '../fakes/house.ts';
import { formWith } from './open-door.ts';

/** The doors before the real house, whose children do what a test asks. */
async function openHouse(config: ConfigFile = {}, now?: () => number) {
	const { house } = await testHouse(config, now ? { now } : {});
	const server = await createServer(house);
	const base = await server.listen({ host: '127.0.0.1', port: 0 });
	onTestFinished(() => server.close());
	const newKey = async (credits: number) => {
		const { key, secret } = await house.keys.create({ name: 'test', credits });
		const ask = async (path: string, body?: object) => {
			const isForm = body instanceof FormData;
			const response = await fetch(base + path, {
				...(body && { method: 'POST', body: isForm ? body : JSON.stringify(body) }),
				headers: { authorization: `Bearer ${secret}`, ...(body && !isForm && { 'content-type': 'application/json' }) },
			});
			// biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field
			return { status: response.status, json: (await response.json()) as any };
		};
		return { keyId: key.id, ask };
	};
	return { house, newKey };
}

type Asker = Awaited<ReturnType<Awaited<ReturnType<typeof openHouse>>['newKey']>>;

async function importModel(house: Backend, { ask, keyId }: Asker, text = 'glTF'): Promise<string> {
	const { image_token } = (await ask('/v2/openapi/upload', formWith('file', text))).json.data;
	const { json } = await ask('/v2/openapi/task', { type: 'import_model', file: { file_token: image_token } });
	await taskWhen(house, keyId, json.data.task_id, 'success');
	return json.data.task_id;
}

const segment = (source: string) => ({ type: 'mesh_segmentation', original_model_task_id: source });

it('takes a model in and gives its parts back, on both surfaces', async () => {
	const { house, newKey } = await openHouse();
	const key = await newKey(200);
	const source = await importModel(house, key, 'glTF of a duck');
	const { json } = await key.ask('/v2/openapi/task', segment(source));
	await taskWhen(house, key.keyId, json.data.task_id, 'success');
	const task = (await key.ask(`/v2/openapi/task/${json.data.task_id}`)).json.data;
	expect(task).toMatchObject({ status: 'success', progress: 100, consumed_credit: 40, running_left_time: -1 });
	const range = await fetch(task.output.model, { headers: { range: 'bytes=0-3' } });
	expect([range.status, await range.text()]).toEqual([206, 'glTF']);

	const made = await key.ask('/v1/3d-models/tripo/mesh-segmentation/', formWith('model', 'glTF of a goose'));
	await taskWhen(house, key.keyId, made.json.task_id, 'success');
	const status = (await key.ask(`/v1/generation-request/${made.json.task_id}/status/`)).json;
	expect(await (await fetch(status.results[0].asset)).text()).toBe('glTF of a goose');
	expect((await key.ask('/v1/account/user/wallet/')).json).toEqual({ balance: '80.00' });
	expect((await key.ask('/v2/openapi/user/balance')).json.data).toEqual({ balance: 80, frozen: 0 });
});

it('refuses as documented', async () => {
	const { house, newKey } = await openHouse({ limits: { openTasksPerType: 1, triangles: 10 } });
	const [key, poor] = [await newKey(1000), await newKey(39)];
	const source = await importModel(house, key);
	const codeOf = async ({ ask }: Asker, path: string, body?: object) => {
		const { status, json } = await ask(path, body);
		return [status, json.code];
	};
	const task = '/v2/openapi/task';
	const { json } = await key.ask(task, segment(source));
	expect(await codeOf(key, task, segment(source))).toEqual([429, 2000]);
	expect(await codeOf(key, task, segment(json.data.task_id))).toEqual([400, 2006]);
	expect(await codeOf(key, task, segment(await importModel(house, key, 'glTF of a city')))).toEqual([400, 2018]);
	expect(await codeOf(poor, task, segment(source))).toEqual([404, 2001]);
	expect(await codeOf(poor, `${task}/${source}`)).toEqual([404, 2001]);
	expect(await codeOf(poor, task, segment(await importModel(house, poor)))).toEqual([403, 2010]);
	expect(await codeOf(key, '/v2/openapi/upload', formWith('file', ''))).toEqual([400, 2003]);
	expect(await codeOf(key, task, { type: 'import_model', file: { file_token: 'nobody' } })).toEqual([404, 2019]);
	const studio = await poor.ask('/v1/3d-models/tripo/mesh-segmentation/', { model_url: 'https://example.com/a.glb' });
	expect([studio.status, studio.json.error.code]).toEqual([402, 'INSUFFICIENT_CREDITS']);
	const unfinished = await key.ask(task, { type: 'import_model', file: { url: 'http://127.0.0.1/a.glb' } });
	const failed = await taskWhen(house, key.keyId, unfinished.json.data.task_id, 'failed');
	expect(failed.error).toMatchObject({ code: 'download-failed' });
	expect((await key.ask(`${task}/${failed.id}`)).json.data).toMatchObject({ status: 'failed', error_code: 2019 });
	expect(await codeOf(key, task, segment(failed.id))).toEqual([400, 2007]);
});

it('lets results expire', async () => {
	let time = Date.now();
	const { house, newKey } = await openHouse({ linkLifetimeSeconds: 999_999 }, () => time);
	const key = await newKey(100);
	const source = await importModel(house, key);
	const before = (await key.ask(`/v2/openapi/task/${source}`)).json.data;
	time += 25 * 3600_000;
	await (house as Backend & { expire(): Promise<void> }).expire();
	const after = (await key.ask(`/v2/openapi/task/${source}`)).json.data;
	expect([before.status, after.status, after.output]).toEqual(['success', 'expired', {}]);
	expect((await fetch(before.output.model)).status).toBe(403);
	const { status, json } = await key.ask('/v2/openapi/task', segment(source));
	expect([status, json.code]).toEqual([400, 2007]);
});
