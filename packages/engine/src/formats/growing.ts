/** Numbers that arrive one by one, in a typed array that doubles. For files that do not say how many are to come. */
export class GrowingFloats {
	#values = new Float32Array(1024);
	length = 0;

	push(value: number): void {
		if (this.length === this.#values.length) {
			const wider = new Float32Array(this.length * 2);
			wider.set(this.#values);
			this.#values = wider;
		}
		this.#values[this.length++] = value;
	}

	/** What was pushed, without a copy. */
	finish(): Float32Array {
		return this.#values.subarray(0, this.length);
	}
}

/** The same for indices. A twin on purpose: one class over both kinds of array makes every `push` polymorphic. */
export class GrowingIndices {
	#values = new Uint32Array(1024);
	length = 0;

	push(value: number): void {
		if (this.length === this.#values.length) {
			const wider = new Uint32Array(this.length * 2);
			wider.set(this.#values);
			this.#values = wider;
		}
		this.#values[this.length++] = value;
	}

	/** What was pushed, without a copy. */
	finish(): Uint32Array {
		return this.#values.subarray(0, this.length);
	}
}
