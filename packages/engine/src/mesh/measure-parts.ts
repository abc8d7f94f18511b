import { normalAndArea } from '../math/triangle.ts';
import { type Mesh, next } from './mesh.ts';
import type { Part, PartNeighbour } from './parts.ts';

/**
 * What can be measured of parts whose names come from elsewhere: triangles, areas, and the seams between them.
 *
 * @param partOf Part of each triangle. T.
 * @param count Number of parts.
 */
export function measureParts(mesh: Mesh, partOf: Uint16Array, count: number): Omit<Part, 'name' | 'extras'>[] {
	const areas = measureAreas(mesh, partOf, count);
	const triangles = new Uint32Array(count);
	for (let t = 0; t < partOf.length; t++) triangles[partOf[t]]++;
	const neighbours = measureSeams(mesh, partOf, count);
	return Array.from(areas, (area, p) => ({ triangles: triangles[p], area, neighbours: neighbours[p] }));
}

function measureAreas({ positions, triangles }: Mesh, partOf: Uint16Array, parts: number): Float64Array {
	const areas = new Float64Array(parts);
	const measured = new Float64Array(4);
	for (let t = 0; t < partOf.length; t++) {
		normalAndArea(positions, triangles, t, measured, 0);
		areas[partOf[t]] += measured[3];
	}
	return areas;
}

/** Length of the edges that triangles of two parts have in common, for each pair; also where caps meet on them. */
function measureSeams({ positions, triangles }: Mesh, partOf: Uint16Array, parts: number): PartNeighbour[][] {
	if (parts < 2) return Array.from({ length: parts }, () => []);
	const corners = cornersByLowerVertex(triangles, positions.length / 3);
	const seams = new Map<number, number>();
	for (let v = 0; v + 1 < corners.offsets.length; v++) {
		const row = corners.list.subarray(corners.offsets[v], corners.offsets[v + 1]);
		let first = partOf[0];
		let isMixed = false;
		for (let i = 0; i < row.length; i++) {
			const part = partOf[Math.floor(row[i] / 3)];
			if (i === 0) first = part;
			else if (part !== first) isMixed = true;
		}
		if (isMixed) addSeams(seams, row, v, positions, triangles, partOf, parts);
	}
	const neighbours: PartNeighbour[][] = Array.from({ length: parts }, () => []);
	for (const [pair, seam] of [...seams].sort(([a], [b]) => a - b)) {
		neighbours[Math.floor(pair / parts)].push({ part: pair % parts, seam });
	}
	return neighbours;
}

/** Adds the edges from one vertex up, of which `row` has the corners, where several parts meet. */
function addSeams(
	seams: Map<number, number>,
	row: Uint32Array,
	v: number,
	positions: Float32Array,
	triangles: Uint32Array,
	partOf: Uint16Array,
	parts: number,
): void {
	const partsAt = new Map<number, Set<number>>();
	for (const c of row) {
		const other = triangles[c] === v ? triangles[next(c)] : triangles[c];
		const met = partsAt.get(other) ?? new Set();
		partsAt.set(other, met.add(partOf[Math.floor(c / 3)]));
	}
	for (const [other, met] of partsAt) {
		if (met.size < 2) continue;
		const [a, b] = [3 * v, 3 * other];
		const length = Math.hypot(
			positions[b] - positions[a],
			positions[b + 1] - positions[a + 1],
			positions[b + 2] - positions[a + 2],
		);
		for (const one of met) {
			for (const two of met) {
				if (one !== two) seams.set(one * parts + two, (seams.get(one * parts + two) ?? 0) + length);
			}
		}
	}
}

/** Corners by the lower vertex of their edge; those of an edge without length are left out. */
function cornersByLowerVertex(triangles: Uint32Array, vertices: number): { offsets: Uint32Array; list: Uint32Array } {
	const offsets = new Uint32Array(vertices + 1);
	for (let c = 0; c < triangles.length; c++) {
		const other = triangles[next(c)];
		if (triangles[c] !== other) offsets[Math.min(triangles[c], other) + 1]++;
	}
	for (let v = 1; v < offsets.length; v++) offsets[v] += offsets[v - 1];
	const fill = offsets.slice(0, -1);
	const list = new Uint32Array(offsets[vertices]);
	for (let c = 0; c < triangles.length; c++) {
		const other = triangles[next(c)];
		if (triangles[c] !== other) list[fill[Math.min(triangles[c], other)]++] = c;
	}
	return { offsets, list };
}
