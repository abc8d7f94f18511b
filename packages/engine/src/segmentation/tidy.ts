import { IndexedHeap } from '../math/heap.ts';
import { UnionFind } from '../math/union-find.ts';
import type { RegionTable } from './region-table.ts';

/**
 * Number of parts that have triangles: a region that lost its last one to a boundary that moved makes no part.
 *
 * @param partOf Part of each region. R.
 */
export function countParts(table: RegionTable, partOf: Uint32Array): number {
	const seen = new Set<number>();
	for (let r = 0; r < partOf.length; r++) if (table.triangles[r] > 0) seen.add(partOf[r]);
	return seen.size;
}

/**
 * A part narrower than this between its seams, in model sizes, counts as smaller than it is: a ring of a few triangles
 * along a crease is a sliver, an antenna is not (its only seam is at its foot). At 0.01 half rings of up to 0.75 % of
 * the area were left where arms begin; part IoU on half of the even assemblies is 0.683 with both (2026-11).
 */
const MIN_WIDTH = 0.03;

/**
 * A patch is a part that does not stand out from its surroundings (a limb or a knob has much surface behind a short seam, a
 * disc as much as a circle of its seam's length) and whose seam is held by neither crease nor change of look: it counts as
 * smaller than it is when its roundness is below PATCH times the share of its seam that nothing holds. Half of it joins
 * what one cannot tell it from: rags at the foot of a cat's tail, between the fingers of a claw, on a roof.
 *
 * Measured on even halves, everything held out: Rand error 0.1024 and part IoU on assemblies 0.672 as without it (0.1035 and
 * 0.668 at 3). Characters and tanks remeshed on 56-104 cells 0.768 at 5.7 parts to 0.756 at 5.6: one tank (2026-11).
 */
const PATCH = 2;

/**
 * Where a model comes in more loose pieces than this, the pieces are how its artist worked (eyes, buckles, bolts, wheels of
 * a track), not its parts: a part without a common edge with any other counts as smaller than it is.
 *
 * Measured with everything held out, at a fifth of their size (minPartSize 0.003, granularity 0.5): characters and tanks
 * as the file has them, 38 pieces each, 7.6 to 5.7 parts of 4.1, part IoU 0.863 to 0.859; packs held out 7.5 to 6.4 parts,
 * 0.787 to 0.789; at a third and at a tenth of it 0.868 and 0.831, 6.9 and 5.1 parts. Assemblies of the even half, of which
 * two come in more than 20 pieces, keep their 0.670. In models of any number of pieces they fall to 0.665, since there a
 * handle that is a piece of its own is a part (2026-11).
 */
const COLLAGE = 20;

/** How two parts hang together: how strongly the smaller clings, and the length of the common seam. */
type Tie = { readonly cling: number; readonly seam: number };

/** Two parts are mirror images of each other when more than this share of the larger one's area is. */
const IMAGE = 0.6;

/**
 * Joins parts that are too small, smallest first, each to the neighbour that it clings to most, until none is below
 * `minPartSize` (share of the area, less where narrow) and there are at most `maxParts`. Two parts that are mirror images
 * count as large as their mean, and the second follows the first. A part without neighbours stays.
 *
 * @param partOf Part of each region. R.
 * @param looseness How many times smaller a loose part counts in a model of many loose pieces, 1 or more.
 * @returns The same, numbered by first region. R.
 */
export function tidyParts(
	table: RegionTable,
	partOf: Uint32Array,
	minPartSize: number,
	maxParts: number,
	looseness = 1,
): Uint32Array {
	let count = 0;
	for (const p of partOf) count = Math.max(count, p + 1);
	const area = new Float64Array(count);
	const triangles = new Uint32Array(count);
	for (let r = 0; r < partOf.length; r++) {
		area[partOf[r]] += table.area[r];
		triangles[partOf[r]] += table.triangles[r];
	}
	const ties = tiesByPart(table, partOf, count);
	const seam = new Float64Array(count);
	for (let p = 0; p < count; p++) for (const tie of ties[p].values()) seam[p] += tie.seam;
	const surface = table.totalArea / table.size ** 2;
	const loose = looseness > 1 && countPieces(table) > COLLAGE ? looseness : 1;
	const substance = (p: number): number => {
		if (seam[p] === 0) return area[p] / loose;
		const width = (2 * area[p] * surface) / Math.max(seam[p], 1e-12);
		const roundness = Math.min(1, (4 * Math.PI * area[p] * surface) / seam[p] ** 2);
		let free = 0;
		for (const tie of ties[p].values()) free += Math.min(tie.seam, tie.cling);
		const held = (roundness * seam[p]) / Math.max(PATCH * free, 1e-12);
		return area[p] * Math.min(1, width / MIN_WIDTH, held) ** 2;
	};
	const shared = imagesByPart(table, partOf, count);
	const imageOf = (p: number): number => {
		for (const [q, both] of shared[p]) if (both > IMAGE * Math.max(area[p], area[q])) return q;
		return -1;
	};
	const into = new Uint32Array(count);
	const heap = new IndexedHeap(count);
	const rate = (p: number): void => {
		const image = imageOf(p);
		const paired = image >= 0 && image !== p && triangles[image] > 0 && into[image] === image;
		const size = paired ? (substance(p) + substance(image)) / 2 : substance(p);
		heap.set(p, size);
		if (paired && heap.has(image)) heap.set(image, size);
	};
	for (let p = 0; p < count; p++) into[p] = p;
	for (let p = 0; p < count; p++) if (triangles[p] > 0) rate(p);
	let left = heap.size;
	const join = (p: number, q: number): void => {
		into[p] = q;
		area[q] += area[p];
		seam[q] += seam[p] - 2 * ties[p].get(q)!.seam;
		left--;
		for (const [other, tie] of ties[p]) {
			ties[other].delete(p);
			if (other === q) continue;
			const old = ties[q].get(other) ?? { cling: 0, seam: 0 };
			const sum = { cling: old.cling + tie.cling, seam: old.seam + tie.seam };
			ties[q].set(other, sum);
			ties[other].set(q, sum);
		}
		for (const [other, both] of shared[p]) {
			shared[other].delete(p);
			const own = other === p || other === q;
			const sum = (shared[q].get(own ? q : other) ?? 0) + (other === q ? 2 : 1) * both;
			shared[q].set(own ? q : other, sum);
			if (!own) shared[other].set(q, sum);
		}
		rate(q);
	};
	for (let p = heap.pop(); p >= 0; p = heap.pop()) {
		const size = heap.key(p);
		if (size >= minPartSize && left <= maxParts) break;
		const q = strongest(ties[p], area);
		if (q < 0) continue;
		const image = imageOf(p);
		const host = imageOf(q);
		join(p, q);
		// Above the smallest size only as many join as there are too many: the number of parts may have been asked for.
		if (image < 0 || image === q || !heap.has(image) || (size >= minPartSize && left <= maxParts)) continue;
		const follow = ties[image].has(host) ? host : strongest(ties[image], area);
		if (follow < 0) continue;
		heap.remove(image);
		join(image, follow);
	}
	const number = new Int32Array(count).fill(-1);
	let parts = 0;
	return partOf.map((start) => {
		let p = start;
		while (into[p] !== p) p = into[p];
		if (number[p] < 0) number[p] = parts++;
		return number[p];
	});
}

/** Number of loose pieces that have triangles: what hangs together at edges. */
function countPieces({ area, triangles, seamA, seamB, seamLength }: RegionTable): number {
	const sets = new UnionFind(area.length);
	for (let s = 0; s < seamA.length; s++) if (seamLength[s] > 0) sets.union(seamA[s], seamB[s]);
	const pieces = new Set<number>();
	for (let r = 0; r < area.length; r++) if (triangles[r] > 0) pieces.add(sets.find(r));
	return pieces.size;
}

/** Share of the model that is a part and the mirror image of another, or of itself, by part and other part. */
function imagesByPart({ images }: RegionTable, partOf: Uint32Array, count: number): Map<number, number>[] {
	const shared: Map<number, number>[] = Array.from({ length: count }, () => new Map());
	const add = (p: number, q: number, area: number): void => void shared[p].set(q, (shared[p].get(q) ?? 0) + area);
	for (const { a, b, area } of images) {
		const p = partOf[a];
		const q = partOf[b];
		if (p === q) add(p, p, a === b ? area : 2 * area);
		else {
			add(p, q, area);
			add(q, p, area);
		}
	}
	return shared;
}

function tiesByPart(table: RegionTable, partOf: Uint32Array, count: number): Map<number, Tie>[] {
	const ties: Map<number, Tie>[] = Array.from({ length: count }, () => new Map());
	for (let s = 0; s < table.seamA.length; s++) {
		const p = partOf[table.seamA[s]];
		const q = partOf[table.seamB[s]];
		if (p === q) continue;
		const old = ties[p].get(q) ?? { cling: 0, seam: 0 };
		const sum = { cling: old.cling + table.cling[s], seam: old.seam + table.seamLength[s] };
		ties[p].set(q, sum);
		ties[q].set(p, sum);
	}
	return ties;
}

/** The neighbour that is clung to most; of equals the larger, then the first. -1 where there is none. */
function strongest(ties: ReadonlyMap<number, Tie>, area: Float64Array): number {
	let best = -1;
	let most = -1;
	for (const [q, { cling }] of ties) {
		const ahead = cling - most;
		if (ahead > 0 || (ahead === 0 && (area[q] > area[best] || (area[q] === area[best] && q < best)))) {
			best = q;
			most = cling;
		}
	}
	return best;
}
