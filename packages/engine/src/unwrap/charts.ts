import type { Faces } from './faces.ts';
import { type Bench, type Flat, flatten, newBench } from './flatten.ts';
import { liesOnce } from './lies-once.ts';
import { type MergeTree, mergeFaces } from './merge-tree.ts';

/** What a chart may be. */
export type ChartLimits = {
	/** Root of the mean square of stretch over the chart, 1 is none. */
	readonly stretch: number;
	/** Of any one of its triangles. */
	readonly worst: number;
};

/**
 * Least ratio of the square of a chart's border to 4π times its area, below which it is not tried: in the plane a circle
 * has 1 and nothing has less, so that what has less is a bag.
 */
const LEAST_OPENING = 0.6;
/** Greatest bend for each area that is tried: a hemisphere has 0.12. */
const MOST_BEND = 0.15;

/** Cuts a surface into charts and lays them out: each as large a node of the merge tree as lies flat within the limits. */
export function makeCharts(faces: Faces, limits: ChartLimits, advance: (fraction: number) => void): Flat[] {
	const tree = mergeFaces(faces, (fraction) => advance(fraction / 2));
	const bench = newBench(faces.across.length);
	const count = faces.trianglesOf.offsets.length - 1;
	const charts: Flat[] = [];
	const waiting: number[] = [];
	for (let n = tree.nodes - 1; n >= 0; n--) if (tree.parent[n] < 0) waiting.push(n);
	let done = 0;
	for (let n = waiting.pop(); n !== undefined; n = waiting.pop()) {
		if (n < count || promising(tree, n)) {
			const triangles = gather(tree, faces, n);
			const flat = layOut(faces, triangles, limits, bench);
			if (flat || n < count) {
				charts.push(flat ?? unfold(faces, triangles, bench));
				done += triangles.length;
				advance(0.5 + (0.5 * done) / faces.faceOf.length);
				continue;
			}
		}
		waiting.push(tree.children[2 * (n - count) + 1], tree.children[2 * (n - count)]);
	}
	return charts;
}

function promising({ area, border, bend, torn }: MergeTree, n: number): boolean {
	return !torn[n] && border[n] * border[n] >= LEAST_OPENING * 4 * Math.PI * area[n] && bend[n] <= MOST_BEND * area[n];
}

function layOut(faces: Faces, triangles: Uint32Array, limits: ChartLimits, bench: Bench): Flat | undefined {
	const flat = flatten(faces, triangles, bench);
	if (!flat || flat.stretch > limits.stretch || flat.worst > limits.worst) return undefined;
	return liesOnce(flat) ? flat : undefined;
}

/** A single face that is beyond the limits all the same. */
function unfold(faces: Faces, triangles: Uint32Array, bench: Bench): Flat {
	const flat = flatten(faces, triangles, bench);
	if (flat) return flat;
	throw new Error(`face of ${triangles.length} triangles cannot be laid out`);
}

/** Triangles of a node, ascending. */
function gather({ children }: MergeTree, { trianglesOf }: Faces, node: number): Uint32Array {
	const { offsets, list } = trianglesOf;
	const count = offsets.length - 1;
	const found: number[] = [];
	const waiting = [node];
	for (let n = waiting.pop(); n !== undefined; n = waiting.pop()) {
		if (n < count) for (let i = offsets[n]; i < offsets[n + 1]; i++) found.push(list[i]);
		else waiting.push(children[2 * (n - count) + 1], children[2 * (n - count)]);
	}
	return Uint32Array.from(found).sort();
}
