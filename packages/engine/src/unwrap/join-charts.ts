import { next } from '../mesh/mesh.ts';
import type { Bench } from './cut-chart.ts';
import type { Faces } from './faces.ts';
import type { Flat } from './flatten.ts';
import { type ChartLimits, layOut } from './lay-out.ts';

/** Share of the smaller chart's border that the two must have in common. */
const LEAST_SHARED = 0.15;
/** Share of the whole area that a chart may have to look for a neighbour: larger ones are hard to pack. */
const LARGE = 0.05;
/** And that two may have together. */
const TOO_LARGE = 0.25;
/** Neighbours that are tried for each chart. */
const TRIED = 3;
/** Triangles that may be flattened in vain, for each of the mesh. */
const PATIENCE = 2;

/**
 * Joins charts with their neighbours, the smallest chart and the longest common border first, where the two together
 * still lie flat: one order of merges cannot foresee which of its nodes will be cut. Two charts with a hard edge between
 * them stay apart.
 */
export function joinCharts(
	faces: Faces,
	charts: readonly Flat[],
	limits: ChartLimits,
	bench: Bench,
	advance: (fraction: number) => void,
): Flat[] {
	const { faceOf, trianglesOf, planes, hard } = faces;
	const current: (Flat | undefined)[] = [...charts];
	const chartOf = new Int32Array(faceOf.length);
	const areaOf = new Float64Array(charts.length);
	charts.forEach(({ triangles }, i) => {
		for (const t of triangles) {
			chartOf[t] = i;
			areaOf[i] += planes[4 * t + 3];
		}
	});
	// Faces beyond a hard edge, by chart: a chart keeps the lists of all that it was joined from.
	const apart: number[][] = charts.map(() => []);
	const faceChart = (f: number): number => chartOf[trianglesOf.list[trianglesOf.offsets[f]]];
	for (let i = 0; i < hard.length; i += 2) {
		apart[faceChart(hard[i])].push(hard[i + 1]);
		apart[faceChart(hard[i + 1])].push(hard[i]);
	}
	const refused = new Set<string>();
	let patience = PATIENCE * faceOf.length;
	for (let joined = true; joined && patience > 0; ) {
		joined = false;
		const order = [...current.keys()]
			.filter((i) => current[i] && areaOf[i] <= LARGE)
			.sort((a, b) => areaOf[a] - areaOf[b] || a - b);
		for (let k = 0; k < order.length && patience > 0; k++) {
			const small = order[k];
			const chart = current[small];
			if (!chart) continue;
			advance(1 - patience / (PATIENCE * faceOf.length));
			const { shared, around } = sharedBorders(faces, chart.triangles, chartOf);
			const neighbours = [...shared.keys()]
				.filter((i) => shared.get(i)! >= LEAST_SHARED * around && areaOf[i] + areaOf[small] <= TOO_LARGE)
				.sort((a, b) => shared.get(b)! - shared.get(a)! || a - b)
				.slice(0, TRIED);
			for (const large of neighbours) {
				const other = current[large]!;
				const pair = `${small}/${chart.triangles.length} ${large}/${other.triangles.length}`;
				if (refused.has(pair) || apart[small].some((f) => faceChart(f) === large)) continue;
				refused.add(pair);
				const triangles = Uint32Array.from([...chart.triangles, ...other.triangles]).sort();
				const isLarger = other.triangles.length >= chart.triangles.length;
				const halves = { larger: isLarger ? other : chart, smaller: isLarger ? chart : other };
				const flat = layOut(faces, triangles, limits, bench, halves);
				if (!flat) {
					patience -= triangles.length;
					continue;
				}
				for (const t of chart.triangles) chartOf[t] = large;
				current[large] = flat;
				current[small] = undefined;
				areaOf[large] += areaOf[small];
				for (const f of apart[small]) apart[large].push(f);
				joined = true;
				break;
			}
		}
	}
	return current.filter((chart) => chart !== undefined);
}

/** Lengths of the crossable border that a chart shares with each other one, and of its whole border. */
function sharedBorders({ points, triangles, across }: Faces, chart: Uint32Array, chartOf: Int32Array) {
	const shared = new Map<number, number>();
	const self = chartOf[chart[0]];
	let around = 0;
	for (const t of chart)
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			const other = across[c] < 0 ? -1 : chartOf[(across[c] / 3) | 0];
			if (other === self) continue;
			const a = 3 * triangles[c];
			const b = 3 * triangles[next(c)];
			const [x, y, z] = [points[b] - points[a], points[b + 1] - points[a + 1], points[b + 2] - points[a + 2]];
			const length = Math.sqrt(x * x + y * y + z * z);
			around += length;
			if (other >= 0) shared.set(other, (shared.get(other) ?? 0) + length);
		}
	return { shared, around };
}
