import type { Image } from './mirror.ts';
import type { Contact } from './proximity.ts';
import type { SurfaceGraph } from './surface-graph.ts';
import type { Wall } from './walls.ts';

/**
 * What parts are made from, region by region: enough to cut the tree elsewhere, tidy and describe the parts without
 * looking at the mesh again. R regions, S pairs of regions that touch.
 */
export type RegionTable = {
	/** Share of the model's area. R. */
	readonly area: Float64Array;
	/** R. */
	readonly triangles: Uint32Array;
	/** Lowest triangle of each region, or 0xffffffff where it has none. R. */
	readonly firstTriangle: Uint32Array;
	/** The two regions of each pair. S. */
	readonly seamA: Uint32Array;
	readonly seamB: Uint32Array;
	/** Length of the common seam in model sizes; 0 where they lie close without common edges. S. */
	readonly seamLength: Float64Array;
	/** How strongly a small region clings to the other: seam length, less where it is an inward crease or looks change. S. */
	readonly cling: Float64Array;
	/** Two regions that are mirror images of each other, or twice one that is its own, and what share of the model. */
	readonly images: readonly Image[];
	/** Which region lies behind which: share of the model's area, and that times the depth in model sizes. */
	readonly walls: readonly Wall[];
	/** Size of the model and its area, to give lengths and areas in object units. */
	readonly size: number;
	readonly totalArea: number;
};

/** A crease of one radian makes a seam cling as little as one e^CREASE times shorter. */
const CREASE = 2;
/** Where the look changes, it clings as one this much shorter. */
const LOOK = 0.3;
/** Contact without common edges clings as a seam of the root of its area, times this: edges come first. */
const CONTACT = 0.1;

/** What speaks for a border. */
export type BorderSigns = {
	/** Turning across each edge of the graph, negative where concave. E. */
	readonly turn: Float32Array;
	/** Look of each triangle; undefined where all look alike. T. */
	readonly lookOf?: ArrayLike<number> | undefined;
};

/**
 * @param graph The graph of the mesh's triangles.
 * @param regionOf Region of each triangle. T.
 * @param images In squares of model sizes, as `findMirror` gives them. @param walls As `findWalls` gives them.
 */
export function tabulateRegions(
	graph: SurfaceGraph,
	regionOf: Uint32Array,
	count: number,
	{ turn, lookOf }: BorderSigns,
	contacts: readonly Contact[],
	size: number,
	images: readonly Image[] = [],
	walls: readonly Wall[] = [],
): RegionTable {
	const area = new Float64Array(count);
	const triangles = new Uint32Array(count);
	const firstTriangle = new Uint32Array(count).fill(0xffffffff);
	let total = 0;
	for (let t = graph.cells - 1; t >= 0; t--) {
		const r = regionOf[t];
		area[r] += graph.area[t];
		total += graph.area[t];
		triangles[r]++;
		firstTriangle[r] = t;
	}
	if (total > 0) for (let r = 0; r < count; r++) area[r] /= total;
	const number = new Map<number, number>();
	const length: number[] = [];
	const cling: number[] = [];
	const numberOf = (a: number, b: number): number => {
		const key = Math.min(a, b) * count + Math.max(a, b);
		let s = number.get(key);
		if (s === undefined) {
			s = number.size;
			number.set(key, s);
			length.push(0);
			cling.push(0);
		}
		return s;
	};
	for (let e = 0; e < graph.edgeA.length; e++) {
		const a = regionOf[graph.edgeA[e]];
		const b = regionOf[graph.edgeB[e]];
		if (a === b) continue;
		const s = numberOf(a, b);
		const look = lookOf && lookOf[graph.edgeA[e]] !== lookOf[graph.edgeB[e]] ? LOOK : 1;
		length[s] += graph.edgeLength[e];
		cling[s] += look * graph.edgeLength[e] * Math.exp(CREASE * Math.min(0, turn[e]));
	}
	for (const { a, b, contact } of contacts) cling[numberOf(a, b)] += CONTACT * Math.sqrt(contact);
	const keys = [...number.keys()];
	return {
		area,
		triangles,
		firstTriangle,
		seamA: Uint32Array.from(keys, (key) => Math.floor(key / count)),
		seamB: Uint32Array.from(keys, (key) => key % count),
		seamLength: Float64Array.from(length),
		cling: Float64Array.from(cling),
		images: total > 0 ? images.map(({ a, b, area }) => ({ a, b, area: area / total })) : [],
		walls: total > 0 ? walls.map((wall) => ({ ...wall, area: wall.area / total, volume: wall.volume / total })) : [],
		size,
		totalArea: total * size * size,
	};
}
