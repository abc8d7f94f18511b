import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NewTask, RefusalCode } from '../src/tasks/backend.ts';
import { FOLLOWERS, isFinal, mayFollow, type Task, type TaskStatus } from '../src/tasks/task.ts';
import { expectBalancedLedger, newKey, newUpload, taskWhen, testHouse } from './fakes/house.ts';
import { segmentation } from './fakes/tasks.ts';

/** Of requests made all at once: what was made, and how often what was refused. */
async function race(requests: readonly Promise<Task>[]) {
	const settled = await Promise.allSettled(requests);
	const ids = new Set(settled.flatMap((s) => (s.status === 'fulfilled' ? [s.value.id] : [])));
	const refusals: Record<string, number> = {};
	for (const s of settled) if (s.status === 'rejected') refusals[s.reason.code] = (refusals[s.reason.code] ?? 0) + 1;
	return { tasks: ids.size, refusals };
}

const forty = <T>(make: (i: number) => T): T[] => Array.from({ length: 40 }, (_, i) => make(i));

describe('forty requests at once', () => {
	it('with one idempotency key make one task', async () => {
		const { house, dataDir } = await testHouse();
		const key = await newKey(house, 1000);
		const task = { ...segmentation(await newUpload(house, key)), idempotencyKey: 'once' };
		expect(await race(forty(() => house.tasks.create(key, task)))).toEqual({ tasks: 1, refusals: {} });
		expectBalancedLedger(dataDir);
	});

	it('with room for five make five', async () => {
		const { house, dataDir } = await testHouse({ limits: { openTasksPerType: 5 } });
		const key = await newKey(house, 10000);
		const token = await newUpload(house, key);
		const made = await race(forty(() => house.tasks.create(key, segmentation(token, { act: 'never end' }))));
		expect(made).toEqual({ tasks: 5, refusals: { 'too-many-tasks': 35 } });
		expect(await house.keys.balance(key)).toEqual({ balance: 10000 - 200, frozen: 200 });
		expectBalancedLedger(dataDir);
	});

	it('with credits for five make five', async () => {
		const { house, dataDir } = await testHouse({ limits: { openTasksPerType: 1000 } });
		const key = await newKey(house, 219);
		const token = await newUpload(house, key);
		const made = await race(forty(() => house.tasks.create(key, segmentation(token, { act: 'never end' }))));
		expect(made).toEqual({ tasks: 5, refusals: { 'no-credits': 35 } });
		expect(await house.keys.balance(key)).toEqual({ balance: 19, frozen: 200 });
		expectBalancedLedger(dataDir);
	});

	it('to cancel one task give its credits back once', async () => {
		const { house, dataDir } = await testHouse();
		const key = await newKey(house, 100);
		const { id } = await house.tasks.create(key, segmentation(await newUpload(house, key), { act: 'never end' }));
		await Promise.all(forty(() => house.tasks.cancel(key, id)));
		expect(await house.keys.balance(key)).toEqual({ balance: 100, frozen: 0 });
		expectBalancedLedger(dataDir);
	});
});

describe('an idempotency key', () => {
	it('brings the earlier task back, even when it is done', async () => {
		const { house } = await testHouse();
		const key = await newKey(house);
		const task = { ...segmentation(await newUpload(house, key)), idempotencyKey: 'k' };
		const { id } = await house.tasks.create(key, task);
		await taskWhen(house, key, id, 'success');
		expect(await house.tasks.create(key, task)).toMatchObject({ id, status: 'success' });
	});

	it('knows the same file that was uploaded again', async () => {
		const { house } = await testHouse();
		const key = await newKey(house);
		const create = async (text: string) =>
			house.tasks.create(key, { ...segmentation(await newUpload(house, key, text)), idempotencyKey: 'k' });
		const first = await create('bytes');
		expect((await create('bytes')).id).toBe(first.id);
		await expect(create('other bytes')).rejects.toMatchObject({ code: 'idempotency-mismatch' });
	});

	it('is refused for another request, and is another one for another API key', async () => {
		const { house } = await testHouse();
		const [a, b] = [await newKey(house), await newKey(house)];
		const task = async (key: string, options = {}) => ({
			...segmentation(await newUpload(house, key), options),
			idempotencyKey: 'k',
		});
		const first = await house.tasks.create(a, await task(a));
		await expect(house.tasks.create(a, await task(a, { parts: 8 }))).rejects.toMatchObject({
			code: 'idempotency-mismatch',
		});
		expect((await house.tasks.create(b, await task(b))).id).not.toBe(first.id);
	});
});

it('a source that cannot be used is refused, by its own code, and costs nothing', async () => {
	let time = 1_000_000;
	const { house } = await testHouse({}, { now: () => time });
	const [key, other] = [await newKey(house), await newKey(house)];
	const run = async (owner: string, type: Task['type'], options = {}) => {
		const task = { ...segmentation(await newUpload(house, owner), options), type };
		const { id } = await house.tasks.create(owner, task);
		await taskWhen(house, owner, id, ({ status }) => isFinal(status));
		return id;
	};
	const expired = await run(key, 'import_model');
	time += 24 * 3600 * 1000;
	await house.expire();
	const before = await house.keys.balance(key);

	const sources: [string, RefusalCode, NewTask['source']][] = [
		['an unknown task', 'source-not-found', { kind: 'task', taskId: 'x' }],
		["another key's task", 'source-not-found', { kind: 'task', taskId: await run(other, 'import_model') }],
		['a wrong type', 'source-type', { kind: 'task', taskId: await run(other, 'mesh_segmentation') }],
		['a failure', 'source-not-successful', { kind: 'task', taskId: await run(key, 'import_model', { act: 'abort' }) }],
		['an expired task', 'source-expired', { kind: 'task', taskId: expired }],
		['an unknown upload', 'upload-not-found', { kind: 'upload', token: 'x' }],
		["another key's upload", 'upload-not-found', { kind: 'upload', token: await newUpload(house, other) }],
		['a promise', 'upload-not-found', { kind: 'upload', token: await house.uploads.reserve(key, { name: 'x.glb' }) }],
	];
	for (const [what, code, source] of sources) {
		const asking = what === 'a wrong type' ? other : key;
		const refused = house.tasks.create(asking, { ...segmentation(''), source });
		await expect(refused, what).rejects.toMatchObject({ name: 'Refusal', code });
	}
	expect(await house.keys.balance(key)).toEqual(before);
});

describe('a task that starts from parts', () => {
	const partsTask = (type: Task['type'], taskId: string, partNames?: string[]): NewTask => ({
		surface: 'tripo-v2',
		type,
		input: {},
		source: { kind: 'task', taskId },
		options: partNames ? { partNames } : {},
	});

	it.each(['mesh_completion', 'highpoly_to_lowpoly'] as const)(
		'%s names parts of its source or is refused',
		async (type) => {
			const { house } = await testHouse();
			const key = await newKey(house);
			const asked = segmentation(await newUpload(house, key), { parts: ['head', 'leg'] });
			const { id } = await house.tasks.create(key, asked);
			await taskWhen(house, key, id, 'success');
			const before = await house.keys.balance(key);
			const refused = house.tasks.create(key, partsTask(type, id, ['head', 'tail', 'horn']));
			await expect(refused).rejects.toMatchObject({ code: 'unknown-part', message: /'tail', 'horn'.*head, leg/ });
			expect(await house.keys.balance(key)).toEqual(before);
			for (const names of [undefined, ['leg'], ['head', 'leg']])
				expect(await house.tasks.create(key, partsTask(type, id, names))).toMatchObject({ type, status: 'queued' });
		},
	);

	it.each([
		['mesh_completion', ['mesh_segmentation'], ['import_model', 'mesh_completion', 'highpoly_to_lowpoly']],
		['highpoly_to_lowpoly', ['import_model', 'mesh_segmentation', 'mesh_completion'], ['highpoly_to_lowpoly']],
		['mesh_segmentation', ['import_model', 'highpoly_to_lowpoly'], ['mesh_segmentation', 'mesh_completion']],
	] as const)('%s starts from %o, and not from %o', async (type, good, bad) => {
		const { house } = await testHouse();
		const key = await newKey(house);
		for (const [sources, taken] of [
			[good, true],
			[bad, false],
		] as const)
			for (const source of sources) {
				const first = { ...segmentation(await newUpload(house, key)), type: source };
				const { id } = await house.tasks.create(key, first);
				await taskWhen(house, key, id, 'success');
				const made = house.tasks.create(key, partsTask(type, id));
				if (taken) await expect(made).resolves.toMatchObject({ type });
				else await expect(made).rejects.toMatchObject({ code: 'source-type' });
			}
	});
});

describe('the queue', () => {
	it('is left in order, and says who is where and how long it may take', async () => {
		const { house } = await testHouse({ worker: { concurrency: 1 } });
		const key = await newKey(house);
		const token = await newUpload(house, key);
		const running = await house.tasks.create(key, segmentation(token, { act: 'never end' }));
		await taskWhen(house, key, running.id, 'running');
		const waiting: Task[] = [];
		for (let i = 0; i < 3; i++) waiting.push(await house.tasks.create(key, segmentation(token)));
		expect(waiting.map(({ queuePosition }) => queuePosition)).toEqual([0, 1, 2]);
		const left = waiting.map(({ remainingMs }) => remainingMs);
		expect(left).toEqual([...left].sort((a, b) => a - b));
		expect(left[0]).toBeGreaterThan(0);

		const { id } = waiting[0]!;
		const since = await house.keys.balance(key);
		expect(await house.tasks.cancel(key, id)).toMatchObject({
			status: 'cancelled',
			queuePosition: -1,
			remainingMs: -1,
		});
		expect((await house.keys.balance(key)).balance).toBe(since.balance + 40);
		expect((await house.tasks.get(key, waiting[1]!.id))!.queuePosition).toBe(0);

		const order: string[] = [];
		house.tasks.watch(key, (task) => task.status === 'running' && !order.includes(task.id) && order.push(task.id));
		await house.tasks.cancel(key, running.id);
		await taskWhen(house, key, waiting[2]!.id, 'success');
		expect(order).toEqual([waiting[1]!.id, waiting[2]!.id]);
	});

	it('says when to try again', async () => {
		const { house } = await testHouse({ limits: { openTasksPerType: 1 } });
		const key = await newKey(house);
		const token = await newUpload(house, key);
		await house.tasks.create(key, segmentation(token, { act: 'never end' }));
		await expect(house.tasks.create(key, segmentation(token))).rejects.toMatchObject({
			code: 'too-many-tasks',
			retryAfter: expect.any(Number),
		});
		// Another type has room of its own.
		await house.tasks.create(key, { ...segmentation(token), type: 'import_model' });
	});

	it('estimates by what tasks of the type took before, then by their own pace', async () => {
		let time = 1_000_000;
		const { house, dataDir } = await testHouse({}, { now: () => time });
		const key = await newKey(house);
		const token = await newUpload(house, key, 'x'.repeat(2 ** 20));
		for (let i = 0; i < 3; i++) {
			const file = join(dataDir, `minute-${i}-is-over`);
			const { id } = await house.tasks.create(key, segmentation(token, { act: 'wait for file', file }));
			await taskWhen(house, key, id, 'running');
			time += 60_000;
			writeFileSync(file, '');
			await taskWhen(house, key, id, 'success');
		}
		time += 10_000;
		const next = await house.tasks.create(key, segmentation(token, { act: 'never end' }));
		expect(next.remainingMs).toBeGreaterThan(55_000);
		expect(next.remainingMs).toBeLessThan(65_000);
		await taskWhen(house, key, next.id, ({ step }) => step === 'begin');
		time += 6000;
		const { remainingMs, progress } = (await house.tasks.get(key, next.id))!;
		expect(progress).toBe(10);
		expect(remainingMs).toBeGreaterThan(50_000);
		expect(remainingMs).toBeLessThan(60_000);
	});
});

describe('a task', () => {
	it("is nobody else's business", async () => {
		const { house } = await testHouse();
		const [mine, other] = [await newKey(house), await newKey(house)];
		const { id } = await house.tasks.create(mine, segmentation(await newUpload(house, mine), { act: 'never end' }));
		expect(await house.tasks.get(other, id)).toBeUndefined();
		expect(await house.tasks.cancel(other, id)).toBeUndefined();
		expect(await house.tasks.list(other, { limit: 10 })).toEqual([]);
		expect((await house.tasks.get(mine, id))!.status).not.toBe('cancelled');
	});

	it('costs more on the surface that says so', async () => {
		const { house } = await testHouse();
		const key = await newKey(house, 100);
		const task: NewTask = { ...segmentation(await newUpload(house, key)), surface: 'studio3d-v1' };
		expect((await house.tasks.create(key, task)).held).toBe(80);
		expect(await house.keys.balance(key)).toEqual({ balance: 20, frozen: 80 });
	});

	it('is listed newest first, page by page, none missing', async () => {
		const { house } = await testHouse({ limits: { openTasksPerType: 100 } }, { now: () => 5000 });
		const key = await newKey(house, 10000);
		const token = await newUpload(house, key);
		const made: string[] = [];
		for (let i = 0; i < 7; i++) made.unshift((await house.tasks.create(key, segmentation(token))).id);
		const listed: string[] = [];
		for (let before: number | undefined; ; ) {
			const page = await house.tasks.list(key, { limit: 3, ...(before !== undefined && { before }) });
			if (page.length === 0) break;
			listed.push(...page.map(({ id }) => id));
			before = page.at(-1)!.createdAt;
		}
		expect(listed).toEqual(made);
	});

	it('is told to those who watch, from queued to success, until they stop', async () => {
		const { house, errors } = await testHouse();
		const key = await newKey(house);
		const seen: TaskStatus[] = [];
		const stop = house.tasks.watch(key, ({ status }) => seen.at(-1) !== status && seen.push(status));
		house.tasks.watch(key, () => {
			throw new Error('a listener of ours is broken');
		});
		const token = await newUpload(house, key);
		const { id } = await house.tasks.create(key, segmentation(token));
		await taskWhen(house, key, id, 'success');
		stop();
		for (let i = 1; i < seen.length; i++) expect(mayFollow(seen[i - 1]!, seen[i]!)).toBe(true);
		expect(seen.at(-1)).toBe('success');
		const told = seen.length;
		await taskWhen(house, key, (await house.tasks.create(key, segmentation(token))).id, 'success');
		expect(seen.length).toBe(told);
		expect(String(errors[0])).toContain('a listener of ours is broken');
	});
});

describe('the states', () => {
	it('follow each other only as the table says', () => {
		for (const [status, followers] of Object.entries(FOLLOWERS) as [TaskStatus, TaskStatus[]][]) {
			expect(followers.every((next) => mayFollow(status, next))).toBe(true);
			expect(isFinal(status)).toBe(followers.every((next) => next === 'expired'));
		}
	});
});
