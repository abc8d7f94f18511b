import type { FastifyInstance, FastifyRequest } from 'fastify';
import JSON5 from 'json5';
import { ApiError } from './errors.ts';

/** Largest body that is not an upload, bytes. */
const BODY_BYTES = 2 ** 20;
/** Deepest nesting; nothing in the contract goes deeper than 3, and what is stored must be written again. */
const DEPTH = 32;

/**
 * Reads request bodies as clients send them rather than as the header says: JSON with trailing commas (the vendor's own
 * samples), JSON under the urlencoded type (`curl -d` without a header) or under none, and plain forms.
 */
export function acceptLooseBodies(server: FastifyInstance): void {
	server.removeContentTypeParser(['application/json', 'text/plain']);
	const options = { parseAs: 'string', bodyLimit: BODY_BYTES } as const;
	server.addContentTypeParser('*', options, async (request: FastifyRequest, body: string) =>
		readBody(body, request.headers['content-type'] ?? ''),
	);
}

/** The value of a body; undefined for an empty one. */
function readBody(body: string, contentType: string): unknown {
	const text = body.replace(/^\uFEFF/, '');
	if (text.trim() === '') return undefined;
	const isForm = /^application\/x-www-form-urlencoded\b/i.test(contentType) && !/^\s*[{[]/.test(text);
	const value = isForm ? Object.fromEntries(new URLSearchParams(text)) : readJson(text);
	if (isDeeper(value, DEPTH)) throw new ApiError('malformed-body', `the body is nested deeper than ${DEPTH} levels`);
	return value;
}

function readJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// Not strict JSON: the forgiving reader decides, and knows the position when it is beyond that.
	}
	try {
		return JSON5.parse(text);
	} catch (error) {
		const { lineNumber, columnNumber, message } = error as Error & { lineNumber: number; columnNumber: number };
		const what = message.replace(/^JSON5: /, '').replace(/ at \d+:\d+$/, '');
		throw new ApiError('malformed-body', `the body is not JSON at line ${lineNumber}, column ${columnNumber}: ${what}`);
	}
}

const isDeeper = (value: unknown, levels: number): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(levels === 0 || Object.values(value).some((child) => isDeeper(child, levels - 1)));
