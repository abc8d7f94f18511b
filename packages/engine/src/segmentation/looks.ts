import { type Mesh, NO_ROW, triangleCount } from '../mesh/mesh.ts';
import { groupByKey } from '../mesh/topology.ts';
import type { Coarsening } from './cells.ts';
import { colorClasses } from './color-classes.ts';
import type { SurfaceGraph } from './surface-graph.ts';

/** Classes of look that regions keep account of; what is rarer shares the last one. */
export const LOOKS = 8;

/** What of a surface's look is asked for. */
export type LookCues = {
	readonly materials: boolean;
	readonly colors: boolean;
	readonly nodes: boolean;
	readonly joints: boolean;
};

/** What a file knows of each triangle that its mesh does not say. */
export type Hints = {
	/** Colours that textures show, linear RGB, 0..1: `paintedColors`. T × 3. */
	readonly painted?: Float32Array | undefined;
	/** Node of the scene that carries it. T. */
	readonly nodeOf?: Uint32Array | undefined;
	/** Joint that moves it most: `mainJoints`. T. */
	readonly jointOf?: Uint32Array | undefined;
};

/**
 * Look of each cell, 0..LOOKS-1 by falling area, or undefined where all look alike: its material, its colour, coarsely,
 * the node that it came from and the joint that moves it. Which one it is does not matter, only where another begins.
 *
 * @returns N.
 */
export function classifyLooks(
	mesh: Mesh,
	triangles: SurfaceGraph,
	{ graph, cellOf }: Coarsening,
	cues: LookCues,
	{ painted, nodeOf, jointOf }: Hints = {},
): Uint8Array | undefined {
	const colors = cues.colors ? meanColors(mesh, triangles, graph, cellOf, painted) : undefined;
	const sorts: ArrayLike<number>[] = colors ? [colorClasses(graph, colors)] : [];
	const byTriangle = [cues.materials && mesh.materialOf, cues.nodes && nodeOf, cues.joints && jointOf];
	for (const sortOf of byTriangle)
		if (sortOf && !isAllOne(sortOf)) sorts.push(mainSorts(sortOf, triangles, graph, cellOf));
	if (sorts.length === 0) return undefined;
	return rankByArea(sorts.reduce(combine), graph.area);
}

/** A number for each two that occur together. N. */
function combine(a: ArrayLike<number>, b: ArrayLike<number>): Uint32Array {
	const numbers = new Map<number, number>();
	const result = new Uint32Array(a.length);
	for (let n = 0; n < a.length; n++) {
		const key = a[n] * 2 ** 26 + b[n];
		if (!numbers.has(key)) numbers.set(key, numbers.size);
		result[n] = numbers.get(key)!;
	}
	return result;
}

/** The most frequent is 0; undefined where there is but one. N. */
function rankByArea(sortOf: ArrayLike<number>, area: ArrayLike<number>): Uint8Array | undefined {
	const areaOf = new Map<number, number>();
	for (let n = 0; n < sortOf.length; n++) areaOf.set(sortOf[n], (areaOf.get(sortOf[n]) ?? 0) + area[n]);
	if (areaOf.size < 2) return undefined;
	const order = [...areaOf].sort(([k, a], [l, b]) => b - a || k - l);
	const rank = new Map(order.map(([k], i) => [k, Math.min(i, LOOKS - 1)]));
	return Uint8Array.from(sortOf, (k) => rank.get(k)!);
}

/** Mean of the vertex colours, times what the textures show, over each cell. N × 3, or undefined where there is neither. */
function meanColors(
	mesh: Mesh,
	triangles: SurfaceGraph,
	graph: SurfaceGraph,
	cellOf: Uint32Array,
	painted: Float32Array | undefined,
): Float32Array | undefined {
	const { color } = mesh.corner;
	if (!color && !painted) return undefined;
	const sums = new Float32Array(3 * graph.cells);
	const weight = new Float32Array(graph.cells);
	for (let t = 0; t < triangleCount(mesh); t++) {
		const n = cellOf[t];
		const a = triangles.area[t] + 1e-12;
		weight[n] += a;
		for (let axis = 0; axis < 3; axis++) {
			let sum = 3;
			if (color) {
				sum = 0;
				for (let c = 3 * t; c < 3 * t + 3; c++) {
					const row = color.indices[c];
					sum += row === NO_ROW ? 1 : color.values[row * color.size + axis];
				}
			}
			sums[3 * n + axis] += ((a * sum) / 3) * (painted ? painted[3 * t + axis] : 1);
		}
	}
	for (let i = 0; i < sums.length; i++) sums[i] /= weight[Math.floor(i / 3)];
	return sums;
}

function isAllOne(sortOf: ArrayLike<number>): boolean {
	for (let t = 1; t < sortOf.length; t++) if (sortOf[t] !== sortOf[0]) return false;
	return true;
}

/** The sort of triangles that most of each cell's area is of. N. */
function mainSorts(
	sortOf: ArrayLike<number>,
	triangles: SurfaceGraph,
	graph: SurfaceGraph,
	cellOf: Uint32Array,
): ArrayLike<number> {
	if (graph === triangles) return sortOf;
	const main = new Uint32Array(graph.cells);
	const { offsets, list } = groupByKey(cellOf, graph.cells);
	for (let n = 0; n < graph.cells; n++) {
		const sums = new Map<number, number>();
		let most = -1;
		for (let i = offsets[n]; i < offsets[n + 1]; i++) {
			const sort = sortOf[list[i]];
			const sum = (sums.get(sort) ?? 0) + triangles.area[list[i]];
			sums.set(sort, sum);
			if (sum <= most) continue;
			most = Math.fround(sum);
			main[n] = sort;
		}
	}
	return main;
}
