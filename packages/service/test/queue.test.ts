import { describe, expect, it } from 'vitest';
import { openInProcessQueue } from '../src/queue/in-process.ts';
import type { Queue } from '../src/queue/queue.ts';

const QUEUES: [string, (concurrency: number, onError?: (error: unknown) => void) => Queue][] = [
	['in process', (concurrency, onError = () => {}) => openInProcessQueue({ concurrency, onError })],
];

/** Work that ends when the test says so. */
function workbench(pieces: number[]) {
	const ends = new Map<number, () => void>();
	const begun: number[] = [];
	const waiting: (() => void)[] = [];
	return {
		begun,
		take: async () => pieces.shift(),
		work: (piece: number) =>
			new Promise<void>((resolve) => {
				begun.push(piece);
				ends.set(piece, resolve);
				for (const tell of waiting.splice(0)) tell();
			}),
		end: (piece: number) => ends.get(piece)!(),
		/** Resolves when so many pieces were begun. */
		async untilBegun(count: number) {
			while (begun.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
		},
	};
}

describe.each(QUEUES)('queue: %s', (_, open) => {
	it('hands out in order, so many at a time, and the next when one is over', async () => {
		const queue = open(2);
		const bench = workbench([1, 2, 3]);
		queue.start(bench.take, bench.work);
		await bench.untilBegun(2);
		expect(bench.begun).toEqual([1, 2]);
		bench.end(2);
		await bench.untilBegun(3);
		bench.end(1);
		bench.end(3);
		await queue.stop();
	});

	it('looks again when it is woken', async () => {
		const queue = open(1);
		const pieces: number[] = [];
		const bench = workbench(pieces);
		queue.start(bench.take, bench.work);
		pieces.push(1);
		queue.wake();
		await bench.untilBegun(1);
		bench.end(1);
		await queue.stop();
	});

	it('stops when the last is over, and begins no other', async () => {
		const queue = open(1);
		const bench = workbench([1, 2]);
		queue.start(bench.take, bench.work);
		await bench.untilBegun(1);
		const stopped = queue.stop();
		queue.wake();
		bench.end(1);
		await stopped;
		expect(bench.begun).toEqual([1]);
	});

	it('tells when taking fails, and tries again when it is woken', async () => {
		const errors: unknown[] = [];
		const queue = open(1, (error) => {
			errors.push(error);
			queue.wake();
		});
		const bench = workbench([1]);
		let first = true;
		const take = async () => {
			if (!first) return bench.take();
			first = false;
			throw new Error('the disk is full');
		};
		queue.start(take, bench.work);
		await bench.untilBegun(1);
		expect(String(errors[0])).toContain('the disk is full');
		bench.end(1);
		await queue.stop();
	});
});
