import { MeshError } from '../errors.ts';
import { NO_MATERIAL, NO_ROW } from '../mesh/mesh.ts';
import { GrowingFloats, GrowingIndices } from './growing.ts';
import { readMtl } from './mtl.ts';
import { Scanner } from './scanner.ts';
import type { Surface } from './surface.ts';
import { scaleColors } from './surface-colors.ts';
import { PLAIN_MATERIAL, type SurfaceMaterial } from './surface-materials.ts';

const SLASH = 47;
const LETTER_F = 102;
const LETTER_V = 118;
const LETTER_N = 110;
const LETTER_T = 116;
/** Statements that change nothing we keep. */
const SILENT = new Set(['s', 'lod', 'bevel', 'c_interp', 'd_interp', 'shadow_obj', 'trace_obj', 'mg', 'end']);

/**
 * Reads a Wavefront OBJ: `v` (with colours behind the coordinates), `vt`, `vn`, `f` in all index forms, negative ones
 * included, `o`, `g`, `usemtl`, `mtllib`. Lines and points are left out with a warning, free-form geometry too.
 *
 * @param resources Gives the bytes of the material libraries; a missing one is a warning.
 * @throws `malformed-file` naming the line, `out-of-range`, `too-large` (more than 65534 materials).
 */
export function readObj(bytes: Uint8Array, resources?: (uri: string) => Uint8Array | undefined): Surface {
	const obj = new ObjReader(bytes);
	const warnings = obj.warnings();
	const known = readLibraries(obj.libraries, resources, warnings);
	const names = [...obj.materialNumbers.keys()];
	const unknown = known.size > 0 ? names.filter((name) => !known.has(name)) : [];
	if (unknown.length > 0) {
		const [first] = unknown;
		warnings.push(`${unknown.length} materials are not in the material library, '${first}' among them`);
	}
	const materials = names.map((name) => known.get(name) ?? { ...PLAIN_MATERIAL, name });
	return { ...obj.surface(), materials, groups: obj.groups, warnings };
}

function readLibraries(
	names: readonly string[],
	resources: ((uri: string) => Uint8Array | undefined) | undefined,
	warnings: string[],
): Map<string, SurfaceMaterial> {
	const known = new Map<string, SurfaceMaterial>();
	const read = (name: string): boolean => {
		const uri = name.replaceAll('\\', '/').replace(/^\.\//, '');
		const bytes = resources?.(uri) ?? resources?.(uri.slice(uri.lastIndexOf('/') + 1));
		if (!bytes) return false;
		for (const material of readMtl(bytes, warnings)) known.set(material.name, material);
		return true;
	};
	for (const name of new Set(names)) {
		// One name with blanks, or several names: the format says several, exporters write the one.
		const missing = read(name) ? [] : name.split(/\s+/).filter((part) => part === name || !read(part));
		for (const part of missing) warnings.push(`material library '${part}' was not given`);
	}
	return known;
}

class ObjReader {
	readonly libraries: string[] = [];
	/** In order of first use. */
	readonly materialNumbers = new Map<string, number>();
	readonly groups: { name: string; firstFace: number }[] = [];
	readonly #positions = new GrowingFloats();
	readonly #colors = new GrowingFloats();
	readonly #uvs = new GrowingFloats();
	readonly #normals = new GrowingFloats();
	readonly #offsets = new GrowingIndices();
	readonly #corners = new GrowingIndices();
	readonly #uvRows = new GrowingIndices();
	readonly #normalRows = new GrowingIndices();
	readonly #materialOf = new GrowingIndices();
	#material = NO_MATERIAL;
	#lines = 0;
	#freeForms = 0;

	constructor(bytes: Uint8Array) {
		const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
		const scanner = new Scanner(bytes, hasMark ? 3 : 0);
		this.#offsets.push(0);
		while (scanner.seek()) {
			const first = bytes[scanner.at];
			const second = bytes[scanner.at + 1];
			const isShort = second === 32 || second === 9;
			if (first === LETTER_V && isShort) this.#readVertex(scanner);
			else if (first === LETTER_F && isShort) this.#readFace(scanner);
			else if (first === LETTER_V && second === LETTER_T) this.#readRow(scanner, this.#uvs, 2);
			else if (first === LETTER_V && second === LETTER_N) this.#readRow(scanner, this.#normals, 3);
			else this.#readStatement(scanner);
			scanner.nextLine();
		}
	}

	surface(): Pick<Surface, 'positions' | 'faces' | 'uv' | 'normal' | 'color' | 'materialOf'> {
		const list = this.#corners.finish();
		const attribute = (values: GrowingFloats, indices: GrowingIndices, size: 2 | 3): Surface['uv'] => {
			// Some exporters name rows and write none at all: the names are as good as left out.
			if (indices.length === 0 || values.length === 0) return undefined;
			while (indices.length < list.length) indices.push(NO_ROW);
			return { values: values.finish(), indices: indices.finish(), size };
		};
		while (this.#colors.length > 0 && this.#colors.length < this.#positions.length) this.#colors.push(Number.NaN);
		const hasMaterials = this.materialNumbers.size > 0;
		return {
			positions: this.#positions.finish(),
			faces: { offsets: this.#offsets.finish(), list },
			uv: attribute(this.#uvs, this.#uvRows, 2),
			normal: attribute(this.#normals, this.#normalRows, 3),
			color:
				this.#colors.length > 0 ? { values: scaleColors(this.#colors.finish(), 3), indices: list, size: 3 } : undefined,
			materialOf: hasMaterials ? Uint16Array.from(this.#materialOf.finish()) : undefined,
		};
	}

	warnings(): string[] {
		const warnings: string[] = [];
		if (this.#lines > 0) warnings.push(`${this.#lines} lines and points were left out`);
		if (this.#freeForms > 0) warnings.push('free-form curves and surfaces were left out');
		if (this.#uvRows.length > 0 && this.#uvs.length === 0) warnings.push("faces name 'vt' rows; the file has none");
		if (this.#normalRows.length > 0 && this.#normals.length === 0)
			warnings.push("faces name 'vn' rows; the file has none");
		return warnings;
	}

	/** `v x y z`, and behind it nothing, a weight (which polygons do not use), or a colour. */
	#readVertex(scanner: Scanner): void {
		const positions = this.#positions;
		scanner.at++;
		for (let k = 0; k < 3; k++) positions.push(this.#numberOf(scanner, 'v', 3));
		if (!scanner.hasMore()) return;
		const first = scanner.number();
		if (!scanner.hasMore()) return;
		const second = scanner.number();
		if (!scanner.hasMore()) throw scanner.malformed("'v' has 5 numbers; 3, 4, 6 or 7 make sense");
		const third = scanner.number();
		const colors = this.#colors;
		while (colors.length < positions.length - 3) colors.push(Number.NaN);
		colors.push(first);
		colors.push(second);
		colors.push(third);
	}

	/** `vt` or `vn`: `size` numbers; a third texture coordinate is not read, a missing one is 0. */
	#readRow(scanner: Scanner, values: GrowingFloats, size: 2 | 3): void {
		scanner.at += 2;
		for (let k = 0; k < size; k++) {
			const isMissingV = size === 2 && k === 1 && !scanner.hasMore();
			values.push(isMissingV ? 0 : this.#numberOf(scanner, size === 2 ? 'vt' : 'vn', size));
		}
	}

	#numberOf(scanner: Scanner, statement: string, size: number): number {
		if (!scanner.hasMore()) throw scanner.malformed(`'${statement}' has fewer than ${size} numbers`);
		return scanner.number();
	}

	/** `f v`, `f v/vt`, `f v//vn`, `f v/vt/vn`. */
	#readFace(scanner: Scanner): void {
		scanner.at++;
		const corners = this.#corners;
		while (scanner.hasMore()) {
			const corner = corners.length;
			corners.push(resolve(scanner, this.#positions.length / 3));
			if (scanner.skip(SLASH)) {
				if (scanner.isAtNumber()) {
					while (this.#uvRows.length < corner) this.#uvRows.push(NO_ROW);
					this.#uvRows.push(resolve(scanner, this.#uvs.length / 2));
				}
				if (scanner.skip(SLASH) && scanner.isAtNumber()) {
					while (this.#normalRows.length < corner) this.#normalRows.push(NO_ROW);
					this.#normalRows.push(resolve(scanner, this.#normals.length / 3));
				}
			}
			scanner.endWord();
		}
		this.#offsets.push(corners.length);
		this.#materialOf.push(this.#material);
	}

	#readStatement(scanner: Scanner): void {
		const word = scanner.word();
		scanner.hasMore();
		if (word === 'usemtl') this.#material = this.#materialNumber(scanner.rest());
		else if (word === 'mtllib') this.libraries.push(scanner.rest());
		else if (word === 'o' || word === 'g') this.#beginGroup(scanner.rest());
		else if (word === 'fo') {
			scanner.at--; // the old name of `f`
			this.#readFace(scanner);
		} else if (word === 'l' || word === 'p') this.#lines++;
		else if (word === 'curv' || word === 'curv2' || word === 'surf' || word === 'cstype') this.#freeForms++;
		else if (word === 'f' || word === 'v') throw scanner.malformed(`'${word}' has no numbers`);
		else if (!SILENT.has(word) && word.includes('\0')) throw scanner.malformed('binary data in a text format');
	}

	#materialNumber(name: string): number {
		const known = this.materialNumbers.get(name);
		if (known !== undefined) return known;
		const number = this.materialNumbers.size;
		if (number >= NO_MATERIAL) throw new MeshError('too-large', `more than ${NO_MATERIAL} materials`);
		this.materialNumbers.set(name, number);
		return number;
	}

	/** A group without faces leaves no trace, and one that goes on is the same. */
	#beginGroup(name: string): void {
		const firstFace = this.#offsets.length - 1;
		if (this.groups.at(-1)?.firstFace === firstFace) this.groups.pop();
		if (this.groups.at(-1)?.name !== name) this.groups.push({ name, firstFace });
	}
}

/** The index here, from 0. Negative ones count back from what has been read; those too high are seen at the end. */
function resolve(scanner: Scanner, count: number): number {
	const index = scanner.integer();
	if (index > 0 && index < NO_ROW) return index - 1;
	if (index < 0 && count + index >= 0) return count + index;
	throw new MeshError('out-of-range', `line ${scanner.line}: index ${index} of ${count}`, { line: scanner.line });
}
