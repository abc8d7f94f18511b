import { NO_MATERIAL } from '../mesh/mesh.ts';
import { decimate, type LowPoly } from './decimate.ts';
import { pairTriangles } from './pair.ts';
import { QuadEdit, type QuadLines } from './quad-edit.ts';
import { fitQuads } from './quad-fit.ts';
import { drawQuadLines } from './quad-lines.ts';
import { collapseLoops } from './quad-loops.ts';
import { mendQuads } from './quad-mend.ts';
import type { QuadMesh } from './quad-mesh.ts';
import { countFaces } from './quad-shape.ts';
import { smoothQuads } from './quad-smooth.ts';
import { splitFaces } from './quad-split.ts';
import type { DenseSurface } from './quad-surface.ts';
import { tidyQuads } from './quad-tidy.ts';
import { STRICT, type TurnLimits, WIDE } from './quad-turn.ts';
import { untangleQuads } from './quad-untangle.ts';
import { keepWhole } from './quad-whole.ts';

/** A surface of quads with its labels and lines, before it is fitted. */
export type Draft = {
	/** `sourceOf` names triangles of the source. */
	readonly mesh: QuadMesh;
	/** Part and material of each face as one number. F. */
	readonly labelOf: Uint32Array;
	readonly lines: QuadLines;
};
type Advance = (fraction: number) => void;

/** Triangles to decimate to for each face that is wanted: a little more than pairing needs. */
export const TRIANGLES_A_FACE = 2.1;
/** How freely faces are made and mended. */
export type Manner = {
	/**
	 * Cosine between the normals of two triangles below which they are not joined. Generated models at 5000 faces
	 * (2026-11), 50° in place of 70° and 80°: 16 to 26 in place of 11 to 20 % irregular on street_lamp, workbench and
	 * Tavern; Dungeon 70 in place of 82 % quads.
	 */
	readonly flat: number;
	/** Distance from the source that mending may bring edges and faces to, in shares of the diagonal (quad-tidy.ts). */
	readonly reach: number;
	/** Cosine between the normals below which an edge of decimated triangles is a line, at most. */
	readonly sharpness: number;
	/** Rounds of mending valences and smoothing. */
	readonly rounds: number;
	/** Smoothing passes of a hot and of a cold round. */
	readonly hotSmoothing: number;
	readonly smoothing: number;
	/** What faces keep when edges turn in hot rounds. */
	readonly hotLimits: TurnLimits;
	/** Do triangles walk to each other (quad-meet.ts)? */
	readonly meets: boolean;
	/** Do rows of quads between triangles stay whole when faces are split (quad-whole.ts)? */
	readonly keepsRows: boolean;
	/** Are vertices rotated, and quads opened on lines as well (quad-tidy.ts)? */
	readonly isThorough: boolean;
	/** Should four faces meet at corners inside of the surface, however many right angles they have? */
	readonly flattensCorners: boolean;
	/** Are quads cut anew while they are fitted at the end (quad-fit.ts)? */
	readonly recuts: boolean;
};

/**
 * Splits: sharp edges stay, and how far a change may lead follows the faces' size: the fit after splitting makes up for it.
 */
export const FIRM: Manner = {
	flat: 0.17,
	reach: Infinity,
	sharpness: 1,
	rounds: 12,
	hotSmoothing: 1,
	smoothing: 4,
	hotLimits: WIDE,
	meets: true,
	keepsRows: false,
	isThorough: false,
	flattensCorners: false,
	recuts: false,
};
/**
 * Splits of surfaces all corners and edges: all but the sharpest edges may give way where the source stays near.
 * At 5000 faces (2026-11) House1, Tavern: 14.0, 16.1 % irregular in place of 18.3, 20.0 (Chamfer .018, .020 % of the
 * diagonal in place of .013). Sharp edges of 50° and more stay: 17.1 and more; triangles joined up to 80°: 14.4, 16.7.
 * With triangles that meet, wide limits and 20 rounds: 12.4, 14.6; smoothing hot rounds as well: 11.3, 15.0, but .022, .051.
 */
export const LOOSE: Manner = {
	flat: -0.2,
	reach: 3e-3,
	sharpness: 0.3,
	rounds: 20,
	hotSmoothing: 0,
	smoothing: 4,
	hotLimits: WIDE,
	meets: true,
	keepsRows: false,
	isThorough: false,
	flattensCorners: false,
	recuts: true,
};
/**
 * Splits of surfaces that a quarter of the faces hardly holds: boot.obj at 5000 (2026-11) Chamfer .0270 % of the diagonal
 * and 13.6 % irregular, firmly .0302 and 12.0; since triangles meet .0267 and 12.6.
 */
export const CAREFUL: Manner = {
	flat: -0.2,
	reach: 3e-3,
	sharpness: 1,
	rounds: 8,
	hotSmoothing: 0,
	smoothing: 2,
	hotLimits: WIDE,
	meets: true,
	keepsRows: false,
	isThorough: false,
	flattensCorners: false,
	recuts: true,
};
/**
 * Pairs: near to the source before all. DamagedHelmet at 5000 (2026-11): Chamfer .0094 % of the diagonal, 22 % irregular;
 * as splits are mended .0279 and 20, without smoothing .0075, mended alike but smoothed .0202.
 */
export const CLOSE: Manner = {
	flat: 0.34,
	reach: 2e-3,
	sharpness: 1,
	rounds: 12,
	hotSmoothing: 0,
	smoothing: 1,
	hotLimits: STRICT,
	meets: false,
	keepsRows: false,
	isThorough: false,
	flattensCorners: false,
	recuts: false,
};
/**
 * Pairs of few faces: regular before all. At 1000 faces (2026-11), paired closely: track, light, House1 55, 30 and 59 %
 * irregular in place of 50, 27 and 57; Feralis, pedestrian1 and chess 31, 30 and 25, since pairs that are closer keep splits
 * from being chosen, in place of 10, 14 and 9, if Chamfer .029, .026, .032 in place of .056, .054, .066 % of the diagonal.
 */
export const FEW: Manner = {
	flat: 0.34,
	reach: Infinity,
	sharpness: 1,
	rounds: 12,
	hotSmoothing: 1,
	smoothing: 4,
	hotLimits: STRICT,
	meets: false,
	keepsRows: false,
	isThorough: false,
	flattensCorners: false,
	recuts: false,
};
/**
 * Splits of surfaces all corners that a quarter of the faces does not hold: more faces are split, of which some rows stay
 * whole. Tree1 at 5000 faces (2026-11), of 2990 triangles: 14.9 % irregular and Chamfer .0222 % of the diagonal, firmly 21.6
 * and .0226. Step by step: rows that stay whole 19.3 % and .0153; corners flattened and triangles that do not meet 17.2 and
 * .0135; sharp edges of less than 57° that give way and wide limits 16.1 and .0173; vertices rotated, quads opened on lines,
 * and no exact count before the split 15.8 and .0167, fitted
 * before it is chosen .0142; edges up to 90° and limits wider still 14.9 and .0222. Triangles decimated to a tenth fewer
 * then: 14.8 and .0274; three times the rounds: 15.7 for 15.8; hot rounds smoothed: 15.5 and .0266 for 16.2 and .0186; ten rounds
 * after the split: no change.
 */
export const PARTLY: Manner = {
	...LOOSE,
	sharpness: 0,
	smoothing: 1,
	hotLimits: { corner: 0, out: 0, off: 0.3 },
	keepsRows: true,
	isThorough: true,
	flattensCorners: true,
};
/** The source's own quads: as they are, but for what irregular vertices and triangles need. */
export const KEPT: Manner = { ...CLOSE, smoothing: 0 };
/** Rounds of mending at the end, without heat. */
const COLD = 2;
/** Share of the edges that may turn in a hot round though it does not better the valences. */
const HEAT = 1;
/** Faces that hot rounds keep, as a share of those wanted: the last collapses can choose. */
const SPARE = 1.01;
/** Quads to split to, as a share of those wanted; each triangle that is not joined while mending gives one less. */
const SPLIT_SPARE = 1.005;
const LEFT_OVER = 0.8;
/** Faces that pairs may give, as a share of those wanted, before fewer triangles are joined, and how often. */
const PAIR_MOST = 1.02;
const PAIR_TRIES = 2;
/** Faces that splitting may give, as a share of those wanted, before it begins anew with fewer triangles, and how often. */
const SPLIT_MOST = 1.01;
const SPLIT_TRIES = 2;
/** Faces that each face is split to in the mean where rows stay whole. */
const PARTS = 3.8;
/** Most faces that mending leaves of those to split then, and least, as shares of those there are. */
const MENDED = 1.05;
const MENDED_LEAST = 0.85;
/** Share of irregular vertices above which a source is not made of quads. */
const OF_QUADS = 0.15;
/** Share of the last work that is done when the fit is. */
const FITTED = 0.8;
/**
 * Passes of the fit before faces are split: few faces lie inside of every tip. At 1000 faces (2026-11) Hausdorff of koala
 * 1.9 to 1.0 % of the diagonal, of bunny 1.3 to 1.0; bench.glb at 5000: Chamfer .0112 to .0094. Tried: before that, free
 * vertices go to tips of the source that were lost: armadillo at 1000 5.3 to 1.4, chess at 5000 1.1 to .3 (Hausdorff), but
 * thin models of many pieces are pulled across their sheets: a fish of game assets .0100 to .0543, helmet .0099 to .0107.
 */
const BASE_PASSES = 2;
/** Sine of a face's worst corner below which it is mended before the fit. */
const BAD = 0.15;

/**
 * Quads and some triangles from decimated triangles: joins them two by two, mends the valences, smooths. Works on
 * whatever can be decimated. Quads lie where decimation left vertices, so detail is kept and edges do not run far.
 *
 * @param low Decimated triangles, some two for each face wanted.
 */
export function pairQuads(low: LowPoly, faces: number, surface: DenseSurface, manner: Manner, advance: Advance): Draft {
	const { base, pairs } = joinTo(low, faces, surface, manner);
	const named = nameSource(mend(pairs, faces, manner.rounds, surface, manner, advance), base.sourceOf);
	return base === low ? named : nameSource(named, low.sourceOf);
}

/** Pairs of as many triangles as give hardly more than `faces`: collapsing quads costs more shape than decimating triangles. */
function joinTo(low: LowPoly, faces: number, surface: DenseSurface, manner: Manner): { base: LowPoly; pairs: Draft } {
	let base = low;
	let pairs = join(low, manner, surface);
	for (let tries = 0; tries < PAIR_TRIES && pairs.labelOf.length > PAIR_MOST * faces; tries++) {
		const faceLimit = Math.ceil((base.mesh.triangles.length / 3) * (faces / pairs.labelOf.length));
		base = decimate(low.mesh, { faceLimit, partOf: low.partOf, fitPasses: 0 });
		pairs = join(base, manner, surface);
	}
	return { base, pairs };
}

/**
 * Quads only: pairs to a quarter of the faces and splits each in four. More regular, since three of four vertices come of
 * splitting; less close where a quarter of the faces does not hold the shape.
 */
export function splitQuads(low: LowPoly, faces: number, dense: DenseSurface, manner: Manner, advance: Advance): Draft {
	const surface = { ...dense, sharpness: Math.min(dense.sharpness, manner.sharpness) };
	const { base, quads } = pairBase(low, faces, surface, manner, (fraction) => advance(fraction / 2));
	fitQuads(quads.mesh, quads.labelOf, surface, BASE_PASSES, () => advance(0.5));
	const rows = manner.keepsRows ? keepWhole(quads.mesh, faces) : undefined;
	const draft = splitFaces(quads.mesh, quads.labelOf, quads.lines, surface, rows?.isWhole);
	const named = nameSource(
		mend(draft, faces, COLD, surface, manner, (fraction) => advance((1 + fraction) / 2)),
		base.sourceOf,
	);
	// So much is left to the fit here that without it nobody could tell how near it comes.
	if (manner.keepsRows) fitQuads(named.mesh, named.labelOf, surface, 1, () => advance(1));
	return nameSource(named, low.sourceOf);
}

/**
 * The quads that the source's triangles are halves of, less whole loops of them until no more than `faces` are left
 * (quad-loops.ts): as regular as the source is.
 *
 * @param source The source's triangles, as they are.
 * @param mostIrregular Share of irregular vertices above which loops are not worth the time: what splits have.
 * @returns undefined where the source is not made of quads.
 */
export function loopQuads(
	source: LowPoly,
	faces: number,
	surface: DenseSurface,
	mostIrregular: number,
	advance: Advance,
): Draft | undefined {
	const { mesh, labelOf, lines } = join(source, KEPT, surface);
	const { irregularShare } = countFaces(mesh);
	if (irregularShare > OF_QUADS || (labelOf.length > faces && irregularShare > mostIrregular)) return undefined;
	const edit = new QuadEdit(mesh, labelOf, lines);
	collapseLoops(edit, faces, () => advance(0.4));
	const draft = mend(edit.finish(), faces, COLD, surface, KEPT, (fraction) => advance(0.5 + fraction / 2));
	return nameSource(draft, source.sourceOf);
}

/** Pairs that give no more than `faces` when each is split: of fewer triangles where they would. */
function pairBase(
	low: LowPoly,
	faces: number,
	surface: DenseSurface,
	manner: Manner,
	advance: Advance,
): { base: LowPoly; quads: Draft } {
	let triangles = (TRIANGLES_A_FACE * faces) / (manner.keepsRows ? PARTS : 4);
	for (let tries = 0; ; tries++) {
		const faceLimit = Math.max(4, Math.ceil(triangles));
		const base = decimate(low.mesh, { faceLimit, partOf: low.partOf, fitPasses: 0 });
		const pairs = join(base, manner, surface);
		const goal = manner.keepsRows
			? Math.ceil(MENDED * pairs.labelOf.length)
			: Math.ceil((SPLIT_SPARE * faces + LEFT_OVER * countFaces(pairs.mesh).triangles) / 4);
		const within: Advance = (fraction) => advance(1 - 0.4 ** tries * (1 - 0.6 * fraction));
		const slack = manner.keepsRows ? MENDED_LEAST / MENDED : 1;
		const mended = mend(pairs, goal, manner.rounds, surface, manner, within, slack);
		if (manner.keepsRows) {
			const { faces: split } = keepWhole(mended.mesh, faces);
			if (split <= SPLIT_MOST * faces || tries === SPLIT_TRIES || base.mesh.triangles.length <= 12)
				return { base, quads: mended };
			triangles = (base.mesh.triangles.length / 3) * ((SPLIT_SPARE * faces) / split);
			continue;
		}
		// A quad taken away here costs a quarter of what its four would: come as near to the limit as four allow.
		const exact = Math.ceil((faces + countFaces(mended.mesh).triangles) / 4);
		const quads = mend(mended, exact, 1, surface, manner, () => advance(1 - 0.4 ** (tries + 1)));
		const count = countFaces(quads.mesh);
		const split = 4 * count.quads + 3 * count.triangles;
		if (split <= SPLIT_MOST * faces || tries === SPLIT_TRIES || base.mesh.triangles.length <= 12)
			return { base, quads };
		triangles = (base.mesh.triangles.length / 3) * ((SPLIT_SPARE * faces) / split);
	}
}

/** Trims a draft to the limit, fits it and mends what is folded or looks away. Its positions are changed in place. */
export function finishQuads(
	draft: Draft,
	faces: number,
	fitPasses: number,
	surface: DenseSurface,
	manner: Manner,
	advance: Advance,
): QuadMesh {
	const isExact = draft.labelOf.length === faces;
	const { mesh, labelOf, lines } = isExact ? draft : mend(draft, faces, 1, surface, manner, () => advance(0));
	fitQuads(mesh, labelOf, surface, fitPasses, (fraction) => advance(FITTED * fraction), manner.recuts);
	const edit = new QuadEdit(mesh, labelOf, lines);
	mendQuads(edit, surface, () => advance(FITTED));
	return edit.finish().mesh;
}

/** A draft over triangles that themselves descend from others. */
function nameSource({ mesh, ...rest }: Draft, sourceOf: Uint32Array): Draft {
	return { ...rest, mesh: { ...mesh, sourceOf: mesh.sourceOf.map((t) => sourceOf[t]) } };
}

/** Part and material of each triangle, as one number. T. */
function labelsOf({ mesh, partOf }: LowPoly): Uint32Array {
	return Uint32Array.from(partOf, (part, t) => part * (NO_MATERIAL + 1) + mesh.materialOf[t]);
}

function join(low: LowPoly, { flat, flattensCorners }: Manner, surface: DenseSurface): Draft {
	const labels = labelsOf(low);
	const mesh = pairTriangles(low.mesh, labels, flat);
	const labelOf = Uint32Array.from(mesh.sourceOf, (t) => labels[t]);
	return { mesh, labelOf, lines: drawQuadLines(low.mesh, labels, surface, flattensCorners) };
}

/**
 * Mends and smooths in turns: hot rounds let irregular vertices wander and meet, the last two settle.
 *
 * @param slack Share of `faces` that may be left.
 */
function mend(
	draft: Draft,
	faces: number,
	rounds: number,
	surface: DenseSurface,
	manner: Manner,
	advance: Advance,
	slack = 1,
): Draft {
	const reach = manner.reach * surface.diagonal;
	// A source that has no more faces than this is not made to have them.
	const most = draft.labelOf.length;
	for (let round = 0; round < rounds; round++) {
		const isHot = round < rounds - COLD;
		const goal = isHot ? Math.ceil(SPARE * faces) : faces;
		const edit = new QuadEdit(draft.mesh, draft.labelOf, draft.lines);
		const tidy = {
			most: goal,
			least: Math.floor(slack * Math.min(goal, most)),
			heat: isHot ? HEAT : 0,
			seed: round,
			reach,
			limits: isHot ? manner.hotLimits : STRICT,
			meets: manner.meets,
			isThorough: manner.isThorough,
		};
		tidyQuads(edit, surface, tidy, () => advance(round / rounds));
		draft = edit.finish();
		smoothQuads(draft.mesh, draft.labelOf, draft.lines, surface, isHot ? manner.hotSmoothing : manner.smoothing);
		if (!isHot) untangleQuads(draft.mesh, draft.lines, surface, BAD);
	}
	return draft;
}
