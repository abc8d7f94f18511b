import { IndexedHeap } from '../math/heap.ts';
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
 * Joins parts that are too small, smallest first, each to the neighbour that it clings to most, until none is below
 * `minPartSize` (share of the area) and there are at most `maxParts`. A part without neighbours stays.
 *
 * @param partOf Part of each region. R.
 * @returns The same, numbered by first region. R.
 */
export function tidyParts(table: RegionTable, partOf: Uint32Array, minPartSize: number, maxParts: number): Uint32Array {
	let count = 0;
	for (const p of partOf) count = Math.max(count, p + 1);
	const area = new Float64Array(count);
	const triangles = new Uint32Array(count);
	for (let r = 0; r < partOf.length; r++) {
		area[partOf[r]] += table.area[r];
		triangles[partOf[r]] += table.triangles[r];
	}
	const cling = clingByPart(table, partOf, count);
	const into = new Uint32Array(count);
	const heap = new IndexedHeap(count);
	for (let p = 0; p < count; p++) {
		into[p] = p;
		if (triangles[p] > 0) heap.set(p, area[p]);
	}
	let left = heap.size;
	for (let p = heap.pop(); p >= 0; p = heap.pop()) {
		if (area[p] >= minPartSize && left <= maxParts) break;
		const q = strongest(cling[p], area);
		if (q < 0) continue;
		into[p] = q;
		area[q] += area[p];
		left--;
		for (const [other, strength] of cling[p]) {
			cling[other].delete(p);
			if (other === q) continue;
			cling[q].set(other, (cling[q].get(other) ?? 0) + strength);
			cling[other].set(q, (cling[other].get(q) ?? 0) + strength);
		}
		heap.set(q, area[q]);
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

function clingByPart(table: RegionTable, partOf: Uint32Array, count: number): Map<number, number>[] {
	const cling: Map<number, number>[] = Array.from({ length: count }, () => new Map());
	for (let s = 0; s < table.seamA.length; s++) {
		const p = partOf[table.seamA[s]];
		const q = partOf[table.seamB[s]];
		if (p === q) continue;
		cling[p].set(q, (cling[p].get(q) ?? 0) + table.cling[s]);
		cling[q].set(p, (cling[q].get(p) ?? 0) + table.cling[s]);
	}
	return cling;
}

/** The neighbour that is clung to most; of equals the larger, then the first. -1 where there is none. */
function strongest(cling: ReadonlyMap<number, number>, area: Float64Array): number {
	let best = -1;
	let most = -1;
	for (const [q, strength] of cling) {
		const ahead = strength - most;
		if (ahead > 0 || (ahead === 0 && (area[q] > area[best] || (area[q] === area[best] && q < best)))) {
			best = q;
			most = strength;
		}
	}
	return best;
}
