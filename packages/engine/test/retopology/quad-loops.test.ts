import { describe, expect, it } from 'vitest';
import { QuadEdit } from '../../src/retopology/quad-edit.ts';
import { collapseLoops } from '../../src/retopology/quad-loops.ts';
import { NO_VERTEX, type QuadMesh } from '../../src/retopology/quad-mesh.ts';
import { rotateVertices } from '../../src/retopology/quad-rotate.ts';
import { countFaces } from '../../src/retopology/quad-shape.ts';
import { splitFaces } from '../../src/retopology/quad-split.ts';
import { denseSurface } from '../../src/retopology/quad-surface.ts';
import { WIDE } from '../../src/retopology/quad-turn.ts';
import { keepWhole } from '../../src/retopology/quad-whole.ts';
import { grid } from './surfaces.ts';

const surface = denseSurface(grid(24), Math.SQRT2, 36);

/** A surface without lines, over points of the unit square. */
function surfaceOf(points: readonly number[][], faces: readonly number[][]) {
	const mesh: QuadMesh = {
		positions: Float64Array.from(points.flatMap(([x, y]) => [x, y, 0])),
		faces: Uint32Array.from(faces.flatMap((face) => (face.length === 3 ? [...face, NO_VERTEX] : face))),
		sourceOf: new Uint32Array(faces.length),
	};
	const lines = { kind: new Uint8Array(points.length), ideal: new Uint8Array(points.length).fill(4) };
	return { mesh, labelOf: new Uint32Array(faces.length), lines };
}

/** A torus of n × m quads, its ring in the plane z = 0. */
function torus(n: number, m: number) {
	const at = (i: number, j: number): number => (i % n) * m + (j % m);
	const positions: number[] = [];
	const faces: number[] = [];
	for (let i = 0; i < n; i++) {
		for (let j = 0; j < m; j++) {
			const [a, b] = [(2 * Math.PI * i) / n, (2 * Math.PI * j) / m];
			const r = 1 + 0.4 * Math.cos(b);
			positions.push(r * Math.cos(a), r * Math.sin(a), 0.4 * Math.sin(b));
			faces.push(at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1));
		}
	}
	const count = n * m;
	const lines = { kind: new Uint8Array(count), ideal: new Uint8Array(count).fill(4) };
	const mesh = {
		positions: Float64Array.from(positions),
		faces: Uint32Array.from(faces),
		sourceOf: new Uint32Array(count),
	};
	return { mesh, labelOf: new Uint32Array(count), lines };
}

describe('collapseLoops', () => {
	it('leaves a torus one, all its vertices regular, with rows and columns left', () => {
		const { mesh, labelOf, lines } = torus(24, 16);
		const edit = new QuadEdit(mesh, labelOf, lines);
		const loops = collapseLoops(edit, 200, () => {});
		const left = edit.finish().mesh;
		const { faces, quads, irregularShare } = countFaces(left);
		expect(loops).toBeGreaterThan(5);
		expect(faces).toBeLessThanOrEqual(216);
		expect(faces).toBeGreaterThanOrEqual(200);
		expect(quads).toBe(faces);
		expect(irregularShare).toBe(0);
		// Closed and of genus 1: as many vertices as quads.
		expect(left.positions.length / 3).toBe(faces);
	});

	it('keeps the border of a sheet, and takes no more than it is asked to', () => {
		const points = Array.from({ length: 36 }, (_, v) => [(v % 6) / 5, Math.floor(v / 6) / 5]);
		const quads = Array.from({ length: 25 }, (_, f) => {
			const a = (f % 5) + 6 * Math.floor(f / 5);
			return [a, a + 1, a + 7, a + 6];
		});
		const { mesh, labelOf, lines } = surfaceOf(points, quads);
		const edit = new QuadEdit(mesh, labelOf, lines);
		collapseLoops(edit, 12, () => {});
		const { positions } = edit.finish().mesh;
		expect(edit.faces).toBeGreaterThanOrEqual(12);
		expect(edit.faces).toBeLessThan(25);
		for (const k of [0, 1]) {
			const along = [...positions].filter((_, i) => i % 3 === k);
			expect(Math.min(...along)).toBeCloseTo(0, 9);
			expect(Math.max(...along)).toBeCloseTo(1, 9);
		}
	});
});

describe('keepWhole', () => {
	// A triangle, two quads, a triangle: between two quads above and two below.
	const row = surfaceOf([0, 1, 2, 3].map((x) => [0.3 * x, 0.6]).concat([0, 1, 2, 3].map((x) => [0.3 * x, 0.3])), [
		[0, 4, 5],
		[0, 5, 6, 1],
		[1, 6, 7, 2],
		[2, 7, 3],
	]);

	it('lets triangles end rows, and splits to as many faces as it says, none of three around a middle', () => {
		const { isWhole, faces } = keepWhole(row.mesh, 10);
		const { mesh } = splitFaces(row.mesh, row.labelOf, row.lines, surface, isWhole);
		expect(faces).toBe(8);
		expect(mesh.sourceOf.length).toBe(faces);
		const count = countFaces(mesh);
		expect(count.triangles).toBe(2);
		expect(count.irregularShare).toBe(0);
	});

	it('leaves nothing whole where all may be halved', () => {
		const { isWhole, faces } = keepWhole(row.mesh, 14);
		expect(faces).toBe(14);
		expect(isWhole.every((whole) => whole === 0)).toBe(true);
	});
});

describe('rotateVertices', () => {
	it('turns three quads around a vertex where that takes from those that have too many', () => {
		const ring = Array.from({ length: 6 }, (_, i) => [
			0.5 + 0.2 * Math.cos((Math.PI * i) / 3),
			0.5 + 0.2 * Math.sin((Math.PI * i) / 3),
		]);
		const { mesh, labelOf, lines } = surfaceOf(
			[...ring, [0.5, 0.5]],
			[
				[6, 0, 1, 2],
				[6, 2, 3, 4],
				[6, 4, 5, 0],
			],
		);
		// The ends of its edges shall have one face, what lies across two.
		lines.ideal.set([1, 2, 1, 2, 1, 2, 3]);
		lines.kind.set([1, 1, 1, 1, 1, 1, 0]);
		const edit = new QuadEdit(mesh, labelOf, lines);
		expect(rotateVertices(edit, surface, 1, WIDE)).toBe(1);
		expect([0, 1, 2, 3, 4, 5].map((v) => edit.degree[v])).toEqual([1, 2, 1, 2, 1, 2]);
		expect(rotateVertices(edit, surface, 1, WIDE)).toBe(0);
	});
});
