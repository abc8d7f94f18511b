import { describe, expect, it } from 'vitest';
import { assemblyOf } from '../../src/completion/assembly.ts';
import { complete } from '../../src/completion/complete.ts';
import { measureLevel } from '../../src/completion/level.ts';
import { softenLevel } from '../../src/completion/soften.ts';
import { nearestPoint, newNearest } from '../../src/spatial/nearest.ts';
import { Solid, united } from './united.ts';

/** A ball in a socket. */
const { mesh, partOf } = united([Solid.sphere(1, 32), Solid.cube([3, 3, 2], true).translate([0, 0, -1.2])]);
const assembly = assemblyOf(mesh, partOf);
const level = measureLevel(assembly, 0, 28);
const { grid, values } = level;
const soft = softenLevel(assembly, 0, level);
const inside = (all: Float64Array): number => all.filter((value) => value > 0).length;
const placeOf = (at: number): [number, number, number] => [
	grid.x + grid.h * (at % grid.nx),
	grid.y + grid.h * (Math.floor(at / grid.nx) % grid.ny),
	grid.z + grid.h * Math.floor(at / (grid.nx * grid.ny)),
];

describe('a softened level', () => {
	it('holds as much', () => {
		expect(inside(soft.values) / inside(values)).toBeGreaterThan(0.98);
		expect(inside(soft.values) / inside(values)).toBeLessThan(1.02);
	});
	it('is as it was near the patch, and stays inside the whole', () => {
		const near = newNearest();
		for (let at = 0; at < values.length; at++) {
			if (soft.values[at] === values[at]) continue;
			const [x, y, z] = placeOf(at);
			expect(nearestPoint(assembly.bvhOf(0), x, y, z, 2 * grid.h, near)).toBe(false);
			if (soft.values[at]! > 0) expect(assembly.insideOf(0)(x, y, z)).toBe(true);
		}
	});
	it('has no ear that is a cell wide', () => {
		// Straight down from the deepest node, along the column through the middle.
		const [i, j] = [Math.round(-grid.x / grid.h), Math.round(-grid.y / grid.h)];
		let k = 1;
		while (!(values[i + grid.nx * (j + grid.ny * k)]! > 0)) k++;
		const ear = [1, 2, 3].map((down) => i + grid.nx * (j + grid.ny * (k - down)));
		const eared = values.slice();
		for (const at of ear) eared[at] = grid.h;
		const { values: softened } = softenLevel(assembly, 0, { ...level, values: eared });
		expect(ear.slice(1).map((at) => softened[at]! > 0)).toEqual([false, false]);
	});
});

describe('a cap', () => {
	it('is no finer than its part', () => {
		const coarse = united([Solid.sphere(1, 12), Solid.cube([3, 3, 2], true).translate([0, 0, -1.2])]);
		const [ball] = complete(
			coarse.mesh,
			{
				partOf: coarse.partOf,
				parts: ['ball', 'block'].map((name) => ({ name, triangles: 0, area: 0, neighbours: [] })),
			},
			{ only: [0] },
		).parts;
		expect(ball!.method).toBe('field');
		expect(ball!.capTriangles).toBeLessThan(3 * ball!.triangleOf.length);
	});
});
