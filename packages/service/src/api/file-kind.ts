import type { Uploads } from '../tasks/backend.ts';
import { ApiError } from './errors.ts';

/** First bytes of files that are surely no model. What may be one is left to the reader, which looks at all of it. */
const NO_MODELS: readonly (readonly [string, RegExp])[] = [
	['PNG image', /^\x89PNG\r\n/],
	['JPEG image', /^\xff\xd8\xff/],
	['GIF image', /^GIF8[79]a/],
	['WebP image', /^RIFF.{4}WEBP/s],
	['PDF document', /^%PDF-/],
	['HTML page', /^\s*<(!doctype html|html)/i],
	['program', /^\x7fELF|^MZ.{58}/s],
];

/**
 * Turns an upload away that cannot be a model, so that the mistake shows when the task is made and not minutes later.
 * An upload that does not exist is left to the task store, which names it.
 */
export async function refuseOtherThanModels(uploads: Uploads, keyId: string, token: string): Promise<void> {
	const body = await uploads.open(keyId, token);
	if (!body) return;
	let head = '';
	for await (const chunk of body) {
		head += (chunk as Buffer).subarray(0, 64).toString('latin1');
		if (head.length >= 64) break;
	}
	const kind = NO_MODELS.find(([, start]) => start.test(head))?.[0];
	if (kind) throw new ApiError('unsupported-file', `the file type is unsupported: this is a ${kind}, not a 3D model`);
}
