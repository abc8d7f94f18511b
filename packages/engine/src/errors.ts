/**
 * Every error that the engine can raise, by code. One table: the command turns a code into an exit status, the service
 * into an HTTP answer, and `docs/errors.md` lists the same rows (a test compares them).
 *
 * Three kinds: `input` (the bytes or options are at fault: the user can mend it), `gave-up` (the input is sound but the
 * method does not reach it), `cancelled` (somebody stopped the run). What is none of these is a bug and has no code.
 */
export const ERRORS = {
	'unknown-format': { kind: 'input', cure: 'Give a GLB, glTF, OBJ, STL, PLY or OFF file, or a ZIP that holds one.' },
	'unsupported-format': { kind: 'input', cure: 'Export the model as GLB, glTF, OBJ, STL, PLY or OFF.' },
	'several-models': { kind: 'input', cure: 'Give one of the named models, packed with its own files.' },
	'malformed-file': { kind: 'input', cure: 'Export the file again; it does not follow its own format.' },
	'truncated-file': { kind: 'input', cure: 'Transfer or export the file again; its end is missing.' },
	'too-large': { kind: 'input', cure: 'Reduce the model, or raise the limit named in the message.' },
	'out-of-range': { kind: 'input', cure: 'Export the file again; an index or a size points outside its data.' },
	'missing-resource': { kind: 'input', cure: 'Pack the named file with the model: one GLB, or a ZIP with everything.' },
	'unsupported-extension': { kind: 'input', cure: 'Export without the named required extension.' },
	'no-triangles': { kind: 'input', cure: 'Give a model that has at least one triangle.' },
	'not-finite': { kind: 'input', cure: 'Remove NaN and infinite coordinates before export.' },
	'malformed-image': { kind: 'input', cure: 'Re-encode the named image as PNG or JPEG.' },
	'missing-codec': { kind: 'input', cure: 'Hand in a codec for the named image type.' },
	'invalid-option': { kind: 'input', cure: 'Give the option a value in the range that the message names.' },
	cancelled: { kind: 'cancelled', cure: 'Nothing to do: the run was stopped on request.' },
} as const satisfies Record<string, { kind: 'input' | 'gave-up' | 'cancelled'; cure: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a stable code, a sentence that says what and where, and a cure that says what to do. */
export class MeshError extends Error {
	readonly code: ErrorCode;
	/** What the sentence was made from, for programs: counts, indices, names. */
	readonly details: Readonly<Record<string, unknown>>;

	constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
		super(message);
		this.name = 'MeshError';
		this.code = code;
		this.details = details;
	}

	/** What the user can do about it. */
	get cure(): string {
		return ERRORS[this.code].cure;
	}
}
