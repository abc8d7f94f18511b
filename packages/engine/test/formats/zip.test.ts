import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/formats/read.ts';
import type { Model } from '../../src/mesh/model.ts';
import { zip } from './write-formats.ts';

const OBJ = 'mtllib a.mtl\nusemtl a\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nf 1/1 2/1 3/1\n';
const PNG = Uint8Array.from([
	...[0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1],
]);
const read = (files: Record<string, Uint8Array | string>): Promise<Model> => readModel(zip(files));

/** Changes a field of the first entry in the central directory. */
function patch(bytes: Uint8Array, offset: number, size: 2 | 4, value: number): Uint8Array {
	const copy = bytes.slice();
	const view = new DataView(copy.buffer);
	let at = 0;
	while (view.getUint32(at, true) !== 0x02014b50) at++;
	if (size === 2) view.setUint16(at + offset, value, true);
	else view.setUint32(at + offset, value, true);
	return copy;
}

describe('finds', () => {
	it.each([
		['beside the model', { 'm/a.obj': OBJ, 'm/a.mtl': 'newmtl a\nmap_Kd t.png', 'm/t.png': PNG }],
		['by another case', { 'M/A.OBJ': OBJ, 'm/A.MTL': 'newmtl a\nmap_Kd T.PNG', 'm/t.png': PNG }],
		[
			'by a path of the machine that wrote it',
			{ 'a.obj': OBJ, 'a.mtl': 'newmtl a\nmap_Kd C:\\work\\t.png', 'x/t.png': PNG },
		],
		['one folder up', { 'm/a.obj': OBJ, 'm/a.mtl': 'newmtl a\nmap_Kd ../x/t.png', 'x/t.png': PNG }],
		[
			'under a name that would leave the folder',
			{ '../../a.obj': OBJ, '../../a.mtl': 'newmtl a\nmap_Kd t.png', '/t.png': PNG },
		],
	])('materials and textures %s', async (_, files) => {
		const { images, warnings } = await read(files);
		expect(warnings).toEqual([]);
		expect(images).toHaveLength(1);
	});

	it.each([
		['the only glTF or OBJ on top', { 'in/a.obj': OBJ, 'in/a.stl': 'x', 'in/old/b.obj': 'x' }],
		[
			'a model beside what macOS and others add',
			{ 'a.obj': OBJ, '__MACOSX/._a.obj': 'x', '.hidden.obj': 'x', 'read.md': 'x' },
		],
	])('%s', async (_, files) => {
		expect((await read(files)).mesh.triangles).toHaveLength(3);
	});

	it('what the caller has, where the archive has not', async () => {
		const bytes = zip({ 'a.obj': OBJ });
		const { warnings } = await readModel(bytes, { resources: () => new TextEncoder().encode('newmtl a') });
		expect(warnings).toEqual([]);
	});
});

const ONE = zip({ 'a.obj': OBJ });

it.each([
	['unknown-format', 'no model', zip({ 'readme.txt': 'x' })],
	['unknown-format', 'nothing', zip({})],
	['several-models', 'two models of a kind', zip({ 'a.obj': OBJ, 'b.obj': OBJ })],
	['several-models', 'two models of other kinds', zip({ 'a.stl': 'x', 'b.ply': OBJ })],
	['unsupported-format', 'a model that we do not read', zip({ 'a.fbx': 'Kaydara FBX Binary' })],
	['unsupported-format', 'a ZIP called a model', zip({ 'a.obj': ONE })],
	['unsupported-format', '3MF', zip({ '[Content_Types].xml': 'x', '3D/3dmodel.model': 'x' })],
	['unsupported-format', 'USDZ', zip({ 'a.usdc': 'x' })],
	['unsupported-format', 'an encrypted entry', patch(ONE, 8, 2, 1)],
	['unsupported-format', 'another method', patch(ONE, 10, 2, 14)],
	['truncated-file', 'no directory', ONE.subarray(0, ONE.length - 30)],
	['truncated-file', 'more packed bytes than the file has', patch(ONE, 20, 4, 1e9)],
	['malformed-file', 'an entry that lies elsewhere', patch(ONE, 42, 4, 5)],
	['malformed-file', 'a directory that breaks off', patch(ONE, 28, 2, 999)],
	['malformed-file', 'less inside than declared', patch(ONE, 24, 4, 10_000)],
	['malformed-file', 'more inside than declared', patch(ONE, 24, 4, 10)],
	['too-large', 'a bomb', zip({ 'a.obj': OBJ, 'b.bin': new Uint8Array(20_000_000) })],
	['too-large', 'a bomb that says so', patch(ONE, 24, 4, 4e9)],
	[
		'too-large',
		'too many entries',
		zip(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`${i}.txt`, '']))),
	],
])('%s: %s', async (code, _, bytes) => {
	await expect(readModel(bytes)).rejects.toMatchObject({ code });
});

it('finds out a bomb that lies about its size before it goes off', async () => {
	const bomb = patch(zip({ 'a.obj': new Uint8Array(50_000_000) }), 24, 4, 1000);
	const start = process.cpuUsage();
	await expect(readModel(bomb)).rejects.toMatchObject({ code: 'malformed-file' });
	const { user, system } = process.cpuUsage(start);
	expect((user + system) / 1000).toBeLessThan(1000);
});

it('names the models that it cannot choose between', async () => {
	await expect(read({ 'a.obj': OBJ, 'b.obj': OBJ })).rejects.toThrow('a.obj, b.obj');
});

it.each([
	['FBX', 'Kaydara FBX Binary  \0'],
	['FBX', '; FBX 7.4.0 project file\n'],
	['Blender', 'BLENDER-v300'],
	['COLLADA', '<?xml version="1.0"?>\n<COLLADA version="1.4.1">'],
	['USD', '#usda 1.0\n'],
])('recognises %s and refuses it by name', async (title, text) => {
	const reading = readModel(new TextEncoder().encode(text), { name: 'a.glb' });
	await expect(reading).rejects.toMatchObject({ code: 'unsupported-format', message: expect.stringContaining(title) });
});

it.each([
	['nothing', new Uint8Array(0)],
	['a picture', PNG],
	['words', new TextEncoder().encode('hello')],
])('does not know %s', async (_, bytes) => {
	await expect(readModel(bytes, { name: 'a.png' })).rejects.toMatchObject({ code: 'unknown-format' });
});
