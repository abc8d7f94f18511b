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
	const order = mortonOrder(fine.centroid, (done) => advance(0.1 + 0.3 * done));
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
	const graph = contract(fine, growth.regionOf, cells, (done) => advance(0.8 + 0.2 * done));
	return { graph, cellOf: growth.regionOf };
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
		const x = centroid[a] - centroid[b];
		const y = centroid[a + 1] - centroid[b + 1];
		const z = centroid[a + 2] - centroid[b + 2];
		cost[e] = Math.sqrt(x * x + y * y + z * z) * (1 + CREASE * turn);
	}
	return cost;
}

/** Cells along a space-filling curve: neighbours in the list are near in space, whatever the file's order. */
function mortonOrder(centroid: Float32Array, advance: (fraction: number) => void): Uint32Array {
	const count = centroid.length / 3;
	// 15 bits an axis over [-4, 4) model sizes, in three digits of 15 bits.
	const digits = [new Uint16Array(count), new Uint16Array(count), new Uint16Array(count)];
	const place = (x: number): number => Math.min(32767, Math.max(0, Math.floor((x + 4) * 4096)));
	for (let n = 0; n < count; n++) {
		const x = place(centroid[3 * n]);
		const y = place(centroid[3 * n + 1]);
		const z = place(centroid[3 * n + 2]);
		for (let d = 0; d < 3; d++)
			digits[d][n] =
				spread5((x >> (5 * d)) & 31) | (spread5((y >> (5 * d)) & 31) << 1) | (spread5((z >> (5 * d)) & 31) << 2);
	}
	advance(0.3);
	let order = new Uint32Array(count);
	for (let n = 0; n < count; n++) order[n] = n;
	// Lowest digit first; of equals the first cell stays first.
	for (const digit of digits) {
		const first = new Uint32Array(32769);
		for (let n = 0; n < count; n++) first[digit[n] + 1]++;
		for (let k = 0; k < 32768; k++) first[k + 1] += first[k];
		const sorted = new Uint32Array(count);
		for (let i = 0; i < count; i++) sorted[first[digit[order[i]]]++] = order[i];
		order = sorted;
		advance(0.6);
	}
	return order;
}

/** Puts two zero bits before each of 5 bits. */
const spread5 = (x: number): number => (x & 1) | ((x & 2) << 2) | ((x & 4) << 4) | ((x & 8) << 6) | ((x & 16) << 8);

/** The graph of the regions of `regionOf`, which must not span groups. */
function contract(
	fine: SurfaceGraph,
	regionOf: Uint32Array,
	cells: number,
	advance: (fraction: number) => void,
): SurfaceGraph {
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
	advance(0.4);
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
