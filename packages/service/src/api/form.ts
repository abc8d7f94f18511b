import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { Upload, Uploads } from '../tasks/backend.ts';

/** Limits of a form beside its file. */
const LIMITS = Object.freeze({ fields: 50, fieldSize: 65_536, files: 10, parts: 60 });

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
 * @throws Refusal `empty-file`, `file-too-large`.
 */
export async function receiveForm(
	request: FastifyRequest,
	uploads: Uploads,
	options: { fileField: string; maxBytes: number },
): Promise<ReceivedForm> {
	const fields: Record<string, string> = {};
	let upload: Upload | undefined;
	// The parser ends a file at its limit without an error; one byte more than is allowed lets the store see it.
	const parts = request.parts({ limits: { ...LIMITS, fileSize: options.maxBytes + 1 }, throwFileSizeLimit: false });
	for await (const part of parts) {
		if (part.type === 'field') fields[part.fieldname] = String(part.value);
		else if (part.fieldname === options.fileField && part.filename && !upload) upload = await store(part);
		else part.file.resume();
	}
	return { upload, fields };

	async function store({ file, filename }: MultipartFile): Promise<Upload> {
		return uploads.put(request.key.id, { name: baseName(filename), body: file });
	}
}

/** The last part of a file name, at most 200 characters of it, without control characters. */
const baseName = (name: string): string => name.split(/[\\/]/).pop()!.replace(/\p{C}/gu, '').slice(-200) || 'file';
