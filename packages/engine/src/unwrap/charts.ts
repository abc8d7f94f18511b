import { newBench } from './cut-chart.ts';
import type { Faces } from './faces.ts';
import type { Flat } from './flatten.ts';
import { joinCharts } from './join-charts.ts';
import { type ChartLimits, layOut } from './lay-out.ts';
import { type MergeTree, mergeFaces } from './merge-tree.ts';
import { unfold } from './unfold.ts';

/**
 * Least ratio of the square of a chart's border to 4π times its area, below which it is not tried: in the plane a circle
 * has 1 and nothing has less, so that what has less is a bag.
 */
const LEAST_OPENING = 0.8;
/** Greatest bend for each area that is tried: a hemisphere has 0.12. */
const MOST_BEND = 0.08;

/**
 * Cuts a surface into charts and lays them out: each as large a node of the merge tree as lies flat within the limits,
 * then neighbours joined where that still holds.
 *
 * Tried, at 5000 faces with creases at 50 degrees (2026-11): the nodes alone, without joining: the bunny in 70 charts
 * and the claw in 111, in place of 18 and 35; limits of 0.6 and 0.15 here: the same charts; no node above a fifth of
 * the area: a tube in 7 pieces, the bunny no faster.
 */
export function makeCharts(faces: Faces, limits: ChartLimits, advance: (fraction: number) => void): Flat[] {
	const tree = mergeFaces(faces, (fraction) => advance(0.3 * fraction));
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
				advance(0.3 + (0.4 * done) / faces.faceOf.length);
				continue;
			}
		}
		waiting.push(tree.children[2 * (n - count) + 1], tree.children[2 * (n - count)]);
	}
	return joinCharts(faces, charts, limits, bench, (fraction) => advance(0.7 + 0.3 * fraction));
}

function promising({ area, border, bend, torn }: MergeTree, n: number): boolean {
	return !torn[n] && border[n] * border[n] >= LEAST_OPENING * 4 * Math.PI * area[n] && bend[n] <= MOST_BEND * area[n];
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
