/**
 * The live corners of each vertex, as rings of links: two rings are joined by exchanging two links, and dead corners are
 * dropped when a ring is next walked, so that no topology has to be assumed.
 */
export class CornerRings {
	readonly #live: Uint8Array;
	/** Next corner at the same vertex, in a ring. C. */
	readonly #link: Int32Array;
	/** A corner of each vertex, or -1. V. */
	readonly #head: Int32Array;
	/** Corners that `walk` found last. */
	count = 0;

	/** @param at Vertex of each corner. C. @param live Is the triangle there? T; read whenever a ring is walked. */
	constructor(at: Uint32Array, live: Uint8Array, vertices: number) {
		this.#live = live;
		this.#link = new Int32Array(at.length);
		this.#head = new Int32Array(vertices).fill(-1);
		for (let c = at.length - 1; c >= 0; c--) {
			if (live[(c / 3) | 0] === 0) continue;
			const head = this.#head[at[c]];
			if (head < 0) {
				this.#link[c] = c;
				this.#head[at[c]] = c;
			} else {
				this.#link[c] = this.#link[head];
				this.#link[head] = c;
			}
		}
	}

	/** Has the vertex corners, as far as is known? */
	has(v: number): boolean {
		return this.#head[v] >= 0;
	}

	/** Live corners at `v`, written to `ring`; the array is exchanged for a longer one when it is too short. */
	walk(v: number, ring: Uint32Array): Uint32Array {
		const live = this.#live;
		const link = this.#link;
		let head = this.#head[v];
		this.count = 0;
		if (head < 0) return ring;
		let out = ring;
		let count = 0;
		let last = head;
		let c = link[head];
		// The head comes last, so that whatever is dropped has a predecessor.
		for (;;) {
			const following = link[c];
			if (live[(c / 3) | 0] !== 0) {
				if (count === out.length) {
					const longer = new Uint32Array(2 * count);
					longer.set(out);
					out = longer;
				}
				out[count++] = c;
				link[last] = c;
				last = c;
			}
			if (c === head) break;
			c = following;
		}
		if (count > 0) {
			head = last;
			link[head] = out[0];
		} else head = -1;
		this.#head[v] = head;
		this.count = count;
		return out;
	}

	/** Gives the corners of `u` to `v`. Both must have been walked since triangles there died. */
	join(u: number, v: number): void {
		const a = this.#head[u];
		const b = this.#head[v];
		if (a >= 0 && b >= 0) {
			const swap = this.#link[a];
			this.#link[a] = this.#link[b];
			this.#link[b] = swap;
		}
		this.#head[u] = -1;
	}
}
