import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document, Node, Skin } from '@gltf-transform/core';
import { validateBytes } from 'gltf-validator';
import { describe, expect, it } from 'vitest';
import { readGltfDocument } from '../../src/formats/gltf.ts';
import { type WritePartsOptions, writeParts } from '../../src/formats/parts.ts';
import { readModel } from '../../src/formats/read.ts';
import { flattenScene } from '../../src/formats/scene.ts';
import type { Made } from '../../src/mesh/made.ts';
import { type Mesh, NO_MATERIAL } from '../../src/mesh/mesh.ts';
import type { Material, Model } from '../../src/mesh/model.ts';
import { accessor, partsOf, ribbon, sceneOf, triangleLines } from './documents.ts';
import { isLifted, lift, runsOfParts, trianglesOn, worstDistance } from './made-surfaces.ts';

const DATA = join(import.meta.dirname, '..', '..', '..', '..', '.cache', 'data');
const flatten = (document: Document): Model => flattenScene(document, { format: 'glb' });

const PLAIN: Material = {
	name: 'new',
	baseColor: [0.5, 0.25, 1, 1],
	metallic: 0.25,
	roughness: 0.75,
	emissive: [0, 0, 3],
	alphaMode: 'MASK',
	alphaCutoff: 0.25,
	doubleSided: true,
};
const PNG = new Uint8Array(
	Buffer.from(
		'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
		'base64',
	),
);

/** A made surface of the given polygons, each cut as a fan, with uv, normals and tangents. */
function madeOf(positions: number[], polygons: number[][], parts: number[], more: Partial<Made> = {}): Made {
	const triangles: number[] = [];
	const polygonOf: number[] = [];
	const partOf: number[] = [];
	polygons.forEach((polygon, p) => {
		for (let k = 1; k + 1 < polygon.length; k++) {
			triangles.push(polygon[0], polygon[k], polygon[k + 1]);
			polygonOf.push(p);
			partOf.push(parts[p]);
		}
	});
	const indices = Uint32Array.from(triangles);
	const n = positions.length / 3;
	const mesh: Mesh = {
		positions: Float32Array.from(positions),
		triangles: indices,
		corner: {
			uv: { values: Float32Array.from({ length: 2 * n }, (_, i) => i / 16), indices, size: 2 },
			normal: {
				values: Float32Array.from({ length: 3 }, (_, i) => [0.6, 0, 0.8][i]),
				indices: indices.map(() => 0),
				size: 3,
			},
			tangent: { values: Float32Array.of(0.8, 0, -0.6, -1), indices: indices.map(() => 0), size: 4 },
		},
		materialOf: new Uint16Array(partOf.length),
		polygonOf: Uint32Array.from(polygonOf),
	};
	return { mesh, partOf: Uint16Array.from(partOf), materials: [PLAIN], images: [], ...more };
}

type Written = { glb: Uint8Array; model: Model; document: Document; warnings: string[]; named: Node[] };

async function write(model: Model, labels: ArrayLike<number>, options: WritePartsOptions): Promise<Written> {
	const warnings: string[] = [];
	const glb = await writeParts(model, partsOf(labels), { ...options, warn: (sentence) => warnings.push(sentence) });
	const { issues } = await validateBytes(glb);
	expect(issues.messages.filter(({ severity }) => severity === 0)).toEqual([]);
	const { document } = await readGltfDocument(glb);
	const again = await readModel(glb);
	expect(again.warnings).toEqual([]);
	const named = document
		.getRoot()
		.listNodes()
		.filter((node) => node.getName() !== '');
	return { glb, model: again, document, warnings, named };
}

/** Places of the corners of the triangles that a test keeps, each triangle in a line, sorted. */
function places({ positions, triangles }: Mesh, keep: (t: number) => boolean, round = 1e6): string[] {
	const lines: string[] = [];
	for (let t = 0; t < triangles.length / 3; t++) {
		if (!keep(t)) continue;
		const corners = [0, 1, 2].map((k) => {
			const v = 3 * triangles[3 * t + k];
			return [0, 1, 2].map((e) => Math.round(positions[v + e] * round) / round + 0).join(',');
		});
		const first = corners.indexOf([...corners].sort()[0]);
		lines.push([0, 1, 2].map((k) => corners[(first + k) % 3]).join(' '));
	}
	return lines.sort();
}

/** Lines of a mesh that are not among those of another. */
const added = (now: Model, before: Model): string[] => {
	const names = Object.keys(before.mesh.corner).sort();
	const known = new Map<string, number>();
	for (const line of triangleLines(before, names)) known.set(line, (known.get(line) ?? 0) + 1);
	return triangleLines(now, names).filter((line) => {
		const left = known.get(line) ?? 0;
		known.set(line, left - 1);
		return left <= 0;
	});
};

describe('writeParts with a made surface', () => {
	it('adds it to the node of its part, at its place in the world, and leaves the rest bit for bit', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 4)]);
		nodes[0].setTranslation([3, -1, 2]).setRotation([0, 0.6, 0, 0.8]).setScale([2, 0.5, 3]);
		const model = flatten(document);
		const made = madeOf([5, 0, 1, 6, 0, 1, 6, 1, 1, 5, 1.5, 1], [[0, 1, 2, 3]], [1], { extras: { generated: true } });
		const { model: again, named, warnings } = await write(model, [0, 0, 0, 0, 1, 1, 1, 1], { made });
		expect(warnings).toEqual([]);
		expect(named.map((node) => node.getMesh()!.listPrimitives().length)).toEqual([1, 2]);
		expect(named[1].getExtras()).toMatchObject({ part: 1, faces: 5 });
		const cap = named[1].getMesh()!.listPrimitives()[1];
		expect(cap.getExtras()).toEqual({ generated: true });
		const own = again.mesh.triangles.length / 3 - 2;
		expect(places(again.mesh, (t) => t >= own)).toEqual(places(made.mesh, () => true));
		expect(added(again, model)).toHaveLength(2);
		const at = 3 * again.mesh.corner.normal.indices[3 * own];
		expect([...again.mesh.corner.normal.values.subarray(at, at + 3)].map((x) => Math.fround(x * 1e4) / 1e4)).toEqual([
			expect.closeTo(0.6, 5),
			expect.closeTo(0, 5),
			expect.closeTo(0.8, 5),
		]);
		const tangent = 4 * again.mesh.corner.tangent.indices[3 * own];
		const turned = [...again.mesh.corner.tangent.values.subarray(tangent, tangent + 4)];
		[0.8, 0, -0.6, -1].forEach((x, k) => {
			expect(turned[k]).toBeCloseTo(x, 5);
		});
		expect([...again.mesh.polygonOf!.subarray(own)]).toEqual([own, own]);
	});

	it('writes its material as it is, and shares one of the model', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2)]);
		nodes[0].getMesh()!.listPrimitives()[0].setMaterial(document.createMaterial('oak').setMetallicFactor(0.3));
		const model = flatten(document);
		const use = {
			image: 1,
			uv: 'uv',
			transform: [0, 2, 0.25, -3, 0, 0.5] as const,
			wrapU: 'clamp' as const,
			wrapV: 'mirror' as const,
		};
		const textured: Material = {
			...PLAIN,
			baseColorTexture: use,
			normalTexture: { ...use, transform: [1, 0, 0, 0, 1, 0] },
			normalScale: 0.5,
		};
		const made = madeOf(
			[0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1],
			[
				[0, 1, 2],
				[1, 3, 2],
			],
			[0, 1],
			{
				materials: [textured, { sourceMaterial: 0 }],
				images: [
					{ name: 'unused', mimeType: 'image/png', bytes: PNG },
					{ name: 'look', mimeType: 'image/png', bytes: PNG },
				],
			},
		);
		made.mesh.materialOf[1] = 1;
		const { model: again } = await write(model, [0, 0, 1, 1], { made });
		expect(again.materials.map(({ name }) => name)).toEqual(['oak', 'new']);
		expect(again.images).toEqual([{ name: 'look', mimeType: 'image/png', bytes: PNG }]);
		const [, written] = again.materials;
		expect(written.emissive).toEqual([0, 0, 3]);
		expect(written).toMatchObject({ metallic: 0.25, roughness: 0.75, alphaMode: 'MASK', normalScale: 0.5 });
		expect(written.baseColorTexture).toMatchObject({ image: 0, wrapU: 'clamp', wrapV: 'mirror' });
		use.transform.forEach((x, k) => {
			expect(written.baseColorTexture!.transform[k]).toBeCloseTo(x, 6);
		});
	});

	it('stands for replaced triangles, in their place of the scene, and takes what only they used with them', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2), ribbon(d, 3)]);
		const texture = document
			.createTexture('dense')
			.setMimeType('image/png')
			.setImage(PNG as Uint8Array<ArrayBuffer>);
		nodes[1].getMesh()!.listPrimitives()[0].setMaterial(document.createMaterial('old').setBaseColorTexture(texture));
		const group = document.createNode('group').setScale([-2, 1, 1]);
		document.getRoot().listScenes()[0].addChild(group);
		group.addChild(nodes[1].setTranslation([0, 4, 0]));
		const model = flatten(document);
		const labels = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
		const made = madeOf(
			[0, 4, 0, 0, 5, 0, -3, 4, 0, -2, 5, 1],
			[
				[0, 1, 2],
				[1, 3, 2],
			],
			[1, 1],
		);
		const replaced = Uint8Array.from(labels, (part) => (part === 1 ? 1 : 0));
		const { model: again, named, glb } = await write(model, labels, { made, replaced });
		expect(again.mesh.triangles.length / 3).toBe(6);
		expect(again.images).toEqual([]);
		expect(again.materials.map(({ name }) => name)).toEqual(['new']);
		expect(named[1].getParentNode()!.getExtras()).toEqual({ name: 'node_1' });
		expect(named[1].getExtras()).toMatchObject({ part: 1, faces: 2 });
		expect(places(again.mesh, (t) => t >= 4)).toEqual(places(made.mesh, () => true));
		const json = JSON.parse(
			new TextDecoder().decode(glb.subarray(20, 20 + new DataView(glb.buffer).getUint32(12, true))),
		);
		expect(json.meshes).toHaveLength(2);
	});

	it('makes one mesh of a part that came from several rigid nodes', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 1)]);
		const group = document.createNode('group').setTranslation([1, 2, 3]);
		document.getRoot().listScenes()[0].addChild(group);
		group.addChild(nodes[0]).addChild(nodes[1].setTranslation([5, 0, 0]));
		const made = madeOf([0, 0, 0, 1, 0, 0, 0, 1, 0], [[0, 1, 2]], [0]);
		const { model, named } = await write(flatten(document), [0, 0, 0, 0], {
			made,
			replaced: new Uint8Array(4).fill(1),
		});
		expect(named).toHaveLength(1);
		expect(named[0].getParentNode()!.getExtras()).toEqual({ name: 'group' });
		expect(places(model.mesh, () => true)).toEqual(places(made.mesh, () => true));
	});

	it('carries morph targets from its anchors, at their default weights', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1)]);
		const target = document.createPrimitiveTarget('smile');
		target.setAttribute('POSITION', accessor(document, 'VEC3', Float32Array.of(0, 0, 4, 0, 0, 8, 0, 0, 0, 0, 0, 0)));
		nodes[0].getMesh()!.listPrimitives()[0].addTarget(target);
		nodes[0].setWeights([0.5]).setScale([1, 1, 2]);
		const model = flatten(document);
		const made = madeOf([9, 0, 0, 9, 1, 0, 9, 0, 1], [[0, 1, 2]], [0], {
			anchors: {
				corners: Uint32Array.of(0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0),
				weights: Float32Array.of(0.5, 0.5, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0),
			},
		});
		const { model: again, named } = await write(model, [0, 0], { made });
		expect(places(again.mesh, (t) => t === 2)).toEqual(places(made.mesh, () => true));
		const cap = named[0].getMesh()!.listPrimitives()[1];
		expect([...cap.listTargets()[0].getAttribute('POSITION')!.getArray()!]).toEqual([0, 0, 6, 0, 0, 4, 0, 0, 0]);
	});

	it('takes skins that are alike for one, and joints of another skin by their node', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 1)]);
		const joints = ['hip', 'knee'].map((name) => document.createNode(name));
		document
			.getRoot()
			.listScenes()[0]
			.addChild(joints[0].setRotation([0, 0.6, 0, 0.8]).addChild(joints[1]));
		nodes.forEach((node, i) => {
			const primitive = node.getMesh()!.listPrimitives()[0];
			const places = primitive.getAttribute('POSITION')!;
			places.setArray(Float32Array.from(places.getArray() as Float32Array, (x, k) => (k % 3 === 0 ? x + i : x)));
			primitive.setAttribute('JOINTS_0', accessor(document, 'VEC4', new Uint8Array(16)));
			const weights = Float32Array.from({ length: 16 }, (_, k) => (k % 4 === 0 ? 1 : 0));
			primitive.setAttribute('WEIGHTS_0', accessor(document, 'VEC4', weights));
		});
		const skin = (list: readonly Node[]): Skin => list.reduce((s, joint) => s.addJoint(joint), document.createSkin());
		for (const [second, meshes] of [
			[joints, 1],
			[[...joints].reverse(), 1],
		] as const) {
			nodes[0].setSkin(skin(joints));
			nodes[1].setSkin(skin(second));
			const model = flatten(document);
			const corner = (c: number): number[] => {
				const v = 3 * model.mesh.triangles[c];
				return [...model.mesh.positions.subarray(v, v + 3)];
			};
			// From a corner of the first square to the far side of the second.
			const made = madeOf([...corner(0), ...corner(7), ...corner(10)], [[0, 1, 2]], [0]);
			const { model: again, named, warnings } = await write(model, [0, 0, 0, 0], { made });
			expect(warnings).toEqual([]);
			const isMade = (t: number): boolean => again.mesh.materialOf[t] !== NO_MATERIAL;
			expect(worstDistance(again.mesh, isMade, made.mesh)).toBeLessThan(1e-6);
			if (second === joints) expect(again.mesh.positions).toHaveLength(model.mesh.positions.length);
			const below = named.filter((node) => node.getName() === 'part_0').flatMap((node) => node.listChildren());
			const capped = below.filter((node) => (node.getMesh()?.listPrimitives().length ?? 0) > 1);
			expect(capped).toHaveLength(meshes);
			if (second === joints) continue;
			const cap = capped[0].getMesh()!.listPrimitives()[1];
			const names = capped[0]
				.getSkin()!
				.listJoints()
				.map((joint) => joint.getName());
			const bound = Array.from({ length: 3 }, (_, i) => names[cap.getAttribute('JOINTS_0')!.getArray()![4 * i]]);
			// The second square moves with the first joint of its own list, the knee.
			expect(bound.sort()).toEqual(['hip', 'knee', 'knee']);
		}
	});

	it('writes only the wanted parts, with their numbers and nothing of the others', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 2), ribbon(d, 2)]);
		const texture = document
			.createTexture('other')
			.setMimeType('image/png')
			.setImage(PNG as Uint8Array<ArrayBuffer>);
		nodes[0].getMesh()!.listPrimitives()[0].setMaterial(document.createMaterial('gone').setBaseColorTexture(texture));
		nodes[1].getMesh()!.listPrimitives()[0].setMaterial(document.createMaterial('kept'));
		const times = accessor(document, 'SCALAR', new Float32Array([0, 1]));
		const values = accessor(document, 'VEC3', new Float32Array([0, 0, 0, 1, 1, 1]));
		const sampler = document.createAnimationSampler().setInput(times).setOutput(values);
		const channel = document.createAnimationChannel().setTargetPath('translation').setTargetNode(nodes[0]);
		document.createAnimation('go').addSampler(sampler).addChannel(channel.setSampler(sampler));
		const model = flatten(document);
		const { model: again, document: read, named } = await write(model, [0, 0, 1, 1, 2, 2, 3, 3], { only: [2] });
		expect(again.mesh.triangles.length / 3).toBe(2);
		expect(again.materials.map(({ name }) => name)).toEqual(['kept']);
		expect(again.images).toEqual([]);
		expect(named.map((node) => [node.getName(), node.getExtras().part])).toEqual([['part_2', 2]]);
		expect(read.getRoot().listNodes()).toHaveLength(2);
		expect(read.getRoot().listAnimations()).toHaveLength(0);
		await expect(writeParts(model, partsOf([0, 0, 1, 1, 2, 2, 3, 3]), { only: [4] })).rejects.toMatchObject({
			code: 'invalid-option',
		});
	});

	it('refuses what does not fit', async () => {
		const model = flatten(sceneOf((d) => [ribbon(d, 1)]).document);
		const parts = partsOf([0, 0]);
		const made = madeOf([0, 0, 0, 1, 0, 0, 0, 1, 0], [[0, 1, 2]], [1]);
		const code = 'invalid-option';
		await expect(writeParts(model, parts, { made })).rejects.toMatchObject({ code });
		await expect(writeParts(model, parts, { replaced: new Uint8Array(3) })).rejects.toMatchObject({ code });
		const other = madeOf([0, 0, 0, 1, 0, 0, 0, 1, 0], [[0, 1, 2]], [0], { materials: [{ sourceMaterial: 7 }] });
		await expect(writeParts(model, parts, { made: other })).rejects.toMatchObject({ code });
	});
});

const character = join(DATA, 'named', 'modular_women_Punk.glb');

describe.skipIf(!existsSync(character))('a made surface on a real character (skipped where it is not unpacked)', () => {
	it('is posed where it was made, and bit for bit at vertices of the model', async () => {
		const model = await readModel(readFileSync(character));
		const labels = runsOfParts(model);
		const size = Math.max(...model.mesh.positions.map(Math.abs));
		const made = lift(model, 0.01 * size);
		const { model: again, warnings } = await write(model, labels, {
			made: { ...made, partOf: labels.filter(isLifted) },
		});
		expect(warnings).toEqual([]);
		const isMade = (t: number): boolean => again.mesh.materialOf[t] === NO_MATERIAL;
		expect(worstDistance(again.mesh, isMade, made.mesh)).toBeLessThan(1e-6 * size);
		expect(trianglesOn(again.mesh, isMade, model.mesh)).toBe(trianglesOn(made.mesh, () => true, model.mesh));
	});
});
