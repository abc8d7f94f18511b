import { MeshError } from '../errors.ts';
import { type Mesh, triangleCount } from '../mesh/mesh.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { makeCharts } from './charts.ts';
import { readFaces } from './faces.ts';
import type { Flat } from './flatten.ts';
import { measureLayout } from './measure.ts';
import { type Placed, packCharts } from './pack.ts';

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

/** Measured on 5000 faces in 20 to 450 charts. */
const STEPS = { 'read faces': 2, 'make charts': 50, 'pack charts': 38, 'measure layout': 10 };

/**
 * Lays a surface out in the unit square: charts of whole faces, without overlap, all at one density, packed.
 *
 * The triangles of a polygon (`polygonOf`) stay together. Borders of the mesh, edges with more than two triangles, lines
 * between parts and between materials, and edges across which the rows of `corner.normal` differ are borders of charts;
 * other borders are put where the surface must be cut to lie flat. Charts are never mirrored: seen from outside, a
 * texture that is read with these coordinates is the right way round.
 *
 * Steps: read faces; make charts (merge-tree.ts, flatten.ts, join-charts.ts); pack charts (pack.ts); measure layout.
 * Deterministic; independent of the mesh's size, and of its turns but for rounding.
 *
 * @param mesh Any triangles: open, closed, non-manifold, in pieces. A triangle without area gets coordinates too.
 * @throws MeshError `invalid-option`, `no-triangles` (nothing has an area), `cancelled`.
 */
export async function unwrap(mesh: Mesh, options: UnwrapOptions = {}, run: Run = {}): Promise<Unwrapping> {
	const { size, stretchLimit, partOf } = { ...UNWRAP_DEFAULTS, ...options };
	const padding = options.padding ?? Math.max(4, size / 256);
	checkOptions(mesh, { size, padding, stretchLimit, ...(partOf && { partOf }) });
	const steps = new Steps(STEPS, run);
	const advance = (fraction: number): void => steps.advance(fraction);
	const warnings: string[] = [];

	steps.begin('read faces');
	const faces = readFaces(mesh, partOf);

	steps.begin('make charts');
	const charts = makeCharts(faces, { stretch: stretchLimit, worst: WORST }, advance);

	steps.begin('pack charts');
	const placed = packWithin(charts, size, padding, warnings, advance);

	steps.begin('measure layout');
	const { uv, chartOf, ...measured } = measureLayout(mesh, faces, charts, placed, size);
	const lost = measured.flipped + measured.overlaps;
	if (lost > 0)
		warnings.push(`${measured.flipped} triangles lie face down, ${measured.overlaps} texels are covered twice`);
	const report = { charts: charts.length, ...measured, warnings, times: steps.finish() };
	return { mesh: { ...mesh, corner: { ...mesh.corner, uv } }, chartOf, report };
}

function checkOptions(mesh: Mesh, { size, padding, stretchLimit, partOf }: UnwrapOptions & { size: number }): void {
	const refuse = (name: string, value: unknown, range: string): never => {
		throw new MeshError('invalid-option', `${name} is ${value}; it must be ${range}`, { [name]: value });
	};
	if (!Number.isInteger(size) || size < 64 || size > 16384) refuse('size', size, 'an integer, 64 to 16384');
	if (!(padding! >= 0 && padding! <= 64)) refuse('padding', padding, '0 to 64');
	if (!(stretchLimit! >= 1.001 && stretchLimit! <= 10)) refuse('stretchLimit', stretchLimit, '1.001 to 10');
	if (partOf && partOf.length !== triangleCount(mesh))
		throw new MeshError('invalid-option', `partOf has ${partOf.length} labels for ${triangleCount(mesh)} triangles`);
}

/** Packs with less padding where there is no room for it, and says so. */
function packWithin(
	charts: readonly Flat[],
	size: number,
	padding: number,
	warnings: string[],
	advance: (fraction: number) => void,
): Placed {
	for (let less = padding; ; less = less > 0.5 ? less / 2 : 0) {
		const placed = packCharts(charts, size, less, advance);
		if (placed && less < padding)
			warnings.push(`${charts.length} charts left room for only ${less} texels of padding instead of ${padding}`);
		if (placed) return placed;
		if (less === 0)
			throw new MeshError('invalid-option', `a texture of ${size} has no room for ${charts.length} charts`, {
				size,
				charts: charts.length,
			});
	}
}
