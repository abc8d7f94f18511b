import { describe, expect, it } from 'vitest';
import { MeshError } from '../../src/errors.ts';
import { type Mesh, triangleCount } from '../../src/mesh/mesh.ts';
import { recut } from '../../src/segmentation/recut.ts';
import { type Segmentation, segment } from '../../src/segmentation/segment.ts';
import { box, disagreement, meshOf, soup, starfish, together } from './shapes.ts';

// biome-ignore format: a table of directions
const ARMS = [[1, 0, 0], [-0.5, 0.87, 0.1], [-0.5, -0.87, 0.1], [0.1, 0, 1]] as const;
// biome-ignore format: a table of directions
const SEVEN = [[1, 0.2, 0.8], [-1, 0.2, 0.8], [1, -0.2, -0.1], [-1, -0.2, -0.1], [0.8, 0, -1.1], [-0.8, 0, -1.1], [0, 1, 0]] as const;
const { mesh, truth } = starfish(ARMS);
/** Triangles crowd where the arms begin: a boundary that lies one triangle aside is 3-5 % of all pairs. */
const ONE_RING = 0.06;

function expectWhole(mesh: Mesh, { partOf, parts, regionOf }: Segmentation): void {
	expect(partOf).toHaveLength(triangleCount(mesh));
	expect(regionOf).toHaveLength(triangleCount(mesh));
	const triangles = new Uint32Array(parts.length);
	for (const p of partOf) triangles[p]++;
	expect(Array.from(triangles)).toEqual(parts.map((part) => part.triangles));
	expect(parts.every((part) => part.triangles > 0)).toBe(true);
	for (let p = 1; p < parts.length; p++) expect(parts[p].area).toBeLessThanOrEqual(parts[p - 1].area);
	expect(new Set(parts.map((part) => part.name)).size).toBe(parts.length);
	for (const [p, part] of parts.entries())
		for (const { part: q, seam } of part.neighbours)
			expect(parts[q].neighbours.find((back) => back.part === p)?.seam).toBeCloseTo(seam, 6);
}

describe('segment', () => {
	const result = segment(mesh);

	it('finds the ball and its arms', () => {
		expectWhole(mesh, result);
		expect(result.parts).toHaveLength(ARMS.length + 1);
		expect(disagreement(result.partOf, truth)).toBeLessThan(ONE_RING);
	});

	it('finds them on a rough surface', () => {
		const rough = starfish(ARMS, 5, 0.01);
		const { partOf, parts } = segment(rough.mesh);
		expect(parts).toHaveLength(ARMS.length + 1);
		expect(disagreement(partOf, rough.truth)).toBeLessThan(ONE_RING);
	});

	it('finds them on a surface of many triangles', () => {
		const dense = starfish(ARMS, 6);
		const { partOf, parts } = segment(dense.mesh);
		expect(parts).toHaveLength(ARMS.length + 1);
		expect(disagreement(partOf, dense.truth)).toBeLessThan(ONE_RING);
	});

	it('gives the same bytes again', () => {
		const again = segment(mesh);
		expect(again.partOf).toEqual(result.partOf);
		expect(again.parts).toEqual(result.parts);
	});

	it.each([1e-6, 1e6])('follows scaling by %f', (scale) => {
		const scaled = segment({ ...mesh, positions: mesh.positions.map((x) => x * scale) });
		expect(disagreement(scaled.partOf, result.partOf)).toBeLessThan(0.01);
		expect(Math.abs(scaled.parts[0].area / scale / scale / result.parts[0].area - 1)).toBeLessThan(0.01);
	});

	it('follows turning', () => {
		const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
		const positions = mesh.positions.slice();
		for (let i = 0; i < positions.length; i += 3) {
			positions[i] = c * mesh.positions[i] - s * mesh.positions[i + 1];
			positions[i + 1] = s * mesh.positions[i] + c * mesh.positions[i + 1];
		}
		expect(disagreement(segment({ ...mesh, positions }).partOf, result.partOf)).toBeLessThan(ONE_RING);
	});

	it('follows renumbering of triangles', () => {
		const count = triangleCount(mesh);
		const order = Uint32Array.from({ length: count }, (_, t) => (t * 7919) % count);
		const triangles = new Uint32Array(3 * count);
		for (let t = 0; t < count; t++) for (let k = 0; k < 3; k++) triangles[3 * t + k] = mesh.triangles[3 * order[t] + k];
		const { partOf } = segment({ ...mesh, triangles });
		const back = new Uint16Array(count);
		for (let t = 0; t < count; t++) back[order[t]] = partOf[t];
		expect(disagreement(back, result.partOf)).toBeLessThan(ONE_RING);
	});

	it('does not care about winding', () => {
		const turned = mesh.triangles.slice();
		for (let c = 0; c < turned.length; c += 3) [turned[c + 1], turned[c + 2]] = [turned[c + 2], turned[c + 1]];
		expect(segment({ ...mesh, triangles: turned }).partOf).toEqual(result.partOf);
		const mixed = mesh.triangles.slice();
		for (let c = 0; c < mixed.length; c += 15) [mixed[c + 1], mixed[c + 2]] = [mixed[c + 2], mixed[c + 1]];
		expect(disagreement(segment({ ...mesh, triangles: mixed }).partOf, result.partOf)).toBeLessThan(ONE_RING);
	});

	it.each([1, 2, 3, 7])('gives %i parts when asked', (parts) => {
		const asked = segment(mesh, { parts });
		expectWhole(mesh, asked);
		expect(asked.parts).toHaveLength(parts);
		expect(asked.warnings).toEqual([]);
	});

	it('says when it cannot give the number', () => {
		const { parts, warnings } = segment(meshOf([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 2]), { parts: 4 });
		expect(parts).toHaveLength(1);
		expect(warnings).toHaveLength(1);
	});

	it('has as many parts or more with finer granularity', () => {
		const seven = starfish(SEVEN).mesh;
		const counts = ([0, 'simple', 'balanced', 'detailed', 1] as const).map(
			(g) => segment(seven, { granularity: g }).parts.length,
		);
		expect(counts).toEqual([...counts].sort((a, b) => a - b));
		expect(counts[4]).toBeGreaterThan(counts[0]);
	});

	it('never puts together what `apartBy` keeps apart', () => {
		const apartBy = Uint32Array.from({ length: triangleCount(mesh) }, (_, t) => (t < 1000 ? 7 : 3));
		const { partOf } = segment(mesh, { apartBy });
		const sides = new Map<number, number>();
		for (let t = 0; t < apartBy.length; t++) {
			if (!sides.has(partOf[t])) sides.set(partOf[t], apartBy[t]);
			expect(sides.get(partOf[t])).toBe(apartBy[t]);
		}
	});

	it('joins a small loose piece to what it lies on, not to what is far', () => {
		const pieces = together([
			box([0, 0, 0], [1, 1, 1]),
			box([6, 0, 0], [1, 1, 1]),
			box([1.03, 0, 0], [0.02, 0.02, 0.02]),
		]);
		const { partOf, parts } = segment(pieces);
		expect(parts).toHaveLength(2);
		expect(partOf[24]).toBe(partOf[0]);
		expect(partOf[12]).not.toBe(partOf[0]);
		expect(parts[0].neighbours).toEqual([{ part: 1, seam: 0 }]);
	});

	it('divides parts into what hangs together, when asked', () => {
		const pieces = together([
			box([0, 0, 0], [1, 1, 1]),
			box([6, 0, 0], [1, 1, 1]),
			box([1.5, 0, 0], [0.45, 0.45, 0.45]),
			box([6, 1.05, 0], [0.02, 0.02, 0.02]),
		]);
		const together1 = segment(pieces, { parts: 1 });
		expect(together1.parts).toHaveLength(1);
		const split = segment(pieces, { parts: 1, splitByConnectivity: true });
		expectWhole(pieces, split);
		expect(split.warnings).toEqual([]);
		// The button is below the smallest size and stays, with the largest piece of what was its part.
		expect(Array.from(split.partOf, (p) => p).filter((_, t) => t % 12 === 0)).toEqual([0, 1, 2, 0]);
		expect(recut(together1, { parts: 1, splitByConnectivity: true }).partOf).toEqual(split.partOf);
		const every = recut(together1, { parts: 1, splitByConnectivity: true, minPartSize: 0 });
		expect(every.parts.map(({ triangles }) => triangles)).toEqual([12, 12, 12, 12]);
		expect(recut(every, { parts: 1 }).partOf).toEqual(together1.partOf);
		const few = recut(every, { parts: 1, splitByConnectivity: true, minPartSize: 0, maxParts: 3 });
		expect(few.parts).toHaveLength(3);
	});

	it('leaves no part in pieces when asked, on a soup that regions were gathered on', () => {
		const many = soup(2500);
		const result = segment(many, { splitByConnectivity: true, minPartSize: 0, maxParts: 65535 });
		expectWhole(many, result);
		expect(result.parts).toHaveLength(2500);
		expect(recut(result, { splitByConnectivity: true, maxParts: 100 }).parts.length).toBeLessThanOrEqual(100);
	});

	it('keeps what was measured when asked', () => {
		const { intermediates } = segment(mesh, { keep: true });
		const mean = (from: number): number => {
			const of = Array.from(intermediates!.thickness).filter((_, t) => truth[t] === from);
			return of.reduce((a, b) => a + b, 0) / of.length;
		};
		// The ball has a diameter of 2; the arms taper to nothing.
		expect(mean(ARMS.length)).toBeGreaterThan(1.2);
		expect(mean(0)).toBeLessThan(mean(ARMS.length));
		expect(result.intermediates).toBeUndefined();
	});

	it('reports each step, never backward, and stops on request', () => {
		const fractions: number[] = [];
		const { times } = segment(mesh, {}, { onProgress: ({ fraction }) => fractions.push(fraction) });
		expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
		expect(fractions.at(-1)).toBe(1);
		expect(Object.keys(times)).toHaveLength(7);
		let asked = 0;
		expect(() => segment(mesh, {}, { isCancelled: () => ++asked > 20 })).toThrow(MeshError);
		expect(asked).toBe(21);
	});

	it.each([
		[{ parts: 0 }],
		[{ parts: 1.5 }],
		[{ parts: 300 }],
		[{ granularity: 1.2 }],
		[{ granularity: Number.NaN }],
		[{ minPartSize: -1 }],
		[{ maxParts: 0 }],
		[{ apartBy: new Uint32Array(1) }],
		[{ splitByConnectivity: 'no' as unknown as boolean }],
	])('refuses %j', (options) => {
		expect(() => segment(mesh, options)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
	});
});

describe('recut', () => {
	const result = segment(mesh);

	it('gives other cuts of the same tree', () => {
		for (const options of [{ parts: 2 }, { parts: 9 }, { granularity: 0.9 }, { minPartSize: 0.2 }, {}]) {
			const cut = recut(result, options);
			expectWhole(mesh, cut);
			if (options.parts) expect(cut.parts).toHaveLength(options.parts);
		}
		expect(recut(result).partOf).toEqual(result.partOf);
	});

	it('names the parts as asked', () => {
		expect(recut(result, { namePrefix: 'tripo_part_', parts: 2 }).parts.map((part) => part.name)).toEqual([
			'tripo_part_0',
			'tripo_part_1',
		]);
	});
});

describe('segment on any mesh', () => {
	const disc = Array.from({ length: 500 }, (_, i) => [Math.cos(i / 80), Math.sin(i / 80), 0]).flat();
	const meshes: Record<string, Mesh> = {
		'one triangle': meshOf([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 2]),
		'no area': meshOf([0, 0, 0], [0, 0, 0]),
		'collapsed triangles': meshOf([1, 1, 1, 0, 0, 0, 2, 0, 0], [0, 0, 0, 1, 1, 1, 0, 1, 2, 0, 1, 1]),
		'huge coordinates': meshOf([1e30, 0, 0, 2e30, 0, 0, 0, 1e30, 0, 0, 0, 1e30], [0, 1, 2, 0, 1, 3, 1, 2, 3]),
		'the largest numbers': meshOf([3e38, 0, 0, -3e38, 0, 0, 0, 3e38, 0], [0, 1, 2]),
		'tiny coordinates': meshOf([1e-30, 0, 0, 2e-30, 0, 0, 0, 1e-30, 0], [0, 1, 2]),
		'far from the origin': meshOf([1e7, 0, 0, 1e7 + 1, 0, 0, 1e7, 1, 0], [0, 1, 2]),
		'the same triangle four times': meshOf([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 2, 0, 1, 2, 0, 2, 1, 2, 1, 0]),
		'three wings': meshOf([0, 0, 0, 0, 0, 1, 1, 0, 0, -1, 1, 0, -1, -1, 0], [0, 1, 2, 0, 1, 3, 1, 0, 4]),
		'a disc of slivers': meshOf([0, 0, 0, ...disc], Array.from({ length: 499 }, (_, i) => [0, i + 1, i + 2]).flat()),
		'a soup': soup(3000),
	};
	it.each(Object.entries(meshes))('%s', (_, mesh) => {
		const result = segment(mesh);
		expectWhole(mesh, result);
		expect(result.parts.length).toBeLessThanOrEqual(256);
		expect(segment(mesh, { parts: 1 }).parts).toHaveLength(1);
		expectWhole(mesh, recut(result, { granularity: 1, minPartSize: 0 }));
	});

	it('refuses a mesh without triangles, or with coordinates that are not numbers', () => {
		expect(() => segment(meshOf([], []))).toThrow(expect.objectContaining({ code: 'no-triangles' }));
		expect(() => segment(meshOf([0, 0, Number.NaN, 1, 0, 0, 0, 1, 0], [0, 1, 2]))).toThrow(
			expect.objectContaining({ code: 'not-finite' }),
		);
	});
});
