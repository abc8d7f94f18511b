import { MeshError } from '../errors.ts';
import { Scanner } from './scanner.ts';

export type PlyType = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64';

export type PlyProperty = {
	readonly name: string;
	readonly type: PlyType;
	/** Type of the number of values; absent for a single value. */
	readonly countType?: PlyType;
};

export type PlyElement = { readonly name: string; readonly count: number; readonly properties: PlyProperty[] };

export type PlyHeader = {
	readonly encoding: 'ascii' | 'binary_little_endian' | 'binary_big_endian';
	readonly elements: readonly PlyElement[];
	/** Images named by `comment TextureFile`, as MeshLab writes them. */
	readonly textures: readonly string[];
	/** Of the first byte behind the header. */
	readonly end: number;
	/** Lines of the header. */
	readonly lines: number;
};

/** Bytes of a value of each type. */
export const PLY_BYTES: Readonly<Record<PlyType, number>> = {
	int8: 1,
	uint8: 1,
	int16: 2,
	uint16: 2,
	int32: 4,
	uint32: 4,
	float32: 4,
	float64: 8,
};

const TYPES: Readonly<Record<string, PlyType>> = {
	char: 'int8',
	uchar: 'uint8',
	short: 'int16',
	ushort: 'uint16',
	int: 'int32',
	uint: 'uint32',
	float: 'float32',
	double: 'float64',
	int8: 'int8',
	uint8: 'uint8',
	int16: 'int16',
	uint16: 'uint16',
	int32: 'int32',
	uint32: 'uint32',
	float32: 'float32',
	float64: 'float64',
};

/**
 * Reads the header of a PLY.
 *
 * @throws `malformed-file` naming the line, `truncated-file` without `end_header`, `unsupported-format`: another
 * encoding than the three of version 1.0.
 */
export function readPlyHeader(bytes: Uint8Array): PlyHeader {
	const scanner = new Scanner(bytes);
	const elements: PlyElement[] = [];
	const textures: string[] = [];
	let encoding = '';
	if (scanner.word() !== 'ply') throw scanner.malformed("expected 'ply'");
	scanner.nextLine();
	while (scanner.seek()) {
		const word = scanner.word();
		scanner.hasMore();
		if (word === 'end_header') {
			scanner.nextLine();
			if (!isEncoding(encoding)) {
				if (encoding === '') throw scanner.malformed("no 'format' in the header");
				throw new MeshError('unsupported-format', `PLY of format '${encoding}'`);
			}
			return { encoding, elements, textures, end: scanner.at, lines: scanner.line };
		}
		if (word === 'format') encoding = scanner.word();
		else if (word === 'element') elements.push(readElement(scanner));
		else if (word === 'property') {
			const element = elements.at(-1);
			if (!element) throw scanner.malformed('a property before the first element');
			element.properties.push(readProperty(scanner));
		} else if (word === 'comment' || word === 'obj_info') {
			const texture = /^TextureFile\s+(.+)$/.exec(scanner.rest());
			if (texture?.[1]) textures.push(texture[1].replaceAll('\\', '/'));
		} else throw scanner.malformed(`did not expect '${word.slice(0, 40)}'`);
		scanner.nextLine();
	}
	throw new MeshError('truncated-file', "the file ends before 'end_header'");
}

const isEncoding = (word: string): word is PlyHeader['encoding'] =>
	word === 'ascii' || word === 'binary_little_endian' || word === 'binary_big_endian';

function readElement(scanner: Scanner): PlyElement {
	const name = scanner.word();
	if (!scanner.hasMore()) throw scanner.malformed(`element '${name}' has no count`);
	const count = scanner.integer();
	scanner.endWord();
	if (count < 0) throw scanner.malformed(`element '${name}' has the count ${count}`);
	return { name, count, properties: [] };
}

function readProperty(scanner: Scanner): PlyProperty {
	const word = scanner.word();
	scanner.hasMore();
	if (word !== 'list') return { type: typeOf(word, scanner), name: scanner.rest() };
	const countType = typeOf(scanner.word(), scanner);
	scanner.hasMore();
	const type = typeOf(scanner.word(), scanner);
	scanner.hasMore();
	return { countType, type, name: scanner.rest() };
}

function typeOf(word: string, scanner: Scanner): PlyType {
	const type = Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
	if (!type) throw scanner.malformed(`unknown type '${word.slice(0, 40)}'`);
	return type;
}
