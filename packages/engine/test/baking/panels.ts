import { cornerNormals } from '../../src/analysis/corner-normals.ts';
import type { Image } from '../../src/image/image.ts';
import { random } from '../../src/math/random.ts';
import { type CornerAttribute, type Mesh, NO_MATERIAL } from '../../src/mesh/mesh.ts';
import type { Material, Model, TextureUse } from '../../src/mesh/model.ts';

type Point = readonly [number, number, number];

export type Panel = {
	/** Corners as seen from outside: lower left, lower right, upper right, upper left. */
	readonly at: readonly [Point, Point, Point, Point];
	/** Its place in the picture: left, top, right, bottom, 0..1. */
	readonly uv?: readonly [number, number, number, number];
	readonly material?: number;
	/** Linear RGB of each corner. */
	readonly colors?: readonly [Point, Point, Point, Point];
};

/** Squares of two triangles each, with texture coordinates that are not mirrored. */
export function panels(list: readonly Panel[]): Mesh {
	const positions: number[] = [];
	const triangles: number[] = [];
	const uvs: number[] = [];
	const colors: number[] = [];
	for (const [i, { at, uv = [0, 0, 1, 1], colors: tints }] of list.entries()) {
		positions.push(...at.flat());
		triangles.push(...[0, 1, 2, 0, 2, 3].map((k) => 4 * i + k));
		const [left, top, right, bottom] = uv;
		uvs.push(left, bottom, right, bottom, right, top, left, top);
		colors.push(...(tints ?? [WHITE, WHITE, WHITE, WHITE]).flat());
	}
	const indices = new Uint32Array(triangles);
	const row = (values: number[], size: 2 | 3): CornerAttribute => ({ values: new Float32Array(values), indices, size });
	const mesh: Mesh = {
		positions: new Float32Array(positions),
		triangles: indices,
		corner: { uv: row(uvs, 2), ...(list.some((panel) => panel.colors) && { color: row(colors, 3) }) },
		materialOf: Uint16Array.from(list.flatMap(({ material = 0 }) => [material, material])),
	};
	return { ...mesh, corner: { ...mesh.corner, normal: cornerNormals(mesh, { creaseDegrees: 0 }) } };
}

const WHITE: Point = [1, 1, 1];

/** The square -1..1 in the plane z = 0. */
export const FRONT: Panel['at'] = [
	[-1, -1, 0],
	[1, -1, 0],
	[1, 1, 0],
	[-1, 1, 0],
];

export const PLAIN: Material = {
	name: 'plain',
	baseColor: [1, 1, 1, 1],
	metallic: 0,
	roughness: 1,
	emissive: [0, 0, 0],
	alphaMode: 'OPAQUE',
	alphaCutoff: 0.5,
	doubleSided: false,
};

export const USE: TextureUse = {
	image: 0,
	uv: 'uv',
	transform: [1, 0, 0, 0, 1, 0],
	wrapU: 'clamp',
	wrapV: 'clamp',
};

export const modelOf = (mesh: Mesh, materials: readonly Material[]): Model => ({
	mesh,
	sources: [],
	materials,
	images: [],
	format: 'glb',
	warnings: [],
	scene: undefined,
});

/** Random colours; alpha is 255 unless asked for. */
export function noise(size: number, seed: number, least = 0, alpha = false): Image {
	const draw = random(seed);
	const pixels = Uint8Array.from({ length: 4 * size * size }, (_, i) =>
		i % 4 === 3 && !alpha ? 255 : least + Math.floor(draw() * (256 - least)),
	);
	return { width: size, height: size, pixels };
}

/** The unit sphere by longitude and latitude, texture coordinates in the same way, smooth normals. */
export function globe(around: number, up: number, radius = 1): Mesh {
	const positions: number[] = [0, radius, 0, 0, -radius, 0];
	for (let j = 1; j < up; j++)
		for (let i = 0; i < around; i++) {
			const polar = (Math.PI * j) / up;
			const turn = (2 * Math.PI * i) / around;
			const ring = radius * Math.sin(polar);
			positions.push(ring * Math.sin(turn), radius * Math.cos(polar), ring * Math.cos(turn));
		}
	const at = (i: number, j: number): number => (j === 0 ? 0 : j === up ? 1 : 2 + (j - 1) * around + (i % around));
	const triangles: number[] = [];
	const uvs: number[] = [];
	const add = (...corners: readonly (readonly [number, number, number])[]): void => {
		for (const [i, j, u] of corners) {
			triangles.push(at(i, j));
			uvs.push(u / around, j / up);
		}
	};
	for (let j = 0; j < up; j++)
		for (let i = 0; i < around; i++) {
			if (j > 0) add([i, j, i], [i, j + 1, j + 1 < up ? i : i + 0.5], [i + 1, j, i + 1]);
			if (j + 1 < up) add([i + 1, j, j > 0 ? i + 1 : i + 0.5], [i, j + 1, i], [i + 1, j + 1, i + 1]);
		}
	const mesh: Mesh = {
		positions: new Float32Array(positions),
		triangles: new Uint32Array(triangles),
		corner: {},
		materialOf: new Uint16Array(triangles.length / 3).fill(NO_MATERIAL),
	};
	const indices = Uint32Array.from(triangles.keys());
	const uv: CornerAttribute = { values: new Float32Array(uvs), indices, size: 2 };
	const normal: CornerAttribute = {
		values: mesh.positions.map((x) => x / radius),
		indices: mesh.triangles,
		size: 3,
	};
	return { ...mesh, corner: { uv, normal } };
}

/** The same mesh, every position and normal turned by a rotation (row-major 3 × 3). */
export function turned(mesh: Mesh, m: readonly number[]): Mesh {
	const turn = (values: Float32Array): Float32Array =>
		values.map((_, i) => {
			const o = i - (i % 3);
			const row = 3 * (i % 3);
			return m[row] * values[o] + m[row + 1] * values[o + 1] + m[row + 2] * values[o + 2];
		});
	const { normal } = mesh.corner;
	return {
		...mesh,
		positions: turn(mesh.positions),
		corner: { ...mesh.corner, normal: { ...normal, values: turn(normal.values) } },
	};
}
