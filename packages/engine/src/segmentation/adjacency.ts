import type { SurfaceFeatures } from './features.ts';
import type { Mirror } from './mirror.ts';
import type { Regions } from './oversegment.ts';
import type { Contact } from './proximity.ts';
import { REGION_SUMS, Region, RIM_SUMS, Rim, SEAM_SUMS, Seam } from './sums.ts';
import type { SurfaceGraph } from './surface-graph.ts';
import { type ModelTraits, measureTraits } from './traits.ts';

/**
 * Which regions touch, with sums over each region and over each seam. All sums add up when regions merge, so that a
 * merge costs as much as the merged region has neighbours, not as it has cells.
 */
export class Adjacency {
	/** Regions at the beginning; merged ones are numbered from here on. */
	readonly regions: number;
	/** Sums over each region: row r from `r * REGION_SUMS` on, columns as in `Region`. */
	readonly region: Float64Array;
	/** Sums over each seam: row s from `s * SEAM_SUMS` on, columns as in `Seam`. */
	readonly seam: Float64Array;
	/** Sums over all seams around each region: row r from `r * RIM_SUMS` on, columns as in `Rim`. */
	readonly rim: Float64Array;
	/** Seam with each neighbour, by region; empty for regions that were merged away. */
	readonly neighbours: Map<number, number>[];
	/** The two regions of each seam. */
	readonly seamA: Uint32Array;
	readonly seamB: Uint32Array;
	readonly totalArea: number;
	/** What the model as a whole is like. */
	readonly traits: ModelTraits;
	/** Regions that have not been merged away. */
	left: number;

	/** @param pairs The two regions of each seam; rows of `region` past the regions are room for merged ones. */
	constructor(
		regions: number,
		region: Float64Array,
		pairs: readonly (readonly [number, number])[],
		seam: Float64Array,
		plane: MirrorPlane | undefined,
	) {
		this.regions = regions;
		this.region = region;
		this.seam = seam;
		this.seamA = Uint32Array.from(pairs, ([a]) => a);
		this.seamB = Uint32Array.from(pairs, ([, b]) => b);
		this.neighbours = Array.from({ length: 2 * regions }, () => new Map());
		for (const [s, [a, b]] of pairs.entries()) {
			this.neighbours[a].set(b, s);
			this.neighbours[b].set(a, s);
		}
		this.rim = new Float64Array(2 * regions * RIM_SUMS);
		for (const [s, [a, b]] of pairs.entries()) {
			this.#growRim(a, s, 1);
			this.#growRim(b, s, 1);
		}
		let total = 0;
		for (let r = 0; r < regions; r++) total += region[r * REGION_SUMS + Region.area];
		this.totalArea = total;
		this.traits = measureTraits(regions, region, seam, plane);
		this.left = regions;
	}

	/**
	 * Replaces regions `a` and `b` by `merged`; the seams of both become its seams. Returns the seams that are gone:
	 * the one between them and the second of each two that led to the same neighbour.
	 */
	merge(a: number, b: number, merged: number): number[] {
		for (let i = 0; i < REGION_SUMS; i++)
			this.region[merged * REGION_SUMS + i] = this.region[a * REGION_SUMS + i] + this.region[b * REGION_SUMS + i];
		for (let i = 0; i < RIM_SUMS; i++)
			this.rim[merged * RIM_SUMS + i] = this.rim[a * RIM_SUMS + i] + this.rim[b * RIM_SUMS + i];
		this.left--;
		const between = this.neighbours[a].get(b)!;
		this.#growRim(merged, between, -2);
		this.#closeSeam(between * SEAM_SUMS, merged * REGION_SUMS);
		const gone = [between];
		this.neighbours[a].delete(b);
		this.neighbours[b].delete(a);
		const own = this.neighbours[merged];
		for (const old of [a, b]) {
			for (const [x, s] of this.neighbours[old]) {
				this.neighbours[x].delete(old);
				const first = own.get(x);
				if (first === undefined) {
					own.set(x, s);
					this.neighbours[x].set(merged, s);
					this.seamA[s] = merged;
					this.seamB[s] = x;
				} else {
					for (let i = 0; i < SEAM_SUMS; i++) this.seam[first * SEAM_SUMS + i] += this.seam[s * SEAM_SUMS + i];
					gone.push(s);
				}
			}
			this.neighbours[old].clear();
		}
		return gone;
	}

	#growRim(r: number, s: number, times: number): void {
		this.rim[r * RIM_SUMS + Rim.concaveFine] += times * this.seam[s * SEAM_SUMS + Seam.concaveFine];
		this.rim[r * RIM_SUMS + Rim.concaveCoarse] += times * this.seam[s * SEAM_SUMS + Seam.concaveCoarse];
	}

	/** What was a seam is now inside the merged region. */
	#closeSeam(from: number, to: number): void {
		const { region, seam } = this;
		region[to + Region.perimeter] -= 2 * seam[from + Seam.length];
		region[to + Region.innerLength] += seam[from + Seam.length];
		region[to + Region.innerConcaveFine] += seam[from + Seam.concaveFine];
		region[to + Region.innerConcaveCoarse] += seam[from + Seam.concaveCoarse];
		region[to + Region.innerTurn] += seam[from + Seam.concaveFine] + seam[from + Seam.convexFine];
		region[to + Region.mirror] += 2 * seam[from + Seam.mirror];
	}
}

type MirrorPlane = Pick<Mirror, 'normal' | 'offset'>;

/** What is known of a surface beside its shape. */
export type Cues = {
	/** Look of each cell. N. */
	readonly lookOf?: Uint8Array | undefined;
	readonly mirror?: Mirror | undefined;
};

/**
 * Sums the cells and edges of a surface by region and by pair of regions. Two regions are a pair where they share edges,
 * lie close, or are mirror images of each other; seams come in this order.
 */
export function connectRegions(
	graph: SurfaceGraph,
	features: SurfaceFeatures,
	{ count, regionOf }: Regions,
	contacts: readonly Contact[],
	{ lookOf, mirror }: Cues = {},
): Adjacency {
	const { edgeA, edgeB } = graph;
	const pairs: [number, number][] = [];
	const numbers = new Map<number, number>();
	const numberOf = (a: number, b: number): number => {
		const key = Math.min(a, b) * count + Math.max(a, b);
		let s = numbers.get(key);
		if (s === undefined) {
			s = pairs.length;
			numbers.set(key, s);
			pairs.push([a, b]);
		}
		return s;
	};
	const region = sumCells(graph, features, count, regionOf);
	for (let n = 0; n < graph.cells; n++)
		region[regionOf[n] * REGION_SUMS + Region.looks + (lookOf ? lookOf[n] : 0)] += graph.area[n];
	const sums: number[] = [];
	for (let e = 0; e < edgeA.length; e++) {
		const a = regionOf[edgeA[e]];
		const b = regionOf[edgeB[e]];
		if (a === b) addInside(region, a * REGION_SUMS, graph, features, e);
		else {
			const row = numberOf(a, b) * SEAM_SUMS;
			addSeam(sums, row, graph, features, e);
			if (lookOf && lookOf[edgeA[e]] !== lookOf[edgeB[e]]) sums[row + Seam.border] += graph.edgeLength[e];
		}
	}
	for (const { a, b, contact } of contacts) {
		const row = numberOf(a, b) * SEAM_SUMS;
		growRow(sums, row);
		sums[row + Seam.contact] += contact;
	}
	for (const { a, b, area } of mirror?.images ?? []) {
		if (a === b) {
			region[a * REGION_SUMS + Region.mirror] += area;
			continue;
		}
		const row = numberOf(a, b) * SEAM_SUMS;
		growRow(sums, row);
		sums[row + Seam.mirror] += area;
	}
	const seam = Float64Array.from(sums);
	for (const [s, [a, b]] of pairs.entries()) {
		region[a * REGION_SUMS + Region.perimeter] += seam[s * SEAM_SUMS + Seam.length];
		region[b * REGION_SUMS + Region.perimeter] += seam[s * SEAM_SUMS + Seam.length];
	}
	return new Adjacency(count, region, pairs, seam, mirror);
}

/** Turning at a seam counts up to this. */
const MAX_TURN = 1.5;
/** An edge that turns inward by more is a crease. */
const CREASE = 0.35;

function sumCells(
	{ cells, area, centroid, normal }: SurfaceGraph,
	{ thickness }: SurfaceFeatures,
	count: number,
	regionOf: Uint32Array,
): Float64Array {
	const sums = new Float64Array(2 * count * REGION_SUMS);
	for (let n = 0; n < cells; n++) {
		const row = regionOf[n] * REGION_SUMS;
		const a = area[n];
		const x = centroid[3 * n];
		const y = centroid[3 * n + 1];
		const z = centroid[3 * n + 2];
		sums[row + Region.area] += a;
		sums[row + Region.position] += a * x;
		sums[row + Region.position + 1] += a * y;
		sums[row + Region.position + 2] += a * z;
		sums[row + Region.moments] += a * x * x;
		sums[row + Region.moments + 1] += a * x * y;
		sums[row + Region.moments + 2] += a * x * z;
		sums[row + Region.moments + 3] += a * y * y;
		sums[row + Region.moments + 4] += a * y * z;
		sums[row + Region.moments + 5] += a * z * z;
		for (let axis = 0; axis < 3; axis++) sums[row + Region.normal + axis] += a * normal[3 * n + axis];
		sums[row + Region.thickness] += a * thickness[n];
		sums[row + Region.thicknessSquare] += a * thickness[n] * thickness[n];
	}
	return sums;
}

function addInside(
	sums: Float64Array,
	row: number,
	{ edgeLength }: SurfaceGraph,
	{ turnFine, turnCoarse }: SurfaceFeatures,
	e: number,
): void {
	const w = edgeLength[e];
	sums[row + Region.innerLength] += w;
	sums[row + Region.innerConcaveFine] += w * Math.min(MAX_TURN, Math.max(0, -turnFine[e]));
	sums[row + Region.innerConcaveCoarse] += w * Math.min(MAX_TURN, Math.max(0, -turnCoarse[e]));
	sums[row + Region.innerTurn] += w * Math.min(MAX_TURN, Math.abs(turnFine[e]));
}

function growRow(sums: number[], row: number): void {
	while (sums.length < row + SEAM_SUMS) sums.push(0);
}

function addSeam(
	sums: number[],
	row: number,
	{ edgeA, edgeB, edgeLength, centroid }: SurfaceGraph,
	{ turnFine, turnCoarse, thickness }: SurfaceFeatures,
	e: number,
): void {
	growRow(sums, row);
	const n = edgeA[e];
	const m = edgeB[e];
	const w = edgeLength[e];
	const fine = Math.min(MAX_TURN, Math.abs(turnFine[e]));
	const coarse = Math.min(MAX_TURN, Math.abs(turnCoarse[e]));
	sums[row + Seam.length] += w;
	sums[row + (turnFine[e] < 0 ? Seam.concaveFine : Seam.convexFine)] += w * fine;
	sums[row + (turnCoarse[e] < 0 ? Seam.concaveCoarse : Seam.convexCoarse)] += w * coarse;
	if (turnFine[e] < -CREASE) sums[row + Seam.creased] += w;
	sums[row + Seam.thickness] += (w * (thickness[n] + thickness[m])) / 2;
	sums[row + Seam.thicknessJump] += w * Math.abs(thickness[n] - thickness[m]);
	let square = 0;
	for (let axis = 0; axis < 3; axis++) {
		const x = (centroid[3 * n + axis] + centroid[3 * m + axis]) / 2;
		sums[row + Seam.position + axis] += w * x;
		square += x * x;
	}
	sums[row + Seam.square] += w * square;
}
