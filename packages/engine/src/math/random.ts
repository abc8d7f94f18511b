/**
 * Seeded random numbers in [0, 1): the same seed gives the same row on every machine.
 * The generator is mulberry32 (32 bits of state): ample for sampling, not for secrets.
 */
export function random(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let x = Math.imul(state ^ (state >>> 15), 1 | state);
		x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
		return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
	};
}
