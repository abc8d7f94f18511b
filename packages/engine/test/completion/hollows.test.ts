import { describe, expect, it } from 'vitest';
import { assemblyOf } from '../../src/completion/assembly.ts';
import { lineHollows } from '../../src/completion/bubbles.ts';
import { capFlat, newDraft } from '../../src/completion/cap.ts';
import { windingAbove } from '../../src/completion/columns.ts';
import { complete } from '../../src/completion/complete.ts';
import { nestLoops } from '../../src/completion/nest.ts';
import { countTurned } from '../../src/completion/turned.ts';
import { signedVolume } from '../../src/completion/verify.ts';
import { pairSeams } from '../../src/completion/zipper.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import { Solid, united } from './united.ts';

const partsOf = (partOf: Uint16Array) => ({
	partOf,
	parts: Array.from({ length: Math.max(...partOf) + 1 }, (_, part) => ({
		name: `part_${part}`,
		triangles: partOf.filter((p) => p === part).length,
		area: 0,
		neighbours: [],
	})),
});

const board = (z: number) => Solid.cube([2, 2, 0.4], true).translate([0, 0, z]);
const hole = (radius: number, height: number, z: number) =>
	Solid.cylinder(height, radius, radius, 12).translate([0.3, 0.2, z]);

describe('boards with a hollow between them', () => {
	/** The upper board is wider, so that the lower one stands on its middle. */
	const upper = Solid.cube([3, 3, 0.4], true).translate([0, 0, 0.39]);
	const lower = board(0).subtract(hole(0.2, 0.5, -0.1));
	const { mesh, partOf } = united([upper, lower]);
	const { parts } = complete(mesh, partsOf(partOf));
	it('go on from the hollow to the seam: a lid on the seam and one on the hollow were counted twice', () => {
		expect(nestLoops(assemblyOf(mesh, partOf).patchOf(0))).toHaveLength(1);
		expect(parts[0]!.closed).toBe(true);
		expect(parts[0]!.volume).toBeCloseTo(3 * 3 * 0.4, 5);
	});
	it('do not hold the hollow', () => {
		expect(parts[1]!.closed).toBe(true);
		expect(parts[1]!.volume).toBeLessThanOrEqual(lower.volume() + 1e-5);
		expect(parts[1]!.warnings).toEqual([]);
	});
});

describe('a part around a hollow of which it shows nothing', () => {
	/** A ball in two halves; the wall of a hollow in the lower one is labelled as the upper one's. */
	const ball = Solid.sphere(1, 16);
	const inner = Solid.sphere(0.2, 12).translate([0, 0, -0.5]);
	const { vertProperties, triVerts } = ball.subtract(inner).getMesh();
	const mesh: Mesh = {
		positions: Float32Array.from(vertProperties),
		triangles: Uint32Array.from(triVerts),
		corner: {},
		materialOf: new Uint16Array(triVerts.length / 3),
	};
	const partOf = Uint16Array.from({ length: triVerts.length / 3 }, (_, t) => {
		const place = (k: number): number =>
			[0, 1, 2].reduce((sum, i) => sum + mesh.positions[3 * mesh.triangles[3 * t + i]! + k]! / 3, 0);
		return place(2) > 0 || Math.hypot(place(0), place(1), place(2)) < 0.8 ? 1 : 0;
	});
	it('has it in its inside', () => {
		const { parts } = complete(mesh, partsOf(partOf), { only: [0] });
		const { positions, triangles, closed, warnings } = parts[0]!;
		expect(closed).toBe(true);
		expect(warnings).toEqual([]);
		// As much as the ball has: round surfaces go on round.
		expect(signedVolume(positions, triangles)).toBeGreaterThan(0.6 * ball.volume());
		expect(windingAbove(positions, triangles, [0, 0, -0.5], 2)).toBe(0);
		expect(windingAbove(positions, triangles, [0, 0, -0.75], 2)).toBe(1);
	});
});

describe('a hollow of which two parts have a half each', () => {
	const hollow = Solid.cylinder(0.6, 0.2, 0.2, 12, true).rotate([0, 90, 0]);
	const post = Solid.cube([1, 2, 2], true).translate([-0.5, 0, 0]).subtract(hollow);
	const rail = Solid.cube([2, 1, 1], true).translate([1, 0, 0]).subtract(hollow);
	const { mesh, partOf } = united([rail, post]);
	const assembly = assemblyOf(mesh, partOf);
	const patch = assembly.patchOf(0);
	it('is turned inside out where a half is lined with the other, and a cavity with a lid', () => {
		const lining = newDraft(patch);
		const lined = lineHollows(mesh, assembly.bubbles(), patch, lining);
		expect(lined.size).toBe(1);
		const [rest, mouth] = [false, true].map((isLined) => patch.loops.filter((_, i) => lined.has(i) === isLined));
		capFlat(patch, lining, rest!);
		expect(countTurned(patch, lining, 3)).toBeGreaterThan(0);
		const lid = newDraft(patch);
		capFlat(patch, lid, [...rest!, ...mouth!]);
		expect(countTurned(patch, lid, 3)).toBe(0);
	});
	it('stays out of both', () => {
		for (const part of complete(mesh, partsOf(partOf)).parts) {
			expect(part.closed).toBe(true);
			expect(part.warnings).toEqual([]);
			for (const x of [-0.2, 0.2]) expect(windingAbove(part.positions, part.triangles, [x, 0, 0], 3)).toBe(0);
		}
	});
});

describe('pockets of a neighbour, seen through a hole', () => {
	const plate = Solid.cube([4, 4, 0.4], true)
		.translate([0, 0, 0.39])
		.subtract(hole(0.1, 2, -0.5));
	it.each([
		['a dent is what the part is closed with', board(0).subtract(hole(0.09, 0.5, -0.1)), 1],
		['a bump is not', board(0).add(hole(0.09, 0.3, 0)), 0],
	])('%s', (_, block, count) => {
		const { mesh, partOf } = united([plate, block]);
		const assembly = assemblyOf(mesh, partOf);
		const draft = newDraft(assembly.patchOf(0));
		expect(lineHollows(mesh, assembly.bubbles(), assembly.patchOf(0), draft).size).toBe(count);
	});
});

describe('a belt narrower than the cells of the grid', () => {
	const rod = Solid.cylinder(4, 1, 1, 24);
	const belt = Solid.cylinder(0.1, 1.2, 1.2, 24).translate([0, 0, 2]);
	const { mesh, partOf } = united([rod, belt]);
	const assembly = assemblyOf(mesh, partOf);
	it('leaves what it is around whole: its two halves were closed each by itself', () => {
		const [part] = complete(mesh, partsOf(partOf), { only: [0] }).parts;
		expect(part!.warnings).toEqual([]);
		expect(part!.volume).toBeCloseTo(rod.volume(), 4);
	});
	it('is joined across the gap, not over its own surface', () => {
		expect(pairSeams(assembly.patchOf(0))).toEqual([[0, 1]]);
		expect(pairSeams(assembly.patchOf(1))).toEqual([]);
	});
});

describe('a thin rod through a ball', () => {
	const rod = Solid.cylinder(4, 0.05, 0.05, 12).translate([0, 0, -2]);
	const { mesh, partOf } = united([rod, Solid.sphere(0.5, 24)]);
	it('is one rod: its two ends were closed each by itself', () => {
		expect(pairSeams(assemblyOf(mesh, partOf).patchOf(0))).toEqual([[0, 1]]);
		const [part] = complete(mesh, partsOf(partOf), { only: [0], method: 'quick_cap' }).parts;
		expect(part!.warnings).toEqual([]);
		expect(part!.volume).toBeCloseTo(rod.volume(), 3);
	});
	it('is none where the ends do not point at each other', () => {
		const bent = united([
			Solid.cylinder(2, 0.05, 0.05, 12).translate([0, 0, 0]),
			Solid.cylinder(2, 0.05, 0.05, 12).rotate([90, 0, 0]),
			Solid.sphere(0.5, 24),
		]);
		const both = bent.partOf.map((part) => Math.max(0, part - 1));
		expect(pairSeams(assemblyOf(bent.mesh, both).patchOf(0))).toEqual([]);
	});
});
