import { Growth } from './grow.ts';
import { edgeRows, type SurfaceGraph } from './surface-graph.ts';

/** A coarser graph, and the cell of it that each cell of the finer one went to. */
export type Coarsening = { readonly graph: SurfaceGraph; readonly cellOf: Uint32Array };

/** Above this many triangles the surface is measured in cells of several. */
const MAX_CELLS = 50_000;
/** An edge with this much turning costs as much as a flat one of 1 + CREASE times the length. */
const CREASE = 4;

/** The cells that a surface is measured in: its triangles, unless they are too many. */
export function coarsenWhenLarge(triangles: SurfaceGraph, advance: (fraction: number) => void): Coarsening {
	if (triangles.cells > MAX_CELLS + triangles.groups) return coarsen(triangles, MAX_CELLS, advance);
	return { graph: triangles, cellOf: Uint32Array.from({ length: triangles.cells }, (_, t) => t) };
}

/**
 * Joins triangles into about `target` compact cells of like area that do not straddle creases. A cell averages its
 * normals, so that it is also a first filter against noise.
 *
 * Seeds are drawn along a Morton curve at equal steps of area: near-linear, where farthest-point seeds would take
 * `log(target)` sweeps over all triangles. Every connected piece gets at least one.
 */
export function coarsen(fine: SurfaceGraph, target: number, advance: (fraction: number) => void): Coarsening {
	const growth = new Growth(fine, crossingCosts(fine));
	advance(0.1);
	const order = mortonOrder(fine.centroid);
	advance(0.4);
	const seeded = new Uint8Array(fine.groups);
	const total = fine.area.reduce((sum, a) => sum + a, 0);
	const step = total / target;
	let cells = 0;
	let walked = step / 2;
	for (let i = 0; i < order.length; i++) {
		const n = order[i];
		walked += fine.area[n];
		if (walked < step && seeded[fine.groupOf[n]]) continue;
		if (walked >= step) walked %= step;
		seeded[fine.groupOf[n]] = 1;
		growth.seed(n, cells++);
	}
	growth.spread(Number.POSITIVE_INFINITY, (done) => advance(0.4 + 0.4 * done));
	return { graph: contract(fine, growth.regionOf, cells), cellOf: growth.regionOf };
}

/** The triangle of each cell whose centre is nearest to the cell's: rays start there. N. */
export function standIns(triangles: SurfaceGraph, graph: SurfaceGraph, cellOf: Uint32Array): Uint32Array {
	if (graph === triangles) return cellOf;
	const nearest = new Uint32Array(graph.cells);
	const near = new Float32Array(graph.cells).fill(Number.POSITIVE_INFINITY);
	for (let t = 0; t < cellOf.length; t++) {
		const n = cellOf[t];
		let square = 0;
		for (let axis = 0; axis < 3; axis++)
			square += (triangles.centroid[3 * t + axis] - graph.centroid[3 * n + axis]) ** 2;
		if (square < near[n]) {
			near[n] = square;
			nearest[n] = t;
		}
	}
	return nearest;
}

function crossingCosts({ edgeA, edgeB, centroid, normal }: SurfaceGraph): Float32Array {
	const cost = new Float32Array(edgeA.length);
	for (let e = 0; e < cost.length; e++) {
		const a = 3 * edgeA[e];
		const b = 3 * edgeB[e];
		const turn = 1 - normal[a] * normal[b] - normal[a + 1] * normal[b + 1] - normal[a + 2] * normal[b + 2];
		const distance = Math.hypot(
			centroid[a] - centroid[b],
			centroid[a + 1] - centroid[b + 1],
			centroid[a + 2] - centroid[b + 2],
		);
		cost[e] = distance * (1 + CREASE * turn);
	}
	return cost;
}

/** Cells along a space-filling curve: neighbours in the list are near in space, whatever the file's order. */
function mortonOrder(centroid: Float32Array): Uint32Array {
	const count = centroid.length / 3;
	const keys = new Float64Array(count);
	for (let n = 0; n < count; n++) {
		let key = 0;
		// 15 bits an axis over [-4, 4) model sizes; 45 bits fit a double exactly.
		for (let axis = 2; axis >= 0; axis--) {
			const x = Math.min(32767, Math.max(0, Math.floor((centroid[3 * n + axis] + 4) * 4096)));
			key += spreadBits(x) * 2 ** axis;
		}
		keys[n] = key;
	}
	const order = new Uint32Array(count);
	for (let n = 0; n < count; n++) order[n] = n;
	return order.sort((a, b) => keys[a] - keys[b] || a - b);
}

/** Puts two zero bits before each of 15 bits; the result is below 2⁴³. */
function spreadBits(x: number): number {
	return spread5(x & 31) + spread5((x >> 5) & 31) * 2 ** 15 + spread5(x >> 10) * 2 ** 30;
}

const spread5 = (x: number): number => (x & 1) | ((x & 2) << 2) | ((x & 4) << 4) | ((x & 8) << 6) | ((x & 16) << 8);

/** The graph of the regions of `regionOf`, which must not span groups. */
function contract(fine: SurfaceGraph, regionOf: Uint32Array, cells: number): SurfaceGraph {
	const area = new Float32Array(cells);
	const centroid = new Float32Array(3 * cells);
	const normal = new Float32Array(3 * cells);
	const count = new Uint32Array(cells);
	const groupOf = new Uint32Array(cells);
	for (let n = 0; n < fine.cells; n++) {
		const r = regionOf[n];
		area[r] += fine.area[n];
		count[r]++;
		groupOf[r] = fine.groupOf[n];
	}
	for (let n = 0; n < fine.cells; n++) {
		const r = regionOf[n];
		const share = area[r] > 0 ? fine.area[n] / area[r] : 1 / count[r];
		for (let axis = 0; axis < 3; axis++) {
			centroid[3 * r + axis] += share * fine.centroid[3 * n + axis];
			normal[3 * r + axis] += share * fine.normal[3 * n + axis];
		}
	}
	for (let r = 0; r < cells; r++) {
		const length = Math.hypot(normal[3 * r], normal[3 * r + 1], normal[3 * r + 2]);
		for (let axis = 0; axis < 3; axis++) if (length > 0) normal[3 * r + axis] /= length;
	}
	const { edgeA, edgeB, edgeLength } = contractEdges(fine, regionOf, cells);
	const edgesOf = edgeRows(cells, edgeA, edgeB);
	return { cells, area, centroid, normal, groupOf, groups: fine.groups, edgeA, edgeB, edgeLength, edgesOf };
}

/** One edge for each pair of regions that touch, as long as all their common edges together; sorted by (a, b). */
function contractEdges(fine: SurfaceGraph, regionOf: Uint32Array, cells: number) {
	const lower: number[] = [];
	for (let e = 0; e < fine.edgeA.length; e++) if (regionOf[fine.edgeA[e]] !== regionOf[fine.edgeB[e]]) lower.push(e);
	const offsets = new Uint32Array(cells + 1);
	for (const e of lower) offsets[Math.min(regionOf[fine.edgeA[e]], regionOf[fine.edgeB[e]]) + 1]++;
	for (let r = 0; r < cells; r++) offsets[r + 1] += offsets[r];
	const fill = offsets.slice(0, cells);
	const list = new Uint32Array(lower.length);
	for (const e of lower) list[fill[Math.min(regionOf[fine.edgeA[e]], regionOf[fine.edgeB[e]])]++] = e;
	const edgeA: number[] = [];
	const edgeB: number[] = [];
	const edgeLength: number[] = [];
	const at = new Int32Array(cells).fill(-1);
	for (let r = 0; r < cells; r++) {
		const first = edgeA.length;
		for (let i = offsets[r]; i < offsets[r + 1]; i++) {
			const e = list[i];
			const other = Math.max(regionOf[fine.edgeA[e]], regionOf[fine.edgeB[e]]);
			if (at[other] < first) {
				at[other] = edgeA.length;
				edgeA.push(r);
				edgeB.push(other);
				edgeLength.push(0);
			}
			edgeLength[at[other]] += fine.edgeLength[e];
		}
	}
	return {
		edgeA: Uint32Array.from(edgeA),
		edgeB: Uint32Array.from(edgeB),
		edgeLength: Float32Array.from(edgeLength),
	};
}
