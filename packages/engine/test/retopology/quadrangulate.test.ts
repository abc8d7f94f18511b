import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bounds } from '../../src/analysis/normals.ts';
import { MeshError } from '../../src/errors.ts';
import { readModel } from '../../src/formats/read.ts';
import { normalAndArea } from '../../src/math/triangle.ts';
import { type Mesh, triangleCount } from '../../src/mesh/mesh.ts';
import { twins } from '../../src/mesh/topology.ts';
import { type QuadPoly, type QuadrangulateOptions, quadrangulate } from '../../src/retopology/quadrangulate.ts';
import { buildBvh } from '../../src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../../src/spatial/nearest.ts';
import { cube, grid, meshOf, rotated, scaled, soup, sphere } from './surfaces.ts';

const DATA = resolve(import.meta.dirname, '../../../../.cache/data');
const has = (path: string): boolean => existsSync(join(DATA, path));

const pair = (mesh: Mesh, faceLimit: number, rest: Partial<QuadrangulateOptions> = {}): QuadPoly =>
	quadrangulate(mesh, { faceLimit, engine: 'pair', ...rest });

/** The polygons of a result, each as its outline: the two triangles of a quad without the edge they share. */
function outlines({ mesh }: QuadPoly): number[][] {
	const { triangles, polygonOf } = mesh;
	const faces: number[][] = [];
	for (let t = 0; t < polygonOf.length; t++) {
		const [a, b, c] = triangles.subarray(3 * t, 3 * t + 3);
		if (polygonOf[t + 1] !== polygonOf[t]) {
			faces.push([a, b, c]);
			continue;
		}
		const [d, e, f] = triangles.subarray(3 * t + 3, 3 * t + 6);
		expect([d, e]).toEqual([a, c]);
		faces.push([a, b, c, f]);
		t++;
	}
	return faces;
}

/** Least of the corners' cross products along the face's normal: 0 and less is a folded quad. */
function worstCorner({ mesh: { positions: p } }: QuadPoly, face: number[]): number {
	const at = face.map((v) => [...p.subarray(3 * v, 3 * v + 3)]);
	const minus = (a: number[], b: number[]) => a.map((x, k) => x - b[k]);
	const cross = (u: number[], v: number[]) => [
		u[1] * v[2] - u[2] * v[1],
		u[2] * v[0] - u[0] * v[2],
		u[0] * v[1] - u[1] * v[0],
	];
	const n = face.length;
	const corners = at.map((x, i) => cross(minus(at[(i + 1) % n], x), minus(at[(i + n - 1) % n], x)));
	const normal = [0, 1, 2].map((k) => corners.reduce((sum, c) => sum + c[k], 0));
	return Math.min(...corners.map((c) => c.reduce((sum, x, k) => sum + x * normal[k], 0)));
}

function volume({ positions: p, triangles }: Mesh): number {
	let sum = 0;
	for (let t = 0; t < triangles.length; t += 3) {
		const [a, b, c] = [...triangles.subarray(t, t + 3)].map((v) => [...p.subarray(3 * v, 3 * v + 3)]);
		sum += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
	}
	return sum / 6;
}

/** Triangles that look away from the source at the point nearest to their middle. */
function countAway({ positions: p, triangles }: Mesh, source: Mesh): number {
	const bvh = buildBvh(source);
	const near = newNearest();
	const plane = new Float64Array(8);
	let away = 0;
	for (let t = 0; 3 * t < triangles.length; t++) {
		const [x, y, z] = [0, 1, 2].map((k) => [0, 1, 2].reduce((sum, i) => sum + p[3 * triangles[3 * t + i] + k], 0) / 3);
		nearestPoint(bvh, x, y, z, Infinity, near);
		normalAndArea(p, triangles, t, plane, 0);
		normalAndArea(source.positions, source.triangles, near.triangle, plane, 4);
		if (plane[0] * plane[4] + plane[1] * plane[5] + plane[2] * plane[6] < 0) away++;
	}
	return away;
}

const isClosed = (mesh: Mesh): boolean => twins(mesh).every((twin) => twin >= 0);

describe('quadrangulate: identities', () => {
	const ball = sphere(24, 48);

	it('gives exactly the faces that were asked for, in polygons whose triangles follow each other', () => {
		for (const pure of [false, true]) {
			const result = pair(ball, 300, { pure });
			const faces = outlines(result);
			const { report } = result;
			expect(report.faces).toBe(faces.length);
			expect(report.faces).toBe(300);
			expect(report.quads).toBe(faces.filter((face) => face.length === 4).length);
			expect(report.quads + report.triangles).toBe(report.faces);
			expect(Object.values(report.engines).reduce((sum, n) => sum + n)).toBe(report.faces);
		}
	});

	it('gives quads only when they shall be pure', () => {
		const { report } = pair(ball, 200, { pure: true });
		expect(report.triangles).toBe(0);
		expect(report.quads).toBe(report.faces);
	});

	it('keeps a sphere closed and round, without a folded quad', () => {
		const result = pair(ball, 400);
		expect(isClosed(result.mesh)).toBe(true);
		expect(Math.abs(volume(result.mesh) / volume(ball) - 1)).toBeLessThan(0.008);
		for (const face of outlines(result)) expect(worstCorner(result, face)).toBeGreaterThan(0);
		expect(result.report.irregularShare).toBeLessThan(0.15);
		expect(result.report.error).toBeLessThan(0.004);
	});

	it('keeps a cube a cube and a flat grid its outline', () => {
		const box = pair(cube(8), 60);
		expect(volume(box.mesh)).toBeCloseTo(1, 4);
		const sheet = pair(grid(16), 40);
		expect(outlines(sheet).length).toBeLessThanOrEqual(100);
		const { min, max } = bounds(sheet.mesh);
		for (const [k, x] of [0, 0, 0, 1, 1, 0].entries()) expect([...min, ...max][k]).toBeCloseTo(x, 6);
	});
});

describe('quadrangulate: parts, labels, odd surfaces', () => {
	it('keeps the line between parts, and names source and part of every triangle', () => {
		const source = grid(16);
		const partOf = Uint16Array.from({ length: triangleCount(source) }, (_, t) =>
			source.positions[3 * source.triangles[3 * t]] + source.positions[3 * source.triangles[3 * t + 1]] < 0.99 ? 0 : 1,
		);
		const { mesh, partOf: low, sourceOf } = pair(source, 80, { partOf });
		expect(low.length).toBe(triangleCount(mesh));
		for (let t = 0; t < low.length; t++) expect(low[t]).toBe(partOf[sourceOf[t]]);
		expect(new Set(low).size).toBe(2);
		for (let t = 1; t < low.length; t++)
			if (mesh.polygonOf[t] === mesh.polygonOf[t - 1]) expect(low[t]).toBe(low[t - 1]);
	});

	it('takes surfaces that no field covers: three wings, crumbs, a single triangle', () => {
		const wings = meshOf([0, 0, 0, 1, 0, 0, 0.5, 1, 0, 0.5, -1, 0, 0.5, 0, 1], [0, 1, 2, 1, 0, 3, 0, 1, 4]);
		expect(pair(wings, 12).report.faces).toBeLessThanOrEqual(3);
		const crumbs = soup(
			Array.from({ length: 30 }, (_, i) => {
				const small = scaled(sphere(4, 6), 0.01);
				return { ...small, positions: small.positions.map((x, k) => x + (k % 3 === 0 ? i : 0)) };
			}),
		);
		const { report } = pair(crumbs, 60);
		expect(report.faces).toBeLessThanOrEqual(60);
		expect(pair(meshOf([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 2]), 12).report.faces).toBe(1);
	});

	it('refuses options that make no sense', () => {
		const source = cube(2);
		for (const options of [
			{ faceLimit: 3 },
			{ faceLimit: 100, fitPasses: 99 },
			{ faceLimit: 100, engine: 'magic' },
			{ faceLimit: 100, partOf: [1] },
		])
			expect(() => quadrangulate(source, options as QuadrangulateOptions)).toThrow(MeshError);
	});

	it('can be stopped, and its progress never falls', () => {
		const seen: number[] = [];
		quadrangulate(
			sphere(24, 48),
			{ faceLimit: 200, engine: 'pair' },
			{ onProgress: ({ fraction }) => seen.push(fraction) },
		);
		expect(seen.length).toBeGreaterThan(10);
		for (let i = 1; i < seen.length; i++) expect(seen[i]).toBeGreaterThanOrEqual(seen[i - 1]);
		let asked = 0;
		const stop = { isCancelled: () => ++asked > 20 };
		expect(() => quadrangulate(sphere(24, 48), { faceLimit: 200, engine: 'pair' }, stop)).toThrow(/cancelled/);
	});
});

describe('quadrangulate: the same in another frame', () => {
	it('gives the same bytes for the same input', () => {
		const once = pair(sphere(16, 32), 150);
		const again = pair(sphere(16, 32), 150);
		expect(again.mesh.positions).toEqual(once.mesh.positions);
		expect(again.mesh.triangles).toEqual(once.mesh.triangles);
	});

	it('is as close and as regular after a turn and a change of scale', () => {
		const source = sphere(24, 48);
		const { report } = pair(source, 300);
		for (const [other, unit] of [
			[rotated(source, 0.7), 1],
			[scaled(source, 1000), 1000],
		] as const) {
			const turned = pair(other, 300).report;
			expect(turned.faces).toBe(report.faces);
			expect(turned.error / unit / report.error).toBeLessThan(1.25);
			expect(turned.irregularShare).toBeLessThan(report.irregularShare + 0.05);
		}
	});
});

describe('quadrangulate: recorded quality', () => {
	const BUNNY = 'dense/bunny/bunny.obj';
	it.skipIf(!has(BUNNY))('bunny at 1000 faces: close, regular, nothing folded', async () => {
		const { mesh } = await readModel(new Uint8Array(readFileSync(join(DATA, BUNNY))), { name: BUNNY });
		const result = pair(mesh, 1000);
		expect(result.report.faces).toBe(1000);
		expect((100 * result.report.error) / bounds(mesh).diagonal).toBeLessThan(0.075);
		expect(result.report.irregularShare).toBeLessThan(0.12);
		for (const face of outlines(result)) expect(worstCorner(result, face)).toBeGreaterThan(0);
	});

	const STOP = 'generated/bus_stop.glb';
	it.skipIf(!has(STOP))('a generated bus stop at 3000 faces: regular, nothing looks the wrong way', async () => {
		const { mesh } = await readModel(new Uint8Array(readFileSync(join(DATA, STOP))), { name: STOP });
		const result = pair(mesh, 3000);
		expect((100 * result.report.error) / bounds(mesh).diagonal).toBeLessThan(0.03);
		expect(result.report.quads).toBeGreaterThan(2950);
		expect(result.report.irregularShare).toBeLessThan(0.12);
		expect(countAway(result.mesh, mesh)).toBe(0);
	});

	it.skipIf(!has(STOP))(
		'the bus stop at 1000 faces, pure as well: nothing folded, nothing looks the wrong way',
		async () => {
			const { mesh } = await readModel(new Uint8Array(readFileSync(join(DATA, STOP))), { name: STOP });
			for (const pure of [false, true]) {
				const result = quadrangulate(mesh, { faceLimit: 1000, pure });
				expect(countAway(result.mesh, mesh)).toBe(0);
				for (const face of outlines(result)) expect(worstCorner(result, face)).toBeGreaterThan(0);
				expect(result.report.irregularShare).toBeLessThan(0.1);
			}
		},
	);

	const TRUCK = 'textured/CesiumMilkTruck/glTF/CesiumMilkTruck.gltf';
	it.skipIf(!has(TRUCK))('a truck of thin sheets at 5000 faces: nothing looks the wrong way', async () => {
		const resources = (uri: string): Uint8Array => new Uint8Array(readFileSync(join(DATA, dirname(TRUCK), uri)));
		const { mesh } = await readModel(new Uint8Array(readFileSync(join(DATA, TRUCK))), { name: TRUCK, resources });
		const { mesh: quads, report } = quadrangulate(mesh, { faceLimit: 5000 });
		expect(countAway(quads, mesh)).toBe(0);
		expect(report.irregularShare).toBeLessThan(0.1);
	});
});
