import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isSame } from './credentials.ts';
import { S3Error } from './errors.ts';

/** A request as it was signed. */
export type SignedRequest = {
	readonly method: string;
	/** Path and query as they came over the wire. */
	readonly url: string;
	readonly headers: IncomingHttpHeaders;
	/** Names that the client may have called this server: the Host header, and the public one behind a proxy. */
	readonly hosts: readonly string[];
};

/** Largest difference between the clocks, ms; that of S3. */
const SKEW = 15 * 60_000;

/** The parts of an `Authorization: AWS4-HMAC-SHA256 …` header. @throws S3Error `AccessDenied`. */
export function readAuthorization(header: string | undefined) {
	const match =
		/^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([\da-f]{64})$/.exec(
			header ?? '',
		);
	if (!match) throw new S3Error('AccessDenied', 'the request is not signed with AWS Signature Version 4');
	const [, accessKey, date, region, service, signedHeaders, signature] = match as unknown as string[];
	return {
		accessKey: accessKey!,
		date: date!,
		region: region!,
		service: service!,
		signedHeaders: signedHeaders!,
		signature: signature!,
	};
}

/**
 * Checks an AWS Signature Version 4 (Amazon, Authenticating Requests: AWS Signature Version 4, S3 API reference):
 * HMAC over method, path, query, signed headers and the declared hash of the body. The body itself is held to its hash
 * while it streams, see `body.ts`.
 *
 * @param secretKey The secret that the access key stands for.
 * @throws S3Error `AccessDenied`, `RequestTimeTooSkewed`, `SignatureDoesNotMatch`, `InvalidURI`.
 */
export function verifySignature(request: SignedRequest, secretKey: string): void {
	const { headers } = request;
	const { date, region, service, signedHeaders, signature } = readAuthorization(headers.authorization);
	const names = signedHeaders.split(';');
	if (!names.includes('host')) throw new S3Error('AccessDenied', 'the host header is not signed');
	const time = String(headers['x-amz-date'] ?? '');
	checkTime(time, date);

	const scope = `${date}/${region}/${service}/aws4_request`;
	const key = [date, region, service, 'aws4_request'].reduce<Buffer>(
		(key, text) => hmac(key, text),
		Buffer.from(`AWS4${secretKey}`),
	);
	const fits = request.hosts.some((host) => {
		const canonical = sha256(canonicalRequest(request, names, host));
		const expected = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${canonical}`).toString('hex');
		return isSame(signature, expected);
	});
	if (!fits) throw new S3Error('SignatureDoesNotMatch', 'the signature does not match the request');
}

function checkTime(time: string, date: string): void {
	const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time);
	if (!match || !time.startsWith(date)) throw new S3Error('AccessDenied', 'the x-amz-date header is missing or wrong');
	const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
		number,
		number,
		number,
		number,
		number,
		number,
	];
	if (!(Math.abs(Date.UTC(year, month - 1, day, hour, minute, second) - Date.now()) <= SKEW))
		throw new S3Error('RequestTimeTooSkewed', 'the clocks of client and server differ by more than 15 minutes');
}

function canonicalRequest({ method, url, headers }: SignedRequest, names: readonly string[], host: string): string {
	const [path = '/', query = ''] = url.split(/\?(.*)/s);
	const canonicalPath = path
		.split('/')
		.map((part) => encoded(decoded(part)))
		.join('/');
	const canonicalQuery = query
		.split('&')
		.filter(Boolean)
		.map((pair) => {
			const [name = '', value = ''] = pair.split(/=(.*)/s);
			return `${encoded(decoded(name))}=${encoded(decoded(value))}`;
		})
		.sort()
		.join('&');
	const headerOf = (name: string): string => (name === 'host' ? host : String(headers[name] ?? ''));
	const lines = names.map((name) => `${name}:${headerOf(name).trim().replace(/ +/g, ' ')}\n`).join('');
	const bodyHash = String(headers['x-amz-content-sha256'] ?? '');
	return [method, canonicalPath, canonicalQuery, lines, names.join(';'), bodyHash].join('\n');
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		throw new S3Error('InvalidURI', 'the path or the query is not URI-encoded');
	}
}

/** All but the unreserved characters of RFC 3986 as %XX. */
const encoded = (text: string): string =>
	encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
