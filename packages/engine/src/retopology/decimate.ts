import { MeshError } from '../errors.ts';
import { type Mesh, NO_MATERIAL, triangleCount } from '../mesh/mesh.ts';
import { RowWeld } from '../mesh/weld.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { buildBvh } from '../spatial/bvh.ts';
import { clean } from './clean.ts';
import { type Coarse, collapseEdges, FREE } from './collapse.ts';
import { dropSmallest } from './drop.ts';
import { fitSurface } from './fit.ts';
import { findHidden } from './hidden.ts';
import { drawLines } from './lines.ts';

export type DecimateOptions = {
	/** Triangles that the result may have at most, ≥ 4. */
	readonly faceLimit: number;
	/** Part of each triangle: borders between parts stay where they are, and every triangle of the result has one. T. */
	readonly partOf?: ArrayLike<number>;
	/** Removes triangles that cannot be seen from outside before the limit is shared out. Default false. */
	readonly removeHidden?: boolean;
	/** Least-squares passes after decimation, 0..16. Default 3. */
	readonly fitPasses?: number;
};

export const DECIMATE_DEFAULTS = Object.freeze({ removeHidden: false, fitPasses: 3 });

/** A surface of few triangles in place of one of many. */
export type LowPoly = {
	/** Without corner attributes: they belong to the source, and are baked or looked up through `sourceOf`. */
	readonly mesh: Mesh;
	/** Triangle of the source that each triangle descends from: it has its part and its material. T. */
	readonly sourceOf: Uint32Array;
	/** Part of each triangle; all 0 where none were given. T. */
	readonly partOf: Uint16Array;
	readonly report: DecimateReport;
};

/** What was done, in numbers. */
export type DecimateReport = {
	readonly sourceFaces: number;
	readonly faces: number;
	/** Triangles of the source without area, doubled, and (where asked) hidden. */
	readonly degenerate: number;
	readonly duplicate: number;
	readonly hidden: number;
	/** Greatest root mean squared distance of a vertex to the planes that it stands for, object units, before the fit. */
	readonly error: number;
	/** What could not be kept, each in a sentence. */
	readonly warnings: readonly string[];
	/** ms by step. */
	readonly times: StepTimes;
};

const STEPS = { clean: 4, 'remove hidden': 1, collapse: 66, fit: 29 };

/**
 * Decimates a surface to at most `faceLimit` triangles, as near to the source as they allow.
 *
 * The limit is shared among all parts by error: one order of collapses over the whole model. It is never exceeded; it is
 * missed by one where a surface is closed (its triangles go in pairs). Borders, and lines between parts and between
 * materials, are only thinned along themselves; where they alone exceed the limit they may bend and merge at a cost, and
 * then the smallest components go, both with a warning. A mesh within the limit is only cleaned.
 *
 * Steps: clean; remove hidden; collapse (quadric error, see collapse.ts); fit (least squares, see fit.ts).
 * Deterministic; linear in size times its logarithm.
 *
 * @throws MeshError `invalid-option`, `no-triangles` (nothing has area), `cancelled`.
 */
export function decimate(mesh: Mesh, options: DecimateOptions, run: Run = {}): LowPoly {
	const { faceLimit, removeHidden, fitPasses, partOf } = { ...DECIMATE_DEFAULTS, ...options };
	checkOptions(mesh, options);
	const steps = new Steps(STEPS, run);
	const advance = (fraction: number): void => steps.advance(fraction);
	const warnings: string[] = [];

	steps.begin('clean');
	const { kept, degenerate, duplicate } = clean(mesh);
	if (kept.length === 0)
		throw new MeshError('no-triangles', `none of the ${triangleCount(mesh)} triangles has an area`);
	const frame = frameOf(mesh, kept);

	steps.begin('remove hidden');
	const dense = gather(mesh, removeHidden ? keepVisible(mesh, kept, frame, advance) : kept);

	steps.begin('collapse');
	const coarse = reduce(dense, partOf, frame, faceLimit, warnings, advance);

	steps.begin('fit');
	const low = compact(coarse, dense.mesh, frame);
	if (coarse.faces < dense.triangleOf.length && fitPasses > 0) {
		const target = { ...dense.mesh, bvh: buildBvh(dense.mesh), diagonal: frame.diagonal };
		fitSurface(low, target, low.fixed, fitPasses, advance);
	}

	const result = toMesh(mesh, dense, low, partOf);
	const times = steps.finish();
	const counts = { sourceFaces: triangleCount(mesh), faces: coarse.faces, degenerate, duplicate };
	const hidden = kept.length - dense.triangleOf.length;
	return { ...result, report: { ...counts, hidden, error: coarse.error * frame.diagonal, warnings, times } };
}

function checkOptions(mesh: Mesh, options: DecimateOptions): void {
	const { faceLimit, fitPasses, partOf } = { ...DECIMATE_DEFAULTS, ...options };
	if (!Number.isInteger(faceLimit) || faceLimit < 4)
		throw new MeshError('invalid-option', `faceLimit is ${faceLimit}; it must be an integer of at least 4`, {
			faceLimit,
		});
	if (!Number.isInteger(fitPasses) || fitPasses < 0 || fitPasses > 16)
		throw new MeshError('invalid-option', `fitPasses is ${fitPasses}; it must be an integer, 0 to 16`, { fitPasses });
	if (partOf && partOf.length !== triangleCount(mesh))
		throw new MeshError('invalid-option', `partOf has ${partOf.length} labels for ${triangleCount(mesh)} triangles`);
}

/** The box of the triangles that count: its middle and the length of its diagonal, object units. */
type Frame = { readonly center: readonly number[]; readonly diagonal: number };

function frameOf({ positions, triangles }: Mesh, kept: Uint32Array): Frame {
	const low = [Infinity, Infinity, Infinity];
	const high = [-Infinity, -Infinity, -Infinity];
	for (let i = 0; i < 3 * kept.length; i++) {
		const v = triangles[3 * kept[(i / 3) | 0] + (i % 3)];
		for (let k = 0; k < 3; k++) {
			low[k] = Math.min(low[k], positions[3 * v + k]);
			high[k] = Math.max(high[k], positions[3 * v + k]);
		}
	}
	const size = [0, 1, 2].map((k) => high[k] - low[k]);
	return { center: low.map((value, k) => value + size[k] / 2), diagonal: Math.hypot(...size) };
}

function keepVisible(mesh: Mesh, kept: Uint32Array, frame: Frame, advance: (fraction: number) => void): Uint32Array {
	const hidden = findHidden(mesh, frame.diagonal, advance);
	const visible = kept.filter((t) => hidden[t] === 0);
	return visible.length > 0 ? visible : kept;
}

/** The triangles that are decimated, as a mesh over the vertices of the source. */
type Dense = { readonly mesh: Mesh; readonly triangleOf: Uint32Array };

function gather(source: Mesh, triangleOf: Uint32Array): Dense {
	const triangles = new Uint32Array(3 * triangleOf.length);
	const materialOf = new Uint16Array(triangleOf.length);
	for (let t = 0; t < triangleOf.length; t++) {
		for (let k = 0; k < 3; k++) triangles[3 * t + k] = source.triangles[3 * triangleOf[t] + k];
		materialOf[t] = source.materialOf[triangleOf[t]];
	}
	return { mesh: { positions: source.positions, triangles, corner: {}, materialOf }, triangleOf };
}

function startCoarse({ mesh, triangleOf }: Dense, partOf: ArrayLike<number> | undefined, frame: Frame): Coarse {
	const labelOf = new Uint32Array(triangleOf.length);
	for (let t = 0; t < labelOf.length; t++)
		labelOf[t] = (partOf ? partOf[triangleOf[t]] : 0) * (NO_MATERIAL + 1) + mesh.materialOf[t];
	const positions = new Float64Array(mesh.positions.length);
	for (let i = 0; i < positions.length; i++) positions[i] = (mesh.positions[i] - frame.center[i % 3]) / frame.diagonal;
	return {
		...drawLines(mesh, labelOf),
		positions,
		at: mesh.triangles.slice(),
		live: new Uint8Array(labelOf.length).fill(1),
		moved: new Uint8Array(positions.length / 3),
		faces: labelOf.length,
		error: 0,
	};
}

/**
 * The surface with its edges collapsed down to the limit. Where lines stand in the way it begins anew with lines that
 * give way at a cost, and where that is not enough components are dropped.
 */
function reduce(
	dense: Dense,
	partOf: ArrayLike<number> | undefined,
	frame: Frame,
	limit: number,
	warnings: string[],
	advance: (fraction: number) => void,
): Coarse {
	let coarse = startCoarse(dense, partOf, frame);
	collapseEdges(coarse, limit, 'keep lines', advance);
	if (coarse.faces > limit) {
		warnings.push(`borders and lines between parts gave way: they alone need more than ${limit} triangles`);
		coarse = startCoarse(dense, partOf, frame);
		collapseEdges(coarse, limit, 'bend lines', () => advance(1));
	}
	if (coarse.faces > limit) {
		const dropped = dropSmallest(coarse, limit);
		warnings.push(`${dropped} of the smallest components were dropped to stay within ${limit} triangles`);
	}
	return coarse;
}

/** What is left, with its vertices numbered anew in their old order. */
type Low = {
	/** Object units; those that were not moved bit for bit as in the source. V × 3. */
	readonly positions: Float64Array;
	readonly triangles: Uint32Array;
	/** Vertices that the fit leaves in place: those on lines, and those that decimation had no reason to move. V. */
	readonly fixed: Uint8Array;
	/** Triangle of the dense mesh that each descends from. T. */
	readonly from: Uint32Array;
};

function compact({ positions, at, live, kind, moved, faces }: Coarse, dense: Mesh, frame: Frame): Low {
	const from = new Uint32Array(faces);
	const used = new Int32Array(kind.length).fill(-1);
	let count = 0;
	for (let t = 0; t < live.length; t++) {
		if (live[t] === 0) continue;
		for (let c = 3 * t; c < 3 * t + 3; c++) used[at[c]] = 0;
		from[count++] = t;
	}
	let vertices = 0;
	for (let v = 0; v < used.length; v++) if (used[v] === 0) used[v] = vertices++;
	const triangles = new Uint32Array(3 * faces);
	for (let i = 0; i < triangles.length; i++) triangles[i] = used[at[3 * from[(i / 3) | 0] + (i % 3)]];
	const low = { positions: new Float64Array(3 * vertices), triangles, fixed: new Uint8Array(vertices), from };
	for (let v = 0; v < used.length; v++) {
		const w = used[v];
		if (w < 0) continue;
		low.fixed[w] = kind[v] !== FREE || moved[v] === 0 ? 1 : 0;
		for (let i = 3 * v, k = 0; k < 3; i++, k++)
			low.positions[3 * w + k] = moved[v] === 0 ? dense.positions[i] : positions[i] * frame.diagonal + frame.center[k];
	}
	return low;
}

function toMesh(source: Mesh, dense: Dense, low: Low, partOf: ArrayLike<number> | undefined): Omit<LowPoly, 'report'> {
	const sourceOf = low.from.map((t) => dense.triangleOf[t]);
	const weld = new RowWeld(3);
	const rowOf = new Uint32Array(low.positions.length / 3);
	// Rounding may bring two vertices together, and a mesh has one vertex at a place.
	weld.add(Float32Array.from(low.positions), rowOf.length, rowOf);
	return {
		mesh: {
			positions: weld.values(),
			triangles: low.triangles.map((v) => rowOf[v]),
			corner: {},
			materialOf: Uint16Array.from(sourceOf, (t) => source.materialOf[t]),
		},
		sourceOf,
		partOf: Uint16Array.from(sourceOf, (t) => partOf?.[t] ?? 0),
	};
}
