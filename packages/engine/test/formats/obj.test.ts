import { describe, expect, it } from 'vitest';
import { faceLabels, readSeg, writeSeg } from '../../src/formats/labels.ts';
import { readModel } from '../../src/formats/read.ts';
import { NO_MATERIAL } from '../../src/mesh/mesh.ts';
import type { Model } from '../../src/mesh/model.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string, files: Record<string, string | Uint8Array> = {}): Promise<Model> =>
	readModel(bytesOf(text), {
		name: 'a.obj',
		resources: (uri) => {
			const file = files[uri];
			return typeof file === 'string' ? bytesOf(file) : file;
		},
	});

const POINTS = 'v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n';
const SQUARE = `${POINTS}f 1 2 3 4\n`;
/** The first bytes of a PNG of 1 × 1. */
const PNG = Uint8Array.from([
	...[0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1],
]);

describe('the ways to write a square', () => {
	it.each([
		['CR LF', SQUARE.replaceAll('\n', '\r\n')],
		['CR', SQUARE.replaceAll('\n', '\r')],
		['no last line end', SQUARE.trimEnd()],
		['blanks and tabs', SQUARE.replaceAll(' ', ' \t ').replaceAll('\n', '  \n')],
		['comments', `# a square\n${SQUARE.replaceAll('\n', ' # so\n')}`],
		['continued lines', SQUARE.replace('1 2 3 4', '1 2 \\\n3 \\\r\n4').replace('v 1 0 0', 'v 1 \\\n0 0')],
		['a byte order mark', `\ufeff${SQUARE}`],
		['negative indices', SQUARE.replace('1 2 3 4', '-4 -3 -2 -1')],
		['v/vt', `${POINTS}vt 0 0\nf 1/1 2/1 3/1 4/1\n`],
		['v//vn', `${POINTS}vn 0 0 1\nf 1//1 2//1 3//1 4//1\n`],
		['v/vt/vn, from the end', `${POINTS}vt 0 0\nvn 0 0 1\nf 1/-1/-1 2/-1/-1 3/-1/-1 4/-1/-1\n`],
		['empty places', SQUARE.replace('1 2 3 4', '1/ 2// 3/ 4')],
		['faces first', `f 1 2 3 4\n${POINTS}`],
		['weights', POINTS.replaceAll(' 0\n', ' 0 1.0\n').concat('f 1 2 3 4')],
		['exponents', SQUARE.replace('v 1 1 0', 'v 1e0 10.0E-1 +.0e+1')],
		['statements we do not keep', `s off\nvp 1 2\nl 1 2\ncurv 0 1 1 2\nzz 1\n${SQUARE}`],
	])('%s', async (_, text) => {
		const { mesh } = await read(text);
		expect(Array.from(mesh.positions)).toEqual([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]);
		expect(Array.from(mesh.triangles)).toEqual([0, 1, 2, 0, 2, 3]);
		expect(Array.from(mesh.polygonOf ?? [])).toEqual([0, 0]);
	});

	it.each([
		['little-endian', 'utf-16le'],
		['big-endian', 'utf-16be'],
	])('UTF-16, %s', async (_, encoding) => {
		const units = Uint16Array.from(`\ufeff${SQUARE}`, (c) => c.charCodeAt(0));
		const bytes = new Uint8Array(units.buffer);
		if (encoding === 'utf-16be') for (const [i, unit] of units.entries()) bytes.set([unit >> 8, unit & 255], 2 * i);
		expect((await readModel(bytes, { name: 'a.obj' })).mesh.triangles).toHaveLength(6);
	});
});

describe('attributes', () => {
	it('keeps seams as different rows of one vertex', async () => {
		const text = `${POINTS}vt 0 0\nvt 1 0\nvt 1 1\nvt 0.5 0.25\nf 1/1 2/2 3/3\nf 1/4 3/3 4/2\n`;
		const { mesh } = await read(text);
		const { values, indices } = mesh.corner.uv!;
		expect(mesh.positions).toHaveLength(12);
		expect(mesh.triangles[0]).toBe(mesh.triangles[3]);
		expect(indices[0]).not.toBe(indices[3]);
		expect(Array.from(values.subarray(2 * indices[3]!, 2 * indices[3]! + 2))).toEqual([0.5, 0.75]);
	});

	it('says which faces lost an attribute that only some corners have', async () => {
		const { mesh, warnings } = await read(`${POINTS}vt 0 0\nf 1/1 2/1 3\nf 1/1 3/1 4/1\n`);
		expect(warnings.join()).toContain('1 faces lost');
		expect(faceLabels(mesh, [10, 11])).toEqual(Uint32Array.of(10, 11));
	});

	it('drops rows that are named but not written, and normals of no length', async () => {
		const { mesh, warnings } = await read(`${POINTS}vn 0 0 0\nf 1/1/1 2/2/1 3/3/1\n`);
		expect(Object.keys(mesh.corner)).toEqual([]);
		expect(warnings.join()).toContain("'vt'");
	});

	it('takes colours of 0..255 and of 0..1', async () => {
		const of = (color: string): string => `${POINTS.replaceAll(' 0\n', ` 0 ${color}\n`)}f 1 2 3 4\n`;
		const [a, b] = await Promise.all([read(of('255 0 51')), read(of('1 0 0.2'))]);
		expect(a.mesh.corner.color!.values).toEqual(b.mesh.corner.color!.values);
	});
});

describe('materials', () => {
	const MTL = `
newmtl painted
Kd 0 0 0
Ns 250
map_Kd -s 2 2 1 -o 0.25 0 -clamp on maps\\red paint.png
newmtl glass one
Kd 1 0.5 0
d 0.25
Pm 1
Pr 0.125
map_Bump bumps.png
`;
	const text = `mtllib my materials.mtl\n${POINTS}vt 0 0\nusemtl painted\nf 1/1 2/1 3/1\nusemtl glass one\nf 1 3 4\n`;

	it('are read from the library, with their textures', async () => {
		const { materials, images, warnings } = await read(text, { 'my materials.mtl': MTL, 'maps/red paint.png': PNG });
		const [painted, glass] = materials;
		expect(images).toMatchObject([{ mimeType: 'image/png' }]);
		expect(painted).toMatchObject({ name: 'painted', baseColor: [1, 1, 1, 1], roughness: 0.5, metallic: 0 });
		expect(painted!.baseColorTexture).toMatchObject({ image: 0, uv: 'uv', wrapU: 'clamp', wrapV: 'clamp' });
		expect(painted!.baseColorTexture!.transform.map((m) => m + 0)).toEqual([2, 0, 0.25, 0, 2, -1]);
		expect(glass).toMatchObject({ name: 'glass one', alphaMode: 'BLEND', metallic: 1, roughness: 0.125 });
		expect(glass!.baseColor[0]).toBe(1);
		expect(glass!.baseColor[1]).toBeCloseTo(0.2140411);
		expect(glass!.baseColor[3]).toBe(0.25);
		expect(warnings).toEqual(["textures of kind 'map_bump' were left out"]);
	});

	it.each([
		['without its library', {}, 'library'],
		['without its texture', { 'my materials.mtl': MTL }, "texture 'maps/red paint.png' was not given"],
		['with a texture that is none', { 'my materials.mtl': MTL, 'red paint.png': PNG.subarray(0, 9) }, 'was left out'],
	])('%s there is a warning', async (_, files, words) => {
		const { warnings, materials } = await read(text, files);
		expect(warnings.join('\n')).toContain(words);
		expect(materials.map(({ name }) => name)).toEqual(['painted', 'glass one']);
	});

	it('refuses a texture of too many pixels', async () => {
		const huge = PNG.slice();
		huge.set([0x7f, 0xff], 16);
		const reading = read(text, { 'my materials.mtl': MTL, 'red paint.png': huge });
		await expect(reading).rejects.toMatchObject({ code: 'too-large' });
	});
});

describe('labels go back to the order of the file', () => {
	it('with materials that interleave, quads and a face of two corners', async () => {
		const faces = [
			'usemtl a',
			'f 1 2 3',
			'usemtl b',
			'f 1 2 3 4',
			'f 1 2',
			'usemtl a',
			'f 1 3 4',
			'f 2 3 4',
			'usemtl b',
			'f 1 2 4',
		];
		const { mesh, materials, warnings } = await read(`${POINTS}${faces.join('\n')}\n`);
		expect(materials.map(({ name }) => name)).toEqual(['a', 'b']);
		expect(Array.from(mesh.materialOf)).toEqual([0, 0, 0, 1, 1, 1]);
		expect(Array.from(mesh.polygonOf!)).toEqual([0, 3, 4, 1, 1, 5]);
		expect(warnings).toEqual(['1 faces with fewer than three corners were left out']);
		const labels = faceLabels(mesh, mesh.polygonOf!);
		expect(Array.from(labels)).toEqual([0, 1, 1, 3, 4, 5]);
		expect(readSeg(writeSeg(labels))).toEqual(labels);
		expect(writeSeg(labels)).toBe('0\n1\n1\n3\n4\n5\n');
	});

	it('and triangles of one material need no table', async () => {
		const { mesh } = await read(`${POINTS}f 1 2 3\nf 1 3 4\n`);
		expect(mesh.polygonOf).toBeUndefined();
		expect(Array.from(mesh.materialOf)).toEqual([NO_MATERIAL, NO_MATERIAL]);
		expect(Array.from(faceLabels(mesh, Uint16Array.of(7, 5)))).toEqual([7, 5]);
	});

	it.each(['1\n\n2\n', '1\n-1\n', '1\nx\n', '1.5\n'])('refuses the labels %j', (text) => {
		expect(() => readSeg(text)).toThrowError(expect.objectContaining({ code: 'malformed-file' }));
	});
});

it('keeps the names of objects and groups', async () => {
	const text = `${POINTS}f 1 2 4\no lid\nf 1 2 3\ng\ng hinge\nf 1 3 4\no lid\nf 1 2 3 4\n`;
	const { sources, mesh } = await read(text);
	expect(sources.map(({ name, node, firstTriangle, triangles }) => [name, node, firstTriangle, triangles])).toEqual([
		['', 0, 0, 1],
		['lid', 1, 1, 3],
		['hinge', 2, 4, 1],
	]);
	expect([...mesh.polygonOf!]).toEqual([0, 1, 3, 3, 2]);
	expect([...faceLabels(mesh, [7, 1, 3, 3, 5])]).toEqual([7, 1, 5, 3]);
	expect((await read(`o lid\n${POINTS}f 1 2 3\n`)).sources[0]!.name).toBe('lid');
});

it.each([
	['out-of-range', 'an index of 0', `${POINTS}f 0 1 2`],
	['out-of-range', 'an index past the vertices', `${POINTS}f 1 2 5`],
	['out-of-range', 'an index before the vertices', `${POINTS}f -5 -1 -2`],
	['out-of-range', 'an index past 32 bits', `${POINTS}f 1 2 4294967297`],
	['out-of-range', 'a texture row that is not there', `${POINTS}vt 0 0\nf 1/1 2/1 3/2`],
	['not-finite', 'NaN', `v nan 0 0\n${POINTS}f 1 2 3`],
	['not-finite', 'infinity', `v 0 -inf 0\n${POINTS}f 1 2 3`],
	['not-finite', 'more than float32 holds', `v 1e39 0 0\n${POINTS}f 1 2 3`],
	['not-finite', 'what Windows prints', `v 1.#QNAN 0 0\n${POINTS}f 1 2 3`],
	['malformed-file', 'a word for a number', `v 0 0 zero\n${POINTS}f 1 2 3`],
	['malformed-file', 'decimal commas', `v 0,5 0 0\n${POINTS}f 1 2 3`],
	['malformed-file', 'two coordinates', `v 0 0\n${POINTS}f 1 2 3`],
	['malformed-file', 'five numbers', `v 0 0 0 1 1\n${POINTS}f 1 2 3`],
	['malformed-file', 'indices with fractions', `${POINTS}f 1.5 2 3`],
	['malformed-file', 'a face of words', `${POINTS}f one two three`],
	['no-triangles', 'points alone', POINTS],
	['no-triangles', 'faces of two corners', `${POINTS}f 1 2\nf 2 3`],
])('%s: %s', async (code, _, text) => {
	await expect(read(text)).rejects.toMatchObject({ code });
});

it('passes over a bad vertex that nothing uses', async () => {
	const { mesh } = await read(`v nan nan nan\n${POINTS}f 2 3 4 5\n`);
	expect(mesh.positions).toHaveLength(12);
});

it('names the line', async () => {
	await expect(read(`\n${POINTS}\n\nf 1 2 x\n`)).rejects.toThrow(/^line 8: .*"x"/);
	await expect(read(`\r\n\\\r\n${POINTS}f 1 2 0\n`)).rejects.toThrow(/^line 7: /);
});

it('refuses more triangles than the limit', async () => {
	const reading = readModel(bytesOf(SQUARE), { limits: { triangles: 1 } });
	await expect(reading).rejects.toMatchObject({ code: 'too-large', details: { triangles: 2, limit: 1 } });
});
