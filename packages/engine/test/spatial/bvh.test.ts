import { describe, expect, it } from 'vitest';
import { random } from '../../src/math/random.ts';
import { type Bvh, buildBvh, LINKS, leafCount, leafFirst, NODE_WORDS } from '../../src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../../src/spatial/nearest.ts';
import { BACK_FACES, BOTH_FACES, FRONT_FACES, firstHit, NO_TRIANGLE, newHit } from '../../src/spatial/ray.ts';
import { bruteHit, bruteNearest, minus } from './brute-force.ts';
import { type Surface, soup, sphere, torus } from './surfaces.ts';

/** Distances agree to this share of the size: two formulae in float64, far above their rounding. */
const CLOSE = 1e-9;

const ZOO: [string, Surface][] = [
	['a sphere', sphere(24, 16)],
	['a torus', torus(30, 20)],
	['a soup of 500 triangles', soup(500, 0.3, 3)],
	['one triangle', soup(1, 1, 4)],
	['three triangles', soup(3, 1, 5)],
	['100 triangles in one place', { positions: soup(1, 1, 6).positions, triangles: repeat([0, 1, 2], 100) }],
	['triangles without area', withoutArea()],
];

function repeat(row: number[], times: number): Uint32Array {
	return Uint32Array.from({ length: row.length * times }, (_, i) => row[i % row.length]);
}

/** Points, segments and one true triangle. */
function withoutArea(): Surface {
	const positions = new Float32Array([0, 0, 0, 1, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1]);
	return { positions, triangles: new Uint32Array([0, 0, 0, 0, 1, 1, 0, 1, 2, 2, 0, 1, 3, 3, 4, 4, 3, 1]) };
}

describe.each(ZOO)('the hierarchy of %s', (_, surface) => {
	const bvh = buildBvh(surface);
	const next = random(7);
	const point = (): number[] => [0, 1, 2].map(() => 4 * next() - 2);

	it('holds every triangle in one leaf, inside of its box', () => {
		const seen: number[] = [];
		visit(bvh, 0, (first, count, box) => {
			for (let i = first; i < first + count; i++) {
				seen.push(bvh.triangleOf[i]);
				for (let k = 0; k < 9; k++) {
					expect(bvh.corners[9 * i + k]).toBeGreaterThanOrEqual(box[k % 3]);
					expect(bvh.corners[9 * i + k]).toBeLessThanOrEqual(box[3 + (k % 3)]);
				}
			}
		});
		expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: surface.triangles.length / 3 }, (_, t) => t));
	});

	it.each([
		['both faces', BOTH_FACES],
		['front faces', FRONT_FACES],
		['back faces', BACK_FACES],
	] as const)('is hit where testing all triangles finds it: %s', (_, faces) => {
		const hit = newHit();
		for (let n = 0; n < 200; n++) {
			const o = point();
			const d = minus(point(), o);
			const skip = n % 5 === 0 ? n % (surface.triangles.length / 3) : NO_TRIANGLE;
			const truth = bruteHit(surface, o, d, skip, faces);
			const found = firstHit(bvh, o[0], o[1], o[2], d[0], d[1], d[2], 0, Infinity, hit, skip, faces);
			expect(found).toBe(truth !== undefined);
			if (truth) expect(Math.abs(hit.t - truth.t)).toBeLessThan(CLOSE);
		}
	});

	it('says where on the triangle', () => {
		const hit = newHit();
		for (let n = 0; n < 200; n++) {
			const o = point();
			const d = minus(point(), o);
			if (!firstHit(bvh, o[0], o[1], o[2], d[0], d[1], d[2], 0, Infinity, hit)) continue;
			const weights = [1 - hit.u - hit.v, hit.u, hit.v];
			for (let k = 0; k < 3; k++) {
				let at = 0;
				for (let i = 0; i < 3; i++)
					at += weights[i] * surface.positions[3 * surface.triangles[3 * hit.triangle + i] + k];
				expect(Math.abs(at - (o[k] + hit.t * d[k]))).toBeLessThan(CLOSE);
			}
		}
	});

	it('is as near as testing all triangles finds it', () => {
		const out = newNearest();
		for (let n = 0; n < 200; n++) {
			const p = point();
			const truth = bruteNearest(surface, p);
			expect(nearestPoint(bvh, p[0], p[1], p[2], Infinity, out)).toBe(true);
			expect(Math.abs(out.distance - truth)).toBeLessThan(CLOSE);
			expect(Math.abs(Math.hypot(p[0] - out.x, p[1] - out.y, p[2] - out.z) - truth)).toBeLessThan(CLOSE);
			expect(nearestPoint(bvh, p[0], p[1], p[2], truth * 0.999, out)).toBe(false);
		}
	});

	it('is the same each time, in shared memory too', () => {
		const shared = buildBvh(surface, { shared: true });
		expect(shared.nodes.buffer).toBeInstanceOf(SharedArrayBuffer);
		expect([...shared.links]).toEqual([...bvh.links]);
		expect([...shared.triangleOf]).toEqual([...bvh.triangleOf]);
	});
});

function visit(bvh: Bvh, node: number, leaf: (first: number, count: number, box: Float32Array) => void): void {
	for (let k = 0; k < 2; k++) {
		const link = bvh.links[node * NODE_WORDS + LINKS + k];
		const o = node * NODE_WORDS + 6 * k;
		if (link >= 0) visit(bvh, link, leaf);
		else leaf(leafFirst(link), leafCount(link), bvh.nodes.subarray(o, o + 6));
	}
}

describe('rays', () => {
	it('do not slip between triangles: through every vertex and edge of a closed surface', () => {
		const surface = sphere(16, 12);
		const bvh = buildBvh(surface);
		const { positions, triangles } = surface;
		const hit = newHit();
		for (let c = 0; c < triangles.length; c++) {
			const v = 3 * triangles[c];
			const w = 3 * triangles[c % 3 === 2 ? c - 2 : c + 1];
			for (const s of [0, 0.25, 0.5]) {
				const d = [0, 1, 2].map((k) => positions[v + k] + s * (positions[w + k] - positions[v + k]));
				expect(firstHit(bvh, 0, 0, 0, d[0], d[1], d[2], 0, Infinity, hit)).toBe(true);
				expect(hit.back).toBe(true);
			}
		}
	});

	it('along the axes and in the planes of boxes hit what they should', () => {
		// A unit square in z = 0: a box without depth.
		const positions = new Float32Array([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]);
		const bvh = buildBvh({ positions, triangles: new Uint32Array([0, 1, 2, 0, 2, 3]) });
		const hit = newHit();
		for (const [x, y] of [
			[0, 0],
			[1, 1],
			[0.5, 0.5],
			[0, 0.5],
			[1, 0.25],
		]) {
			expect(firstHit(bvh, x, y, 1, 0, 0, -1, 0, Infinity, hit)).toBe(true);
			expect(hit).toMatchObject({ t: 1, back: false });
			expect(firstHit(bvh, x, y, -2, 0, 0, 1, 0, Infinity, hit)).toBe(true);
			expect(hit).toMatchObject({ t: 2, back: true });
		}
		expect(firstHit(bvh, 1.0001, 0.5, 1, 0, 0, -1, 0, Infinity, hit)).toBe(false);
		expect(firstHit(bvh, -1, 0.5, 0, 1, 0, 0, 0, Infinity, hit)).toBe(false);
	});

	it('end at tMin and tMax, both included', () => {
		const bvh = buildBvh({
			positions: new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]),
			triangles: new Uint32Array([0, 1, 2]),
		});
		const hit = newHit();
		const within = (tMin: number, tMax: number): boolean => firstHit(bvh, 0.2, 0.2, 1, 0, 0, -1, tMin, tMax, hit);
		expect([within(0, 1), within(1, 2), within(0, 0.999), within(1.001, 2)]).toEqual([true, true, false, false]);
	});

	it('take the lowest number of triangles at the same place', () => {
		const positions = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]);
		const bvh = buildBvh({ positions, triangles: repeat([0, 1, 2], 50) });
		const hit = newHit();
		expect(firstHit(bvh, 0.2, 0.2, 1, 0, 0, -1, 0, Infinity, hit)).toBe(true);
		expect(hit.triangle).toBe(0);
		expect(firstHit(bvh, 0.2, 0.2, 1, 0, 0, -1, 0, Infinity, hit, 0)).toBe(true);
		expect(hit.triangle).toBe(1);
	});
});

describe('hostile surfaces', () => {
	it('without triangles are never hit and never near', () => {
		const bvh = buildBvh({ positions: new Float32Array(0), triangles: new Uint32Array(0) });
		expect(firstHit(bvh, 0, 0, 0, 1, 0, 0, 0, Infinity, newHit())).toBe(false);
		expect(nearestPoint(bvh, 0, 0, 0, Infinity, newNearest())).toBe(false);
	});

	it('with coordinates that are not finite lose only those triangles', () => {
		const positions = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, Number.NaN, 0, 0, Infinity, 0, 0]);
		const bvh = buildBvh({ positions, triangles: new Uint32Array([0, 1, 3, 0, 1, 2, 0, 1, 4]) });
		expect([...bvh.triangleOf]).toEqual([1]);
		expect(bvh.nodes.subarray(0, LINKS).some(Number.isNaN)).toBe(false);
	});

	it('that defeat the heuristic stay within the stacks', () => {
		// Sizes fall by half from triangle to triangle: each split parts off one.
		const count = 120;
		const positions = Float32Array.from({ length: 9 * count }, (_, i) => 2 ** -((i / 9) | 0) * (1 + ((i * 7) % 5)));
		const bvh = buildBvh({ positions, triangles: Uint32Array.from({ length: 3 * count }, (_, i) => i) });
		let deepest = 0;
		const depth = (node: number, d: number): void => {
			deepest = Math.max(deepest, d);
			for (let k = 0; k < 2; k++) {
				const link = bvh.links[node * NODE_WORDS + LINKS + k];
				if (link >= 0) depth(link, d + 1);
			}
		};
		depth(0, 1);
		expect(deepest).toBeLessThan(bvh.stack.length);
		expect(bvh.triangleOf.length).toBe(count);
	});
});
