import type { Part, Parts } from '../mesh/parts.ts';
import type { RegionTable } from './region-table.ts';

/**
 * Parts from regions: numbered by falling area (of equals the one with the first triangle comes first), named, with
 * their neighbours.
 *
 * @param partOfRegion R. @param regionOf Region of each triangle. T.
 */
export function labelParts(
	table: RegionTable,
	partOfRegion: Uint32Array,
	regionOf: Uint32Array,
	namePrefix: string,
): Parts {
	let count = 0;
	for (const p of partOfRegion) count = Math.max(count, p + 1);
	const area = new Float64Array(count);
	const triangles = new Uint32Array(count);
	const first = new Uint32Array(count).fill(0xffffffff);
	for (let r = 0; r < partOfRegion.length; r++) {
		const p = partOfRegion[r];
		area[p] += table.area[r];
		triangles[p] += table.triangles[r];
		first[p] = Math.min(first[p], table.firstTriangle[r]);
	}
	const order = Array.from({ length: count }, (_, p) => p)
		.filter((p) => triangles[p] > 0)
		.sort((p, q) => area[q] - area[p] || first[p] - first[q]);
	const rank = new Uint16Array(count);
	for (let i = 0; i < order.length; i++) rank[order[i]] = i;
	const rankOfRegion = Uint16Array.from(partOfRegion, (p) => rank[p]);
	const partOf = new Uint16Array(regionOf.length);
	for (let t = 0; t < regionOf.length; t++) partOf[t] = rankOfRegion[regionOf[t]];
	const seams = seamsByPart(table, rankOfRegion, order.length);
	const parts = order.map(
		(p, i): Part => ({
			name: `${namePrefix}${i}`,
			triangles: triangles[p],
			area: area[p] * table.totalArea,
			neighbours: [...seams[i]]
				.sort(([a], [b]) => a - b)
				.map(([part, length]) => ({ part, seam: length * table.size })),
		}),
	);
	return { partOf, parts };
}

function seamsByPart(table: RegionTable, partOf: Uint16Array, count: number): Map<number, number>[] {
	const seams: Map<number, number>[] = Array.from({ length: count }, () => new Map());
	for (let s = 0; s < table.seamA.length; s++) {
		const a = table.seamA[s];
		const b = table.seamB[s];
		const p = partOf[a];
		const q = partOf[b];
		if (p === q || table.triangles[a] === 0 || table.triangles[b] === 0) continue;
		seams[p].set(q, (seams[p].get(q) ?? 0) + table.seamLength[s]);
		seams[q].set(p, (seams[q].get(p) ?? 0) + table.seamLength[s]);
	}
	return seams;
}
