import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Files, OpenedFile } from '../tasks/backend.ts';
import { ApiError } from './errors.ts';

type LinkRequest = { Params: { task: string; name: string }; Querystring: { exp?: string; sig?: string } };

/**
 * The door to results. A link carries its own right to be followed, so headers are not looked at for that: some clients
 * send their API key along, others nothing. Whole files and single ranges; an ETag lets clients resume and skip.
 */
export function serveFiles(server: FastifyInstance, files: Files): void {
	server.route<LinkRequest>({
		method: ['GET', 'HEAD'],
		url: '/files/:task/:name',
		handler: (request, reply) => sendFile(request, reply, files),
	});
}

async function sendFile(request: FastifyRequest<LinkRequest>, reply: FastifyReply, files: Files) {
	const { task: taskId, name } = request.params;
	const link = { taskId, name, exp: request.query.exp ?? '', sig: request.query.sig ?? '' };
	const whole = await open(files, link);

	reply.headers({
		'content-type': whole.mimeType,
		etag: whole.etag,
		'accept-ranges': 'bytes',
		'cache-control': 'private, max-age=3600',
		// A model that a stranger made is never a page of this server.
		'content-security-policy': "default-src 'none'; sandbox",
		'content-disposition': `inline; filename="${name.replace(/[^\w.-]/g, '_')}"`,
	});
	if (matches(request.headers['if-none-match'], whole.etag)) {
		whole.body.destroy();
		return reply.code(304).send();
	}
	const range = rangeOf(request, whole);
	if (range === 'unsatisfiable') {
		whole.body.destroy();
		return reply.code(416).header('content-range', `bytes */${whole.bytes}`).send();
	}
	if (range) {
		whole.body.destroy();
		reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${whole.bytes}`);
		reply.header('content-length', range.end - range.start + 1);
		return request.method === 'HEAD' ? reply.send() : reply.send((await open(files, link, range)).body);
	}
	reply.header('content-length', whole.bytes);
	if (request.method !== 'HEAD') return reply.send(whole.body);
	whole.body.destroy();
	return reply.send();
}

async function open(files: Files, link: Parameters<Files['open']>[0], range?: { start: number; end: number }) {
	const opened = await files.open(link, range);
	if (opened === 'invalid') throw new ApiError('not-allowed', 'this link was not made by this server');
	if (opened === 'expired') throw new ApiError('link-expired', 'this link has expired');
	if (opened === 'gone') throw new ApiError('upload-not-found', 'the file of this link is gone');
	return opened;
}

const matches = (header: string | undefined, etag: string): boolean =>
	(header ?? '').split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));

/**
 * The one range that is asked for, clipped to the file; undefined for the whole file, which is also the answer to
 * several ranges and to anything unreadable (RFC 9110 §14.2 leaves both to the server).
 */
function rangeOf({ headers }: FastifyRequest, { bytes, etag }: OpenedFile) {
	if (headers['if-range'] !== undefined && headers['if-range'] !== etag) return undefined;
	const asked = /^bytes=(\d*)-(\d*)$/.exec(headers.range?.trim() ?? '');
	if (!asked || (asked[1] === '' && asked[2] === '')) return undefined;
	const suffix = asked[1] === '';
	const start = suffix ? Math.max(0, bytes - Number(asked[2])) : Number(asked[1]);
	const end = suffix || asked[2] === '' ? bytes - 1 : Math.min(Number(asked[2]), bytes - 1);
	if (!suffix && asked[2] !== '' && Number(asked[2]) < start) return undefined;
	return start > end ? 'unsatisfiable' : { start, end };
}
