import { describe, expect, it } from 'vitest';
import { random } from '../../src/math/random.ts';
import { type Mesh, next, prev } from '../../src/mesh/mesh.ts';
import { BOUNDARY, NON_MANIFOLD, twins, vertexCorners } from '../../src/mesh/topology.ts';

const meshOf = (vertices: number, triangles: number[]): Mesh => ({
	positions: new Float32Array(vertices * 3).map((_, i) => Math.sin(i)),
	triangles: Uint32Array.from(triangles),
	corner: {},
	materialOf: new Uint16Array(triangles.length / 3),
});

/** A torus of n × m quads: closed, every vertex in six triangles. */
function torus(n: number, m: number): Mesh {
	const v = (i: number, j: number): number => (i % n) * m + (j % m);
	const triangles: number[] = [];
	for (let i = 0; i < n; i++) {
		for (let j = 0; j < m; j++) {
			triangles.push(v(i, j), v(i + 1, j), v(i + 1, j + 1), v(i, j), v(i + 1, j + 1), v(i, j + 1));
		}
	}
	return meshOf(n * m, triangles);
}

describe('corners', () => {
	it('next and prev walk around one triangle', () => {
		for (let c = 0; c < 9; c++) {
			expect(next(next(next(c)))).toBe(c);
			expect(prev(next(c))).toBe(c);
			expect(Math.floor(next(c) / 3)).toBe(Math.floor(c / 3));
		}
	});
});

describe('twins', () => {
	it('twin of twin is the corner itself, across an edge that runs the other way', () => {
		const mesh = torus(12, 8);
		const twin = twins(mesh);
		for (let c = 0; c < twin.length; c++) {
			expect(twin[twin[c]]).toBe(c);
			expect(mesh.triangles[twin[c]]).toBe(mesh.triangles[next(c)]);
		}
	});

	it('are BOUNDARY at a border', () => {
		const twin = twins(meshOf(4, [0, 1, 2, 0, 2, 3]));
		expect([...twin]).toEqual([BOUNDARY, BOUNDARY, 3, 2, BOUNDARY, BOUNDARY]);
	});

	it('are NON_MANIFOLD where three wings share an edge, and where two run the same way', () => {
		const wings = twins(meshOf(5, [0, 1, 2, 1, 0, 3, 0, 1, 4]));
		expect([wings[0], wings[3], wings[6]]).toEqual([NON_MANIFOLD, NON_MANIFOLD, NON_MANIFOLD]);
		const flipped = twins(meshOf(4, [0, 1, 2, 0, 1, 3]));
		expect([flipped[0], flipped[3]]).toEqual([NON_MANIFOLD, NON_MANIFOLD]);
	});

	it('agree with a comparison of all corners on a random soup', () => {
		const next32 = random(5);
		const mesh = meshOf(
			12,
			Array.from({ length: 300 }, () => Math.floor(next32() * 12)),
		);
		const { triangles } = mesh;
		const twin = twins(mesh);
		for (let c = 0; c < triangles.length; c++) {
			const [from, to] = [triangles[c], triangles[next(c)]];
			if (from === to) continue;
			const count = (a: number, b: number): number => {
				let n = 0;
				for (let d = 0; d < triangles.length; d++) if (triangles[d] === a && triangles[next(d)] === b) n++;
				return n;
			};
			const [alike, opposite] = [count(from, to), count(to, from)];
			if (alike === 1 && opposite === 1) expect(triangles[twin[c]]).toBe(to);
			else expect(twin[c]).toBe(alike === 1 && opposite === 0 ? BOUNDARY : NON_MANIFOLD);
		}
	});

	it('do not trip over a degenerate triangle', () => {
		const twin = twins(meshOf(3, [0, 0, 1, 0, 1, 2]));
		expect(twin).toHaveLength(6);
		expect(twin[0]).toBe(BOUNDARY);
	});

	it('are computed once for each mesh', () => {
		const mesh = torus(3, 3);
		expect(twins(mesh)).toBe(twins(mesh));
		expect(twins(mesh)).not.toBe(twins(torus(3, 3)));
	});
});

describe('vertexCorners', () => {
	it('lists every corner once, at its vertex, ascending', () => {
		const mesh = torus(5, 4);
		const { offsets, list } = vertexCorners(mesh);
		expect([...list].sort((a, b) => a - b)).toEqual([...mesh.triangles.keys()]);
		for (let v = 0; v + 1 < offsets.length; v++) {
			expect(offsets[v + 1] - offsets[v]).toBe(6);
			for (let i = offsets[v]; i < offsets[v + 1]; i++) {
				expect(mesh.triangles[list[i]]).toBe(v);
				if (i > offsets[v]) expect(list[i]).toBeGreaterThan(list[i - 1]);
			}
		}
	});
});
