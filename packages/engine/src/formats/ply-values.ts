import { MeshError } from '../errors.ts';
import { PLY_BYTES, type PlyElement, type PlyHeader, type PlyType } from './ply-header.ts';
import { Scanner } from './scanner.ts';

/** Numbers one after another, however they are written. */
export type PlyValues = {
	/** Throws `truncated-file` when so many rows cannot fit in what is left of the file. */
	expect(element: PlyElement): void;
	/** Throws `truncated-file` when a list of `count` values cannot fit. */
	expectList(count: number, type: PlyType): void;
	next(type: PlyType): number;
	/** Goes behind the end of a row. */
	endRow(): void;
};

/** The values behind the header. */
export function plyValues(bytes: Uint8Array, header: PlyHeader): PlyValues {
	return header.encoding === 'ascii' ? new TextValues(bytes, header) : new BinaryValues(bytes, header);
}

class TextValues implements PlyValues {
	readonly #scanner: Scanner;
	readonly #length: number;

	constructor(bytes: Uint8Array, header: PlyHeader) {
		this.#scanner = new Scanner(bytes, header.end);
		this.#scanner.line = header.lines;
		this.#length = bytes.length;
	}

	expect(element: PlyElement): void {
		// A value takes at least a digit and a blank; the last one no blank.
		const least = 2 * element.properties.length * element.count - 1;
		if (least > this.#length - this.#scanner.at) throw doesNotFit(element, this.#length - this.#scanner.at);
	}

	expectList(count: number): void {
		if (2 * count - 1 > this.#length - this.#scanner.at) throw listDoesNotFit(count, this.#scanner.at);
	}

	next(): number {
		const scanner = this.#scanner;
		if (!scanner.seek()) throw new MeshError('truncated-file', `the file ends at line ${scanner.line}`);
		return scanner.number();
	}

	/** A row begins on a line of its own: MeshLab writes more behind it than its header tells. */
	endRow(): void {
		this.#scanner.nextLine();
	}
}

class BinaryValues implements PlyValues {
	readonly #view: DataView;
	readonly #isLittle: boolean;
	#at: number;

	constructor(bytes: Uint8Array, header: PlyHeader) {
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		this.#isLittle = header.encoding === 'binary_little_endian';
		this.#at = header.end;
	}

	expect(element: PlyElement): void {
		let least = 0;
		for (const { type, countType } of element.properties) least += PLY_BYTES[countType ?? type];
		const left = this.#view.byteLength - this.#at;
		if (least * element.count > left) throw doesNotFit(element, left);
	}

	expectList(count: number, type: PlyType): void {
		if (count * PLY_BYTES[type] > this.#view.byteLength - this.#at) throw listDoesNotFit(count, this.#at);
	}

	next(type: PlyType): number {
		const at = this.#at;
		const end = at + PLY_BYTES[type];
		if (end > this.#view.byteLength) throw new MeshError('truncated-file', `the file ends at byte ${at}`);
		this.#at = end;
		const view = this.#view;
		if (type === 'float32') return view.getFloat32(at, this.#isLittle);
		if (type === 'int32') return view.getInt32(at, this.#isLittle);
		if (type === 'uint8') return view.getUint8(at);
		if (type === 'uint32') return view.getUint32(at, this.#isLittle);
		if (type === 'float64') return view.getFloat64(at, this.#isLittle);
		if (type === 'int8') return view.getInt8(at);
		if (type === 'int16') return view.getInt16(at, this.#isLittle);
		return view.getUint16(at, this.#isLittle);
	}

	endRow(): void {}
}

function doesNotFit({ name, count }: PlyElement, bytes: number): MeshError {
	const what = `${count} elements '${name}' do not fit in the ${bytes} bytes that are left`;
	return new MeshError('truncated-file', what, { element: name, count, bytes });
}

function listDoesNotFit(count: number, at: number): MeshError {
	return new MeshError('truncated-file', `a list of ${count} values at byte ${at} runs over the end of the file`);
}
