import { UnionFind } from '../math/union-find.ts';
import type { RegionTable } from './region-table.ts';

/** A part is one side of a wall when more than this share of it has one other part behind it. */
const SKIN = 0.6;
/** And that part, this share of it the first. A picture on a wall has the wall behind it, the wall no picture. */
const BACK = 0.3;
/** A wall is thinner than this, in roots of the first part's area. */
const THIN = 0.15;

/**
 * Joins the two sides of a thin wall that are two parts with a common seam: the shell of a bookcase and its inside, the
 * upper and the lower side of a table's top. One side alone bounds no solid.
 *
 * Measured with everything held out: on the even half of the assemblies part IoU from 0.671 to 0.674, Rand error 0.138 to
 * 0.140 (0.675 and 0.136 with SKIN 0.7, which leaves the bookcase); on the even half of the benchmark and on named models
 * no part is one side of a wall. SKIN 0.5 and 0.85, THIN 0.3: the same within 0.001 (2026-11).
 *
 * @param partOf Part of each region. R.
 * @returns The same where there are none. R.
 */
export function joinSkins(table: RegionTable, partOf: Uint32Array): Uint32Array {
	const { area, walls, seamA, seamB, seamLength } = table;
	if (walls.length === 0) return partOf;
	const surface = table.totalArea / table.size ** 2;
	let count = 0;
	for (const p of partOf) count = Math.max(count, p + 1);
	const whole = new Float64Array(count);
	for (let r = 0; r < partOf.length; r++) whole[partOf[r]] += area[r];
	const behind = new Map<number, { area: number; volume: number }>();
	for (const wall of walls) {
		const p = partOf[wall.a];
		const q = partOf[wall.b];
		if (p === q) continue;
		const old = behind.get(p * count + q) ?? { area: 0, volume: 0 };
		behind.set(p * count + q, { area: old.area + wall.area, volume: old.volume + wall.volume });
	}
	const sewn = new Set<number>();
	for (let s = 0; s < seamA.length; s++) if (seamLength[s] > 0) sewn.add(partOf[seamA[s]] * count + partOf[seamB[s]]);
	const sets = new UnionFind(count);
	let joined = 0;
	for (const [key, wall] of behind) {
		const p = Math.floor(key / count);
		const q = key % count;
		const back = behind.get(q * count + p)?.area ?? 0;
		if (wall.area < SKIN * whole[p] || back < BACK * whole[q]) continue;
		if (wall.volume > THIN * wall.area * Math.sqrt(whole[p] * surface)) continue;
		if (!sewn.has(p * count + q) && !sewn.has(q * count + p)) continue;
		sets.union(p, q);
		joined++;
	}
	return joined > 0 ? partOf.map((p) => sets.find(p)) : partOf;
}
