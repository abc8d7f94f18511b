/**
 * Smallest cut between a source and a sink in a graph with undirected arcs.
 *
 * Based on:
 * - Dinitz. Algorithm for solution of a problem of maximum flow in networks with power estimation. 1970. [dinitz1970]
 * Departs from it: capacities are reals, so that an arc counts as full below `EPSILON` of the largest capacity; the
 * blocking flow is found by a walk with a path array, not by recursion, which would overflow on long bands.
 */

/** Arcs count as full below this share of the largest capacity. */
const EPSILON = 1e-9;
const NONE = -1;

/**
 * Which side of a smallest cut each node lies on: 1 with the source, 0 with the sink. Nodes that neither reaches, and
 * those between two equally small cuts, go to the sink.
 *
 * @param nodes Number of nodes.
 * @param a One end of each arc. E.
 * @param b The other end. E.
 * @param capacity What the arc carries in either direction, ≥ 0. E.
 * @param source Nodes held at the source: 1, others 0. N.
 * @param sink Nodes held at the sink: 1, others 0. N. A node in both is at the source.
 */
export function minCut(
	nodes: number,
	a: Uint32Array,
	b: Uint32Array,
	capacity: Float64Array,
	source: Uint8Array,
	sink: Uint8Array,
): Uint8Array {
	const { offsets, arcs } = arcsByNode(nodes, a, b);
	// Half-arc 2e runs a → b, 2e + 1 runs b → a; what one carries, the other gains.
	const left = new Float64Array(2 * a.length);
	let largest = 0;
	for (let e = 0; e < a.length; e++) {
		left[2 * e] = left[2 * e + 1] = capacity[e];
		largest = Math.max(largest, capacity[e]);
	}
	const floor = largest * EPSILON;
	const level = new Int32Array(nodes);
	const cursor = new Uint32Array(nodes);
	const queue = new Uint32Array(nodes);
	const path = new Uint32Array(nodes);
	const head = (h: number): number => (h & 1 ? a[h >> 1] : b[h >> 1]);

	while (levelNodes()) {
		cursor.set(offsets.subarray(0, nodes));
		for (let s = 0; s < nodes; s++) if (source[s]) while (augment(s));
	}
	const side = new Uint8Array(nodes);
	for (let n = 0; n < nodes; n++) side[n] = level[n] >= 0 ? 1 : 0;
	return side;

	/** Breadth-first distance from the source over arcs with room; false when the sink is out of reach. */
	function levelNodes(): boolean {
		level.fill(NONE);
		let tail = 0;
		let reached = false;
		for (let n = 0; n < nodes; n++)
			if (source[n]) {
				level[n] = 0;
				queue[tail++] = n;
			}
		for (let first = 0; first < tail; first++) {
			const n = queue[first];
			if (sink[n] && !source[n]) {
				reached = true;
				continue;
			}
			for (let i = offsets[n]; i < offsets[n + 1]; i++) {
				const h = arcs[i];
				const m = head(h);
				if (left[h] > floor && level[m] === NONE) {
					level[m] = level[n] + 1;
					queue[tail++] = m;
				}
			}
		}
		return reached;
	}

	/** Sends flow along one shortest path from `s`; false when there is none left. */
	function augment(s: number): boolean {
		let length = 0;
		let n = s;
		while (!sink[n] || source[n]) {
			let h = NONE;
			while (cursor[n] < offsets[n + 1]) {
				const candidate = arcs[cursor[n]];
				const m = head(candidate);
				if (left[candidate] > floor && level[m] === level[n] + 1) {
					h = candidate;
					break;
				}
				cursor[n]++;
			}
			if (h !== NONE) {
				path[length++] = h;
				n = head(h);
				continue;
			}
			if (length === 0) return false;
			n = head(path[--length] ^ 1);
			cursor[n]++;
		}
		let room = Number.POSITIVE_INFINITY;
		for (let i = 0; i < length; i++) room = Math.min(room, left[path[i]]);
		for (let i = 0; i < length; i++) {
			left[path[i]] -= room;
			left[path[i] ^ 1] += room;
		}
		return true;
	}
}

/** Half-arcs that leave each node, ascending. */
function arcsByNode(nodes: number, a: Uint32Array, b: Uint32Array): { offsets: Uint32Array; arcs: Uint32Array } {
	const offsets = new Uint32Array(nodes + 1);
	for (let e = 0; e < a.length; e++) {
		offsets[a[e] + 1]++;
		offsets[b[e] + 1]++;
	}
	for (let n = 0; n < nodes; n++) offsets[n + 1] += offsets[n];
	const fill = offsets.slice(0, nodes);
	const arcs = new Uint32Array(2 * a.length);
	for (let e = 0; e < a.length; e++) {
		arcs[fill[a[e]]++] = 2 * e;
		arcs[fill[b[e]]++] = 2 * e + 1;
	}
	return { offsets, arcs };
}
