import { describe, expect, it } from 'vitest';
import { type Mesh, triangleCount } from '../../src/mesh/mesh.ts';
import type { Parts } from '../../src/mesh/parts.ts';
import { partConfidence } from '../../src/segmentation/confidence.ts';
import { type Joint, type PartGraph, partGraph } from '../../src/segmentation/part-graph.ts';
import { segment } from '../../src/segmentation/segment.ts';
import { box, meshOf, soup, starfish, together } from './shapes.ts';

/** A ring around z in the plane z = 0. */
function torus(around = 48, across = 16, radius = 3, tube = 1): Mesh {
	const positions: number[] = [];
	const triangles: number[] = [];
	for (let i = 0; i < around; i++)
		for (let j = 0; j < across; j++) {
			const [u, w] = [(2 * Math.PI * i) / around, (2 * Math.PI * j) / across];
			const reach = radius + tube * Math.cos(w);
			positions.push(reach * Math.cos(u), reach * Math.sin(u), tube * Math.sin(w));
			const at = (k: number, l: number): number => (k % around) * across + (l % across);
			triangles.push(at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j), at(i + 1, j + 1), at(i, j + 1));
		}
	return meshOf(positions, triangles);
}

/** Parts from a number for each triangle; neighbours are left to the graph. */
function labelled({ triangles }: Mesh, label: (t: number) => number): Parts {
	const partOf = Uint16Array.from({ length: triangles.length / 3 }, (_, t) => label(t));
	const parts = Array.from({ length: Math.max(...partOf) + 1 }, (_, p) => ({
		name: `part_${p}`,
		triangles: partOf.filter((q) => q === p).length,
		area: 1,
		neighbours: [],
	}));
	return { partOf, parts };
}

const edgesOf = ({ loops }: Joint): string[] =>
	loops.flatMap(({ vertices, closed }) =>
		Array.from(vertices.subarray(0, closed ? undefined : -1), (v, i) => {
			const w = vertices[(i + 1) % vertices.length];
			return `${Math.min(v, w)}-${Math.max(v, w)}`;
		}),
	);

/** Edges between triangles of parts a and b, found the slow way. */
function seamEdges({ triangles }: Mesh, { partOf }: Parts, a: number, b: number): string[] {
	const partsAt = new Map<string, Set<number>>();
	for (let c = 0; c < triangles.length; c++) {
		const [v, w] = [triangles[c], triangles[c % 3 === 2 ? c - 2 : c + 1]];
		const key = `${Math.min(v, w)}-${Math.max(v, w)}`;
		partsAt.set(key, (partsAt.get(key) ?? new Set()).add(partOf[(c / 3) | 0]));
	}
	return [...partsAt].filter(([, parts]) => parts.has(a) && parts.has(b)).map(([key]) => key);
}

function expectEveryEdgeOnce(mesh: Mesh, parts: Parts, graph: PartGraph): void {
	for (const joint of graph.joints)
		expect(edgesOf(joint).sort()).toEqual(seamEdges(mesh, parts, joint.parts[0], joint.parts[1]).sort());
}

describe('a ring cut in two', () => {
	const ring = torus();
	// The lower half has one strip less, so that it is the smaller part.
	const parts = labelled(ring, (t) => (t >= 24 * 32 && t < 47 * 32 ? 1 : 0));
	const graph = partGraph(ring, parts);
	const { joints, parts: shapes } = graph;

	it('touches in two closed loops', () => {
		expect(joints).toHaveLength(1);
		expect(joints[0].parts).toEqual([0, 1]);
		expect(joints[0].loops.map(({ closed, vertices }) => [closed, vertices.length])).toEqual([
			[true, 16],
			[true, 16],
		]);
		expectEveryEdgeOnce(ring, parts, graph);
	});

	it('has loops that are circles, each with its place, axis and radius', () => {
		const places = joints[0].loops.map(({ position }) => Math.atan2(position[1], position[0]));
		expect(Math.abs(places.find((angle) => Math.abs(angle) > 2)!)).toBeCloseTo(Math.PI, 5);
		for (const { position, axis, radius, length } of joints[0].loops) {
			expect(Math.hypot(...position)).toBeCloseTo(3, 4);
			// Across the tube: at right angles to the ring's radius and to its own axis.
			expect(axis[0] * position[0] + axis[1] * position[1]).toBeCloseTo(0, 4);
			expect(axis[2]).toBeCloseTo(0, 5);
			expect(axis[1]).toBeLessThan(-0.9);
			expect(length).toBeCloseTo(32 * Math.sin(Math.PI / 16), 4);
			expect(radius).toBeCloseTo(1, 1);
		}
	});

	it('has its joint between them, from the larger to the smaller half', () => {
		expect(Math.hypot(...joints[0].position)).toBeLessThan(0.25);
		expect(joints[0].axis[1]).toBeLessThan(-0.99);
		expect(joints[0].seam).toBeCloseTo(64 * Math.sin(Math.PI / 16), 4);
	});

	it('knows the parts: middle, box, parent', () => {
		expect(shapes[0].parent).toBeUndefined();
		expect(shapes[1].parent).toBe(0);
		expect(shapes[0].centroid[1]).toBeGreaterThan(1.5);
		expect(shapes[0].max[1]).toBeCloseTo(4, 5);
		expect(shapes[1].min[2]).toBeCloseTo(-1, 5);
		expect(shapes[0].confidence).toBeUndefined();
	});
});

describe('seams of any shape', () => {
	it('end where a third part begins', () => {
		const ring = torus();
		const parts = labelled(ring, (t) => (t % 32 < 16 ? (t < 24 * 32 ? 0 : 1) : 2));
		const graph = partGraph(ring, parts);
		expectEveryEdgeOnce(ring, parts, graph);
		expect(graph.joints.map((joint) => joint.parts)).toEqual([
			[0, 1],
			[0, 2],
			[1, 2],
		]);
		for (const { loops } of graph.joints) expect(loops.every(({ closed }) => !closed)).toBe(true);
	});

	it('hold every edge once on soups, fans and edges of three triangles', () => {
		const wings = meshOf([0, 0, 0, 0, 0, 1, 1, 0, 0, -1, 1, 0, -1, -1, 0], [0, 1, 2, 0, 1, 3, 1, 0, 4]);
		const byTriangle = labelled(wings, (t) => t);
		const graph = partGraph(wings, byTriangle);
		expect(graph.joints).toHaveLength(3);
		expectEveryEdgeOnce(wings, byTriangle, graph);
		const ring = torus(12, 8);
		const scattered = labelled(ring, (t) => (t * 7919) % 5);
		expectEveryEdgeOnce(ring, scattered, partGraph(ring, scattered));
	});

	it.each<[string, Mesh]>([
		['a soup', soup(300)],
		['no area', meshOf([0, 0, 0], [0, 0, 0])],
		['the largest numbers', meshOf([3e38, 0, 0, -3e38, 0, 0, 0, 3e38, 0, 0, 0, 3e38], [0, 1, 2, 0, 1, 3])],
	])('are finite on %s', (_, mesh) => {
		const parts = segment(mesh, { granularity: 1, minPartSize: 0, maxParts: 40 });
		const graph = partGraph(mesh, parts);
		for (const { position, axis, radius, seam } of graph.joints) {
			expect([...position, radius, seam].every(Number.isFinite)).toBe(true);
			expect(Math.hypot(...axis)).toBeCloseTo(1, 6);
		}
		for (const { centroid } of graph.parts) expect(centroid.every(Number.isFinite)).toBe(true);
	});
});

describe('parts that lie close without common edges', () => {
	const pieces = together([box([0, 0, 0], [1, 1, 1]), box([2, 0, 0], [0.9, 0.5, 0.5])]);
	const parts = segment(pieces);

	it('have a joint in the gap', () => {
		const { joints, parts: shapes } = partGraph(pieces, parts);
		expect(joints).toEqual([
			expect.objectContaining({ parts: [0, 1], seam: 0, radius: 0, loops: [], axis: [1, 0, 0] }),
		]);
		expect(joints[0].position[0]).toBeCloseTo(1.05, 5);
		expect(shapes[1].parent).toBe(0);
	});
});

describe('a ball with arms', () => {
	// biome-ignore format: a table of directions
	const { mesh } = starfish([[1, 0, 0], [-0.5, 0.87, 0.1], [-0.5, -0.87, 0.1], [0.1, 0, 1]]);
	const parts = segment(mesh);
	const graph = partGraph(mesh, parts);

	it('has a joint for each arm, facing along it', () => {
		expect(graph.joints).toHaveLength(4);
		expectEveryEdgeOnce(mesh, parts, graph);
		for (const { position, axis, loops, parts: pair } of graph.joints) {
			expect(pair[0]).toBe(0);
			expect(loops).toHaveLength(1);
			expect(loops[0].closed).toBe(true);
			const reach = Math.hypot(...position);
			const cosine = position.reduce((sum, x, k) => sum + (x / reach) * axis[k], 0);
			expect(cosine).toBeGreaterThan(0.95);
		}
		expect(graph.parts.map(({ parent }) => parent)).toEqual([undefined, 0, 0, 0, 0]);
	});

	it('agrees with the neighbours that the segmentation tells', () => {
		for (const {
			parts: [a, b],
			seam,
		} of graph.joints) {
			const told = parts.parts[a].neighbours.find(({ part }) => part === b)!.seam;
			expect(seam / told).toBeCloseTo(1, 4);
		}
	});

	it('is less sure of parts that it would not have cut itself', () => {
		const least = (parts: number | undefined): number =>
			Math.min(...partGraph(mesh, segment(mesh, { parts })).parts.map(({ confidence }) => confidence!));
		expect(least(undefined)).toBeGreaterThan(0.4);
		expect(least(9)).toBeLessThan(least(undefined));
	});

	it('follows turning, scaling and moving', () => {
		const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
		const turn = ([x, y, z]: readonly number[]): number[] => [c * x - s * y, s * x + c * y, z];
		const place = (p: readonly number[]): number[] => turn(p).map((x, k) => 7 * x + [5, -3, 1][k]);
		const positions = new Float32Array(mesh.positions.length);
		for (let i = 0; i < positions.length; i += 3) positions.set(place([...mesh.positions.subarray(i, i + 3)]), i);
		const moved = partGraph({ ...mesh, positions }, parts);
		for (const [j, joint] of moved.joints.entries()) {
			const before = graph.joints[j];
			expect(joint.radius / before.radius).toBeCloseTo(7, 3);
			expect(joint.seam / before.seam).toBeCloseTo(7, 3);
			for (const [k, x] of turn(before.axis).entries()) expect(joint.axis[k]).toBeCloseTo(x, 3);
			for (const [k, x] of place(before.position).entries()) expect(joint.position[k]).toBeCloseTo(x, 3);
			expect(joint.loops.map(({ vertices }) => vertices)).toEqual(before.loops.map(({ vertices }) => vertices));
		}
		expect(triangleCount(mesh)).toBe(parts.partOf.length);
	});

	it('gives the same again', () => expect(partGraph(mesh, parts)).toEqual(graph));
});

describe('partConfidence', () => {
	// Regions 0 and 1 are one part, 2 and 3 parts of their own, 4 lost its triangles.
	const tree = {
		regions: 5,
		left: Uint32Array.of(0, 2, 5, 7),
		right: Uint32Array.of(1, 4, 6, 3),
		score: Float32Array.of(0.9, 0.8, 0.25, 0.125),
	};
	const regionOf = Uint32Array.of(0, 0, 1, 1, 2, 2, 3);
	const parts = labelled(meshOf([], new Uint32Array(21)), (t) => [0, 0, 0, 0, 1, 1, 2][t]);

	it('is 1 minus the score of the merge that was refused', () => {
		expect(Array.from(partConfidence(parts, tree, regionOf))).toEqual([0.75, 0.75, 0.875]);
	});

	it('is 1 for all in one, and for a piece of a region', () => {
		const one = labelled(meshOf([], new Uint32Array(21)), () => 0);
		expect(Array.from(partConfidence(one, tree, regionOf))).toEqual([1]);
		const pieces = labelled(meshOf([], new Uint32Array(21)), (t) => [0, 0, 0, 0, 1, 2, 1][t]);
		expect(Array.from(partConfidence(pieces, tree, regionOf))).toEqual([0.75, 0.875, 1]);
	});
});
