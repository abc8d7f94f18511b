import { describe, expect, it } from 'vitest';
import { assemblyOf } from '../../src/completion/assembly.ts';
import { bridgeLoops } from '../../src/completion/bridge.ts';
import { capFair, newDraft } from '../../src/completion/cap.ts';
import { obstaclesOf } from '../../src/completion/crossings.ts';
import { pointsInside, wholeOf } from '../../src/completion/inside.ts';
import { cutPatch } from '../../src/completion/patch.ts';
import { refillCap } from '../../src/completion/refill.ts';
import { thin } from '../../src/completion/thin.ts';
import { triangulateLoop } from '../../src/completion/triangulate.ts';
import { countOpenEdges, foldedShare, signedVolume } from '../../src/completion/verify.ts';
import { random } from '../../src/math/random.ts';
import { twins } from '../../src/mesh/topology.ts';
import { buildWinding, windingNumber } from '../../src/spatial/winding.ts';
import { box, sphere, toMesh, torus } from '../spatial/surfaces.ts';

/** Parts by the sign of a coordinate of each triangle's first corner. */
const halves = ({ positions, triangles }: ReturnType<typeof sphere>, k: number): Uint16Array =>
	Uint16Array.from({ length: triangles.length / 3 }, (_, t) => (positions[3 * triangles[3 * t] + k] > 0 ? 1 : 0));

describe('points', () => {
	it.each([
		['ball', sphere(20, 12)],
		['torus', torus(24, 12)],
		['box', box([1, 1, 0.02], 4)],
	])('are inside a %s where its winding number says so', (_, surface) => {
		const winding = buildWinding(surface);
		const grid = { nx: 30, ny: 30, nz: 30, x: -1.5, y: -1.5, z: -1.5, h: 0.1 };
		const isInside = pointsInside(wholeOf(toMesh(surface)), grid);
		const draw = random(3);
		for (let i = 0; i < 4000; i++) {
			const [x, y, z] = [3.2 * draw() - 1.6, 3.2 * draw() - 1.6, (i % 2 ? 3.2 : 0.1) * (draw() - 0.5)];
			expect(isInside(x, y, z)).toBe(windingNumber(winding, x, y, z) >= 0.5);
		}
	});
});

describe('a surface made thin', () => {
	const { positions, triangles } = sphere(64, 48);
	const made = thin(positions, triangles, 0.3, 0.02);
	it('has far fewer triangles, and nearly the volume', () => {
		expect(made.triangles.length).toBeLessThan(0.25 * triangles.length);
		const ratio = signedVolume(made.positions, made.triangles) / signedVolume(positions, triangles);
		expect(Math.abs(ratio - 1)).toBeLessThan(0.04);
	});
	it('stays closed, and a ball', () => {
		expect(twins(toMesh(made)).every((twin) => twin >= 0)).toBe(true);
		expect(made.positions.length / 3 - made.triangles.length / 6).toBe(2);
	});
	it('keeps a flat border where it was', () => {
		const half = cutPatch(toMesh(sphere(48, 48)), halves(sphere(48, 48), 1), 1);
		const cut = thin(half.positions, half.triangles, 0.4, 0.02);
		const patch = cutPatch(toMesh(cut), new Uint8Array(cut.triangles.length / 3), 0);
		expect(patch.loops).toHaveLength(1);
		const heights = [...patch.loops[0]].map((v) => patch.positions[3 * v + 1]);
		expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(0.1);
	});
	it('is left alone where its edges are long enough', () => {
		expect(thin(positions, triangles, 1e-6, 1).triangles).toHaveLength(triangles.length);
	});
});

describe('bridged loops', () => {
	// A square with a square window, in the plane.
	const outer = [0, 0, 0, 4, 0, 0, 4, 4, 0, 0, 4, 0];
	const window = [1, 1, 0, 1, 3, 0, 3, 3, 0, 3, 1, 0];
	const positions = Float64Array.from([...outer, ...window]);
	const loops = [
		[0, 1, 2, 3],
		[4, 5, 6, 7],
	];
	it('are one loop over each bridge there and back', () => {
		const { loop, bridges } = bridgeLoops(positions, loops);
		expect(loop).toHaveLength(10);
		expect(bridges).toHaveLength(2);
		for (const v of bridges) expect(loop.filter((w) => w === v)).toHaveLength(2);
	});
	it('are spanned by what is between them', () => {
		const { loop, bridges } = bridgeLoops(positions, loops);
		const isTaken = (a: number, b: number): boolean => a === b || (bridges.includes(a) && bridges.includes(b));
		const spanned = triangulateLoop(positions, loop, isTaken)!;
		let area = 0;
		for (let c = 0; c < spanned.length; c += 3) {
			const [p, q, r] = [0, 1, 2].map((k) => 3 * spanned[c + k]);
			area +=
				((positions[q] - positions[p]) * (positions[r + 1] - positions[p + 1]) -
					(positions[q + 1] - positions[p + 1]) * (positions[r] - positions[p])) /
				2;
		}
		expect(area).toBeCloseTo(12, 9);
	});
});

describe('crossings', () => {
	const surface = sphere(16, 12);
	const assembly = assemblyOf(toMesh(surface), halves(surface, 1));
	const patch = assembly.patchOf(1);
	/** A fair cap with one vertex pulled out through the top of the ball. */
	const pierced = () => {
		const draft = newDraft(patch);
		capFair(patch, draft, patch.loops);
		draft.positions[3 * patch.vertexOf.length + 1] = 3;
		return draft;
	};
	it('are none of a sound cap, and found again as if for the first time after a vertex moved', () => {
		const draft = newDraft(patch);
		capFair(patch, draft, patch.loops);
		const remembered = obstaclesOf(assembly.whole, patch, 1e-6);
		expect(remembered.find(draft).own).toEqual([]);
		const moved = pierced();
		const again = remembered.find(moved);
		const first = obstaclesOf(assembly.whole, patch, 1e-6).find(moved);
		const sorted = ({ own }: typeof again): string[] =>
			Array.from({ length: own.length / 2 }, (_, i) => `${own[2 * i]} ${own[2 * i + 1]}`).sort();
		expect(again.own.length).toBeGreaterThan(0);
		expect(sorted(again)).toEqual(sorted(first));
	});
	it('are gone where the cap is filled again', () => {
		const draft = pierced();
		const obstacles = obstaclesOf(assembly.whole, patch, 1e-6);
		const bad = new Set(obstacles.find(draft).own.filter((t) => t >= 0));
		expect(refillCap(patch, draft, obstacles, bad, 1, { left: 1e6 }, () => {})).toBeGreaterThan(0);
		expect(obstacles.find(draft).own).toEqual([]);
		expect(countOpenEdges(patch, draft.triangles)).toBe(0);
	});
});

describe('a lid on a window', () => {
	it('is known by lying back on the patch', () => {
		const surface = box([1, 1, 1], 2);
		const mesh = toMesh(surface);
		const top = Uint16Array.from({ length: mesh.triangles.length / 3 }, (_, t) =>
			[0, 1, 2].every((k) => mesh.positions[3 * mesh.triangles[3 * t + k] + 2] > 0.49) ? 1 : 0,
		);
		const share = (part: number): number => {
			const patch = cutPatch(mesh, top, part);
			const draft = newDraft(patch);
			capFair(patch, draft, patch.loops);
			return foldedShare(patch, draft);
		};
		expect(share(1)).toBeCloseTo(1, 6);
		expect(share(0)).toBe(0);
	});
});
