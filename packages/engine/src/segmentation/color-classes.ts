import { UnionFind } from '../math/union-find.ts';
import type { SurfaceGraph } from './surface-graph.ts';

/**
 * Classes of colour that the cells of a surface fall into: what a person would call the brown one and the green one,
 * whatever shades a painter or a generator put into each.
 *
 * Based on:
 * - Perona, Malik. Scale-space and edge detection using anisotropic diffusion. 1990. [perona1990]
 * Departs from it: on a surface; what is evened out is then gathered in small cubes of colour, cubes are joined (nearest
 * means first), and so are classes that run into each other on the surface as well as among the colours: shades of one.
 * Tried (9 named models remeshed, materials as textures with 5 and 25 % of noise and shading; part IoU 0.684 without, 0.757
 * with the materials themselves): 0.722 and 0.752 as it is; no difference beyond chance for 3 or 16 smoothings, ALIKE 0.1
 * or 0.25, JOIN 0.1 or 0.2, BRIGHTNESS 0.4 or 1. Without joining shades dark wood falls apart by its grain. Dark models
 * brightened first, so that a tenth of them is brighter than 0.8: 0.783 to 0.777 on 9 more of them, and of generated ones
 * a figure's sleeve and a tree's crowns fall apart where light fades (2026-11).
 */

/** Times that each cell takes on some of its neighbours' colours. */
const SMOOTHINGS = 8;
/** Neighbours this much further off in colour are hardly listened to. */
const ALIKE = 0.15;
/** How much a difference in brightness counts beside one in hue: painters shade, generators bake shadows in. */
const BRIGHTNESS = 0.6;
/** Side of the cubes that colours are gathered in. */
const CUBE = 0.06;
/** Classes nearer than this are one. */
const JOIN = 0.15;
/** What has less than this share of the area joins the class nearest to it. */
const RARE = 0.002;
/** Shades of one: the step at their border is less than this share of the difference of their means, */
const GRADUAL = 0.35;
/** and colours between them are at least this frequent beside the most frequent of the rarer. */
const BETWEEN = 0.4;
/** Steps in which the colours between two classes, and half as far beyond each, are counted. */
const BINS = 12;

/**
 * @param colors Linear RGB of each cell, 0..1. N × 3.
 * @returns Class of each cell. N.
 */
export function colorClasses(graph: SurfaceGraph, colors: ArrayLike<number>): Uint32Array {
	const seen = toSeen(colors);
	smooth(graph, seen);
	const { cubeOf, means, areas } = gather(graph, seen);
	const joined = joinNearest(means, areas);
	const classOf = joinShades(
		graph,
		seen,
		cubeOf.map((cube) => joined[cube]),
	);
	return fadePatches(graph, seen, classOf);
}

/** Brightness and two differences of hue, in roots of linear values: equal steps look about equal. N × 3. */
function toSeen(colors: ArrayLike<number>): Float32Array {
	const seen = new Float32Array(colors.length);
	const root = (linear: number): number => Math.sqrt(Math.min(1, Math.max(0, linear)));
	for (let i = 0; i < seen.length; i += 3) {
		const r = root(colors[i]);
		const g = root(colors[i + 1]);
		const b = root(colors[i + 2]);
		seen[i] = (BRIGHTNESS * (r + g + b)) / Math.sqrt(3);
		seen[i + 1] = (r - g) / Math.SQRT2;
		seen[i + 2] = (r + g - 2 * b) / Math.sqrt(6);
	}
	return seen;
}

const difference = (p: ArrayLike<number>, i: number, q: ArrayLike<number>, j: number): number =>
	Math.sqrt((p[i] - q[j]) ** 2 + (p[i + 1] - q[j + 1]) ** 2 + (p[i + 2] - q[j + 2]) ** 2);

/** Evens out what is nearly alike and keeps the steps. */
function smooth({ edgeA, edgeB, edgeLength, cells }: SurfaceGraph, seen: Float32Array): void {
	const sum = new Float32Array(3 * cells);
	const weight = new Float32Array(cells);
	for (let pass = 0; pass < SMOOTHINGS; pass++) {
		sum.fill(0);
		weight.fill(0);
		for (let e = 0; e < edgeA.length; e++) {
			const n = 3 * edgeA[e];
			const m = 3 * edgeB[e];
			const w = edgeLength[e] / (1 + (difference(seen, n, seen, m) / ALIKE) ** 2) ** 2;
			for (let k = 0; k < 3; k++) {
				sum[n + k] += w * seen[m + k];
				sum[m + k] += w * seen[n + k];
			}
			weight[edgeA[e]] += w;
			weight[edgeB[e]] += w;
		}
		for (let n = 0; n < cells; n++)
			if (weight[n] > 0)
				for (let k = 0; k < 3; k++) seen[3 * n + k] = (seen[3 * n + k] + sum[3 * n + k] / weight[n]) / 2;
	}
}

/** Cube of each cell, and what is in each: mean colour and area. */
function gather({ cells, area }: SurfaceGraph, seen: Float32Array) {
	const numbers = new Map<number, number>();
	const cubeOf = new Uint32Array(cells);
	const sums: number[] = [];
	const areas: number[] = [];
	for (let n = 0; n < cells; n++) {
		let key = 0;
		for (let k = 0; k < 3; k++) key = 256 * key + 128 + Math.floor(seen[3 * n + k] / CUBE);
		let cube = numbers.get(key);
		if (cube === undefined) {
			cube = areas.length;
			numbers.set(key, cube);
			areas.push(0);
			sums.push(0, 0, 0);
		}
		cubeOf[n] = cube;
		// Cells without any area have a colour too.
		const a = area[n] + 1e-12;
		areas[cube] += a;
		for (let k = 0; k < 3; k++) sums[3 * cube + k] += a * seen[3 * n + k];
	}
	return { cubeOf, means: Float64Array.from(sums, (x, i) => x / areas[Math.floor(i / 3)]), areas };
}

/** Class of each cube. Joins the nearest two, weighing by area, until nothing frequent is near anything. */
function joinNearest(means: Float64Array, areas: readonly number[]): Uint32Array {
	const count = areas.length;
	const classOf = Uint32Array.from({ length: count }, (_, i) => i);
	const area = Float64Array.from(areas);
	const total = areas.reduce((a, b) => a + b, 0);
	const nearest = new Int32Array(count);
	const gap = new Float64Array(count);
	const find = (i: number): void => {
		gap[i] = Number.POSITIVE_INFINITY;
		nearest[i] = -1;
		for (let j = 0; j < count; j++) {
			if (j === i || area[j] === 0) continue;
			const d = difference(means, 3 * i, means, 3 * j);
			if (d >= gap[i]) continue;
			gap[i] = d;
			nearest[i] = j;
		}
	};
	for (let i = 0; i < count; i++) find(i);
	for (;;) {
		let best = -1;
		for (let i = 0; i < count; i++) {
			const isFree = area[i] > 0 && nearest[i] >= 0 && (gap[i] <= JOIN || area[i] <= RARE * total);
			if (isFree && (best < 0 || gap[i] < gap[best])) best = i;
		}
		if (best < 0) return classOf;
		const into = nearest[best];
		const whole = area[best] + area[into];
		for (let k = 0; k < 3; k++)
			means[3 * into + k] = (area[best] * means[3 * best + k] + area[into] * means[3 * into + k]) / whole;
		area[into] = whole;
		area[best] = 0;
		for (let i = 0; i < count; i++) {
			if (classOf[i] === best) classOf[i] = into;
			if (area[i] > 0 && (i === into || nearest[i] === best || nearest[i] === into)) find(i);
		}
	}
}

/** Joins classes that are shades of one, most gradual borders first, unless that would join two that are not. */
function joinShades(graph: SurfaceGraph, seen: Float32Array, classOf: Uint32Array): Uint32Array {
	const means = meansOf(graph, seen, classOf);
	const pairs = bordersOf(graph, seen, classOf).map((border) => {
		const isShade = areShades(graph, seen, classOf, border, means);
		return { ...border, ratio: steepness(border, means), isShade };
	});
	const groupOf = new Map([...means.keys()].map((p) => [p, p]));
	for (const { p, q } of pairs.filter(({ isShade }) => isShade).sort((a, b) => a.ratio - b.ratio || a.p - b.p)) {
		const [into, gone] = [groupOf.get(p)!, groupOf.get(q)!];
		const joins = (a: number, b: number): boolean => groupOf.get(a) === into && groupOf.get(b) === gone;
		if (pairs.some((pair) => !pair.isShade && (joins(pair.p, pair.q) || joins(pair.q, pair.p)))) continue;
		for (const [other, group] of groupOf) if (group === gone) groupOf.set(other, into);
	}
	return classOf.map((p) => groupOf.get(p)!);
}

/**
 * Gives a connected patch of one class to the larger one beside it where it runs into that: the light that a generator
 * bakes into a shoulder is no sleeve. The test is that of whole classes, which a class with a sharp border elsewhere fails.
 */
function fadePatches(graph: SurfaceGraph, seen: Float32Array, classOf: Uint32Array): Uint32Array {
	const { edgeA, edgeB, area } = graph;
	const sets = new UnionFind(classOf.length);
	for (let e = 0; e < edgeA.length; e++) if (classOf[edgeA[e]] === classOf[edgeB[e]]) sets.union(edgeA[e], edgeB[e]);
	const patchOf = Uint32Array.from(classOf, (_, n) => sets.find(n));
	const whole = new Map<number, number>();
	for (let n = 0; n < patchOf.length; n++) whole.set(patchOf[n], (whole.get(patchOf[n]) ?? 0) + area[n]);
	const means = meansOf(graph, seen, patchOf);
	const longest = new Map<number, Border>();
	for (const border of bordersOf(graph, seen, patchOf)) {
		const small = whole.get(border.p)! <= whole.get(border.q)! ? border.p : border.q;
		if (border.length > (longest.get(small)?.length ?? 0)) longest.set(small, border);
	}
	const result = classOf.slice();
	const into = new Map<number, number>();
	for (const [patch, border] of longest) {
		if (areShades(graph, seen, patchOf, border, means)) into.set(patch, patch === border.p ? border.q : border.p);
	}
	// Always into a larger one: the way ends.
	const follow = (patch: number): number => {
		let end = patch;
		for (let next = into.get(end); next !== undefined; next = into.get(end)) end = next;
		return end;
	};
	for (let n = 0; n < result.length; n++) if (into.has(patchOf[n])) result[n] = classOf[follow(patchOf[n])];
	return result;
}

/** Two classes that touch; length of their border, and length times the difference of colour across it. */
type Border = { readonly p: number; readonly q: number; length: number; step: number };
type Means = ReadonlyMap<number, readonly number[]>;

/** Difference of colour across a border on average, of that between the two. */
const steepness = ({ p, q, length, step }: Border, means: Means): number =>
	step / length / difference(means.get(p)!, 0, means.get(q)!, 0);

/** Whether two run into each other: gradually where they touch, and with all that is between them about. */
const areShades = (
	graph: SurfaceGraph,
	seen: Float32Array,
	classOf: Uint32Array,
	border: Border,
	means: Means,
): boolean => steepness(border, means) < GRADUAL && frequencyBetween(graph, seen, classOf, border, means) >= BETWEEN;

function meansOf({ area }: SurfaceGraph, seen: Float32Array, classOf: Uint32Array): Means {
	const sums = new Map<number, number[]>();
	for (let n = 0; n < classOf.length; n++) {
		let sum = sums.get(classOf[n]);
		if (!sum) {
			sum = [0, 0, 0, 0];
			sums.set(classOf[n], sum);
		}
		const a = area[n] + 1e-12;
		for (let k = 0; k < 3; k++) sum[k] += a * seen[3 * n + k];
		sum[3] += a;
	}
	return new Map([...sums].map(([p, sum]) => [p, sum.map((x) => x / sum[3])]));
}

function bordersOf({ edgeA, edgeB, edgeLength }: SurfaceGraph, seen: Float32Array, classOf: Uint32Array): Border[] {
	const borders = new Map<number, Border>();
	for (let e = 0; e < edgeA.length; e++) {
		const p = Math.min(classOf[edgeA[e]], classOf[edgeB[e]]);
		const q = Math.max(classOf[edgeA[e]], classOf[edgeB[e]]);
		if (p === q) continue;
		let border = borders.get(p * 2 ** 24 + q);
		if (!border) {
			border = { p, q, length: 1e-12, step: 0 };
			borders.set(p * 2 ** 24 + q, border);
		}
		border.length += edgeLength[e];
		border.step += edgeLength[e] * difference(seen, 3 * edgeA[e], seen, 3 * edgeB[e]);
	}
	return [...borders.values()];
}

/** How frequent the rarest colour between two classes is, beside the most frequent of that class which has fewer such. */
function frequencyBetween(
	{ area }: SurfaceGraph,
	seen: Float32Array,
	classOf: Uint32Array,
	{ p, q }: Border,
	means: Means,
): number {
	const from = means.get(p)!;
	const way = means.get(q)!.map((x, k) => x - from[k]);
	const square = way[0] ** 2 + way[1] ** 2 + way[2] ** 2;
	const bins = new Float64Array(BINS);
	for (let n = 0; n < classOf.length; n++) {
		if (classOf[n] !== p && classOf[n] !== q) continue;
		let along = 0;
		for (let k = 0; k < 3; k++) along += (seen[3 * n + k] - from[k]) * way[k];
		const bin = Math.floor((along / square + 0.5) * (BINS / 2));
		if (bin >= 0 && bin < BINS) bins[bin] += area[n];
	}
	const rarest = Math.min(...bins.subarray(BINS / 4, (3 * BINS) / 4));
	const peaks = [bins.subarray(0, BINS / 2), bins.subarray(BINS / 2)].map((half) => Math.max(...half));
	return rarest / Math.max(Math.min(...peaks), 1e-12);
}
