import type { House } from './house.ts';
import type { Outlook, TaskRow } from './row.ts';
import type { TaskType } from './task.ts';

/**
 * When will a task be done? From what tasks of its type took before, per byte of input; once it runs, more and more from
 * its own progress; and from what waits before it.
 */
export type Estimate = { outlook(row: TaskRow): Promise<Outlook> };

type Measured = Pick<TaskRow, 'type' | 'source_bytes' | 'started_at' | 'progress'>;

/** Estimates from the tasks in the database. */
export function openEstimate({ db, config, now }: Pick<House, 'db' | 'config' | 'now'>): Estimate {
	const known = new Map<string, { readonly rate: number; readonly until: number }>();

	/** ms per byte of a type: the median of the last successes. */
	async function rateOf(type: string): Promise<number> {
		const fresh = known.get(type);
		if (fresh && fresh.until > now()) return fresh.rate;
		const past = await db
			.selectFrom('task')
			.select(['source_bytes', 'started_at', 'finished_at'])
			.where('status', 'in', ['success', 'expired'])
			.where('type', '=', type)
			.orderBy('created_at', 'desc')
			.limit(PAST_TASKS)
			.execute();
		const rates = past.map((t) => (t.finished_at! - t.started_at!) / sizeOf(t.source_bytes)).sort((a, b) => a - b);
		const rate = rates[rates.length >> 1] ?? FIRST_RATES[type as TaskType];
		known.set(type, { rate, until: now() + RATE_LIFETIME_MS });
		return rate;
	}

	/** The nearer the end, the more its own pace counts. */
	async function leftOfRunning({ type, source_bytes, started_at, progress }: Measured): Promise<number> {
		const expected = (await rateOf(type)) * sizeOf(source_bytes);
		const elapsed = Math.max(0, now() - started_at!);
		const done = progress / 100;
		if (done === 0) return Math.max(expected - elapsed, elapsed * OVERDUE);
		const atThisPace = elapsed / done;
		const total = (1 - done) * expected + done * atThisPace;
		return (total > elapsed ? total : atThisPace) - elapsed;
	}

	/** All work that is ahead, shared among the hands, and at least until the first hand is free. */
	async function outlookOfQueued(row: TaskRow): Promise<Outlook> {
		const ahead = await db
			.selectFrom('task')
			.select((e) => [
				'type',
				e.fn.countAll().as('tasks'),
				e.fn.sum(e.fn.coalesce('source_bytes', e.lit(UNKNOWN_BYTES))).as('bytes'),
			])
			.where('status', '=', 'queued')
			.where('created_at', '<', row.created_at)
			.groupBy('type')
			.execute();
		const running = await db
			.selectFrom('task')
			.select(['type', 'source_bytes', 'started_at', 'progress'])
			.where('status', '=', 'running')
			.execute();

		let queuePosition = 0;
		let work = 0;
		for (const { type, tasks, bytes } of ahead) {
			queuePosition += Number(tasks);
			work += (await rateOf(type)) * (Number(bytes) + Number(tasks) * START_BYTES);
		}
		const left: number[] = [];
		for (const other of running) left.push(await leftOfRunning(other));
		for (const ms of left) work += ms;

		const hands = config.worker.concurrency;
		const handIsFree = running.length + queuePosition < hands;
		const wait = handIsFree ? 0 : Math.max(work / hands, Math.min(...left, work));
		const own = (await rateOf(row.type)) * sizeOf(row.source_bytes);
		return { queuePosition, remainingMs: Math.round(wait + own) };
	}

	return {
		async outlook(row) {
			if (row.status === 'queued') return outlookOfQueued(row);
			if (row.status === 'running') return { queuePosition: -1, remainingMs: Math.round(await leftOfRunning(row)) };
			return { queuePosition: -1, remainingMs: -1 };
		},
	};
}

/** Of the same type, newest first. */
const PAST_TASKS = 25;
/** How long a rate is used before it is looked up again. */
const RATE_LIFETIME_MS = 5000;
/** What every task costs beside its size (the child's start, the picture), as bytes of input. */
const START_BYTES = 2 ** 20;
/** Taken for a model whose size is not known yet: a usual generated one. */
const UNKNOWN_BYTES = 4 * 2 ** 20;
/** A task without progress that took longer than expected is thought to need this share of its time again. */
const OVERDUE = 0.25;
/** ms per byte until a first task of the type has succeeded. */
const FIRST_RATES: Readonly<Record<TaskType, number>> = {
	import_model: 0.0006,
	mesh_segmentation: 0.0015,
	mesh_completion: 0.002,
	highpoly_to_lowpoly: 0.003,
};

const sizeOf = (bytes: number | null): number => (bytes ?? UNKNOWN_BYTES) + START_BYTES;
