import { type Mesh, next, type Surface } from '../mesh/mesh.ts';
import { BOUNDARY, NON_MANIFOLD, twins } from '../mesh/topology.ts';

/**
 * Answers for single points whether they are inside a surface on whose every edge as many triangles run the one way as the
 * other: signed crossings above the point are counted, which is the winding number itself, so that overlapping and
 * inside-out shells count as solid. The triangles stand in a grid over x and y; a point asks those of one cell.
 *
 * Of 84 000 triangles, pulling caps inside takes 0.7 s where it took 1.7 with the approximate winding number and, for each
 * part, a grid of the cells that no triangle touches.
 *
 * @param box Around the surface: least x, y, z, then the greatest.
 */
export function columnsOf(
	{ positions, triangles }: Surface,
	box: readonly number[],
): (x: number, y: number, z: number) => boolean {
	const size = Math.max(box[3] - box[0], box[4] - box[1], box[5] - box[2]);
	if (!(size > 0)) return () => false;
	const { cell, nx, ny } = layCells(positions, triangles, box);
	const column = (value: number, k: number, most: number): number =>
		Math.max(0, Math.min(most - 1, Math.floor((value - box[k]) / cell)));
	const offsets = new Uint32Array(nx * ny + 1);
	let list: Uint32Array | undefined;
	for (let pass = 0; pass < 2; pass++) {
		for (let c = 0; c < triangles.length; c += 3) {
			const p = 3 * triangles[c];
			const q = 3 * triangles[c + 1];
			const r = 3 * triangles[c + 2];
			const i1 = column(Math.max(positions[p], positions[q], positions[r]), 0, nx);
			const j1 = column(Math.max(positions[p + 1], positions[q + 1], positions[r + 1]), 1, ny);
			const i0 = column(Math.min(positions[p], positions[q], positions[r]), 0, nx);
			for (let j = column(Math.min(positions[p + 1], positions[q + 1], positions[r + 1]), 1, ny); j <= j1; j++)
				for (let i = i0; i <= i1; i++) {
					if (list) list[--offsets[i + nx * j]] = c;
					else offsets[i + nx * j]++;
				}
		}
		if (list) break;
		// Ends of the rows, which filling moves to their beginnings.
		for (let i = 1; i < offsets.length; i++) offsets[i] += offsets[i - 1];
		list = new Uint32Array(offsets[offsets.length - 1]);
	}
	const rows = list!;
	return (atX, atY, z) => {
		// A little aside: models like round numbers, and a column through an edge is a tie.
		const x = atX + SHIFT * size;
		const y = atY + 0.7 * SHIFT * size;
		if (!(x >= box[0] && x <= box[3] && y >= box[1] && y <= box[4] && z >= box[2] && z <= box[5])) return false;
		const row = column(x, 0, nx) + nx * column(y, 1, ny);
		let sum = 0;
		for (let at = offsets[row]; at < offsets[row + 1]; at++)
			sum += crossingAbove(positions, triangles, rows[at], x, y, z);
		return sum !== 0;
	};
}

/**
 * How often a closed surface winds around a point: crossings above it, all triangles asked.
 *
 * @param size Longest side of what the surface is part of.
 */
export function windingAbove(
	positions: ArrayLike<number>,
	triangles: ArrayLike<number>,
	at: readonly number[],
	size: number,
): number {
	let sum = 0;
	for (let c = 0; c < triangles.length; c += 3)
		sum += crossingAbove(positions, triangles, c, at[0] + SHIFT * size, at[1] + 0.7 * SHIFT * size, at[2]);
	return sum;
}

/** 1 or -1 where the triangle with a first corner c is above a point, as it faces; else 0. */
function crossingAbove(
	positions: ArrayLike<number>,
	triangles: ArrayLike<number>,
	c: number,
	x: number,
	y: number,
	z: number,
): number {
	const p = 3 * triangles[c];
	const q = 3 * triangles[c + 1];
	const r = 3 * triangles[c + 2];
	const pz = positions[p + 2];
	const qz = positions[q + 2];
	const rz = positions[r + 2];
	if (pz < z && qz < z && rz < z) return 0;
	const u = side(positions, q, r, x, y);
	const v = side(positions, r, p, x, y);
	const w = side(positions, p, q, x, y);
	const isUp = u >= 0 && v >= 0 && w >= 0;
	if (!isUp && !(u <= 0 && v <= 0 && w <= 0)) return 0;
	const twice = u + v + w;
	return twice !== 0 && (u * pz + v * qz + w * rz) / twice > z ? (isUp ? 1 : -1) : 0;
}

/**
 * A surface on whose every edge as many triangles run the one way as the other, so that every point has a whole winding
 * number: the mesh itself if it is one, else with fans over its slits and holes, each from one vertex of their border. (The
 * edges where more run the one way are together a border, which has as many edges to each vertex as from it: so the fans'
 * spokes cancel too.)
 */
export function sealed(mesh: Mesh): Surface {
	const twin = twins(mesh);
	const { positions, triangles } = mesh;
	const surplus = new Map<number, number>();
	for (let c = 0; c < twin.length; c++) {
		if (twin[c] !== BOUNDARY && twin[c] !== NON_MANIFOLD) continue;
		const a = triangles[c];
		const b = triangles[next(c)];
		const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
		surplus.set(key, (surplus.get(key) ?? 0) + (a < b ? 1 : -1));
	}
	const root = new Map<number, number>();
	const find = (v: number): number => {
		let top = v;
		for (let up = root.get(top); up !== undefined && up !== top; up = root.get(top)) top = up;
		root.set(v, top);
		return top;
	};
	const open: { readonly low: number; readonly high: number; readonly count: number }[] = [];
	for (const [key, count] of surplus) {
		if (count === 0) continue;
		const [low, high] = [Math.floor(key / 2 ** 26), key % 2 ** 26];
		open.push({ low, high, count });
		const [a, b] = [find(low), find(high)];
		root.set(Math.max(a, b), Math.min(a, b));
	}
	if (open.length === 0) return mesh;
	const fans: number[] = [];
	for (const { low, high, count } of open) {
		const apex = find(low);
		if (apex === low || apex === high) continue;
		const [from, to] = count > 0 ? [high, low] : [low, high];
		for (let i = 0; i < Math.abs(count); i++) fans.push(from, to, apex);
	}
	const all = new Uint32Array(triangles.length + fans.length);
	all.set(triangles);
	all.set(fans, triangles.length);
	return { positions, triangles: all };
}

/** How far aside a column stands, in sizes of the surface. */
const SHIFT = 1.2345e-9;
/** Of entries of triangles in cells, for each triangle: large triangles among many small ones would have many. */
const MOST_ENTRIES = 12;

/** About as many cells as triangles, fewer where triangles are larger than that. */
function layCells(positions: Float32Array, triangles: Uint32Array, box: readonly number[]) {
	const width = Math.max(box[3] - box[0], 1e-3 * (box[4] - box[1]));
	const height = Math.max(box[4] - box[1], 1e-3 * (box[3] - box[0]));
	for (let cell = Math.sqrt((width * height) / Math.max(1, triangles.length / 3)) || 1; ; cell *= 1.5) {
		const nx = Math.floor(width / cell) + 1;
		const ny = Math.floor(height / cell) + 1;
		let entries = 0;
		for (let c = 0; c < triangles.length; c += 3) {
			const p = 3 * triangles[c];
			const q = 3 * triangles[c + 1];
			const r = 3 * triangles[c + 2];
			const dx =
				Math.max(positions[p], positions[q], positions[r]) - Math.min(positions[p], positions[q], positions[r]);
			const dy =
				Math.max(positions[p + 1], positions[q + 1], positions[r + 1]) -
				Math.min(positions[p + 1], positions[q + 1], positions[r + 1]);
			entries += (1 + dx / cell) * (1 + dy / cell);
		}
		if (entries <= MOST_ENTRIES * (triangles.length / 3) || nx * ny <= 16) return { cell, nx, ny };
	}
}

/** Twice the area of (a, b, point): exactly opposite for the same edge the other way, so that neighbours agree. */
function side(positions: ArrayLike<number>, a: number, b: number, x: number, y: number): number {
	const ax = positions[a];
	const ay = positions[a + 1];
	const bx = positions[b];
	const by = positions[b + 1];
	return ax < bx || (ax === bx && ay < by)
		? (bx - ax) * (y - ay) - (by - ay) * (x - ax)
		: -((ax - bx) * (y - by) - (ay - by) * (x - bx));
}
