import type { FastifyError, FastifyRequest } from 'fastify';
import { Refusal } from '../tasks/backend.ts';

type Row = {
	/** HTTP status and code on the Tripo surfaces, and on the doors that belong to no surface. */
	readonly tripo: readonly [number, number];
	/** HTTP status and code on the 3D AI Studio surface. */
	readonly studio: readonly [number, string];
	/** What to do about it. */
	readonly suggestion: string;
};

/**
 * Every error that a door can answer with, by code, and how each surface puts it. Statuses differ between surfaces for
 * the same cause, since their documents do.
 */
export const API_ERRORS = {
	unauthenticated: {
		tripo: [401, 1002],
		studio: [401, 'INVALID_API_KEY'],
		suggestion: 'Send a living API key as the header "Authorization: Bearer tsk_...".',
	},
	'malformed-body': {
		tripo: [400, 1003],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Mend the request body at the place that the message names.',
	},
	'invalid-parameter': {
		tripo: [400, 1004],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Correct the parameter that the message names.',
	},
	'unknown-part': {
		tripo: [400, 1004],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Give names from the list in the message, or leave part_names out for all.',
	},
	'body-too-large': {
		tripo: [413, 1004],
		studio: [413, 'VALIDATION_FAILED'],
		suggestion: 'Send a smaller body; models go through the upload routes.',
	},
	'not-allowed': {
		tripo: [403, 1005],
		studio: [403, 'FORBIDDEN'],
		suggestion: 'Use what belongs to your key; links to results come with the task.',
	},
	'link-expired': {
		tripo: [403, 1005],
		studio: [403, 'FORBIDDEN'],
		suggestion: 'Ask for the task again: every answer carries fresh links.',
	},
	'rate-limited': {
		tripo: [429, 1007],
		studio: [429, 'RATE_LIMITED'],
		suggestion: 'Wait as long as the Retry-After header says, then try again.',
	},
	'too-many-tasks': {
		tripo: [429, 2000],
		studio: [429, 'RATE_LIMITED'],
		suggestion: 'Wait until one of your open tasks ends, then try again; see the rate limit.',
	},
	'task-not-found': {
		tripo: [404, 2001],
		studio: [404, 'NOT_FOUND'],
		suggestion: 'Check the task id; a task is visible only to the key that made it.',
	},
	'source-not-found': {
		tripo: [404, 2001],
		studio: [404, 'NOT_FOUND'],
		suggestion: 'Check the id of the original task; it does not exist or is not yours.',
	},
	'unsupported-type': {
		tripo: [400, 2002],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Check the task type; the message lists those that this server runs.',
	},
	'empty-file': {
		tripo: [400, 2003],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Send a file that has content.',
	},
	'unsupported-file': {
		tripo: [400, 2004],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Give a 3D model: GLB, glTF, OBJ, STL, PLY or OFF, or a ZIP that holds one.',
	},
	'source-type': {
		tripo: [400, 2006],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Give a valid task: one whose type the documents allow as a source.',
	},
	'source-not-successful': {
		tripo: [400, 2007],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Use a successful original task.',
	},
	'source-expired': {
		tripo: [400, 2007],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'The files of the original task are gone; bring the model in again.',
	},
	'too-complex': {
		tripo: [400, 2018],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Try another model, or one of fewer triangles; the operator may raise limits.triangles.',
	},
	'no-credits': {
		tripo: [403, 2010],
		studio: [402, 'INSUFFICIENT_CREDITS'],
		suggestion: 'Review the balance; the operator grants credits with "meshwright keys".',
	},
	'version-deprecated': {
		tripo: [400, 2015],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Use the version that the message names.',
	},
	'version-unknown': {
		tripo: [400, 2017],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Use one of the versions that the message names, or leave the version out.',
	},
	'upload-not-found': {
		tripo: [404, 2019],
		studio: [404, 'NOT_FOUND'],
		suggestion: 'Upload the file again; uploads are kept for a limited time and belong to one key.',
	},
	'file-too-large': {
		tripo: [413, 1004],
		studio: [413, 'VALIDATION_FAILED'],
		suggestion: 'Reduce the model, or have the operator raise limits.uploadBytes.',
	},
	'idempotency-mismatch': {
		tripo: [400, 1004],
		studio: [400, 'VALIDATION_FAILED'],
		suggestion: 'Use a fresh Idempotency-Key for a different request.',
	},
	'no-such-route': {
		tripo: [404, 1004],
		studio: [404, 'NOT_FOUND'],
		suggestion: 'Check method and path; GET /openapi.json lists what this server answers.',
	},
	internal: {
		tripo: [500, 1000],
		studio: [500, 'INTERNAL_ERROR'],
		suggestion: 'Try again; if it persists, give the operator the trace id.',
	},
} as const satisfies Record<string, Row>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** A request that a door turns away. */
export class ApiError extends Error {
	readonly code: ApiErrorCode;
	/** Seconds after which to try again, where that helps. */
	readonly retryAfter: number | undefined;

	constructor(code: ApiErrorCode, message: string, retryAfter?: number) {
		super(message);
		this.name = 'ApiError';
		this.code = code;
		this.retryAfter = retryAfter;
	}
}

/** Seconds to wait when too many tasks are open and nobody knows better. */
const PATIENCE = 5;

/** What a door answers to anything thrown behind it. What nobody foresaw is logged, and told without its details. */
export function toApiError(error: unknown, request: FastifyRequest): ApiError {
	if (error instanceof ApiError) return error;
	if (error instanceof Refusal) {
		const patience = error.code === 'too-many-tasks' ? PATIENCE : undefined;
		return new ApiError(error.code, error.message, error.retryAfter ?? patience);
	}
	const { statusCode = 500, code, message } = error as Partial<FastifyError> & Error;
	if (code === 'ECONNRESET') return new ApiError('malformed-body', 'the client ended the connection within the body');
	if (statusCode === 413) return new ApiError('body-too-large', `the request body is too large: ${message}`);
	if (statusCode >= 400 && statusCode < 500) return new ApiError('malformed-body', message);
	request.log.error(error);
	return new ApiError('internal', `unknown error; trace id ${request.id}`);
}

/** The error that names a route which does not exist. */
export function noSuchRoute(request: FastifyRequest): ApiError {
	const path = request.url.split('?')[0];
	return new ApiError('no-such-route', `there is no ${request.method} ${path} on this server`);
}
