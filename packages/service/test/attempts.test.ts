import { describe, expect, it, onTestFinished } from 'vitest';
import { checkConfig } from '../src/config.ts';
import { openSqlite } from '../src/database/sqlite.ts';
import { openDirectory } from '../src/storage/directory.ts';
import { openAttempts } from '../src/tasks/attempts.ts';
import { Changes } from '../src/tasks/changes.ts';
import type { House } from '../src/tasks/house.ts';
import { openKeys } from '../src/tasks/keys.ts';
import { openTasks } from '../src/tasks/tasks.ts';
import { openUploads } from '../src/tasks/uploads.ts';
import { newUpload, temporaryDirectory } from './fakes/house.ts';
import { segmentation } from './fakes/tasks.ts';

/** One queued task in a house without a worker, so that the test is the worker. */
async function queuedTask(attemptsAllowed = 2) {
	const dir = temporaryDirectory();
	const db = await openSqlite(`${dir}/test.sqlite`);
	onTestFinished(() => db.destroy());
	const house: House = {
		db,
		storage: await openDirectory(`${dir}/files`),
		config: checkConfig({ worker: { attempts: attemptsAllowed } }, 'test'),
		now: Date.now,
		changes: new Changes(),
		onError: (error) => {
			throw error;
		},
	};
	const keys = openKeys(house);
	const { id: key } = (await keys.create({ name: 'test', credits: 100 })).key;
	const tasks = openTasks(house, () => {});
	const token = await newUpload({ uploads: openUploads(house) } as Parameters<typeof newUpload>[0], key);
	const { id } = await tasks.create(key, segmentation(token));
	const kinds = async () =>
		(await db.selectFrom('ledger').select('kind').where('task_id', '=', id).execute()).map(({ kind }) => kind).sort();
	return {
		attempts: openAttempts(house),
		task: async () => (await tasks.get(key, id))!,
		cancel: () => tasks.cancel(key, id),
		balance: () => keys.balance(key),
		kinds,
	};
}

const RESULT = {
	outputs: [
		{
			role: 'model' as const,
			name: 'model.glb',
			key: 'results/x/y/model.glb',
			mimeType: 'model/gltf-binary',
			bytes: 1,
		},
	],
	report: {},
};
const FAILURE = { code: 'crashed', message: 'm', cure: 'c' };

describe('a claim', () => {
	it('is given once', async () => {
		const { attempts } = await queuedTask();
		const claims = await Promise.all([attempts.claim(), attempts.claim(), attempts.claim()]);
		expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
	});

	it('that is outdated changes nothing', async () => {
		const { attempts, task, balance, kinds } = await queuedTask();
		const first = (await attempts.claim())!;
		await attempts.putBack(first, { counted: true });
		const second = (await attempts.claim())!;
		expect(second.attempt).toBe(2);
		expect(await attempts.progress(first, { step: 'late', fraction: 0.9 })).toBe(false);
		expect(await attempts.finish(first, RESULT)).toBe(false);
		expect(await attempts.fail(first, FAILURE)).toBe(false);
		expect(await attempts.putBack(first, { counted: true })).toBe(false);
		expect(await task()).toMatchObject({ status: 'running', step: '', outputs: [] });
		expect(await attempts.finish(second, RESULT)).toBe(true);
		expect(await attempts.finish(second, RESULT)).toBe(false);
		expect(await attempts.fail(second, FAILURE)).toBe(false);
		expect(await task()).toMatchObject({ status: 'success', consumed: 40 });
		expect(await balance()).toEqual({ balance: 60, frozen: 0 });
		expect(await kinds()).toEqual(['capture', 'hold']);
	});

	it('ends with a cancel: the late result is not published and not paid', async () => {
		const { attempts, task, cancel, balance, kinds } = await queuedTask();
		const claim = (await attempts.claim())!;
		await cancel();
		expect(await attempts.finish(claim, RESULT)).toBe(false);
		expect(await task()).toMatchObject({ status: 'cancelled', outputs: [], consumed: 0 });
		expect(await balance()).toEqual({ balance: 100, frozen: 0 });
		expect(await kinds()).toEqual(['hold', 'release']);
	});

	it('gives credits back once, however many report the failure', async () => {
		const { attempts, balance, kinds } = await queuedTask();
		const claim = (await attempts.claim())!;
		const failed = await Promise.all([1, 2, 3].map(() => attempts.fail(claim, FAILURE)));
		expect(failed.filter(Boolean)).toHaveLength(1);
		expect(await balance()).toEqual({ balance: 100, frozen: 0 });
		expect(await kinds()).toEqual(['hold', 'release']);
	});

	it('that was not its fault is not counted', async () => {
		const { attempts } = await queuedTask();
		await attempts.putBack((await attempts.claim())!, { counted: false });
		expect((await attempts.claim())!.attempt).toBe(1);
	});
});

describe('after a start', () => {
	it('what ran is queued again, and its old claim is void', async () => {
		const { attempts, task } = await queuedTask();
		const claim = (await attempts.claim())!;
		expect(await attempts.recover()).toEqual([`results/${claim.taskId}/${claim.lease}`]);
		expect(await task()).toMatchObject({ status: 'queued', startedAt: null, progress: 0 });
		expect(await attempts.finish(claim, RESULT)).toBe(false);
		expect((await attempts.claim())!.attempt).toBe(2);
	});

	it('what has used up its attempts fails with its credits back', async () => {
		const { attempts, task, balance } = await queuedTask(1);
		await attempts.claim();
		await attempts.recover();
		expect(await task()).toMatchObject({ status: 'failed', error: { code: 'interrupted' } });
		expect(await balance()).toEqual({ balance: 100, frozen: 0 });
	});
});
