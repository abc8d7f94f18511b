import type { FastifyRequest } from 'fastify';
import { ApiError } from './errors.ts';

/** Keys remembered before those with a full bucket, which are as good as new, are forgotten. */
const REMEMBERED = 10_000;

type Bucket = { tokens: number; at: number };

/**
 * Token buckets, one for each API key: `capacity` requests at once, refilled evenly. In memory, hence exact for one
 * process and per process where there are several.
 */
export class TokenBuckets {
	readonly #capacity: number;
	readonly #perMs: number;
	readonly #now: () => number;
	readonly #buckets = new Map<string, Bucket>();

	/** @param options.perSeconds Seconds in which an empty bucket is full again. `now`: the clock, ms. */
	constructor(options: { capacity: number; perSeconds: number; now?: () => number }) {
		this.#capacity = options.capacity;
		this.#perMs = options.capacity / (options.perSeconds * 1000);
		this.#now = options.now ?? (() => performance.now());
	}

	/** Takes one token and returns 0; or takes none and returns the whole seconds until there is one. */
	take(keyId: string): number {
		const bucket = this.#filled(keyId);
		if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / this.#perMs / 1000));
		bucket.tokens--;
		return 0;
	}

	/** Puts a token back, for a request that came to nothing. */
	giveBack(keyId: string): void {
		const bucket = this.#filled(keyId);
		bucket.tokens = Math.min(this.#capacity, bucket.tokens + 1);
	}

	#filled(keyId: string): Bucket {
		const now = this.#now();
		let bucket = this.#buckets.get(keyId);
		if (!bucket) {
			if (this.#buckets.size >= REMEMBERED) this.#forget(now);
			bucket = { tokens: this.#capacity, at: now };
			this.#buckets.set(keyId, bucket);
		}
		bucket.tokens = Math.min(this.#capacity, bucket.tokens + (now - bucket.at) * this.#perMs);
		bucket.at = now;
		return bucket;
	}

	#forget(now: number): void {
		for (const [keyId, { tokens, at }] of this.#buckets) {
			if (tokens + (now - at) * this.#perMs >= this.#capacity) this.#buckets.delete(keyId);
		}
	}
}

/** A hook that lets a key's requests through as fast as its bucket refills. Stands after `requireKey`. */
export const limitRate = (buckets: TokenBuckets, what: string) => async (request: FastifyRequest) => {
	const wait = buckets.take(request.key.id);
	if (wait > 0) throw new ApiError('rate-limited', `too many ${what}`, wait);
};
