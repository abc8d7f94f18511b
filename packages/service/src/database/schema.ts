import type { Kysely, Transaction as KyselyTransaction } from 'kysely';

/**
 * The tables, as TypeScript sees them. Only what SQLite and PostgreSQL have in common: whole numbers, text, null.
 * Times are ms since 1970, JSON is text.
 */
export type Schema = {
	api_key: ApiKeyTable;
	ledger: LedgerTable;
	task: TaskTable;
	upload: UploadTable;
	setting: SettingTable;
};

type ApiKeyTable = {
	id: string;
	name: string;
	/** First characters of the secret, for display. */
	prefix: string;
	/** SHA-256 of the secret, hex. The secret itself is kept nowhere. */
	secret_hash: string;
	created_at: number;
	revoked_at: number | null;
	/** Credits free to spend: always the sum of `ledger.balance_change`, never below 0. */
	balance: number;
	/** Credits held by open tasks: always the sum of `ledger.frozen_change`, never below 0. */
	frozen: number;
};

/** What happened to credits. Rows are added, never changed. */
type LedgerTable = {
	id: string;
	key_id: string;
	/** Null for a grant. */
	task_id: string | null;
	kind: 'grant' | 'hold' | 'capture' | 'release';
	balance_change: number;
	frozen_change: number;
	created_at: number;
};

type TaskTable = {
	id: string;
	key_id: string;
	surface: string;
	type: string;
	/** JSON of the request. */
	input: string;
	/** JSON of the checked options. */
	options: string;
	source_kind: 'task' | 'upload' | 'url';
	/** Task id, upload token or URL. */
	source_ref: string;
	/** Place of the source in storage; null for a URL. */
	source_key: string | null;
	/** File name of the source, '' for a URL. */
	source_name: string;
	/** Null until a URL is downloaded. */
	source_bytes: number | null;
	idempotency_key: string | null;
	/** SHA-256 of what was asked, hex: an idempotency key with another one is refused. */
	fingerprint: string;
	price: number;
	status: string;
	/** Whole percent. */
	progress: number;
	step: string;
	/** No two tasks have the same: it is also the order of the queue and the mark of a page of a list. */
	created_at: number;
	started_at: number | null;
	finished_at: number | null;
	expires_at: number | null;
	/** When the files of an expired task were deleted. */
	purged_at: number | null;
	/** Attempts begun. */
	attempt: number;
	/** Fresh for each attempt; whoever does not hold it changes nothing. Null while nobody works on the task. */
	lease: string | null;
	/** JSON; null until success. */
	outputs: string | null;
	report: string | null;
	/** JSON; null unless it failed. */
	error: string | null;
};

type UploadTable = {
	token: string;
	key_id: string;
	name: string;
	bytes: number;
	/** SHA-256 of the bytes, hex; '' until stored. */
	sha256: string;
	created_at: number;
	/** Null while only promised. */
	stored_at: number | null;
	/** Set first, then the file goes, then the row. */
	expired_at: number | null;
};

type SettingTable = { name: string; value: string };

export type Database = Kysely<Schema>;
/** Statements that happen together or not at all. Nothing but the database may be awaited inside. */
export type Transaction = KyselyTransaction<Schema>;
