import type { Queue } from '../queue/queue.ts';
import { makeAttempt, SHUTDOWN, type Workshop } from './attempt.ts';

/**
 * Takes tasks from the queue and works on them, each in a child process of its own, until `stop`.
 *
 * @returns `stop` takes no more; what runs may end within `shutdownSeconds`, then it is killed and queued again.
 */
export function startWorker(shop: Workshop, queue: Queue): { stop(): Promise<void> } {
	const { house, attempts } = shop;
	const running = new Map<string, AbortController>();

	const unlisten = house.changes.listen(({ taskId, status }) => {
		if (status === 'cancelled') running.get(taskId)?.abort();
	});

	queue.start(attempts.claim, async (claim) => {
		const stop = new AbortController();
		running.set(claim.taskId, stop);
		await makeAttempt(shop, claim, stop);
		running.delete(claim.taskId);
	});

	return {
		async stop() {
			const killRest = setTimeout(() => {
				for (const stop of running.values()) stop.abort(SHUTDOWN);
			}, house.config.worker.shutdownSeconds * 1000);
			await queue.stop();
			clearTimeout(killRest);
			unlisten();
		},
	};
}
