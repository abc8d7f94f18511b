import type { Readable } from 'node:stream';
import type { Config } from '../config.ts';
import type { Surface, Task, TaskType } from './task.ts';

/** All that the doors (`api/`) may ask of the house behind them. Made by `main.ts`; knows nothing of HTTP. */
export type Backend = {
	readonly config: Config;
	readonly keys: Keys;
	readonly tasks: Tasks;
	readonly uploads: Uploads;
	readonly files: Files;
	/**
	 * 32 bytes for signatures that the doors make themselves (temporary upload credentials): another for each purpose,
	 * the same after a restart, never shown.
	 */
	secretFor(purpose: string): Buffer;
	/** Stops taking work, lets or makes the running children end, closes the stores. */
	close(): Promise<void>;
};

/** An API key as it may be shown: the secret is shown once, at creation. */
export type Key = {
	readonly id: string;
	readonly name: string;
	/** First characters of the secret, for display. */
	readonly prefix: string;
	readonly createdAt: number;
	readonly revokedAt: number | null;
};

export type Keys = {
	/** Makes a key `tsk_…` with a first grant of credits. */
	create(options: { name: string; credits: number }): Promise<{ key: Key; secret: string }>;
	/** The living key of a secret; undefined when unknown or revoked. */
	find(secret: string): Promise<Key | undefined>;
	list(): Promise<readonly (Key & Balance)[]>;
	revoke(id: string): Promise<void>;
	grant(id: string, credits: number): Promise<void>;
	balance(id: string): Promise<Balance>;
};

/** Credits free to spend, and credits held by open tasks. */
export type Balance = { readonly balance: number; readonly frozen: number };

/** Where a task's model comes from: exactly one. */
export type TaskSource =
	| { readonly kind: 'task'; readonly taskId: string }
	| { readonly kind: 'upload'; readonly token: string }
	| { readonly kind: 'url'; readonly url: string };

export type NewTask = {
	readonly surface: Surface;
	readonly type: TaskType;
	/** The request as it came, without `type`: kept for the task object. */
	readonly input: Readonly<Record<string, unknown>>;
	readonly source: TaskSource;
	/** Checked options for the engine's verb. */
	readonly options: Readonly<Record<string, unknown>>;
	readonly idempotencyKey?: string;
};

export type Tasks = {
	/**
	 * Checks the source, counts open tasks, holds the credits and queues the task: one transaction.
	 * @throws Refusal `source-not-found`, `source-type`, `source-not-successful`, `source-expired`, `too-complex`, `unknown-part`,
	 * `upload-not-found`,
	 * `too-many-tasks`, `no-credits`, `idempotency-mismatch`.
	 */
	create(keyId: string, task: NewTask): Promise<Task>;
	/** The task, if it is this key's. */
	get(keyId: string, taskId: string): Promise<Task | undefined>;
	/** Newest first. */
	list(keyId: string, options: { limit: number; before?: number }): Promise<readonly Task[]>;
	/** Cancels a queued or running task; returns it as it is then. Undefined when it is not this key's. */
	cancel(keyId: string, taskId: string): Promise<Task | undefined>;
	/** Calls back at every change of any task of the key; returns what ends it. */
	watch(keyId: string, listener: (task: Task) => void): () => void;
};

/** A file that a client brought. */
export type Upload = {
	readonly token: string;
	readonly name: string;
	readonly bytes: number;
	readonly createdAt: number;
};

export type Uploads = {
	/**
	 * Streams a file into the store under a fresh token, or under `token` when it was promised before (`reserve`).
	 * @throws Refusal `empty-file`, `file-too-large`.
	 */
	put(keyId: string, file: { name: string; body: Readable; token?: string }): Promise<Upload>;
	/** Promises a token that a later `put` will fill. */
	reserve(keyId: string, options: { name: string }): Promise<string>;
	find(keyId: string, token: string): Promise<Upload | undefined>;
	/** Reads a file that a client brought, from its first byte; undefined when it is not this key's or not filled. */
	open(keyId: string, token: string): Promise<Readable | undefined>;
	/** Drops a file that nothing refers to (the parts of an upload in parts, once they are joined). */
	remove(keyId: string, token: string): Promise<void>;
};

export type Files = {
	/** Path and query of a signed link to one result: `/files/<task>/<name>?exp=…&sig=…`. */
	link(task: Task, name: string): string;
	/** Opens a result for a link, or says `invalid`, `expired` or `gone`. `range` in bytes, inclusive. */
	open(
		link: { taskId: string; name: string; exp: string; sig: string },
		range?: { start: number; end?: number },
	): Promise<OpenedFile | 'invalid' | 'expired' | 'gone'>;
};

export type OpenedFile = {
	readonly body: Readable;
	/** Of the whole file. */
	readonly bytes: number;
	readonly mimeType: string;
	readonly etag: string;
};

/** A request that the house refuses, by code; the doors map each code to their own status and envelope. */
export type RefusalCode =
	| 'source-not-found'
	| 'source-type'
	| 'source-not-successful'
	| 'source-expired'
	| 'too-complex'
	| 'unknown-part'
	| 'upload-not-found'
	| 'too-many-tasks'
	| 'no-credits'
	| 'idempotency-mismatch'
	| 'empty-file'
	| 'file-too-large';

export class Refusal extends Error {
	readonly code: RefusalCode;
	/** Seconds after which to try again, where that helps. */
	readonly retryAfter: number | undefined;

	constructor(code: RefusalCode, message: string, retryAfter?: number) {
		super(message);
		this.name = 'Refusal';
		this.code = code;
		this.retryAfter = retryAfter;
	}
}
