import { zlibSync } from 'fflate';

/** A property of a node, encoded: its type letter and the bytes behind it. */
export type FbxValue = Uint8Array;
export type FbxNode = {
	readonly name: string;
	readonly values: readonly FbxValue[];
	readonly children: readonly FbxNode[];
};

const VERSION = 7400;
/** End offset, count and length of the values, length of the name. */
const HEAD_BYTES = 13;
/** Arrays shorter than this are not worth packing. */
const LEAST_PACKED = 128;
const MAGIC = [...new TextEncoder().encode('Kaydara FBX Binary  '), 0x00, 0x1a, 0x00];
/** What readers compare, made by the vendor's writer for the time CREATION_TIME; a sum over other times is not public. */
export const FILE_ID = Uint8Array.of(
	...[0x28, 0xb3, 0x2a, 0xeb, 0xb6, 0x24, 0xcc, 0xc2, 0xbf, 0xc8, 0xb0, 0x2a, 0xa9, 0x2b, 0xfc, 0xf1],
);
export const CREATION_TIME = '1970-01-01 10:00:00:000';
const FOOT_ID = [0xfa, 0xbc, 0xab, 0x09, 0xd0, 0xc8, 0xd4, 0x66, 0xb1, 0x76, 0xfb, 0x83, 0x1c, 0xf7, 0x26, 0x7e];
const FOOT_MAGIC = [0xf8, 0x5a, 0x8c, 0x6a, 0xde, 0xf5, 0xd9, 0x7e, 0xec, 0xe9, 0x0c, 0xe3, 0x75, 0x8f, 0x29, 0x0b];
const FOOT_ZEROS = 120;

export const node = (name: string, values: readonly FbxValue[] = [], children: readonly FbxNode[] = []): FbxNode => ({
	name,
	values,
	children,
});

/** A value of a fixed size behind its letter. */
function fixed(letter: string, bytes: number, fill: (view: DataView) => void): FbxValue {
	const value = new Uint8Array(1 + bytes);
	value[0] = letter.charCodeAt(0);
	fill(new DataView(value.buffer, 1));
	return value;
}

export const int = (x: number): FbxValue => fixed('I', 4, (view) => view.setInt32(0, x, true));
export const long = (x: number): FbxValue => fixed('L', 8, (view) => view.setBigInt64(0, BigInt(x), true));
export const real = (x: number): FbxValue => fixed('D', 8, (view) => view.setFloat64(0, x, true));
export const flag = (x: boolean): FbxValue => fixed('C', 1, (view) => view.setUint8(0, x ? 1 : 0));

function sized(letter: string, bytes: Uint8Array): FbxValue {
	const value = new Uint8Array(5 + bytes.length);
	value[0] = letter.charCodeAt(0);
	new DataView(value.buffer).setUint32(1, bytes.length, true);
	value.set(bytes, 5);
	return value;
}

export const text = (x: string): FbxValue => sized('S', new TextEncoder().encode(x));
export const raw = (x: Uint8Array): FbxValue => sized('R', x);
/** Name of an object as binary files have it. */
export const named = (name: string, kind: string): FbxValue => text(`${name.replaceAll('\0', ' ')}\0\x01${kind}`);

function array(letter: string, items: number, plain: Uint8Array): FbxValue {
	const isPacked = plain.length >= LEAST_PACKED;
	const bytes = isPacked ? zlibSync(plain) : plain;
	const value = new Uint8Array(13 + bytes.length);
	value[0] = letter.charCodeAt(0);
	const view = new DataView(value.buffer);
	view.setUint32(1, items, true);
	view.setUint32(5, isPacked ? 1 : 0, true);
	view.setUint32(9, bytes.length, true);
	value.set(bytes, 13);
	return value;
}

export function reals(list: ArrayLike<number>): FbxValue {
	const plain = new DataView(new ArrayBuffer(8 * list.length));
	for (let i = 0; i < list.length; i++) plain.setFloat64(8 * i, list[i], true);
	return array('d', list.length, new Uint8Array(plain.buffer));
}

export function ints(list: ArrayLike<number>): FbxValue {
	const plain = new DataView(new ArrayBuffer(4 * list.length));
	for (let i = 0; i < list.length; i++) plain.setInt32(4 * i, list[i], true);
	return array('i', list.length, new Uint8Array(plain.buffer));
}

/**
 * A binary FBX 7.4 file of the given top-level nodes.
 *
 * Based on: Gessler. FBX binary file format specification. 2013. [gessler2013]
 */
export function encodeFbx(nodes: readonly FbxNode[]): Uint8Array {
	const sizes = new Map<FbxNode, number>();
	const start = MAGIC.length + 4;
	let end = start + HEAD_BYTES;
	for (const top of nodes) end += measure(top, sizes);
	const footAt = end + FOOT_ID.length + 4;
	const padded = footAt + (16 - (footAt % 16));
	const bytes = new Uint8Array(padded + 4 + FOOT_ZEROS + FOOT_MAGIC.length);
	const view = new DataView(bytes.buffer);
	bytes.set(MAGIC);
	view.setUint32(MAGIC.length, VERSION, true);
	let at = start;
	for (const top of nodes) at = write(top, at, bytes, view, sizes);
	bytes.set(FOOT_ID, end);
	view.setUint32(padded, VERSION, true);
	bytes.set(FOOT_MAGIC, padded + 4 + FOOT_ZEROS);
	return bytes;
}

/** A list of children ends with an empty head, and a node without values counts as an empty list. */
const hasEnd = ({ values, children }: FbxNode): boolean => children.length > 0 || values.length === 0;

function measure(one: FbxNode, sizes: Map<FbxNode, number>): number {
	let size = HEAD_BYTES + one.name.length;
	for (const value of one.values) size += value.length;
	for (const child of one.children) size += measure(child, sizes);
	if (hasEnd(one)) size += HEAD_BYTES;
	sizes.set(one, size);
	return size;
}

function write(
	one: FbxNode,
	start: number,
	bytes: Uint8Array,
	view: DataView,
	sizes: ReadonlyMap<FbxNode, number>,
): number {
	const end = start + sizes.get(one)!;
	view.setUint32(start, end, true);
	view.setUint32(start + 4, one.values.length, true);
	view.setUint32(
		start + 8,
		one.values.reduce((sum, value) => sum + value.length, 0),
		true,
	);
	view.setUint8(start + 12, one.name.length);
	let at = start + HEAD_BYTES;
	for (let i = 0; i < one.name.length; i++) bytes[at++] = one.name.charCodeAt(i);
	for (const value of one.values) {
		bytes.set(value, at);
		at += value.length;
	}
	for (const child of one.children) at = write(child, at, bytes, view, sizes);
	return end;
}
