import { IndexedHeap } from '../math/heap.ts';
import { next } from '../mesh/mesh.ts';
import type { Faces } from './faces.ts';

/**
 * All ways to cut a surface into charts that one order of merges gives: node n < F is face n, a later node is the union
 * of two earlier neighbours.
 */
export type MergeTree = {
	/** The two nodes that each later node joins: node F + i joins 2·i and 2·i + 1. */
	readonly children: Uint32Array;
	/** Node that each node is joined in, or -1. */
	readonly parent: Int32Array;
	readonly nodes: number;
	/** Area, length of the border, and normal spread of each node: see `spread`. */
	readonly area: Float64Array;
	readonly border: Float64Array;
	readonly bend: Float64Array;
	/** Is there an edge on its inside that must be a border? */
	readonly torn: Uint8Array;
};

/** How much the whole spread of the normals counts beside the least one: at 0 charts roll up into tubes. */
const ROUNDNESS = 0.05;
/** How much size counts: decides among flat neighbours, where smaller ones go first. */
const BALANCE = 1e-4;

/**
 * Merges faces into ever larger charts, the pair first that bends least for the border that it saves.
 *
 * The bend of a chart is its area times the least eigenvalue of the covariance of its normals, which is zero for
 * everything that unrolls into the plane (planes, cylinders, cones: their normals lie on a circle), plus a little of
 * the trace. Key of a pair: the bend that merging adds, over the length of the border between the two.
 *
 * Based on:
 * - Garland, Willmott, Heckbert. Hierarchical face clustering on polygonal surfaces. 2001. [garland2001]
 * - Julius, Kraevoy, Sheffer. D-charts: quasi-developable mesh segmentation. 2005. [julius2005]
 * - Koepfler, Lopez, Morel. A multiscale algorithm for image segmentation by variational method. 1994. [koepfler1994]
 */
export function mergeFaces(faces: Faces, advance: (fraction: number) => void): MergeTree {
	const { faceOf, trianglesOf, planes, hard } = faces;
	const count = trianglesOf.offsets.length - 1;
	const capacity = 2 * count;
	const children = new Uint32Array(2 * count);
	const parent = new Int32Array(capacity).fill(-1);
	// Area, mean normal times area (3), its products times area (6): sums over triangles.
	const sums = new Float64Array(10 * capacity);
	const border = new Float64Array(capacity);
	const bend = new Float64Array(capacity);
	for (let t = 0; t < faceOf.length; t++) {
		const at = 10 * faceOf[t];
		const x = planes[4 * t];
		const y = planes[4 * t + 1];
		const z = planes[4 * t + 2];
		const a = planes[4 * t + 3];
		sums[at] += a;
		sums[at + 1] += a * x;
		sums[at + 2] += a * y;
		sums[at + 3] += a * z;
		sums[at + 4] += a * x * x;
		sums[at + 5] += a * x * y;
		sums[at + 6] += a * x * z;
		sums[at + 7] += a * y * y;
		sums[at + 8] += a * y * z;
		sums[at + 9] += a * z * z;
	}
	for (let f = 0; f < count; f++) bend[f] = spread(sums, 10 * f);

	const { ends, length, edgesOf } = linkFaces(faces, border);
	const heap = new IndexedHeap(length.length);
	const dead = new Uint8Array(length.length);
	const trial = new Float64Array(10);
	const keyOf = (e: number): number => {
		const a = ends[2 * e];
		const b = ends[2 * e + 1];
		for (let k = 0; k < 10; k++) trial[k] = sums[10 * a + k] + sums[10 * b + k];
		const smaller = Math.min(sums[10 * a], sums[10 * b]);
		return (Math.max(0, spread(trial, 0) - bend[a] - bend[b]) + BALANCE * smaller) / length[e];
	};
	for (let e = 0; e < length.length; e++) heap.set(e, keyOf(e));

	const seenAt = new Int32Array(capacity).fill(-1);
	let nodes = count;
	for (let e = heap.pop(); e >= 0; e = heap.pop()) {
		if ((nodes & 1023) === 0) advance((nodes - count) / count);
		const a = ends[2 * e];
		const b = ends[2 * e + 1];
		const node = nodes++;
		children[2 * (node - count)] = a;
		children[2 * (node - count) + 1] = b;
		parent[a] = node;
		parent[b] = node;
		for (let k = 0; k < 10; k++) sums[10 * node + k] = sums[10 * a + k] + sums[10 * b + k];
		border[node] = border[a] + border[b] - 2 * length[e];
		bend[node] = spread(sums, 10 * node);
		dead[e] = 1;
		const kept: number[] = [];
		for (const half of [a, b]) {
			for (const other of edgesOf[half]) {
				if (dead[other]) continue;
				const side = ends[2 * other] === half ? 0 : 1;
				const neighbour = ends[2 * other + 1 - side];
				const known = seenAt[neighbour];
				if (known >= 0) {
					length[known] += length[other];
					dead[other] = 1;
					heap.remove(other);
				} else {
					seenAt[neighbour] = other;
					ends[2 * other + side] = node;
					kept.push(other);
				}
			}
			edgesOf[half] = [];
		}
		edgesOf[node] = kept;
		for (const other of kept) {
			seenAt[ends[2 * other] === node ? ends[2 * other + 1] : ends[2 * other]] = -1;
			heap.set(other, keyOf(other));
		}
	}
	const area = new Float64Array(nodes);
	for (let n = 0; n < nodes; n++) area[n] = sums[10 * n];
	return { children, parent, nodes, area, border, bend, torn: findTorn(parent, nodes, hard) };
}

type Links = { ends: Uint32Array; length: Float64Array; edgesOf: number[][] };

/** The faces' neighbours across crossable edges, several edges between the same two as one; adds up the borders. */
function linkFaces({ points, triangles, across, faceOf, trianglesOf }: Faces, border: Float64Array): Links {
	const count = trianglesOf.offsets.length - 1;
	const ends: number[] = [];
	const length: number[] = [];
	const edgesOf: number[][] = Array.from({ length: 2 * count }, () => []);
	const linkTo = new Int32Array(count).fill(-1);
	for (let f = 0; f < count; f++) {
		const from = trianglesOf.offsets[f];
		const to = trianglesOf.offsets[f + 1];
		for (const e of edgesOf[f]) linkTo[ends[2 * e]] = -2;
		const made = length.length;
		for (let i = from; i < to; i++) {
			for (let c = 3 * trianglesOf.list[i], end = c + 3; c < end; c++) {
				const g = across[c] < 0 ? -1 : faceOf[(across[c] / 3) | 0];
				if (g === f) continue;
				const a = 3 * triangles[c];
				const b = 3 * triangles[next(c)];
				const [x, y, z] = [points[b] - points[a], points[b + 1] - points[a + 1], points[b + 2] - points[a + 2]];
				const long = Math.sqrt(x * x + y * y + z * z);
				border[f] += long;
				if (g <= f) continue;
				if (linkTo[g] < 0) {
					linkTo[g] = length.length;
					ends.push(f, g);
					length.push(1e-9);
					edgesOf[f].push(linkTo[g]);
					edgesOf[g].push(linkTo[g]);
				}
				length[linkTo[g]] += long;
			}
		}
		for (let e = made; e < length.length; e++) linkTo[ends[2 * e + 1]] = -1;
	}
	return { ends: Uint32Array.from(ends), length: Float64Array.from(length), edgesOf };
}

/** Area times the least eigenvalue of the covariance of the normals, and a little of its trace. */
function spread(s: Float64Array, o: number): number {
	const area = s[o];
	if (!(area > 0)) return 0;
	const mx = s[o + 1] / area;
	const my = s[o + 2] / area;
	const mz = s[o + 3] / area;
	const xx = s[o + 4] / area - mx * mx;
	const xy = s[o + 5] / area - mx * my;
	const xz = s[o + 6] / area - mx * mz;
	const yy = s[o + 7] / area - my * my;
	const yz = s[o + 8] / area - my * mz;
	const zz = s[o + 9] / area - mz * mz;
	return area * (Math.max(0, leastEigenvalue(xx, xy, xz, yy, yz, zz)) + ROUNDNESS * Math.max(0, xx + yy + zz));
}

/** Of a symmetric 3 × 3 matrix, in closed form: its rounding, 1e-8 of the trace, is nothing among normals. */
function leastEigenvalue(xx: number, xy: number, xz: number, yy: number, yz: number, zz: number): number {
	const mean = (xx + yy + zz) / 3;
	const a = xx - mean;
	const b = yy - mean;
	const c = zz - mean;
	const size = Math.sqrt((a * a + b * b + c * c + 2 * (xy * xy + xz * xz + yz * yz)) / 6);
	if (!(size > 1e-12)) return mean;
	const det = a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz);
	const cosine = Math.min(1, Math.max(-1, det / (2 * size * size * size)));
	return mean + 2 * size * Math.cos((Math.acos(cosine) + 2 * Math.PI) / 3);
}

/** Marks the nodes that have a hard edge on their inside: those in which its two faces are together. */
function findTorn(parent: Int32Array, nodes: number, hard: Uint32Array): Uint8Array {
	const torn = new Uint8Array(nodes);
	for (let i = 0; i < hard.length; i += 2) {
		let a: number = hard[i];
		let b: number = hard[i + 1];
		// Children have smaller numbers than their parents.
		while (a !== b && a >= 0 && b >= 0) {
			if (a < b) a = parent[a];
			else b = parent[b];
		}
		if (a === b) torn[a] = 1;
	}
	for (let n = 0; n < nodes; n++) if (torn[n] && parent[n] >= 0) torn[parent[n]] = 1;
	return torn;
}
