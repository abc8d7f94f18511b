import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newKey, newUpload, taskWhen, testHouse } from './fakes/house.ts';
import { segmentation } from './fakes/tasks.ts';

const DAY_MS = 24 * 3600 * 1000;

/** A house whose clock the test turns. */
async function clockedHouse() {
	const clock = { time: Date.now() };
	return { clock, ...(await testHouse({}, { now: () => clock.time })) };
}

it('files go when their time is over, and the task says so', async () => {
	const { house, dataDir, clock } = await clockedHouse();
	const key = await newKey(house);
	const token = await newUpload(house, key);
	const { id } = await house.tasks.create(key, segmentation(token));
	const task = await taskWhen(house, key, id, 'success');
	expect(task.expiresAt).toBe(clock.time + DAY_MS);
	const link = new URL(house.files.link(task, 'model.glb'), 'http://x').searchParams;
	const open = () => house.files.open({ taskId: id, name: 'model.glb', exp: link.get('exp')!, sig: link.get('sig')! });

	clock.time += DAY_MS - 2000;
	await house.expire();
	const file = await open();
	if (typeof file === 'string') throw new Error(file);
	file.body.destroy();
	expect(await house.uploads.find(key, token)).toBeDefined();

	clock.time += 2000;
	expect(await open()).toBe('expired');
	await house.expire();
	expect(await house.tasks.get(key, id)).toMatchObject({ status: 'expired', outputs: [], consumed: 40 });
	expect(await house.uploads.find(key, token)).toBeUndefined();
	expect(existsSync(join(dataDir, 'files', 'results', id))).toBe(false);
	expect(existsSync(join(dataDir, 'files', 'uploads', token))).toBe(false);

	clock.time -= 2000;
	expect(await open()).toBe('gone');
});

it('files stay as long as an open task needs them', async () => {
	const { house, clock } = await clockedHouse();
	const key = await newKey(house);
	const token = await newUpload(house, key);
	const first = await house.tasks.create(key, { ...segmentation(token), type: 'import_model' });
	await taskWhen(house, key, first.id, 'success');
	const fromUpload = await house.tasks.create(key, segmentation(token, { act: 'never end' }));
	const fromTask = await house.tasks.create(key, {
		...segmentation(token, { act: 'never end' }),
		source: { kind: 'task', taskId: first.id },
	});

	clock.time += DAY_MS;
	await house.expire();
	expect((await house.tasks.get(key, first.id))!.status).toBe('success');
	expect(await house.uploads.find(key, token)).toBeDefined();

	await house.tasks.cancel(key, fromUpload.id);
	await house.tasks.cancel(key, fromTask.id);
	await house.expire();
	expect((await house.tasks.get(key, first.id))!.status).toBe('expired');
	expect(await house.uploads.find(key, token)).toBeUndefined();
});

it('a promise that nobody kept goes too', async () => {
	const { house, clock } = await clockedHouse();
	const key = await newKey(house);
	const token = await house.uploads.reserve(key, { name: 'x.glb' });
	clock.time += DAY_MS;
	await house.expire();
	await expect(house.tasks.create(key, segmentation(token))).rejects.toMatchObject({ code: 'upload-not-found' });
});
