/** Marks a free slot of the hash table. */
const FREE = -1;

/**
 * Exact weld: points with the same coordinates, bit for bit (-0 taken as 0), become one vertex, numbered by first
 * appearance. Open addressing over the bits of the three floats, load at most one half.
 */
export class PositionWeld {
	#table = new Int32Array(1 << 13).fill(FREE);
	#positions = new Float32Array(3 << 12);
	#count = 0;

	/** Writes the vertex of each point `0..n - 1` into `vertexOf`. Points n × 3, finite. */
	add(points: Float32Array, n: number, vertexOf: Uint32Array): void {
		this.#reserve(this.#count + n);
		const table = this.#table;
		const positions = this.#positions;
		const bits = new Uint32Array(positions.buffer);
		const mask = table.length - 1;
		let count = this.#count;
		for (let i = 0; i < n; i++) {
			const at = 3 * count;
			positions[at] = points[3 * i] + 0; // -0 + 0 = 0
			positions[at + 1] = points[3 * i + 1] + 0;
			positions[at + 2] = points[3 * i + 2] + 0;
			const x = bits[at];
			const y = bits[at + 1];
			const z = bits[at + 2];
			let slot = hash(x, y, z) & mask;
			let vertex = table[slot];
			while (vertex !== FREE) {
				const old = 3 * vertex;
				if (bits[old] === x && bits[old + 1] === y && bits[old + 2] === z) break;
				slot = (slot + 1) & mask;
				vertex = table[slot];
			}
			if (vertex === FREE) {
				vertex = count++;
				table[slot] = vertex;
			}
			vertexOf[i] = vertex;
		}
		this.#count = count;
	}

	/** Coordinates of the vertices. V × 3. */
	positions(): Float32Array {
		return this.#positions.slice(0, 3 * this.#count);
	}

	/** Makes room for `total` vertices and one scratch row. */
	#reserve(total: number): void {
		if (3 * (total + 1) > this.#positions.length) {
			const grown = new Float32Array(3 * Math.max(total + 1, (this.#positions.length / 3) * 2));
			grown.set(this.#positions);
			this.#positions = grown;
		}
		let slots = this.#table.length;
		while (slots < 2 * total) slots *= 2;
		if (slots === this.#table.length) return;
		const table = new Int32Array(slots).fill(FREE);
		const bits = new Uint32Array(this.#positions.buffer);
		for (let vertex = 0; vertex < this.#count; vertex++) {
			let slot = hash(bits[3 * vertex], bits[3 * vertex + 1], bits[3 * vertex + 2]) & (slots - 1);
			while (table[slot] !== FREE) slot = (slot + 1) & (slots - 1);
			table[slot] = vertex;
		}
		this.#table = table;
	}
}

/** Mixes the bits of three floats, whose low bits are often all zero. The finaliser is MurmurHash3's (Appleby, 2011). */
function hash(x: number, y: number, z: number): number {
	let h = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca77) ^ Math.imul(z, 0xc2b2ae3d);
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return h ^ (h >>> 16);
}
