import { next } from '../mesh/mesh.ts';
import { type EdgeMap, newEdgeMap } from './edge-map.ts';
import type { Patch } from './patch.ts';

/** What of a patch lies along its border: all that a cap can touch. */
export type Seam = {
	/** 1 for each local vertex on a border loop. V. */
	readonly onLoop: Uint8Array;
	/** Triangles with a vertex on a border loop, three local vertices each. */
	readonly triangles: readonly number[];
	/** The triangle's corner at each edge between two vertices of border loops, by the edge as a cap runs along it. */
	readonly cornerOf: EdgeMap;
	/** Vertices of the input that are on a border loop, by any of their copies. */
	readonly atSeam: ReadonlySet<number>;
	/** Edges between copies of such vertices, two local vertices each. */
	readonly welded: readonly number[];
	/** The same, and edges between vertices of which the patch has several copies. */
	readonly special: readonly number[];
};

const known = new WeakMap<Patch, Seam>();

/** The seam of a patch, measured at most once: each way to close a part asks for it several times. */
export function seamOf(patch: Patch): Seam {
	let seam = known.get(patch);
	if (!seam) {
		seam = measureSeam(patch);
		known.set(patch, seam);
	}
	return seam;
}

function measureSeam({ triangles, vertexOf, loops }: Patch): Seam {
	const onLoop = new Uint8Array(vertexOf.length);
	const atSeam = new Set<number>();
	for (const loop of loops)
		for (const v of loop) {
			onLoop[v] = 1;
			atSeam.add(vertexOf[v]);
		}
	const [once, twice] = [new Set<number>(), new Set<number>()];
	for (const v of vertexOf) (once.has(v) ? twice : once).add(v);
	// 2: copies of a vertex at the seam; 1: only copied.
	const kind = new Uint8Array(vertexOf.length);
	for (let v = 0; v < kind.length; v++) kind[v] = atSeam.has(vertexOf[v]) ? 2 : twice.has(vertexOf[v]) ? 1 : 0;
	const cornerOf = newEdgeMap(4 * loops.reduce((sum, loop) => sum + loop.length, 0));
	const at: number[] = [];
	const welded: number[] = [];
	const special: number[] = [];
	for (let c = 0; c < triangles.length; c++) {
		const a = triangles[c];
		const b = triangles[next(c)];
		if (onLoop[a] && onLoop[b]) cornerOf.set(b, a, c);
		if (kind[a] === 2 && kind[b] === 2) welded.push(a, b);
		if (kind[a] && kind[b]) special.push(a, b);
		if (c % 3 === 0 && (onLoop[a] || onLoop[b] || onLoop[triangles[c + 2]])) at.push(a, b, triangles[c + 2]);
	}
	return { onLoop, triangles: at, cornerOf, atSeam, welded, special };
}
