import type { Bench } from './cut-chart.ts';
import type { Faces } from './faces.ts';
import { type Flat, flatten, type Halves } from './flatten.ts';
import { liesOnce } from './lies-once.ts';

/** What a chart may be. */
export type ChartLimits = {
	/** Root of the mean square of stretch over the chart, 1 is none. */
	readonly stretch: number;
	/** Of any one of its triangles. */
	readonly worst: number;
};

/** Flattens a chart; undefined where it would turn over, overlap itself, or stretch beyond the limits. */
export function layOut(
	faces: Faces,
	triangles: Uint32Array,
	limits: ChartLimits,
	bench: Bench,
	halves?: Halves,
): Flat | undefined {
	const flat = flatten(faces, triangles, bench, halves);
	if (!flat || flat.stretch > limits.stretch || flat.worst > limits.worst) return undefined;
	return liesOnce(flat) ? flat : undefined;
}
