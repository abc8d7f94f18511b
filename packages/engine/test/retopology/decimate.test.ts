import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MeshError } from '../../src/errors.ts';
import { readModel } from '../../src/formats/read.ts';
import { type Mesh, NO_MATERIAL, next, triangleCount } from '../../src/mesh/mesh.ts';
import { twins } from '../../src/mesh/topology.ts';
import { Crossings } from '../../src/retopology/crossings.ts';
import { type DecimateOptions, decimate, type LowPoly } from '../../src/retopology/decimate.ts';
import { bvhOf } from '../../src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../../src/spatial/nearest.ts';
import { cube, grid, meshOf, rotated, scaled, soup, sphere } from './surfaces.ts';

/** Rounding of float32 coordinates in the unit cube, with room for a sum of a few. */
const ROUNDING = 1e-6;
/** How far a line may leave its place on the unit sphere: the planes that hold it are heavy, not rigid. */
const LINE_SLACK = 1e-4;
/** A sphere is full of ties; rounding decides them differently in another frame, and errors differ by this share. */
const TIES = 0.15;
/** Of the box of the unit sphere. */
const DIAGONAL = 2 * Math.sqrt(3);

const faces = ({ mesh }: LowPoly): number => triangleCount(mesh);

function area({ positions: p, triangles }: Mesh): number {
	let sum = 0;
	for (let t = 0; t < triangles.length; t += 3) {
		const [a, b, c] = [...triangles.subarray(t, t + 3)].map((v) => [...p.subarray(3 * v, 3 * v + 3)]);
		const [u, w] = [b.map((x, k) => x - a[k]), c.map((x, k) => x - a[k])];
		sum += Math.hypot(u[1] * w[2] - u[2] * w[1], u[2] * w[0] - u[0] * w[2], u[0] * w[1] - u[1] * w[0]) / 2;
	}
	return sum;
}

/** Six times the volume enclosed, signed. */
function volume({ positions: p, triangles }: Mesh): number {
	let sum = 0;
	for (let t = 0; t < triangles.length; t += 3) {
		const [a, b, c] = [...triangles.subarray(t, t + 3)].map((v) => [...p.subarray(3 * v, 3 * v + 3)]);
		sum += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
	}
	return sum / 6;
}

/** Mean distance of the middles of one surface's triangles to the other surface. */
function meanDistance(from: Mesh, to: Mesh): number {
	const near = newNearest();
	let sum = 0;
	for (let t = 0; t < from.triangles.length; t += 3) {
		const [x, y, z] = [0, 1, 2].map(
			(k) => [0, 1, 2].reduce((s, i) => s + from.positions[3 * from.triangles[t + i] + k], 0) / 3,
		);
		nearestPoint(bvhOf(to), x, y, z, Number.POSITIVE_INFINITY, near);
		sum += near.distance;
	}
	return sum / triangleCount(from);
}

const borderEdges = (mesh: Mesh): number => twins(mesh).filter((twin) => twin < 0).length;

describe('decimate: identities', () => {
	it('decimates a flat grid without error, and keeps its outline and corners', () => {
		const source = grid(20);
		const { mesh, report } = decimate(source, { faceLimit: 8 });
		expect(triangleCount(mesh)).toBeLessThanOrEqual(8);
		expect(area(mesh)).toBeCloseTo(area(source), 6);
		expect(meanDistance(source, mesh)).toBeLessThan(ROUNDING);
		for (const corner of ['0,0,0', '1,0,0', '0,1,0', '1,1,0']) expect(points(mesh)).toContain(corner);
		expect(report.error).toBeLessThan(1e-3);
	});

	it('leaves a cube of many faces a cube', () => {
		const source = cube(8);
		const { mesh } = decimate(source, { faceLimit: 12 });
		expect(triangleCount(mesh)).toBe(12);
		expect(volume(mesh)).toBeCloseTo(1, 5);
		expect(area(mesh)).toBeCloseTo(6, 5);
		expect(borderEdges(mesh)).toBe(0);
	});

	it('keeps a sphere round: closed, its volume within 0.1 %, its surface within what its faces allow', () => {
		const source = sphere(48, 96);
		const { mesh } = decimate(source, { faceLimit: 1000 });
		expect(triangleCount(mesh)).toBe(1000);
		expect(borderEdges(mesh)).toBe(0);
		expect(Math.abs(volume(mesh) / volume(source) - 1)).toBeLessThan(0.001);
		// A facet of a unit sphere cut into n equal ones sags by about 4π / (n √3) · 1/3; the fit halves what is left.
		expect(meanDistance(mesh, source)).toBeLessThan((4 * Math.PI) / (1000 * Math.sqrt(3)) / 3);
	});

	it('brings the surface closer with the fit than without', () => {
		const source = sphere(48, 96);
		const [fitted, plain] = [3, 0].map((fitPasses) => decimate(source, { faceLimit: 500, fitPasses }).mesh);
		expect(meanDistance(source, fitted)).toBeLessThan(0.9 * meanDistance(source, plain));
	});

	it.each([4, 5, 100, 101, 777, 2000])('stays within a limit of %i, by one at most', (faceLimit) => {
		for (const source of [sphere(32, 64), grid(40)]) {
			const count = faces(decimate(source, { faceLimit }));
			expect(count).toBeLessThanOrEqual(faceLimit);
			expect(count).toBeGreaterThanOrEqual(faceLimit - 1);
		}
	});

	it('returns a mesh within the limit bit for bit', () => {
		const source = sphere(8, 16);
		const { mesh, sourceOf } = decimate(source, { faceLimit: 10_000 });
		expect(mesh.positions).toEqual(source.positions);
		expect(mesh.triangles).toEqual(source.triangles);
		expect([...sourceOf]).toEqual([...sourceOf.keys()]);
	});

	it('turns no triangle over', () => {
		const { mesh } = decimate(sphere(48, 96), { faceLimit: 300 });
		for (let c = 0; c < mesh.triangles.length; c += 3) {
			const one = meshOf([...mesh.positions], [...mesh.triangles.subarray(c, c + 3)]);
			expect(volume(one)).toBeGreaterThan(0);
		}
	});
});

describe('decimate: parts, materials, borders', () => {
	const halves = (source: Mesh): Uint8Array =>
		Uint8Array.from({ length: triangleCount(source) }, (_, t) =>
			[0, 1, 2].reduce((sum, k) => sum + source.positions[3 * source.triangles[3 * t + k] + 2], 0) > 0 ? 1 : 0,
		);

	it('keeps labels on their side, and the line between them', () => {
		const source = sphere(48, 96);
		const partOf = halves(source);
		const { mesh, partOf: parts, sourceOf } = decimate(source, { faceLimit: 800, partOf });
		expect(new Set(parts)).toEqual(new Set([0, 1]));
		const twin = twins(mesh);
		for (let c = 0; c < twin.length; c++) {
			const t = (c / 3) | 0;
			expect(parts[t]).toBe(partOf[sourceOf[t]]);
			if (parts[t] === parts[(twin[c] / 3) | 0]) continue;
			expect(Math.abs(mesh.positions[3 * mesh.triangles[c] + 2])).toBeLessThan(LINE_SLACK);
			expect(Math.abs(mesh.positions[3 * mesh.triangles[next(c)] + 2])).toBeLessThan(LINE_SLACK);
		}
	});

	it('keeps materials', () => {
		const source = {
			...grid(20),
			materialOf: Uint16Array.from({ length: 800 }, (_, t) => (t < 400 ? 0 : NO_MATERIAL)),
		};
		const { mesh, sourceOf } = decimate(source, { faceLimit: 40 });
		const areas = [0, NO_MATERIAL].map((material) => {
			const of = [...sourceOf.keys()].filter((t) => mesh.materialOf[t] === material);
			return area(
				meshOf(
					[...mesh.positions],
					of.flatMap((t) => [...mesh.triangles.subarray(3 * t, 3 * t + 3)]),
				),
			);
		});
		expect(areas[0]).toBeCloseTo(0.5, 5);
		expect(areas[1]).toBeCloseTo(0.5, 5);
	});

	it('removes what cannot be seen, where asked', () => {
		const inner = sphere(16, 32);
		const outer = scaled(sphere(16, 32), 2);
		const source = soup([inner, outer]);
		expect(decimate(source, { faceLimit: 500 }).report.hidden).toBe(0);
		const { report, sourceOf } = decimate(source, { faceLimit: 500, removeHidden: true });
		expect(report.hidden).toBe(triangleCount(inner));
		expect(Math.min(...sourceOf)).toBeGreaterThanOrEqual(triangleCount(inner));
		expect(report.faces).toBe(500);
	});
});

describe('decimate: crossings', () => {
	it('keeps the two sides of a thin wall apart', () => {
		const { mesh } = decimate(soup([sphere(40, 80), scaled(sphere(40, 80), 1.01)]), { faceLimit: 1200 });
		const live = new Uint8Array(triangleCount(mesh)).fill(1);
		const surface = { positions: Float64Array.from(mesh.positions), at: mesh.triangles, live };
		expect(new Crossings(surface).any()).toBe(false);
	});
});

describe('decimate: a limit found by itself', () => {
	it('leaves as many triangles as the error needs, the same at any scale', () => {
		const source = sphere(80, 160);
		const { report } = decimate(source);
		expect(report.faces).toBeGreaterThan(500);
		expect(report.faces).toBeLessThan(5000);
		expect(report.error).toBeGreaterThanOrEqual(0.001 * DIAGONAL);
		expect(report.error).toBeLessThan(0.0012 * DIAGONAL);
		const other = decimate(scaled(source, 1000)).report;
		expect(Math.abs(other.faces / report.faces - 1)).toBeLessThan(TIES);
	});

	it('never goes below 500', () => {
		expect(faces(decimate(cube(20)))).toBe(500);
		expect(faces(decimate(cube(4)))).toBe(192);
	});
});

describe('decimate: far more triangles than the limit', () => {
	it('names a triangle of the source near each of the result, and is as close as from fewer', () => {
		const [dense, less] = [sphere(120, 240), sphere(60, 120)];
		const { mesh, sourceOf } = decimate(dense, { faceLimit: 400 });
		const middle = ({ positions, triangles }: Mesh, t: number): number[] =>
			[0, 1, 2].map((k) => [0, 1, 2].reduce((sum, i) => sum + positions[3 * triangles[3 * t + i] + k] / 3, 0));
		for (let t = 0; t < sourceOf.length; t++) {
			const [a, b] = [middle(mesh, t), middle(dense, sourceOf[t])];
			// A triangle of 400 on the unit sphere is about 0.27 wide.
			expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeLessThan(0.27);
		}
		const close = decimate(less, { faceLimit: 400 }).mesh;
		expect(meanDistance(mesh, dense)).toBeLessThan((1 + TIES) * meanDistance(close, less));
	});
});

describe('decimate: the same in another frame', () => {
	const source = sphere(32, 64);
	const options: DecimateOptions = { faceLimit: 400 };
	const error = meanDistance(source, decimate(source, options).mesh);

	it.each([1e-6, 1e6])('scaled by %f', (factor) => {
		const other = scaled(source, factor);
		const { mesh } = decimate(other, options);
		expect(triangleCount(mesh)).toBe(400);
		expect(Math.abs(meanDistance(other, mesh) / factor / error - 1)).toBeLessThan(TIES);
	});

	it('rotated', () => {
		const other = rotated(source, 0.7);
		const { mesh } = decimate(other, options);
		expect(Math.abs(meanDistance(other, mesh) / error - 1)).toBeLessThan(TIES);
	});

	it('twice', () => {
		const [one, two] = [decimate({ ...source }, options), decimate({ ...source }, options)];
		expect(one.mesh).toEqual(two.mesh);
		expect(one.sourceOf).toEqual(two.sourceOf);
	});
});

describe('decimate: hostile input', () => {
	it('one triangle', () => {
		expect(faces(decimate(meshOf([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 2]), { faceLimit: 4 }))).toBe(1);
	});

	it('a soup of loose triangles: the largest stay, with a warning', () => {
		const loose = Array.from({ length: 50 }, (_, i) =>
			scaled(meshOf([i, 0, 0, i + 0.5, 0, 0, i, 0.5, 0], [0, 1, 2]), 1 + i / 50),
		);
		const { report, sourceOf } = decimate(soup(loose), { faceLimit: 10 });
		expect(report.faces).toBe(10);
		expect([...sourceOf]).toEqual([40, 41, 42, 43, 44, 45, 46, 47, 48, 49]);
		expect(report.warnings).toContain('40 of the smallest components were dropped to stay within 10 triangles');
	});

	it('edges with three wings, and a vertex where two cones meet', () => {
		const wings = soup([grid(10), rotated(grid(10), Math.PI / 2), rotated(grid(10), -Math.PI / 2)]);
		const low = decimate(wings, { faceLimit: 30 });
		expect(faces(low)).toBeLessThanOrEqual(30);
		expect(area(low.mesh)).toBeCloseTo(area(wings), 3);
	});

	it('degenerate and doubled triangles are left out and counted', () => {
		const { positions, triangles } = grid(4);
		const source = meshOf([...positions], [...triangles, 0, 0, 1, 0, 1, 2, ...triangles.subarray(0, 3)]);
		const { report } = decimate(source, { faceLimit: 100 });
		expect(report).toMatchObject({ faces: 32, degenerate: 2, duplicate: 1, sourceFaces: 35 });
	});

	it('nothing with an area', () => {
		const source = meshOf([0, 0, 0, 1, 0, 0, 2, 0, 0], [0, 1, 2]);
		expect(() => decimate(source, { faceLimit: 100 })).toThrow(expect.objectContaining({ code: 'no-triangles' }));
	});

	it.each([{ faceLimit: 3 }, { faceLimit: 10.5 }, { faceLimit: 10, fitPasses: -1 }, { faceLimit: 10, partOf: [0] }])(
		'refuses %j',
		(options) => {
			expect(() => decimate(grid(4), options)).toThrow(MeshError);
		},
	);

	it('stops when it is told to', () => {
		let asked = 0;
		const run = { isCancelled: () => ++asked > 5 };
		expect(() => decimate(sphere(64, 128), { faceLimit: 100 }, run)).toThrow(
			expect.objectContaining({ code: 'cancelled' }),
		);
	});

	it('tells how far it is, never falling', () => {
		const told: number[] = [];
		decimate(sphere(64, 128), { faceLimit: 100 }, { onProgress: ({ fraction }) => told.push(fraction) });
		expect(told).toEqual([...told].sort((a, b) => a - b));
		expect(told.at(-1)).toBe(1);
	});
});

const points = ({ positions }: Mesh): string[] =>
	Array.from({ length: positions.length / 3 }, (_, v) =>
		[...positions.subarray(3 * v, 3 * v + 3)].map((x) => Math.round(x * 1e5) / 1e5 + 0).join(),
	);

const DUNGEON = new URL('../../../../.cache/data/generated/Dungeon.glb', import.meta.url);

describe.skipIf(!existsSync(DUNGEON))('Dungeon.glb (needs .cache/data/generated)', () => {
	it('throws no leaf far off its place: the fit did, by an eighth of the model', async () => {
		const { mesh } = await readModel(new Uint8Array(readFileSync(DUNGEON)), { name: 'Dungeon.glb' });
		const low = decimate(mesh, { faceLimit: 1000 });
		const { positions, triangles } = low.mesh;
		const [bvh, near] = [bvhOf(mesh), newNearest()];
		let farthest = 0;
		for (const v of triangles) {
			nearestPoint(bvh, positions[3 * v], positions[3 * v + 1], positions[3 * v + 2], Infinity, near);
			farthest = Math.max(farthest, near.distance);
		}
		// Its diagonal is 3.1.
		expect(farthest).toBeLessThan(0.1);
	});
});
