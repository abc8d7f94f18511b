import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiErrorCode, toApiError } from '../errors.ts';

/** Errors of the S3 protocol that this door answers with, and their statuses. */
const S3_ERRORS = {
	AccessDenied: 403,
	BadDigest: 400,
	EntityTooLarge: 400,
	ExpiredToken: 400,
	IncompleteBody: 400,
	InternalError: 500,
	InvalidAccessKeyId: 403,
	InvalidPart: 400,
	InvalidPartOrder: 400,
	InvalidRequest: 400,
	InvalidToken: 400,
	InvalidURI: 400,
	MalformedXML: 400,
	MethodNotAllowed: 405,
	NoSuchUpload: 404,
	NotImplemented: 501,
	RequestTimeTooSkewed: 403,
	SignatureDoesNotMatch: 403,
	SlowDown: 503,
	XAmzContentSHA256Mismatch: 400,
} as const;

export type S3ErrorCode = keyof typeof S3_ERRORS;

/** What the house refuses, in the words of the protocol. */
const FROM_API: Partial<Record<ApiErrorCode, S3ErrorCode>> = {
	'empty-file': 'InvalidRequest',
	'file-too-large': 'EntityTooLarge',
	'body-too-large': 'EntityTooLarge',
	'malformed-body': 'InvalidRequest',
	'upload-not-found': 'AccessDenied',
	'rate-limited': 'SlowDown',
	'no-such-route': 'MethodNotAllowed',
};

export class S3Error extends Error {
	readonly code: S3ErrorCode;

	constructor(code: S3ErrorCode, message: string) {
		super(message);
		this.name = 'S3Error';
		this.code = code;
	}
}

/** Answers an error as S3 does: XML with code and message. */
export function sendS3Error(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
	const { code, message } = error instanceof S3Error ? error : fromApi(toApiError(error, request));
	const body = xml('Error', { Code: code, Message: message, RequestId: request.id });
	return reply.code(S3_ERRORS[code]).type('application/xml').send(body);
}

const fromApi = ({ code, message }: { code: ApiErrorCode; message: string }) => ({
	code: FROM_API[code] ?? 'InternalError',
	message,
});

/** One XML element with plain text children. */
export function xml(name: string, children: Readonly<Record<string, string>>): string {
	const inner = Object.entries(children).map(([child, value]) => `<${child}>${escaped(value)}</${child}>`);
	return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}>${inner.join('')}</${name}>`;
}

const escaped = (value: string): string =>
	value.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);
