import { describe, expect, it } from 'vitest';
import { IndexedHeap } from '../../src/math/heap.ts';
import { random } from '../../src/math/random.ts';

describe('IndexedHeap', () => {
	it('gives items by key, and of equal keys the smaller item first', () => {
		const heap = new IndexedHeap(6);
		for (const [item, key] of [
			[4, 1],
			[2, 3],
			[5, 1],
			[0, 2],
			[1, 1],
		])
			heap.set(item, key);
		const out: number[] = [];
		while (heap.size > 0) out.push(heap.pop());
		expect(out).toEqual([1, 4, 5, 0, 2]);
		expect(heap.pop()).toBe(-1);
		expect(heap.peek()).toBe(-1);
	});

	it('stays in order when keys change and items are removed', () => {
		const draw = random(7);
		const n = 200;
		const heap = new IndexedHeap(n);
		const keys = new Map<number, number>();
		for (let round = 0; round < 2000; round++) {
			const item = Math.floor(draw() * n);
			if (draw() < 0.3) {
				heap.remove(item);
				keys.delete(item);
			} else {
				const key = Math.floor(draw() * 50);
				heap.set(item, key);
				keys.set(item, key);
			}
		}
		const expected = [...keys].sort(([i, a], [j, b]) => a - b || i - j).map(([item]) => item);
		const out: number[] = [];
		while (heap.size > 0) out.push(heap.pop());
		expect(out).toEqual(expected);
	});

	it('knows what is in and forgets all', () => {
		const heap = new IndexedHeap(3);
		heap.set(2, 5);
		expect([heap.has(2), heap.has(1), heap.key(2)]).toEqual([true, false, 5]);
		heap.clear();
		expect([heap.size, heap.has(2)]).toEqual([0, false]);
	});
});
