import { type Document, Logger, NodeIO, type Primitive } from '@gltf-transform/core';
import {
	ALL_EXTENSIONS,
	EXTMeshGPUInstancing,
	EXTMeshoptCompression,
	KHRDracoMeshCompression,
	KHRMaterialsEmissiveStrength,
	KHRMaterialsPBRSpecularGlossiness,
	KHRMeshQuantization,
	KHRTextureTransform,
} from '@gltf-transform/extensions';
import draco3d from 'draco3dgltf';
import { MeshoptEncoder } from 'meshoptimizer';
import { describe, expect, it } from 'vitest';
import { readGltfDocument } from '../../src/formats/gltf.ts';
import { flattenScene } from '../../src/formats/scene.ts';
import { NO_MATERIAL, NO_ROW } from '../../src/mesh/mesh.ts';
import type { Model } from '../../src/mesh/model.ts';
import { accessor, rawGlb, ribbon, sceneOf, triangleLines } from './documents.ts';

const flatten = (document: Document): Model => flattenScene(document, { format: 'glb' });

/** z of the normal of each triangle, times twice its area: positive where it faces +z. */
function facings({ mesh: { positions: p, triangles } }: Model): number[] {
	return Array.from({ length: triangles.length / 3 }, (_, t) => {
		const [a, b, c] = [0, 1, 2].map((k) => 3 * triangles[3 * t + k]);
		return (p[b] - p[a]) * (p[c + 1] - p[a + 1]) - (p[b + 1] - p[a + 1]) * (p[c] - p[a]);
	});
}

/** Coordinates of the corners of each triangle. */
const corners = ({ mesh }: Model): number[][] =>
	Array.from(mesh.triangles, (v) => [...mesh.positions.subarray(3 * v, 3 * v + 3)]);

async function reread(document: Document, dependencies: Record<string, unknown> = {}): Promise<Uint8Array> {
	const io = new NodeIO().setLogger(new Logger(Logger.Verbosity.SILENT)).registerExtensions(ALL_EXTENSIONS);
	return io.registerDependencies(dependencies).writeBinary(document);
}

describe('flattenScene', () => {
	it('welds positions exactly and keeps seams as rows', () => {
		const { document } = sceneOf((d) => [ribbon(d, 3)]);
		const { mesh, sources } = flatten(document);
		expect(mesh.triangles.length / 3).toBe(6);
		expect(mesh.positions.length / 3).toBe(8);
		expect(mesh.corner.uv.values.length / 2).toBe(8);
		expect([...mesh.corner.normal.values.subarray(0, 3)]).toEqual([0, 0, 1]);
		expect([...mesh.materialOf]).toEqual(Array(6).fill(NO_MATERIAL));
		expect(sources).toEqual([{ node: 0, name: 'node_0', primitive: 0, firstTriangle: 0, triangles: 6, mover: -1 }]);
	});

	it('sees no seam of uv where the file split a vertex for its normal alone', () => {
		const { document } = sceneOf((d) => {
			const primitive = d.createPrimitive();
			const places = [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0];
			const uvs = [0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1];
			const normals = [0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0];
			primitive.setAttribute('POSITION', accessor(d, 'VEC3', new Float32Array(places)));
			primitive.setAttribute('TEXCOORD_0', accessor(d, 'VEC2', new Float32Array(uvs)));
			primitive.setAttribute('NORMAL', accessor(d, 'VEC3', new Float32Array(normals)));
			return [primitive];
		});
		const { uv, normal } = flatten(document).mesh.corner;
		expect([...uv.indices]).toEqual([0, 1, 2, 1, 3, 2]);
		expect([...normal.indices]).toEqual([0, 0, 0, 1, 1, 1]);
	});

	it('joins vertices of different nodes at the same place, also at -0', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 1)]);
		nodes[1].setTranslation([-1, 0, 0]);
		nodes[0].getMesh()!.listPrimitives()[0].getAttribute('POSITION')!.getArray()![2] = -0;
		expect(flatten(document).mesh.positions.length / 3).toBe(6);
	});

	it('walks nodes depth first, primitives and triangles in file order', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 2), ribbon(d, 3)]);
		nodes[0].addChild(nodes[2]);
		nodes[0].getMesh()!.addPrimitive(ribbon(document, 4));
		const runs = flatten(document).sources.map(({ node, primitive, firstTriangle, triangles }) => [
			node,
			primitive,
			firstTriangle,
			triangles,
		]);
		expect(runs).toEqual([
			[0, 0, 0, 2],
			[0, 1, 2, 8],
			[1, 0, 10, 6],
			[2, 0, 16, 4],
		]);
	});

	it('places instances each, and shares their uv rows', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		const other = document.createNode('other').setMesh(nodes[0].getMesh()).setTranslation([0, 0, 5]);
		document.getRoot().listScenes()[0].addChild(other);
		const { mesh } = flatten(document);
		expect(mesh.triangles.length / 3).toBe(4);
		expect(mesh.positions.length / 3).toBe(8);
		expect(mesh.corner.uv.values.length / 2).toBe(4);
		expect([...mesh.corner.uv.indices.subarray(6)]).toEqual([...mesh.corner.uv.indices.subarray(0, 6)]);
	});

	it('turns the winding under a mirror, so that it stays counter-clockwise outside', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2)]);
		nodes[0].setScale([-1, 1, 1]);
		expect(facings(flatten(document)).every((z) => z > 0)).toBe(true);
		nodes[0].setScale([1, 1, -1]);
		const model = flatten(document);
		expect(facings(model).every((z) => z < 0)).toBe(true);
		expect(model.mesh.corner.normal.values[2]).toBe(-1);
	});

	it('composes transforms down the tree', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		const scene = document.getRoot().listScenes()[0];
		const parent = document.createNode().setScale([2, 2, 2]).setTranslation([1, 0, 0]);
		scene.removeChild(nodes[0]).addChild(parent);
		parent.addChild(nodes[0].setTranslation([0, 3, 0]));
		expect(corners(flatten(document))[0]).toEqual([1, 6, 0]);
	});

	it('cuts strips and fans into triangles that face the same way', () => {
		const { document } = sceneOf((d) => {
			const strip = ribbon(d, 3).setMode(5).setIndices(null);
			for (const semantic of ['NORMAL', 'TEXCOORD_0']) strip.setAttribute(semantic, null);
			const at = strip.getAttribute('POSITION')!;
			// (0,0) (0,1) (1,0) … turns the other way round than the ribbon's squares.
			at.setArray(new Float32Array([0, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 2, 1, 0, 2, 0, 0]));
			const round = new Float32Array([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, -1, 1, 0]);
			const fan = d
				.createPrimitive()
				.setMode(6)
				.setAttribute('POSITION', accessor(d, 'VEC3', round));
			return [strip, fan];
		});
		const model = flatten(document);
		expect(model.sources.map(({ triangles }) => triangles)).toEqual([4, 3]);
		expect(facings(model).every((z) => z > 0)).toBe(true);
	});

	it('keeps degenerate triangles', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		nodes[0]
			.getMesh()!
			.listPrimitives()[0]
			.getIndices()!
			.setArray(new Uint16Array([0, 0, 1, 0, 2, 1]));
		expect(flatten(document).mesh.triangles.length / 3).toBe(2);
	});

	it('poses skins by their joints and ignores the node of the mesh', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		const primitive = nodes[0].getMesh()!.listPrimitives()[0];
		primitive.setAttribute(
			'JOINTS_0',
			accessor(
				document,
				'VEC4',
				new Uint8Array(16).fill(1).map((_, i) => (i % 4 ? 0 : 1)),
			),
		);
		primitive.setAttribute(
			'WEIGHTS_0',
			accessor(
				document,
				'VEC4',
				new Float32Array(16).map((_, i) => (i % 4 ? 0 : 2)),
			),
		);
		const root = document.createNode('root').setTranslation([0, 0, 100]);
		const hip = document.createNode('hip').setTranslation([0, 10, 0]);
		const hand = document.createNode('hand').setTranslation([0, 5, 0]);
		const back = new Float32Array(32);
		for (let j = 0; j < 2; j++) back.set([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, -10, 0, 1], 16 * j);
		const skin = document.createSkin().addJoint(hip).addJoint(hand);
		skin.setInverseBindMatrices(accessor(document, 'MAT4', back));
		hip.addChild(hand);
		root.addChild(hip);
		document.getRoot().listScenes()[0].addChild(root);
		nodes[0].setSkin(skin).setTranslation([7, 7, 7]);
		expect(corners(flatten(document)).slice(0, 2)).toEqual([
			[0, 5, 100],
			[1, 5, 100],
		]);
		document
			.createAnimation()
			.addChannel(document.createAnimationChannel().setTargetNode(nodes[0]).setTargetPath('scale'));
		expect(flatten(document).sources[0].mover).toBe(-1);
		primitive.getAttribute('JOINTS_0')!.getArray()!.fill(2);
		expect(() => flatten(document)).toThrow(expect.objectContaining({ code: 'out-of-range' }));
	});

	it('adds morph targets by the weights of the node, else of the mesh', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		const up = new Float32Array([0, 0, 2, 0, 0, 2, 0, 0, 2, 0, 0, 2]);
		const target = document.createPrimitiveTarget().setAttribute('POSITION', accessor(document, 'VEC3', up));
		nodes[0].getMesh()!.setWeights([0.5]).listPrimitives()[0].addTarget(target);
		expect(corners(flatten(document))[0]).toEqual([0, 0, 1]);
		nodes[0].setWeights([1.5]);
		expect(corners(flatten(document))[0]).toEqual([0, 0, 3]);
	});

	it('decodes normalised and quantised values', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		document.createExtension(KHRMeshQuantization).setRequired(true);
		const primitive = nodes[0].getMesh()!.listPrimitives()[0];
		const bytes = (type: 'VEC2' | 'VEC3' | 'VEC4', array: Uint8Array | Int8Array | Int16Array) =>
			accessor(document, type, array).setNormalized(!(array instanceof Int16Array));
		primitive.setAttribute('POSITION', bytes('VEC3', new Int16Array([0, 0, 0, 0, 9, 0, 9, 0, 0, 9, 9, 0])));
		primitive.setAttribute('NORMAL', bytes('VEC3', new Int8Array([0, 0, -128, 0, 0, 127, 0, 0, 127, 0, 0, 127])));
		primitive.setAttribute('TEXCOORD_0', bytes('VEC2', new Uint8Array([0, 255, 51, 0, 0, 0, 0, 0])));
		primitive.setAttribute('COLOR_0', bytes('VEC4', new Uint8Array(16).fill(255)));
		nodes[0].setScale([2, 2, 2]);
		const { mesh } = flatten(document);
		expect([...mesh.positions.subarray(3, 6)]).toEqual([18, 0, 0]);
		expect([...mesh.corner.normal.values.subarray(0, 3)]).toEqual([0, 0, -1]);
		expect([...mesh.corner.uv.values.subarray(0, 4)]).toEqual([0, 1, Math.fround(0.2), 0]);
		expect(mesh.corner.color.size).toBe(4);
	});

	it('marks corners without a value, and fills a missing alpha', () => {
		const { document } = sceneOf((d) => {
			const [plain, red, clear] = [ribbon(d, 1), ribbon(d, 1), ribbon(d, 1)];
			red.setAttribute('COLOR_0', accessor(d, 'VEC3', new Float32Array([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0])));
			clear.setAttribute('COLOR_0', accessor(d, 'VEC4', new Float32Array(16)));
			return [plain, red, clear];
		});
		const { color } = flatten(document).mesh.corner;
		expect([...color.indices.subarray(0, 6)]).toEqual(Array(6).fill(NO_ROW));
		expect([...color.values.subarray(0, 4)]).toEqual([1, 0, 0, 1]);
		expect(color.size).toBe(4);
	});

	it('names the nearest animated node above as mover', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 1), ribbon(d, 1)]);
		nodes[0].addChild(nodes[1]);
		const animation = document.createAnimation();
		for (const [node, path] of [
			[nodes[0], 'rotation'],
			[nodes[2], 'weights'],
		] as const) {
			animation.addChannel(document.createAnimationChannel().setTargetNode(node).setTargetPath(path));
		}
		expect(flatten(document).sources.map(({ mover }) => mover)).toEqual([0, 0, -1]);
	});

	it('keeps points and lines out of the mesh, with a warning', () => {
		const { document } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 1).setMode(0), ribbon(d, 1).setMode(1)]);
		const model = flatten(document);
		expect(model.mesh.triangles.length / 3).toBe(2);
		expect(model.warnings).toHaveLength(2);
	});

	it('shows the default scene only, or the first, or all root nodes', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 2)]);
		const [first] = document.getRoot().listScenes();
		const second = document.createScene().addChild(nodes[1]);
		first.removeChild(nodes[1]);
		document.getRoot().setDefaultScene(second);
		expect(flatten(document).mesh.triangles.length / 3).toBe(4);
		document.getRoot().setDefaultScene(null);
		expect(flatten(document).mesh.triangles.length / 3).toBe(2);
		for (const scene of [first, second]) scene.dispose();
		expect(flatten(document).mesh.triangles.length / 3).toBe(6);
	});

	it('refuses a scene without triangles, and more than it may', () => {
		const { document } = sceneOf((d) => [ribbon(d, 3)]);
		expect(() => flattenScene(document, { format: 'glb', maxTriangles: 5 })).toThrow(
			expect.objectContaining({ code: 'too-large' }),
		);
		expect(() => flatten(sceneOf(() => []).document)).toThrow(expect.objectContaining({ code: 'no-triangles' }));
	});

	it('refuses more morphs than it could pose in time', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2)]);
		const primitive = nodes[0].getMesh()!.listPrimitives()[0];
		const deltas = accessor(document, 'VEC3', new Float32Array(18));
		for (let k = 0; k < 40; k++) primitive.addTarget(document.createPrimitiveTarget().setAttribute('POSITION', deltas));
		const flattenSmall = (): Model => flattenScene(document, { format: 'glb', maxTriangles: 4 });
		expect(flattenSmall().mesh.triangles).toHaveLength(12);
		nodes[0].setWeights(Array(40).fill(1));
		expect(flattenSmall).toThrow(expect.objectContaining({ code: 'too-large' }));
	});

	it('digests materials', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		const texture = document.createTexture('wood').setMimeType('image/png').setImage(Uint8Array.of(1, 2));
		const gloss = document.createExtension(KHRMaterialsPBRSpecularGlossiness).createPBRSpecularGlossiness();
		gloss.setDiffuseFactor([0.1, 0.2, 0.3, 0.4]).setGlossinessFactor(0.75).setDiffuseTexture(texture);
		const transform = document.createExtension(KHRTextureTransform).createTransform();
		transform
			.setScale([2, 3])
			.setOffset([0.5, 0.25])
			.setRotation(Math.PI / 2)
			.setTexCoord(1);
		gloss.getDiffuseTextureInfo()!.setExtension('KHR_texture_transform', transform).setWrapS(33071).setWrapT(33648);
		const glow = document.createExtension(KHRMaterialsEmissiveStrength).createEmissiveStrength().setEmissiveStrength(4);
		const material = document.createMaterial('oak').setEmissiveFactor([0.5, 0, 0]).setAlphaMode('MASK');
		material.setExtension('KHR_materials_pbrSpecularGlossiness', gloss);
		material.setExtension('KHR_materials_emissive_strength', glow);
		nodes[0].getMesh()!.listPrimitives()[0].setMaterial(material);
		const model = flatten(document);
		expect([...model.mesh.materialOf]).toEqual([0, 0]);
		expect(model.images).toEqual([{ name: 'wood', mimeType: 'image/png', bytes: Uint8Array.of(1, 2) }]);
		const [{ baseColorTexture, ...oak }] = model.materials;
		expect(oak).toEqual({
			name: 'oak',
			baseColor: [0.1, 0.2, 0.3, 0.4],
			metallic: 0,
			roughness: 0.25,
			emissive: [2, 0, 0],
			alphaMode: 'MASK',
			alphaCutoff: 0.5,
			doubleSided: false,
		});
		expect(baseColorTexture).toMatchObject({ image: 0, uv: 'uv1', wrapU: 'clamp', wrapV: 'mirror' });
		const expected = [0, 3, 0.5, -2, 0, 0.25];
		for (const [i, x] of baseColorTexture!.transform.entries()) expect(x).toBeCloseTo(expected[i], 12);
	});
});

describe('readGltfDocument and flattenScene', () => {
	const plain = (): { document: Document; primitive: Primitive } => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 40)]);
		return { document, primitive: nodes[0].getMesh()!.listPrimitives()[0] };
	};

	it('decode Draco', async () => {
		const { document } = plain();
		document.createExtension(KHRDracoMeshCompression).setRequired(true).setEncoderOptions({ method: 0 });
		const glb = await reread(document, { 'draco3d.encoder': await draco3d.createEncoderModule() });
		const { document: decoded, warnings } = await readGltfDocument(glb);
		const { mesh } = flattenScene(decoded, { format: 'glb' });
		expect(mesh.triangles.length / 3).toBe(80);
		expect(mesh.positions.length / 3).toBe(82);
		expect(warnings).toEqual([expect.stringContaining('KHR_draco_mesh_compression')]);
	});

	it('refuse a Draco mesh of more triangles than declared', async () => {
		const { document } = plain();
		document.createExtension(KHRDracoMeshCompression).setRequired(true);
		const glb = await reread(document, { 'draco3d.encoder': await draco3d.createEncoderModule() });
		const text = Buffer.from(glb).toString('latin1').replace('"count":240', '"count":237');
		await expect(readGltfDocument(Buffer.from(text, 'latin1'))).rejects.toMatchObject({ code: 'out-of-range' });
	});

	it('decode meshopt, to the same triangles', async () => {
		const { document } = plain();
		const before = triangleLines(flatten(document));
		await MeshoptEncoder.ready;
		document.createExtension(EXTMeshoptCompression).setRequired(true);
		const { document: decoded, warnings } = await readGltfDocument(
			await reread(document, { 'meshopt.encoder': MeshoptEncoder }),
		);
		expect(triangleLines(flatten(decoded))).toEqual(before);
		expect(warnings).toEqual([expect.stringContaining('EXT_meshopt_compression')]);
	});

	it('fill in sparse values', async () => {
		const { document, primitive } = plain();
		const values = new Float32Array(3 * 82);
		values.set([1, 2, 3], 30);
		const sparse = accessor(document, 'VEC3', values).setSparse(true);
		primitive.setAttribute('_OFFSET', sparse);
		const { document: decoded } = await readGltfDocument(await reread(document));
		const read = decoded.getRoot().listMeshes()[0].listPrimitives()[0].getAttribute('_OFFSET')!;
		expect([...read.getArray()!.subarray(28, 35)]).toEqual([0, 0, 1, 2, 3, 0, 0]);
	});

	it('read sparse parts without offsets from the start of their views', async () => {
		const bin = new Uint8Array(12 + 36 + 4 + 12);
		const floats = new Float32Array(bin.buffer);
		floats.set([9, 9, 9, 0, 0, 0, 1, 0, 0, 0, 1, 0]);
		bin[48] = 2;
		floats.set([0, 7, 0], 13);
		const json = {
			asset: { version: '2.0' },
			scenes: [{ nodes: [0] }],
			nodes: [{ mesh: 0 }],
			meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
			accessors: [
				{
					bufferView: 0,
					byteOffset: 12,
					componentType: 5126,
					count: 3,
					type: 'VEC3',
					sparse: { count: 1, indices: { bufferView: 1, componentType: 5121 }, values: { bufferView: 2 } },
				},
			],
			bufferViews: [
				{ buffer: 0, byteLength: 48 },
				{ buffer: 0, byteOffset: 48, byteLength: 1 },
				{ buffer: 0, byteOffset: 52, byteLength: 12 },
			],
			buffers: [{ byteLength: bin.length }],
		};
		const { document } = await readGltfDocument(rawGlb(json, bin));
		expect(corners(flatten(document))).toEqual([
			[0, 0, 0],
			[1, 0, 0],
			[0, 7, 0],
		]);
	});

	it('expand instances to nodes', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		const batch = document.createExtension(EXTMeshGPUInstancing).setRequired(true).createInstancedMesh();
		batch.setAttribute('TRANSLATION', accessor(document, 'VEC3', new Float32Array([0, 0, 0, 0, 0, 1, 0, 0, 2])));
		nodes[0].setExtension('EXT_mesh_gpu_instancing', batch);
		const { document: expanded } = await readGltfDocument(await reread(document));
		const { mesh, sources } = flattenScene(expanded, { format: 'glb' });
		expect(sources).toHaveLength(3);
		expect(mesh.positions.length / 3).toBe(12);
	});

	it('read a glTF with files beside it and data inside it', async () => {
		const { document } = plain();
		const before = triangleLines(flatten(document));
		document.createTexture('t').setImage(Uint8Array.of(1)).setMimeType('image/png').setURI('a b/%c.png');
		const { json, resources } = await new NodeIO().writeJSON(document);
		const [buffer] = json.buffers!;
		const text = (uri: string): Uint8Array =>
			new TextEncoder().encode(JSON.stringify({ ...json, buffers: [{ ...buffer, uri }] }));
		const asked: string[] = [];
		const beside = (uri: string): Uint8Array | undefined => {
			asked.push(uri);
			return uri.endsWith('.bin') ? resources[buffer.uri!] : Uint8Array.of(1);
		};
		const outside = await readGltfDocument(text('./deep%20er/x.bin'), { resources: beside });
		expect(asked).toEqual(['deep er/x.bin', 'a b/%c.png']);
		expect(outside.format).toBe('gltf');
		expect(triangleLines(flatten(outside.document))).toEqual(before);
		const data = `data:application/octet-stream;base64,${Buffer.from(resources[buffer.uri!]).toString('base64')}`;
		const inside = await readGltfDocument(text(data), { resources: beside });
		expect(triangleLines(flatten(inside.document))).toEqual(before);
	});

	it('give to the first joint what has weights that are no numbers', async () => {
		const { document, primitive } = plain();
		const joint = document.createNode('hip').setTranslation([0, 0, 2]);
		document.getRoot().listScenes()[0].addChild(joint);
		document.getRoot().listNodes()[0].setSkin(document.createSkin().addJoint(joint));
		const weights = new Float32Array(4 * 82).map((_, i) => (i % 4 ? 0 : 1));
		weights.set([0, Number.NaN, 0, 0], 8);
		primitive.setAttribute('JOINTS_0', accessor(document, 'VEC4', new Uint8Array(4 * 82)));
		primitive.setAttribute('WEIGHTS_0', accessor(document, 'VEC4', weights));
		const { document: mended, warnings } = await readGltfDocument(await reread(document));
		expect(warnings).toEqual([expect.stringContaining('1 vertices')]);
		const read = mended.getRoot().listMeshes()[0].listPrimitives()[0].getAttribute('WEIGHTS_0')!;
		expect([...read.getArray()!.subarray(8, 12)]).toEqual([1, 0, 0, 0]);
		expect(corners(flatten(mended)).every(([, , z]) => z === 2)).toBe(true);
	});

	it('make transforms of matrices, flat ones too, and tell of shear', async () => {
		const matrices = [
			[0, 2, 0, 0, -2, 0, 0, 0, 0, 0, 2, 0, 1, 2, 3, 1],
			[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1],
			[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1],
			[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 5, 1],
			[1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
		];
		const { document } = sceneOf((d) => [ribbon(d, 1)]);
		const { json, resources } = await new NodeIO().writeJSON(document);
		const read = (matrix: number[]) =>
			readGltfDocument(new TextEncoder().encode(JSON.stringify({ ...json, nodes: [{ mesh: 0, matrix }] })), {
				resources: () => Object.values(resources)[0],
			});
		const placed: number[][] = [];
		for (const matrix of matrices.slice(0, 4)) {
			const { document: read1, warnings } = await read(matrix);
			expect(warnings).toEqual([]);
			placed.push(corners(flatten(read1))[5].map((x) => Math.round(x * 1e6) / 1e6 + 0));
		}
		expect(placed).toEqual([
			[-1, 2, 3],
			[0, 1, 5],
			[0, 0, 5],
			[4, 4, 5],
		]);
		expect((await read(matrices[4])).warnings).toEqual([expect.stringContaining('sheared')]);
	});
});
