import { describe, expect, it } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { random } from '../../src/math/random.ts';
import { type CornerAttribute, type Mesh, NO_MATERIAL } from '../../src/mesh/mesh.ts';
import type { Material, Model } from '../../src/mesh/model.ts';
import { frame, type View } from '../../src/render/camera.ts';
import { contactSheet } from '../../src/render/contact-sheet.ts';
import { partColor } from '../../src/render/part-color.ts';
import { psnr } from '../../src/render/psnr.ts';
import { type RenderOptions, render } from '../../src/render/render.ts';
import { renderModel } from '../../src/render/render-model.ts';
import { renderParts } from '../../src/render/render-parts.ts';
import { box, soup, sphere, toMesh, torus } from '../spatial/surfaces.ts';

const WHITE = [255, 255, 255, 255] as const;

/** Straight at the plane z = 0 from the front; the picture shows -1..1 there. */
const FRONT: View = { eye: [0, 0, 10], target: [0, 0, 0], up: [0, 1, 0], fieldOfView: 2 * Math.atan(0.1) };

/** Every triangle's colour is its own light, so that pixels can be compared with it exactly. */
function glowing(color: [number, number, number]): Material {
	return {
		name: '',
		baseColor: [0, 0, 0, 1],
		metallic: 0,
		roughness: 1,
		emissive: color,
		alphaMode: 'OPAQUE',
		alphaCutoff: 0.5,
		doubleSided: true,
	};
}

const RED = glowing([1, 0, 0]);
const GREEN = glowing([0, 1, 0]);

/** Squares of half width `half` at depth z, one material each: four vertices, two triangles, uv from the top left. */
function squares(list: { half: number; z: number; material: number; flipped?: boolean }[]): Mesh {
	const positions: number[] = [];
	const triangles: number[] = [];
	const rows: number[] = [];
	const materialOf: number[] = [];
	list.forEach(({ half, z, material, flipped }, i) => {
		positions.push(-half, -half, z, half, -half, z, half, half, z, -half, half, z);
		const order = flipped ? [0, 2, 1, 0, 3, 2] : [0, 1, 2, 0, 2, 3];
		triangles.push(...order.map((k) => 4 * i + k));
		rows.push(...order);
		materialOf.push(material, material);
	});
	const uv: CornerAttribute = {
		values: new Float32Array([0, 1, 1, 1, 1, 0, 0, 0]),
		indices: new Uint32Array(rows),
		size: 2,
	};
	return {
		positions: new Float32Array(positions),
		triangles: new Uint32Array(triangles),
		corner: { uv },
		materialOf: new Uint16Array(materialOf),
	};
}

const model = (mesh: Mesh, materials: Material[], images: Model['images'] = []): Model => ({
	mesh,
	sources: [],
	materials,
	images,
	format: 'glb',
	warnings: [],
	scene: undefined,
});

const picture = (mesh: Mesh, materials: Material[], options: RenderOptions = {}, images: Image[] = []): Image =>
	renderModel(model(mesh, materials), images, {
		width: 16,
		height: 16,
		view: FRONT,
		background: WHITE,
		samples: 1,
		...options,
	}).image;

const pixel = ({ width, pixels }: Image, x: number, y: number): number[] => {
	const o = (y * width + x) * 4;
	return [...pixels.subarray(o, o + 4)];
};

/** The same triangles in another order, each begun at another corner. */
function shuffled(mesh: Mesh, seed: number, turn: boolean): { mesh: Mesh; newToOld: number[] } {
	const next = random(seed);
	const newToOld = Array.from({ length: mesh.triangles.length / 3 }, (_, t) => t);
	for (let t = newToOld.length - 1; t > 0; t--) {
		const other = Math.floor(next() * (t + 1));
		[newToOld[t], newToOld[other]] = [newToOld[other], newToOld[t]];
	}
	const corners = newToOld.flatMap((t) => (turn ? [3 * t + 1, 3 * t + 2, 3 * t] : [3 * t, 3 * t + 1, 3 * t + 2]));
	const pick = (from: Uint32Array): Uint32Array => Uint32Array.from(corners, (c) => from[c]);
	const corner: Record<string, CornerAttribute> = {};
	for (const [name, attribute] of Object.entries(mesh.corner))
		corner[name] = { ...attribute, indices: pick(attribute.indices) };
	const materialOf = Uint16Array.from(newToOld, (t) => mesh.materialOf[t]);
	return { mesh: { positions: mesh.positions, triangles: pick(mesh.triangles), corner, materialOf }, newToOld };
}

describe('coverage', () => {
	it('a square of half the width fills exactly the middle quarter', () => {
		const image = picture(squares([{ half: 0.5, z: 0, material: 0 }]), [RED]);
		for (let y = 0; y < 16; y++)
			for (let x = 0; x < 16; x++) {
				const inside = x >= 4 && x < 12 && y >= 4 && y < 12;
				expect(pixel(image, x, y)).toEqual(inside ? [255, 0, 0, 255] : [255, 255, 255, 255]);
			}
	});

	it('a closed surface has no holes: each line of the picture is covered in one run', () => {
		const mesh = toMesh(sphere(37, 23));
		const image = render(
			{
				mesh,
				surfaces: [{ ...SOLID }],
				surfaceOf: new Uint16Array(mesh.materialOf.length),
				vertexColors: false,
				outlines: false,
			},
			{ width: 301, height: 301, samples: 1, background: [0, 0, 0, 0] },
		);
		for (let y = 0; y < 301; y++) {
			let runs = 0;
			for (let x = 0; x < 301; x++)
				if (image.pixels[(y * 301 + x) * 4 + 3] > 0 && (x === 0 || image.pixels[(y * 301 + x - 1) * 4 + 3] === 0))
					runs++;
			expect(runs).toBeLessThanOrEqual(1);
		}
	});

	it('four samples soften the edge, in linear light', () => {
		// Half of the pixels' samples at the border: 0.5 linear is 188.
		const image = picture(squares([{ half: 0.5625, z: 0, material: 0 }]), [glowing([0, 0, 0])], { samples: 2 });
		expect(pixel(image, 8, 8)).toEqual([0, 0, 0, 255]);
		expect(pixel(image, 3, 8)).toEqual([188, 188, 188, 255]);
	});

	it('what reaches behind the eye is cut, not lost', () => {
		const mesh: Mesh = {
			positions: new Float32Array([-50, -1, 50, 50, -1, 50, 0, -1, -200]),
			triangles: new Uint32Array([0, 1, 2]),
			corner: {},
			materialOf: new Uint16Array([0]),
		};
		const image = picture(mesh, [RED], { view: { ...FRONT, fieldOfView: 1 } });
		expect(pixel(image, 8, 15)).toEqual([255, 0, 0, 255]);
		expect(pixel(image, 8, 0)).toEqual([255, 255, 255, 255]);
	});
});

const SOLID = {
	color: [1, 1, 1, 1],
	emissive: [0, 0, 0],
	alpha: 'opaque',
	cutoff: 0,
	doubleSided: true,
} as const;

describe('depth', () => {
	it('the nearer square hides the farther, in either order', () => {
		const near = { half: 0.5, z: 0.5, material: 0 };
		const far = { half: 0.9, z: 0, material: 1 };
		for (const list of [
			[near, far],
			[far, near],
		]) {
			const image = picture(squares(list), [RED, GREEN]);
			expect(pixel(image, 8, 8)).toEqual([255, 0, 0, 255]);
			expect(pixel(image, 2, 8)).toEqual([0, 255, 0, 255]);
		}
	});

	it('one-sided surfaces are not seen from behind, two-sided ones are', () => {
		const mesh = squares([{ half: 0.5, z: 0, material: 0, flipped: true }]);
		expect(pixel(picture(mesh, [{ ...RED, doubleSided: false }]), 8, 8)).toEqual([...WHITE]);
		expect(pixel(picture(mesh, [RED]), 8, 8)).toEqual([255, 0, 0, 255]);
	});
});

/** 2 × 2: red, green / blue, half clear white. */
const CHECK: Image = {
	width: 2,
	height: 2,
	pixels: new Uint8Array([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 100]),
};
const USE = {
	image: 0,
	uv: 'uv',
	transform: [1, 0, 0, 0, 1, 0],
	wrapU: 'clamp',
	wrapV: 'clamp',
} as const;

describe('textures', () => {
	const textured: Material = { ...glowing([1, 1, 1]), emissiveTexture: USE };
	const square = squares([{ half: 1, z: 0, material: 0 }]);

	it('lie the right way up', () => {
		const image = picture(square, [textured], {}, [CHECK]);
		expect(pixel(image, 1, 1)).toEqual([255, 0, 0, 255]);
		expect(pixel(image, 14, 1)).toEqual([0, 255, 0, 255]);
		expect(pixel(image, 1, 14)).toEqual([0, 0, 255, 255]);
		expect(pixel(image, 14, 14)).toEqual([255, 255, 255, 255]);
	});

	it('are blended between texels in linear light', () => {
		// Pixel 7 of 16 is at u = 15/32: 7/16 from the red texel's middle towards the green one's.
		const image = picture(square, [textured], {}, [CHECK]);
		const encode = (l: number): number => Math.round(255 * (1.055 * l ** (1 / 2.4) - 0.055));
		expect(pixel(image, 7, 1)).toEqual([encode(9 / 16), encode(7 / 16), 0, 255]);
	});

	it('are moved, repeated and mirrored', () => {
		const at = (use: object): number[] =>
			pixel(picture(square, [{ ...textured, emissiveTexture: { ...USE, ...use } }], {}, [CHECK]), 4, 4);
		expect(at({ transform: [0, 0, 0.75, 0, 0, 0.25] })).toEqual([0, 255, 0, 255]);
		expect(at({ transform: [0, 0, 1.25, 0, 0, 0.25], wrapU: 'repeat' })).toEqual([255, 0, 0, 255]);
		expect(at({ transform: [0, 0, 1.25, 0, 0, 0.25], wrapU: 'mirror' })).toEqual([0, 255, 0, 255]);
		expect(at({ transform: [0, 0, 7, 0, 0, 0.25] })).toEqual([0, 255, 0, 255]);
	});

	it('that are far larger than the picture come out as their mean', () => {
		const size = 512;
		const pixels = new Uint8Array(size * size * 4).fill(255);
		for (let i = 0; i < size * size; i++) if (((i % size) + Math.floor(i / size)) % 2) pixels.fill(0, 4 * i, 4 * i + 3);
		const image = picture(square, [textured], {}, [{ width: size, height: size, pixels }]);
		expect(pixel(image, 5, 9)).toEqual([188, 188, 188, 255]);
	});

	it('that could not be decoded leave the plain colour and a warning', () => {
		const missing = { ...RED, baseColorTexture: USE };
		const source = model(square, [missing], [{ name: 'bark', mimeType: 'image/ktx2', bytes: new Uint8Array() }]);
		const { image, warnings } = renderModel(source, [undefined], { width: 16, height: 16, view: FRONT });
		expect(pixel(image, 8, 8)).toEqual([255, 0, 0, 255]);
		expect(warnings).toHaveLength(1);
		expect(warnings[0]).toContain('bark');
	});
});

describe('alpha', () => {
	const alphaOf = (alphaMode: Material['alphaMode'], alpha: number): Material => ({
		...RED,
		baseColor: [0, 0, 0, alpha],
		alphaMode,
	});
	const two = squares([
		{ half: 0.8, z: 0.5, material: 0 },
		{ half: 0.8, z: 0, material: 1 },
	]);

	it('masks cut out below the cutoff', () => {
		expect(pixel(picture(two, [alphaOf('MASK', 0.4), GREEN]), 8, 8)).toEqual([0, 255, 0, 255]);
		expect(pixel(picture(two, [alphaOf('MASK', 0.6), GREEN]), 8, 8)).toEqual([255, 0, 0, 255]);
	});

	it('is not looked at on opaque surfaces', () => {
		expect(pixel(picture(two, [alphaOf('OPAQUE', 0), GREEN]), 8, 8)).toEqual([255, 0, 0, 255]);
	});

	it('lets shine through what lies behind, in linear light', () => {
		expect(pixel(picture(two, [alphaOf('BLEND', 0.5), GREEN]), 8, 8)).toEqual([188, 188, 0, 255]);
		expect(pixel(picture(two, [alphaOf('BLEND', 1), GREEN]), 8, 8)).toEqual([255, 0, 0, 255]);
	});

	it('blends from far to near, whatever the order of triangles', () => {
		const three = squares([
			{ half: 0.8, z: 0.5, material: 0 },
			{ half: 0.8, z: 0.2, material: 1 },
			{ half: 0.8, z: 0, material: 2 },
		]);
		const materials = [
			alphaOf('BLEND', 0.5),
			{ ...GREEN, baseColor: [0, 0, 0, 0.5] as const, alphaMode: 'BLEND' as const },
			glowing([0, 0, 1]),
		];
		const image = picture(three, materials);
		const quarter = 137;
		expect(pixel(image, 8, 8)).toEqual([188, quarter, quarter, 255]);
		expect(picture(shuffled(three, 1, false).mesh, materials)).toEqual(image);
	});

	it('of a clear background stays clear', () => {
		const image = picture(two, [RED, GREEN], { background: [0, 0, 0, 0] });
		expect(pixel(image, 0, 0)).toEqual([0, 0, 0, 0]);
		expect(pixel(image, 8, 8)).toEqual([255, 0, 0, 255]);
	});
});

describe('the same bytes', () => {
	const materials = [RED, GREEN, { ...GREEN, baseColor: [0.5, 0.2, 0.7, 0.5] as const, alphaMode: 'BLEND' as const }];
	const SIZE = { width: 120, height: 90, samples: 2 };

	it.each([
		['a soup that cuts through itself', toMesh(soup(300, 0.8, 11))],
		['a torus', toMesh(torus(30, 20))],
		['a torus with every triangle twice, both ways round', twice(toMesh(torus(30, 20)))],
	])('%s, in any order of triangles', (_, plain) => {
		const next = random(2);
		const mesh = { ...plain, materialOf: plain.materialOf.map(() => Math.floor(next() * 4)) };
		mesh.materialOf.forEach((m, t) => {
			if (m === 3) mesh.materialOf[t] = NO_MATERIAL;
		});
		const image = renderModel(model(mesh, materials), [], SIZE).image;
		for (const seed of [1, 2])
			expect(renderModel(model(shuffled(mesh, seed, false).mesh, materials), [], SIZE).image).toEqual(image);
		// Begun at another corner, float64 sums round otherwise: no one sees it.
		const turned = renderModel(model(shuffled(mesh, 3, true).mesh, materials), [], SIZE).image;
		expect(psnr(turned, image)).toBeGreaterThan(60);
	});

	it('divided into other surfaces that look alike', () => {
		const mesh = toMesh(torus(30, 20));
		const whole = renderModel(model({ ...mesh, materialOf: mesh.materialOf.map(() => 0) }, [PAINTED]), [], SIZE).image;
		const cut = { ...mesh, materialOf: mesh.materialOf.map((_, t) => t % 3) };
		expect(renderModel(model(cut, [PAINTED, PAINTED, PAINTED]), [], SIZE).image).toEqual(whole);
	});

	it('of parts, in any order of triangles', () => {
		const mesh = toMesh(soup(300, 0.8, 12));
		const partOf = mesh.materialOf.map((_, t) => t % 7);
		const image = renderParts(mesh, partOf, SIZE);
		const other = shuffled(mesh, 5, false);
		expect(
			renderParts(
				other.mesh,
				Uint16Array.from(other.newToOld, (t) => partOf[t]),
				SIZE,
			),
		).toEqual(image);
	});
});

const PAINTED: Material = { ...RED, baseColor: [0.8, 0.5, 0.2, 1], emissive: [0, 0, 0] };

function twice(mesh: Mesh): Mesh {
	const { triangles } = mesh;
	const both = new Uint32Array(triangles.length * 2);
	both.set(triangles);
	for (let c = 0; c < triangles.length; c++) both[triangles.length + c] = triangles[c - (c % 3) + [0, 2, 1][c % 3]];
	return { ...mesh, triangles: both, materialOf: new Uint16Array(both.length / 3) };
}

describe('parts', () => {
	it('have colours that are apart, steady and neither dark nor pale', () => {
		for (let p = 0; p < 24; p++) {
			expect(Math.max(...partColor(p))).toBeGreaterThan(90);
			for (let q = 0; q < p; q++) {
				const [a, b] = [partColor(p), partColor(q)];
				expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeGreaterThan(24);
			}
		}
		expect(partColor(96)).toEqual(partColor(0));
	});

	it('are divided by dark lines, and only where they meet', () => {
		const mesh = squares([{ half: 0.8, z: 0, material: 0 }]);
		const options = { width: 64, height: 64, view: FRONT, samples: 2 };
		const brightness = (image: Image, x: number, y: number): number =>
			pixel(image, x, y)
				.slice(0, 3)
				.reduce((a, b) => a + b);
		const one = renderParts(mesh, new Uint16Array([0, 0]), options);
		const two = renderParts(mesh, new Uint16Array([0, 1]), options);
		// The diagonal runs from the bottom left to the top right.
		expect(brightness(two, 32, 31)).toBeLessThan(0.7 * brightness(one, 32, 31));
		expect(pixel(two, 40, 50)).toEqual(pixel(one, 40, 50));
	});
});

describe('the frame', () => {
	it.each([
		['a flat box', box([4, 0.1, 1], 1)],
		['a tall box', box([0.2, 7, 0.2], 1)],
		['a far sphere', { ...sphere(20, 12), positions: sphere(20, 12).positions.map((x) => x * 0.01 + 100) }],
	])('holds %s, touching the margin', (_, surface) => {
		const mesh = toMesh(surface);
		for (const azimuth of [0, 1, 2.5])
			for (const [width, height] of [
				[100, 100],
				[200, 80],
			]) {
				const image = renderParts(
					mesh,
					mesh.materialOf.map(() => 0),
					{
						width,
						height,
						view: frame(mesh, { azimuth, aspect: width / height, margin: 0.05 }),
						background: [0, 0, 0, 0],
					},
				);
				let [x0, x1, y0, y1] = [width, 0, height, 0];
				for (let i = 0; i < width * height; i++)
					if (image.pixels[4 * i + 3] > 0) {
						x0 = Math.min(x0, i % width);
						x1 = Math.max(x1, i % width);
						y0 = Math.min(y0, Math.floor(i / width));
						y1 = Math.max(y1, Math.floor(i / width));
					}
				const margins = [x0 / width, 1 - (x1 + 1) / width, y0 / height, 1 - (y1 + 1) / height];
				// A pixel more or less at the border.
				expect(Math.min(...margins)).toBeGreaterThan(0.03);
				expect(Math.min(...margins)).toBeLessThan(0.07);
			}
	});
});

describe('pictures', () => {
	const plain = (width: number, height: number, value: number): Image => ({
		width,
		height,
		pixels: new Uint8Array(width * height * 4).fill(value),
	});

	it('psnr is Infinity for equal ones and follows its formula else', () => {
		expect(psnr(plain(4, 3, 7), plain(4, 3, 7))).toBe(Infinity);
		expect(psnr(plain(4, 3, 7), plain(4, 3, 17))).toBeCloseTo(20 * Math.log10(25.5), 10);
		expect(() => psnr(plain(4, 3, 7), plain(3, 4, 7))).toThrow(expect.objectContaining({ code: 'invalid-option' }));
	});

	it('lie on a contact sheet in rows, each in the middle of its cell', () => {
		const sheet = contactSheet([plain(4, 4, 10), plain(2, 2, 20), plain(4, 4, 30)], { columns: 2, gap: 1 });
		expect([sheet.width, sheet.height]).toEqual([11, 11]);
		expect(pixel(sheet, 1, 1)[0]).toBe(10);
		expect(pixel(sheet, 6, 1)[0]).toBe(255);
		expect(pixel(sheet, 7, 2)[0]).toBe(20);
		expect(pixel(sheet, 1, 6)[0]).toBe(30);
		expect(pixel(sheet, 0, 0)).toEqual([255, 255, 255, 255]);
	});

	it('out of range are refused', () => {
		const mesh = toMesh(sphere(8, 6));
		const partOf = new Uint16Array(mesh.materialOf.length);
		const bad = (code: string): unknown => expect.objectContaining({ code });
		expect(() => renderParts(mesh, partOf, { width: 0 })).toThrow(bad('invalid-option'));
		expect(() => renderParts(mesh, partOf, { samples: 9 })).toThrow(bad('invalid-option'));
		expect(() => renderParts(mesh, partOf, { view: { ...FRONT, target: FRONT.eye } })).toThrow(bad('invalid-option'));
		expect(() => contactSheet([])).toThrow(bad('invalid-option'));
		const nothing = toMesh({ positions: new Float32Array(0), triangles: new Uint32Array(0) });
		expect(() => renderParts(nothing, new Uint16Array(0))).toThrow(bad('no-triangles'));
	});
});
