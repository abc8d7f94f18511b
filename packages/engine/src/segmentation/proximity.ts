import { UnionFind } from '../math/union-find.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Frame, SurfaceGraph } from './surface-graph.ts';

/** Two regions of different connected pieces that lie close: `contact` is the area over which they do. */
export type Contact = { readonly a: number; readonly b: number; readonly contact: number };

/** Pieces closer than about this, in model sizes, touch. P3-SAM (2025) takes a cell of a 128³ grid. */
const REACH = 1 / 128;
/** Pieces that touch nothing are tried again with twice the reach, up to this. */
const MAX_REACH = 1024;
/** Points on each square of `reach` side. */
const DENSITY = 2;
const MAX_POINTS = 400_000;
/** In a cell with more points, and beyond the first reach, regions touch the largest one only: pairs are quadratic. */
const CROWD = 200;

/**
 * Which regions of different connected pieces lie close to each other: points are spread over the surface and those
 * that share a cell of a grid touch. Clusters of pieces that touch no other cluster reach further until they do, so
 * that any two pieces are connected in the end, directly or through others (unless `apartOf` differs).
 *
 * @param cellOf Cell of each triangle; T.
 * @param regionOf Region of each cell; N.
 * @param apartOf Regions of pieces with different values never touch; by piece.
 */
export function findContacts(
	mesh: Mesh,
	frame: Frame,
	graph: SurfaceGraph,
	cellOf: Uint32Array,
	regionOf: Uint32Array,
	apartOf: ArrayLike<number> | undefined,
): Contact[] {
	if (graph.groups < 2) return [];
	const points = spreadPoints(mesh, frame, graph, cellOf);
	const contacts = new Map<number, Contact>();
	const clusters = new UnionFind(graph.groups);
	for (let reach = REACH; reach <= MAX_REACH && !isWhole(clusters, graph.groups, apartOf); reach *= 2) {
		const clusterOf = Uint32Array.from({ length: graph.groups }, (_, g) => clusters.find(g));
		// A second grid, shifted by half a cell, catches pairs that the first one's walls keep apart.
		for (const shift of [0, 0.5]) {
			eachCell(points.position, reach, shift, (members) => {
				const near = reach === REACH && members.length <= CROWD;
				joinMembers(graph, points, members, regionOf, apartOf, near, clusterOf, clusters, contacts);
			});
		}
	}
	return [...contacts.values()].sort((p, q) => p.a - q.a || p.b - q.b);
}

/** Does one cluster hold all pieces, or all of the same `apartOf`? */
function isWhole(clusters: UnionFind, groups: number, apartOf: ArrayLike<number> | undefined): boolean {
	const first = new Map<number, number>();
	for (let g = 0; g < groups; g++) {
		const apart = apartOf ? apartOf[g] : 0;
		const cluster = clusters.find(g);
		if ((first.get(apart) ?? cluster) !== cluster) return false;
		first.set(apart, cluster);
	}
	return true;
}

type Points = { readonly position: Float64Array; readonly cell: Uint32Array; readonly area: Float64Array };

/** Points over the surface, about DENSITY for each square of REACH, at least one a triangle or cell. */
function spreadPoints(mesh: Mesh, frame: Frame, graph: SurfaceGraph, cellOf: Uint32Array): Points {
	const { positions, triangles } = mesh;
	const coarse = graph.cells < cellOf.length;
	if (coarse)
		return {
			position: Float64Array.from(graph.centroid),
			cell: Uint32Array.from({ length: graph.cells }, (_, n) => n),
			area: Float64Array.from(graph.area),
		};
	let total = 0;
	for (let n = 0; n < graph.cells; n++) total += graph.area[n];
	const density = Math.min(DENSITY / REACH ** 2, MAX_POINTS / Math.max(total, 1e-12));
	const position: number[] = [];
	const cell: number[] = [];
	const area: number[] = [];
	for (let t = 0; t < cellOf.length; t++) {
		const count = Math.max(1, Math.ceil(graph.area[t] * density));
		for (let s = 0; s < count; s++) {
			// Roberts. The unreasonable effectiveness of quasirandom sequences. 2018: evenly spread, the same for all.
			let u = (0.5 + s * 0.7548776662466927) % 1;
			let v = (0.5 + s * 0.5698402909980532) % 1;
			if (u + v > 1) [u, v] = [1 - u, 1 - v];
			if (count === 1) u = v = 1 / 3;
			for (let axis = 0; axis < 3; axis++) {
				const i = positions[3 * triangles[3 * t] + axis];
				const j = positions[3 * triangles[3 * t + 1] + axis];
				const k = positions[3 * triangles[3 * t + 2] + axis];
				position.push((i + u * (j - i) + v * (k - i) - frame.centre[axis]) / frame.size);
			}
			cell.push(t);
			area.push(graph.area[t] / count);
		}
	}
	return { position: Float64Array.from(position), cell: Uint32Array.from(cell), area: Float64Array.from(area) };
}

/** Calls `visit` with the points of each cell of a grid that holds more than one. */
function eachCell(
	position: Float64Array,
	width: number,
	shift: number,
	visit: (members: readonly number[]) => void,
): void {
	const grid = new Map<number, number[]>();
	const at = (i: number): number => Math.min(8191, Math.max(0, Math.floor(position[i] / width + shift) + 4096));
	for (let i = 0; i < position.length; i += 3) {
		const key = (at(i) * 8192 + at(i + 1)) * 8192 + at(i + 2);
		const members = grid.get(key);
		if (members) members.push(i / 3);
		else grid.set(key, [i / 3]);
	}
	for (const members of grid.values()) if (members.length > 1) visit(members);
}

function joinMembers(
	{ groupOf }: SurfaceGraph,
	{ cell, area }: Points,
	members: readonly number[],
	regionOf: Uint32Array,
	apartOf: ArrayLike<number> | undefined,
	near: boolean,
	clusterOf: Uint32Array,
	clusters: UnionFind,
	contacts: Map<number, Contact>,
): void {
	const areaIn = new Map<number, number>();
	const cellIn = new Map<number, number>();
	for (const i of members) {
		const r = regionOf[cell[i]];
		areaIn.set(r, (areaIn.get(r) ?? 0) + area[i]);
		cellIn.set(r, cell[i]);
	}
	if (areaIn.size < 2) return;
	const join = (a: number, b: number): void => {
		const g = groupOf[cellIn.get(a)!];
		const h = groupOf[cellIn.get(b)!];
		if (g === h || clusterOf[g] === clusterOf[h] || apartAt(a) !== apartAt(b)) return;
		clusters.union(g, h);
		const [low, high] = a < b ? [a, b] : [b, a];
		const key = low * 2 ** 26 + high;
		const shared = Math.min(areaIn.get(a)!, areaIn.get(b)!) / 2;
		contacts.set(key, { a: low, b: high, contact: (contacts.get(key)?.contact ?? 0) + shared });
	};
	const apartAt = (r: number): number => (apartOf ? apartOf[groupOf[cellIn.get(r)!]] : 0);
	const regions = [...areaIn.keys()].sort((a, b) => a - b);
	if (near) {
		for (let i = 0; i < regions.length; i++) for (let j = i + 1; j < regions.length; j++) join(regions[i], regions[j]);
		return;
	}
	const hub = new Map<number, number>();
	for (const r of regions) {
		const best = hub.get(apartAt(r));
		if (best === undefined || areaIn.get(r)! > areaIn.get(best)!) hub.set(apartAt(r), r);
	}
	for (const r of regions) join(r, hub.get(apartAt(r))!);
}
