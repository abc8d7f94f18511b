import type { Manifold } from 'manifold-3d';
import { describe, expect, it } from 'vitest';
import { type Assembly, assemblyOf } from '../../src/completion/assembly.ts';
import { complete } from '../../src/completion/complete.ts';
import { measureLevel } from '../../src/completion/level.ts';
import type { Mesh, Surface } from '../../src/mesh/mesh.ts';
import { Solid, united } from './united.ts';

const completedVolume = (mesh: Mesh, partOf: Uint16Array, part: number): number =>
	complete(
		mesh,
		{
			partOf,
			parts: Array.from({ length: Math.max(...partOf) + 1 }, (_, p) => ({
				name: `${p}`,
				triangles: 0,
				area: 0,
				neighbours: [],
			})),
		},
		{ only: [part] },
	).parts[0]!.volume;

const areaOf = ({ positions, triangles }: Surface): number => {
	const solid = { area: 0 };
	for (let c = 0; c < triangles.length; c += 3) {
		const [a, b, d] = [0, 1, 2].map((k) => [0, 1, 2].map((q) => positions[3 * triangles[c + k]! + q]!));
		const u = [0, 1, 2].map((k) => b![k]! - a![k]!);
		const v = [0, 1, 2].map((k) => d![k]! - a![k]!);
		solid.area +=
			Math.hypot(u[1]! * v[2]! - u[2]! * v[1]!, u[2]! * v[0]! - u[0]! * v[2]!, u[0]! * v[1]! - u[1]! * v[0]!) / 2;
	}
	return solid.area;
};

/** A rod with a step at one end, 2 long. */
const rod = () => Solid.cube([0.3, 0.5, 2]).add(Solid.cube([0.2, 0.2, 0.4]).translate([0.3, 0, 1.6]));
const block = () => Solid.cube([8, 4, 4]).translate([-1, -1, -4]);

describe('a part that is elsewhere more visible', () => {
	const whole = (other: Manifold): Assembly => {
		const { mesh, partOf } = united([block(), rod().translate([0, 0, -1.5]), other]);
		return assemblyOf(mesh, partOf);
	};
	const turned = rod().rotate([0, 0, 90]);

	it.each([
		['moved', rod().translate([3, 0, -0.5])],
		['turned', turned.translate([4, 1, -0.5])],
		['mirrored', rod().mirror([1, 0, 0]).rotate([0, 0, 30]).translate([3, 0, -0.5])],
		['lying', rod().rotate([0, 90, 0]).translate([3, 1, 0.6])],
	])('is known again: %s', (_, other) => {
		const assembly = whole(other);
		const own = areaOf(assembly.patchOf(1));
		const shown = areaOf(assembly.shownOf(1));
		const theirs = areaOf(assembly.patchOf(2));
		expect(own).toBeLessThan(0.7 * theirs);
		expect(shown / theirs).toBeGreaterThan(0.97);
		expect(shown / theirs).toBeLessThan(1.03);
		// What is seen of a part anyway is taken as it is.
		expect(assembly.shownOf(1).triangles.slice(0, assembly.patchOf(1).triangles.length)).toEqual(
			assembly.patchOf(1).triangles,
		);
		expect(areaOf(assembly.shownOf(2)) / theirs).toBeCloseTo(1, 3);
	});

	it('tells how far the other goes', () => {
		const { mesh, partOf } = united([block(), rod().translate([0, 0, -1.5]), rod().translate([3, 0, -0.3])]);
		const volume = completedVolume(mesh, partOf, 1) / rod().volume();
		expect(volume).toBeGreaterThan(0.8);
		expect(volume).toBeLessThan(1.1);
	});

	it('is not taken for one that contradicts it', () => {
		const longer = Solid.cube([0.3, 0.5, 2]).add(Solid.cube([0.2, 0.2, 0.5]).translate([0.3, 0, 1.5]));
		const assembly = whole(longer.translate([3, 0, -0.5]));
		expect(assembly.shownOf(1)).toBe(assembly.patchOf(1));
	});

	it('is not taken for one that would stick out of the whole', () => {
		const { mesh, partOf } = united([
			Solid.cube([8, 4, 0.7]).translate([-1, -1, -0.7]),
			// As much is visible of it, but it ends in a thin board.
			Solid.cube([0.3, 0.5, 0.9])
				.add(Solid.cube([0.2, 0.2, 0.4]).translate([0.3, 0, 0.5]))
				.translate([0, 0, -0.4]),
			rod().translate([3, 0, -0.1]),
		]);
		const assembly = assemblyOf(mesh, partOf);
		expect(assembly.shownOf(1)).toBe(assembly.patchOf(1));
	});
});

describe('a part that is repeated', () => {
	const level = (assembly: Assembly, part: number) => {
		const { grid, inside } = measureLevel(assembly, part, 20);
		return inside.reduce((sum, is) => sum + is, 0) * grid.h ** 3;
	};

	it('is taken to be as large at one place as at the other', () => {
		const { mesh, partOf } = united([
			block(),
			rod().translate([0, 0, -1.2]),
			// At the block's edge, and turned: there the trees say something else.
			rod().rotate([0, 0, 20]).translate([6.4, 1, -1.2]),
		]);
		const assembly = assemblyOf(mesh, partOf);
		expect(assembly.repeatsOf(1).places.map(({ part }) => part)).toEqual([2]);
		expect(assembly.repeatsOf(2).places.map(({ part }) => part)).toEqual([1]);
		const ratio = level(assembly, 1) / level(assembly, 2);
		expect(ratio).toBeGreaterThan(0.85);
		expect(ratio).toBeLessThan(1.15);
	});

	it('is known again by one corner and its edges', () => {
		const spike = () => Solid.cylinder(1.2, 0.3, 0, 5);
		const { mesh, partOf } = united([
			block(),
			spike().translate([0, 0, -0.8]),
			spike().rotate([10, 20, 30]).translate([4, 1, -0.4]),
			// Flatter.
			Solid.cylinder(1.2, 0.4, 0, 5).translate([2, 2, -0.6]),
			// A box has corners like all boxes.
			Solid.cube([0.3, 0.3, 1]).translate([5, 2, -0.3]),
			Solid.cube([0.5, 0.4, 1]).translate([6, 2, -0.6]),
		]);
		const assembly = assemblyOf(mesh, partOf);
		expect(assembly.cornersOf(1).count).toBe(1);
		expect(assembly.repeatsOf(1).places.map(({ part }) => part)).toEqual([2]);
		// How far a spike goes does not follow from one that may be longer.
		expect(assembly.shownOf(1)).toBe(assembly.patchOf(1));
		expect(assembly.repeatsOf(4).places).toEqual([]);
	});
});

describe('a part that repeats itself in several ways', () => {
	it('is known by all of them: of a cross two arms tell both of the others', () => {
		const arm = Solid.cube([2, 0.4, 0.4]).translate([0.2, -0.2, -0.2]);
		const cross = [0, 90, 180, 270]
			.map((turn) => arm.rotate([0, 0, turn]))
			.reduce((sum, other) => sum.add(other), Solid.cube([0.4, 0.4, 0.4], true));
		const left = Solid.cube([4, 4.3, 4]).translate([-4.3, -0.3, -2]);
		const below = Solid.cube([8.3, 4, 4]).translate([-4.3, -4.3, -2]);
		const { mesh, partOf } = united([cross, left, below]);
		const assembly = assemblyOf(mesh, partOf);
		const all = cross.surfaceArea();
		expect(areaOf(assembly.patchOf(0)) / all).toBeLessThan(0.6);
		expect(areaOf(assembly.shownOf(0)) / all).toBeGreaterThan(0.95);
		expect(areaOf(assembly.shownOf(0)) / all).toBeLessThan(1.05);
	});
});
