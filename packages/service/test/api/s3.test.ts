import { createHash, createHmac, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Door, openDoor } from './open-door.ts';

afterEach(() => {
	vi.useRealTimers();
});

type Credentials = {
	s3_host: string;
	s3_scheme: string;
	resource_bucket: string;
	resource_uri: string;
	session_token: string;
	sts_ak: string;
	sts_sk: string;
};

const credentialsOf = async ({ ask }: Door, format = 'glb'): Promise<Credentials> =>
	(await ask('/v2/openapi/upload/sts/token', { format })).json.data;

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const hash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

type Call = {
	method?: string;
	path: string;
	query?: string;
	host?: string;
	body?: Uint8Array;
	headers?: Record<string, string>;
	/** x-amz-content-sha256; default: the hash of the body. */
	declared?: string;
	time?: Date;
	tamper?: (headers: Record<string, string>) => void;
};

/** Signs as the S3 reference says, by hand, and sends. */
async function send(
	door: Door,
	credentials: Credentials,
	call: Call,
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
	const {
		method = 'PUT',
		path,
		query = '',
		host = credentials.s3_host,
		body = new Uint8Array(),
		time = new Date(),
	} = call;
	const stamp = time.toISOString().replace(/[-:]|\.\d{3}/g, '');
	const scope = `${stamp.slice(0, 8)}/us-west-2/s3/aws4_request`;
	const headers: Record<string, string> = {
		...call.headers,
		host,
		'x-amz-content-sha256': call.declared ?? hash(body),
		'x-amz-date': stamp,
		'x-amz-security-token': credentials.session_token,
	};
	const names = Object.keys(headers).sort();
	const lines = names.map((name) => `${name}:${headers[name]!.replace(/ +/g, ' ')}\n`).join('');
	const canonicalQuery = query
		.split('&')
		.filter(Boolean)
		.map((pair) => (pair.includes('=') ? pair : `${pair}=`))
		.sort()
		.join('&');
	const canonical = [method, path, canonicalQuery, lines, names.join(';'), headers['x-amz-content-sha256']].join('\n');
	const key = ['us-west-2', 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${credentials.sts_sk}`, stamp.slice(0, 8)));
	const signature = hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${hash(canonical)}`).toString('hex');
	headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.sts_ak}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
	call.tamper?.(headers);
	return new Promise((resolve, reject) => {
		const request = httpRequest(
			door.base,
			{ method, path: query ? `${path}?${query}` : path, headers },
			async (response) => {
				let text = '';
				for await (const chunk of response) text += chunk;
				resolve({ status: response.statusCode!, headers: response.headers, text });
			},
		);
		request.on('error', reject);
		if (headers.expect) request.on('continue', () => request.end(body));
		else request.end(body);
	});
}

const tokenIn = ({ resource_uri }: Credentials): string => /([^/]+)\.\w+$/.exec(resource_uri)![1]!;
const pathOf = ({ resource_bucket, resource_uri }: Credentials): string => `/${resource_bucket}/${resource_uri}`;
const crcOf = (body: Uint8Array): string => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(crc32(body));
	return bytes.toString('base64');
};
/** `aws-chunked` framing with a CRC32 trailer. */
const framed = (body: Uint8Array, size: number, trailer = `x-amz-checksum-crc32:${crcOf(body)}\r\n`): Buffer => {
	const pieces: Buffer[] = [];
	for (let at = 0; at < body.length; at += size) {
		const piece = body.subarray(at, at + size);
		pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), Buffer.from(piece), Buffer.from('\r\n'));
	}
	return Buffer.concat([...pieces, Buffer.from(`0\r\n${trailer}\r\n`)]);
};
const chunked = (length: number): Partial<Call> => ({
	declared: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
	headers: {
		'content-encoding': 'aws-chunked',
		'x-amz-decoded-content-length': String(length),
		'x-amz-trailer': 'x-amz-checksum-crc32',
	},
});
const codeIn = (text: string): string | undefined => /<Code>(\w+)<\/Code>/.exec(text)?.[1];

describe('credentials for an upload', () => {
	it('name host, bucket and key, and survive a restart', async () => {
		const door = await openDoor();
		const credentials = await credentialsOf(door, 'JPEG');
		expect(credentials).toEqual({
			s3_host: door.base.replace('http://', ''),
			s3_scheme: 'http',
			resource_bucket: 'tripo-data',
			resource_uri: expect.stringMatching(/^uploads\/[\da-f-]{36}\.jpeg$/),
			session_token: expect.any(String),
			sts_ak: expect.stringMatching(/^ASIA[\dA-F]{16}$/),
			sts_sk: expect.stringMatching(/^[\w-]{40}$/),
		});
		const other = await openDoor({ publicUrl: 'https://mesh.example:8443/' });
		expect(await credentialsOf(other)).toMatchObject({ s3_host: 'mesh.example:8443', s3_scheme: 'https' });
		const body = Buffer.from('glTF');
		expect(
			await send(other, { ...credentials, s3_host: 'mesh.example:8443' }, { path: pathOf(credentials), body }),
		).toMatchObject({ status: 200 });
	});
});

describe('one PUT', () => {
	const body = randomBytes(300_000);

	it.each([
		['plain', {}],
		[
			'with a charset of headers',
			{ headers: { 'content-type': 'application/octet-stream', expect: '100-continue', 'x-amz-meta-a': 'b   c' } },
		],
		['unsigned', { declared: 'UNSIGNED-PAYLOAD' }],
		[
			'with checksums',
			{
				headers: {
					'x-amz-checksum-crc32': crcOf(body),
					'content-md5': createHash('md5').update(body).digest('base64'),
				},
			},
		],
	] satisfies [string, Partial<Call>][])('%s, path style', async (_, more) => {
		const door = await openDoor();
		const credentials = await credentialsOf(door);
		const answer = await send(door, credentials, { path: pathOf(credentials), body, ...more });
		expect(answer).toMatchObject({
			status: 200,
			headers: { etag: `"${createHash('md5').update(body).digest('hex')}"` },
		});
		expect(hash(door.backend.uploaded(tokenIn(credentials))!)).toBe(hash(body));
		const object = { bucket: credentials.resource_bucket, key: credentials.resource_uri };
		const { json } = await door.ask('/v2/openapi/task', { type: 'import_model', file: { object } });
		expect(json).toMatchObject({ code: 0 });
	});

	it('virtual-hosted style', async () => {
		const door = await openDoor();
		const credentials = await credentialsOf(door);
		const host = `tripo-data.${credentials.s3_host}`;
		const answer = await send(door, credentials, { path: `/${credentials.resource_uri}`, host, body });
		expect(answer.status).toBe(200);
		expect(hash(door.backend.uploaded(tokenIn(credentials))!)).toBe(hash(body));
	});

	it.each([1, 7, 65_536, 1_000_000])('aws-chunked with a CRC32 trailer, chunks of %i', async (size) => {
		const door = await openDoor();
		const credentials = await credentialsOf(door);
		const content = size === 1 ? body.subarray(0, 500) : body;
		const call = { path: pathOf(credentials), body: framed(content, size), ...chunked(content.length) };
		expect(await send(door, credentials, call)).toMatchObject({ status: 200 });
		expect(hash(door.backend.uploaded(tokenIn(credentials))!)).toBe(hash(content));
	});
});

describe('an upload in parts', () => {
	it('joins them in order, whatever order they came in, and drops the parts', async () => {
		const door = await openDoor();
		const credentials = await credentialsOf(door);
		const path = pathOf(credentials);
		const create = await send(door, credentials, { method: 'POST', path, query: 'uploads' });
		const uploadId = /<UploadId>(\w+)<\/UploadId>/.exec(create.text)![1]!;
		const parts = [randomBytes(70_000), randomBytes(50_000), randomBytes(10)];
		const etags: string[] = [];
		for (const i of [2, 0, 1]) {
			const query = `uploadId=${uploadId}&partNumber=${i + 1}`;
			const body = framed(parts[i]!, 30_000);
			const answer = await send(door, credentials, { path, query, body, ...chunked(parts[i]!.length) });
			expect(answer.status).toBe(200);
			etags[i] = String(answer.headers.etag);
		}
		const list = etags.map(
			(etag, i) => `<Part><ETag>${etag.replaceAll('"', '&quot;')}</ETag><PartNumber>${i + 1}</PartNumber></Part>`,
		);
		const complete = (parts: string[]) =>
			send(door, credentials, {
				method: 'POST',
				path,
				query: `uploadId=${uploadId}`,
				body: Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`),
			});
		expect(codeIn((await complete([...list].reverse())).text)).toBe('InvalidPartOrder');
		expect(codeIn((await complete([])).text)).toBe('MalformedXML');
		const unknown = '<Part><ETag>nobody</ETag><PartNumber>1</PartNumber></Part>';
		expect(codeIn((await complete([unknown])).text)).toBe('InvalidPart');
		const done = await complete(list);
		expect(done).toMatchObject({ status: 200, text: expect.stringContaining('<CompleteMultipartUploadResult>') });
		expect(hash(door.backend.uploaded(tokenIn(credentials))!)).toBe(hash(Buffer.concat(parts)));
		expect(door.backend.tokens()).toEqual([tokenIn(credentials)]);
	});

	it('is given up, and knows only its own id', async () => {
		const door = await openDoor();
		const credentials = await credentialsOf(door);
		const path = pathOf(credentials);
		const { text } = await send(door, credentials, { method: 'POST', path, query: 'uploads' });
		const uploadId = /<UploadId>(\w+)</.exec(text)![1];
		const abort = (id?: string) => send(door, credentials, { method: 'DELETE', path, query: `uploadId=${id}` });
		expect((await abort(uploadId)).status).toBe(204);
		expect(codeIn((await abort('other')).text)).toBe('NoSuchUpload');
	});
});

describe('what is refused', () => {
	const body = Buffer.from('glTF of a duck');

	it.each<[string, number, Partial<Call>]>([
		[
			'SignatureDoesNotMatch',
			403,
			{ tamper: (h) => (h.authorization = h.authorization!.replace(/.$/, (c) => (c === '0' ? '1' : '0'))) },
		],
		['SignatureDoesNotMatch', 403, { headers: { 'x-amz-meta-a': 'b' }, tamper: (h) => (h['x-amz-meta-a'] = 'c') }],
		['AccessDenied', 403, { tamper: (h) => delete h.authorization }],
		['InvalidToken', 400, { tamper: (h) => (h['x-amz-security-token'] += 'x') }],
		['InvalidToken', 400, { tamper: (h) => delete h['x-amz-security-token'] }],
		['InvalidAccessKeyId', 403, { tamper: (h) => (h.authorization = h.authorization!.replace('ASIA', 'AKIA')) }],
		['RequestTimeTooSkewed', 403, { time: new Date(Date.now() - 16 * 60_000) }],
		['AccessDenied', 403, { path: '/tripo-data/uploads/other.glb' }],
		['XAmzContentSHA256Mismatch', 400, { declared: hash('another body') }],
		['BadDigest', 400, { headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } }],
		['NotImplemented', 501, { headers: { 'x-amz-checksum-crc64nvme': 'AAAAAA==' } }],
		['NotImplemented', 501, { declared: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }],
		['BadDigest', 400, { body: framed(body, 5, 'x-amz-checksum-crc32:AAAAAA==\r\n'), ...chunked(body.length) }],
		['BadDigest', 400, { body: framed(body, 5, ''), ...chunked(body.length) }],
		['IncompleteBody', 400, { body: framed(body, 5).subarray(0, 12), ...chunked(body.length) }],
		['IncompleteBody', 400, { body: framed(body, 5), ...chunked(body.length + 1) }],
		['InvalidRequest', 400, { body: Buffer.from('zz\r\n'), ...chunked(body.length) }],
		['InvalidRequest', 400, { body: Buffer.from('2\r\nabc\r\n0\r\n\r\n'), ...chunked(body.length) }],
		['InvalidRequest', 400, { body: Buffer.alloc(0) }],
		['EntityTooLarge', 400, { body: Buffer.alloc(3_000_000) }],
		['MethodNotAllowed', 405, { method: 'PATCH' }],
	])('%s', async (code, status, more) => {
		const door = await openDoor({ limits: { uploadBytes: 1000 } });
		const credentials = await credentialsOf(door);
		const answer = await send(door, credentials, { path: pathOf(credentials), body, ...more });
		expect([answer.status, codeIn(answer.text)]).toEqual([status, code]);
		expect(door.backend.tokens()).toEqual([]);
	});

	it('credentials that are an hour old', async () => {
		const door = await openDoor();
		const credentials = await credentialsOf(door);
		const later = Date.now() + 3601_000;
		vi.useFakeTimers({ now: later, toFake: ['Date'] });
		const { text } = await send(door, credentials, { path: pathOf(credentials), body, time: new Date(later) });
		expect(codeIn(text)).toBe('ExpiredToken');
	});

	it('too many uploads a second', async () => {
		const door = await openDoor({ limits: { uploadsPerSecond: 2 } });
		const credentials = await credentialsOf(door);
		const put = () => send(door, credentials, { path: pathOf(credentials), body });
		expect((await put()).status).toBe(200);
		expect([503, 'SlowDown']).toEqual([...[await put()].flatMap(({ status, text }) => [status, codeIn(text)])]);
	});
});
