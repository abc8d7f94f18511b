import { derived, type Mesh, type Surface } from '../mesh/mesh.ts';
import { type Bvh, LINKS, leafCount, leafFirst, leafLink, NODE_WORDS, newStacks } from './bvh.ts';

/** Leaves hold up to this many triangles. */
const MAX_LEAF = 4;
/** Bits of a place along each axis. */
const BITS = 10;
const STACK = 3 * BITS + 32;

/** The quick hierarchy of a mesh, built at most once. */
export const quickBvhOf: (mesh: Mesh) => Bvh = derived((mesh) => quickBvh(mesh));

/**
 * A hierarchy that is built five times as fast as by `buildBvh` and takes queries a tenth longer where triangles are
 * about alike, half as long again where they are not (koala, 100,000 triangles: 30 ms in place of 160; fandisk, 2026-11).
 * Triangles are sorted along a Z-curve and split where the highest bit of their places changes. Queries answer the same.
 *
 * Triangles with a coordinate that is not finite are left out. Deterministic.
 *
 * Based on: Lauterbach, Garland, Sengupta, Luebke, Manocha. Fast BVH construction on GPUs. 2009. [lauterbach2009]
 *
 * @param surface `positions` V × 3, `triangles` T × 3; T < 2^27.
 */
export function quickBvh({ positions, triangles }: Surface): Bvh {
	const codes = placesOf(positions, triangles);
	const triangleOf = sortByCode(codes);
	const sorted = new Uint32Array(triangleOf.length);
	for (let i = 0; i < sorted.length; i++) sorted[i] = codes[triangleOf[i]];
	const corners = new Float32Array(9 * triangleOf.length);
	for (let i = 0; i < triangleOf.length; i++) {
		for (let k = 0; k < 3; k++) {
			const p = 3 * triangles[3 * triangleOf[i] + k];
			corners[9 * i + 3 * k] = positions[p];
			corners[9 * i + 3 * k + 1] = positions[p + 1];
			corners[9 * i + 3 * k + 2] = positions[p + 2];
		}
	}
	const links = splitByBits(sorted);
	const nodes = new Float32Array(links.buffer);
	measureNodes(nodes, links, corners);
	return { nodes, links, corners, triangleOf, ...newStacks() };
}

/** Marks triangles that are left out. */
const NOWHERE = 0xffffffff;

/** Place of each triangle's middle on the Z-curve through the box of all, or NOWHERE. T. */
function placesOf(positions: Float32Array, triangles: Uint32Array): Uint32Array {
	const count = triangles.length / 3;
	const middles = new Float64Array(3 * count);
	const low = [Infinity, Infinity, Infinity];
	let extent = 0;
	for (let k = 0; k < 3; k++) {
		let least = Infinity;
		let most = -Infinity;
		for (let t = 0; t < count; t++) {
			const c = 3 * t;
			const sum =
				positions[3 * triangles[c] + k] + positions[3 * triangles[c + 1] + k] + positions[3 * triangles[c + 2] + k];
			middles[c + k] = sum;
			if (sum < least && sum > -Infinity) least = sum;
			if (sum > most && sum < Infinity) most = sum;
		}
		low[k] = least;
		if (most - least > extent) extent = most - least;
	}
	const scale = extent > 0 ? (2 ** BITS * (1 - 1e-9)) / extent : 0;
	const codes = new Uint32Array(count);
	for (let t = 0; t < count; t++) {
		const x = middles[3 * t] - low[0];
		const y = middles[3 * t + 1] - low[1];
		const z = middles[3 * t + 2] - low[2];
		codes[t] = Number.isFinite(x + y + z)
			? spread((x * scale) | 0) | (spread((y * scale) | 0) << 1) | (spread((z * scale) | 0) << 2)
			: NOWHERE;
	}
	return codes;
}

/** The low ten bits, each followed by two zeros. */
function spread(x: number): number {
	let bits = x & 0x3ff;
	bits = (bits | (bits << 16)) & 0x030000ff;
	bits = (bits | (bits << 8)) & 0x0300f00f;
	bits = (bits | (bits << 4)) & 0x030c30c3;
	return (bits | (bits << 2)) & 0x09249249;
}

/** Triangles by ascending code, those of one code by number; without those that are nowhere. */
function sortByCode(codes: Uint32Array): Uint32Array {
	let from = new Uint32Array(codes.length);
	let count = 0;
	for (let t = 0; t < codes.length; t++) if (codes[t] !== NOWHERE) from[count++] = t;
	from = from.subarray(0, count);
	let to = new Uint32Array(count);
	const starts = new Uint32Array(1 << BITS);
	for (let shift = 0; shift < 3 * BITS; shift += BITS) {
		starts.fill(0);
		for (let i = 0; i < count; i++) starts[(codes[from[i]] >>> shift) & 0x3ff]++;
		let sum = 0;
		for (let b = 0; b < starts.length; b++) {
			const here = starts[b];
			starts[b] = sum;
			sum += here;
		}
		for (let i = 0; i < count; i++) to[starts[(codes[from[i]] >>> shift) & 0x3ff]++] = from[i];
		const swap = from;
		from = to;
		to = swap;
	}
	return from.slice();
}

/** The nodes' words, with their links; children stand behind their parents. */
function splitByBits(sorted: Uint32Array): Int32Array {
	const count = sorted.length;
	const words = new Int32Array(NODE_WORDS * Math.max(1, count));
	// Work to do: a range, and the word that shall hold its link.
	const begins = new Int32Array(STACK);
	const ends = new Int32Array(STACK);
	const slots = new Int32Array(STACK);
	words[LINKS] = words[LINKS + 1] = leafLink(0, 0);
	if (count <= MAX_LEAF) {
		words[LINKS] = leafLink(0, count);
		return words.slice(0, NODE_WORDS);
	}
	let used = 0;
	let top = 1;
	ends[0] = count;
	slots[0] = -1;
	while (top > 0) {
		top--;
		const begin = begins[top];
		const end = ends[top];
		const node = used++;
		if (slots[top] >= 0) words[slots[top]] = node;
		const middle = findSplit(sorted, begin, end);
		const base = NODE_WORDS * node + LINKS;
		if (end - middle <= MAX_LEAF) words[base + 1] = leafLink(middle, end - middle);
		else {
			begins[top] = middle;
			ends[top] = end;
			slots[top++] = base + 1;
		}
		if (middle - begin <= MAX_LEAF) words[base] = leafLink(begin, middle - begin);
		else {
			begins[top] = begin;
			ends[top] = middle;
			slots[top++] = base;
		}
	}
	return words.slice(0, NODE_WORDS * used);
}

/** Where the highest bit that differs within a range changes; the middle of a range of one code. */
function findSplit(sorted: Uint32Array, begin: number, end: number): number {
	const differ = sorted[begin] ^ sorted[end - 1];
	if (differ === 0) return (begin + end) >> 1;
	const bit = 1 << (31 - Math.clz32(differ));
	let low = begin;
	let high = end - 1;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if ((sorted[middle] & bit) === 0) low = middle;
		else high = middle;
	}
	return high;
}

/** Writes the boxes, children first. */
function measureNodes(nodes: Float32Array, links: Int32Array, corners: Float32Array): void {
	for (let o = nodes.length - NODE_WORDS; o >= 0; o -= NODE_WORDS) {
		for (let side = 0; side < 2; side++) {
			const link = links[o + LINKS + side];
			const at = o + 6 * side;
			if (link >= 0) {
				const c = NODE_WORDS * link;
				for (let k = 0; k < 3; k++) {
					const a = nodes[c + k];
					const b = nodes[c + 6 + k];
					const d = nodes[c + 3 + k];
					const e = nodes[c + 9 + k];
					nodes[at + k] = a < b ? a : b;
					nodes[at + 3 + k] = d > e ? d : e;
				}
				continue;
			}
			let x0 = Infinity;
			let y0 = Infinity;
			let z0 = Infinity;
			let x1 = -Infinity;
			let y1 = -Infinity;
			let z1 = -Infinity;
			const first = leafFirst(link);
			for (let i = 9 * first, end = 9 * (first + leafCount(link)); i < end; i += 3) {
				const x = corners[i];
				const y = corners[i + 1];
				const z = corners[i + 2];
				if (x < x0) x0 = x;
				if (x > x1) x1 = x;
				if (y < y0) y0 = y;
				if (y > y1) y1 = y;
				if (z < z0) z0 = z;
				if (z > z1) z1 = z;
			}
			nodes[at] = x0;
			nodes[at + 1] = y0;
			nodes[at + 2] = z0;
			nodes[at + 3] = x1;
			nodes[at + 4] = y1;
			nodes[at + 5] = z1;
		}
	}
}
