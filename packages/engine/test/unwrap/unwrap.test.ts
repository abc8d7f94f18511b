import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cornerNormals } from '../../src/analysis/corner-normals.ts';
import { MeshError } from '../../src/errors.ts';
import { readModel } from '../../src/formats/read.ts';
import { random } from '../../src/math/random.ts';
import { type CornerAttribute, type Mesh, next, triangleCount } from '../../src/mesh/mesh.ts';
import { twins } from '../../src/mesh/topology.ts';
import { decimate } from '../../src/retopology/decimate.ts';
import { type Unwrapping, unwrap } from '../../src/unwrap/unwrap.ts';
import { cube, grid, meshOf, rotated, scaled, sphere } from '../retopology/surfaces.ts';
import { soup as scattered, toMesh, torus } from '../spatial/surfaces.ts';

const SIZE = 128;
const DATA = resolve(import.meta.dirname, '../../../../.cache/data');

/** Corners of each triangle in texels, y up: counter-clockwise is face up. */
function texels({ mesh }: Unwrapping, size: number): Float64Array {
	const { uv } = mesh.corner;
	const xy = new Float64Array(2 * uv.indices.length);
	for (let c = 0; c < uv.indices.length; c++) {
		xy[2 * c] = size * uv.values[2 * uv.indices[c]];
		xy[2 * c + 1] = size * (1 - uv.values[2 * uv.indices[c] + 1]);
	}
	return xy;
}

/** What holds for every layout: all inside, nothing face down, nothing twice, seams are the borders of charts. */
function expectSound(result: Unwrapping, size: number): void {
	const { mesh, chartOf, report } = result;
	const xy = texels(result, size);
	for (const x of xy) expect(x >= 0 && x <= size).toBe(true);
	expect(report.flipped).toBe(0);
	expect(report.overlaps).toBe(0);
	expect(countTwice(xy, size)).toBe(0);
	expect(report.coverage).toBeGreaterThan(0);
	expect(report.coverage).toBeLessThan(1);
	expect(new Set(chartOf).size).toBe(report.charts);
	for (let c = 0; c < mesh.triangles.length; c++) {
		const twin = acrossUncut(mesh, mesh.corner.uv, c);
		if (twin !== undefined && chartOf[(c / 3) | 0] !== chartOf[(twin / 3) | 0]) throw new Error('charts share a row');
	}
}

/** Texels, at four times the resolution, whose middles lie in two triangles: our own count, by brute force. */
function countTwice(xy: Float64Array, size: number): number {
	const side = 4 * size;
	const seen = new Uint8Array(side * side);
	let twice = 0;
	for (let i = 0; i < xy.length; i += 6) {
		const [ax, ay, bx, by, cx, cy] = xy.subarray(i, i + 6).map((x) => 4 * x);
		for (let y = Math.floor(Math.min(ay, by, cy)); y < Math.max(ay, by, cy); y++)
			for (let x = Math.floor(Math.min(ax, bx, cx)); x < Math.max(ax, bx, cx); x++) {
				const left = (px: number, py: number, qx: number, qy: number): boolean =>
					(qx - px) * (y + 0.5 - py) - (qy - py) * (x + 0.5 - px) > 1e-3;
				if (left(ax, ay, bx, by) && left(bx, by, cx, cy) && left(cx, cy, ax, ay) && seen[y * side + x]++) twice++;
			}
	}
	return twice;
}

/** Least distance between two charts, texels; and of any chart to the edge of the texture. */
function gaps(result: Unwrapping, size: number): { between: number; edge: number } {
	const xy = texels(result, size);
	let between = Infinity;
	let edge = Infinity;
	for (const x of xy) edge = Math.min(edge, x, size - x);
	const distance = (p: number, a: number, b: number): number => {
		const [dx, dy] = [xy[b] - xy[a], xy[b + 1] - xy[a + 1]];
		const s = ((xy[p] - xy[a]) * dx + (xy[p + 1] - xy[a + 1]) * dy) / (dx * dx + dy * dy || 1);
		const t = Math.min(1, Math.max(0, s));
		return Math.hypot(xy[p] - xy[a] - t * dx, xy[p + 1] - xy[a + 1] - t * dy);
	};
	for (let c = 0; c < xy.length / 2; c++)
		for (let d = 0; d < xy.length / 2; d++)
			if (result.chartOf[(c / 3) | 0] !== result.chartOf[(d / 3) | 0])
				between = Math.min(between, distance(2 * c, 2 * d, 2 * next(d)));
	return { between, edge };
}

/** Corner across the edge of `c` where the attribute has the same rows on both sides; undefined at a seam. */
function acrossUncut(mesh: Mesh, { indices }: CornerAttribute, c: number): number | undefined {
	const twin = twins(mesh)[c];
	const same = twin >= 0 && indices[c] === indices[next(twin)] && indices[next(c)] === indices[twin];
	return same ? twin : undefined;
}

const withNormals = (mesh: Mesh): Mesh => ({ ...mesh, corner: { normal: cornerNormals(mesh) } });

const shapes: [string, Mesh][] = [
	['a plane', grid(6)],
	['a cube', cube(3)],
	['a sphere', sphere(16, 24)],
	['a torus', toMesh(torus(40, 20))],
	['hundreds of loose triangles', toMesh(scattered(300, 0.4, 3))],
	['one triangle', meshOf([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 2])],
	['one needle', meshOf([0, 0, 0, 1, 0, 0, 0, 1e-4, 0], [0, 1, 2])],
	['three wings', meshOf([0, 0, 0, 0, 1, 0, 1, 0.5, 0, -1, 0.5, 0.1, -1, 0.5, -0.1], [0, 2, 1, 0, 1, 3, 0, 1, 4])],
	['a Möbius strip', moebius(30)],
	['a spiral stair that covers itself from above', stair(80)],
	['a long strip', meshOf(...ribbon(200))],
];

/** A band with half a twist: no side is the outer one. */
function moebius(n: number): Mesh {
	const points: number[] = [];
	const corners: number[] = [];
	for (let i = 0; i < n; i++) {
		const a = (2 * Math.PI * i) / n;
		for (const s of [-0.4, 0.4]) {
			const r = 2 + s * Math.cos(a / 2);
			points.push(r * Math.cos(a), r * Math.sin(a), s * Math.sin(a / 2));
		}
	}
	const at = (i: number, side: number): number => (i < n ? 2 * i + side : 1 - side);
	for (let i = 0; i < n; i++) corners.push(at(i, 0), at(i + 1, 0), at(i + 1, 1), at(i, 0), at(i + 1, 1), at(i, 1));
	return meshOf(points, corners);
}

function stair(n: number): Mesh {
	const points: number[] = [];
	const corners: number[] = [];
	for (let i = 0; i <= n; i++) {
		const a = i / 5;
		points.push(Math.cos(a), Math.sin(a), i / 50, 2 * Math.cos(a), 2 * Math.sin(a), i / 50);
		if (i < n) corners.push(2 * i, 2 * i + 1, 2 * i + 3, 2 * i, 2 * i + 3, 2 * i + 2);
	}
	return meshOf(points, corners);
}

function ribbon(n: number): [number[], number[]] {
	const points: number[] = [];
	const corners: number[] = [];
	for (let i = 0; i <= n; i++) {
		points.push(i, 0, 0, i, 0.3, 0);
		if (i < n) corners.push(2 * i, 2 * i + 2, 2 * i + 3, 2 * i, 2 * i + 3, 2 * i + 1);
	}
	return [points, corners];
}

describe('unwrap', () => {
	it.each(shapes)('lays out %s', async (_, mesh) => {
		const result = await unwrap(mesh, { size: SIZE });
		expectSound(result, SIZE);
		const { positions, triangles, materialOf } = result.mesh;
		expect({ positions, triangles, materialOf }).toEqual({
			positions: mesh.positions,
			triangles: mesh.triangles,
			materialOf: mesh.materialOf,
		});
	});

	it('keeps the padding, whole between charts and half along the edges', async () => {
		for (const padding of [1, 4, 10.5]) {
			const { between, edge } = gaps(await unwrap(withNormals(cube(2)), { size: SIZE, padding }), SIZE);
			expect(between).toBeGreaterThanOrEqual(padding - 1e-3);
			expect(edge).toBeGreaterThanOrEqual(padding / 2 - 1e-3);
		}
	});

	it('lays a plane out whole and unstretched, and fills the square', async () => {
		const { report } = await unwrap(grid(8), { size: SIZE });
		expect(report.charts).toBe(1);
		expect(report.stretch.max).toBeLessThan(1 + 1e-5);
		expect(report.coverage).toBeGreaterThan(0.9);
	});

	it('rolls a tube out in one piece', async () => {
		const rows: number[] = [];
		const corners: number[] = [];
		for (let i = 0; i < 24; i++)
			for (const z of [0, 3]) rows.push(Math.cos((Math.PI * i) / 12), Math.sin((Math.PI * i) / 12), z);
		for (let i = 0; i < 24; i++) {
			const [a, b] = [2 * i, 2 * ((i + 1) % 24)];
			corners.push(a, b, b + 1, a, b + 1, a + 1);
		}
		const { report } = await unwrap(meshOf(rows, corners), { size: SIZE });
		expect(report.charts).toBeLessThanOrEqual(2);
		expect(report.stretch.l2).toBeLessThan(1.001);
	});

	it('uses one density for all charts', async () => {
		const result = await unwrap(withNormals(cube(3)), { size: SIZE });
		const xy = texels(result, SIZE);
		for (let t = 0; t < triangleCount(result.mesh); t++) {
			const [ax, ay, bx, by, cx, cy] = xy.subarray(6 * t, 6 * t + 6);
			const area = ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2;
			expect(area * 18).toBeCloseTo(result.report.density ** 2, 0);
		}
	});

	it('never cuts a quad', async () => {
		const mesh = { ...sphereOfQuads(12, 20), corner: {} };
		const { mesh: laid, chartOf, report } = await unwrap(mesh, { size: SIZE });
		expect(report.charts).toBeGreaterThan(1);
		const { indices } = laid.corner.uv;
		for (let q = 0; q < chartOf.length; q += 2) {
			expect(chartOf[q]).toBe(chartOf[q + 1]);
			// The diagonal runs from the first corner to the third.
			expect([indices[3 * q + 3], indices[3 * q + 4]]).toEqual([indices[3 * q], indices[3 * q + 2]]);
		}
	});

	it('cuts along hard edges, parts and materials', async () => {
		const hard = await unwrap(withNormals(cube(2)), { size: SIZE });
		expect(hard.report.charts).toBe(6);
		const mesh = grid(4);
		const partOf = Uint16Array.from({ length: 32 }, (_, t) => (t < 16 ? 0 : 1));
		const parts = await unwrap(mesh, { size: SIZE, partOf });
		expect(parts.report.charts).toBe(2);
		expect([...parts.chartOf].map((chart) => chart === parts.chartOf[0])).toEqual([...partOf].map((p) => p === 0));
		const materials = await unwrap({ ...mesh, materialOf: partOf }, { size: SIZE });
		expect(materials.report.charts).toBe(2);
	});

	it('cuts along a crease that ends within the surface', async () => {
		// A fold from the middle to one side of a sheet.
		const flat = grid(8);
		const positions = flat.positions.slice();
		for (let v = 0; v < positions.length; v += 3)
			if (positions[v] > 0.5 && positions[v + 1] > 0.5)
				positions[v + 2] = 3 * (positions[v] - 0.5) * (positions[v + 1] - 0.5) * 4;
		const mesh = withNormals({ ...flat, positions });
		const result = await unwrap(mesh, { size: SIZE });
		expectSound(result, SIZE);
		let hard = 0;
		for (let c = 0; c < mesh.triangles.length; c++) {
			if (acrossUncut(mesh, mesh.corner.normal, c) !== undefined) continue;
			hard++;
			expect(acrossUncut(result.mesh, result.mesh.corner.uv, c)).toBeUndefined();
		}
		expect(hard).toBeGreaterThan(32);
	});

	it('gives the same bytes twice, other sizes the same charts, and turns hardly more', async () => {
		const mesh = toMesh(torus(40, 20));
		const once = await unwrap(mesh, { size: SIZE });
		const again = await unwrap({ ...mesh }, { size: SIZE });
		expect(again.mesh.corner.uv).toEqual(once.mesh.corner.uv);
		for (const factor of [2 ** -20, 1000]) {
			const large = await unwrap(scaled(mesh, factor), { size: SIZE });
			// A power of two changes no bit; else ties among alike faces may fall otherwise.
			expect(Math.abs(large.report.charts - once.report.charts)).toBeLessThan(factor < 1 ? 1 : 4);
			const within = factor < 1 ? 1e-6 : 0.1;
			expect(Math.abs(large.report.coverage - once.report.coverage)).toBeLessThan(within);
			expect(Math.abs((large.report.density * factor) / once.report.density - 1)).toBeLessThan(within);
		}
		const turned = await unwrap(rotated(mesh, 1), { size: SIZE });
		expect(Math.abs(turned.report.charts - once.report.charts)).toBeLessThan(4);
		expect(turned.report.stretch.l2).toBeLessThan(once.report.stretch.l2 + 0.02);
		expect(Math.abs(turned.report.coverage - once.report.coverage)).toBeLessThan(0.1);
	});

	it('gives triangles without area finite coordinates', async () => {
		const points = [0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0, 2, 1, 0];
		const mesh = meshOf(points, [0, 1, 3, 0, 2, 1, 3, 1, 4, 1, 2, 4, 0, 0, 1, 3, 3, 3]);
		const result = await unwrap(mesh, { size: SIZE });
		expectSound(result, SIZE);
		for (const x of result.mesh.corner.uv.values) expect(Number.isFinite(x)).toBe(true);
	});

	it('gives up padding, and says so, where there is no room for it', async () => {
		const crowd = await unwrap(toMesh(scattered(1000, 0.05, 5)), { size: 64, padding: 8 });
		expect(crowd.report.warnings[0]).toMatch(/padding/);
		expect(crowd.report.flipped).toBe(0);
	});

	it('refuses options out of range and meshes without area', async () => {
		const mesh = grid(1);
		for (const options of [{ size: 10 }, { size: 100.5 }, { padding: -1 }, { stretchLimit: 1 }, { partOf: [0] }])
			await expect(unwrap(mesh, options)).rejects.toThrow(MeshError);
		await expect(unwrap(meshOf([0, 0, 0, 1, 0, 0], [0, 1, 0]))).rejects.toMatchObject({ code: 'no-triangles' });
		await expect(unwrap({ ...mesh, triangles: new Uint32Array(0) })).rejects.toMatchObject({ code: 'no-triangles' });
	});

	it('tells how far it is, and stops when it is asked to', async () => {
		const told: number[] = [];
		await unwrap(cube(4), { size: SIZE }, { onProgress: ({ fraction }) => told.push(fraction) });
		expect(told).toEqual([...told].sort((a, b) => a - b));
		expect(told.at(-1)).toBe(1);
		let asked = 0;
		const stop = unwrap(cube(4), { size: SIZE }, { isCancelled: () => ++asked > 5 });
		await expect(stop).rejects.toMatchObject({ code: 'cancelled' });
	});
});

/** Latitude and longitude without the caps, every quad as two triangles. */
function sphereOfQuads(rows: number, columns: number): Mesh {
	const points: number[] = [];
	const corners: number[] = [];
	const draw = random(1);
	for (let j = 0; j <= rows; j++)
		for (let i = 0; i < columns; i++) {
			const [up, around] = [((j + 0.5) / (rows + 1)) * Math.PI, (2 * Math.PI * (i + 0.3 * draw())) / columns];
			points.push(Math.sin(up) * Math.cos(around), Math.sin(up) * Math.sin(around), -Math.cos(up));
		}
	for (let j = 0; j < rows; j++)
		for (let i = 0; i < columns; i++) {
			const [a, b] = [j * columns + i, j * columns + ((i + 1) % columns)];
			corners.push(a, b, b + columns, a, b + columns, a + columns);
		}
	return { ...meshOf(points, corners), polygonOf: Uint32Array.from({ length: corners.length / 3 }, (_, t) => t >> 1) };
}

/** Recorded on 2026-11: charts, coverage, stretch at 2000 faces and 1024 texels. May only get better. */
const MODELS = [
	{ file: 'dense/bunny/bunny.obj', charts: 30, coverage: 0.55, l2: 1.02 },
	{ file: 'generated/crab_claw.glb', charts: 50, coverage: 0.55, l2: 1.02 },
	{ file: 'generated/House1.glb', charts: 450, coverage: 0.5, l2: 1.01 },
];

describe('unwrap of decimated models', () => {
	for (const { file, charts, coverage, l2 } of MODELS)
		it.skipIf(!existsSync(resolve(DATA, file)))(`${file} (skipped where .cache/data has none)`, async () => {
			const { mesh } = await readModel(new Uint8Array(readFileSync(resolve(DATA, file))), { name: file });
			const low = withNormals(decimate(mesh, { faceLimit: 2000, fitPasses: 0 }).mesh);
			const result = await unwrap(low, { size: 1024 });
			const { report } = result;
			expect([report.flipped, report.overlaps]).toEqual([0, 0]);
			expect(report.charts).toBeLessThan(charts);
			expect(report.coverage).toBeGreaterThan(coverage);
			expect(report.stretch.l2).toBeLessThan(l2);
			expect(report.stretch.max).toBeLessThan(4);
			for (let c = 0; c < low.triangles.length; c++)
				if (acrossUncut(low, low.corner.normal, c) === undefined)
					expect(acrossUncut(result.mesh, result.mesh.corner.uv, c)).toBeUndefined();
		});
});
