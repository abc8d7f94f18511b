import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Task } from '../src/tasks/task.ts';
import { checkHandlers, HANDLERS } from '../src/worker/handlers.ts';
import { newKey, newUpload, taskWhen, testHouse, textOf } from './fakes/house.ts';
import { segmentation } from './fakes/tasks.ts';

const MIB = 2 ** 20;
const isFinal = ({ status }: Task): boolean => status !== 'queued' && status !== 'running';

/** Runs one task that does `act` to its end. */
async function endOf(act: string, config: Parameters<typeof testHouse>[0] = {}) {
	const { house, errors, dataDir } = await testHouse(config);
	const key = await newKey(house, 100);
	const { id } = await house.tasks.create(key, segmentation(await newUpload(house, key), { act }));
	const task = await taskWhen(house, key, id, isFinal);
	return { task, errors, dataDir, balance: await house.keys.balance(key), house };
}

describe('a task that succeeds', () => {
	it('gives its outputs, takes its credits and leaves nothing else behind', async () => {
		const { task, balance, house, dataDir } = await endOf('echo');
		expect(task).toMatchObject({
			status: 'success',
			progress: 100,
			consumed: 40,
			held: 0,
			remainingMs: -1,
			error: null,
		});
		expect(task.outputs.map(({ role, name, bytes }) => [role, name, bytes])).toEqual([
			['model', 'model.glb', 7],
			['rendered_image', 'rendered.png', 9],
		]);
		expect(balance).toEqual({ balance: 60, frozen: 0 });
		const link = new URL(house.files.link(task, 'model.glb'), 'http://x');
		const [, , taskId, name] = link.pathname.split('/');
		const asked = {
			taskId: taskId!,
			name: name!,
			exp: link.searchParams.get('exp')!,
			sig: link.searchParams.get('sig')!,
		};
		const file = await house.files.open(asked);
		if (typeof file === 'string') throw new Error(file);
		expect(await textOf(file.body)).toBe('a model');
		expect(file).toMatchObject({ bytes: 7, mimeType: 'model/gltf-binary' });
		const part = await house.files.open(asked, { start: 2, end: 4 });
		if (typeof part === 'string') throw new Error(part);
		expect(await textOf(part.body)).toBe('mod');
		expect(await house.files.open({ ...asked, name: 'rendered.png' })).toBe('invalid');
		expect(await house.files.open({ ...asked, exp: `${Number(asked.exp) + 1}` })).toBe('invalid');
		await house.close();
		expect(readdirSync(join(dataDir, 'work'))).toEqual([]);
	});

	it('tells the handler the name of the file and the prefix of parts, and the child no secrets', async () => {
		process.env.SOME_SECRET = 'x';
		onTestFinished(() => void delete process.env.SOME_SECRET);
		const { task } = await endOf('echo', { partPrefix: 'p_' });
		expect(task.report).toMatchObject({ name: 'model.glb', partPrefix: 'p_' });
		expect(task.report!.environment).not.toContain('SOME_SECRET');
	});

	it('tells its progress even while it is busy, never falling', async () => {
		const { house } = await testHouse();
		const key = await newKey(house);
		const seen: { progress: number; time: number }[] = [];
		house.tasks.watch(key, ({ progress }) => seen.push({ progress, time: performance.now() }));
		const { id } = await house.tasks.create(key, segmentation(await newUpload(house, key), { act: 'be busy' }));
		await taskWhen(house, key, id, 'success');
		const onTheWay = seen.filter(({ progress }) => progress > 0 && progress < 90);
		expect(onTheWay.length).toBeGreaterThanOrEqual(3);
		expect(onTheWay.at(-1)!.time - onTheWay[0]!.time).toBeGreaterThan(400);
		const percents = seen.map(({ progress }) => progress);
		expect(percents).toEqual([...percents].sort((a, b) => a - b));
	});

	it('starts from the result of another task', async () => {
		const { house } = await testHouse();
		const key = await newKey(house);
		const token = await newUpload(house, key, 'the first model');
		const first = await house.tasks.create(key, { ...segmentation(token), type: 'import_model' });
		await taskWhen(house, key, first.id, 'success');
		const second = await house.tasks.create(key, {
			...segmentation(token),
			source: { kind: 'task', taskId: first.id },
		});
		const { outputs } = await taskWhen(house, key, second.id, 'success');
		expect(outputs[0]!.bytes).toBe('the first model'.length);
	});

	it('fetches its model from a URL', async () => {
		const server = createServer((_, answer) => answer.end('from afar')).listen(0, '127.0.0.1');
		onTestFinished(() => void server.close());
		await new Promise((resolve) => server.once('listening', resolve));
		const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
		const { house } = await testHouse({ allowedPrivateHosts: [host] });
		const key = await newKey(house);
		const from = (url: string) =>
			house.tasks
				.create(key, { ...segmentation(''), source: { kind: 'url', url } })
				.then(({ id }) => taskWhen(house, key, id, isFinal));
		expect(await from(`http://${host}/model.glb`)).toMatchObject({ status: 'success', report: { name: 'model.glb' } });
		const refused = await from('http://127.0.0.1:1/model.glb');
		expect(refused).toMatchObject({ status: 'failed', error: { code: 'download-failed' }, consumed: 0 });
	});
});

describe('a task that fails gives its credits back and says why', () => {
	const small = { memoryBytes: 300 * MIB, attempts: 1 };
	it.each([
		['refuse the model', 'no-triangles', {}],
		['have a bug', 'crashed', {}],
		['abort', 'crashed', {}],
		['segfault', 'crashed', {}],
		['exit silently', 'crashed', {}],
		['never end', 'timeout', { timeoutSeconds: 2 }],
		['allocate buffers', 'out-of-memory', small],
		['fill the heap', 'out-of-memory', small],
	])('%s: %s', async (act, code, worker) => {
		const { task, balance } = await endOf(act, { worker });
		expect(task).toMatchObject({ status: 'failed', error: { code }, consumed: 0, held: 0, outputs: [] });
		expect(task.error!.message).not.toBe('');
		expect(task.error!.cure).not.toBe('');
		expect(balance).toEqual({ balance: 100, frozen: 0 });
	});

	it('logs the stack of a bug', async () => {
		const { errors } = await endOf('have a bug');
		expect(String(errors[0])).toContain('x is not a function');
	});
});

describe('a child that goes down', () => {
	it('is tried again', async () => {
		const { house, dataDir } = await testHouse();
		const key = await newKey(house);
		const options = { act: 'abort at first', file: join(dataDir, 'was-here') };
		const { id } = await house.tasks.create(key, segmentation(await newUpload(house, key), options));
		expect(await taskWhen(house, key, id, isFinal)).toMatchObject({ status: 'success', consumed: 40 });
	});

	it('leaves the other tasks alone', async () => {
		const { house } = await testHouse();
		const key = await newKey(house);
		const token = await newUpload(house, key);
		const bad = await house.tasks.create(key, segmentation(token, { act: 'abort' }));
		const good = await house.tasks.create(key, segmentation(token));
		expect(await taskWhen(house, key, bad.id, isFinal)).toMatchObject({ status: 'failed' });
		expect(await taskWhen(house, key, good.id, isFinal)).toMatchObject({ status: 'success' });
	});
});

describe('cancel', () => {
	it('of a running task kills its child within a second and gives the credits back', async () => {
		const { house, dataDir } = await testHouse({ worker: { concurrency: 1 } });
		const key = await newKey(house, 100);
		const token = await newUpload(house, key);
		const { id } = await house.tasks.create(key, segmentation(token, { act: 'never end' }));
		await taskWhen(house, key, id, ({ step }) => step === 'begin');
		const since = performance.now();
		expect(await house.tasks.cancel(key, id)).toMatchObject({ status: 'cancelled', consumed: 0, held: 0 });
		expect(await house.keys.balance(key)).toEqual({ balance: 100, frozen: 0 });
		// The one hand is free again only when the child is gone.
		const next = await house.tasks.create(key, segmentation(token));
		await taskWhen(house, key, next.id, ({ status }) => status !== 'queued');
		expect(performance.now() - since).toBeLessThan(1000);
		await taskWhen(house, key, next.id, 'success');
		expect((await house.tasks.get(key, id))!.status).toBe('cancelled');
		expect(existsSync(join(dataDir, 'files', 'results', id))).toBe(false);
	});
});

describe('cancel at any moment', () => {
	it('leaves no child at work', async () => {
		const { house } = await testHouse({ worker: { concurrency: 4, shutdownSeconds: 25 } });
		const key = await newKey(house);
		const token = await newUpload(house, key);
		for (let turns = 0; turns < 12; turns++) {
			const { id } = await house.tasks.create(key, segmentation(token, { act: 'never end' }));
			for (let turn = 0; turn < turns * 4; turn++) await Promise.resolve();
			await house.tasks.cancel(key, id);
		}
		const since = performance.now();
		await house.close();
		expect(performance.now() - since).toBeLessThan(5000);
		expect(house.config.worker.shutdownSeconds).toBe(25);
	});
});

describe('the handlers', () => {
	it('are one for each type', () => {
		expect(() => checkHandlers(HANDLERS)).not.toThrow();
		expect(() => checkHandlers(HANDLERS.slice(1))).toThrow('import_model has 0 handlers');
		expect(() => checkHandlers([...HANDLERS, HANDLERS[0]!])).toThrow('import_model has 2 handlers');
	});
});
