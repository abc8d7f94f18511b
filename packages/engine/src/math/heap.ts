/**
 * A binary heap of the numbers 0..n-1, smallest key first, in which a key can be changed and an item removed.
 *
 * Ties go to the smaller item, so that the order out never depends on the order in.
 */
export class IndexedHeap {
	/** Items in heap order. */
	readonly #items: Uint32Array;
	/** Place of each item in `#items`, or -1. */
	readonly #place: Int32Array;
	readonly #keys: Float64Array;
	#size = 0;

	/** @param n Items are 0..n-1. */
	constructor(n: number) {
		this.#items = new Uint32Array(n);
		this.#place = new Int32Array(n).fill(-1);
		this.#keys = new Float64Array(n);
	}

	get size(): number {
		return this.#size;
	}

	has(item: number): boolean {
		return this.#place[item] >= 0;
	}

	/** Key of an item; the last one it had when it is no longer in the heap. */
	key(item: number): number {
		return this.#keys[item];
	}

	/** The item with the smallest key; -1 when the heap is empty. */
	peek(): number {
		return this.#size > 0 ? this.#items[0] : -1;
	}

	/** Adds the item, or changes its key. */
	set(item: number, key: number): void {
		let place = this.#place[item];
		this.#keys[item] = key;
		if (place < 0) {
			place = this.#size++;
			this.#items[place] = item;
			this.#place[item] = place;
		}
		this.#rise(place);
		this.#sink(this.#place[item]);
	}

	/** Takes out the item with the smallest key; -1 when the heap is empty. */
	pop(): number {
		if (this.#size === 0) return -1;
		const item = this.#items[0];
		this.remove(item);
		return item;
	}

	/** Takes out an item; nothing happens when it is not in. */
	remove(item: number): void {
		const place = this.#place[item];
		if (place < 0) return;
		this.#place[item] = -1;
		const last = this.#items[--this.#size];
		if (last === item) return;
		this.#items[place] = last;
		this.#place[last] = place;
		this.#rise(place);
		this.#sink(this.#place[last]);
	}

	/** Takes out everything, in time proportional to what is in. */
	clear(): void {
		for (let i = 0; i < this.#size; i++) this.#place[this.#items[i]] = -1;
		this.#size = 0;
	}

	#rise(place: number): void {
		const items = this.#items;
		const keys = this.#keys;
		const places = this.#place;
		const item = items[place];
		const key = keys[item];
		while (place > 0) {
			const parent = (place - 1) >> 1;
			const above = items[parent];
			if (keys[above] < key || (keys[above] === key && above < item)) break;
			items[place] = above;
			places[above] = place;
			place = parent;
		}
		items[place] = item;
		places[item] = place;
	}

	#sink(place: number): void {
		const items = this.#items;
		const keys = this.#keys;
		const places = this.#place;
		const size = this.#size;
		const item = items[place];
		const key = keys[item];
		for (;;) {
			let child = 2 * place + 1;
			if (child >= size) break;
			let below = items[child];
			if (child + 1 < size) {
				const other = items[child + 1];
				if (keys[other] < keys[below] || (keys[other] === keys[below] && other < below)) {
					child++;
					below = other;
				}
			}
			if (key < keys[below] || (key === keys[below] && item < below)) break;
			items[place] = below;
			places[below] = place;
			place = child;
		}
		items[place] = item;
		places[item] = place;
	}
}
