import { MeshError } from '../errors.ts';

/** Gives the bytes of a file that lies beside the model, or nothing. Paths are relative, with forward slashes. */
export type Resources = (uri: string) => Uint8Array | undefined;

/** What a URI of a glTF leads to. */
export type Resource = { readonly bytes: Uint8Array; readonly mimeType: string | undefined };

/**
 * Follows a URI: data in the text itself, or a file beside the model. Nothing else is ever asked for: no network, no
 * absolute path, no way up.
 *
 * @throws `missing-resource` for what is not there or not allowed, `malformed-file` for data that cannot be decoded.
 */
export function followUri(uri: string, resources: Resources | undefined): Resource {
	if (/^data:/i.test(uri)) return decodeDataUri(uri);
	const path = relativePath(uri);
	const bytes = resources?.(path);
	if (!bytes) throw new MeshError('missing-resource', `The file '${path}' is not beside the model.`, { uri: path });
	return { bytes, mimeType: undefined };
}

function relativePath(uri: string): string {
	let path = uri;
	try {
		path = decodeURIComponent(uri);
	} catch {
		// A bare percent sign: exporters often forget to escape names, so the URI is taken as it stands.
	}
	path = path.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
	const segments = path.split('/');
	if (path === '' || /^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith('/') || segments.includes('..')) {
		throw new MeshError('missing-resource', `'${shorten(uri)}' is not a file beside the model; no other is read.`, {
			uri: shorten(uri),
		});
	}
	return path;
}

const shorten = (uri: string): string => (uri.length > 80 ? `${uri.slice(0, 77)}...` : uri);

function decodeDataUri(uri: string): Resource {
	const comma = uri.indexOf(',');
	if (comma < 0) throw new MeshError('malformed-file', `The data URI '${shorten(uri)}' has no data.`);
	const [mimeType, ...parameters] = uri.slice('data:'.length, comma).split(';');
	const bytes = parameters.includes('base64') ? decodeBase64(uri, comma + 1) : decodePercent(uri.slice(comma + 1));
	return { bytes, mimeType: mimeType || undefined };
}

function decodePercent(text: string): Uint8Array {
	try {
		return new TextEncoder().encode(decodeURIComponent(text));
	} catch {
		throw new MeshError('malformed-file', 'A data URI holds a percent sign that escapes nothing.');
	}
}

const INVALID = 255;
const SIX_BITS = sixBits();

function sixBits(): Uint8Array {
	const values = new Uint8Array(128).fill(INVALID);
	const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
	for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i;
	values['-'.charCodeAt(0)] = 62;
	values['_'.charCodeAt(0)] = 63;
	return values;
}

/** Both alphabets, with or without padding. Not `atob`: it makes a string of the same length first. */
function decodeBase64(text: string, start: number): Uint8Array {
	let end = text.length;
	while (end > start && text[end - 1] === '=') end--;
	const bytes = new Uint8Array(Math.floor(((end - start) * 3) / 4));
	let bits = 0;
	let held = 0;
	let at = 0;
	for (let i = start; i < end; i++) {
		const code = text.charCodeAt(i);
		const value = code < 128 ? SIX_BITS[code] : INVALID;
		if (value === INVALID) {
			throw new MeshError('malformed-file', `A data URI holds '${text[i]}', which is not base64.`);
		}
		bits = ((bits << 6) | value) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			bytes[at++] = bits >> held;
		}
	}
	return bytes;
}
