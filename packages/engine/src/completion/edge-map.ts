/** A number for each of some edges, given by two whole numbers below 2^31 in size, the order of which counts. */
export type EdgeMap = {
	/** The number of an edge, or -1. */
	readonly get: (a: number, b: number) => number;
	/** Sets the number of an edge, 0 or more; returns what it was, or -1. */
	readonly set: (a: number, b: number, value: number) => number;
};

/**
 * Open addressing in typed arrays: with a Map of numbers above 2^32, which are kept as objects, the tables of edges were a
 * tenth of all time.
 *
 * @param expected About how many edges there will be; more make it grow.
 */
export function newEdgeMap(expected: number): EdgeMap {
	let mask = 15;
	while (mask < 2 * expected) mask = 2 * mask + 1;
	let words = new Int32Array(3 * (mask + 1));
	let count = 0;
	/** Where an edge is, or has its place. The third word is its number + 1, 0 for nothing. */
	const find = (a: number, b: number): number => {
		let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
		h ^= h >>> 15;
		for (let at = h & mask; ; at = (at + 1) & mask) {
			const o = 3 * at;
			if (words[o + 2] === 0 || (words[o] === a && words[o + 1] === b)) return o;
		}
	};
	const grow = (): void => {
		const old = words;
		mask = 2 * mask + 1;
		words = new Int32Array(3 * (mask + 1));
		for (let o = 0; o < old.length; o += 3) {
			if (old[o + 2] === 0) continue;
			const at = find(old[o], old[o + 1]);
			for (let k = 0; k < 3; k++) words[at + k] = old[o + k];
		}
	};
	return {
		get: (a, b) => words[find(a, b) + 2] - 1,
		set: (a, b, value) => {
			const o = find(a, b);
			const before = words[o + 2] - 1;
			words[o] = a;
			words[o + 1] = b;
			words[o + 2] = value + 1;
			if (before < 0 && ++count > mask >> 1) grow();
			return before;
		},
	};
}
