import type { FastifyInstance, FastifyReply } from 'fastify';
import { API_ERRORS, type ApiError, noSuchRoute, toApiError } from '../errors.ts';

/** The envelope of an error: `error` for programs, `detail` for people. Clients look for the words after `Expected`. */
function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
	const { studio, suggestion } = API_ERRORS[error.code];
	const [status, code] = studio;
	const wait = error.retryAfter;
	if (wait !== undefined) reply.header('retry-after', wait);
	const message = wait === undefined ? error.message : `${error.message}. Expected available in ${wait} seconds.`;
	const detail = wait === undefined ? `${message}. ${suggestion}` : message;
	return reply.code(status).type('application/json; charset=utf-8').send({ error: { code, message }, detail });
}

/** Puts all errors of a scope into this envelope, those of routes that do not exist too. */
export function answerErrors(scope: FastifyInstance): void {
	scope.setErrorHandler((error, request, reply) => sendError(reply, toApiError(error, request)));
	scope.setNotFoundHandler((request, reply) => sendError(reply, noSuchRoute(request)));
}
