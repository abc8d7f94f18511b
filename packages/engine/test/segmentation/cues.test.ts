import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type SymmetryPlane, symmetryPlane } from '../../src/analysis/symmetry.ts';
import { readModel } from '../../src/formats/read.ts';
import { random } from '../../src/math/random.ts';
import { dot } from '../../src/math/vector3.ts';
import { type Mesh, triangleCount } from '../../src/mesh/mesh.ts';
import { absorbIslands } from '../../src/segmentation/islands.ts';
import { classifyLooks, type Hints, LOOKS, type LookCues } from '../../src/segmentation/looks.ts';
import { findMirror } from '../../src/segmentation/mirror.ts';
import { type GraphPart, partGraph } from '../../src/segmentation/part-graph.ts';
import { recut } from '../../src/segmentation/recut.ts';
import { SEGMENT_DEFAULTS, segment } from '../../src/segmentation/segment.ts';
import { modelFrame, triangleGraph } from '../../src/segmentation/surface-graph.ts';
import { box, disagreement, meshOf, starfish, together } from './shapes.ts';

const cues: LookCues = SEGMENT_DEFAULTS.cues;

describe('looks', () => {
	const plain = together([box([0, 0, 0], [1, 1, 1]), box([4, 0, 0], [2, 2, 2])]);
	const count = triangleCount(plain);
	const small = (t: number): boolean => t < 12;
	const bySize = Array.from({ length: count }, (_, t) => (small(t) ? 1 : 0));
	const looks = (mesh: Mesh, asked = cues, hints: Hints = {}) => {
		const triangles = triangleGraph(mesh, modelFrame(mesh));
		const cellOf = Uint32Array.from({ length: triangles.cells }, (_, t) => t);
		const found = classifyLooks(mesh, triangles, { graph: triangles, cellOf }, asked, hints);
		return found && Array.from(found);
	};

	it('of one material are none', () => {
		expect(looks(plain)).toBeUndefined();
	});

	it('are materials by falling area, unless switched off', () => {
		const mesh = { ...plain, materialOf: Uint16Array.from({ length: count }, (_, t) => (small(t) ? 3 : 7)) };
		expect(looks(mesh)).toEqual(bySize);
		expect(looks(mesh, { ...cues, materials: false })).toBeUndefined();
	});

	it('are colours of vertices, alike where they differ little', () => {
		const values = Float32Array.from([0.9, 0.1, 0.1, 0.88, 0.1, 0.1, 0.1, 0.1, 0.9]);
		const indices = Uint32Array.from({ length: 3 * count }, (_, c) => (c < 36 ? c % 2 : 2));
		const mesh = { ...plain, corner: { color: { values, indices, size: 3 } } } as Mesh;
		expect(looks(mesh)).toEqual(bySize);
		expect(looks(mesh, { ...cues, colors: false })).toBeUndefined();
	});

	it('are colours of textures, under noise and shading, times those of vertices', () => {
		const draw = random(3);
		const painted = Float32Array.from({ length: 3 * count }, (_, i) => {
			const color = small(Math.floor(i / 3)) ? [0.6, 0.3, 0.1] : [0.1, 0.4, 0.2];
			return color[i % 3] * (0.9 + 0.2 * draw());
		});
		expect(looks(plain, cues, { painted })).toEqual(bySize);
		expect(looks(plain, { ...cues, colors: false }, { painted })).toBeUndefined();
	});

	it('that run into each other are one', () => {
		// A strip of 200 squares, from dark to light brown.
		const positions: number[] = [];
		const triangles: number[] = [];
		for (let i = 0; i <= 200; i++) positions.push(i, 0, 0, i, 1, 0);
		for (let i = 0; i < 200; i++) triangles.push(2 * i, 2 * i + 2, 2 * i + 1, 2 * i + 1, 2 * i + 2, 2 * i + 3);
		const strip = meshOf(positions, triangles);
		const ramp = Float32Array.from({ length: 1200 }, (_, i) => [0.6, 0.3, 0.1][i % 3] * (0.2 + i / 1500));
		expect(looks(strip, cues, { painted: ramp })).toBeUndefined();
		const step = ramp.map((value, i) => (i < 600 ? value / 10 : value));
		expect(new Set(looks(strip, cues, { painted: step })).size).toBe(2);
	});

	it('do not begin where light fades into its surroundings, whatever else has their colour', () => {
		// A strip of 300 squares: dark, from the hundredth on light, and around the 220th fading to dark and back.
		const positions: number[] = [];
		const triangles: number[] = [];
		for (let i = 0; i <= 300; i++) positions.push(i, 0, 0, i, 1, 0);
		for (let i = 0; i < 300; i++) triangles.push(2 * i, 2 * i + 2, 2 * i + 1, 2 * i + 1, 2 * i + 2, 2 * i + 3);
		const light = (square: number): number => {
			if (square < 100) return 0.1;
			return 0.1 + 0.9 * Math.min(1, Math.abs(square - 220) / 40);
		};
		const painted = Float32Array.from({ length: 1800 }, (_, i) => [0.6, 0.3, 0.1][i % 3] * light(Math.floor(i / 6)));
		const found = looks(meshOf(positions, triangles), cues, { painted })!;
		expect(found[2 * 50]).not.toBe(found[2 * 150]);
		expect(found[2 * 220]).toBe(found[2 * 150]);
	});

	it('are nodes, and joints where they are asked for', () => {
		const nodeOf = Uint32Array.from(bySize);
		expect(looks(plain, cues, { nodeOf })).toEqual(bySize);
		expect(looks(plain, { ...cues, nodes: false }, { nodeOf })).toBeUndefined();
		expect(looks(plain, cues, { jointOf: nodeOf })).toBeUndefined();
		expect(looks(plain, { ...cues, joints: true }, { jointOf: nodeOf })).toEqual(bySize);
	});

	it('that are many share the last class', () => {
		const mesh = { ...plain, materialOf: Uint16Array.from({ length: count }, (_, t) => t) };
		expect(Math.max(...looks(mesh)!)).toBe(LOOKS - 1);
	});
});

describe('mirror', () => {
	it('maps the left arm to the right one and the ball to itself', () => {
		const { mesh, truth } = starfish([
			[1, 0.2, 0],
			[-1, 0.2, 0],
			[0, 0, 1],
		]);
		const graph = triangleGraph(mesh, modelFrame(mesh));
		const cellOf = Uint32Array.from({ length: graph.cells }, (_, t) => t);
		const mirror = findMirror(mesh, modelFrame(mesh), graph, cellOf, truth, undefined)!;
		expect(Math.abs(mirror.normal[0])).toBeCloseTo(1, 2);
		const large = mirror.images.filter(({ area }) => area > 0.05).map(({ a, b }) => [a, b]);
		expect(large).toEqual([
			[0, 1],
			[2, 2],
			[3, 3],
		]);
	});

	it('is that of a body with its tail to one side', () => {
		const { mesh, truth } = starfish([
			[1, 0.2, 0],
			[-1, 0.2, 0],
			[0.4, -0.6, -1],
			[0, 0, 1],
			[0.5, -1, 0.3],
			[-0.5, -1, 0.3],
		]);
		expect(symmetryPlane(mesh)).toBeUndefined();
		const graph = triangleGraph(mesh, modelFrame(mesh));
		const cellOf = Uint32Array.from({ length: graph.cells }, (_, t) => t);
		const mirror = findMirror(mesh, modelFrame(mesh), graph, cellOf, truth, undefined)!;
		expect(Math.abs(mirror.normal[0])).toBeCloseTo(1, 1);
		expect(mirror.images.find(({ a, b }) => a === 0 && b === 1)!.area).toBeGreaterThan(0.05);
	});

	it('is none where nothing is symmetric', () => {
		const { mesh, truth } = starfish([
			[1, 0, 0],
			[0, 1, 0.4],
			[0.3, -0.4, 1],
			[-0.8, -0.5, 0.1],
		]);
		const graph = triangleGraph(mesh, modelFrame(mesh));
		const cellOf = Uint32Array.from({ length: graph.cells }, (_, t) => t);
		expect(findMirror(mesh, modelFrame(mesh), graph, cellOf, truth, undefined)).toBeUndefined();
	});
});

it('islands: the second of two like pieces stays, a small one goes', () => {
	// A strip of 12 squares: label 1 at 0..3 and 6..8, a stray at 11.
	const positions: number[] = [];
	const triangles: number[] = [];
	for (let i = 0; i <= 12; i++) positions.push(i, 0, 0, i, 1, 0);
	for (let i = 0; i < 12; i++) triangles.push(2 * i, 2 * i + 2, 2 * i + 1, 2 * i + 1, 2 * i + 2, 2 * i + 3);
	const mesh = meshOf(positions, triangles);
	const squares = [1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1];
	const label = Uint32Array.from(squares.flatMap((p) => [p, p]));
	label[23] = 0;
	absorbIslands(triangleGraph(mesh, modelFrame(mesh)), label);
	squares[11] = 0;
	expect(Array.from(label)).toEqual(squares.flatMap((p) => [p, p]));
});

/** Parts whose middle is at least `least` away from the plane. */
const awayFrom = (plane: SymmetryPlane, parts: readonly GraphPart[], least: number): number[] =>
	parts.map((_, p) => p).filter((p) => Math.abs(dot(plane.normal, parts[p].centroid) - plane.offset) > least);

describe('left and right', () => {
	// Six legs in pairs and a head: the surface is the same on both sides but for its triangles.
	const LEGS = [
		[1, 0.2, 0.8],
		[-1, 0.2, 0.8],
		[1, -0.2, -0.1],
		[-1, -0.2, -0.1],
		[0.8, 0, -1.1],
		[-0.8, 0, -1.1],
		[0, 1, 0],
	] as const;
	const { mesh } = starfish(LEGS, 5, 0.006);
	it.each([0.3, 0.5, 0.7])('are cut alike at granularity %f', (granularity) => {
		const cut = segment(mesh, { granularity });
		const { symmetry, parts } = partGraph(mesh, cut);
		const aside = awayFrom(symmetry!, parts, 0.3).filter((p) => cut.parts[p].area > 0.5);
		expect(aside.length).toBeGreaterThanOrEqual(4);
		for (const p of aside) expect(parts[p].partner).toBeDefined();
	});
});

const DATA = new URL('../../../../.cache/data/', import.meta.url);
describe.skipIf(!existsSync(new URL('generated/bench.glb', DATA)))('bench.glb (needs .cache/data/generated)', () => {
	it('has the same parts on both sides at any granularity', async () => {
		const bytes = readFileSync(new URL('generated/bench.glb', DATA));
		const { mesh } = await readModel(bytes, { name: 'bench.glb' });
		const measured = segment(mesh);
		for (const granularity of [0.25, 0.5, 0.75]) {
			const { parts, symmetry } = partGraph(mesh, recut(measured, { granularity }));
			const aside = awayFrom(symmetry!, parts, 0.1);
			expect(aside.length).toBeGreaterThanOrEqual(2);
			for (const p of aside) expect(parts[p].partner).toBeDefined();
		}
	});
});

describe.skipIf(!existsSync(new URL('generated/Feralis_skinned.glb', DATA)))(
	'generated models (need .cache/data/generated)',
	() => {
		const meshOfFile = async (name: string): Promise<Mesh> =>
			(await readModel(readFileSync(new URL(`generated/${name}`, DATA)), { name })).mesh;
		const mirrorOf = (mesh: Mesh, regionOf: ArrayLike<number>) => {
			const graph = triangleGraph(mesh, modelFrame(mesh));
			const cellOf = Uint32Array.from({ length: graph.cells }, (_, t) => t);
			return findMirror(mesh, modelFrame(mesh), graph, cellOf, Uint32Array.from(regionOf), undefined);
		};

		it('have both ears of a cat cut alike, though its tail is to one side', async () => {
			const mesh = await meshOfFile('Feralis_skinned.glb');
			const { partOf, parts } = segment(mesh);
			const { images } = mirrorOf(mesh, partOf)!;
			const seen = parts.map((_, p) => images.filter(({ a, b }) => a === p || b === p));
			const main = seen.map((list) => list.reduce((most, image) => (image.area > most.area ? image : most)));
			let all = 0;
			let alike = 0;
			for (const image of images) {
				all += image.area;
				if (main[image.a] === image && main[image.b] === image) alike += image.area;
			}
			expect(alike / all).toBeGreaterThan(0.96);
		});

		it('have no mirror where half of a tree has no image', async () => {
			const mesh = await meshOfFile('Tree1.glb');
			expect(mirrorOf(mesh, new Uint32Array(triangleCount(mesh)))).toBeUndefined();
		});

		it('have the head, the post and the base of a painted lamp apart', async () => {
			const mesh = await meshOfFile('street_lamp.glb');
			const painted = new Float32Array(3 * triangleCount(mesh)).fill(0.4);
			expect(segment(mesh, { hints: { painted } }).parts.length).toBeGreaterThanOrEqual(3);
			const heights = segment(mesh, { hints: { painted } }).parts.map(({ area }) => area);
			expect(heights.filter((area) => area > 0.02 * heights.reduce((a, b) => a + b, 0)).length).toBe(3);
		});
	},
);

describe.skipIf(!existsSync(new URL('named', DATA)))('named parts (needs .cache/data/named)', () => {
	// The trees have seen these: a bound that only says that nothing broke. bench/segment holds them out.
	it.each([
		['modular_men_Suit.glb', 0.8],
		['modular_women_Casual.glb', 0.8],
	])('%s', async (name, bound) => {
		const { mesh, sources } = await readModel(readFileSync(new URL(`named/${name}`, DATA)), { name });
		const truth = new Uint32Array(triangleCount(mesh));
		for (const { node, firstTriangle, triangles } of sources)
			truth.fill(node, firstTriangle, firstTriangle + triangles);
		const { partOf, parts } = segment(mesh);
		expect(1 - disagreement(partOf, truth)).toBeGreaterThan(bound);
		expect(parts.length).toBeLessThanOrEqual(8);
		const plain = { ...mesh, materialOf: new Uint16Array(triangleCount(mesh)) };
		expect(segment(mesh, { cues: { materials: false } }).partOf).toEqual(segment(plain).partOf);
	});
});
