import { describe, expect, it } from 'vitest';
import { flattenParts } from '../../src/formats/flat-scene.ts';
import { OUTPUTS } from '../../src/formats/outputs.ts';
import { listPolygons } from '../../src/formats/polygons.ts';
import { readModel } from '../../src/formats/read.ts';
import { flattenScene } from '../../src/formats/scene.ts';
import type { Made } from '../../src/mesh/made.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import type { Model } from '../../src/mesh/model.ts';
import { accessor, partsOf, ribbon, sceneOf } from './documents.ts';
import { cube, METAL, PNG } from './surfaces-to-write.ts';

/** A ribbon of two squares between two joints, and a rigid one that hangs at the second. */
function rigged(): Model {
	const { document, nodes } = sceneOf((d) => [ribbon(d, 2), ribbon(d, 1)]);
	const primitive = nodes[0]!.getMesh()!.listPrimitives()[0]!;
	const joints = Uint8Array.from({ length: 24 }, (_, i) => (i % 4 === 1 ? 1 : 0));
	const weights = Float32Array.from({ length: 24 }, (_, i) => [1 - (i >> 3) / 2, (i >> 3) / 2, 0, 0][i % 4]!);
	primitive.setAttribute('JOINTS_0', accessor(document, 'VEC4', joints));
	primitive.setAttribute('WEIGHTS_0', accessor(document, 'VEC4', weights));
	const root = document.createNode('root');
	const [hip, knee] = [document.createNode('hip'), document.createNode('knee').setTranslation([0, 1, 0])];
	document
		.getRoot()
		.listScenes()[0]!
		.addChild(root.addChild(hip.addChild(knee.addChild(nodes[1]!))));
	nodes[0]!.setSkin(document.createSkin().addJoint(hip).addJoint(knee));
	return flattenScene(document, { format: 'glb' });
}

const triangle = (positions: number[], more: Partial<Made> = {}): Made => ({
	mesh: {
		positions: Float32Array.from(positions),
		triangles: Uint32Array.of(0, 1, 2),
		corner: {},
		materialOf: Uint16Array.of(0),
	},
	partOf: Uint16Array.of(1),
	materials: [METAL],
	images: [],
	...more,
});

describe('flattenParts', () => {
	it('joins what is shown and what was made, with materials and images of both', () => {
		const model = rigged();
		const image = { name: 'a', mimeType: 'image/png', bytes: PNG };
		const use = { image: 0, uv: 'uv', transform: [1, 0, 0, 0, 1, 0], wrapU: 'repeat', wrapV: 'repeat' } as const;
		const made = triangle([0, 0, 1, 1, 0, 1, 0, 1, 1], {
			materials: [{ ...METAL, baseColorTexture: use }],
			images: [image],
		});
		const withOne = { ...model, images: [image], materials: [METAL] };
		const replaced = Uint8Array.of(1, 1, 0, 0, 0, 0);
		const scene = flattenParts(withOne, partsOf([0, 0, 0, 0, 1, 1]), { made, replaced });
		expect([...scene.partOf]).toEqual([0, 0, 1, 1, 1]);
		expect(scene.materials).toHaveLength(2);
		expect(scene.materials[1]!.baseColorTexture!.image).toBe(1);
		expect(scene.mesh.materialOf[4]).toBe(1);
		expect(scene.mesh.corner.uv!.indices[12]).toBe(0xffffffff);
		expect([...scene.mesh.positions.subarray(3 * scene.mesh.triangles[13]!)].slice(0, 3)).toEqual([1, 0, 1]);
		expect(flattenParts(withOne, partsOf([0, 0, 0, 0, 1, 1]), { made, only: [0] }).partOf).toHaveLength(4);
		expect(() => flattenParts(model, partsOf([0, 0, 0, 0, 1, 1]), { only: [] })).toThrowError(
			expect.objectContaining({ code: 'no-triangles' }),
		);
	});

	it('binds everything to the skeleton as it lies at rest', () => {
		const model = rigged();
		const made = triangle([9, 9, 9, 0, 0, 0, 9, 9, 8], {
			anchors: {
				corners: Uint32Array.of(0, 6, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0),
				weights: Float32Array.of(0.5, 0.5, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0),
			},
		});
		const { skin, mesh } = flattenParts(model, partsOf([0, 0, 0, 0, 1, 1]), { made });
		expect(skin!.bones.map(({ name, parent, isJoint }) => [name, parent, isJoint])).toEqual([
			['root', -1, false],
			['hip', 0, true],
			['knee', 1, true],
		]);
		const shares = (v: number): number[] => {
			const sums = [0, 0, 0];
			for (let k = 4 * v; k < 4 * v + 4; k++) sums[skin!.boneOf[k]!] += skin!.weights[k]!;
			return sums;
		};
		const at = (x: number, y: number): number =>
			Array.from({ length: mesh.positions.length / 3 }, (_, v) => v).find(
				(v) => mesh.positions[3 * v] === x && mesh.positions[3 * v + 1] === y,
			)!;
		expect(shares(at(0, 0))).toEqual([0, 1, 0]);
		expect(shares(at(1, 0.5))).toEqual([0, 0.5, 0.5]);
		expect(shares(at(0, 2))).toEqual([0, 0, 1]);
		const first = mesh.positions.length / 3 - 3;
		// Corner 0 moves with the hip alone, corner 6 with both; corner 12 is of the rigid piece at the knee.
		expect(shares(first)).toEqual([0, 0.75, 0.25]);
		expect(shares(first + 1)).toEqual([0, 1, 0]);
		expect(shares(first + 2)).toEqual([0, 0, 1]);
	});
});

describe('listPolygons', () => {
	const polygonsOf = (mesh: Mesh): number[][] => {
		const { offsets, list } = listPolygons(mesh);
		return Array.from({ length: offsets.length - 1 }, (_, f) =>
			Array.from(list.subarray(offsets[f], offsets[f + 1]), (c) => mesh.triangles[c]!),
		);
	};

	it('finds quads whichever way they are cut, and starts them where they are cut', () => {
		const { mesh } = cube();
		expect(polygonsOf(mesh).slice(0, 2)).toEqual([
			[0, 2, 3, 1],
			[0, 1, 5, 4],
		]);
		const turned = {
			...mesh,
			corner: {},
			triangles: Uint32Array.of(2, 0, 1, 2, 1, 3),
			polygonOf: Uint32Array.of(5, 5),
		};
		expect(polygonsOf(turned)).toEqual([[2, 0, 1, 3]]);
	});

	it('keeps triangles apart that make no ring, or that a seam divides', () => {
		const { mesh } = cube();
		const apart = { ...mesh, corner: {}, triangles: Uint32Array.of(0, 1, 2, 3, 4, 5), polygonOf: Uint32Array.of(0, 0) };
		expect(polygonsOf(apart)).toHaveLength(2);
		const uv = { values: new Float32Array(12), indices: Uint32Array.of(0, 1, 2, 3, 4, 5), size: 2 as const };
		const torn = {
			...mesh,
			corner: { uv },
			triangles: Uint32Array.of(0, 1, 2, 2, 1, 3),
			polygonOf: Uint32Array.of(0, 0),
		};
		expect(polygonsOf(torn)).toHaveLength(2);
	});
});

describe('OUTPUTS', () => {
	it('names each format once, and every one writes a model', async () => {
		expect(OUTPUTS.map(({ format }) => format)).toEqual(['glb', 'fbx', 'obj']);
		const model = rigged();
		for (const { write, format } of OUTPUTS) {
			const warnings: string[] = [];
			const bytes = await write(model, partsOf([0, 0, 0, 0, 1, 1]), { warn: (sentence) => warnings.push(sentence) });
			expect(warnings).toEqual(format === 'obj' ? ['OBJ is written without skins; GLB keeps them.'] : []);
			if (format === 'fbx') continue;
			expect((await readModel(bytes)).mesh.triangles).toHaveLength(18);
		}
	});
});
