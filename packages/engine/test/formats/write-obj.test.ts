import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { partsOfNodes } from '../../src/formats/node-parts.ts';
import { readModel } from '../../src/formats/read.ts';
import { writeObj } from '../../src/formats/write-obj.ts';
import { bare, codec, cube, PNG } from './surfaces-to-write.ts';

const textOf = (files: Record<string, Uint8Array>, name: string): string[] =>
	new TextDecoder().decode(files[name]).split('\n');

describe('writeObj', () => {
	it('is read again as it was: parts, polygons, materials, texture coordinates', async () => {
		const scene = cube();
		const model = await readModel(await writeObj(scene, { codec }));
		expect(model.format).toBe('obj');
		const { parts, partOf } = partsOfNodes(model);
		expect(parts.map(({ name, triangles }) => [name, triangles])).toEqual([
			['box', 10],
			['lid_ upper', 2],
		]);
		expect([...partOf]).toEqual([...Array(10).fill(0), 1, 1]);
		expect([...model.mesh.polygonOf!]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6]);
		const place = (v: number, { positions } = scene.mesh): string => positions.subarray(3 * v, 3 * v + 3).join();
		expect(Array.from(model.mesh.triangles, (v) => place(v, model.mesh))).toEqual(
			Array.from(scene.mesh.triangles, (v) => place(v)),
		);
		const uvAt = ({ values, indices }: { values: Float32Array; indices: Uint32Array }, c: number): number[] => [
			...values.subarray(2 * indices[c]!, 2 * indices[c]! + 2),
		];
		for (const c of scene.mesh.triangles.keys()) {
			expect(uvAt(model.mesh.corner.uv!, c)).toEqual(uvAt(scene.mesh.corner.uv!, c));
		}
		const [wood, metal] = model.materials;
		expect(wood!.name).toBe('painted_wood');
		expect(metal!.roughness).toBeCloseTo(0.5, 6);
		expect(metal!.metallic).toBe(1);
		[0.25, 0.5, 0.75].forEach((x, k) => {
			expect(metal!.baseColor[k]).toBeCloseTo(x, 6);
		});
		expect(model.images.map(({ bytes }) => bytes)).toEqual([PNG, Uint8Array.of(...PNG, 1)]);
		expect(wood!.normalTexture!.image).toBe(1);
		expect(model.warnings.every((warning) => /map_pr|map_pm/.test(warning))).toBe(true);
	});

	it('names grey images for roughness and metal, and the normals both ways', async () => {
		const files = unzipSync(await writeObj(cube(), { codec }));
		expect(Object.keys(files)).toEqual([
			'model.obj',
			'model.mtl',
			'look.png',
			'look_2.png',
			'orm_roughness.png',
			'orm_metallic.png',
		]);
		const library = textOf(files, 'model.mtl');
		for (const line of [
			'map_Pr -clamp on orm_roughness.png',
			'map_Pm -clamp on orm_metallic.png',
			'norm -clamp on look_2.png',
		]) {
			expect(library).toContain(line);
		}
		expect(library).not.toContain('newmtl unused');
		expect(
			textOf(files, 'model.obj')
				.filter((line) => line.startsWith('f '))
				.map((line) => line.split(' ').length - 1),
		).toEqual([4, 4, 4, 4, 4, 3, 3]);
	});

	it('writes the same bytes each time, and a surface without anything but places', async () => {
		expect(await writeObj(cube(), { codec })).toEqual(await writeObj(cube(), { codec }));
		const { mesh } = await readModel(await writeObj(bare()));
		expect(mesh.triangles).toHaveLength(36);
		expect(Object.keys(mesh.corner)).toEqual([]);
	});
});
