import { MeshError } from '../errors.ts';

/** Nesting of the JSON text; extras are the only place where anyone nests, and nobody nests this deep. */
const MOST_NESTED = 512;
/** Lists and records in the text: each takes some 50 bytes in memory and as little as 3 in the file. */
const MOST_BRACKETS = 4_000_000;

/**
 * Parses JSON text whose size and nesting are bounded, so that nothing that walks it later can exhaust the stack.
 *
 * @throws `malformed-file`, `too-large`.
 */
export function parseJson(bytes: Uint8Array, maxBytes: number): Record<string, unknown> {
	if (bytes.length > maxBytes) {
		throw new MeshError('too-large', `The JSON has ${bytes.length} bytes; the limit jsonBytes is ${maxBytes}.`);
	}
	checkBrackets(bytes);
	let json: unknown;
	try {
		json = JSON.parse(new TextDecoder().decode(bytes));
	} catch (error) {
		throw new MeshError('malformed-file', `The JSON of the glTF cannot be parsed: ${(error as Error).message}`);
	}
	if (!isRecord(json)) throw new MeshError('malformed-file', 'The JSON of the glTF is not an object.');
	return json;
}

function checkBrackets(bytes: Uint8Array): void {
	let depth = 0;
	let brackets = 0;
	let inText = false;
	for (let i = 0; i < bytes.length; i++) {
		const byte = bytes[i];
		if (inText) {
			if (byte === 0x5c) i++;
			else if (byte === 0x22) inText = false;
		} else if (byte === 0x22) inText = true;
		else if (byte === 0x5b || byte === 0x7b) {
			if (++depth > MOST_NESTED || ++brackets > MOST_BRACKETS) {
				throw new MeshError(
					'too-large',
					`The JSON of the glTF is nested more than ${MOST_NESTED} deep or has more than ${MOST_BRACKETS} lists.`,
				);
			}
		} else if (byte === 0x5d || byte === 0x7d) depth--;
	}
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Calls back for every value at a path, also where only its last step is missing. Steps: `name`, `[]` each of a list,
 * `{}` each of a record: `meshes[].primitives[].attributes{}`.
 *
 * @throws `malformed-file` where something on the way has another shape.
 */
export function visit(json: unknown, path: string, look: (value: unknown, where: string) => void): void {
	walk(json, path.match(/[^.[\]{}]+|\[\]|\{\}/g)!, 0, '', look);
}

function walk(
	value: unknown,
	steps: readonly string[],
	at: number,
	where: string,
	look: (value: unknown, where: string) => void,
): void {
	if (at === steps.length) {
		look(value, where);
		return;
	}
	if (value === undefined) return;
	const step = steps[at];
	if (step === '[]') {
		if (!Array.isArray(value)) throw new MeshError('malformed-file', `${where} is not a list.`, { where });
		for (let i = 0; i < value.length; i++) walk(value[i], steps, at + 1, `${where}[${i}]`, look);
		return;
	}
	if (!isRecord(value)) throw new MeshError('malformed-file', `${where || 'The glTF'} is not an object.`, { where });
	if (step === '{}') {
		for (const key of Object.keys(value)) walk(value[key], steps, at + 1, `${where}.${key}`, look);
	} else walk(value[step], steps, at + 1, where === '' ? step : `${where}.${step}`, look);
}

/** What a value is expected to be. */
export type Kind = 'list' | 'record' | 'text' | 'count';

/** @throws `malformed-file` where a value is missing or of another kind; counts are integers from 0. */
export function checkKind(value: unknown, where: string, kind: Kind): void {
	const isKind =
		kind === 'list'
			? Array.isArray(value)
			: kind === 'record'
				? isRecord(value)
				: kind === 'text'
					? typeof value === 'string'
					: Number.isSafeInteger(value) && (value as number) >= 0;
	if (isKind) return;
	const found = value === undefined ? 'missing' : `not a ${kind}`;
	throw new MeshError('malformed-file', `${where} of the glTF is ${found}.`, { where });
}

/** @throws `out-of-range` where an index is not in its list. */
export function checkIndex(index: number, length: number, where: string, list: string): void {
	if (index < length) return;
	throw new MeshError('out-of-range', `${where} is ${index}; there are ${length} ${list}.`, { where, index, length });
}
