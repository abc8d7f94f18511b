import { describe, expect, it } from 'vitest';
import { MeshError } from '../../src/errors.ts';
import { fieldQuads } from '../../src/retopology/field.ts';
import { NO_VERTEX, type QuadMesh } from '../../src/retopology/quad-mesh.ts';
import { cube, grid, sphere } from './surfaces.ts';

/** Edges by the number of faces that run along them each way. */
function edgesOf({ faces }: QuadMesh): Map<string, [number, number]> {
	const edges = new Map<string, [number, number]>();
	for (let f = 0; f < faces.length; f += 4) {
		const corners = [...faces.subarray(f, f + 4)].filter((v) => v !== NO_VERTEX);
		for (const [i, a] of corners.entries()) {
			const b = corners[(i + 1) % corners.length];
			const key = a < b ? `${a},${b}` : `${b},${a}`;
			const counts = edges.get(key) ?? [0, 0];
			counts[a < b ? 0 : 1]++;
			edges.set(key, counts);
		}
	}
	return edges;
}

describe('fieldQuads', () => {
	it.each([
		['sphere', sphere(20, 40)],
		['cube', cube(8)],
	])('covers a closed %s: no border, consistently wound, within the limit', (_, mesh) => {
		const { quads } = fieldQuads(mesh, { faces: 300 });
		expect(quads).toBeDefined();
		for (const counts of edgesOf(quads!).values()) expect(counts).toEqual([1, 1]);
		expect(quads!.sourceOf.length).toBeLessThanOrEqual(300);
		expect(quads!.sourceOf.length).toBeGreaterThan(240);
	});

	it('keeps the border of a sheet', () => {
		const { quads } = fieldQuads(grid(12), { faces: 100 });
		for (const [there, back] of edgesOf(quads!).values()) expect(Math.max(there, back)).toBe(1);
		const xs = quads!.positions.filter((_, i) => i % 3 === 0);
		expect(Math.min(...xs)).toBeCloseTo(0, 6);
		expect(Math.max(...xs)).toBeCloseTo(1, 6);
	});

	it('gives the same faces for the same input', () => {
		const [first, second] = [1, 2].map(() => fieldQuads(sphere(12, 24), { faces: 150 }).quads!);
		expect(second.faces).toEqual(first.faces);
		expect(second.positions).toEqual(first.positions);
	});

	it('refuses options that make no sense, and stops when it is told to', () => {
		expect(() => fieldQuads(grid(4), { faces: 3.5 })).toThrow(MeshError);
		expect(() => fieldQuads(grid(4), { faces: 100 }, { isCancelled: () => true })).toThrow('cancelled');
	});
});
