import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/formats/read.ts';

const read = (text: string) => readModel(new TextEncoder().encode(text), { name: 'a.off' });

const SQUARE = `OFF
4 1 0
0 0 0
1 0 0
1 1 0
0 1 0
4 0 1 2 3
`;
const withRows = (keyword: string, row: string): string =>
	SQUARE.replace('OFF', keyword).replace(/^([01] [01] 0)$/gm, `$1 ${row}`);

describe('the ways to write a square', () => {
	it.each([
		['counts behind the keyword', SQUARE.replace('OFF\n', 'OFF ')],
		['counts that touch the keyword', SQUARE.replace('OFF\n', 'OFF')],
		['no keyword', SQUARE.replace('OFF\n', '')],
		['no number of edges', SQUARE.replace('4 1 0', '4 1')],
		['counts on lines of their own', SQUARE.replace('4 1 0', '4\n1 0')],
		['comments and empty lines', `# a square\n\n${SQUARE.replaceAll('\n', ' # so\n\n')}`],
		['CR LF', SQUARE.replaceAll('\n', '\r\n')],
		['no last line end', SQUARE.trimEnd()],
		['a colour index behind the face', SQUARE.replace('2 3\n', '2 3 7\n')],
		['normals', withRows('NOFF', '0 0 1')],
		['colours that have no alpha', withRows('COFF', '255 0 0')],
		['everything', withRows('STCNOFF', '0 0 1 0.5 0 0 1 0.25 0.75')],
	])('%s', async (_, text) => {
		const { mesh } = await read(text);
		expect(Array.from(mesh.positions)).toEqual([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]);
		expect(Array.from(mesh.triangles)).toEqual([0, 1, 2, 0, 2, 3]);
	});
});

it('keeps normals, colours and texture coordinates in their order', async () => {
	const { mesh } = await read(withRows('STCNOFF', '0 0 1 1 0 0 0.5 0.25 0.75'));
	expect(Array.from(mesh.corner.normal!.values.subarray(0, 3))).toEqual([0, 0, 1]);
	expect(Array.from(mesh.corner.color!.values.subarray(0, mesh.corner.color!.size))).toEqual([1, 0, 0, 0.5]);
	expect(Array.from(mesh.corner.uv!.values.subarray(0, 2))).toEqual([0.25, 0.25]);
});

it.each([
	['of bytes', '255 0 255'],
	['of bytes, with alpha', '255 0 255 128'],
	['of shares', '1.0 0.0 1.0'],
])('takes colours of faces, %s', async (_, color) => {
	const { mesh } = await read(SQUARE.replace('2 3\n', `2 3 ${color}\n`));
	expect(Array.from(mesh.corner.color!.values.subarray(0, mesh.corner.color!.size))).toEqual([1, 0, 1]);
});

it.each([
	['truncated-file', 'more vertices than fit', SQUARE.replace('4 1 0', '353535235358 1 0')],
	['truncated-file', 'more faces than fit', SQUARE.replace('4 1 0', '4 4000000000 0')],
	['truncated-file', 'faces that are missing', SQUARE.replace('4 0 1 2 3\n', '')],
	['truncated-file', 'nothing behind the keyword', 'OFF\n'],
	['truncated-file', 'a row that breaks off', SQUARE.replace('2 3\n', '2')],
	['malformed-file', 'a face with too few corners', `${SQUARE.replace('2 3\n', '2\n')}\n`],
	['malformed-file', 'a face of minus four corners', SQUARE.replace('4 0 1 2 3', '-4 0 1 2 3')],
	['malformed-file', 'a word for a number', SQUARE.replace('1 1 0', '1 one 0')],
	['malformed-file', 'no counts', 'OFF\nx y z\n'],
	['out-of-range', 'an index past the vertices', SQUARE.replace('2 3\n', '2 4\n')],
	['out-of-range', 'a negative index', SQUARE.replace('2 3\n', '2 -1\n')],
	['not-finite', 'NaN', SQUARE.replace('1 1 0', '1 nan 0')],
	['unsupported-format', 'four dimensions', SQUARE.replace('OFF', '4OFF')],
	['unsupported-format', 'binary data', SQUARE.replace('OFF', 'OFF BINARY')],
	['no-triangles', 'points alone', SQUARE.replace('4 1 0', '4 0 0')],
])('%s: %s', async (code, _, text) => {
	await expect(read(text)).rejects.toMatchObject({ code });
});
