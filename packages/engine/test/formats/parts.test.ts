import { Accessor, type Document, type Node, type Primitive } from '@gltf-transform/core';
import { KHRLightsPunctual, KHRMaterialsVariants, KHRMeshQuantization } from '@gltf-transform/extensions';
import { validateBytes } from 'gltf-validator';
import { describe, expect, it } from 'vitest';
import { readGlb } from '../../src/formats/glb.ts';
import { readGltfDocument } from '../../src/formats/gltf.ts';
import { type WritePartsOptions, writeModel, writeParts } from '../../src/formats/parts.ts';
import { flattenScene } from '../../src/formats/scene.ts';
import type { Model } from '../../src/mesh/model.ts';
import { accessor, partsOf, ribbon, sceneOf, triangleLines } from './documents.ts';

const flatten = (document: Document): Model => flattenScene(document, { format: 'glb' });

/** Labels 0, 1, 2, 0, 1, 2 … */
const turnByTurn = (model: Model, parts = 3): Uint32Array =>
	Uint32Array.from({ length: model.mesh.triangles.length / 3 }, (_, t) => t % parts);

type Written = { glb: Uint8Array; document: Document; model: Model; named: Node[] };

/** Writes, checks that the file is valid and shows the same triangles, and reads it again. */
async function split(model: Model, labels: ArrayLike<number>, options: WritePartsOptions = {}): Promise<Written> {
	const glb = await writeParts(model, partsOf(labels), options);
	const { issues } = await validateBytes(glb);
	expect(issues.messages.filter(({ severity }) => severity === 0)).toEqual([]);
	const { document, warnings } = await readGltfDocument(glb);
	expect(warnings).toEqual([]);
	const again = flatten(document);
	expect(triangleLines(again)).toEqual(triangleLines(model));
	const named = document
		.getRoot()
		.listNodes()
		.filter((node) => node.getName() !== '');
	return { glb, document, model: again, named };
}

/** Triangles at and below a node. */
function facesBelow(node: Node): number {
	let faces = 0;
	node.traverse((below) => {
		for (const primitive of below.getMesh()?.listPrimitives() ?? []) faces += primitive.getIndices()!.getCount() / 3;
	});
	return faces;
}

const onlyPrimitive = (node: Node): Primitive => node.getMesh()!.listPrimitives()[0];

describe('writeParts', () => {
	it('gives each part one named node, in the order of the parts, and moves other names to extras', async () => {
		const { document } = sceneOf((d) => [ribbon(d, 6)]);
		const parts = partsOf(turnByTurn(flatten(document)));
		const described = parts.parts.map((part) => ({ ...part, area: 2.5, neighbours: [{ part: 1, seam: 0.5 }] }));
		const glb = await writeParts(flatten(document), { ...parts, parts: described });
		const { document: read } = await readGltfDocument(glb);
		const nodes = read.getRoot().listNodes();
		expect(nodes.map((node) => node.getName())).toEqual(['', 'part_0', 'part_1', 'part_2']);
		expect(nodes[0].getExtras()).toEqual({ name: 'node_0' });
		expect(nodes[0].getMesh()).toBeNull();
		expect(nodes[2].getExtras()).toEqual({ part: 1, faces: 4, area: 2.5, neighbours: [{ part: 1, seam: 0.5 }] });
		expect(read.getRoot().listScenes()[0].getExtras()).toEqual({ parts: 3 });
		expect(read.getRoot().getAsset().generator).toBe('Meshwright');
	});

	it('loses no triangle, whatever the labels', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 9), ribbon(d, 4), ribbon(d, 5)]);
		nodes[0].addChild(nodes[1].setTranslation([0.1, 0.2, 0.3]).setRotation([0, 0.6, 0, 0.8]));
		nodes[2].setScale([-1, 2, 0.3]).setRotation([0.6, 0, 0, 0.8]);
		nodes[0].setScale([1, 3, 1]);
		const model = flatten(document);
		const { named } = await split(model, turnByTurn(model, 4));
		expect(named.map((node) => node.getName())).toEqual(['part_0', 'part_1', 'part_2', 'part_3']);
		expect(named.map(facesBelow)).toEqual([9, 9, 9, 9]);
	});

	it('keeps small transforms and colours, which the library rounds away', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2)]);
		nodes[0].setTranslation([4e-6, 0, 0]).setScale([1.000004, 1, 1]).setRotation([3e-6, 0, 0, 1]);
		onlyPrimitive(nodes[0]).setMaterial(document.createMaterial('m').setBaseColorFactor([0.999995, 1, 1, 1]));
		const { model } = await split(flatten(document), [0, 1, 0, 1]);
		expect(model.materials[0].baseColor[0]).toBe(0.999995);
	});

	it('writes the same bytes each time, and leaves the model as it was', async () => {
		const { document } = sceneOf((d) => [ribbon(d, 6)]);
		const model = flatten(document);
		const [one, two] = [await split(model, turnByTurn(model)), await split(model, turnByTurn(model))];
		expect(one.glb).toEqual(two.glb);
		expect(document.getRoot().listNodes()).toHaveLength(1);
		expect(document.getRoot().listNodes()[0].getName()).toBe('node_0');
		expect(document.getRoot().listMeshes()).toHaveLength(1);
	});

	it('copies values bit by bit: quantised, custom, tangents, extras', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 4)]);
		document.createExtension(KHRMeshQuantization).setRequired(true);
		const primitive = onlyPrimitive(nodes[0]).setExtras({ from: 'here' });
		const shorts = new Uint16Array(20).map((_, i) => i * 3001);
		primitive.setAttribute('TEXCOORD_0', accessor(document, 'VEC2', shorts).setNormalized(true));
		primitive.setAttribute(
			'TANGENT',
			accessor(
				document,
				'VEC4',
				new Float32Array(40).map((_, i) => (i % 4 ? 0 : 1)).map((x, i) => (i % 4 === 3 ? 1 : x)),
			),
		);
		primitive.setAttribute(
			'_HEAT',
			accessor(
				document,
				'SCALAR',
				new Float32Array(10).map((_, i) => i / 7),
			),
		);
		const { named } = await split(flatten(document), [0, 0, 0, 0, 1, 1, 1, 1]);
		const cut = onlyPrimitive(named[1]);
		expect(cut.getExtras()).toEqual({ from: 'here' });
		expect(cut.getAttribute('TEXCOORD_0')!.getNormalized()).toBe(true);
		expect(cut.getAttribute('TEXCOORD_0')!.getComponentType()).toBe(Accessor.ComponentType.UNSIGNED_SHORT);
		expect(cut.getAttribute('TANGENT')!.getCount()).toBe(6);
		const heat = [...cut.getAttribute('_HEAT')!.getArray()!].sort((a, b) => a - b);
		expect(heat).toEqual([4, 5, 6, 7, 8, 9].map((i) => Math.fround(i / 7)));
	});

	it('has materials and textures once, and variants on every part', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 4)]);
		const png = Buffer.from(
			'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
			'base64',
		);
		const texture = document.createTexture('wood').setMimeType('image/png').setImage(png);
		const [oak, elm] = ['oak', 'elm'].map((name) => document.createMaterial(name).setBaseColorTexture(texture));
		const variants = document.createExtension(KHRMaterialsVariants);
		const mapping = variants.createMapping().setMaterial(elm).addVariant(variants.createVariant('winter'));
		const list = variants.createMappingList().addMapping(mapping);
		onlyPrimitive(nodes[0]).setMaterial(oak).setExtension('KHR_materials_variants', list);
		const { document: read, named } = await split(flatten(document), [0, 1, 2, 3, 0, 1, 2, 3]);
		expect(read.getRoot().listMaterials()).toHaveLength(2);
		expect(read.getRoot().listTextures()).toHaveLength(1);
		for (const node of named) {
			expect(onlyPrimitive(node).getMaterial()!.getName()).toBe('oak');
			expect(onlyPrimitive(node).getExtension('KHR_materials_variants')).not.toBeNull();
		}
	});

	it('writes no more vertices than the parts use', async () => {
		const { document } = sceneOf((d) => [ribbon(d, 100)]);
		const labels = Array.from({ length: 200 }, (_, t) => (t < 20 ? 0 : 1));
		const { named } = await split(flatten(document), labels);
		expect(onlyPrimitive(named[0]).getAttribute('POSITION')!.getCount()).toBe(22);
		expect(onlyPrimitive(named[1]).getAttribute('POSITION')!.getCount()).toBe(182);
	});

	it('makes triangles of strips, and keeps points and lines on unnamed nodes', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 3).setIndices(null).setMode(5)]);
		const mesh = nodes[0].getMesh()!;
		for (const mode of [0, 3] as const) mesh.addPrimitive(ribbon(document, 2).setMode(mode).setIndices(null));
		const { document: read, named } = await split(flatten(document), [0, 0, 1, 1, 0, 1]);
		expect(named).toHaveLength(2);
		expect(named.map((node) => onlyPrimitive(node).getMode())).toEqual([4, 4]);
		const rest = read
			.getRoot()
			.listNodes()
			.find((node) => node.getMesh() && node.getName() === '')!;
		expect(
			rest
				.getMesh()!
				.listPrimitives()
				.map((primitive) => primitive.getMode()),
		).toEqual([0, 3]);
	});

	it('gives each instance its own faces, and shares what is cut alike', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2)]);
		const scene = document.getRoot().listScenes()[0];
		for (let z = 1; z < 4; z++)
			scene.addChild(document.createNode().setMesh(nodes[0].getMesh()).setTranslation([0, 0, z]));
		const { document: read } = await split(flatten(document), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
		const meshes = read
			.getRoot()
			.listNodes()
			.flatMap((node) => node.getMesh() ?? []);
		expect(meshes).toHaveLength(6);
		expect(new Set(meshes).size).toBe(3);
	});

	it('hangs a part of several nodes below the nearest node above them all', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 1), ribbon(d, 1)]);
		const group = document.createNode('group').setTranslation([0.1, 0.7, 0]).setScale([3, 1, 1]);
		const inner = document.createNode('inner').setRotation([0, 0.6, 0, 0.8]);
		document.getRoot().listScenes()[0].addChild(group);
		group.addChild(nodes[1].setTranslation([5, 0, 0])).addChild(inner);
		inner.addChild(nodes[2]);
		const { named } = await split(flatten(document), [0, 0, 1, 1, 1, 1]);
		expect(named).toHaveLength(2);
		expect(named[1].getParentNode()!.getExtras()).toEqual({ name: 'group' });
		expect(facesBelow(named[1])).toBe(4);
	});

	it('keeps parts with the animated node that they come from', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2), ribbon(d, 2)]);
		const times = accessor(document, 'SCALAR', new Float32Array([0, 1]));
		const places = accessor(document, 'VEC3', new Float32Array([0, 0, 0, 1, 1, 1]));
		const sampler = document.createAnimationSampler().setInput(times).setOutput(places);
		const channel = document.createAnimationChannel().setTargetPath('translation').setTargetNode(nodes[1]);
		document.createAnimation('go').addSampler(sampler).addChannel(channel.setSampler(sampler));
		const model = flatten(document);
		const { document: read, named } = await split(model, [0, 0, 1, 1, 2, 2, 3, 3]);
		const [moved] = read.getRoot().listAnimations()[0].listChannels();
		expect(named.map((node) => node.getParentNode() === moved.getTargetNode())).toEqual([false, false, true, true]);
		await expect(writeParts(model, partsOf([0, 0, 0, 0, 0, 1, 1, 1]))).rejects.toMatchObject({
			code: 'invalid-option',
		});
	});

	it('keeps skins, and the names of joints as asked', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2)]);
		const primitive = onlyPrimitive(nodes[0]);
		primitive.setAttribute('JOINTS_0', accessor(document, 'VEC4', new Uint8Array(24)));
		primitive.setAttribute(
			'WEIGHTS_0',
			accessor(
				document,
				'VEC4',
				new Float32Array(24).map((_, i) => (i % 4 ? 0 : 1)),
			),
		);
		const armature = document.createNode('armature').setTranslation([0, 0, 3]);
		const hip = document.createNode('hip').setTranslation([0, 1, 0]);
		const clash = document.createNode('part_1');
		document.getRoot().listScenes()[0].addChild(armature);
		armature.addChild(hip.addChild(clash));
		nodes[0].setSkin(document.createSkin('rig').addJoint(hip).addJoint(clash));
		const model = flatten(document);
		const kept = await split(model, [0, 1, 0, 1]);
		expect(kept.named.map((node) => node.getName()).sort()).toEqual(['hip', 'part_0', 'part_1']);
		expect(kept.document.getRoot().listSkins()).toHaveLength(1);
		const moved = await split(model, [0, 1, 0, 1], { jointNames: 'extras' });
		expect(moved.named.map((node) => node.getName())).toEqual(['part_0', 'part_1']);
		expect(moved.document.getRoot().listSkins()[0].listJoints()[0].getExtras()).toEqual({ name: 'hip' });
	});

	it('keeps morph targets, their weights and the animation of these, on every part', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2)]);
		const deltas = new Float32Array(18);
		deltas[17] = 4;
		const target = document.createPrimitiveTarget('smile');
		target.setAttribute('POSITION', accessor(document, 'VEC3', deltas).setSparse(true));
		onlyPrimitive(nodes[0]).addTarget(target);
		nodes[0]
			.setWeights([0.5])
			.getMesh()!
			.setExtras({ targetNames: ['smile'] });
		const times = accessor(document, 'SCALAR', new Float32Array([0, 1]));
		const weights = accessor(document, 'SCALAR', new Float32Array([0, 1]));
		const sampler = document.createAnimationSampler().setInput(times).setOutput(weights);
		const channel = document.createAnimationChannel().setTargetPath('weights').setTargetNode(nodes[0]);
		document.createAnimation('talk').addSampler(sampler).addChannel(channel.setSampler(sampler));
		const { document: read, named } = await split(flatten(document), [0, 0, 1, 1]);
		const channels = read.getRoot().listAnimations()[0].listChannels();
		expect(channels.map((other) => other.getTargetNode())).toEqual(named);
		for (const node of named) {
			expect(node.getWeights()).toEqual([0.5]);
			const [cut] = onlyPrimitive(node).listTargets();
			expect(cut.getName()).toBe('smile');
			expect(cut.getAttribute('POSITION')!.getSparse()).toBe(true);
		}
	});

	it('keeps cameras, lights and other scenes', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		const light = document.createExtension(KHRLightsPunctual).createLight('sun').setType('directional');
		const camera = document.createCamera('view').setType('perspective').setZFar(9).setYFov(1);
		nodes[0].setExtension('KHR_lights_punctual', light).setCamera(camera).setExtras({ name: 'mine', a: 1 });
		document
			.createScene('hidden')
			.addChild(document.createNode('else').setMesh(document.createMesh().addPrimitive(ribbon(document, 3))));
		const { document: read, named } = await split(flatten(document), [0, 1]);
		const [source] = read.getRoot().listNodes();
		expect(source.getExtras()).toEqual({ name: 'mine', a: 1, nodeName: 'node_0' });
		expect(source.getCamera()!.getName()).toBe('view');
		expect(source.getExtension('KHR_lights_punctual')).not.toBeNull();
		expect(read.getRoot().listScenes()).toHaveLength(2);
		expect(named).toHaveLength(2);
	});

	it('refuses parts that do not fit', async () => {
		const model = flatten(sceneOf((d) => [ribbon(d, 1)]).document);
		await expect(writeParts(model, partsOf([0]))).rejects.toMatchObject({ code: 'invalid-option' });
		const { parts } = partsOf([0, 0]);
		await expect(writeParts(model, { parts, partOf: Uint16Array.of(0, 1) })).rejects.toMatchObject({
			code: 'invalid-option',
		});
	});
});

describe('writeModel', () => {
	it('writes the whole model as one GLB with names and textures', async () => {
		const { document } = sceneOf((d) => [ribbon(d, 3), ribbon(d, 2).setMaterial(d.createMaterial('oak'))]);
		const model = flatten(document);
		const glb = await writeModel(model, { generator: 'Somebody' });
		expect((await validateBytes(glb)).issues.numErrors).toBe(0);
		const { document: read } = await readGltfDocument(glb);
		expect(triangleLines(flatten(read))).toEqual(triangleLines(model));
		expect(
			read
				.getRoot()
				.listNodes()
				.map((node) => node.getName()),
		).toEqual(['node_0', 'node_1']);
		expect(JSON.parse(new TextDecoder().decode(readGlb(glb).json)).asset.generator).toBe('Somebody');
	});
});
