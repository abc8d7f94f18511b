import { angleAt, normalAndArea } from '../math/triangle.ts';
import { type Mesh, next, prev, triangleCount } from '../mesh/mesh.ts';
import { twins } from '../mesh/topology.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';

/** Weights of a pair's cost: its worst angle and all its angles against 90°, its fold, its lie across the field. */
const WORST_ANGLE = 0.6;
const ALL_ANGLES = 0.1;
const FOLD = 2;
/** What leaving a triangle alone costs: more than any pair. */
const ALONE = 4;
/** Steps of an alternating path. */
const DEPTH = 11;
const ROUNDS = 6;

/**
 * Joins triangles two by two into quads: a matching on the graph of neighbouring triangles, as large as short
 * alternating paths make it, of little cost. What is left alone stays a triangle.
 *
 * A pair costs little when its four angles are near 90° and it is flat. Pairs lie within one label and do not bridge
 * sharp edges. Greedy first; then from each triangle left over the cheapest alternating path of at most eleven steps.
 *
 * Based on: Remacle, Lambrechts, Seny, Marchandise, Johnen, Geuzaine. Blossom-Quad: a non-uniform quadrilateral mesh
 * generator using a minimum-cost perfect-matching algorithm. 2012. [remacle2012] Departs from it: short paths in place of
 * the blossom algorithm, since valences are mended afterwards and sharp edges forbid a perfect matching anyway.
 *
 * @param labelOf Part and material of each triangle. T.
 * @param flat Cosine between the normals of two triangles below which they never become a quad.
 */
export function pairTriangles(mesh: Mesh, labelOf: Uint32Array, flat: number): QuadMesh {
	const { costs, twin } = rankPairs(mesh, labelOf, flat);
	const mate = matchGreedily(costs, twin);
	for (let round = 0; round < ROUNDS && augment(costs, twin, mate) > 0; round++);
	return joinPairs(mesh, twin, mate);
}

type Pairs = {
	/** What joining over the edge of each corner costs; Infinity where it may not be. C. */
	readonly costs: Float64Array;
	readonly twin: Int32Array;
};

function rankPairs(mesh: Mesh, labelOf: Uint32Array, flat: number): Pairs {
	const { triangles, positions } = mesh;
	const twin = twins(mesh);
	const costs = new Float64Array(triangles.length).fill(Infinity);
	const one = new Float64Array(4);
	const two = new Float64Array(4);
	for (let c = 0; c < triangles.length; c++) {
		const d = twin[c];
		if (d < c) continue;
		const t = (c / 3) | 0;
		const s = (d / 3) | 0;
		if (labelOf[t] !== labelOf[s]) continue;
		normalAndArea(positions, triangles, t, one, 0);
		normalAndArea(positions, triangles, s, two, 0);
		const dot = one[0] * two[0] + one[1] * two[1] + one[2] * two[2];
		const [a, b] = [triangles[c], triangles[next(c)]];
		const [tip, tail] = [triangles[prev(c)], triangles[prev(d)]];
		if (dot < flat || tip === tail) continue;
		// Around the quad: a, tail, b, tip. At the ends of the shared edge two angles add up.
		const atA = angleAt(positions, a, b, tip) + angleAt(positions, a, tail, b);
		const atB = angleAt(positions, b, tip, a) + angleAt(positions, b, a, tail);
		if (atA >= Math.PI || atB >= Math.PI) continue;
		const off = [atA, atB, angleAt(positions, tip, a, b), angleAt(positions, tail, b, a)].map(
			(x) => Math.abs(x - Math.PI / 2) / (Math.PI / 2),
		);
		costs[c] = WORST_ANGLE * Math.max(...off) + ALL_ANGLES * (off[0] + off[1] + off[2] + off[3]) + FOLD * (1 - dot);
		costs[d] = costs[c];
	}
	return { costs, twin };
}

/** The corner of each triangle whose edge it is joined over, or -1. T. */
function matchGreedily(costs: Float64Array, twin: Int32Array): Int32Array {
	const mate = new Int32Array(costs.length / 3).fill(-1);
	const edges = new Uint32Array(costs.length);
	let count = 0;
	for (let c = 0; c < costs.length; c++) if (costs[c] < Infinity && c < twin[c]) edges[count++] = c;
	const sorted = edges.subarray(0, count).sort((a, b) => costs[a] - costs[b] || a - b);
	for (const c of sorted) {
		const t = (c / 3) | 0;
		const s = (twin[c] / 3) | 0;
		if (mate[t] >= 0 || mate[s] >= 0) continue;
		mate[t] = c;
		mate[s] = twin[c];
	}
	return mate;
}

/** From each triangle left over, the cheapest alternating path to another. Returns how many were joined. */
function augment(costs: Float64Array, twin: Int32Array, mate: Int32Array): number {
	const path = new Int32Array(DEPTH);
	const best = new Int32Array(DEPTH);
	let joined = 0;
	let bestLength = 0;
	let bestCost = 0;
	/** Is triangle `t` on the path of `length` edges that begins at `root`? */
	const isOn = (t: number, root: number, length: number): boolean => {
		if (t === root) return true;
		for (let i = 0; i < length; i++) if (((twin[path[i]] / 3) | 0) === t || ((path[i] / 3) | 0) === t) return true;
		return false;
	};
	const search = (t: number, root: number, length: number, cost: number): void => {
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			if (costs[c] === Infinity || mate[t] === c) continue;
			const s = (twin[c] / 3) | 0;
			if (isOn(s, root, length)) continue;
			path[length] = c;
			const spent = cost + costs[c];
			if (mate[s] < 0) {
				if (spent - 2 * ALONE < bestCost) {
					bestCost = spent - 2 * ALONE;
					bestLength = length + 1;
					best.set(path);
				}
			} else if (2 * length + 3 <= DEPTH) {
				const u = (twin[mate[s]] / 3) | 0;
				if (!isOn(u, root, length)) search(u, root, length + 1, spent - costs[mate[s]]);
			}
		}
	};
	for (let t = 0; t < mate.length; t++) {
		if (mate[t] >= 0) continue;
		bestLength = 0;
		bestCost = 0;
		search(t, t, 0, 0);
		if (bestLength === 0) continue;
		for (let i = 0; i < bestLength; i++) {
			mate[(best[i] / 3) | 0] = best[i];
			mate[(twin[best[i]] / 3) | 0] = twin[best[i]];
		}
		joined++;
	}
	return joined;
}

function joinPairs(mesh: Mesh, twin: Int32Array, mate: Int32Array): QuadMesh {
	const { triangles } = mesh;
	const faces = new Uint32Array(4 * triangleCount(mesh));
	const sourceOf = new Uint32Array(triangleCount(mesh));
	let f = 0;
	for (let t = 0; t < mate.length; t++) {
		const c = mate[t];
		if (c < 0) {
			faces.set([triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2], NO_VERTEX], 4 * f);
			sourceOf[f++] = t;
		} else if (c < twin[c]) {
			const d = twin[c];
			faces.set([triangles[c], triangles[prev(d)], triangles[next(c)], triangles[prev(c)]], 4 * f);
			sourceOf[f++] = t;
		}
	}
	return {
		positions: Float64Array.from(mesh.positions),
		faces: faces.slice(0, 4 * f),
		sourceOf: sourceOf.slice(0, f),
	};
}
