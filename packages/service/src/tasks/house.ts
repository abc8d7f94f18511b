import type { Config } from '../config.ts';
import type { Database } from '../database/schema.ts';
import type { Storage } from '../storage/storage.ts';
import type { Changes } from './changes.ts';

/** What every file of this room works with: chosen by `main.ts`, handed to each. */
export type House = {
	readonly db: Database;
	readonly storage: Storage;
	readonly config: Config;
	/** ms since 1970; a test brings its own clock. */
	readonly now: () => number;
	readonly changes: Changes;
	/** Told what went wrong where nobody waits for an answer. */
	readonly onError: (error: unknown) => void;
};
