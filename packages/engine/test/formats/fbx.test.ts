import { unzlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { writeFbx } from '../../src/formats/fbx.ts';
import { bare, codec, cube, PNG } from './surfaces-to-write.ts';

type Value = string | number | number[] | Uint8Array;
type FbxNode = { name: string; values: Value[]; children: FbxNode[] };

/** Reads a binary FBX by its public description, strictly: every size must agree. */
function parseFbx(bytes: Uint8Array): FbxNode {
	const view = new DataView(bytes.buffer, bytes.byteOffset);
	const textAt = (at: number, n: number): string => new TextDecoder().decode(bytes.subarray(at, at + n));
	expect(textAt(0, 20)).toBe('Kaydara FBX Binary  ');
	expect(view.getUint32(23, true)).toBe(7400);
	let at = 27;
	const readArray = (letter: string): number[] => {
		const [n, packing, length] = [0, 4, 8].map((shift) => view.getUint32(at + shift, true));
		const stored = bytes.subarray(at + 12, at + 12 + length!);
		const plain = packing === 1 ? unzlibSync(stored) : stored.slice();
		at += 12 + length!;
		const list = letter === 'd' ? new Float64Array(plain.slice().buffer) : new Int32Array(plain.slice().buffer);
		expect(list).toHaveLength(n!);
		return [...list];
	};
	const readValue = (): Value => {
		const letter = textAt(at++, 1);
		const sized = letter === 'S' || letter === 'R' ? view.getUint32(at, true) : 0;
		const start = at + 4;
		if (letter === 'd' || letter === 'i') return readArray(letter);
		at += { I: 4, L: 8, D: 8, C: 1, S: 4 + sized, R: 4 + sized }[letter]!;
		if (letter === 'S') return textAt(start, sized);
		if (letter === 'R') return bytes.slice(start, start + sized);
		if (letter === 'D') return view.getFloat64(at - 8, true);
		if (letter === 'C') return view.getUint8(at - 1);
		return letter === 'L' ? Number(view.getBigInt64(at - 8, true)) : view.getInt32(at - 4, true);
	};
	const readNode = (): FbxNode | undefined => {
		const end = view.getUint32(at, true);
		const count = view.getUint32(at + 4, true);
		const length = view.getUint32(at + 8, true);
		const name = textAt(at + 13, view.getUint8(at + 12));
		at += 13 + name.length;
		if (end === 0) return undefined;
		const valuesAt = at;
		const values = Array.from({ length: count }, readValue);
		expect(at - valuesAt).toBe(length);
		const children: FbxNode[] = [];
		while (at < end) {
			const child = readNode();
			if (!child) break;
			children.push(child);
		}
		expect(at).toBe(end);
		return { name, values, children };
	};
	const children: FbxNode[] = [];
	for (let top = readNode(); top; top = readNode()) children.push(top);
	expect([...bytes.subarray(-16, -12)]).toEqual([0xf8, 0x5a, 0x8c, 0x6a]);
	expect(view.getUint32(bytes.length - 140, true)).toBe(7400);
	return { name: '', values: [], children };
}

const all = (node: FbxNode, name: string): FbxNode[] => node.children.filter((child) => child.name === name);
const one = (node: FbxNode, ...path: string[]): FbxNode =>
	path.reduce((at, name) => {
		const [found] = all(at, name);
		if (!found) throw new Error(`no ${name}`);
		return found;
	}, node);
const property = (node: FbxNode, name: string): Value[] | undefined =>
	all(one(node, 'Properties70'), 'P')
		.find(({ values }) => values[0] === name)
		?.values.slice(4);

describe('writeFbx', () => {
	it('writes a model for each part that has faces, with true polygons', async () => {
		const root = parseFbx(await writeFbx(cube(), { codec }));
		const objects = one(root, 'Objects');
		expect(all(objects, 'Model').map(({ values }) => values[1])).toEqual(['box\0\x01Model', 'lid, upper\0\x01Model']);
		const [box, lid] = all(objects, 'Geometry');
		const polygons = (node: FbxNode): number[] => {
			const sizes: number[] = [];
			let n = 0;
			for (const index of one(node, 'PolygonVertexIndex').values[0] as number[]) {
				n++;
				if (index < 0) sizes.push(n);
				if (index < 0) n = 0;
			}
			return sizes;
		};
		expect(polygons(box!)).toEqual([4, 4, 4, 4, 4]);
		expect(polygons(lid!)).toEqual([3, 3]);
		expect(one(lid!, 'Vertices').values[0]).toHaveLength(12);
		expect(one(box!, 'LayerElementNormal', 'Normals').values[0]).toHaveLength(60);
		expect(all(one(box!, 'Layer'), 'LayerElement')).toHaveLength(3);
		expect(property(one(root, 'GlobalSettings'), 'UnitScaleFactor')).toEqual([100]);
		expect(property(one(root, 'GlobalSettings'), 'UpAxis')).toEqual([1]);
	});

	it('says each texture coordinate where it lies, v up', async () => {
		const scene = cube();
		const objects = one(parseFbx(await writeFbx(scene, { codec })), 'Objects');
		const layer = one(all(objects, 'Geometry')[0]!, 'LayerElementUV');
		const values = one(layer, 'UV').values[0] as number[];
		const indices = one(layer, 'UVIndex').values[0] as number[];
		expect(indices.slice(0, 4).map((i) => [values[2 * i], values[2 * i + 1]])).toEqual([
			[0, 1],
			[0.5, 1],
			[0.5, 0.25],
			[0, 0.25],
		]);
	});

	it('embeds images as they are, divides metallic-roughness, and connects all of them', async () => {
		const root = parseFbx(await writeFbx(cube(), { codec }));
		const objects = one(root, 'Objects');
		const contents = new Map(
			all(objects, 'Video').map((video) => [one(video, 'Filename').values[0], one(video, 'Content').values[0]]),
		);
		expect([...contents]).toEqual([
			['look.png', PNG],
			['look_2.png', Uint8Array.of(...PNG, 1)],
			['orm_roughness.png', Uint8Array.of(...PNG, 128)],
			['orm_metallic.png', Uint8Array.of(...PNG, 128)],
		]);
		const [wood, metal, ...others] = all(objects, 'Material');
		expect(others).toEqual([]);
		expect(property(metal!, 'DiffuseColor')).toEqual([0.25, 0.5, 0.75]);
		expect(property(metal!, 'ShininessExponent')).toEqual([25]);
		expect(property(metal!, 'ReflectionFactor')).toEqual([1]);
		const connections = all(one(root, 'Connections'), 'C').map(({ values }) => values);
		const ids = new Set(objects.children.map(({ values }) => values[0]));
		expect(connections.every(([, child, parent]) => ids.has(child!) && (parent === 0 || ids.has(parent!)))).toBe(true);
		expect(
			connections.filter(([kind, , parent]) => kind === 'OP' && parent === wood!.values[0]).map((c) => c[3]),
		).toEqual([
			'DiffuseColor',
			'Maya|TEX_color_map',
			'NormalMap',
			'Maya|TEX_normal_map',
			'ShininessExponent',
			'Maya|TEX_roughness_map',
			'ReflectionFactor',
			'Maya|TEX_metallic_map',
			'EmissiveColor',
			'Maya|TEX_emissive_map',
		]);
	});

	it('says what it had to leave out', async () => {
		const warnings: string[] = [];
		const warn = (sentence: string): number => warnings.push(sentence);
		await writeFbx(cube(), { warn });
		expect(warnings).toHaveLength(1);
		expect(warnings[0]).toContain('codec');
		warnings.length = 0;
		const scene = cube();
		const [wood, ...others] = scene.materials;
		const moved = { ...wood!.baseColorTexture!, transform: [2, 0, 0, 0, 2, 0] as const };
		await writeFbx({ ...scene, materials: [{ ...wood!, baseColorTexture: moved }, ...others] }, { codec, warn });
		expect(warnings).toEqual(['The textures of 1 materials lie in different ways, which this format cannot say.']);
	});

	it('writes the same bytes each time, and a surface without anything but places', async () => {
		expect(await writeFbx(cube(), { codec })).toEqual(await writeFbx(cube(), { codec }));
		const objects = one(parseFbx(await writeFbx(bare())), 'Objects');
		expect(all(objects, 'Material')).toEqual([]);
		expect(all(objects, 'Geometry')).toHaveLength(2);
	});
});
