import { buildBvh, LINKS, leafCount, leafFirst, NODE_WORDS } from '../spatial/bvh.ts';

/** What is known of a finished part. */
export type Check = {
	/** Every edge has exactly two triangles that run along it in opposite directions. */
	readonly closed: boolean;
	/** Edges for which that is not so. */
	readonly openEdges: number;
	/** Cubic object units; by the divergence theorem, meaningless where not closed. */
	readonly volume: number;
	/** Pairs of triangles, at least one of them of the cap, of which one's edge pierces the other. */
	readonly selfIntersections: number;
};

/**
 * Measures a part.
 *
 * @param positions xyz. V × 3.
 * @param triangles Visible ones first. 3·T.
 * @param weldOf Vertices with the same number are at the same place. V.
 * @param visible Number of triangles that are not cap: pairs among them are the input's, and are not counted.
 */
export function checkPart(
	positions: Float32Array,
	triangles: Uint32Array,
	weldOf: Uint32Array,
	visible: number,
): Check {
	const openEdges = countOpenEdges(triangles, weldOf);
	return {
		closed: openEdges === 0,
		openEdges,
		volume: signedVolume(positions, triangles),
		selfIntersections: countCrossings(positions, triangles, weldOf, visible),
	};
}

function countOpenEdges(triangles: Uint32Array, weldOf: Uint32Array): number {
	// +1 for the edge in one direction, +2^16 for the other: sound is exactly one of each.
	const uses = new Map<number, number>();
	for (let c = 0; c < triangles.length; c++) {
		const a = weldOf[triangles[c]];
		const b = weldOf[triangles[c % 3 === 2 ? c - 2 : c + 1]];
		const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
		uses.set(key, (uses.get(key) ?? 0) + (a < b ? 1 : 0x10000));
	}
	let open = 0;
	for (const count of uses.values()) if (count !== 0x10001) open++;
	return open;
}

/** Volume inside a closed surface; about the first vertex, since far from the origin the terms would cancel. */
export function signedVolume(positions: Float32Array, triangles: Uint32Array): number {
	if (triangles.length === 0) return 0;
	const o = 3 * triangles[0];
	let six = 0;
	for (let c = 0; c < triangles.length; c += 3) {
		const i = 3 * triangles[c];
		const j = 3 * triangles[c + 1];
		const k = 3 * triangles[c + 2];
		const ax = positions[i] - positions[o];
		const ay = positions[i + 1] - positions[o + 1];
		const az = positions[i + 2] - positions[o + 2];
		const bx = positions[j] - positions[o];
		const by = positions[j + 1] - positions[o + 1];
		const bz = positions[j + 2] - positions[o + 2];
		const cx = positions[k] - positions[o];
		const cy = positions[k + 1] - positions[o + 1];
		const cz = positions[k + 2] - positions[o + 2];
		six += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
	}
	return six / 6;
}

/** Tests each cap triangle against all whose boxes it meets. Coplanar overlaps are not found: no edge pierces. */
function countCrossings(positions: Float32Array, triangles: Uint32Array, weldOf: Uint32Array, visible: number): number {
	const { nodes, links, triangleOf } = buildBvh({ positions, triangles });
	if (triangleOf.length === 0) return 0;
	const box = new Float32Array(6);
	const stack: number[] = [];
	let crossings = 0;
	for (let s = visible; s < triangles.length / 3; s++) {
		for (let k = 0; k < 3; k++) {
			const p = positions[3 * triangles[3 * s] + k];
			const q = positions[3 * triangles[3 * s + 1] + k];
			const r = positions[3 * triangles[3 * s + 2] + k];
			box[k] = Math.min(p, q, r);
			box[k + 3] = Math.max(p, q, r);
		}
		stack.push(0);
		while (stack.length > 0) {
			const link = stack.pop()!;
			if (link >= 0) {
				const o = link * NODE_WORDS;
				if (boxesMeet(nodes, o, box)) stack.push(links[o + LINKS]);
				if (boxesMeet(nodes, o + 6, box)) stack.push(links[o + LINKS + 1]);
				continue;
			}
			const end = leafFirst(link) + leafCount(link);
			for (let i = leafFirst(link); i < end; i++) {
				const t = triangleOf[i];
				if (t >= visible && t <= s) continue;
				if (trianglesCross(positions, triangles, weldOf, s, t)) crossings++;
			}
		}
	}
	return crossings;
}

function boxesMeet(nodes: Float32Array, o: number, box: Float32Array): boolean {
	return (
		nodes[o] <= box[3] &&
		nodes[o + 1] <= box[4] &&
		nodes[o + 2] <= box[5] &&
		nodes[o + 3] >= box[0] &&
		nodes[o + 4] >= box[1] &&
		nodes[o + 5] >= box[2]
	);
}

/** Does an edge of one triangle, away from a common vertex, pierce the other? */
function trianglesCross(
	positions: Float32Array,
	triangles: Uint32Array,
	weldOf: Uint32Array,
	s: number,
	t: number,
): boolean {
	for (let side = 0; side < 2; side++) {
		const edges = 3 * (side === 0 ? s : t);
		const face = 3 * (side === 0 ? t : s);
		const f0 = weldOf[triangles[face]];
		const f1 = weldOf[triangles[face + 1]];
		const f2 = weldOf[triangles[face + 2]];
		for (let k = 0; k < 3; k++) {
			const a = triangles[edges + k];
			const b = triangles[edges + ((k + 1) % 3)];
			const p = weldOf[a];
			const q = weldOf[b];
			if (p === f0 || p === f1 || p === f2 || q === f0 || q === f1 || q === f2) continue;
			if (segmentPierces(positions, a, b, triangles[face], triangles[face + 1], triangles[face + 2])) return true;
		}
	}
	return false;
}

function segmentPierces(positions: Float32Array, p: number, q: number, a: number, b: number, c: number): boolean {
	const below = sixVolume(positions, a, b, c, p);
	const above = sixVolume(positions, a, b, c, q);
	if (below * above >= 0) return false;
	const u = sixVolume(positions, p, q, a, b);
	const v = sixVolume(positions, p, q, b, c);
	if (u * v <= 0) return false;
	return u * sixVolume(positions, p, q, c, a) > 0;
}

/** Six times the signed volume of a tetrahedron. */
function sixVolume(positions: Float32Array, a: number, b: number, c: number, d: number): number {
	const x = positions[3 * a];
	const y = positions[3 * a + 1];
	const z = positions[3 * a + 2];
	const ux = positions[3 * b] - x;
	const uy = positions[3 * b + 1] - y;
	const uz = positions[3 * b + 2] - z;
	const vx = positions[3 * c] - x;
	const vy = positions[3 * c + 1] - y;
	const vz = positions[3 * c + 2] - z;
	const wx = positions[3 * d] - x;
	const wy = positions[3 * d + 1] - y;
	const wz = positions[3 * d + 2] - z;
	return ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx);
}
