import { type Mesh, next } from '../mesh/mesh.ts';
import { NON_MANIFOLD, twins, vertexCorners } from '../mesh/topology.ts';

/** The edges at which two parts meet. */
export type Seam = {
	/** The two parts, `a < b`. */
	readonly a: number;
	readonly b: number;
	/** The two vertices of each edge. */
	readonly from: number[];
	readonly to: number[];
};

/** Edges of a seam, end to end. */
export type Chain = {
	/** In order; the first is not repeated at the end of a closed one. */
	readonly vertices: Uint32Array;
	/** Does the last vertex lead back to the first? */
	readonly closed: boolean;
};

/**
 * The seam of each two parts that share edges, ascending by parts. An edge of more than two triangles is in the seam of
 * each two of the parts that meet there.
 *
 * @param partOf Part of each triangle. T.
 */
export function findSeams(mesh: Mesh, partOf: Uint16Array): Seam[] {
	const { triangles } = mesh;
	const twin = twins(mesh);
	const seams = new Map<number, Seam>();
	const add = (p: number, q: number, c: number): void => {
		const a = Math.min(p, q);
		const b = Math.max(p, q);
		const key = a * 65536 + b;
		let seam = seams.get(key);
		if (!seam) {
			seam = { a, b, from: [], to: [] };
			seams.set(key, seam);
		}
		seam.from.push(triangles[c]);
		seam.to.push(triangles[next(c)]);
	};
	for (let c = 0; c < triangles.length; c++) {
		const d = twin[c];
		if (d > c) {
			const p = partOf[(c / 3) | 0];
			const q = partOf[(d / 3) | 0];
			if (p !== q) add(p, q, c);
		} else if (d === NON_MANIFOLD) {
			const wings = partsAt(mesh, partOf, c);
			for (let i = 0; i < wings.length; i++) for (let j = i + 1; j < wings.length; j++) add(wings[i], wings[j], c);
		}
	}
	return [...seams.values()].sort((s, t) => s.a - t.a || s.b - t.b);
}

/** Parts that meet at the edge of corner `c`, each once; none unless `c` is the first corner of the edge. */
function partsAt(mesh: Mesh, partOf: Uint16Array, c: number): number[] {
	const { triangles } = mesh;
	const { offsets, list } = vertexCorners(mesh);
	const from = triangles[c];
	const to = triangles[next(c)];
	const found: number[] = [];
	for (const [start, end] of [
		[from, to],
		[to, from],
	]) {
		for (let i = offsets[start]; i < offsets[start + 1]; i++) {
			const d = list[i];
			if (triangles[next(d)] !== end) continue;
			if (d < c) return [];
			const p = partOf[(d / 3) | 0];
			if (!found.includes(p)) found.push(p);
		}
	}
	return found;
}

/**
 * Joins the edges of a seam to chains: each edge is in exactly one. A chain ends where other than two edges of the seam
 * meet (a third part begins there, the surface ends, or two loops touch), so that most chains are closed loops.
 */
export function chainEdges({ from, to }: Seam): Chain[] {
	const edges = from.length;
	const edgesAt = new Map<number, number[]>();
	for (let e = 0; e < edges; e++) {
		for (const v of [from[e], to[e]]) {
			const at = edgesAt.get(v);
			if (at) at.push(e);
			else edgesAt.set(v, [e]);
		}
	}
	const used = new Uint8Array(edges);
	const walk = (start: number, first: number): Chain => {
		const vertices = [start];
		let e = first;
		let v = start;
		for (;;) {
			used[e] = 1;
			v = from[e] === v ? to[e] : from[e];
			if (v === start) return { vertices: Uint32Array.from(vertices), closed: true };
			vertices.push(v);
			const at = edgesAt.get(v)!;
			if (at.length !== 2) return { vertices: Uint32Array.from(vertices), closed: false };
			e = at[0] === e ? at[1] : at[0];
		}
	};
	const chains: Chain[] = [];
	const order = [...edgesAt.keys()].sort((v, w) => v - w);
	const walkFrom = (v: number): void => {
		for (const e of edgesAt.get(v)!) if (!used[e]) chains.push(walk(v, e));
	};
	for (const v of order) if (edgesAt.get(v)!.length !== 2) walkFrom(v);
	// What is left are loops that touch nothing.
	for (const v of order) walkFrom(v);
	return chains;
}
