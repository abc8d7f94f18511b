import type { FastifyInstance, FastifyReply } from 'fastify';
import { API_ERRORS, type ApiError, noSuchRoute, toApiError } from '../errors.ts';

/** The envelope of a good answer. */
export const ok = <T>(data: T): { code: 0; data: T } => ({ code: 0, data });

/** The envelope of an error: code, message and suggestion, always all three. */
export function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
	const { tripo, suggestion } = API_ERRORS[error.code];
	const [status, code] = tripo;
	const wait = error.retryAfter;
	if (wait !== undefined) reply.header('retry-after', wait);
	const message = wait === undefined ? error.message : `${error.message}; try again in ${wait} seconds`;
	// What is thrown before an answer had its own type, a file's for instance, is JSON all the same.
	return reply.code(status).type('application/json; charset=utf-8').send({ code, message, suggestion });
}

/** Puts all errors of a scope into this envelope, those of routes that do not exist too. */
export function answerErrors(scope: FastifyInstance): void {
	scope.setErrorHandler((error, request, reply) => sendError(reply, toApiError(error, request)));
	scope.setNotFoundHandler((request, reply) => sendError(reply, noSuchRoute(request)));
}
