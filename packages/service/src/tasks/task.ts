/** What a task is: one piece of work at the service, and who may follow whom among its states. */
export type Task = {
	/** A UUID. */
	readonly id: string;
	readonly keyId: string;
	readonly surface: Surface;
	readonly type: TaskType;
	/** The request as it came, without `type`. */
	readonly input: Readonly<Record<string, unknown>>;
	readonly status: TaskStatus;
	/** Whole percent, 0..100. */
	readonly progress: number;
	/** Name of the step that the engine is in, '' before it starts. */
	readonly step: string;
	/** ms since 1970. */
	readonly createdAt: number;
	readonly startedAt: number | null;
	readonly finishedAt: number | null;
	/** When the files go, ms since 1970; null while there are none. */
	readonly expiresAt: number | null;
	/** Place in the queue, 0 = next; -1 when not queued. */
	readonly queuePosition: number;
	/** Honest estimate of the time left, ms; -1 when final. */
	readonly remainingMs: number;
	/** Credits taken: 0 until success, and 0 for good when it failed or was cancelled. */
	readonly consumed: number;
	/** Credits held while it is open. */
	readonly held: number;
	/** Files by role; empty until success and after expiry. */
	readonly outputs: readonly OutputFile[];
	/** Facts of the result for JSON answers: counts, warnings, times; null until success. */
	readonly report: Readonly<Record<string, unknown>> | null;
	/** Why it failed; null otherwise. */
	readonly error: TaskFailure | null;
};

/** `code` is an engine code (`malformed-file`) or one of `timeout`, `out-of-memory`, `crashed`, `download-failed`, `interrupted`. */
export type TaskFailure = { readonly code: string; readonly message: string; readonly cure: string };

/** A result: `role` is `model`, `glb` (where the model is of another format) or `rendered_image`; `name` carries the true extension; `key` is its place in storage. */
export type OutputFile = {
	readonly role: 'model' | 'glb' | 'rendered_image';
	readonly name: string;
	readonly key: string;
	readonly mimeType: string;
	readonly bytes: number;
};

export type Surface = 'tripo-v2' | 'studio3d-v1' | 'tripo-v3';
/** The types that this server runs. Others are refused at creation. */
export type TaskType = 'import_model' | 'mesh_segmentation' | 'mesh_completion' | 'highpoly_to_lowpoly';

export type TaskStatus = 'queued' | 'running' | 'success' | 'failed' | 'cancelled' | 'expired';

/** Who may follow whom. A state with no followers but `expired` is final. */
export const FOLLOWERS: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
	queued: ['running', 'failed', 'cancelled'],
	running: ['success', 'failed', 'cancelled', 'queued'],
	success: ['expired'],
	failed: [],
	cancelled: [],
	expired: [],
};

/** Is there nothing more to wait for? */
export const isFinal = (status: TaskStatus): boolean => status !== 'queued' && status !== 'running';
/** May a task go from one state to the other? */
export const mayFollow = (from: TaskStatus, to: TaskStatus): boolean => FOLLOWERS[from].includes(to);
