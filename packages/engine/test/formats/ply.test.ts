import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/formats/read.ts';
import type { Model } from '../../src/mesh/model.ts';
import { join } from './write-formats.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string): Promise<Model> => readModel(bytesOf(text));

const SQUARE = `ply
format ascii 1.0
element vertex 4
property float x
property float y
property float z
element face 1
property list uchar int vertex_index
end_header
0 0 0
1 0 0
1 1 0
0 1 0
4 0 1 2 3
`;
const [VERTEX_LINES, FACE_LINES] = [/element vertex.*\n(property float .\n)+/, /element face.*\nproperty.*\n/];
const VERTICES_LAST = SQUARE.replace(FACE_LINES, '')
	.replace(VERTEX_LINES, (lines) => `${FACE_LINES.exec(SQUARE)![0]}${lines}`)
	.replace('4 0 1 2 3\n', '')
	.replace('end_header\n', 'end_header\n4 0 1 2 3\n');
const STRIP = SQUARE.replace('face 1', 'tristrips 1').replace('uchar int vertex_index', 'int int vertex_indices');
const face = (properties: string, row: string): string =>
	SQUARE.replace('vertex_index\n', `vertex_index\n${properties}\n`).replace('4 0 1 2 3', row);

describe('the ways to write a square', () => {
	it.each([
		['CR LF', SQUARE.replaceAll('\n', '\r\n')],
		['CR', SQUARE.replaceAll('\n', '\r')],
		['other names of types', SQUARE.replaceAll('float', 'float64').replace('uchar int', 'uint8 uint16')],
		['values behind the rows that the header does not tell', SQUARE.replace('4 0 1 2 3', '4 0 1 2 3 9 9')],
		['rows over several lines', SQUARE.replace('4 0 1 2 3', '4 0 1\n2 3')],
		[
			'an element that we do not know',
			SQUARE.replace('element face', 'element edge 2\nproperty list char int e\nelement face').replace(
				'\n4 0',
				'\n1 5\n0\n4 0',
			),
		],
		['an element without properties', SQUARE.replace('element face', 'element nothing 4000000000\nelement face')],
		['vertices last', VERTICES_LAST],
		['a strip', STRIP.replace('4 0 1 2 3', '4 0 1 3 2')],
		['two strips', STRIP.replace('4 0 1 2 3', '8 0 1 2 -1 -1 0 2 3')],
	])('%s', async (_, text) => {
		const { mesh } = await read(text);
		expect(mesh.positions).toHaveLength(12);
		let area = 0;
		for (let c = 0; c < 6; c += 3) {
			const [a, b, d] = [0, 1, 2].map((k) => 3 * mesh.triangles[c + k]!);
			const p = mesh.positions;
			area += ((p[b!]! - p[a!]!) * (p[d! + 1]! - p[a! + 1]!) - (p[b! + 1]! - p[a! + 1]!) * (p[d!]! - p[a!]!)) / 2;
		}
		expect(mesh.triangles).toHaveLength(6);
		expect(area).toBe(1);
	});
});

describe('what faces bring', () => {
	it('texture coordinates of corners, and the texture by number', async () => {
		const text = face(
			'property list uchar float texcoord\nproperty int texnumber',
			'4 0 1 2 3 8 0 0 1 0 1 1 0 1 1',
		).replace('element vertex', 'comment TextureFile a.png\ncomment TextureFile b c.png\nelement vertex');
		const { mesh, materials, warnings } = await read(text);
		expect(Array.from(mesh.corner.uv!.values)).toEqual([0, 1, 1, 1, 1, 0, 0, 0]);
		expect(materials.map(({ name }) => name)).toEqual(['a.png', 'b c.png']);
		expect(Array.from(mesh.materialOf)).toEqual([1, 1]);
		expect(warnings).toHaveLength(2);
	});

	it('colours', async () => {
		const properties = 'property uchar red\nproperty uchar green\nproperty uchar blue';
		const { mesh } = await read(face(properties, '4 0 1 2 3 255 0 255'));
		expect(Array.from(mesh.corner.color!.values)).toEqual([1, 0, 1, 1]);
		expect(Array.from(mesh.corner.color!.indices)).toEqual([0, 0, 0, 0, 0, 0]);
	});
});

it('scales integers where they stand for 0..1', async () => {
	const text = SQUARE.replace(
		'float z\n',
		'float z\nproperty ushort s\nproperty ushort t\nproperty char nx\nproperty char ny\nproperty char nz\n',
	).replace(/^([01] [01] 0)$/gm, '$1 65535 0 0 0 127');
	const { mesh } = await read(text);
	expect(new Set(mesh.corner.uv!.values)).toEqual(new Set([1]));
	expect(Array.from(mesh.corner.normal!.values.subarray(0, 3))).toEqual([0, 0, 1]);
});

const BINARY = SQUARE.slice(0, SQUARE.indexOf('0 0 0')).replace('ascii', 'binary_little_endian');

it.each([
	['truncated-file', 'more vertices than fit', SQUARE.replace('vertex 4', 'vertex 4000000000')],
	['truncated-file', 'more faces than fit', SQUARE.replace('face 1', 'face 4000000000')],
	['truncated-file', 'a list that does not fit', SQUARE.replace('4 0 1 2 3', '4000000000 0 1 2 3')],
	['truncated-file', 'a row that breaks off', SQUARE.replace('2 3\n', '2')],
	['truncated-file', 'no end of the header', SQUARE.slice(0, SQUARE.indexOf('element face'))],
	['truncated-file', 'binary data that break off', BINARY],
	['out-of-range', 'an index past the vertices', SQUARE.replace('2 3\n', '2 4\n')],
	['out-of-range', 'a negative index', SQUARE.replace('2 3\n', '2 -1\n')],
	['out-of-range', 'faces without vertices', SQUARE.replace('vertex 4', 'vortex 4')],
	['malformed-file', 'a list of minus one', SQUARE.replace('4 0 1 2 3', '-1 0 1 2 3')],
	['malformed-file', 'no z', SQUARE.replace('float z', 'float height')],
	['malformed-file', 'an unknown type', SQUARE.replace('float x', 'half x')],
	['malformed-file', 'a type of Object.prototype', SQUARE.replace('float x', 'constructor x')],
	['malformed-file', 'a word for a number', SQUARE.replace('1 1 0', '1 one 0')],
	['malformed-file', 'no format', SQUARE.replace('format ascii 1.0\n', '')],
	[
		'malformed-file',
		'texture coordinates for other corners',
		face('property list uchar float texcoord', '4 0 1 2 3 10 0 0 1 0 1 1 0 1 1 1'),
	],
	['unsupported-format', 'another format', SQUARE.replace('ascii', 'binary_middle_endian')],
	['not-finite', 'NaN', SQUARE.replace('1 1 0', '1 nan 0')],
	['no-triangles', 'points alone', SQUARE.replace('face 1', 'face 0').replace('4 0 1 2 3\n', '')],
])('%s: %s', async (code, _, text) => {
	await expect(read(text)).rejects.toMatchObject({ code });
});

it('refuses a binary list that runs over the end', async () => {
	const data = new DataView(new ArrayBuffer(12 * 4 + 5));
	data.setUint8(48, 255);
	await expect(readModel(join(bytesOf(BINARY), new Uint8Array(data.buffer)))).rejects.toMatchObject({
		code: 'truncated-file',
	});
});
