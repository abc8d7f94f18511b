import type { Queue } from './queue.ts';

/**
 * Hands out work inside this process.
 * @param options `concurrency`: pieces at a time. `onError`: told when taking fails; it is tried again at the next `wake`.
 */
export function openInProcessQueue(options: { concurrency: number; onError: (error: unknown) => void }): Queue {
	let handOut: (() => Promise<void>) | undefined;
	const inHand = new Set<Promise<void>>();
	/** One look at a time; a wake during a look asks for one more. */
	let isLooking = false;
	let lookAgain = false;
	let looking: Promise<void> = Promise.resolve();

	// The flag falls in the same turn in which the last question was answered with no: a wake is never lost in between.
	async function look(): Promise<void> {
		isLooking = true;
		do {
			lookAgain = false;
			try {
				await handOut?.();
			} catch (error) {
				options.onError(error);
			}
		} while (lookAgain);
		isLooking = false;
	}

	function wake(): void {
		if (isLooking) lookAgain = true;
		else looking = look();
	}

	return {
		wake,

		start(take, work) {
			handOut = async () => {
				while (handOut && inHand.size < options.concurrency) {
					const piece = await take();
					if (piece === undefined) return;
					const job = work(piece).finally(() => {
						inHand.delete(job);
						wake();
					});
					inHand.add(job);
				}
			};
			wake();
		},

		async stop() {
			handOut = undefined;
			await looking;
			await Promise.all(inHand);
		},
	};
}
