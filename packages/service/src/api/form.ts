import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { Upload, Uploads } from '../tasks/backend.ts';
import { ApiError } from './errors.ts';

/** Limits of a form beside its file. */
const LIMITS = Object.freeze({ fields: 50, fieldSize: 65_536, files: 10, parts: 60 });

/** The parser's own errors are plain ones, without a code: known by their words. */
const PARSER_ERROR = /^Multipart:|multipart data$/;

export type ReceivedForm = {
	/** The file, in the store. Undefined when the form has none. */
	readonly upload: Upload | undefined;
	readonly fields: Readonly<Record<string, string>>;
};

/**
 * Receives a multipart form: streams the first file under `fileField` into the store, and gathers the fields, whether
 * they come before or after it. Other files are read and dropped.
 *
 * @param options.maxBytes Largest file; the store refuses a larger one.
 * @throws Refusal `empty-file`, `file-too-large`; ApiError `malformed-body`.
 */
export async function receiveForm(
	request: FastifyRequest,
	uploads: Uploads,
	options: { fileField: string; maxBytes: number },
): Promise<ReceivedForm> {
	const fields: Record<string, string> = {};
	let upload: Upload | undefined;
	// The parser cuts a file off at its limit; one byte more than is allowed lets the store see that, and say it.
	const parts = request.parts({ limits: { ...LIMITS, fileSize: options.maxBytes + 1 } });
	try {
		for await (const part of parts) {
			if (part.type === 'field') fields[part.fieldname] = String(part.value);
			else if (part.fieldname === options.fileField && part.filename && !upload) upload = await store(part);
			else part.file.resume();
		}
	} catch (error) {
		if (upload) await uploads.remove(request.key.id, upload.token);
		throw PARSER_ERROR.test((error as Error).message)
			? new ApiError('malformed-body', (error as Error).message)
			: error;
	} finally {
		// Reads to the end what nobody wants any more: a client that is still sending would not see the answer, and the
		// connection would stay open for good.
		request.raw.unpipe();
		request.raw.resume();
	}
	return { upload, fields };

	async function store({ file, filename }: MultipartFile): Promise<Upload> {
		return uploads.put(request.key.id, { name: baseName(filename), body: file });
	}
}

/** The last part of a file name, at most 200 characters of it, without control characters. */
const baseName = (name: string): string => name.split(/[\\/]/).pop()!.replace(/\p{C}/gu, '').slice(-200) || 'file';
