import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BUCKET } from '../../contract/tripo-v2.ts';
import type { Backend } from '../../tasks/backend.ts';
import type { TokenBuckets } from '../rate-limit.ts';
import { readS3Body } from './body.ts';
import { type Grant, readGrant, secretKeyOf, secretOf, uploadIdOf } from './credentials.ts';
import { S3Error, sendS3Error, xml } from './errors.ts';
import { readAuthorization, verifySignature } from './signature.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** What the credentials of the request allow; there on every route of the S3 door. */
		grant: Grant;
	}
}

/** Largest list of parts, bytes; S3 allows 10,000 parts. */
const PART_LIST = 4 * 2 ** 20;
const SESSION = 'x-amz-security-token';

type S3Request = FastifyRequest<{
	Params: { '*': string };
	Querystring: { uploads?: string; uploadId?: string; partNumber?: string };
}>;

/**
 * As much of S3 as an upload with the credentials of `POST /upload/sts/token` needs: PutObject, and the upload in parts
 * (Create, UploadPart, Complete, Abort) that clients choose for large files. Under `/<bucket>`; the other way to name a
 * bucket, `<bucket>.<host>`, is rewritten to it by the server.
 *
 * The upload in parts keeps no books: a part is an upload of its own, and its ETag is that upload's token, which the
 * client hands back in the list that completes the whole. Parts of an upload never completed expire like all uploads.
 */
export const s3Door = (backend: Backend, uploadBuckets: TokenBuckets) => async (scope: FastifyInstance) => {
	const { uploads } = backend;
	const secret = secretOf(backend);
	scope.removeAllContentTypeParsers();
	scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
	scope.setErrorHandler(sendS3Error);
	scope.setNotFoundHandler((request, reply) =>
		sendS3Error(new S3Error('MethodNotAllowed', 'this door takes uploads only'), request, reply),
	);
	scope.addHook('onRequest', async (request) => {
		request.grant = authorize(request as S3Request, backend, secret);
	});

	scope.put('/*', async (request: S3Request, reply) => {
		const { uploadId, partNumber } = request.query;
		const content = readS3Body(bodyOf(request), request.headers);
		const { keyId, token, key } = request.grant;
		if (uploadId === undefined) {
			slowDown(keyId);
			await uploads.put(keyId, { name: nameOf(key), body: content.body, token });
			return reply.header('etag', `"${content.etag()}"`).send();
		}
		checkUploadId(request);
		const part = await uploads.put(keyId, { name: `part ${partNumber}`, body: content.body });
		return reply.header('etag', `"${part.token}"`).send();
	});

	scope.post('/*', async (request: S3Request, reply) => {
		const { keyId, token, key } = request.grant;
		if (request.query.uploads !== undefined) {
			slowDown(keyId);
			const children = { Bucket: BUCKET, Key: key, UploadId: uploadIdOf(sessionOf(request), secret) };
			return reply.type('application/xml').send(xml('InitiateMultipartUploadResult', children));
		}
		checkUploadId(request);
		const parts = readPartList(await textOf(readS3Body(bodyOf(request), request.headers).body));
		await uploads.put(keyId, { name: nameOf(key), body: Readable.from(joined(keyId, parts)), token });
		for (const part of parts) await uploads.remove(keyId, part);
		const children = { Bucket: BUCKET, Key: key, ETag: `"${token}"` };
		return reply.type('application/xml').send(xml('CompleteMultipartUploadResult', children));
	});

	scope.delete('/*', async (request: S3Request, reply) => {
		checkUploadId(request);
		return reply.code(204).send();
	});

	function checkUploadId(request: S3Request): void {
		if (request.query.uploadId !== uploadIdOf(sessionOf(request), secret))
			throw new S3Error('NoSuchUpload', 'there is no such upload in parts');
	}

	function slowDown(keyId: string): void {
		if (uploadBuckets.take(keyId) > 0) throw new S3Error('SlowDown', 'too many uploads a second');
	}

	async function* joined(keyId: string, parts: readonly string[]) {
		for (const part of parts) {
			const body = await uploads.open(keyId, part);
			if (!body) throw new S3Error('InvalidPart', 'a part of the list was never uploaded');
			yield* body;
		}
	}
};

/** Who may do this? @throws S3Error when nobody or somebody else. */
function authorize(request: S3Request, { config }: Backend, secret: Buffer): Grant {
	const { accessKey } = readAuthorization(request.headers.authorization);
	const session = sessionOf(request);
	const grant = readGrant(session, accessKey, secret);
	const hosts = [request.headers.host ?? '', ...(config.publicUrl ? publicHosts(config.publicUrl) : [])];
	const { method, originalUrl: url, headers } = request;
	verifySignature({ method, url, headers, hosts }, secretKeyOf(session, secret));
	if (request.params['*'] !== grant.key)
		throw new S3Error('AccessDenied', `these credentials are for the key '${grant.key}' only`);
	return grant;
}

function publicHosts(publicUrl: string): string[] {
	const { host } = new URL(publicUrl);
	return [host, `${BUCKET}.${host}`];
}

const sessionOf = ({ headers }: S3Request): string => String(headers[SESSION] ?? '');

/** The raw body; an empty one where the request has none. */
const bodyOf = (request: S3Request): Readable => (request.body as Readable | undefined) ?? Readable.from([]);

const nameOf = (key: string): string => `model${/\.\w+$/.exec(key)?.[0] ?? ''}`;

async function textOf(body: Readable): Promise<string> {
	let text = '';
	for await (const chunk of body) {
		text += (chunk as Buffer).toString('utf8');
		if (text.length > PART_LIST) throw new S3Error('MalformedXML', 'the list of parts is too long');
	}
	return text;
}

/** The ETags of `<CompleteMultipartUpload>` in their order, which must be that of the part numbers. */
function readPartList(text: string): string[] {
	const parts = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
		number: Number(/<PartNumber>\s*(\d+)\s*<\/PartNumber>/.exec(part)?.[1]),
		etag: /<ETag>\s*(?:"|&quot;|&#34;)?([\w-]+)/.exec(part)?.[1],
	}));
	if (parts.length === 0 || parts.some(({ number, etag }) => !number || !etag))
		throw new S3Error('MalformedXML', 'the body is not a list of parts with number and ETag');
	if (parts.some(({ number }, i) => i > 0 && number <= parts[i - 1]!.number))
		throw new S3Error('InvalidPartOrder', 'the parts are not in the order of their numbers');
	return parts.map(({ etag }) => etag!);
}
