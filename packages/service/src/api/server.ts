import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import multipart from '@fastify/multipart';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { BUCKET } from '../contract/tripo-v2.ts';
import type { Backend } from '../tasks/backend.ts';
import { acceptLooseBodies } from './body.ts';
import { toApiError } from './errors.ts';
import { serveFiles } from './files.ts';
import { limitsOf } from './limits.ts';
import { serveDocument } from './openapi.ts';
import { s3Door } from './s3/door.ts';
import { studio3dV1 } from './studio3d-v1/surface.ts';
import { answerErrors, sendError } from './tripo-v2/answers.ts';
import { tripoV2 } from './tripo-v2/surface.ts';

/** How long a whole request may take to arrive: an upload over a slow line. ms. */
const REQUEST_TIMEOUT = 15 * 60_000;
/** How long a connection may be silent, ms. */
const SILENCE = 120_000;
const VERSION = '0.1.0';

/**
 * The HTTP server over a house: every surface, the files, the uploads. Not listening yet, and open to further routes
 * (the page). Its `close` lets running requests end, refuses new ones and closes the watchers; the house is closed by
 * whoever opened it.
 */
export async function createServer(backend: Backend): Promise<FastifyInstance> {
	const server = Fastify({
		...(await tlsOf(backend.config)),
		logger: { level: 'warn', stream: process.stderr },
		genReqId: () => randomUUID(),
		requestTimeout: REQUEST_TIMEOUT,
		connectionTimeout: SILENCE,
		routerOptions: { ignoreTrailingSlash: true },
		rewriteUrl: bucketInPath,
		frameworkErrors: (error, request, reply) => sendError(brand(request, reply), toApiError(error, request)),
	}) as FastifyInstance;
	const limits = limitsOf(backend.config);

	server.addHook('onRequest', async (request, reply) => {
		brand(request, reply);
	});
	endConnectionsWhenClosing(server);
	serveDocument(server, VERSION);
	acceptLooseBodies(server);
	await server.register(multipart, { throwFileSizeLimit: false });
	await server.register(websocket, { options: { maxPayload: 1024 } });
	answerErrors(server);

	server.get('/health', async () => ({ status: 'ok' }));
	serveFiles(server, backend.files);
	await server.register(tripoV2(backend, limits), { prefix: '/v2/openapi' });
	await server.register(studio3dV1(backend, limits), { prefix: '/v1' });
	await server.register(s3Door(backend, limits.uploads), { prefix: `/${BUCKET}` });
	return server;
}

/** Headers that every answer has. */
const brand = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
	reply.headers({
		'x-tripo-trace-id': request.id,
		'x-content-type-options': 'nosniff',
		'x-frame-options': 'DENY',
		'referrer-policy': 'no-referrer',
	});

/**
 * A connection that was busy when the server began to close would be kept alive after its answer, and one whose request was
 * answered before all of it had come would not count as idle: `close` would wait for both.
 */
function endConnectionsWhenClosing(server: FastifyInstance): void {
	let isClosing = false;
	const answeredEarly = new Set<IncomingMessage>();
	server.addHook('preClose', async () => {
		isClosing = true;
		for (const request of answeredEarly) request.destroy();
	});
	server.addHook('onResponse', async ({ raw }) => {
		if (isClosing) raw.socket.end();
		else if (!raw.complete) {
			answeredEarly.add(raw);
			raw.once('close', () => answeredEarly.delete(raw));
		}
	});
}

async function tlsOf({ tls }: Config) {
	if (!tls) return {};
	const [cert, key] = await Promise.all([readFile(tls.cert), readFile(tls.key)]);
	return { https: { cert, key } };
}

/** `<bucket>.<host>/<key>`, the other way to name a bucket, as `<host>/<bucket>/<key>`. */
function bucketInPath({ headers, url = '/' }: Pick<IncomingMessage, 'headers' | 'url'>): string {
	return headers.host?.toLowerCase().startsWith(`${BUCKET}.`) ? `/${BUCKET}${url}` : url;
}
