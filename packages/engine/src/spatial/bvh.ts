import type { Mesh, Surface } from '../mesh/mesh.ts';

/**
 * A bounding volume hierarchy over the triangles of a mesh: where a ray first hits it, which of its points is nearest.
 *
 * Based on:
 * - Wald. On fast construction of SAH-based bounding volume hierarchies. 2007. [wald2007]
 * - Aila, Laine. Understanding the efficiency of ray traversal on GPUs. 2009. [aila2009]
 *
 * A node holds the boxes of its two children, so that one visit reads one cache line and decides both:
 *
 *     word  0..2  3..5  |  6..8  9..11  |  12      13      | 14, 15
 *           min   max   |  min   max    |  link    link    | unused
 *           of child 0  |  of child 1   |  child 0 child 1 |
 *
 * A link ≥ 0 is a node; a link < 0 is a leaf `~(first << 4 | count)` of `count` triangles from `first` on. Triangles
 * are copied in leaf order (9 coordinates each): 36 bytes more for each, and no indirection in the innermost loop.
 *
 * Plain data: `postMessage` carries it. Built with `shared`, threads see the same memory and only the stacks are
 * copied, one set for each thread; one thread answers one query at a time.
 */
export type Bvh = {
	/** Boxes, as above. 16 words a node; node 0 is the root. */
	readonly nodes: Float32Array;
	/** The same memory as `nodes`, for the links. */
	readonly links: Int32Array;
	/** Coordinates of the three vertices of each triangle, in leaf order. 9 a triangle. */
	readonly corners: Float32Array;
	/** Triangle of the mesh at each place of the leaf order. */
	readonly triangleOf: Uint32Array;
	/** Links that a query still has to visit. */
	readonly stack: Int32Array;
	/** How far along the ray (or how far away, squared) each of them begins. */
	readonly stackNear: Float64Array;
};

export type BvhOptions = {
	/** Puts the tables in shared memory, for several threads. Default false. */
	readonly shared?: boolean;
	/** Told now and then how much is done, 0..1; what it throws ends the building. Default: nobody is told. */
	readonly advance?: ((fraction: number) => void) | undefined;
};

export const BVH_DEFAULTS = Object.freeze({ shared: false, advance: undefined }) satisfies Required<BvhOptions>;

/** Words of a node. */
export const NODE_WORDS = 16;
/** Where in a node the links begin. */
export const LINKS = 12;
const COUNT_BITS = 4;

/** Place of the first triangle of a leaf in the leaf order. */
export const leafFirst = (link: number): number => ~link >>> COUNT_BITS;
/** Number of triangles of a leaf. */
export const leafCount = (link: number): number => ~link & ((1 << COUNT_BITS) - 1);

/** Leaves of up to this many triangles are kept when splitting them would not pay. */
const MAX_LEAF = 8;
/** Bins along the widest axis, for many and for few triangles: clearing bins is most of the work on small nodes. */
const BINS = 16;
const BINS_SMALL = 8;
const SMALL = 32;
/** Cost of visiting a node over that of testing one triangle. */
const VISIT_COST = 1.2;
/** From this depth on nodes are halved by count, so that no input makes the stacks overflow. */
const MAX_SAH_DEPTH = 64;
const STACK = MAX_SAH_DEPTH + 32;
/** Progress is told when this many triangles were looked at, however often each: about 20 ms. */
const TOLD = 2 ** 18;

const known = new WeakMap<Mesh, Bvh>();

/** The hierarchy of a mesh, built at most once. @param advance As in `BvhOptions`; not called where it is built. */
export function bvhOf(mesh: Mesh, advance?: BvhOptions['advance']): Bvh {
	let bvh = known.get(mesh);
	if (!bvh) {
		bvh = buildBvh(mesh, { advance });
		known.set(mesh, bvh);
	}
	return bvh;
}

/**
 * Builds the hierarchy: binned surface area heuristic on the widest axis of the triangles' centres.
 *
 * Triangles without area are kept (they can be nearest, never hit); those with a coordinate that is not finite are left
 * out. Deterministic. A mesh without triangles gives a hierarchy that nothing hits.
 * A million triangles take about 1.2 s on one core (2026-11).
 *
 * @param surface `positions` V × 3, `triangles` T × 3; T < 2^27.
 */
export function buildBvh(surface: Surface, options: BvhOptions = {}): Bvh {
	const { shared, advance } = { ...BVH_DEFAULTS, ...options };
	const boxes = measureBoxes(surface);
	const order = listFinite(boxes);
	const built = splitNodes(boxes, order, advance);
	const words = built.length;
	const Memory = shared ? SharedArrayBuffer : ArrayBuffer;
	const buffer = new Memory(words * 4);
	const nodes = new Float32Array(buffer);
	const links = new Int32Array(buffer);
	links.set(built);
	const corners = new Float32Array(new Memory(order.length * 36));
	const triangleOf = new Uint32Array(new Memory(order.length * 4));
	triangleOf.set(order);
	gatherCorners(surface, order, corners, advance);
	return { nodes, links, corners, triangleOf, ...newStacks() };
}

/** What a query has to visit; the hierarchy may not be deeper. */
export const newStacks = (): Pick<Bvh, 'stack' | 'stackNear'> => ({
	stack: new Int32Array(STACK),
	stackNear: new Float64Array(STACK),
});

/** min xyz, max xyz of each triangle. T × 6. */
function measureBoxes({ positions, triangles }: Surface): Float32Array {
	const count = triangles.length / 3;
	const boxes = new Float32Array(count * 6);
	for (let t = 0; t < count; t++) {
		const a = triangles[3 * t] * 3;
		const b = triangles[3 * t + 1] * 3;
		const c = triangles[3 * t + 2] * 3;
		for (let k = 0; k < 3; k++) {
			const p = positions[a + k];
			const q = positions[b + k];
			const r = positions[c + k];
			boxes[6 * t + k] = Math.min(p, q, r);
			boxes[6 * t + 3 + k] = Math.max(p, q, r);
		}
	}
	return boxes;
}

/** Triangles whose box is finite (`Math.min` and `Math.max` hand a NaN on), ascending. */
function listFinite(boxes: Float32Array): Uint32Array {
	const count = boxes.length / 6;
	const list = new Uint32Array(count);
	let found = 0;
	for (let t = 0; t < count; t++) {
		const b = 6 * t;
		const sum = boxes[b] + boxes[b + 1] + boxes[b + 2] + boxes[b + 3] + boxes[b + 4] + boxes[b + 5];
		if (Number.isFinite(sum)) list[found++] = t;
	}
	return list.slice(0, found);
}

/** Sorts `order` into leaf order and returns the nodes' words. */
function splitNodes(boxes: Float32Array, order: Uint32Array, advance: BvhOptions['advance']): Int32Array {
	const capacity = Math.max(1, order.length);
	const words = new ArrayBuffer(capacity * NODE_WORDS * 4);
	const nodes = new Float32Array(words);
	const links = new Int32Array(words);
	// Work to do: a range of `order`, and the word that shall hold its link. Its box is written already.
	const begins = new Int32Array(STACK);
	const ends = new Int32Array(STACK);
	const slots = new Int32Array(STACK);
	const depths = new Int32Array(STACK);
	const bins: Bins = { boxes: new Float64Array(BINS * 6), counts: new Int32Array(BINS), right: new Float64Array(BINS) };
	const centres = new Float64Array(6);
	const split: Split = { cost: 0, bin: 0 };

	// The root is a node of its own even over one leaf, beside an empty child, so that queries know no special case.
	writeEmptyBox(nodes, 0);
	writeEmptyBox(nodes, 6);
	links[LINKS] = links[LINKS + 1] = leafLink(0, 0);
	if (order.length <= 2) {
		links[LINKS] = leafLink(0, order.length);
		writeBox(boxes, order, 0, order.length, nodes, 0);
		return links.slice(0, NODE_WORDS);
	}
	let used = 0;
	let top = 0;
	begins[0] = 0;
	ends[0] = order.length;
	slots[0] = -1;
	depths[0] = 0;
	top = 1;
	let looked = 0;
	while (top > 0) {
		top--;
		const begin = begins[top];
		const end = ends[top];
		const slot = slots[top];
		const depth = depths[top];
		const count = end - begin;
		looked += count;
		if (looked > TOLD) {
			// What lies before this range is done.
			advance?.(begin / order.length);
			looked = 0;
		}
		if (slot >= 0 && count <= 2) {
			links[slot] = leafLink(begin, count);
			continue;
		}
		let middle = (begin + end) >> 1;
		const axis = measureCentres(boxes, order, begin, end, centres);
		const extent = centres[3 + axis] - centres[axis];
		if (depth < MAX_SAH_DEPTH && extent > 0) {
			const binCount = count < SMALL ? BINS_SMALL : BINS;
			// Just under binCount, so that the last centre falls into the last bin.
			const scale = (binCount * (1 - 1e-9)) / extent;
			fillBins(boxes, order, begin, end, axis, centres[axis], scale, binCount, bins);
			const whole = findSplit(bins, binCount, split);
			if (slot >= 0 && count <= MAX_LEAF && split.cost + VISIT_COST * whole >= count * whole) {
				links[slot] = leafLink(begin, count);
				continue;
			}
			middle = partition(boxes, order, begin, end, axis, centres[axis], scale, split.bin);
		} else if (slot >= 0 && count <= MAX_LEAF) {
			links[slot] = leafLink(begin, count);
			continue;
		}
		const node = used++;
		if (slot >= 0) links[slot] = node;
		const base = node * NODE_WORDS;
		writeBox(boxes, order, begin, middle, nodes, base);
		writeBox(boxes, order, middle, end, nodes, base + 6);
		begins[top] = middle;
		ends[top] = end;
		slots[top] = base + LINKS + 1;
		depths[top] = depth + 1;
		top++;
		begins[top] = begin;
		ends[top] = middle;
		slots[top] = base + LINKS;
		depths[top] = depth + 1;
		top++;
	}
	return links.slice(0, used * NODE_WORDS);
}

/** Link to a leaf. */
export const leafLink = (first: number, count: number): number => ~((first << COUNT_BITS) | count);

type Bins = {
	/** min xyz, max xyz of the triangles in each bin. */
	readonly boxes: Float64Array;
	readonly counts: Int32Array;
	/** Cost of everything right of each bin. */
	readonly right: Float64Array;
};

/** Where to split: bins up to and with `bin` go left. `cost` is half-area times triangles, both sides. */
type Split = { cost: number; bin: number };

/** Writes the box of the (doubled) centres of a range: min xyz, max xyz. Returns its widest axis. */
function measureCentres(
	boxes: Float32Array,
	order: Uint32Array,
	begin: number,
	end: number,
	centres: Float64Array,
): number {
	let x0 = Infinity;
	let y0 = Infinity;
	let z0 = Infinity;
	let x1 = -Infinity;
	let y1 = -Infinity;
	let z1 = -Infinity;
	for (let i = begin; i < end; i++) {
		const b = order[i] * 6;
		const x = boxes[b] + boxes[b + 3];
		const y = boxes[b + 1] + boxes[b + 4];
		const z = boxes[b + 2] + boxes[b + 5];
		if (x < x0) x0 = x;
		if (x > x1) x1 = x;
		if (y < y0) y0 = y;
		if (y > y1) y1 = y;
		if (z < z0) z0 = z;
		if (z > z1) z1 = z;
	}
	centres[0] = x0;
	centres[1] = y0;
	centres[2] = z0;
	centres[3] = x1;
	centres[4] = y1;
	centres[5] = z1;
	const x = x1 - x0;
	const y = y1 - y0;
	const z = z1 - z0;
	return x >= y && x >= z ? 0 : y >= z ? 1 : 2;
}

function fillBins(
	boxes: Float32Array,
	order: Uint32Array,
	begin: number,
	end: number,
	axis: number,
	low: number,
	scale: number,
	binCount: number,
	bins: Bins,
): void {
	const { boxes: binBoxes, counts } = bins;
	for (let i = 0; i < binCount; i++) {
		counts[i] = 0;
		for (let k = 0; k < 3; k++) {
			binBoxes[6 * i + k] = Infinity;
			binBoxes[6 * i + 3 + k] = -Infinity;
		}
	}
	for (let i = begin; i < end; i++) {
		const b = order[i] * 6;
		const bin = ((boxes[b + axis] + boxes[b + 3 + axis] - low) * scale) | 0;
		const o = bin * 6;
		counts[bin]++;
		if (boxes[b] < binBoxes[o]) binBoxes[o] = boxes[b];
		if (boxes[b + 1] < binBoxes[o + 1]) binBoxes[o + 1] = boxes[b + 1];
		if (boxes[b + 2] < binBoxes[o + 2]) binBoxes[o + 2] = boxes[b + 2];
		if (boxes[b + 3] > binBoxes[o + 3]) binBoxes[o + 3] = boxes[b + 3];
		if (boxes[b + 4] > binBoxes[o + 4]) binBoxes[o + 4] = boxes[b + 4];
		if (boxes[b + 5] > binBoxes[o + 5]) binBoxes[o + 5] = boxes[b + 5];
	}
}

/** Sweeps the bins from both ends; writes the cheapest split and returns half the area of the whole box. */
function findSplit(bins: Bins, binCount: number, split: Split): number {
	const { boxes, counts, right } = bins;
	let x0 = Infinity;
	let y0 = Infinity;
	let z0 = Infinity;
	let x1 = -Infinity;
	let y1 = -Infinity;
	let z1 = -Infinity;
	let passed = 0;
	for (let i = binCount - 1; i > 0; i--) {
		const o = 6 * i;
		passed += counts[i];
		if (boxes[o] < x0) x0 = boxes[o];
		if (boxes[o + 1] < y0) y0 = boxes[o + 1];
		if (boxes[o + 2] < z0) z0 = boxes[o + 2];
		if (boxes[o + 3] > x1) x1 = boxes[o + 3];
		if (boxes[o + 4] > y1) y1 = boxes[o + 4];
		if (boxes[o + 5] > z1) z1 = boxes[o + 5];
		right[i - 1] = passed === 0 ? 0 : passed * halfArea(x1 - x0, y1 - y0, z1 - z0);
	}
	x0 = y0 = z0 = Infinity;
	x1 = y1 = z1 = -Infinity;
	passed = 0;
	split.cost = Infinity;
	// The first and the last bin are never empty, so every split leaves triangles on both sides.
	for (let i = 0; i < binCount; i++) {
		const o = 6 * i;
		passed += counts[i];
		if (boxes[o] < x0) x0 = boxes[o];
		if (boxes[o + 1] < y0) y0 = boxes[o + 1];
		if (boxes[o + 2] < z0) z0 = boxes[o + 2];
		if (boxes[o + 3] > x1) x1 = boxes[o + 3];
		if (boxes[o + 4] > y1) y1 = boxes[o + 4];
		if (boxes[o + 5] > z1) z1 = boxes[o + 5];
		if (i === binCount - 1) break;
		const cost = passed * halfArea(x1 - x0, y1 - y0, z1 - z0) + right[i];
		if (cost < split.cost) {
			split.cost = cost;
			split.bin = i;
		}
	}
	return halfArea(x1 - x0, y1 - y0, z1 - z0);
}

const halfArea = (x: number, y: number, z: number): number => x * y + y * z + z * x;

/** Moves the triangles of bins up to `bin` to the front; returns where the others begin. */
function partition(
	boxes: Float32Array,
	order: Uint32Array,
	begin: number,
	end: number,
	axis: number,
	low: number,
	scale: number,
	bin: number,
): number {
	let i = begin;
	let j = end - 1;
	while (i <= j) {
		const t = order[i];
		if ((((boxes[6 * t + axis] + boxes[6 * t + 3 + axis] - low) * scale) | 0) <= bin) i++;
		else {
			order[i] = order[j];
			order[j--] = t;
		}
	}
	return i;
}

function writeBox(
	boxes: Float32Array,
	order: Uint32Array,
	begin: number,
	end: number,
	nodes: Float32Array,
	o: number,
): void {
	let x0 = Infinity;
	let y0 = Infinity;
	let z0 = Infinity;
	let x1 = -Infinity;
	let y1 = -Infinity;
	let z1 = -Infinity;
	for (let i = begin; i < end; i++) {
		const b = order[i] * 6;
		if (boxes[b] < x0) x0 = boxes[b];
		if (boxes[b + 1] < y0) y0 = boxes[b + 1];
		if (boxes[b + 2] < z0) z0 = boxes[b + 2];
		if (boxes[b + 3] > x1) x1 = boxes[b + 3];
		if (boxes[b + 4] > y1) y1 = boxes[b + 4];
		if (boxes[b + 5] > z1) z1 = boxes[b + 5];
	}
	nodes[o] = x0;
	nodes[o + 1] = y0;
	nodes[o + 2] = z0;
	nodes[o + 3] = x1;
	nodes[o + 4] = y1;
	nodes[o + 5] = z1;
}

/** A box that no ray meets and that is infinitely far from every point. */
function writeEmptyBox(nodes: Float32Array, o: number): void {
	nodes.fill(Infinity, o, o + 3);
	nodes.fill(-Infinity, o + 3, o + 6);
}

function gatherCorners(
	{ positions, triangles }: Surface,
	order: Uint32Array,
	corners: Float32Array,
	advance: BvhOptions['advance'],
): void {
	for (let i = 0; i < order.length; i++) {
		if (i % TOLD === 0) advance?.(1);
		for (let k = 0; k < 3; k++) {
			const p = triangles[order[i] * 3 + k] * 3;
			corners[9 * i + 3 * k] = positions[p];
			corners[9 * i + 3 * k + 1] = positions[p + 1];
			corners[9 * i + 3 * k + 2] = positions[p + 2];
		}
	}
}
