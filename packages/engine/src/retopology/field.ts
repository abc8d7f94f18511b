import { bounds, surfaceArea } from '../analysis/normals.ts';
import { MeshError } from '../errors.ts';
import { type Mesh, triangleCount } from '../mesh/mesh.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { type Extracted, extractQuads } from './field-extract.ts';
import { layQuads } from './field-fit.ts';
import { buildHierarchy, type Level } from './field-hierarchy.ts';
import { settleSteps } from './field-integers.ts';
import { orientCrosses } from './field-orientation.ts';
import { placeLattices } from './field-position.ts';
import { resample } from './field-resample.ts';
import type { FieldSurface } from './field-surface.ts';
import type { QuadLines } from './quad-edit.ts';
import type { QuadMesh } from './quad-mesh.ts';
import { countFaces } from './quad-shape.ts';
import { type DenseSurface, denseSurface } from './quad-surface.ts';

export type FieldOptions = {
	/** Faces that the result may have at most, ≥ 24; a quad or a triangle is one. */
	readonly faces: number;
	/** Part of each triangle: borders between parts are lines of edges. T. */
	readonly partOf?: ArrayLike<number>;
	/** Edges sharper than this are kept as lines, degrees, 0..180. Default 35. */
	readonly featureDegrees?: number;
	/** Only quads: where triangles are left there is no result, only a reason. Default false. */
	readonly pure?: boolean;
	/** The mesh as quads are held to it, where the caller has it already. */
	readonly surface?: DenseSurface;
};

export const FIELD_DEFAULTS = Object.freeze({ featureDegrees: 35, pure: false });

export type FieldResult = {
	/** Absent where the surface could not be covered; then `reason` says why. */
	readonly quads?: QuadMesh;
	readonly reason?: string;
	/** Part and material of each face as one number, and the lines, as a draft has them. */
	readonly labelOf?: Uint32Array;
	readonly lines?: QuadLines;
	/** ms by step. */
	readonly times?: StepTimes;
};

/** Edges of the surface that carries the field, in spacings of the lattice. */
const RESOLUTION = 0.45;
/** Passes with a corrected spacing, until the count is met. */
const PASSES = 4;
/** Share of the faces asked for that is near enough. */
const NEAR = 0.985;
const SEED = 1;

const STEPS = { resample: 20, orient: 12, place: 48, fit: 20 };

/**
 * Covers a surface with quads that follow its curvature and its lines: an orientation field, a lattice laid along it, and
 * the cells of the lattice.
 *
 * Based on:
 * - Jakob, Tarini, Panozzo, Sorkine-Hornung. Instant field-aligned meshes. 2015. [jakob2015]
 * - Huang, Zhou, Niessner, Shewchuk, Guibas. QuadriFlow: a scalable and robust method for quadrangulation. 2018.
 *   [huang2018]
 *
 * A border stays a border and a closed surface closed; the result is manifold. Deterministic.
 *
 * @throws MeshError `invalid-option`, `cancelled`.
 */
export function fieldQuads(mesh: Mesh, options: FieldOptions, run: Run = {}): FieldResult {
	const { faces, partOf, featureDegrees, pure, surface: surfaceOf } = { ...FIELD_DEFAULTS, ...options };
	checkOptions(mesh, options);
	const steps = new Steps(STEPS, run);
	const advance = (fraction: number): void => steps.advance(fraction);
	const area = surfaceArea(mesh);
	if (!(area > 0)) return { reason: 'the surface has no area' };
	const { min, max } = bounds(mesh);
	const diagonal = Math.hypot(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
	const spacing = Math.sqrt(area / faces);

	steps.begin('resample');
	const { surface, lines } = resample(mesh, partOf, RESOLUTION * spacing, featureDegrees, advance);
	if (surface.triangles < 4) return { reason: 'the surface is too small for its faces' };

	steps.begin('orient');
	const levels = buildHierarchy(surface);
	advance(0.5);
	orientCrosses(levels, SEED, () => advance(0.5));

	steps.begin('place');
	const quads = meetCount(surface, levels, spacing, faces, advance);
	if (!quads) return { reason: `no spacing of the lattice gives at most ${faces} faces` };

	steps.begin('fit');
	const dense = surfaceOf ?? denseSurface(mesh, diagonal, faces);
	const laid = layQuads(quads, mesh, partOf, lines, dense, faces, advance);
	const times = steps.finish();
	const { triangles } = countFaces(laid.mesh);
	if (pure && triangles > 0) return { reason: `${triangles} triangles are left among the quads`, times };
	return { quads: laid.mesh, labelOf: laid.labelOf, lines: laid.lines, times };
}

function checkOptions(mesh: Mesh, options: FieldOptions): void {
	const { faces, partOf, featureDegrees } = { ...FIELD_DEFAULTS, ...options };
	if (!Number.isInteger(faces) || faces < 24)
		throw new MeshError('invalid-option', `faces is ${faces}; it must be an integer of at least 24`, { faces });
	if (!(featureDegrees >= 0 && featureDegrees <= 180))
		throw new MeshError('invalid-option', `featureDegrees is ${featureDegrees}; it must be 0 to 180`, {
			featureDegrees,
		});
	if (partOf && partOf.length !== triangleCount(mesh))
		throw new MeshError('invalid-option', `partOf has ${partOf.length} labels for ${triangleCount(mesh)} triangles`);
}

/** Lays lattices of corrected spacing until the quads are nearly as many as asked for, and no more. */
function meetCount(
	surface: FieldSurface,
	levels: readonly Level[],
	spacing: number,
	faces: number,
	advance: (fraction: number) => void,
): Extracted | undefined {
	let best: Extracted | undefined;
	let now = spacing;
	const goal = (faces * (1 + NEAR)) / 2;
	for (let pass = 0; pass < PASSES; pass++) {
		const within = (fraction: number): void => advance((pass + fraction) / PASSES);
		placeLattices(levels, now, (fraction) => within(0.5 * fraction));
		const copy = surface.compact();
		settleSteps(copy, levels[0], now, (fraction) => within(0.5 + 0.4 * fraction));
		const quads = extractQuads(copy, levels[0], now);
		const count = quads.faces.length / 4;
		if (count <= faces && (!best || count > best.faces.length / 4)) best = quads;
		if (count <= faces && count >= NEAR * faces) break;
		now *= Math.sqrt(count / goal);
	}
	return best;
}
