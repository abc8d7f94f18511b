import { MeshError } from '../errors.ts';
import { type Mesh, triangleCount } from '../mesh/mesh.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { makeCharts } from './charts.ts';
import { readFaces } from './faces.ts';
import { measureLayout } from './measure.ts';
import { packCharts } from './pack.ts';

export type UnwrapOptions = {
	/** Part of each triangle: borders between parts are seams. T. */
	readonly partOf?: ArrayLike<number>;
	/** Side of the texture, texels, 64..16384. Default 2048. */
	readonly size?: number;
	/** Texels between charts, 0..64; half of it along the edges of the texture. Default size / 256, at least 4. */
	readonly padding?: number;
	/** Root of the mean square of stretch that a chart may have, 1.001..10; 1 is none. Default 1.1. */
	readonly stretchLimit?: number;
};

export const UNWRAP_DEFAULTS = Object.freeze({ size: 2048, stretchLimit: 1.1 });
/** Greatest stretch of one triangle that a chart may have. */
const WORST = 3;

export type Unwrapping = {
	/** The same mesh with `corner.uv`, in 0..1, v down. */
	readonly mesh: Mesh;
	/** Chart of each triangle. T. */
	readonly chartOf: Uint32Array;
	readonly report: UnwrapReport;
};

export type UnwrapReport = {
	readonly charts: number;
	/** Share of the square that charts cover, 0..1. */
	readonly coverage: number;
	/** Texels for each unit of length: the same for all charts. */
	readonly density: number;
	/** Root of the mean square over the surface, and the greatest of one triangle; 1 is none. [sander2001] */
	readonly stretch: { readonly l2: number; readonly max: number };
	/** Triangles with an area that lie face down. */
	readonly flipped: number;
	/** Texels whose middle two triangles cover. */
	readonly overlaps: number;
	readonly warnings: readonly string[];
	/** ms by step. */
	readonly times: StepTimes;
};

const STEPS = { 'read faces': 5, 'make charts': 60, 'pack charts': 30, 'measure layout': 5 };

/**
 * Lays a surface out in the unit square: charts without overlap, at one density, packed.
 */
export async function unwrap(mesh: Mesh, options: UnwrapOptions = {}, run: Run = {}): Promise<Unwrapping> {
	const { size, stretchLimit, partOf } = { ...UNWRAP_DEFAULTS, ...options };
	const padding = options.padding ?? Math.max(4, size / 256);
	if (triangleCount(mesh) === 0) throw new MeshError('no-triangles', 'the mesh has no triangles');
	const steps = new Steps(STEPS, run);
	const advance = (fraction: number): void => steps.advance(fraction);

	steps.begin('read faces');
	const faces = readFaces(mesh, partOf);

	steps.begin('make charts');
	const charts = makeCharts(faces, { stretch: stretchLimit, worst: WORST }, advance);

	steps.begin('pack charts');
	const placed = packCharts(charts, size, padding, advance);

	steps.begin('measure layout');
	const { uv, chartOf, ...measured } = measureLayout(mesh, faces, charts, placed, size);
	const report = { charts: charts.length, ...measured, warnings: [] };
	return { mesh: { ...mesh, corner: { ...mesh.corner, uv } }, chartOf, report: { ...report, times: steps.finish() } };
}
