import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Key, Keys } from '../tasks/backend.ts';
import { ApiError } from './errors.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** Whose request it is; there on every route behind `requireKey`. */
		key: Key;
	}
}

/** Lets only requests with a living key through the routes of this scope, before any of the body is read. */
export function requireKey(scope: FastifyInstance, keys: Keys): void {
	scope.addHook('onRequest', async (request) => {
		request.key = await keyOf(request, keys);
	});
}

async function keyOf(request: FastifyRequest, keys: Keys): Promise<Key> {
	const header = request.headers.authorization;
	if (!header) throw new ApiError('unauthenticated', 'authentication failed: the Authorization header is missing');
	const secret = /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
	if (!secret) throw new ApiError('unauthenticated', 'authentication failed: the header is not "Bearer <API key>"');
	const key = await keys.find(secret);
	if (!key) throw new ApiError('unauthenticated', 'authentication failed: the API key is unknown or was revoked');
	return key;
}
