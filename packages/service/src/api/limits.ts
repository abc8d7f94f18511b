import type { Config } from '../config.ts';
import { TokenBuckets } from './rate-limit.ts';

/** The token buckets of a server, by what they count. One set for all surfaces: a key has one allowance. */
export type Limits = {
	/** Requests of every kind. */
	readonly requests: TokenBuckets;
	/** Files that come in. */
	readonly uploads: TokenBuckets;
	/** Submissions to the 3D AI Studio surface. */
	readonly submissions: TokenBuckets;
};

/** The limits that the configuration sets. */
export const limitsOf = ({ limits }: Config): Limits => ({
	requests: new TokenBuckets({ capacity: limits.requestsPerSecond, perSeconds: 1 }),
	uploads: new TokenBuckets({ capacity: limits.uploadsPerSecond, perSeconds: 1 }),
	submissions: new TokenBuckets({ capacity: limits.studioRequestsPerMinute, perSeconds: 60 }),
});
