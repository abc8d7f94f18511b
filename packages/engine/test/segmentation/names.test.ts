import { describe, expect, it } from 'vitest';
import type { Mesh } from '../../src/mesh/mesh.ts';
import type { Material } from '../../src/mesh/model.ts';
import { nameBySide, nameBySource } from '../../src/segmentation/names.ts';
import { partGraph } from '../../src/segmentation/part-graph.ts';
import { segment } from '../../src/segmentation/segment.ts';
import { box, starfish, together } from './shapes.ts';

// biome-ignore format: a table of directions
const { mesh: figure } = starfish([[1, 0.2, 0.1], [-1, 0.2, 0.1], [0, 1, 0.3], [0.4, -1, 0], [-0.4, -1, 0]]);
const parts = segment(figure);
const graph = partGraph(figure, parts);

function placed(mesh: Mesh, place: (p: readonly number[]) => readonly number[]): Mesh {
	const positions = new Float32Array(mesh.positions.length);
	for (let i = 0; i < positions.length; i += 3) positions.set(place([...mesh.positions.subarray(i, i + 3)]), i);
	return { ...mesh, positions };
}

describe('partners of a figure', () => {
	it('are its arms and its legs, both ways', () => {
		const paired = graph.parts.filter(({ partner }) => partner !== undefined);
		expect(paired).toHaveLength(4);
		for (const [p, { partner, centroid }] of graph.parts.entries()) {
			if (partner === undefined) continue;
			expect(graph.parts[partner].partner).toBe(p);
			expect(graph.parts[partner].centroid[0]).toBeCloseTo(-centroid[0], 1);
			expect(graph.parts[partner].centroid[1]).toBeCloseTo(centroid[1], 1);
		}
	});

	it('are the same after turning, scaling and moving', () => {
		const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
		const moved = placed(figure, ([x, y, z]) => [100 + 9 * (c * x - s * y), 9 * (s * x + c * y), 9 * z]);
		expect(partGraph(moved, parts).parts.map(({ partner }) => partner)).toEqual(
			graph.parts.map(({ partner }) => partner),
		);
	});
});

describe('nameBySource', () => {
	// Boxes of falling size, far apart: a part each.
	const mesh = together([3, 2.5, 2, 1.5].map((half, i) => box([10 * i, 0, 0], [half, half, half])));
	const cut = segment(mesh, { parts: 4 });
	const source = (name: string, firstTriangle: number, triangles: number) => {
		return { node: 0, name, primitive: 0, firstTriangle, triangles, mover: -1 };
	};
	const names = (sources: ReturnType<typeof source>[], materialNames: string[] = []): string[] => {
		const materialOf = Uint16Array.from(mesh.materialOf, (_, t) =>
			materialNames[(t / 12) | 0] ? (t / 12) | 0 : 0xffff,
		);
		const materials = materialNames.map((name) => ({ name })) as unknown as Material[];
		return nameBySource(cut, { mesh: { ...mesh, materialOf }, sources, materials }).parts.map(({ name }) => name);
	};

	it('takes the name of the node that most of a part is, without commas', () => {
		expect(names([source('hull', 0, 12), source('a, b', 12, 12), source('', 24, 24)])).toEqual([
			'hull',
			'a_ b',
			'part_2',
			'part_3',
		]);
		// Ten and two of twelve triangles: 5/6 of the surface; eight and four: 2/3.
		expect(names([source('hull', 0, 10), source('rest', 10, 10), source('', 20, 28)])).toEqual([
			'hull',
			'part_1',
			'part_2',
			'part_3',
		]);
	});

	it('takes the name of a material where no node speaks, and none that several would bear', () => {
		expect(names([source('body', 0, 24), source('wheel', 24, 12), source('', 36, 12)], ['x', 'x', 'x', 'rim'])).toEqual(
			['part_0', 'part_1', 'wheel', 'rim'],
		);
		expect(names([source('part_1', 0, 12), source('', 12, 36)])).toEqual(['part_0', 'part_1', 'part_2', 'part_3']);
	});
});

describe('nameBySource with joints', () => {
	// A torso, an upper arm, a lower arm, a box that no joint moves.
	const mesh = together([3, 2.5, 2, 1.5].map((half, i) => box([10 * i, 0, 0], [half, half, half])));
	const cut = segment(mesh, { parts: 4 });
	const names = ['', 'Hips', 'Arm.L', 'LowerArm.L'];
	const parentOf = Uint32Array.of(0, 0, 1, 2);
	const jointOf = Uint32Array.from({ length: 48 }, (_, t) => [1, 2, 3, 0][(t / 12) | 0]);
	const model = { mesh, sources: [], materials: [] };

	it('takes the joint that moves the part and little more', () => {
		const told = nameBySource(cut, model, { jointOf, names, parentOf }).parts.map(({ name }) => name);
		// The hips move all three, the upper arm both its own box and the lower one: neither is the part alone.
		expect(told).toEqual(['part_0', 'part_1', 'LowerArm.L', 'part_3']);
	});

	it('takes the joint above for a part that is all of a limb', () => {
		const limbs = segment(mesh, { parts: 4 });
		const joined = { ...limbs, partOf: limbs.partOf.map((p) => (p === 2 ? 1 : p === 3 ? 2 : p)) };
		const three = { ...joined, parts: limbs.parts.slice(0, 3) };
		expect(nameBySource(three, model, { jointOf, names, parentOf }).parts.map(({ name }) => name)).toEqual([
			'part_0',
			'Arm.L',
			'part_2',
		]);
	});
});

describe('nameBySide', () => {
	it('adds no side to a name that says it', () => {
		const sided = { ...parts, parts: parts.parts.map((part, p) => ({ ...part, name: `Arm${p}.L` })) };
		expect(nameBySide(sided, graph).parts.map(({ name }) => name)).toEqual(sided.parts.map(({ name }) => name));
	});

	it('calls what is at +x left', () => {
		const named = nameBySide(parts, graph);
		for (const [p, { name }] of named.parts.entries()) {
			const { partner, centroid } = graph.parts[p];
			const side = partner === undefined ? '' : centroid[0] > 0 ? '_left' : '_right';
			expect(name).toBe(`part_${p}${side}`);
		}
		expect(named.partOf).toBe(parts.partOf);
	});

	it('leaves the names of a model that is alike at its front and back only', () => {
		const turned = placed(figure, ([x, y, z]) => [z, y, -x]);
		const around = partGraph(turned, parts);
		expect(around.parts.some(({ partner }) => partner !== undefined)).toBe(true);
		expect(nameBySide(parts, around)).toBe(parts);
	});

	it('leaves the names of a model without symmetry', () => {
		const crooked = together([
			box([0, 0, 0], [1, 1, 1]),
			box([3, 2, 0.5], [0.4, 0.9, 0.2]),
			box([2, -3, 2], [1, 2, 0.3]),
		]);
		const cut = segment(crooked);
		expect(nameBySide(cut, partGraph(crooked, cut))).toBe(cut);
	});
});
