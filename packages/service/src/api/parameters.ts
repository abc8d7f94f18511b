import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ApiError } from './errors.ts';

/** A body that was read, as an object: the parameters of a request. */
export function parametersOf(request: FastifyRequest): Record<string, unknown> {
	const { body } = request;
	if (body === undefined || body === null)
		throw new ApiError('malformed-body', 'the body is empty at line 1, column 1; a JSON object is expected');
	if (typeof body !== 'object' || Array.isArray(body))
		throw new ApiError('malformed-body', 'the body is not a JSON object at line 1, column 1');
	return body as Record<string, unknown>;
}

/** Parameters by their schema; the first that does not fit is named. */
export function checked<S extends z.ZodType>(schema: S, parameters: unknown): z.output<S> {
	const result = schema.safeParse(parameters);
	if (result.success) return result.data;
	const { path, message } = result.error.issues[0]!;
	const name = path.map(String).join('.') || 'body';
	throw new ApiError('invalid-parameter', `invalid parameter '${name}': ${message}`);
}

/** The Idempotency-Key header, as a property for a new task. */
export function idempotencyOf(request: FastifyRequest): { idempotencyKey?: string } {
	const header = request.headers['idempotency-key'];
	if (header === undefined) return {};
	const key = String(header).trim();
	if (key === '' || key.length > 255)
		throw new ApiError('invalid-parameter', "invalid parameter 'Idempotency-Key': give 1 to 255 characters");
	return { idempotencyKey: key };
}
