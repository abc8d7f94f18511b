import type { FlatScene } from '../../src/formats/flat-scene.ts';
import type { Codec } from '../../src/image/image.ts';
import { type CornerAttribute, NO_MATERIAL } from '../../src/mesh/mesh.ts';
import type { Material } from '../../src/mesh/model.ts';

/** 1 × 1, grey. */
export const PNG: Uint8Array = new Uint8Array(
	Buffer.from(
		'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
		'base64',
	),
);

/** Knows one picture, and writes it whatever it is given. */
export const codec: Codec = {
	decode: async () => ({ width: 1, height: 1, pixels: Uint8Array.of(10, 128, 255, 255) }),
	encode: async ({ pixels }) => Uint8Array.of(...PNG, pixels[0]),
};

const use = (image: number): NonNullable<Material['baseColorTexture']> => ({
	image,
	uv: 'uv',
	transform: [1, 0, 0, 0, 1, 0],
	wrapU: 'clamp',
	wrapV: 'clamp',
});

export const TEXTURED: Material = {
	name: 'painted wood',
	baseColor: [1, 1, 1, 1],
	baseColorTexture: use(0),
	metallic: 0.5,
	roughness: 1,
	metallicRoughnessTexture: use(1),
	normalTexture: use(2),
	emissive: [1, 1, 1],
	emissiveTexture: use(0),
	alphaMode: 'OPAQUE',
	alphaCutoff: 0.5,
	doubleSided: false,
};
export const METAL: Material = {
	name: 'metal',
	baseColor: [0.25, 0.5, 0.75, 1],
	metallic: 1,
	roughness: 0.5,
	emissive: [0, 0, 0],
	alphaMode: 'OPAQUE',
	alphaCutoff: 0.5,
	doubleSided: false,
};

/**
 * A cube of quads from 0 to 1, five sides of it textured and of part `box`, the upper one cut in two triangles, of
 * metal and of part `lid, upper`. A texture coordinate row for each corner, one normal for each side.
 */
export function cube(): FlatScene {
	const positions = Float32Array.from({ length: 24 }, (_, i) => (Math.floor(i / 3) >> (i % 3)) & 1);
	const sides = [
		[0, 2, 3, 1],
		[0, 1, 5, 4],
		[1, 3, 7, 5],
		[3, 2, 6, 7],
		[2, 0, 4, 6],
		[4, 5, 7, 6],
	];
	const normals = [0, 0, -1, 0, -1, 0, 1, 0, 0, 0, 1, 0, -1, 0, 0, 0, 0, 1];
	const triangles = Uint32Array.from(sides.flatMap(([a, b, c, d]) => [a, b, c, a, c, d]));
	const rows = (rowOf: (c: number) => number): Uint32Array => triangles.map((_, c) => rowOf(c));
	const corners = [0, 1, 2, 0, 2, 3];
	const uv: CornerAttribute = {
		values: Float32Array.from({ length: 48 }, (_, i) => (i % 2 ? [0, 0, 0.75, 0.75] : [0, 0.5, 0.5, 0])[(i >> 1) % 4]),
		indices: rows((c) => 4 * Math.floor(c / 6) + corners[c % 6]),
		size: 2,
	};
	const normal: CornerAttribute = {
		values: Float32Array.from(normals),
		indices: rows((c) => Math.floor(c / 6)),
		size: 3,
	};
	const isLid = (t: number): boolean => t >= 10;
	return {
		mesh: {
			positions,
			triangles,
			corner: { uv, normal },
			materialOf: Uint16Array.from({ length: 12 }, (_, t) => (isLid(t) ? 2 : 0)),
			polygonOf: Uint32Array.from({ length: 12 }, (_, t) => (isLid(t) ? t : t >> 1)),
		},
		partOf: Uint16Array.from({ length: 12 }, (_, t) => (isLid(t) ? 2 : 0)),
		partNames: ['box', 'empty', 'lid, upper'],
		materials: [TEXTURED, { ...METAL, name: 'unused' }, METAL],
		images: [
			{ name: 'look', mimeType: 'image/png', bytes: PNG },
			{ name: 'orm', mimeType: 'image/jpeg', bytes: PNG },
			{ name: 'look', mimeType: 'image/png', bytes: Uint8Array.of(...PNG, 1) },
		],
		unkept: [],
	};
}

/** Without material and attributes. */
export function bare(): FlatScene {
	const { mesh, ...scene } = cube();
	const { positions, triangles, polygonOf } = mesh;
	const plain = { positions, triangles, corner: {}, materialOf: new Uint16Array(12).fill(NO_MATERIAL) };
	return { ...scene, mesh: polygonOf ? { ...plain, polygonOf } : plain, materials: [], images: [] };
}
