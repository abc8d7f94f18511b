/**
 * Exit codes of the command. `bug` is whatever nobody foresaw; 130 is what a shell reports for Ctrl-C.
 */
export const EXIT = Object.freeze({ ok: 0, bug: 1, usage: 2, input: 3, files: 4, cancelled: 130 });

export type ExitReason = Exclude<keyof typeof EXIT, 'ok'>;

/** Why a command ended early: what and where (`message`), what to do (`cure`), a stable code, and the exit code. */
export class Failure extends Error {
	readonly reason: ExitReason;
	/** Kebab-case, stable: an engine code, or one of the command's own (`file-not-found`, `port-busy` …). */
	readonly code: string;
	readonly cure: string;

	constructor(reason: ExitReason, code: string, message: string, cure: string) {
		super(message);
		this.name = 'Failure';
		this.reason = reason;
		this.code = code;
		this.cure = cure;
	}
}

/** What the engine's `MeshError` looks like from outside, also after a crossing between threads. */
export type EngineFailure = {
	readonly code: string;
	readonly kind: string;
	readonly message: string;
	readonly cure: string;
};

/** The command's view of an engine error: an option out of range is a usage error, all else is the input's fault. */
export function failureOf({ code, kind, message, cure }: EngineFailure): Failure {
	const reason = kind === 'cancelled' ? 'cancelled' : code === 'invalid-option' ? 'usage' : 'input';
	return new Failure(reason, code, message, cure);
}

/** Any thrown value as a failure; what is none is a bug. */
export function toFailure(error: unknown): Failure {
	if (error instanceof Failure) return error;
	const bug = new Failure(
		'bug',
		'bug',
		error instanceof Error ? error.message : String(error),
		'This is a fault of meshwright. Run again with --debug and report what it prints.',
	);
	if (error instanceof Error && error.stack) bug.stack = error.stack;
	return bug;
}

/** The lines that a person reads: no stack unless asked for. */
export function describeFailure(failure: Failure, options: { readonly debug: boolean }): string {
	if (failure.reason === 'cancelled') return 'cancelled: nothing was written\n';
	const lines = [`error: ${failure.message}`, `  ${failure.cure}`];
	if (options.debug) lines.push('', failure.stack ?? '(no stack)');
	return `${lines.join('\n')}\n`;
}

/** The form that a program reads, on standard output with `--json`. */
export function failureAsJson({ code, message, cure }: Failure): string {
	return `${JSON.stringify({ error: { code, message, cure } }, null, '\t')}\n`;
}
