import type { Queue } from './queue.ts';

/**
 * Hands out work inside this process.
 * @param options `concurrency`: pieces at a time. `onError`: told when taking fails; it is tried again at the next `wake`.
 */
export function openInProcessQueue(options: { concurrency: number; onError: (error: unknown) => void }): Queue {
	let handOut: (() => Promise<void>) | undefined;
	const inHand = new Set<Promise<void>>();
	/** One look at a time; a wake during a look asks for one more. */
	let looking: Promise<void> | undefined;
	let lookAgain = false;

	async function look(): Promise<void> {
		do {
			lookAgain = false;
			await handOut?.();
		} while (lookAgain);
	}

	function wake(): void {
		lookAgain = true;
		looking ??= look()
			.catch(options.onError)
			.finally(() => {
				looking = undefined;
			});
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
