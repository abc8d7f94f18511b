import { bounds } from '../analysis/normals.ts';
import { MeshError } from '../errors.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { RowWeld } from '../mesh/weld.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { decimate } from './decimate.ts';
import { measureCloseness } from './quad-closeness.ts';
import { type Engine, makeQuads, trianglesFor } from './quad-engines.ts';
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
	 * Faces that each engine gave: `pair` joins triangles, `split` joins a quarter as many and splits them, `loop` takes loops
	 * out of the quads that the source is made of, `field` lays quads along a field. Pieces that are not connected are chosen
	 * for one by one.
	 */
	readonly engines: Readonly<Record<Engine, number>>;
	/** Mean distance between the result and the source, both ways, object units. */
	readonly error: number;
	/** What could not be kept, each in a sentence. */
	readonly warnings: readonly string[];
	/** ms by step. */
	readonly times: StepTimes;
};

const STEPS = { decimate: 20, quadrangulate: 77, measure: 3 };

/**
 * Makes a surface of at most `faceLimit` faces, quads and (unless `pure`) triangles, as near to the source as they allow.
 *
 * The source is decimated; a quarter as many faces as are wanted are made of its triangles, their valences mended, and
 * each is split in four (`split`). Where that is not close and regular by itself, it is done once more in another manner,
 * or twice as many triangles are joined two by two as well (`pair`), and every connected piece gets what is nearly as
 * close as pairs are and best, irregular vertices weighed against distance; or quads are laid along a field (`field`). In
 * the end faces that are folded or look away from the source are mended. The limit is never exceeded, and met within a few
 * faces where the source has as many; pairs and splits take any surface. Borders, and lines between parts and between
 * materials, stay where decimation left them: their vertices move along them, off them only where a face would look away
 * else. A source whose triangles are halves of quads keeps these, and the loops that they make, less as many loops as the
 * limit asks for (`loop`), where that is better.
 *
 * Steps: decimate; quadrangulate (see pair-quads.ts, quad-loops.ts, quad-choice.ts, quad-mend.ts, field.ts); measure.
 * Deterministic.
 *
 * @throws MeshError `invalid-option`, `no-triangles` (nothing has area), `cancelled`.
 */
export function quadrangulate(mesh: Mesh, options: QuadrangulateOptions, run: Run = {}): QuadPoly {
	const complete = { ...QUADRANGULATE_DEFAULTS, ...options };
	const { partOf } = options;
	checkOptions(options);
	const steps = new Steps(STEPS, run);

	steps.begin('decimate');
	const { removeHidden } = complete;
	const triangles = trianglesFor(complete.faceLimit);
	const fine = decimate(
		mesh,
		{ faceLimit: triangles, removeHidden, fitPasses: 0, ...(partOf && { partOf }) },
		steps.nested(),
	);
	const surface = denseSurface(mesh, bounds(mesh).diagonal, complete.faceLimit);

	steps.begin('quadrangulate');
	const { faceLimit: faces } = complete;
	const made = makeQuads(mesh, fine, surface, { ...complete, faces, partOf }, (fraction) => steps.advance(fraction));

	steps.begin('measure');
	const result = toMesh(mesh, made.quads, partOf, surface);
	const { mean } = measureCloseness(result.mesh.positions, result.mesh.triangles, surface);
	const times = steps.finish();
	const { quads, engines, warnings } = made;
	const { sourceFaces } = fine.report;
	return { ...result, report: { sourceFaces, ...countFaces(quads), engines, error: mean, warnings, times } };
}

function checkOptions(options: QuadrangulateOptions): void {
	const { faceLimit, fitPasses, engine } = { ...QUADRANGULATE_DEFAULTS, ...options };
	if (!Number.isInteger(faceLimit) || faceLimit < 12)
		throw new MeshError('invalid-option', `faceLimit is ${faceLimit}; it must be an integer of at least 12`, {
			faceLimit,
		});
	if (!Number.isInteger(fitPasses) || fitPasses < 0 || fitPasses > 16)
		throw new MeshError('invalid-option', `fitPasses is ${fitPasses}; it must be an integer, 0 to 16`, { fitPasses });
	if (!ENGINES.includes(engine))
		throw new MeshError('invalid-option', `engine is '${engine}'; it must be one of ${ENGINES.join(', ')}`, { engine });
}

const ENGINES = ['best', 'pair', 'field'];

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
