import { describe, expect, it } from 'vitest';
import { FORMATS, readModel } from '../../src/formats/read.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import type { Shape } from './write-formats.ts';
import * as write from './write-formats.ts';

/** Relative; coordinates are float32. */
const PRECISION = 5;

/** Points of a ring of `outline` (counter-clockwise from above) at z = 0 and z = 1: a prism with two n-gons. */
function prism(outline: readonly (readonly number[])[], cut: readonly (readonly number[])[]): Shape {
	const n = outline.length;
	const around = outline.map((_, i) => [i, (i + 1) % n, n + ((i + 1) % n), n + i]);
	const points = [0, 1].flatMap((z) => outline.map(([x = 0, y = 0]) => [x, y, z]));
	return {
		points,
		faces: [outline.map((_, i) => n - 1 - i), outline.map((_, i) => n + i), ...around],
		triangles: [
			...cut.map((triangle) => triangle.toReversed()),
			...cut.map((triangle) => triangle.map((v) => n + v)),
			...around.flatMap(([a = 0, b = 0, c = 0, d = 0]) => [
				[a, b, c],
				[a, c, d],
			]),
		],
		uvs: points.map(([x = 0, y = 0, z = 0]) => [(x + z) / 4, (y + z) / 4]),
		colors: points.map((_, v) => [255, 128, v]),
	};
}

const SHAPES: Record<string, Shape & { area: number; volume: number; euler: number }> = {
	cube: {
		...prism(
			[
				[0, 0],
				[1, 0],
				[1, 1],
				[0, 1],
			],
			[
				[0, 1, 2],
				[0, 2, 3],
			],
		),
		area: 6,
		volume: 1,
		euler: 2,
	},
	'concave L': {
		// 5 -- 4
		// |    |
		// |    3 -- 2
		// 0 ------- 1
		...prism(
			[
				[0, 0],
				[2, 0],
				[2, 1],
				[1, 1],
				[1, 2],
				[0, 2],
			],
			[
				[0, 1, 3],
				[1, 2, 3],
				[0, 3, 5],
				[3, 4, 5],
			],
		),
		area: 6 + 8,
		volume: 3,
		euler: 2,
	},
	torus: { ...torus(12, 8), area: torusArea(12, 8), volume: torusVolume(12, 8), euler: 0 },
};

/** Quads that are not flat, as triangles. */
function torus(m: number, n: number): Shape {
	const points: number[][] = [];
	const triangles: number[][] = [];
	for (let i = 0; i < m; i++) {
		for (let j = 0; j < n; j++) {
			const [a, b] = [(2 * Math.PI * i) / m, (2 * Math.PI * j) / n];
			points.push([(2 + Math.cos(b)) * Math.cos(a), (2 + Math.cos(b)) * Math.sin(a), Math.sin(b)].map(Math.fround));
			const [p, q] = [i * n + j, i * n + ((j + 1) % n)];
			const [r, s] = [((i + 1) % m) * n + ((j + 1) % n), ((i + 1) % m) * n + j];
			triangles.push([p, r, q], [p, s, r]);
		}
	}
	const uvs = points.map((_, v) => [Math.floor(v / n) / 16, (v % n) / 16]);
	return { points, faces: triangles, triangles, uvs, colors: points.map((_, v) => [v, 128, 255]) };
}

/** Trapezoids between two polygons of a torus with m × n facets. */
function torusArea(m: number, n: number): number {
	const r = Array.from({ length: n + 1 }, (_, j) => 2 + Math.cos((2 * Math.PI * j) / n));
	const chord = 2 * Math.sin(Math.PI / m);
	const side = 2 * Math.sin(Math.PI / n);
	let area = 0;
	for (let j = 0; j < n; j++) {
		const [a, b] = [r[j]! * chord, r[j + 1]! * chord];
		area += (m * (a + b) * Math.sqrt(side ** 2 - ((a - b) / 2) ** 2)) / 2;
	}
	return area;
}

/** Pappus over the polygon of the cross-section, with a polygon for the circle. */
function torusVolume(m: number, n: number): number {
	let moment = 0;
	for (let j = 0; j < n; j++) {
		const [b, c] = [(2 * Math.PI * j) / n, (2 * Math.PI * (j + 1)) / n];
		const [x0, z0, x1, z1] = [2 + Math.cos(b), Math.sin(b), 2 + Math.cos(c), Math.sin(c)];
		moment += ((x0 * x0 + x0 * x1 + x1 * x1) * (z1 - z0)) / 6;
	}
	return moment * m * Math.sin((2 * Math.PI) / m);
}

type Writer = {
	write: (shape: Shape) => Uint8Array | Promise<Uint8Array>;
	format: string;
	has: readonly ('uv' | 'color')[];
};
const WRITERS: Record<string, Writer> = {
	glb: { write: write.glb, format: 'glb', has: ['uv'] },
	obj: { write: write.obj, format: 'obj', has: ['uv', 'color'] },
	'text stl': { write: write.stlText, format: 'stl', has: [] },
	'binary stl': { write: (shape) => write.stlBinary(shape), format: 'stl', has: [] },
	"binary stl that begins with 'solid'": {
		write: (shape) => write.stlBinary(shape, 'solid facet'),
		format: 'stl',
		has: [],
	},
	'text ply': { write: (shape) => write.ply(shape, 'ascii'), format: 'ply', has: ['uv', 'color'] },
	'little-endian ply': {
		write: (shape) => write.ply(shape, 'binary_little_endian'),
		format: 'ply',
		has: ['uv', 'color'],
	},
	'big-endian ply': { write: (shape) => write.ply(shape, 'binary_big_endian'), format: 'ply', has: ['uv', 'color'] },
	off: { write: write.off, format: 'off', has: [] },
	stcoff: { write: write.stcoff, format: 'off', has: ['uv', 'color'] },
	'zipped obj': {
		write: (shape) => write.zip({ 'in/shape.obj': write.obj(shape) }),
		format: 'obj',
		has: ['uv', 'color'],
	},
};

function measure({ positions, triangles }: Mesh): { area: number; volume: number; euler: number } {
	let area = 0;
	let volume = 0;
	const edges = new Set<string>();
	const at = (v: number): [number, number, number] => [positions[3 * v]!, positions[3 * v + 1]!, positions[3 * v + 2]!];
	for (let c = 0; c < triangles.length; c += 3) {
		const [i, j, k] = [triangles[c]!, triangles[c + 1]!, triangles[c + 2]!];
		const [a, b, d] = [at(i), at(j), at(k)];
		const cross = (p: number[], q: number[]): number[] => [
			p[1]! * q[2]! - p[2]! * q[1]!,
			p[2]! * q[0]! - p[0]! * q[2]!,
			p[0]! * q[1]! - p[1]! * q[0]!,
		];
		const edge = (p: number[], q: number[]): number[] => p.map((x, n) => q[n]! - x);
		area += Math.hypot(...cross(edge(a, b), edge(a, d))) / 2;
		volume += a[0] * cross(b, d)[0]! + a[1] * cross(b, d)[1]! + a[2] * cross(b, d)[2]!;
		for (const [p, q] of [
			[i, j],
			[j, k],
			[k, i],
		] as const)
			edges.add(`${Math.min(p, q)} ${Math.max(p, q)}`);
	}
	return { area, volume: volume / 6, euler: positions.length / 3 - edges.size + triangles.length / 3 };
}

/** Different `position → row` pairs of a corner attribute, sorted. */
function rowsOf(mesh: Mesh, name: string): string[] {
	const attribute = mesh.corner[name];
	if (!attribute) return [];
	const { values, indices, size } = attribute;
	const round = (x: number): number => Math.round(x * 1e5) / 1e5;
	const pairs = Array.from(mesh.triangles, (v, c) => {
		const row = Array.from(values.subarray(indices[c]! * size, indices[c]! * size + size), round);
		return `${Array.from(mesh.positions.subarray(3 * v, 3 * v + 3), round)} → ${row.slice(0, name === 'color' ? 3 : 2)}`;
	});
	return [...new Set(pairs)].sort();
}

describe.each(Object.entries(SHAPES))('a %s', (_, shape) => {
	describe.each(Object.entries(WRITERS))('as %s', (_name, { write: toBytes, format, has }) => {
		it('is the same welded mesh', async () => {
			const { mesh, format: found } = await readModel(await toBytes(shape));
			expect(found).toBe(format);
			expect(mesh.positions.length / 3).toBe(shape.points.length);
			expect(mesh.triangles.length / 3).toBe(shape.triangles.length);
			const { area, volume, euler } = measure(mesh);
			expect(area).toBeCloseTo(shape.area, PRECISION);
			expect(volume).toBeCloseTo(shape.volume, PRECISION);
			expect(euler).toBe(shape.euler);
		});

		it(`keeps ${has.join(' and ') || 'nothing but the shape'}`, async () => {
			const { mesh } = await readModel(await toBytes(shape));
			const round = (x: number): number => Math.round(x * 1e5) / 1e5;
			const linear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
			const expected = {
				uv: shape.uvs.map(([u = 0, v = 0]) => [u, 1 - v]),
				color: shape.colors.map((row) => row.map((c) => linear(c / 255))),
			};
			expect(Object.keys(mesh.corner).sort()).toEqual([...has].sort());
			for (const name of has) {
				const rows = shape.points.map((p, v) => `${p.map(round)} → ${expected[name][v]!.map(round)}`);
				expect(rowsOf(mesh, name)).toEqual(rows.sort());
			}
		});

		it('gives the same bytes twice', async () => {
			const [a, b] = await Promise.all([readModel(await toBytes(shape)), readModel(await toBytes(shape))]);
			expect(a.mesh).toEqual(b.mesh);
		});
	});
});

describe('the table of formats', () => {
	it('has each name, extension and type once', () => {
		for (const list of [
			FORMATS.map((f) => f.format),
			FORMATS.flatMap((f) => f.extensions),
			FORMATS.map((f) => f.mimeType),
		])
			expect(new Set(list).size).toBe(list.length);
	});

	it.each(Object.entries(WRITERS))(
		'tells %s by its bytes, whatever its name',
		async (_, { write: toBytes, format }) => {
			const bytes = await toBytes(SHAPES.cube!);
			expect((await readModel(bytes, { name: 'picture.jpeg' })).format).toBe(format);
		},
	);

	it('goes by the name where the bytes say nothing, and by the format that is asked for', async () => {
		const bytes = new TextEncoder().encode('0 0 0\n');
		await expect(readModel(bytes, { name: 'a.OBJ' })).rejects.toMatchObject({ code: 'no-triangles' });
		await expect(readModel(bytes, { name: 'a.stl' })).rejects.toMatchObject({ code: 'truncated-file' });
		await expect(readModel(bytes, { format: 'off' })).rejects.toMatchObject({ code: 'no-triangles' });
		await expect(readModel(bytes, { format: 'step' })).rejects.toMatchObject({ code: 'invalid-option' });
	});
});
