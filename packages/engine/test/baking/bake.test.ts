import { describe, expect, it } from 'vitest';
import { cornerNormals } from '../../src/analysis/corner-normals.ts';
import { type Baked, type BakeOptions, bake } from '../../src/baking/bake.ts';
import type { MapName } from '../../src/baking/materials.ts';
import type { Image } from '../../src/image/image.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import type { Material } from '../../src/mesh/model.ts';
import { levelOf } from '../../src/render/texture.ts';
import { FRONT, globe, modelOf, noise, type Panel, PLAIN, panels, turned, USE } from './panels.ts';

const SIZE = 64;
const LOW = panels([{ at: FRONT }]);

const bakeOnto = (
	low: Mesh,
	mesh: Mesh,
	materials: readonly Material[],
	images: readonly (Image | undefined)[] = [],
	options: BakeOptions = {},
): Promise<Baked> => bake({ model: modelOf(mesh, materials), images }, low, { size: SIZE, ...options });

const mapOf = ({ maps }: Baked, name: MapName): Image | undefined => maps.find((map) => map.name === name)?.image;

/** The texel at a place 0..1 from the upper left corner. */
function texel(image: Image | undefined, u: number, v: number): number[] {
	if (!image) throw new Error('no such map');
	const o = 4 * (Math.floor(v * image.height) * image.width + Math.floor(u * image.width));
	return [...image.pixels.subarray(o, o + 4)];
}

const steps = (a: Image | undefined, b: Image | undefined): number[] => {
	if (!a || !b) throw new Error('no such map');
	return Array.from(a.pixels, (value, i) => Math.abs(value - b.pixels[i]));
};

const toSrgb = (l: number): number => Math.round(255 * (l <= 0.0031308 ? 12.92 * l : 1.055 * l ** (1 / 2.4) - 0.055));

describe('a plane baked onto itself', () => {
	it('gives every map back', async () => {
		const images = [noise(SIZE, 1), noise(SIZE, 2), noise(SIZE, 3)];
		const material: Material = {
			...PLAIN,
			baseColorTexture: USE,
			metallic: 1,
			metallicRoughnessTexture: { ...USE, image: 1 },
			occlusionTexture: { ...USE, image: 1 },
			emissive: [1, 1, 1],
			emissiveTexture: { ...USE, image: 2 },
		};
		const baked = await bakeOnto(LOW, LOW, [material], images);
		const names: MapName[] = ['baseColor', 'occlusionRoughnessMetallic', 'emissive'];
		expect(baked.maps.map(({ name }) => name)).toEqual(names);
		for (const [i, name] of names.entries())
			expect(Math.max(...steps(mapOf(baked, name), images[i]))).toBeLessThanOrEqual(1);
		expect(baked.report).toMatchObject({ texels: SIZE * SIZE, fallbackShare: 0, missed: 0, warnings: [] });
		const [shown] = baked.materials;
		expect(shown).toMatchObject({ name: 'plain', baseColor: [1, 1, 1, 1], metallic: 1, roughness: 1 });
		expect(shown.baseColorTexture?.image).toBe(0);
		expect(shown.metallicRoughnessTexture?.image).toBe(1);
		expect(shown.occlusionTexture?.image).toBe(1);
		expect(shown.emissiveTexture?.image).toBe(2);
	});

	it('gives its normal map back', async () => {
		const bumps = noise(SIZE, 4, 100);
		for (let i = 2; i < bumps.pixels.length; i += 4) bumps.pixels[i] = 255;
		const baked = await bakeOnto(LOW, LOW, [{ ...PLAIN, normalTexture: USE }], [bumps]);
		const unit = (p: Uint8Array, i: number): number[] => {
			const n = [0, 1, 2].map((k) => p[i + k] / 127.5 - 1);
			return n.map((x) => x / Math.hypot(...n));
		};
		const { pixels } = mapOf(baked, 'normal')!;
		for (let i = 0; i < pixels.length; i += 4) {
			const [a, b] = [unit(pixels, i), unit(bumps.pixels, i)];
			expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeLessThan(0.015);
		}
	});

	it('multiplies factors in linear light', async () => {
		const image = noise(SIZE, 5);
		const material: Material = { ...PLAIN, baseColor: [0.5, 0.25, 1, 1], baseColorTexture: USE };
		const baked = mapOf(await bakeOnto(LOW, LOW, [material], [image]), 'baseColor')!;
		const linear = (b: number): number => (b <= 10 ? b / 255 / 12.92 : ((b / 255 + 0.055) / 1.055) ** 2.4);
		for (let i = 0; i < image.pixels.length; i += 4)
			for (const [k, factor] of [0.5, 0.25, 1].entries())
				expect(Math.abs(baked.pixels[i + k] - toSrgb(factor * linear(image.pixels[i + k])))).toBeLessThanOrEqual(1);
	});
});

describe('what is the same everywhere', () => {
	it('becomes a factor, exactly', async () => {
		const material: Material = { ...PLAIN, baseColor: [0.2, 0.4, 0.6, 1], metallic: 0.3, emissive: [0, 2, 0] };
		const { maps, materials } = await bakeOnto(LOW, LOW, [material]);
		expect(maps).toEqual([]);
		expect(materials).toEqual([material]);
	});

	it('also where a texture says it, or the corners of all triangles', async () => {
		const grey: Image = { width: 4, height: 4, pixels: new Uint8Array(64).fill(255) };
		for (let i = 0; i < 64; i += 4) grey.pixels.set([0, 51, 102], i);
		const material: Material = { ...PLAIN, metallic: 1, metallicRoughnessTexture: USE, emissive: [1, 1, 1] };
		const tinted = panels([{ at: FRONT, colors: [TINT, TINT, TINT, TINT] }]);
		const { maps, materials } = await bakeOnto(LOW, tinted, [{ ...material, emissiveTexture: USE }], [grey]);
		expect(maps).toEqual([]);
		expect(materials[0].roughness).toBeCloseTo(0.2, 6);
		expect(materials[0].metallic).toBeCloseTo(0.4, 6);
		expect(materials[0].emissive[0]).toBe(0);
		expect(materials[0].baseColor).toEqual([0.5, 0.25, 0.75, 1]);
	});
});

const TINT = [0.5, 0.25, 0.75] as const;

/** A roof over the front panel, ridge upright or lying. */
function roof(lying: boolean): Mesh {
	const h = 0.1;
	const list: Panel[] = lying
		? [
				{ at: [FRONT[0], FRONT[1], [1, 0, h], [-1, 0, h]], uv: [0, 0.5, 1, 1] },
				{ at: [[-1, 0, h], [1, 0, h], FRONT[2], FRONT[3]], uv: [0, 0, 1, 0.5] },
			]
		: [
				{ at: [FRONT[0], [0, -1, h], [0, 1, h], FRONT[3]], uv: [0, 0, 0.5, 1] },
				{ at: [[0, -1, h], FRONT[1], FRONT[2], [0, 1, h]], uv: [0.5, 0, 1, 1] },
			];
	return panels(list);
}

describe('the normal map', () => {
	const wide = { cage: 0.1 };

	it('leans left on the left, right on the right', async () => {
		const normal = mapOf(await bakeOnto(LOW, roof(false), [PLAIN], [], wide), 'normal');
		const lean = 127.5 * (0.1 / Math.hypot(1, 0.1));
		expect(Math.abs(texel(normal, 0.25, 0.5)[0] - (127.5 - lean))).toBeLessThan(1);
		expect(Math.abs(texel(normal, 0.75, 0.5)[0] - (127.5 + lean))).toBeLessThan(1);
		expect(Math.abs(texel(normal, 0.25, 0.5)[1] - 127.5)).toBeLessThan(1);
	});

	it('green is up, as in glTF and OpenGL', async () => {
		const normal = mapOf(await bakeOnto(LOW, roof(true), [PLAIN], [], wide), 'normal');
		expect(texel(normal, 0.5, 0.25)[1]).toBeGreaterThan(135);
		expect(texel(normal, 0.5, 0.75)[1]).toBeLessThan(120);
	});

	it('follows a mirrored chart', async () => {
		const low = panels([{ at: FRONT, uv: [1, 0, 0, 1] }]);
		const normal = mapOf(await bakeOnto(low, roof(false), [PLAIN], [], wide), 'normal');
		// The left half of the surface lies on the right of the picture, and leans along its u.
		expect(texel(normal, 0.75, 0.5)[0]).toBeGreaterThan(135);
		expect(texel(normal, 0.25, 0.5)[0]).toBeLessThan(120);
	});

	it('of a coarse sphere holds the normals of a fine one', async () => {
		const round = globe(12, 8);
		const low: Mesh = { ...round, corner: { ...round.corner, normal: cornerNormals(round, { creaseDegrees: 0 }) } };
		const baked = await bakeOnto(low, globe(96, 64), [PLAIN], [], { cage: 0.05, size: 256 });
		const { pixels } = mapOf(baked, 'normal')!;
		const { uv, normal } = low.corner;
		const { tangent } = baked;
		let checked = 0;
		for (let t = 0; t < low.triangles.length / 3; t++) {
			const blend = (attribute: typeof uv): number[] => {
				const { values, indices, size } = attribute;
				return Array.from({ length: size }, (_, k) =>
					[0, 1, 2].reduce((sum, c) => sum + values[size * indices[3 * t + c] + k] / 3, 0),
				);
			};
			const [u, v] = blend(uv);
			const n = blend(normal);
			const [tx, ty, tz, w] = blend(tangent);
			const b = [n[1] * tz - n[2] * ty, n[2] * tx - n[0] * tz, n[0] * ty - n[1] * tx];
			const o = 4 * (Math.floor(v * 256) * 256 + Math.floor(u * 256));
			const [x, y, z] = [0, 1, 2].map((k) => pixels[o + k] / 127.5 - 1);
			const shown = [0, 1, 2].map((k) => x * [tx, ty, tz][k] + y * w * b[k] + z * n[k]);
			// The centroid of the triangle, seen from the middle of the sphere; a texel and a step of the map off at most.
			const centre = [0, 1, 2].map((k) =>
				[0, 1, 2].reduce((sum, c) => sum + low.positions[3 * low.triangles[3 * t + c] + k], 0),
			);
			const dot =
				[0, 1, 2].reduce((sum, k) => sum + shown[k] * centre[k], 0) / Math.hypot(...shown) / Math.hypot(...centre);
			expect(dot).toBeGreaterThan(Math.cos((4 * Math.PI) / 180));
			checked++;
		}
		expect(checked).toBe(low.triangles.length / 3);
	});
});

describe('materials', () => {
	const left: Panel['at'] = [FRONT[0], [0, -1, 0], [0, 1, 0], FRONT[3]];
	const right: Panel['at'] = [[0, -1, 0], FRONT[1], FRONT[2], [0, 1, 0]];
	const halves = panels([
		{ at: left, material: 0 },
		{ at: right, material: 1 },
	]);

	it('several become one set of maps', async () => {
		const red: Material = { ...PLAIN, baseColor: [1, 0, 0, 1], metallic: 1, roughness: 0.2 };
		const green: Material = { ...PLAIN, baseColor: [0, 0.5, 0, 1], emissive: [0, 0, 3] };
		const baked = await bakeOnto(LOW, halves, [red, green]);
		expect(baked.materials).toHaveLength(1);
		expect(texel(mapOf(baked, 'baseColor'), 0.2, 0.5)).toEqual([255, 0, 0, 255]);
		expect(texel(mapOf(baked, 'baseColor'), 0.8, 0.5)).toEqual([0, toSrgb(0.5), 0, 255]);
		expect(texel(mapOf(baked, 'occlusionRoughnessMetallic'), 0.2, 0.5)).toEqual([255, 51, 255, 255]);
		expect(texel(mapOf(baked, 'occlusionRoughnessMetallic'), 0.8, 0.5)).toEqual([255, 255, 0, 255]);
		expect(baked.materials[0].occlusionTexture).toBeUndefined();
		expect(baked.materials[0].emissive).toEqual([3, 3, 3]);
		expect(texel(mapOf(baked, 'emissive'), 0.8, 0.5)).toEqual([0, 0, 255, 255]);
		expect(texel(mapOf(baked, 'emissive'), 0.2, 0.5)).toEqual([0, 0, 0, 255]);
	});

	it('vertex colours are multiplied in', async () => {
		const colors = [
			[1, 0, 0],
			[0, 0, 0],
			[0, 0, 0],
			[1, 0, 0],
		] as const;
		const baked = await bakeOnto(LOW, panels([{ at: FRONT, colors }]), [PLAIN]);
		for (const u of [0.1, 0.5, 0.9]) {
			const middle = (Math.floor(u * SIZE) + 0.5) / SIZE;
			expect(Math.abs(texel(mapOf(baked, 'baseColor'), u, 0.3)[0] - toSrgb(1 - middle))).toBeLessThanOrEqual(1);
		}
	});

	it('texture transforms and wrapping are followed', async () => {
		const image = noise(16, 6);
		const use = { ...USE, transform: [2, 0, 0, 0, 2, 0.5], wrapU: 'mirror', wrapV: 'repeat' } as const;
		const baked = mapOf(await bakeOnto(LOW, LOW, [{ ...PLAIN, baseColorTexture: use }], [image]), 'baseColor');
		const straight = await bakeOnto(LOW, LOW, [{ ...PLAIN, baseColorTexture: { ...USE, wrapU: 'mirror' } }], [image]);
		const plain = mapOf(straight, 'baseColor')!;
		// Half the size: its texels are two texels of the plain one wide.
		for (const [x, y] of [
			[10, 40],
			[30, 20],
		]) {
			const at = (sx: number, sy: number) => texel(plain, (sx + 0.5) / SIZE, (sy + 0.5) / SIZE)[0];
			const mean = texel(baked, x / SIZE, y / SIZE)[0];
			const around = [0, 1].flatMap((i) => [0, 1].map((j) => at(2 * x + i, (2 * y + 32 + j) % 64)));
			expect(mean).toBeGreaterThanOrEqual(Math.min(...around) - 1);
			expect(mean).toBeLessThanOrEqual(Math.max(...around) + 1);
		}
		const [a, b] = [texel(baked, 20.5 / SIZE, 0.3), texel(baked, (SIZE - 20.5) / SIZE, 0.3)];
		for (let k = 0; k < 4; k++) expect(Math.abs(a[k] - b[k])).toBeLessThanOrEqual(1);
	});

	it('alpha is kept, with its mode and cutoff', async () => {
		const image = noise(SIZE, 8, 0, true);
		const material: Material = {
			...PLAIN,
			baseColorTexture: USE,
			alphaMode: 'MASK',
			alphaCutoff: 0.3,
			doubleSided: true,
		};
		const baked = await bakeOnto(LOW, LOW, [material], [image]);
		expect(baked.materials).toHaveLength(1);
		expect(baked.materials[0]).toMatchObject({ alphaMode: 'MASK', alphaCutoff: 0.3, doubleSided: true });
		expect(Math.max(...steps(mapOf(baked, 'baseColor'), image))).toBeLessThanOrEqual(1);
	});

	it('glass beside wood stays glass, and wood opaque', async () => {
		const glass: Material = { ...PLAIN, baseColor: [1, 1, 1, 0.25], alphaMode: 'BLEND' };
		const wood: Material = { ...PLAIN, baseColor: [0.3, 0.2, 0.1, 0.1] };
		const low = panels([
			{ at: left, uv: [0, 0, 0.4, 1] },
			{ at: right, uv: [0.6, 0, 1, 1] },
		]);
		const { materials, materialOf, maps } = await bakeOnto(low, halves, [glass, wood]);
		expect(materials.map(({ alphaMode }) => alphaMode)).toEqual(['OPAQUE', 'BLEND']);
		expect([...materialOf]).toEqual([1, 1, 0, 0]);
		expect(texel(maps[0].image, 0.2, 0.5)).toEqual([255, 255, 255, 64]);
		expect(texel(maps[0].image, 0.8, 0.5)[3]).toBe(255);
	});

	it('blending that changes nothing is not asked for', async () => {
		const material: Material = { ...PLAIN, baseColorTexture: USE, alphaMode: 'BLEND' };
		const { materials } = await bakeOnto(LOW, LOW, [material], [noise(SIZE, 9)]);
		expect(materials[0].alphaMode).toBe('OPAQUE');
	});

	it('an image that could not be decoded is told', async () => {
		const material: Material = { ...PLAIN, baseColor: [1, 0, 0, 1], baseColorTexture: USE };
		const { report, materials } = await bakeOnto(LOW, LOW, [material], [undefined]);
		expect(report.warnings).toHaveLength(1);
		expect(materials[0].baseColor).toEqual([1, 0, 0, 1]);
	});
});

describe('which surface is seen', () => {
	const shifted = (z: number): Panel['at'] => FRONT.map(([x, y]) => [x, y, z]) as unknown as Panel['at'];
	const red: Material = { ...PLAIN, baseColor: [1, 0, 0, 1] };
	const green: Material = { ...PLAIN, baseColor: [0, 1, 0, 1] };
	const seen = async (mesh: Mesh, options: BakeOptions = {}): Promise<number[]> =>
		texel(mapOf(await bakeOnto(LOW, mesh, [red, green], [], options), 'baseColor'), 0.5, 0.5);

	it('the nearer one, in front or behind', async () => {
		const at = (a: number, b: number) =>
			panels([
				{ at: shifted(a), material: 0 },
				{ at: shifted(b), material: 1 },
			]);
		expect(await seen(at(0.01, -0.02))).toEqual([255, 0, 0, 255]);
		expect(await seen(at(-0.02, 0.01))).toEqual([0, 255, 0, 255]);
	});

	it('not the far side of a thin wall', async () => {
		const back = [...shifted(-0.001)].reverse() as unknown as Panel['at'];
		const wall = panels([
			{ at: back, material: 0 },
			{ at: shifted(0.01), material: 1 },
		]);
		expect(await seen(wall)).toEqual([0, 255, 0, 255]);
	});

	it('only its own part', async () => {
		const mesh = panels([
			{ at: shifted(0.001), material: 0 },
			{ at: shifted(0.02), material: 1 },
		]);
		const parts = { partOf: [7, 7], sourcePartOf: [3, 3, 7, 7] };
		expect(await seen(mesh, parts)).toEqual([0, 255, 0, 255]);
		const only = { sourceTriangles: new Uint32Array([2, 3]) };
		const { materials, maps } = await bakeOnto(LOW, mesh, [red, green], [], only);
		expect(maps).toEqual([]);
		expect(materials[0].baseColor).toEqual([0, 1, 0, 1]);
	});

	it('the nearest point, where no ray meets anything', async () => {
		const far = panels([
			{ at: shifted(0.9), material: 0 },
			{ at: shifted(1.9), material: 1 },
		]);
		const baked = await bakeOnto(LOW, far, [red, green]);
		expect(texel(mapOf(baked, 'baseColor'), 0.5, 0.5)).toEqual([255, 0, 0, 255]);
		expect(baked.report.fallbackShare).toBe(1);
	});
});

describe('computed occlusion', () => {
	it('leaves an open plane white and darkens a corner, whatever the source says', async () => {
		const black: Image = { width: 2, height: 2, pixels: new Uint8Array(16) };
		const material: Material = { ...PLAIN, occlusionTexture: USE };
		const options = { occlusion: 'compute', size: 128 } as const;
		const plane = mapOf(await bakeOnto(LOW, LOW, [material], [black], options), 'occlusionRoughnessMetallic')!;
		for (let i = 0; i < plane.pixels.length; i += 4) expect(plane.pixels[i]).toBe(255);
		const wall: Panel['at'] = [
			[1, 1, 0],
			[1, 1, 2],
			[-1, 1, 2],
			[-1, 1, 0],
		];
		const corner = panels([{ at: FRONT }, { at: [wall[3], wall[0], wall[1], wall[2]], uv: [0, 0, 0, 0] }]);
		const baked = await bakeOnto(LOW, corner, [material], [black], options);
		const map = mapOf(baked, 'occlusionRoughnessMetallic')!;
		const [near, far] = [texel(map, 0.5, 0.02)[0], texel(map, 0.5, 0.98)[0]];
		// Half of the light is hidden at the foot of a wall, less what its height and distance let through.
		expect(near).toBeGreaterThan(128);
		expect(near).toBeLessThan(175);
		expect(far).toBe(255);
		expect(baked.materials[0].occlusionTexture?.image).toBe(baked.maps.length - 1);
		const left = await bakeOnto(LOW, LOW, [material], [black], { occlusion: 'none' });
		expect(left.materials[0].occlusionTexture).toBeUndefined();
	});
});

describe('the maps', () => {
	const material: Material = { ...PLAIN, baseColorTexture: USE, normalTexture: { ...USE, image: 1 } };
	const bright = noise(SIZE, 10, 128);
	const bumps = noise(SIZE, 11, 60);
	for (let i = 2; i < bumps.pixels.length; i += 4) bumps.pixels[i] = 255;
	const images = [bright, bumps];
	const low = panels([
		{ at: [FRONT[0], [0, -1, 0], [0, 1, 0], FRONT[3]], uv: [0.03, 0.03, 0.4, 0.7] },
		{ at: [[0, -1, 0], FRONT[1], FRONT[2], [0, 1, 0]], uv: [0.55, 0.2, 0.9, 0.95] },
	]);

	it('have no hole and no foreign colour at any level', async () => {
		const baked = await bakeOnto(low, LOW, [material], images);
		const image = mapOf(baked, 'baseColor')!;
		for (let level = 0; level <= 6; level++) {
			const { pixels } = levelOf(image, level);
			for (let i = 0; i < pixels.length; i++) expect(pixels[i]).toBeGreaterThanOrEqual(i % 4 === 3 ? 255 : 126);
		}
	});

	it('are the same for a model turned in space', async () => {
		const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
		const turn = [c * c, -s, c * s, s * c, c, s * s, -s, 0, c];
		const source = globe(48, 32);
		const coarse = globe(12, 8);
		const dressed = { ...source, materialOf: new Uint16Array(source.materialOf.length) };
		const use = { ...USE, wrapU: 'repeat' } as const;
		const smooth: Material = { ...PLAIN, baseColorTexture: use, normalTexture: { ...use, image: 1 } };
		const soft = [noise(8, 14), noise(8, 15, 120)];
		const straight = await bakeOnto(coarse, dressed, [smooth], soft, { cage: 0.05 });
		const other = await bakeOnto(turned(coarse, turn), turned(dressed, turn), [smooth], soft, { cage: 0.05 });
		for (const name of ['baseColor', 'normal'] as const) {
			// At the poles every longitude is as near as the others.
			const differences = steps(mapOf(straight, name), mapOf(other, name));
			expect(differences.filter((step) => step > 2).length).toBeLessThan(differences.length / 64);
		}
	});

	it('are the same bytes each time', async () => {
		const [first, second] = [
			await bakeOnto(low, LOW, [material], images),
			await bakeOnto(low, LOW, [material], images),
		];
		expect(first.maps.map(({ image }) => image.pixels)).toEqual(second.maps.map(({ image }) => image.pixels));
	});

	it('are sound where triangles have no area, here or there', async () => {
		const flat: Panel['at'] = [FRONT[0], FRONT[1], FRONT[1], FRONT[0]];
		const line = panels([
			{ at: FRONT },
			{ at: flat, uv: [0, 0, 1, 0] },
			{ at: [FRONT[0], FRONT[0], FRONT[0], FRONT[0]] },
		]);
		const baked = await bakeOnto(line, line, [material], images);
		expect(baked.report.missed).toBe(0);
		const { pixels } = mapOf(baked, 'normal')!;
		for (let i = 0; i < pixels.length; i += 4) {
			const length = Math.hypot(...[0, 1, 2].map((k) => pixels[i + k] / 127.5 - 1));
			expect(Math.abs(length - 1)).toBeLessThan(0.02);
		}
		for (const value of baked.tangent.values) expect(Number.isFinite(value)).toBe(true);
	});
});

describe('options', () => {
	it('are checked', async () => {
		const wrong = [
			{ size: 100 },
			{ cage: 0 },
			{ padding: 0 },
			{ partOf: [0, 0] },
			{ maps: ['color'] },
			{ occlusion: 'off' },
		];
		for (const options of wrong as BakeOptions[])
			await expect(bakeOnto(LOW, LOW, [PLAIN], [], options)).rejects.toMatchObject({ code: 'invalid-option' });
		const bare = { ...LOW, corner: {} };
		await expect(bakeOnto(bare, LOW, [PLAIN])).rejects.toMatchObject({ code: 'invalid-option' });
		const none = { sourceTriangles: new Uint32Array() };
		await expect(bakeOnto(LOW, LOW, [PLAIN], [], none)).rejects.toMatchObject({ code: 'no-triangles' });
	});

	it('only the maps that are wanted are made', async () => {
		const material: Material = { ...PLAIN, baseColorTexture: USE };
		const { maps } = await bakeOnto(LOW, roof(false), [material], [noise(16, 12)], { maps: ['baseColor'], cage: 0.1 });
		expect(maps.map(({ name }) => name)).toEqual(['baseColor']);
	});

	it('a run tells how far it is, and can be stopped', async () => {
		const source = { model: modelOf(LOW, [{ ...PLAIN, baseColorTexture: USE }]), images: [noise(16, 13)] };
		const fractions: number[] = [];
		await bake(source, LOW, { size: 512 }, { onProgress: ({ fraction }) => fractions.push(fraction) });
		expect(fractions.length).toBeGreaterThan(6);
		expect(fractions.at(-1)).toBe(1);
		for (let i = 1; i < fractions.length; i++) expect(fractions[i]).toBeGreaterThanOrEqual(fractions[i - 1]);
		let asked = 0;
		const run = { isCancelled: () => ++asked > 3 };
		await expect(bake(source, LOW, { size: 512 }, run)).rejects.toMatchObject({ code: 'cancelled' });
	});
});
