import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/formats/read.ts';
import { join, type Shape, stlBinary, stlText } from './write-formats.ts';

const TETRAHEDRON: Shape = {
	points: [
		[0, 0, 0],
		[1, 0, 0],
		[0, 1, 0],
		[0, 0, 1],
	],
	faces: [],
	triangles: [
		[0, 2, 1],
		[0, 1, 3],
		[1, 2, 3],
		[0, 3, 2],
	],
	uvs: [],
	colors: [],
};
const TEXT = new TextDecoder().decode(stlText(TETRAHEDRON));
const BINARY = stlBinary(TETRAHEDRON);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const withCount = (count: number): Uint8Array => {
	const bytes = BINARY.slice();
	new DataView(bytes.buffer).setUint32(80, count, true);
	return bytes;
};

describe('what is read', () => {
	it.each([
		['capitals', bytesOf(TEXT.toUpperCase())],
		['CR LF', bytesOf(TEXT.replaceAll('\n', '\r\n'))],
		['no name', bytesOf(TEXT.replaceAll(' shape', ''))],
		['everything on one line but the names', bytesOf(TEXT.replace(/(?<!shape)\n/g, ' \n  '))],
		['a count of 0, as streams leave it', withCount(0)],
		['bytes behind the end', join(BINARY, new Uint8Array(20))],
		["a header that begins with 'solid'", stlBinary(TETRAHEDRON, 'solid facet normal endsolid')],
	])('%s', async (_, bytes) => {
		const { mesh, format } = await readModel(bytes, { name: 'a.stl' });
		expect(format).toBe('stl');
		expect(mesh.positions).toHaveLength(12);
		expect(mesh.triangles).toHaveLength(12);
		expect(mesh.polygonOf).toBeUndefined();
	});

	it('several solids, with their names and an empty one', async () => {
		const model = await readModel(
			bytesOf(`solid nothing\nendsolid nothing\n${TEXT}${TEXT.replaceAll('shape', 'twin')}`),
		);
		expect(model.mesh.triangles).toHaveLength(24);
		expect(model.sources.map(({ name, triangles }) => [name, triangles])).toEqual([
			['shape', 4],
			['twin', 4],
		]);
	});

	it('says that colours of facets are left out', async () => {
		const { warnings } = await readModel(stlBinary(TETRAHEDRON, 'COLOR=abcd'));
		expect(warnings).toEqual(['the colours of the facets (an extension of STL) were left out']);
	});
});

it.each([
	['truncated-file', 'more facets announced than held', withCount(5)],
	['truncated-file', 'a count of four thousand million', withCount(0xffffffff)],
	['truncated-file', 'less than a header', BINARY.subarray(0, 83)],
	['truncated-file', 'a text without its end', bytesOf(TEXT.slice(0, 300))],
	['truncated-file', 'a text cut in a vertex', bytesOf(TEXT.slice(0, TEXT.indexOf('vertex 1') + 8))],
	['malformed-file', 'a word that STL does not have', bytesOf(TEXT.replace('outer', 'inner'))],
	['malformed-file', 'a word for a number', bytesOf(TEXT.replace('vertex 1', 'vertex one'))],
	['not-finite', 'NaN', bytesOf(TEXT.replace('vertex 1', 'vertex nan'))],
	['no-triangles', 'an empty solid', bytesOf('solid a\nendsolid a\n')],
	['no-triangles', 'no facets', BINARY.subarray(0, 84).fill(0)],
])('%s: %s', async (code, _, bytes) => {
	await expect(readModel(bytes, { name: 'a.stl' })).rejects.toMatchObject({ code });
});
