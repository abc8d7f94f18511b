import { describe, expect, it } from 'vitest';
import { type CompletedPart, complete } from '../../src/completion/complete.ts';
import { cutPatch } from '../../src/completion/patch.ts';
import { signedVolume } from '../../src/completion/verify.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import type { Parts } from '../../src/mesh/parts.ts';
import { box, type Surface, sphere, toMesh, torus } from '../spatial/surfaces.ts';

/** Parts by a question asked of each triangle's centre. */
function partsBy(mesh: Mesh, partAt: (x: number, y: number, z: number) => number): Parts {
	const { positions, triangles } = mesh;
	const partOf = new Uint16Array(triangles.length / 3);
	for (let t = 0; t < partOf.length; t++) {
		const centre = [0, 1, 2].map((k) =>
			[0, 1, 2].reduce((sum, c) => sum + positions[3 * triangles[3 * t + c] + k] / 3, 0),
		);
		partOf[t] = partAt(centre[0], centre[1], centre[2]);
	}
	const count = Math.max(...partOf) + 1;
	return {
		partOf,
		parts: Array.from({ length: count }, (_, part) => ({
			name: `part_${part}`,
			triangles: partOf.filter((p) => p === part).length,
			area: 0,
			neighbours: [],
		})),
	};
}

const wave = (x: number, y: number, z: number): number => (z > 0.25 * Math.sin(2 * Math.atan2(y, x)) ? 0 : 1);

const SHAPES: Record<string, { surface: Surface; partAt: (x: number, y: number, z: number) => number }> = {
	'a ball in halves': { surface: sphere(24, 12), partAt: (_x, _y, z) => (z > 0 ? 0 : 1) },
	'a box in halves': { surface: box([1, 1, 2], 8), partAt: (_x, _y, z) => (z > 0 ? 0 : 1) },
	'a torus in halves, two loops each': { surface: torus(32, 16), partAt: (x) => (x > 0 ? 0 : 1) },
	'a ball with a belt': { surface: sphere(24, 16), partAt: (_x, _y, z) => (Math.abs(z) < 0.3 ? 1 : 0) },
	'a torus cut along waves': {
		surface: torus(48, 24),
		partAt: (x, y, z) => (x > 0.25 * Math.sin(4 * z + y) ? 0 : 1),
	},
};

const METHODS = ['full', 'quick_cap'] as const;

/** Bits of the visible corners, of the result and of the input. */
function visibleBits(mesh: Mesh, part: CompletedPart) {
	const bits = (positions: Float32Array, corners: Iterable<number>): number[] => {
		const words = new Uint32Array(positions.buffer, positions.byteOffset);
		return [...corners].flatMap((v) => [words[3 * v], words[3 * v + 1], words[3 * v + 2]]);
	};
	const input = [...part.triangleOf].flatMap((t) => [...mesh.triangles.subarray(3 * t, 3 * t + 3)]);
	return {
		ours: bits(part.positions, part.triangles.subarray(0, 3 * part.triangleOf.length)),
		theirs: bits(mesh.positions, input),
	};
}

describe.each(Object.entries(SHAPES))('%s', (_, { surface, partAt }) => {
	const mesh = toMesh(surface);
	const parts = partsBy(mesh, partAt);
	it.each(METHODS)('closes every part without crossings and moves nothing visible: %s', (method) => {
		for (const part of complete(mesh, parts, { method }).parts) {
			expect(part.closed, part.warnings.join()).toBe(true);
			expect(part.selfIntersections).toBe(0);
			expect(part.volume).toBeGreaterThan(0);
			const { ours, theirs } = visibleBits(mesh, part);
			expect(ours).toEqual(theirs);
			expect([...part.triangleOf]).toEqual([...part.triangleOf].sort((a, b) => a - b));
		}
	});
});

describe('caps', () => {
	it('continue the surface where the seam is curved', () => {
		const mesh = toMesh(sphere(32, 24));
		const parts = partsBy(mesh, wave);
		const full = complete(mesh, parts, { method: 'full' }).parts;
		const quick = complete(mesh, parts, { method: 'quick_cap' }).parts;
		expect(full.map(({ method }) => method)).toEqual(['field', 'field']);
		expect(full.map(({ closed, selfIntersections }) => [closed, selfIntersections])).toEqual([
			[true, 0],
			[true, 0],
		]);
		// The seam is a saw of triangles: caps between its own vertices may cross it, and then say so.
		for (const part of quick) {
			expect(part.closed).toBe(true);
			expect(part.warnings.length > 0).toBe(part.selfIntersections > 0);
		}
		// Deeper than the seam, and never out of the ball.
		const ball = signedVolume(mesh.positions, mesh.triangles);
		for (const { volume } of full) {
			expect(volume).toBeGreaterThan(0.5 * ball);
			expect(volume).toBeLessThan(ball);
		}
	});
	const half = (method: 'full' | 'quick_cap', scale = 1, turn = false) => {
		const { positions, triangles } = sphere(24, 12);
		const moved = Float32Array.from(positions, (value) => value * scale);
		if (turn)
			for (let i = 0; i < moved.length; i += 3)
				[moved[i], moved[i + 1], moved[i + 2]] = [moved[i + 1], moved[i + 2], moved[i]];
		const mesh = toMesh({ positions: moved, triangles });
		const parts = partsBy(mesh, (_x, y, z) => ((turn ? y : z) > 0 ? 0 : 1));
		return complete(mesh, parts, { method, only: [0] }).parts[0];
	};
	const { positions, triangles } = sphere(24, 12);
	const ball = signedVolume(positions, triangles);
	it.each(METHODS)('keep half a ball between its half and the whole: %s', (method) => {
		const { volume } = half(method);
		expect(volume).toBeGreaterThan(0.45 * ball);
		expect(volume).toBeLessThan(1.001 * ball);
	});
	it.each(METHODS)('do not depend on units: %s', (method) => {
		expect(half(method, 1024).volume / 1024 ** 3).toBeCloseTo(half(method).volume, 4);
	});
	it.each(METHODS)('hardly depend on the direction of the axes: %s', (method) => {
		expect(Math.abs(half(method, 1, true).volume / half(method).volume - 1)).toBeLessThan(0.03);
	});
});

describe('input that is no solid', () => {
	const single = toMesh({
		positions: Float32Array.from([0, 0, 0, 1, 0, 0, 0, 1, 0]),
		triangles: Uint32Array.from([0, 1, 2]),
	});
	it.each(METHODS)('a single triangle comes back open and says why, if sheets are kept: %s', (method) => {
		const [part] = complete(
			single,
			partsBy(single, () => 0),
			{ method, sheets: 'keep' },
		).parts;
		expect(part.triangleOf).toEqual(Uint32Array.of(0));
		expect(part.closed).toBe(false);
		expect(part.method).toBe('open');
		expect(part.volume).toBe(0);
		expect(part.warnings).toHaveLength(1);
		expect(part.triangles).toHaveLength(3);
	});
	it('a closed whole as one part stays as it is', () => {
		const mesh = toMesh(torus(16, 8));
		const [part] = complete(
			mesh,
			partsBy(mesh, () => 0),
		).parts;
		expect(part.method).toBe('whole');
		expect([...part.triangles].map((v) => part.vertexOf[v])).toEqual([...mesh.triangles]);
		expect(part.closed).toBe(true);
	});
	it('a flat sheet becomes a slab of the thickness asked for, or stays open', () => {
		const grid = box([1, 1, 1], 4);
		const mesh = toMesh(grid);
		const flat = partsBy(mesh, (_x, _y, z) => (z > 0.99 * Math.max(...mesh.positions) ? 1 : 0));
		const top = mesh.triangles.filter((_, c) => flat.partOf[(c / 3) | 0] === 1);
		const sheet = toMesh({ positions: mesh.positions, triangles: top });
		const parts = partsBy(sheet, () => 0);
		const [slab] = complete(sheet, parts, { thickness: 0.01 }).parts;
		const side = Math.max(...mesh.positions) - Math.min(...mesh.positions);
		expect([slab.method, slab.sheet, slab.closed, slab.selfIntersections]).toEqual(['slab', true, true, 0]);
		expect(slab.volume / side ** 3).toBeCloseTo(0.01, 3);
		const { ours, theirs } = visibleBits(sheet, slab);
		expect(ours).toEqual(theirs);
		const [kept] = complete(sheet, parts, { sheets: 'keep' }).parts;
		expect([kept.method, kept.sheet, kept.closed, kept.capTriangles]).toEqual(['open', true, false, 0]);
		expect(kept.warnings).toHaveLength(1);
	});
	it('says which part does not exist', () => {
		expect(() =>
			complete(
				single,
				partsBy(single, () => 0),
				{ only: [3] },
			),
		).toThrow(/part 3/);
	});
});

describe('what a cap is filled from', () => {
	const mesh = toMesh(sphere(24, 12));
	const parts = partsBy(mesh, wave);
	it('is vertices of the seam, with weights that sum to 1', () => {
		for (const { capAnchors, positions, triangles, capTriangles, vertexOf } of complete(mesh, parts).parts) {
			expect(capAnchors.vertices).toHaveLength(4 * (positions.length / 3 - vertexOf.length));
			const rim = new Set(triangles.subarray(triangles.length - 3 * capTriangles).filter((v) => v < vertexOf.length));
			for (const v of capAnchors.vertices) expect(rim.has(v)).toBe(true);
			for (let i = 0; i < capAnchors.weights.length; i += 4) {
				const weights = capAnchors.weights.subarray(i, i + 4);
				expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 5);
				expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
			}
		}
	});
});

describe('tiles', () => {
	it.each(Object.entries(SHAPES))('share their cuts without overlap or gap: %s', (_, { surface, partAt }) => {
		const mesh = toMesh(surface);
		const { parts } = complete(mesh, partsBy(mesh, partAt), { mode: 'tile' });
		const sum = parts.reduce((total, { positions, triangles }) => total + signedVolume(positions, triangles), 0);
		expect(sum / signedVolume(mesh.positions, mesh.triangles)).toBeCloseTo(1, 9);
		for (const part of parts) {
			expect(part.closed, part.warnings.join()).toBe(true);
			expect(part.volume).toBeGreaterThan(0);
			const { ours, theirs } = visibleBits(mesh, part);
			expect(ours).toEqual(theirs);
		}
		// Every triangle of a cap is in another part too, turned around.
		const keyOf = ({ positions }: CompletedPart, corners: number[]): string => {
			const places = corners.map((v) => [...positions.subarray(3 * v, 3 * v + 3)].join());
			const least = places.indexOf([...places].sort()[0]);
			return [0, 1, 2].map((k) => places[(least + k) % 3]).join(' ');
		};
		const count = new Map<string, number>();
		for (const part of parts)
			for (let c = 3 * part.triangleOf.length; c < part.triangles.length; c += 3) {
				const [p, q, r] = part.triangles.subarray(c, c + 3);
				for (const [corners, step] of [
					[[p, q, r], 1],
					[[p, r, q], -1],
				] as const) {
					const key = keyOf(part, [...corners]);
					if (new Set(key.split(' ')).size < 3) continue;
					count.set(key, (count.get(key) ?? 0) + step);
				}
			}
		// A pocket that rounding has folded flat may be in one of the two only: it holds nothing.
		const areaOf = (key: string): number => {
			const [p, q, r] = key.split(' ').map((place) => place.split(',').map(Number));
			const [u, v] = [q.map((x, k) => x - p[k]), r.map((x, k) => x - p[k])];
			return Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2;
		};
		const alone = [...count].filter(([, n]) => n !== 0).reduce((sum, [key]) => sum + areaOf(key), 0);
		expect(alone).toBeLessThan(1e-4);
	});
	it('leave a belt a ring around what goes through it', () => {
		const mesh = toMesh(sphere(24, 16));
		const { parts } = complete(
			mesh,
			partsBy(mesh, (_x, _y, z) => (Math.abs(z) < 0.2 ? 1 : 0)),
			{ mode: 'tile' },
		);
		const [ball, belt] = parts;
		expect([ball.closed, belt.closed, belt.method]).toEqual([true, true, 'shared']);
		expect(belt.volume).toBeLessThan(0.5 * ball.volume);
	});
});

describe('a run', () => {
	const waves = toMesh(SHAPES['a torus cut along waves'].surface);
	const wavesParts = partsBy(waves, SHAPES['a torus cut along waves'].partAt);
	it('gives the same bytes again', () => {
		const [first] = complete(waves, wavesParts, { only: [0] }).parts;
		const [second] = complete(waves, wavesParts, { only: [0] }).parts;
		expect(second.positions).toEqual(first.positions);
		expect(second.triangles).toEqual(first.triangles);
	});
	const mesh = toMesh(sphere(16, 8));
	const parts = partsBy(mesh, (x) => (x > 0 ? 0 : 1));
	it('can be cancelled', () => {
		expect(() => complete(mesh, parts, {}, { isCancelled: () => true })).toThrow(
			expect.objectContaining({ code: 'cancelled' }),
		);
	});
	it('asks often, within one part too, whether it was cancelled', () => {
		let asked = 0;
		const isCancelled = (): boolean => ++asked > 5;
		expect(() => complete(waves, wavesParts, { only: [0] }, { isCancelled })).toThrow(
			expect.objectContaining({ code: 'cancelled' }),
		);
	});
	it('reports progress that never falls', () => {
		const fractions: number[] = [];
		complete(mesh, parts, { method: 'quick_cap' }, { onProgress: ({ fraction }) => fractions.push(fraction) });
		expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
		expect(fractions.at(-1)).toBe(1);
	});
});

describe('a patch', () => {
	it('splits a bow-tie into one vertex for each fan, and its loops into two', () => {
		const positions = Float32Array.from([0, 0, 0, 1, 0, 0, 1, 1, 0, -1, 0, 0, -1, -1, 0]);
		const mesh = toMesh({ positions, triangles: Uint32Array.from([0, 1, 2, 0, 3, 4]) });
		const patch = cutPatch(mesh, [0, 0], 0);
		expect(patch.loops.map((loop) => loop.length)).toEqual([3, 3]);
		expect(patch.vertexOf.filter((v) => v === 0)).toHaveLength(2);
	});
	it('has loops that run against its own border', () => {
		const mesh = toMesh({
			positions: Float32Array.from([0, 0, 0, 1, 0, 0, 0, 1, 0]),
			triangles: Uint32Array.from([0, 1, 2]),
		});
		const [loop] = cutPatch(mesh, [0], 0).loops;
		const at = loop.indexOf(1);
		expect(loop[(at + 1) % 3]).toBe(0);
	});
});
