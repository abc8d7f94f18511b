import { readFileSync } from 'node:fs';
import type { Manifold } from 'manifold-3d';
import { describe, expect, it } from 'vitest';
import { assemblyOf } from '../../src/completion/assembly.ts';
import { CLUES, cluesOf } from '../../src/completion/clues.ts';
import { COEFFICIENTS } from '../../src/completion/coefficients.ts';
import { continueCuts } from '../../src/completion/cuts.ts';
import { sampleSurface } from '../../src/completion/field.ts';
import { fitQuadric } from '../../src/completion/quadric.ts';
import { readTrees } from '../../src/completion/trees.ts';
import { Solid, united } from './united.ts';

/** Its top is at z = 0. */
const block = () => Solid.cube([6, 6, 4]).translate([-3, -3, -4]);
/** 2 of its 3 are above the block. */
const rod = () => Solid.cube([0.5, 0.5, 3]).translate([-0.25, -0.25, -1]);

function cutsOf(solids: readonly Manifold[]) {
	const { mesh, partOf } = united(solids);
	const assembly = assemblyOf(mesh, partOf);
	return continueCuts(assembly.patchOf(0), assembly.sizeOf(0), assembly.insideOf(0));
}

describe('triangles that the seam cuts', () => {
	it('point at vertices that nobody sees', () => {
		const ball = Solid.sphere(1, 20).rotate([10, 20, 30]);
		const vertices = ball.getMesh().vertProperties;
		const { corners, triangles, share } = cutsOf([ball, block()]);
		expect(corners.length).toBeGreaterThan(5);
		expect(share).toBeGreaterThan(0.2);
		expect(triangles.length % 9).toBe(0);
		for (const [x, y, z] of corners) {
			expect(z).toBeLessThan(0);
			let nearest = Infinity;
			for (let i = 0; i < vertices.length; i += 3)
				nearest = Math.min(nearest, Math.hypot(vertices[i]! - x, vertices[i + 1]! - y, vertices[i + 2]! - z));
			expect(nearest).toBeLessThan(0.01);
		}
	});

	it.each([
		['of a prism say nothing', rod()],
		['of a cone say nothing: its tip may be cut off', Solid.cylinder(3, 0.1, 1, 12).translate([0, 0, -0.5])],
		['that all meet in one point say nothing', Solid.cylinder(3, 1, 0.2, 5).rotate([180, 0, 0]).translate([0, 0, 2])],
	])('%s', (_, solid) => {
		expect(cutsOf([solid, block()]).corners).toEqual([]);
	});
});

describe('diagonals that the seam cuts', () => {
	it('end where a prism does', () => {
		// Sides as flat as artists', not quite.
		const rod = Solid.extrude(
			[
				[-0.25, -0.25],
				[0.25, -0.25],
				[0.25, 0.25],
				[-0.25, 0.25],
			],
			3,
			0,
			0.002,
		);
		const { diagonals, corners, triangles } = cutsOf([rod.translate([0, 0, -1]), block()]);
		expect(corners).toEqual([]);
		expect(diagonals[0]!.length).toBeGreaterThan(1);
		for (const [x, y, z] of diagonals[0]!) {
			expect(z).toBeCloseTo(-1, 2);
			expect(Math.abs(x)).toBeCloseTo(0.25, 2);
			expect(Math.abs(y)).toBeCloseTo(0.25, 2);
		}
		expect(triangles.length).toBeGreaterThan(0);
	});

	it('are not looked for where sides are quite flat', () => {
		expect(cutsOf([rod(), block()]).diagonals).toEqual([[]]);
	});
});

describe('quadrics', () => {
	it('go on as a ball and as a rod do', () => {
		const ball = Solid.sphere(1, 64).trimByPlane([0, 0, 1], 0.3);
		const rod = Solid.cylinder(4, 0.5, 0.5, 64);
		for (const [solid, inside, outside] of [
			[ball, [0, 0, -0.8], [0, 0, -1.2]],
			[rod, [0, 0.3, -1], [0, 0.7, -1]],
		] as const) {
			const { vertProperties, triVerts } = solid.getMesh();
			// Without the flat ends.
			const kept = Array.from({ length: triVerts.length / 3 }, (_, t) =>
				Array.from(triVerts.subarray(3 * t, 3 * t + 3)),
			);
			const isEnd = (t: readonly number[]): boolean =>
				t.every((v) => vertProperties[3 * v + 2] === vertProperties[3 * t[0]! + 2]);
			const triangles = Uint32Array.from(kept.filter((t) => !isEnd(t)).flat());
			const samples = sampleSurface({ positions: vertProperties, triangles }, 200);
			const { distance, misfit } = fitQuadric(samples, new Float64Array(200).fill(1), [0, 0, 1], 2);
			expect(misfit).toBeLessThan(0.01);
			expect(distance(inside[0], inside[1], inside[2])).toBeCloseTo(-0.1, 1);
			expect(distance(outside[0], outside[1], outside[2])).toBeCloseTo(0.1, 1);
		}
	});
});

describe('openings', () => {
	it('say how a rod goes on', () => {
		const { mesh, partOf } = united([rod(), block()]);
		const assembly = assemblyOf(mesh, partOf);
		const [opening, ...others] = assembly.openingsOf(0);
		expect(others).toEqual([]);
		expect(opening!.middle[2]).toBeCloseTo(0, 5);
		expect(opening!.axis[2]).toBeCloseTo(-1, 5);
		expect(opening!.straight).toBeCloseTo(1, 5);
		expect(opening!.flare).toBeCloseTo(0, 5);
		expect(opening!.behind).toBeCloseTo(2, 5);
		expect(opening!.far).toBeCloseTo(4, 1);
		expect(Math.PI * opening!.radius ** 2).toBeCloseTo(0.25, 5);
	});
});

describe('clues', () => {
	const at = (solids: readonly Manifold[], point: readonly number[], scale = 1): Record<string, number> => {
		const { mesh, partOf } = united(solids, scale);
		const out = new Float64Array(CLUES.length);
		cluesOf(assemblyOf(mesh, partOf), 0, 20)(point[0]! * scale, point[1]! * scale, point[2]! * scale, out, 0);
		return Object.fromEntries(CLUES.map((clue, i) => [clue, out[i]!]));
	};

	it('of a rod, behind its opening and beside it', () => {
		const behind = at([rod(), block()], [0.05, 0, -0.5]);
		const beside = at([rod(), block()], [0.8, 0, -0.5]);
		expect(behind.prism).toBeGreaterThan(0.5);
		expect(beside.prism).toBeLessThan(0.1);
		expect(behind.deepInWhole).toBeCloseTo(0.125, 2);
		expect(behind.deepBesideVisible).toBeCloseTo(0.25, 5);
		expect(behind.ahead).toBeCloseTo(3.5 / 2, 3);
		expect(behind.through).toBe(2);
		expect(beside.through).toBe(0);
		expect(behind.winding).toBeGreaterThan(beside.winding);
	});

	it('do not depend on units', () => {
		const ball = () => Solid.sphere(1, 20).rotate([10, 20, 30]);
		const point = [0.1, 0.2, -0.3];
		const small = at([ball(), block()], point, 1 / 64);
		const large = at([ball(), block()], point);
		for (const clue of CLUES) expect(small[clue], clue).toBeCloseTo(large[clue]!, 3);
	});
});

describe('trees', () => {
	const clues = [...CLUES];

	it('are added up; below its threshold a clue leads to the first branch', () => {
		const clue = [0, -1, 1, -1, -1, 2, -1, -1];
		const value = [0.5, 1, 0.25, 10, 100, 0, 1000, 2000];
		const odds = readTrees({ format: 'meshwright-hidden-trees-1', clues, clue, value });
		const measured = (...first: number[]) => Float64Array.from([...first, ...new Array(CLUES.length - 3).fill(0)]);
		expect(odds(measured(0.4, 9, -1))).toBe(1001);
		expect(odds(measured(0.5, 0.2, 0))).toBe(2010);
		expect(odds(measured(0.6, 0.25, 1))).toBe(2100);
	});

	it('that ask for other clues are refused', () => {
		const model = { format: 'meshwright-hidden-trees-1', clues: ['winding'], clue: [-1], value: [0] } as const;
		expect(() => readTrees(model)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
	});

	it('are those of models/complete.json', () => {
		const file = new URL('../../models/complete.json', import.meta.url);
		expect(JSON.parse(COEFFICIENTS)).toEqual(JSON.parse(readFileSync(file, 'utf8')));
	});
});
