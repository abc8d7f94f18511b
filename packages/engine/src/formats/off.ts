import { MeshError } from '../errors.ts';
import { GrowingIndices } from './growing.ts';
import { Scanner } from './scanner.ts';
import type { Surface } from './surface.ts';
import { scaleColors } from './surface-colors.ts';

/** `ST` texture coordinates, `C` colours, `N` normals, `4` and `n` other dimensions; the counts may touch the word. */
const KEYWORD = /^(ST)?(C)?(N)?(4)?(n)?OFF(?=\s|\d|#|$)/;

/** Does the file begin, behind blanks and comments, with the keyword of an OFF? */
export function isOff(bytes: Uint8Array): boolean {
	const scanner = new Scanner(bytes);
	return scanner.seek() && KEYWORD.test(wordAt(bytes, scanner.at));
}

/**
 * Reads an Object File Format: OFF, COFF, NOFF, STOFF and their combinations, with or without the keyword; colours of
 * faces where vertices have none.
 *
 * @throws `unsupported-format` (4OFF, nOFF, binary OFF), `truncated-file`, `malformed-file`, `out-of-range`.
 */
export function readOff(bytes: Uint8Array): Surface {
	const scanner = new Scanner(bytes);
	const has = readKeyword(bytes, scanner);
	const vertices = readCount(scanner, 'vertices');
	const faces = readCount(scanner, 'faces');
	scanner.nextLine(); // the number of edges, which nobody needs or trusts
	checkCounts(vertices, faces, bytes.length - scanner.at);

	const positions = new Float32Array(3 * vertices);
	const normals = new Float32Array(has.normals ? 3 * vertices : 0);
	const colors = new Float32Array(has.colors ? 4 * vertices : 0);
	const uvs = new Float32Array(has.uvs ? 2 * vertices : 0);
	for (let v = 0; v < vertices; v++) {
		seekRow(scanner, 'vertex', v, vertices);
		readNumbers(scanner, positions, 3 * v, 3);
		if (has.normals) readNumbers(scanner, normals, 3 * v, 3);
		if (has.colors) readColor(scanner, colors, 4 * v, has.uvs ? 2 : 0);
		if (has.uvs) readNumbers(scanner, uvs, 2 * v, 2);
		scanner.nextLine();
	}

	const offsets = new Uint32Array(faces + 1);
	const corners = new GrowingIndices();
	const faceColors = has.colors ? undefined : new FaceColors(faces);
	for (let f = 0; f < faces; f++) {
		seekRow(scanner, 'face', f, faces);
		const n = scanner.integer();
		if (n < 0) throw scanner.malformed(`a face of ${n} corners`);
		for (let k = 0; k < n; k++) {
			if (!scanner.hasMore()) throw shortRow(scanner, `face ${f} has fewer than ${n} corners`);
			const v = scanner.integer();
			if (v < 0 || v >= vertices) {
				const details = { face: f, index: v, count: vertices };
				throw new MeshError('out-of-range', `face ${f} names vertex ${v} of ${vertices}`, details);
			}
			corners.push(v);
		}
		offsets[f + 1] = corners.length;
		faceColors?.read(scanner, f);
		scanner.nextLine();
	}
	const list = corners.finish();
	return {
		positions,
		faces: { offsets, list },
		uv: has.uvs ? { values: uvs, indices: list, size: 2 } : undefined,
		normal: has.normals ? { values: normals, indices: list, size: 3 } : undefined,
		color: has.colors
			? { values: scaleColors(colors, 4), indices: list, size: 4 }
			: faceColors?.attribute(offsets, list.length),
		materials: [],
		groups: [],
		warnings: [],
	};
}

type Columns = { readonly normals: boolean; readonly colors: boolean; readonly uvs: boolean };

function wordAt(bytes: Uint8Array, at: number): string {
	return new TextDecoder('latin1').decode(bytes.subarray(at, at + 16));
}

function readKeyword(bytes: Uint8Array, scanner: Scanner): Columns {
	if (!scanner.seek()) throw new MeshError('truncated-file', 'the file holds nothing but blanks');
	const keyword = KEYWORD.exec(wordAt(bytes, scanner.at));
	if (!keyword) return { normals: false, colors: false, uvs: false };
	const [word, st, c, n, four, any] = keyword;
	scanner.at += word.length;
	const isBinary = scanner.hasMore() && wordAt(bytes, scanner.at).startsWith('BINARY');
	if (four || any || isBinary) {
		throw new MeshError(
			'unsupported-format',
			`${isBinary ? 'binary OFF' : word} is not read, only OFF in three dimensions`,
		);
	}
	return { normals: n !== undefined, colors: c !== undefined, uvs: st !== undefined };
}

function readCount(scanner: Scanner, what: string): number {
	if (!scanner.seek()) throw new MeshError('truncated-file', `the file ends before the number of ${what}`);
	const count = scanner.integer();
	if (count < 0) throw scanner.malformed(`${count} ${what}`);
	scanner.endWord();
	return count;
}

/** A vertex takes at least `0 0 0` and a line end, a face at least `0`: more than fits is refused before allocating. */
function checkCounts(vertices: number, faces: number, bytes: number): void {
	if (6 * vertices + 2 * faces <= bytes + 2) return;
	throw new MeshError('truncated-file', `${vertices} vertices and ${faces} faces do not fit in ${bytes} bytes`, {
		vertices,
		faces,
		bytes,
	});
}

function seekRow(scanner: Scanner, what: string, row: number, count: number): void {
	if (!scanner.seek()) throw new MeshError('truncated-file', `the file ends before ${what} ${row} of ${count}`);
}

function shortRow(scanner: Scanner, what: string): MeshError {
	return scanner.isEnd() ? new MeshError('truncated-file', what) : scanner.malformed(what);
}

function readNumbers(scanner: Scanner, values: Float32Array, at: number, count: number): void {
	for (let k = 0; k < count; k++) {
		if (!scanner.hasMore()) throw shortRow(scanner, `fewer than ${count} numbers`);
		values[at + k] = scanner.number();
	}
}

/** Three or four numbers; `behind` numbers follow that are not of the colour. */
function readColor(scanner: Scanner, colors: Float32Array, at: number, behind: number): void {
	readNumbers(scanner, colors, at, 3);
	const beforeAlpha = scanner.at;
	let left = 0;
	for (; scanner.hasMore(); left++) scanner.number();
	scanner.at = beforeAlpha;
	if (left > behind) readNumbers(scanner, colors, at + 3, 1);
	else colors[at + 3] = Number.NaN;
}

/** Colours behind the corners of faces: `r g b` or `r g b a`. A single number is an index into a map we do not have. */
class FaceColors {
	readonly #faces: number;
	#values: Float32Array | undefined;

	constructor(faces: number) {
		this.#faces = faces;
	}

	read(scanner: Scanner, f: number): void {
		if (!scanner.hasMore()) return;
		const r = scanner.number();
		if (!scanner.hasMore()) return;
		const g = scanner.number();
		if (!scanner.hasMore()) return;
		const b = scanner.number();
		this.#values ??= new Float32Array(3 * this.#faces).fill(Number.NaN);
		this.#values.set([r, g, b], 3 * f);
	}

	attribute(offsets: Uint32Array, corners: number): Surface['color'] {
		if (!this.#values) return undefined;
		const indices = new Uint32Array(corners);
		for (let f = 0; f < this.#faces; f++) indices.fill(f, offsets[f], offsets[f + 1]);
		return { values: scaleColors(this.#values, 3), indices, size: 3 };
	}
}
