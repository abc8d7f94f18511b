import { UnionFind } from '../math/union-find.ts';
import { type Mesh, next, triangleCount } from '../mesh/mesh.ts';
import { NON_MANIFOLD, type Rows, twins, vertexCorners } from '../mesh/topology.ts';

/**
 * A surface as cells that touch along edges: what segmentation measures, grows and merges on. A cell is a triangle, or
 * on large meshes a small patch of triangles (`cells.ts`), so that nothing above asks how dense the mesh is.
 *
 * Lengths are in units of the model's size (`modelSize`), positions are relative to its centre: every threshold above
 * is a fraction of the model. Shapes: N = cells, E = edges.
 */
export type SurfaceGraph = {
	readonly cells: number;
	/** N. */
	readonly area: Float32Array;
	/** N × 3. */
	readonly centroid: Float32Array;
	/** Unit normal, 0 where the cell has no area; outward where the winding is. N × 3. */
	readonly normal: Float32Array;
	/** Connected piece of the surface that the cell belongs to, numbered by first triangle. N. */
	readonly groupOf: Uint32Array;
	readonly groups: number;
	/** Cells on the two sides of each edge, `edgeA < edgeB`. E. */
	readonly edgeA: Uint32Array;
	readonly edgeB: Uint32Array;
	readonly edgeLength: Float32Array;
	/** Edges of each cell. */
	readonly edgesOf: Rows;
};

/** Where the model is and how large: `size` is √12 times the root mean square distance from the centre. */
export type Frame = { readonly centre: readonly [number, number, number]; readonly size: number };

/**
 * Centre and size of the surface, area-weighted. √12 · rms is the bounding box's diagonal for a rod and for a ball;
 * unlike the diagonal it does not change under rotation and a stray far triangle hardly moves it.
 */
export function modelFrame({ positions, triangles }: Mesh): Frame {
	let total = 0;
	const sum = [0, 0, 0];
	let square = 0;
	const base = [positions[0], positions[1], positions[2]];
	for (let pass = 0; pass < 2 && total === 0; pass++) {
		for (let c = 0; c < triangles.length; c += 3) {
			const i = 3 * triangles[c];
			const j = 3 * triangles[c + 1];
			const k = 3 * triangles[c + 2];
			// The second pass serves meshes without any area: every triangle counts the same.
			const weight = pass === 0 ? doubleArea(positions, i, j, k) : 1;
			total += weight;
			for (let axis = 0; axis < 3; axis++) {
				const x = (positions[i + axis] + positions[j + axis] + positions[k + axis]) / 3 - base[axis];
				sum[axis] += weight * x;
				square += weight * x * x;
			}
		}
	}
	const mean = sum.map((x) => x / total);
	const variance = square / total - mean[0] ** 2 - mean[1] ** 2 - mean[2] ** 2;
	const size = Math.sqrt(12 * Math.max(0, variance));
	return { centre: [base[0] + mean[0], base[1] + mean[1], base[2] + mean[2]], size: size > 0 ? size : 1 };
}

function doubleArea(p: Float32Array, i: number, j: number, k: number): number {
	const ux = p[j] - p[i];
	const uy = p[j + 1] - p[i + 1];
	const uz = p[j + 2] - p[i + 2];
	const vx = p[k] - p[i];
	const vy = p[k + 1] - p[i + 1];
	const vz = p[k + 2] - p[i + 2];
	return Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
}

/**
 * The graph whose cells are the mesh's triangles. Triangles are neighbours when they share an edge, however many do and
 * however they are wound; edges between triangles of different `apartBy` are left out.
 */
export function triangleGraph(
	mesh: Mesh,
	frame: Frame,
	apartBy?: ArrayLike<number>,
	advance?: (fraction: number) => void,
): SurfaceGraph {
	const { edgeA, edgeB, edgeLength } = triangleEdges(mesh, frame, apartBy);
	advance?.(0.4);
	const { area, centroid, normal } = measureTriangles(mesh, frame);
	advance?.(0.6);
	const { groupOf, groups } = groupCells(area.length, edgeA, edgeB);
	advance?.(0.8);
	return {
		cells: area.length,
		area,
		centroid,
		normal,
		groupOf,
		groups,
		edgeA,
		edgeB,
		edgeLength,
		edgesOf: edgeRows(area.length, edgeA, edgeB),
	};
}

function triangleEdges(mesh: Mesh, frame: Frame, apartBy?: ArrayLike<number>) {
	const { positions, triangles } = mesh;
	const twin = twins(mesh);
	const across = new Int32Array(triangles.length).fill(-1);
	let edges = 0;
	for (let c = 0; c < triangles.length; c++) {
		const d = twin[c] === NON_MANIFOLD ? nextWing(mesh, c) : twin[c];
		if (d <= c || ((c / 3) | 0) === ((d / 3) | 0)) continue;
		if (apartBy && apartBy[(c / 3) | 0] !== apartBy[(d / 3) | 0]) continue;
		across[c] = d;
		edges++;
	}
	const edgeA = new Uint32Array(edges);
	const edgeB = new Uint32Array(edges);
	const edgeLength = new Float32Array(edges);
	let e = 0;
	for (let c = 0; c < triangles.length; c++) {
		if (across[c] < 0) continue;
		const i = 3 * triangles[c];
		const j = 3 * triangles[next(c)];
		edgeA[e] = (c / 3) | 0;
		edgeB[e] = (across[c] / 3) | 0;
		const x = positions[i] - positions[j];
		const y = positions[i + 1] - positions[j + 1];
		const z = positions[i + 2] - positions[j + 2];
		edgeLength[e++] = Math.sqrt(x * x + y * y + z * z) / frame.size;
	}
	return { edgeA, edgeB, edgeLength };
}

/** The next corner, by number, on the same undirected edge as `c`; -1 when `c` is the last: wings form a chain. */
function nextWing(mesh: Mesh, c: number): number {
	const { triangles } = mesh;
	const { offsets, list } = vertexCorners(mesh);
	const from = triangles[c];
	const to = triangles[next(c)];
	let found = -1;
	for (let i = offsets[from]; i < offsets[from + 1]; i++) {
		const d = list[i];
		if (d > c && triangles[next(d)] === to && (found < 0 || d < found)) found = d;
	}
	for (let i = offsets[to]; i < offsets[to + 1]; i++) {
		const d = list[i];
		if (d > c && triangles[next(d)] === from && (found < 0 || d < found)) found = d;
	}
	return found;
}

function measureTriangles(mesh: Mesh, { centre, size }: Frame) {
	const { positions: p, triangles } = mesh;
	const count = triangleCount(mesh);
	const area = new Float32Array(count);
	const centroid = new Float32Array(3 * count);
	const normal = new Float32Array(3 * count);
	for (let t = 0; t < count; t++) {
		const i = 3 * triangles[3 * t];
		const j = 3 * triangles[3 * t + 1];
		const k = 3 * triangles[3 * t + 2];
		for (let axis = 0; axis < 3; axis++)
			centroid[3 * t + axis] = ((p[i + axis] + p[j + axis] + p[k + axis]) / 3 - centre[axis]) / size;
		const ux = (p[j] - p[i]) / size;
		const uy = (p[j + 1] - p[i + 1]) / size;
		const uz = (p[j + 2] - p[i + 2]) / size;
		const vx = (p[k] - p[i]) / size;
		const vy = (p[k + 1] - p[i + 1]) / size;
		const vz = (p[k + 2] - p[i + 2]) / size;
		const x = uy * vz - uz * vy;
		const y = uz * vx - ux * vz;
		const z = ux * vy - uy * vx;
		const length = Math.sqrt(x * x + y * y + z * z);
		area[t] = length / 2;
		if (length > 0) {
			normal[3 * t] = x / length;
			normal[3 * t + 1] = y / length;
			normal[3 * t + 2] = z / length;
		}
	}
	return { area, centroid, normal };
}

/** Edges of each cell, ascending. */
export function edgeRows(cells: number, edgeA: Uint32Array, edgeB: Uint32Array): Rows {
	const offsets = new Uint32Array(cells + 1);
	for (let e = 0; e < edgeA.length; e++) {
		offsets[edgeA[e] + 1]++;
		offsets[edgeB[e] + 1]++;
	}
	for (let n = 0; n < cells; n++) offsets[n + 1] += offsets[n];
	const fill = offsets.slice(0, cells);
	const list = new Uint32Array(2 * edgeA.length);
	for (let e = 0; e < edgeA.length; e++) {
		list[fill[edgeA[e]]++] = e;
		list[fill[edgeB[e]]++] = e;
	}
	return { offsets, list };
}

/** Connected pieces, numbered in the order of their first cells. */
export function groupCells(cells: number, edgeA: Uint32Array, edgeB: Uint32Array) {
	const sets = new UnionFind(cells);
	for (let e = 0; e < edgeA.length; e++) sets.union(edgeA[e], edgeB[e]);
	const groupOf = new Uint32Array(cells);
	let groups = 0;
	for (let n = 0; n < cells; n++) {
		const first = sets.find(n);
		groupOf[n] = first === n ? groups++ : groupOf[first];
	}
	return { groupOf, groups };
}
