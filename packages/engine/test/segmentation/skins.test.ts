import { describe, expect, it } from 'vitest';
import type { RegionTable } from '../../src/segmentation/region-table.ts';
import { joinSkins } from '../../src/segmentation/skins.ts';
import { modelFrame, triangleGraph } from '../../src/segmentation/surface-graph.ts';
import { findWalls, type Wall } from '../../src/segmentation/walls.ts';
import { box, meshOf } from './shapes.ts';

const OWN = Uint32Array.of(0, 1, 2);
const wall = (a: number, b: number, area: number, depth: number): Wall => ({ a, b, area, volume: area * depth });

/** A bookcase: its shell, its inside and a box on top, with what lies behind what. */
function bookcase(walls: readonly Wall[], rim = 0.5): RegionTable {
	return {
		area: Float64Array.of(0.5, 0.4, 0.1),
		triangles: Uint32Array.of(10, 10, 10),
		firstTriangle: Uint32Array.of(0, 10, 20),
		seamA: Uint32Array.of(0, 0),
		seamB: Uint32Array.of(1, 2),
		seamLength: Float64Array.of(rim, 0.1),
		cling: Float64Array.of(0.2, 0.1),
		images: [],
		walls,
		size: 1,
		totalArea: 2,
	};
}

describe('the two sides of a wall', () => {
	it('are one part where the wall is thin', () => {
		const thin = [wall(0, 1, 0.3, 0.01), wall(1, 0, 0.3, 0.01)];
		expect(joinSkins(bookcase(thin), OWN)).toEqual(Uint32Array.of(0, 0, 2));
		const thick = [wall(0, 1, 0.3, 0.3), wall(1, 0, 0.3, 0.3)];
		expect(joinSkins(bookcase(thick), OWN)).toBe(OWN);
	});

	it('stay apart where one covers little of the other, or where they have no edge in common', () => {
		expect(joinSkins(bookcase([wall(2, 0, 0.1, 0.01), wall(0, 2, 0.1, 0.01)]), OWN)).toBe(OWN);
		expect(joinSkins(bookcase([wall(0, 1, 0.3, 0.01), wall(1, 0, 0.3, 0.01)], 0), OWN)).toBe(OWN);
	});

	it('are measured by part, not by region', () => {
		const walls = [wall(0, 1, 0.2, 0.01), wall(0, 2, 0.1, 0.01), wall(1, 0, 0.25, 0.01), wall(2, 0, 0.1, 0.01)];
		expect(joinSkins(bookcase(walls), OWN)).toEqual(Uint32Array.of(0, 0, 2));
		expect(joinSkins(bookcase(walls), Uint32Array.of(0, 1, 1))).toEqual(Uint32Array.of(0, 0, 0));
	});
});

it('finds what lies behind what, as deep as the plate is thick', () => {
	const { positions, triangles } = box([0, 0, 0], [1, 1, 0.02]);
	const plate = meshOf(positions, triangles);
	const frame = modelFrame(plate);
	const graph = triangleGraph(plate, frame);
	const own = Uint32Array.from({ length: graph.cells }, (_, t) => t);
	const sides = Uint32Array.from(own, (t) =>
		graph.normal[3 * t + 2] > 0.5 ? 0 : graph.normal[3 * t + 2] < -0.5 ? 1 : 2,
	);
	const walls = findWalls(plate, frame, graph, own, own, sides).filter(({ a, b }) => a < 2 && b < 2);
	expect(walls.map(({ a, b }) => [a, b])).toEqual([
		[0, 1],
		[1, 0],
	]);
	for (const { area, volume } of walls) {
		expect(area * frame.size ** 2).toBeCloseTo(4, 5);
		expect((volume / area) * frame.size).toBeCloseTo(0.04, 5);
	}
});
