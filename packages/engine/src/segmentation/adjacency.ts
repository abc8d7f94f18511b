import type { SurfaceFeatures } from './features.ts';
import type { Regions } from './oversegment.ts';
import type { Contact } from './proximity.ts';
import type { SurfaceGraph } from './surface-graph.ts';

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
	/** Seam with each neighbour, by region; empty for regions that were merged away. */
	readonly neighbours: Map<number, number>[];
	/** The two regions of each seam. */
	readonly seamA: Uint32Array;
	readonly seamB: Uint32Array;
	readonly totalArea: number;

	constructor(graph: SurfaceGraph, features: SurfaceFeatures, regions: Regions, contacts: readonly Contact[]) {
		this.regions = regions.count;
		this.region = sumRegions(graph, features, regions);
		let total = 0;
		for (let r = 0; r < regions.count; r++) total += this.region[r * REGION_SUMS + Region.area];
		this.totalArea = total;
		this.neighbours = Array.from({ length: 2 * regions.count }, () => new Map());
		const pairs = this.#number(graph, regions, contacts);
		this.seamA = Uint32Array.from(pairs, ([a]) => a);
		this.seamB = Uint32Array.from(pairs, ([, b]) => b);
		this.seam = new Float64Array(pairs.length * SEAM_SUMS);
		this.#sumSeams(graph, features, regions.regionOf);
		for (const { a, b, contact } of contacts)
			this.seam[this.neighbours[a].get(b)! * SEAM_SUMS + Seam.contact] += contact;
	}

	/**
	 * Replaces regions `a` and `b` by `merged`; the seams of both become its seams. Returns the seams that are gone:
	 * the one between them and the second of each two that led to the same neighbour.
	 */
	merge(a: number, b: number, merged: number): number[] {
		for (let i = 0; i < REGION_SUMS; i++)
			this.region[merged * REGION_SUMS + i] = this.region[a * REGION_SUMS + i] + this.region[b * REGION_SUMS + i];
		const between = this.neighbours[a].get(b)!;
		this.region[merged * REGION_SUMS + Region.perimeter] -= 2 * this.seam[between * SEAM_SUMS + Seam.length];
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

	/** Numbers the seams in the order of edges, then contacts. */
	#number(graph: SurfaceGraph, { regionOf }: Regions, contacts: readonly Contact[]): [number, number][] {
		const pairs: [number, number][] = [];
		const add = (a: number, b: number): void => {
			if (a === b || this.neighbours[a].has(b)) return;
			this.neighbours[a].set(b, pairs.length);
			this.neighbours[b].set(a, pairs.length);
			pairs.push([a, b]);
		};
		for (let e = 0; e < graph.edgeA.length; e++) add(regionOf[graph.edgeA[e]], regionOf[graph.edgeB[e]]);
		for (const { a, b } of contacts) add(a, b);
		return pairs;
	}

	#sumSeams(graph: SurfaceGraph, features: SurfaceFeatures, regionOf: Uint32Array): void {
		const { edgeA, edgeB, edgeLength, centroid } = graph;
		const { turnFine, turnCoarse, thickness } = features;
		for (let e = 0; e < edgeA.length; e++) {
			const n = edgeA[e];
			const m = edgeB[e];
			const a = regionOf[n];
			const b = regionOf[m];
			if (a === b) continue;
			const row = this.neighbours[a].get(b)! * SEAM_SUMS;
			const w = edgeLength[e];
			const seam = this.seam;
			const fine = Math.min(MAX_TURN, Math.abs(turnFine[e]));
			const coarse = Math.min(MAX_TURN, Math.abs(turnCoarse[e]));
			seam[row + Seam.length] += w;
			seam[row + (turnFine[e] < 0 ? Seam.concaveFine : Seam.convexFine)] += w * fine;
			seam[row + (turnCoarse[e] < 0 ? Seam.concaveCoarse : Seam.convexCoarse)] += w * coarse;
			if (turnFine[e] < -CREASE) seam[row + Seam.creased] += w;
			seam[row + Seam.thickness] += (w * (thickness[n] + thickness[m])) / 2;
			seam[row + Seam.thicknessJump] += w * Math.abs(thickness[n] - thickness[m]);
			let square = 0;
			for (let axis = 0; axis < 3; axis++) {
				const x = (centroid[3 * n + axis] + centroid[3 * m + axis]) / 2;
				seam[row + Seam.position + axis] += w * x;
				square += x * x;
			}
			seam[row + Seam.square] += w * square;
		}
	}
}

/** Turning at a seam counts up to this. */
const MAX_TURN = 1.5;
/** An edge that turns inward by more is a crease. */
const CREASE = 0.35;

/** Columns of `Adjacency.region`. */
export const Region = {
	area: 0,
	/** Area times position; 3 columns. */
	position: 1,
	/** Area times the products xx, xy, xz, yy, yz, zz of the position; 6 columns. */
	moments: 4,
	/** Area times normal; 3 columns. */
	normal: 10,
	/** Area times logarithm of thickness, and times its square. */
	thickness: 13,
	thicknessSquare: 14,
	/** Length of all seams around the region. */
	perimeter: 15,
} as const;
export const REGION_SUMS = 16;

/** Columns of `Adjacency.seam`; all but `contact` are length times something. */
export const Seam = {
	length: 0,
	concaveFine: 1,
	convexFine: 2,
	concaveCoarse: 3,
	convexCoarse: 4,
	creased: 5,
	thickness: 6,
	thicknessJump: 7,
	/** 3 columns. */
	position: 8,
	square: 11,
	/** Area over which the two regions lie close without sharing edges. */
	contact: 12,
} as const;
export const SEAM_SUMS = 13;

function sumRegions(graph: SurfaceGraph, { thickness }: SurfaceFeatures, regions: Regions): Float64Array {
	const sums = new Float64Array(2 * regions.count * REGION_SUMS);
	const { area, centroid, normal, edgeA, edgeB, edgeLength } = graph;
	const { regionOf } = regions;
	for (let n = 0; n < graph.cells; n++) {
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
	for (let e = 0; e < edgeA.length; e++) {
		const a = regionOf[edgeA[e]];
		const b = regionOf[edgeB[e]];
		if (a === b) continue;
		sums[a * REGION_SUMS + Region.perimeter] += edgeLength[e];
		sums[b * REGION_SUMS + Region.perimeter] += edgeLength[e];
	}
	return sums;
}
