import { describe, expect, it } from 'vitest';
import { readGltfDocument } from '../../src/formats/gltf.ts';
import type { ReadLimits } from '../../src/formats/limits.ts';
import { flattenScene } from '../../src/formats/scene.ts';
import { rawGlb } from './documents.ts';

/** One triangle: 36 bytes of positions, 6 of indices, 2 of padding. */
const BIN = new Uint8Array(44);
new Float32Array(BIN.buffer, 0, 9).set([0, 0, 0, 1, 0, 0, 0, 1, 0]);
new Uint16Array(BIN.buffer, 36, 3).set([0, 1, 2]);

// biome-ignore lint/suspicious/noExplicitAny: the tests break it at will
type Json = any;

const triangle = (): Json => ({
	asset: { version: '2.0' },
	scene: 0,
	scenes: [{ nodes: [0] }],
	nodes: [{ mesh: 0 }],
	meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
	accessors: [
		{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3' },
		{ bufferView: 1, componentType: 5123, count: 3, type: 'SCALAR' },
	],
	bufferViews: [
		{ buffer: 0, byteLength: 36 },
		{ buffer: 0, byteOffset: 36, byteLength: 6 },
	],
	buffers: [{ byteLength: 44 }],
});

async function read(json: unknown, bin = BIN, limits: Partial<ReadLimits> = {}): Promise<number> {
	const { document } = await readGltfDocument(rawGlb(json, bin), { limits });
	return flattenScene(document, { format: 'glb' }).mesh.triangles.length / 3;
}

const broken = (breakIt: (json: Json) => void): Json => {
	const json = triangle();
	breakIt(json);
	return json;
};

const PNG_HEAD = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
const dataUri = (bytes: number[], type = 'image/png'): string =>
	`data:${type};base64,${Buffer.from(bytes).toString('base64')}`;

describe('guard', () => {
	it('passes a sound file', async () => {
		expect(await read(triangle())).toBe(1);
	});

	it.each<[string, string, (json: Json) => void]>([
		['no asset', 'malformed-file', (j) => delete j.asset],
		['glTF 1.0', 'unsupported-format', (j) => (j.asset.version = '1.0')],
		['a newer least version', 'unsupported-format', (j) => (j.asset.minVersion = '3.0')],
		['a list that is none', 'malformed-file', (j) => (j.nodes = {})],
		['a name that is none', 'malformed-file', (j) => (j.nodes[0].name = 7)],
		['an unknown required extension', 'unsupported-extension', (j) => (j.extensionsRequired = ['X_y'])],
		['a scene out of range', 'out-of-range', (j) => (j.scene = 1)],
		['a scene node out of range', 'out-of-range', (j) => (j.scenes[0].nodes = [1])],
		['a child out of range', 'out-of-range', (j) => (j.nodes[0].children = [9])],
		['a mesh out of range', 'out-of-range', (j) => (j.nodes[0].mesh = 1)],
		['a mesh that is no index', 'malformed-file', (j) => (j.nodes[0].mesh = 'a')],
		['a skin out of range', 'out-of-range', (j) => (j.nodes[0].skin = 0)],
		['an attribute out of range', 'out-of-range', (j) => (j.meshes[0].primitives[0].attributes.NORMAL = 5)],
		['indices out of range', 'out-of-range', (j) => (j.meshes[0].primitives[0].indices = 5)],
		['a material out of range', 'out-of-range', (j) => (j.meshes[0].primitives[0].material = 0)],
		['a morph target out of range', 'out-of-range', (j) => (j.meshes[0].primitives[0].targets = [{ POSITION: 4 }])],
		['a view out of range', 'out-of-range', (j) => (j.accessors[0].bufferView = 2)],
		['a buffer out of range', 'out-of-range', (j) => (j.bufferViews[0].buffer = 1)],
		['an image out of range', 'out-of-range', (j) => (j.textures = [{ source: 0 }])],
		['a sampler out of range', 'out-of-range', (j) => (j.textures = [{ sampler: 0 }])],
		[
			'a texture out of range',
			'out-of-range',
			(j) => (j.materials = [{ extensions: { KHR_materials_sheen: { sheenColorTexture: { index: 0 } } } }]),
		],
		['joints out of range', 'out-of-range', (j) => (j.skins = [{ joints: [3] }])],
		[
			'fewer matrices than joints',
			'out-of-range',
			(j) => {
				j.skins = [{ joints: [0, 0], inverseBindMatrices: 2 }];
				j.accessors.push({ componentType: 5126, count: 1, type: 'MAT4' });
			},
		],
		[
			'an animated node out of range',
			'out-of-range',
			(j) => {
				j.animations = [
					{ channels: [{ sampler: 0, target: { node: 4, path: 'scale' } }], samplers: [{ input: 0, output: 0 }] },
				];
			},
		],
		[
			'an animation sampler out of range',
			'out-of-range',
			(j) => {
				j.animations = [
					{ channels: [{ sampler: 1, target: { node: 0, path: 'scale' } }], samplers: [{ input: 0, output: 0 }] },
				];
			},
		],
		['a view past its buffer', 'out-of-range', (j) => (j.bufferViews[0].byteOffset = 40)],
		['an accessor past its view', 'out-of-range', (j) => (j.accessors[0].count = 4)],
		['an offset past its view', 'out-of-range', (j) => (j.accessors[0].byteOffset = 4)],
		['a stride past its view', 'out-of-range', (j) => (j.bufferViews[0].byteStride = 16)],
		['a stride below an element', 'malformed-file', (j) => (j.bufferViews[0].byteStride = 4)],
		['an unknown type', 'malformed-file', (j) => (j.accessors[0].type = 'VEC5')],
		['a type that only looks known', 'malformed-file', (j) => (j.accessors[0].type = 'toString')],
		['an unknown component type', 'malformed-file', (j) => (j.accessors[0].componentType = 5124)],
		['a negative count', 'malformed-file', (j) => (j.accessors[0].count = -1)],
		['a fractional count', 'malformed-file', (j) => (j.accessors[0].count = 2.5)],
		['positions of two components', 'malformed-file', (j) => (j.accessors[0].type = 'VEC2')],
		['indices that are floats', 'malformed-file', (j) => (j.meshes[0].primitives[0].indices = 0)],
		['an unknown mode', 'malformed-file', (j) => (j.meshes[0].primitives[0].mode = 7)],
		['gigabytes of zeros', 'too-large', (j) => (j.accessors[0] = { componentType: 5126, count: 2e8, type: 'VEC3' })],
		[
			'the same view many times',
			'too-large',
			(j) => {
				j.buffers[0].byteLength = 1e9;
				j.bufferViews[0].byteLength = 1e9;
				j.accessors = [j.accessors[1], j.accessors[1]].map((a) => ({ ...a, bufferView: 0, count: 4e8 }));
			},
		],
		[
			'more sparse values than values',
			'out-of-range',
			(j) => {
				j.accessors[0].sparse = {
					count: 4,
					indices: { bufferView: 1, componentType: 5121 },
					values: { bufferView: 0 },
				};
			},
		],
		[
			'sparse values past their view',
			'out-of-range',
			(j) => {
				j.accessors[0].sparse = {
					count: 3,
					indices: { bufferView: 1, componentType: 5123 },
					values: { bufferView: 1 },
				};
			},
		],
		[
			'sparse indices past the accessor',
			'out-of-range',
			(j) => {
				j.accessors[0] = { componentType: 5126, count: 2, type: 'VEC3' };
				j.accessors[0].sparse = {
					count: 1,
					indices: { bufferView: 1, byteOffset: 4, componentType: 5123 },
					values: { bufferView: 0 },
				};
			},
		],
		[
			'signed sparse indices',
			'malformed-file',
			(j) => {
				j.accessors[0].sparse = {
					count: 1,
					indices: { bufferView: 1, componentType: 5120 },
					values: { bufferView: 0 },
				};
			},
		],
		[
			'a node below itself',
			'malformed-file',
			(j) => {
				j.nodes = [{ mesh: 0 }, { children: [2] }, { children: [1] }];
			},
		],
		[
			'a node with two parents',
			'malformed-file',
			(j) => {
				j.nodes = [{ mesh: 0 }, { children: [3] }, { children: [3] }, {}];
			},
		],
		['a node shown twice', 'malformed-file', (j) => (j.scenes = [{ nodes: [0, 0] }])],
		[
			'a node shown by itself and with its parent',
			'malformed-file',
			(j) => {
				j.nodes = [{ mesh: 0 }, { children: [0] }];
				j.scenes = [{ nodes: [0, 1] }];
			},
		],
		[
			'a shown node below a shown one, with another between',
			'malformed-file',
			(j) => {
				j.nodes = [{ mesh: 0 }, { children: [0] }, { children: [1] }];
				j.scenes = [{ nodes: [0] }, { nodes: [2] }];
			},
		],
		['a translation of two numbers', 'malformed-file', (j) => (j.nodes[0].translation = [1, 2])],
		['a translation of texts', 'malformed-file', (j) => (j.nodes[0].translation = ['a', 'b', 'c'])],
		['a camera without a lens', 'malformed-file', (j) => (j.cameras = [{ type: 'perspective' }])],
		['an image without data', 'malformed-file', (j) => (j.images = [{}])],
		['a buffer of another place', 'missing-resource', (j) => (j.buffers[0].uri = 'a.bin')],
		['a buffer on the network', 'missing-resource', (j) => (j.buffers[0].uri = 'https://example.com/a.bin')],
		['a buffer by absolute path', 'missing-resource', (j) => (j.buffers[0].uri = '/etc/passwd')],
		['a buffer further up', 'missing-resource', (j) => (j.buffers[0].uri = 'a/%2e%2e/../b.bin')],
		['a buffer on a drive', 'missing-resource', (j) => (j.buffers[0].uri = 'C:\\b.bin')],
		[
			'a buffer that is nowhere',
			'missing-resource',
			(j) => {
				j.buffers.push({ byteLength: 4 });
				j.bufferViews.push({ buffer: 1, byteLength: 4 });
			},
		],
		['data that is not base64', 'malformed-file', (j) => (j.buffers[0].uri = 'data:;base64,****')],
		['data without a comma', 'malformed-file', (j) => (j.buffers[0].uri = 'data:x')],
		['a PNG that ends in its header', 'malformed-image', (j) => (j.images = [{ uri: dataUri(PNG_HEAD) }])],
		[
			'an image of too many pixels',
			'too-large',
			(j) => {
				j.images = [{ uri: dataUri([...PNG_HEAD, 0, 1, 0, 0, 0, 1, 0, 0, 8, 6, 0, 0, 0]) }];
			},
		],
		[
			'a compressed view of a wrong stride',
			'malformed-file',
			(j) => {
				j.extensionsUsed = ['EXT_meshopt_compression'];
				const packed = { buffer: 0, byteLength: 8, byteStride: 5, count: 8, mode: 'ATTRIBUTES' };
				j.bufferViews[0].extensions = { EXT_meshopt_compression: packed };
			},
		],
		[
			'a compressed view that declares gigabytes',
			'too-large',
			(j) => {
				j.extensionsUsed = ['EXT_meshopt_compression'];
				const packed = { buffer: 0, byteLength: 8, byteStride: 256, count: 1e7, mode: 'ATTRIBUTES' };
				j.bufferViews[0].extensions = { EXT_meshopt_compression: packed };
			},
		],
		[
			'a compressed view that does not decompress',
			'malformed-file',
			(j) => {
				j.extensionsUsed = ['EXT_meshopt_compression'];
				const packed = { buffer: 0, byteLength: 8, byteStride: 12, count: 3, mode: 'ATTRIBUTES' };
				j.bufferViews[0].extensions = { EXT_meshopt_compression: packed };
			},
		],
		[
			'a Draco mesh that is none',
			'malformed-file',
			(j) => {
				j.extensionsUsed = ['KHR_draco_mesh_compression'];
				const packed = { bufferView: 0, attributes: { POSITION: 0 } };
				j.meshes[0].primitives[0].extensions = { KHR_draco_mesh_compression: packed };
			},
		],
		[
			'instances of different counts',
			'malformed-file',
			(j) => {
				j.extensionsUsed = ['EXT_mesh_gpu_instancing'];
				j.accessors.push({ componentType: 5126, count: 7, type: 'VEC3' });
				j.nodes[0].extensions = { EXT_mesh_gpu_instancing: { attributes: { TRANSLATION: 0, SCALE: 2 } } };
			},
		],
		[
			'millions of instances',
			'too-large',
			(j) => {
				j.extensionsUsed = ['EXT_mesh_gpu_instancing'];
				j.accessors.push({ componentType: 5126, count: 5e6, type: 'VEC3' });
				j.nodes[0].extensions = { EXT_mesh_gpu_instancing: { attributes: { TRANSLATION: 2 } } };
			},
		],
		[
			'fewer normals than vertices',
			'out-of-range',
			(j) => {
				j.accessors.push({ componentType: 5126, count: 2, type: 'VEC3' });
				j.meshes[0].primitives[0].attributes.NORMAL = 2;
			},
		],
		['no triangles', 'no-triangles', (j) => (j.meshes[0].primitives[0].mode = 0)],
	])('refuses %s: %s', async (_, code, breakIt) => {
		await expect(read(broken(breakIt))).rejects.toMatchObject({ name: 'MeshError', code });
	});

	it('refuses an index past the vertices', async () => {
		const bin = BIN.slice();
		new Uint16Array(bin.buffer, 36, 3).set([0, 1, 3]);
		await expect(read(triangle(), bin)).rejects.toMatchObject({ code: 'out-of-range' });
	});

	it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a used vertex at %s', async (x) => {
		const bin = BIN.slice();
		new Float32Array(bin.buffer, 0, 9)[4] = x;
		await expect(read(triangle(), bin)).rejects.toMatchObject({ code: 'not-finite' });
	});

	it('refuses a translation that overflows', async () => {
		const text = JSON.stringify(broken((j) => (j.nodes[0].translation = [1, 2, 'huge']))).replace('"huge"', '1e999');
		await expect(read(text)).rejects.toMatchObject({ code: 'not-finite' });
	});

	it('refuses a buffer that ends before its views', async () => {
		await expect(read(triangle(), BIN.slice(0, 40))).rejects.toMatchObject({ code: 'truncated-file' });
	});

	it('accepts a buffer that is shorter than it says where no view misses it', async () => {
		expect(await read(broken((j) => (j.buffers[0].byteLength = 46)))).toBe(1);
	});

	it.each([
		['text that is not JSON', '{"asset":', 'malformed-file'],
		['JSON that is no object', '[]', 'malformed-file'],
		['JSON of nothing but lists', `[${'[],'.repeat(4_000_000)}[]]`, 'too-large'],
		['JSON nested without end', `{"a":${'['.repeat(100_000)}`, 'too-large'],
	])('refuses %s', async (_, text, code) => {
		await expect(read(text)).rejects.toMatchObject({ code });
	});

	it('counts brackets in texts as text', async () => {
		expect(await read(broken((j) => (j.nodes[0].name = `"\\${'['.repeat(1000)}`)))).toBe(1);
	});

	it('shows a root without what it hangs below, and says so', async () => {
		const hung = broken((j) => {
			j.nodes = [
				{ mesh: 0, translation: [1, 0, 0] },
				{ children: [0], translation: [0, 5, 0] },
			];
		});
		const { document, warnings } = await readGltfDocument(rawGlb(hung, BIN));
		expect(warnings).toEqual(['nodes[1], above nodes[0], is in no scene: it is left out.']);
		const { positions } = flattenScene(document, { format: 'glb' }).mesh;
		expect([...positions.subarray(0, 3)]).toEqual([1, 0, 0]);
	});

	it('refuses nodes too deep, too many, and files too long, by the limits given', async () => {
		const chain = broken((j) => {
			j.nodes = Array.from({ length: 5 }, (_, i) => (i < 4 ? { children: [i + 1] } : { mesh: 0 }));
		});
		expect(await read(chain, BIN, { depth: 5 })).toBe(1);
		await expect(read(chain, BIN, { depth: 4 })).rejects.toMatchObject({ code: 'too-large' });
		await expect(read(chain, BIN, { nodes: 4 })).rejects.toMatchObject({ code: 'too-large' });
		await expect(read(chain, BIN, { objects: 12 })).rejects.toMatchObject({ code: 'too-large' });
		await expect(read(chain, BIN, { jsonBytes: 100 })).rejects.toMatchObject({ code: 'too-large' });
		await expect(read(chain, BIN, { declaredBytes: 41 })).rejects.toMatchObject({ code: 'too-large' });
	});

	it('refuses a file of 260 bytes that declares gigabytes, in no time and memory', async () => {
		const json = broken((j) => {
			j.accessors = [{ componentType: 5126, count: 2e8, type: 'VEC3' }];
			j.meshes = [{ primitives: [{ attributes: { POSITION: 0 } }] }];
			delete j.bufferViews;
			delete j.buffers;
		});
		const before = process.memoryUsage().rss;
		await expect(read(json, new Uint8Array(0))).rejects.toMatchObject({ code: 'too-large' });
		expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
	});

	it('names what it does not keep', async () => {
		const { warnings } = await readGltfDocument(
			rawGlb(
				broken((j) => (j.extensionsUsed = ['X_y'])),
				BIN,
			),
		);
		expect(warnings).toEqual(['The extension X_y is not supported; its data is not kept.']);
	});
});
