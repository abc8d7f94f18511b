import { bounds } from '../analysis/normals.ts';
import { MeshError } from '../errors.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { RowWeld } from '../mesh/weld.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { decimate, type LowPoly } from './decimate.ts';
import { finishQuads, pairQuads, splitQuads, TRIANGLES_A_FACE } from './pair-quads.ts';
import { type Candidate, chooseByPiece, composeDrafts, findPieces, type Pieces } from './quad-choice.ts';
import { measureCloseness } from './quad-closeness.ts';
import { cutQuads } from './quad-fit.ts';
import type { QuadMesh } from './quad-mesh.ts';
import { countFaces } from './quad-shape.ts';
import { type DenseSurface, denseSurface } from './quad-surface.ts';

export type QuadrangulateOptions = {
	/** Faces that the result may have at most, ≥ 12; a quad counts as one. */
	readonly faceLimit: number;
	/** Part of each triangle: borders between parts stay where they are, and every face of the result has one. T. */
	readonly partOf?: ArrayLike<number>;
	/** Quads only, no triangles. Default false. */
	readonly pure?: boolean;
	/** `pair` joins decimated triangles, `field` lays quads along a smooth field, `best` chooses. Default `best`. */
	readonly engine?: 'best' | 'pair' | 'field';
	/** Removes triangles that cannot be seen from outside first. Default false. */
	readonly removeHidden?: boolean;
	/** Least-squares passes at the end, 0..16. Default 3. */
	readonly fitPasses?: number;
};

export const QUADRANGULATE_DEFAULTS = Object.freeze({
	pure: false,
	engine: 'best' as const,
	removeHidden: false,
	fitPasses: 3,
});

/** A surface of few quads in place of one of many triangles. */
export type QuadPoly = {
	/**
	 * Without corner attributes. `polygonOf` numbers the faces: the two triangles of a quad follow each other and share
	 * the number. T.
	 */
	readonly mesh: Mesh & { readonly polygonOf: Uint32Array };
	/** Triangle of the source that each triangle descends from: it has its part and its material. T. */
	readonly sourceOf: Uint32Array;
	/** Part of each triangle; all 0 where none were given. T. */
	readonly partOf: Uint16Array;
	readonly report: QuadReport;
};

/** What was done, in numbers. */
export type QuadReport = {
	readonly sourceFaces: number;
	/** Quads and triangles. */
	readonly faces: number;
	readonly quads: number;
	readonly triangles: number;
	/** Of the vertices inside of the surface, the share at which not four edges meet. */
	readonly irregularShare: number;
	/**
	 * Faces that each engine gave: `pair` joins triangles, `split` joins a quarter as many and splits them, `field` lays
	 * quads along a field. Pieces that are not connected are chosen for one by one.
	 */
	readonly engines: Readonly<Record<string, number>>;
	/** Mean distance between the result and the source, both ways, object units. */
	readonly error: number;
	/** What could not be kept, each in a sentence. */
	readonly warnings: readonly string[];
	/** ms by step. */
	readonly times: StepTimes;
};

const STEPS = { decimate: 55, quadrangulate: 40, measure: 5 };

/**
 * Makes a surface of at most `faceLimit` quads and triangles, as near to the source as they allow.
 */
export function quadrangulate(mesh: Mesh, options: QuadrangulateOptions, run: Run = {}): QuadPoly {
	const { faceLimit, partOf } = { ...QUADRANGULATE_DEFAULTS, ...options };
	checkOptions(options);
	const steps = new Steps(STEPS, run);

	steps.begin('decimate');
	const fine = decimateFor(mesh, Math.ceil(TRIANGLES_A_FACE * faceLimit), options, steps.nested());
	const surface = denseSurface(mesh, bounds(mesh).diagonal);

	steps.begin('quadrangulate');
	const made = makeQuads(mesh, fine, surface, options, steps);

	steps.begin('measure');
	const result = toMesh(mesh, made.quads, partOf, surface);
	const { mean } = measureCloseness(result.mesh.positions, result.mesh.triangles, surface);
	const times = steps.finish();
	const { warnings, sourceFaces } = fine.report;
	const counts = countFaces(made.quads);
	return { ...result, report: { sourceFaces, ...counts, engines: made.engines, error: mean, warnings, times } };
}

function decimateFor(mesh: Mesh, triangles: number, options: QuadrangulateOptions, run: Run): LowPoly {
	const { partOf, removeHidden } = { ...QUADRANGULATE_DEFAULTS, ...options };
	return decimate(mesh, { faceLimit: triangles, removeHidden, fitPasses: 0, ...(partOf && { partOf }) }, run);
}

type Made = { readonly quads: QuadMesh; readonly engines: Readonly<Record<string, number>> };

function makeQuads(
	mesh: Mesh,
	fine: LowPoly,
	surface: DenseSurface,
	options: QuadrangulateOptions,
	steps: Steps<keyof typeof STEPS>,
): Made {
	const { faceLimit, pure, fitPasses } = { ...QUADRANGULATE_DEFAULTS, ...options };
	const advance = (fraction: number): void => steps.advance(fraction);
	const candidates: Candidate[] = [];
	if (!pure) candidates.push({ name: 'pair', draft: pairQuads(fine, faceLimit, surface, advance) });
	candidates.push({ name: 'split', draft: splitQuads(fine, faceLimit, surface, advance) });
	const pieces = findPieces(mesh);
	const chosen = chooseByPiece(candidates, pieces, surface);
	const draft = composeDrafts(candidates, chosen, pieces);
	const quads = finishQuads(draft, faceLimit, fitPasses, surface, advance);
	if (quads.sourceOf.length <= faceLimit) return { quads, engines: countEngines(quads, candidates, chosen, pieces) };
	return remake(mesh, surface, options, steps);
}

/**
 * Where collapses of quads did not reach the limit: fewer triangles to begin with, until no more faces come of them
 * than may. One triangle for each face, or for three where every face is split, cannot fail.
 */
function remake(
	mesh: Mesh,
	surface: DenseSurface,
	options: QuadrangulateOptions,
	steps: Steps<keyof typeof STEPS>,
): Made {
	const { faceLimit, pure, fitPasses } = { ...QUADRANGULATE_DEFAULTS, ...options };
	const advance = (fraction: number): void => steps.advance(fraction);
	const name = pure ? 'split' : 'pair';
	for (let share = 1.6; ; share = Math.max(1, 0.8 * share)) {
		const low = decimateFor(mesh, Math.max(4, Math.floor(share * faceLimit / (pure ? 3 : 1))), options, steps.nested());
		const draft = pure ? splitQuads(low, faceLimit, surface, advance) : pairQuads(low, faceLimit, surface, advance);
		const quads = finishQuads(draft, faceLimit, fitPasses, surface, advance);
		if (quads.sourceOf.length <= faceLimit) return { quads, engines: { [name]: quads.sourceOf.length } };
		if (share === 1) throw new Error(`${quads.sourceOf.length} faces of ${low.report.faces} triangles`);
	}
}

/** Faces that each engine gave. */
function countEngines(quads: QuadMesh, candidates: readonly Candidate[], chosen: Uint8Array, pieces: Pieces) {
	const engines: Record<string, number> = {};
	for (const { name } of candidates) engines[name] = 0;
	for (const t of quads.sourceOf) engines[candidates[chosen[pieces.pieceOf[t]]].name]++;
	return engines;
}

function checkOptions({ faceLimit }: QuadrangulateOptions): void {
	if (!Number.isInteger(faceLimit) || faceLimit < 12)
		throw new MeshError('invalid-option', `faceLimit is ${faceLimit}; it must be an integer of at least 12`, {
			faceLimit,
		});
}

function toMesh(
	source: Mesh,
	quads: QuadMesh,
	partOf: ArrayLike<number> | undefined,
	surface: DenseSurface,
): Omit<QuadPoly, 'report'> {
	const { triangles, faceOf } = cutQuads(quads, surface);
	const sourceOf = faceOf.map((f) => quads.sourceOf[f]);
	const weld = new RowWeld(3);
	const rowOf = new Uint32Array(quads.positions.length / 3);
	weld.add(Float32Array.from(quads.positions), rowOf.length, rowOf);
	return {
		mesh: {
			positions: weld.values(),
			triangles: triangles.map((v) => rowOf[v]),
			corner: {},
			materialOf: Uint16Array.from(sourceOf, (t) => source.materialOf[t]),
			polygonOf: faceOf,
		},
		sourceOf,
		partOf: Uint16Array.from(sourceOf, (t) => partOf?.[t] ?? 0),
	};
}
