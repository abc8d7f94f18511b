import { IndexedHeap } from '../math/heap.ts';
import type { SurfaceGraph } from './surface-graph.ts';

/** `regionOf` of a cell that no seed reaches. */
export const UNREACHED = 0xffffffff;

/** Which seed is nearest to each cell along the surface, and how far. Grown seed by seed or all at once. */
export class Growth {
	/** N. */
	readonly regionOf: Uint32Array;
	/** N, in units of the cost. */
	readonly distance: Float64Array;
	readonly #graph: SurfaceGraph;
	readonly #cost: Float32Array;
	readonly #front: IndexedHeap;

	/** @param cost What it takes to cross each edge, ≥ 0. E. */
	constructor(graph: SurfaceGraph, cost: Float32Array) {
		this.#graph = graph;
		this.#cost = cost;
		this.#front = new IndexedHeap(graph.cells);
		this.regionOf = new Uint32Array(graph.cells).fill(UNREACHED);
		this.distance = new Float64Array(graph.cells).fill(Number.POSITIVE_INFINITY);
	}

	/** Starts a region at a cell; call `spread` when all are set. */
	seed(cell: number, region: number): void {
		this.regionOf[cell] = region;
		this.distance[cell] = 0;
		this.#front.set(cell, 0);
	}

	/**
	 * Gives every cell that is nearer to a new seed than to its own to that seed's region, up to `limit` away.
	 * Dijkstra. A note on two problems in connexion with graphs. 1959.
	 *
	 * @param advance Told now and then how far it is, 0..1.
	 */
	spread(limit: number = Number.POSITIVE_INFINITY, advance?: (fraction: number) => void): void {
		const { edgesOf, edgeA, edgeB } = this.#graph;
		const { offsets, list } = edgesOf;
		const { regionOf, distance } = this;
		const cost = this.#cost;
		const front = this.#front;
		let done = 0;
		for (let n = front.pop(); n >= 0; n = front.pop()) {
			if ((++done & 0xffff) === 0) advance?.(Math.min(1, done / this.regionOf.length));
			for (let i = offsets[n]; i < offsets[n + 1]; i++) {
				const e = list[i];
				const m = edgeA[e] === n ? edgeB[e] : edgeA[e];
				const far = distance[n] + cost[e];
				if (far < distance[m] && far <= limit) {
					distance[m] = far;
					regionOf[m] = regionOf[n];
					front.set(m, far);
				}
			}
		}
	}

	/** Forgets all regions. */
	clear(): void {
		this.regionOf.fill(UNREACHED);
		this.distance.fill(Number.POSITIVE_INFINITY);
		this.#front.clear();
	}
}
