/** Marks a free slot of the hash table. */
const FREE = -1;

/**
 * Exact weld: rows with the same values, bit for bit (-0 taken as 0), become one, numbered by first appearance.
 * Points become vertices with rows of three, corner attributes their distinct values. Open addressing over the bits of
 * the floats, load at most one half.
 */
export class RowWeld {
	readonly #size: number;
	#table = new Int32Array(1 << 13).fill(FREE);
	#values: Float32Array;
	#count = 0;

	constructor(size: number) {
		this.#size = size;
		this.#values = new Float32Array(size << 12);
	}

	/** Writes the distinct row of each of the rows `0..n - 1` into `rowOf`. Rows n × size. */
	add(rows: Float32Array, n: number, rowOf: Uint32Array): void {
		this.#reserve(this.#count + n);
		const size = this.#size;
		const table = this.#table;
		const values = this.#values;
		const bits = new Uint32Array(values.buffer);
		const mask = table.length - 1;
		let count = this.#count;
		for (let i = 0; i < n; i++) {
			const at = size * count;
			for (let k = 0; k < size; k++) values[at + k] = rows[size * i + k] + 0; // -0 + 0 = 0
			let slot = hash(bits, at, size) & mask;
			let row = table[slot];
			while (row !== FREE && !sameBits(bits, size * row, at, size)) {
				slot = (slot + 1) & mask;
				row = table[slot];
			}
			if (row === FREE) {
				row = count++;
				table[slot] = row;
			}
			rowOf[i] = row;
		}
		this.#count = count;
	}

	/** The distinct rows. count × size. */
	values(): Float32Array {
		return this.#values.slice(0, this.#size * this.#count);
	}

	/** Makes room for `total` rows and one scratch row. */
	#reserve(total: number): void {
		const size = this.#size;
		if (size * (total + 1) > this.#values.length) {
			const grown = new Float32Array(size * Math.max(total + 1, (this.#values.length / size) * 2));
			grown.set(this.#values);
			this.#values = grown;
		}
		let slots = this.#table.length;
		while (slots < 2 * total) slots *= 2;
		if (slots === this.#table.length) return;
		const table = new Int32Array(slots).fill(FREE);
		const bits = new Uint32Array(this.#values.buffer);
		for (let row = 0; row < this.#count; row++) {
			let slot = hash(bits, size * row, size) & (slots - 1);
			while (table[slot] !== FREE) slot = (slot + 1) & (slots - 1);
			table[slot] = row;
		}
		this.#table = table;
	}
}

function sameBits(bits: Uint32Array, a: number, b: number, size: number): boolean {
	for (let k = 0; k < size; k++) if (bits[a + k] !== bits[b + k]) return false;
	return true;
}

/** Mixes the bits of a row of floats, whose low bits are often all zero. The finaliser is MurmurHash3's (Appleby, 2011). */
function hash(bits: Uint32Array, at: number, size: number): number {
	let h = 0;
	for (let k = 0; k < size; k++) h = Math.imul(h ^ (h >>> 15) ^ bits[at + k], 0x9e3779b1);
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return h ^ (h >>> 16);
}
