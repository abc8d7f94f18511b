import { IndexedHeap } from '../math/heap.ts';
import { next, prev } from '../mesh/mesh.ts';
import { type Coarse, FREE, PINNED } from './coarse.ts';
import { compact, listVertices } from './compact.ts';
import { CornerRings } from './corner-rings.ts';
import { Crossings } from './crossings.ts';
import { keepsSides } from './keeps-sides.ts';
import { addQuadric, bestPoint, errorAt, QUADRIC } from './quadric.ts';
import { type QuadricSums, sumQuadrics } from './sum-quadrics.ts';

/** Of the cost: weight of the edge's squared length over the trace, so that flat pieces are thinned evenly. */
const EVEN = 1e-9;
/**
 * Edges are collapsed in no order until this many times the limit are left. Igea, 269k to 5000 triangles, 2026-11: 1.6 s
 * with one order from the beginning, 0.7 s so; Chamfer before the fit .0239 % of the diagonal either way (3 times: .0242).
 */
const THIN_TO = 5;
/** From this many times the limit on crossings are refused: while triangles are small they hardly ever come about. */
const CAREFUL = 2.5;
/** Share of all edges that a thinning pass may collapse: the cheapest. */
const THINNED = 0.3;
/** ... as judged by about so many of them. */
const SAMPLES = 4096;
/** A thinning pass that takes away less than this share of the triangles is the last. */
const WORTHWHILE = 0.05;
/** Where less than this share of the triangles is left, the tables are made anew: small ones stay in the cache. */
const SPARSE = 0.6;
/** Collapses between two calls of `advance`. */
const STRIDE = 4096;

/** When to stop: at `least` triangles, or from `most` on as soon as `error` (of `Coarse`, diagonals) is reached. */
export type Goal = { readonly least: number; readonly most: number; readonly error: number };

export type CollapseRules = {
	/** Do lines stay where they are, or may they bend and merge at a cost? */
	readonly lines: 'keep' | 'bend';
	/** Is a collapse refused that makes triangles pass through each other? Takes half as long again. */
	readonly crossings: 'allow' | 'refuse';
};

/**
 * Collapses edges, least quadric error first, until the goal is reached or none can be collapsed.
 *
 * Based on:
 * - Garland, Heckbert. Surface simplification using quadric error metrics. 1997. [garland1997]
 * - Hoppe. New quadric metric for simplifying meshes with appearance attributes. 1999. [hoppe1999] (area weights)
 * - Dey, Edelsbrunner, Guha, Nekhayev. Topology preserving edge contraction. 1999. [dey1999] (the link condition)
 *
 * An edge is named by its lowest corner. The order is by cost, then by corner: nothing depends on chance.
 *
 * @param given Changed.
 * @returns What has become of it: `given`, or its live part numbered anew.
 */
export function collapseEdges(
	given: Coarse,
	goal: Goal,
	{ lines, crossings }: CollapseRules,
	advance: (fraction: number) => void,
): Coarse {
	if (given.faces <= goal.least) return given;
	let work = new Collapser(given, lines === 'bend');
	if (lines === 'bend') {
		// The planes that hold them are summed already: from here on a line is a matter of cost, not of what may be.
		given.kind.fill(FREE);
		given.line.fill(0);
	}
	let { coarse } = work;
	const before = coarse.faces;
	const tell = (): void => advance((before - coarse.faces) / (before - goal.least));
	const enough = (): boolean =>
		coarse.faces <= goal.least || (coarse.faces <= goal.most && coarse.error >= goal.error && goal.error > 0);
	while (coarse.faces > THIN_TO * goal.most && work.thin(THIN_TO * goal.most)) {
		tell();
		work = work.compacted();
		coarse = work.coarse;
	}
	let stuck = false;
	while (!enough() && !stuck) {
		// What was refused may have become possible: start again from all edges until nothing changes.
		work.fill();
		const faces = coarse.faces;
		for (let i = 1; !enough(); i++) {
			if (crossings === 'refuse' && coarse.faces <= CAREFUL * goal.most) work.watchCrossings();
			if (!work.collapseNext()) break;
			if (i % STRIDE === 0) tell();
		}
		stuck = coarse.faces === faces;
	}
	return coarse;
}

/**
 * Collapses edges that cost little, in no order, until about `faces` triangles are left or few can be collapsed: several
 * times as fast, and for a surface that is collapsed to a fraction afterwards as good.
 */
export function thinEdges(given: Coarse, faces: number, advance: (fraction: number) => void): Coarse {
	if (given.faces <= faces) return given;
	let work = new Collapser(given);
	const before = given.faces;
	while (work.coarse.faces > faces && work.thin(faces)) {
		work = work.compacted();
		advance((before - work.coarse.faces) / (before - faces));
	}
	return work.coarse;
}

/** The tables of one decimation. A class for its scratch arrays alone: one is made for each run and then forgotten. */
class Collapser {
	readonly #coarse: Coarse;
	readonly #quadrics: Float64Array;
	/** Area that each quadric stands for. V. */
	readonly #weights: Float64Array;
	readonly #rings: CornerRings;
	/** Edges by cost, each under its lowest corner. */
	readonly #heap: IndexedHeap;
	/** Neighbours of the vertex at hand carry its number here. V. */
	readonly #mark: Uint32Array;
	/** The lowest corner of the edge to the neighbour. V. */
	readonly #edge: Uint32Array;
	/** What that edge costs at least. V. */
	readonly #least: Float64Array;
	/** Is the edge's key in the heap its cost, or only a bound from below? C. */
	readonly #known: Uint8Array;
	/** What passes through what, from when that is asked. */
	#crossings: Crossings | undefined;
	#stamp = 0;
	#ringU: Uint32Array = new Uint32Array(64);
	#ringV: Uint32Array = new Uint32Array(64);
	readonly #point = new Float64Array(3);
	readonly #around: number[] = [];
	readonly #before = new Float64Array(6);

	/** May sheets that meet be joined, holes closed and handles pinched off? */
	readonly #anyTopology: boolean;

	constructor(coarse: Coarse, anyTopology = false, sums: QuadricSums = sumQuadrics(coarse)) {
		this.#anyTopology = anyTopology;
		const { at, live, positions } = coarse;
		const vertices = positions.length / 3;
		this.#coarse = coarse;
		this.#quadrics = sums.quadrics;
		this.#weights = sums.weights;
		this.#rings = new CornerRings(at, live, vertices);
		this.#heap = new IndexedHeap(at.length);
		this.#mark = new Uint32Array(vertices);
		this.#edge = new Uint32Array(vertices);
		this.#least = new Float64Array(vertices);
		this.#known = new Uint8Array(at.length);
	}

	get coarse(): Coarse {
		return this.#coarse;
	}

	/** The same over what is still there, where much has gone. Not while the heap is in use. */
	compacted(): Collapser {
		const { faces, live } = this.#coarse;
		if (faces > SPARSE * live.length) return this;
		const kept = listVertices(this.#coarse);
		const quadrics = new Float64Array(QUADRIC * kept.length);
		const weights = new Float64Array(kept.length);
		for (let v = 0; v < kept.length; v++) {
			const from = QUADRIC * kept[v];
			for (let k = 0; k < QUADRIC; k++) quadrics[QUADRIC * v + k] = this.#quadrics[from + k];
			weights[v] = this.#weights[kept[v]];
		}
		return new Collapser(compact(this.#coarse), this.#anyTopology, { quadrics, weights });
	}

	/** Puts all edges into the heap. */
	fill(): void {
		this.#heap.clear();
		for (let v = 0; v < this.#mark.length; v++) if (this.#rings.has(v)) this.#rank(v);
	}

	/** From now on no collapse makes triangles pass through each other that did not. */
	watchCrossings(): void {
		this.#crossings ??= new Crossings(this.#coarse);
	}

	/**
	 * Collapses edges in the order in which they stand, those that cost little, each vertex at most once.
	 *
	 * @returns whether that has brought the surface a good deal nearer to `faces`.
	 */
	thin(faces: number): boolean {
		const coarse = this.#coarse;
		const { at, live } = coarse;
		const most = this.#thresholdOf(THINNED);
		const touched = new Uint8Array(this.#mark.length);
		const before = coarse.faces;
		for (let c = 0; c < at.length && coarse.faces > faces; c++) {
			if (live[(c / 3) | 0] === 0) continue;
			const u = at[c];
			const v = at[next(c)];
			if (u > v || touched[u] !== 0 || touched[v] !== 0) continue;
			const cost = this.#place(c);
			if (cost > most || this.#collapse(c, cost) < 0) continue;
			touched[u] = 1;
			touched[v] = 1;
		}
		return coarse.faces < (1 - WORTHWHILE) * before;
	}

	/** The cost that a share of the edges does not exceed, by a sample. */
	#thresholdOf(share: number): number {
		const { at, live, faces } = this.#coarse;
		const stride = Math.max(1, Math.floor((1.5 * faces) / SAMPLES));
		const costs = new Float64Array(Math.ceil(at.length / stride));
		let count = 0;
		let due = 0;
		for (let t = 0; t < live.length; t++) {
			if (live[t] === 0) continue;
			for (let c = 3 * t; c < 3 * t + 3; c++) {
				if (at[c] > at[next(c)]) continue;
				if (due-- > 0) continue;
				due = stride - 1;
				costs[count++] = this.#place(c);
			}
		}
		return costs.subarray(0, count).sort()[Math.floor(share * (count - 1))];
	}

	/** Collapses the cheapest edge that may be; false when there is none. */
	collapseNext(): boolean {
		for (;;) {
			const c = this.#heap.pop();
			if (c < 0) return false;
			if (this.#known[c] === 0) {
				this.#weigh(c);
				continue;
			}
			const v = this.#collapse(c, this.#place(c));
			if (v < 0) continue;
			this.#renew(v);
			return true;
		}
	}

	/** Enters the edges at `v` to higher vertices into the heap, each once, with their costs. */
	#rank(v: number): void {
		this.#nameEdges(v);
		const { at } = this.#coarse;
		for (let i = 0; i < 2 * this.#rings.count; i++) {
			const c = i < this.#rings.count ? this.#ringV[i] : prev(this.#ringV[i - this.#rings.count]);
			const w = i < this.#rings.count ? at[next(c)] : at[c];
			if (this.#edge[w] === c && w > v) this.#weigh(c);
		}
	}

	/**
	 * Enters the edges at `v`, which has just taken in another vertex, each once. What an edge costs at its best point
	 * only grows with the planes that it stands for: what it cost before is enough until it comes up.
	 */
	#renew(v: number): void {
		this.#nameEdges(v);
		const { at, kind } = this.#coarse;
		for (let i = 0; i < 2 * this.#rings.count; i++) {
			const c = i < this.#rings.count ? this.#ringV[i] : prev(this.#ringV[i - this.#rings.count]);
			const w = i < this.#rings.count ? at[next(c)] : at[c];
			if (this.#edge[w] !== c) continue;
			if (kind[v] !== FREE || kind[w] !== FREE) this.#weigh(c);
			else {
				this.#known[c] = 0;
				if (!this.#heap.has(c) || this.#heap.key(c) < this.#least[w]) this.#heap.set(c, this.#least[w]);
			}
		}
	}

	/** Enters the edge of corner `c` with its cost, or takes it out where kinds forbid it. */
	#weigh(c: number): void {
		const cost = this.#place(c);
		this.#known[c] = 1;
		if (cost < Infinity) this.#heap.set(c, cost);
		else this.#heap.remove(c);
	}

	/**
	 * Finds for each neighbour of `v` the lowest corner of the edge there and the most that the edge is known to cost at
	 * least, and takes its other corners out of the heap.
	 */
	#nameEdges(v: number): void {
		const { at } = this.#coarse;
		this.#ringV = this.#rings.walk(v, this.#ringV);
		const ring = this.#ringV;
		const count = this.#rings.count;
		const stamp = ++this.#stamp;
		const mark = this.#mark;
		const edge = this.#edge;
		const least = this.#least;
		const heap = this.#heap;
		for (let i = 0; i < 2 * count; i++) {
			const c = i < count ? ring[i] : prev(ring[i - count]);
			const w = i < count ? at[next(c)] : at[c];
			const key = heap.key(c);
			if (mark[w] !== stamp) {
				mark[w] = stamp;
				edge[w] = c;
				least[w] = key;
				continue;
			}
			if (key > least[w]) least[w] = key;
			if (c < edge[w]) {
				heap.remove(edge[w]);
				edge[w] = c;
			} else heap.remove(c);
		}
	}

	/** Where the edge of corner `c` would collapse to, in `#point`, and its cost; Infinity where kinds forbid it. */
	#place(c: number): number {
		const { at, kind, line, positions: p } = this.#coarse;
		const u = at[c];
		const v = at[next(c)];
		const q = this.#quadrics;
		const point = this.#point;
		const ku = kind[u];
		const kv = kind[v];
		if (ku !== FREE && kv !== FREE && line[c] === 0) return Infinity;
		if (ku === PINNED && kv === PINNED) return Infinity;
		const dx = p[3 * u] - p[3 * v];
		const dy = p[3 * u + 1] - p[3 * v + 1];
		const dz = p[3 * u + 2] - p[3 * v + 2];
		const even = EVEN * (this.#weights[u] + this.#weights[v]) * (dx * dx + dy * dy + dz * dz);
		if (ku === kv) {
			const x = (p[3 * u] + p[3 * v]) / 2;
			const y = (p[3 * u + 1] + p[3 * v + 1]) / 2;
			const z = (p[3 * u + 2] + p[3 * v + 2]) / 2;
			return bestPoint(q, u, v, x, y, z, point) + even;
		}
		const stays = ku > kv ? u : v;
		point[0] = p[3 * stays];
		point[1] = p[3 * stays + 1];
		point[2] = p[3 * stays + 2];
		return errorAt(q, u, v, point[0], point[1], point[2]) + even;
	}

	/**
	 * Collapses the edge of corner `c` to `#point`, unless that would tear, fold or flip the surface.
	 *
	 * @returns the vertex that is left, or -1.
	 */
	#collapse(c: number, cost: number): number {
		const coarse = this.#coarse;
		const { at, live, kind, line, positions, moved } = coarse;
		let u = at[c];
		let v = at[next(c)];
		if (kind[u] > kind[v]) [u, v] = [v, u];
		this.#ringU = this.#rings.walk(u, this.#ringU);
		const inU = this.#rings.count;
		this.#ringV = this.#rings.walk(v, this.#ringV);
		const inV = this.#rings.count;
		if (!this.#mayCollapse(u, v, inU, inV)) return -1;
		const x = this.#point[0];
		const y = this.#point[1];
		const z = this.#point[2];
		const stays = positions[3 * v] === x && positions[3 * v + 1] === y && positions[3 * v + 2] === z;
		if (
			!keepsSides(coarse, u, v, this.#ringU, inU, this.#point) ||
			!keepsSides(coarse, v, u, this.#ringV, inV, this.#point)
		)
			return -1;
		if (this.#crossings !== undefined && this.#wouldCross(this.#crossings, u, v, inU, inV)) return -1;

		// Lines: an edge that vanishes hands its line to the one that it is merged with.
		for (let i = 0; i < inU; i++) {
			const d = this.#ringU[i];
			const t = (d / 3) | 0;
			if (at[next(d)] !== v && at[prev(d)] !== v) continue;
			const w = at[next(d)] === v ? at[prev(d)] : at[next(d)];
			const toU = at[next(d)] === v ? line[prev(d)] : line[d];
			const toV = line[next(d)];
			if ((toU | toV) !== 0) this.#drawLine(u, v, w, inU, inV);
			live[t] = 0;
			coarse.faces--;
			for (let k = 3 * t; k < 3 * t + 3; k++) this.#heap.remove(k);
		}
		for (let i = 0; i < inU; i++) at[this.#ringU[i]] = v;
		this.#rings.join(u, v);
		addQuadric(this.#quadrics, v, u);
		this.#weights[v] += this.#weights[u];
		if (!stays) moved[v] = 1;
		positions[3 * v] = x;
		positions[3 * v + 1] = y;
		positions[3 * v + 2] = z;
		if (this.#crossings !== undefined) {
			for (let i = 0; i < inU; i++)
				if (live[(this.#ringU[i] / 3) | 0] !== 0) this.#crossings.grow((this.#ringU[i] / 3) | 0);
			for (let i = 0; i < inV; i++)
				if (live[(this.#ringV[i] / 3) | 0] !== 0) this.#crossings.grow((this.#ringV[i] / 3) | 0);
		}
		if (this.#weights[v] > 0) coarse.error = Math.max(coarse.error, Math.sqrt(cost / this.#weights[v]));
		return v;
	}

	/** Would more triangles pass through each other around the edge once it is collapsed to `#point`? */
	#wouldCross(crossings: Crossings, u: number, v: number, inU: number, inV: number): boolean {
		const { at, positions: p } = this.#coarse;
		const around = this.#around;
		const before = this.#before;
		let count = 0;
		around.length = 0;
		for (let i = 0; i < inU + inV; i++) {
			const c = i < inU ? this.#ringU[i] : this.#ringV[i - inU];
			const other = i < inU ? v : u;
			if (at[next(c)] !== other && at[prev(c)] !== other) around[count++] = (c / 3) | 0;
		}
		const surviving = count;
		for (let k = 0; k < 3; k++) {
			before[k] = p[3 * u + k];
			before[3 + k] = p[3 * v + k];
			p[3 * u + k] = this.#point[k];
			p[3 * v + k] = this.#point[k];
		}
		const after = crossings.count(around, surviving, u, v);
		if (after === 0) return false;
		for (let k = 0; k < 3; k++) {
			p[3 * u + k] = before[k];
			p[3 * v + k] = before[3 + k];
		}
		for (let i = 0; i < inU; i++) {
			const c = this.#ringU[i];
			if (at[next(c)] === v || at[prev(c)] === v) around[count++] = (c / 3) | 0;
		}
		return after > crossings.count(around, count);
	}

	/** Makes the edges from `u` and `v` to `w` lines. */
	#drawLine(u: number, v: number, w: number, inU: number, inV: number): void {
		const { at, line } = this.#coarse;
		for (let i = 0; i < inU + inV; i++) {
			const c = i < inU ? this.#ringU[i] : this.#ringV[i - inU];
			const own = i < inU ? u : v;
			if (at[c] !== own) continue;
			if (at[next(c)] === w) line[c] = 1;
			if (at[prev(c)] === w) line[prev(c)] = 1;
		}
	}

	/**
	 * The link condition: whatever neighbours both ends are opposite the edge. Also refuses to fold two triangles onto
	 * each other (the last step of a tetrahedron), to let a component vanish, and to merge two lines.
	 */
	#mayCollapse(u: number, v: number, inU: number, inV: number): boolean {
		const { at, line } = this.#coarse;
		const mark = this.#mark;
		// Neighbours of u, and those of them that are opposite the edge.
		this.#stamp += 2;
		const ofU = this.#stamp - 1;
		const opposite = this.#stamp;
		let dying = 0;
		for (let i = 0; i < inU; i++) {
			const c = this.#ringU[i];
			mark[at[next(c)]] = ofU;
			mark[at[prev(c)]] = ofU;
		}
		for (let i = 0; i < inU; i++) {
			const c = this.#ringU[i];
			const forth = at[next(c)] === v;
			if (!forth && at[prev(c)] !== v) continue;
			mark[forth ? at[prev(c)] : at[next(c)]] = opposite;
			dying++;
			if (line[forth ? prev(c) : c] !== 0 && line[next(c)] !== 0) return false;
		}
		if (dying === 0 || inU + inV === 2 * dying) return false;
		if (this.#anyTopology) return true;
		let cap = false;
		for (let i = 0; i < inU; i++) {
			const c = this.#ringU[i];
			if (mark[at[next(c)]] === opposite && mark[at[prev(c)]] === opposite) cap = true;
		}
		for (let i = 0; i < inV; i++) {
			const c = this.#ringV[i];
			const a = at[next(c)];
			const b = at[prev(c)];
			if (a === u || b === u) continue;
			if (mark[a] === ofU || mark[b] === ofU) return false;
			if (cap && mark[a] === opposite && mark[b] === opposite) return false;
		}
		return true;
	}
}
