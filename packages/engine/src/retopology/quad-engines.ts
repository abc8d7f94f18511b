import { type Mesh, NO_MATERIAL } from '../mesh/mesh.ts';
import type { Run } from '../run/run.ts';
import { decimate, type LowPoly } from './decimate.ts';
import { fieldQuads } from './field.ts';
import {
	CAREFUL,
	CLOSE,
	type Draft,
	FEW,
	FIRM,
	finishQuads,
	KEPT,
	LOOSE,
	loopQuads,
	type Manner,
	PARTLY,
	pairQuads,
	splitQuads,
	TRIANGLES_A_FACE,
} from './pair-quads.ts';
import { type Candidate, type Choice, chooseByPiece, chooseCrowded, sizeFor } from './quad-choice.ts';
import { composeDrafts } from './quad-compose.ts';
import { cutQuads } from './quad-fit.ts';
import { drawQuadLines } from './quad-lines.ts';
import type { QuadMesh } from './quad-mesh.ts';
import { findPieces, type Pieces } from './quad-pieces.ts';
import { scorePieces } from './quad-scores.ts';
import type { DenseSurface } from './quad-surface.ts';
import { unfoldQuads } from './quad-unfold.ts';
import { areGoodEnough, splitAgain } from './quad-worth.ts';

export type Engine = 'pair' | 'split' | 'loop' | 'field';

export type MakeOptions = {
	readonly faces: number;
	readonly pure: boolean;
	readonly engine: 'best' | 'pair' | 'field';
	readonly partOf: ArrayLike<number> | undefined;
	readonly removeHidden: boolean;
	readonly fitPasses: number;
};

export type Made = {
	/** `sourceOf` names triangles of the source. */
	readonly quads: QuadMesh;
	/** Faces that each engine gave. */
	readonly engines: Readonly<Record<Engine, number>>;
	readonly warnings: readonly string[];
};

type Advance = (fraction: number) => void;
/** An engine and how freely it works. */
type Way = { readonly engine: Engine; readonly manner: Manner };
type Named = Candidate & { readonly way: Way };

const SPLIT_FIRMLY: Way = { engine: 'split', manner: FIRM };
const SPLIT_LOOSELY: Way = { engine: 'split', manner: LOOSE };
const SPLIT_CAREFULLY: Way = { engine: 'split', manner: CAREFUL };
const SPLIT_AGAIN = {
	loosely: SPLIT_LOOSELY,
	partly: { engine: 'split', manner: PARTLY },
	carefully: SPLIT_CAREFULLY,
} as const satisfies Record<string, Way>;
const PAIR_CLOSELY: Way = { engine: 'pair', manner: CLOSE };
const PAIR_FEW: Way = { engine: 'pair', manner: FEW };
const LOOPS: Way = { engine: 'loop', manner: KEPT };
const FIELD: Way = { engine: 'field', manner: FIRM };

/** Shares of the work that are done when quads are split, when loops are out, when they are split again, when pairs are made and when it is chosen. */
const SPLIT = 0.25;
const LOOPED = 0.3;
const AGAIN = 0.4;
const PAIRED = 0.6;
const CHOSEN = 0.7;
/** Below so many faces pairs are regular rather than close. */
const FEW_FACES = 2500;
/** Faces that the drafts of several engines may have together, off the limit, before each is made anew for its own share. */
const OFF_LIMIT = 0.01;
/** Triangles of the source for each face that is wanted above which loops are not taken out. */
const MOST_OVER = 8;
/** Tries to reach the limit with fewer triangles; the last cannot fail. */
const REMAKES = 4;

/**
 * Lays quads with every engine that may do, chooses among them piece by piece, trims to the limit and fits.
 *
 * Tried: the field among the candidates of `best`. On the bunny at 5000 faces it is no more regular than splitting (5.1
 * against 5.2 % irregular), further off (Chamfer .025 against .015 % of the diagonal) and leaves 51 quads inverted
 * where splitting leaves none, at two to three times the time: it runs where it is asked for.
 */
export function makeQuads(
	mesh: Mesh,
	fine: LowPoly,
	surface: DenseSurface,
	options: MakeOptions,
	advance: Advance,
): Made {
	const { faces, pure, engine } = options;
	const pieces = findPieces(mesh);
	const size = sizeFor(surface.diagonal, faces);
	const all = new Uint8Array(pieces.count).fill(1);
	const warnings = [...fine.report.warnings];
	const work: Work = { mesh, fine, surface, options, pieces };
	const score = (way: Way, draft: Draft): Named => ({
		way,
		draft,
		scores: scorePieces(draft.mesh, pieces, surface, pure),
	});
	const candidates = [score(SPLIT_FIRMLY, draw(work, SPLIT_FIRMLY, all, faces, within(advance, 0, SPLIT)))];
	const areGood = (): boolean => areGoodEnough(candidates, size);
	const pair = faces < FEW_FACES ? PAIR_FEW : PAIR_CLOSELY;
	const loops = drawLoops(work, all, faces, irregularShare(candidates[0]), within(advance, SPLIT, LOOPED));
	if (loops) candidates.push(score(LOOPS, loops));
	const how = loops && areGood() ? undefined : splitAgain(candidates[0], size, pure);
	if (how) {
		const again = SPLIT_AGAIN[how];
		candidates.push(score(again, draw(work, again, all, faces, within(advance, LOOPED, AGAIN))));
	}
	if (!pure && !areGood())
		candidates.unshift(score(pair, draw(work, pair, all, faces, within(advance, AGAIN, PAIRED))));
	const isCrowded = ({ chosen }: Choice): boolean => {
		const total = composeDrafts(candidates, chosen, pieces).labelOf.length;
		return total > (1 + OFF_LIMIT) * faces;
	};
	let choice = chooseByPiece(candidates, pieces, size);
	if (isCrowded(choice)) choice = chooseCrowded(candidates, pieces, size, faces);
	if (engine === 'field') {
		const field = drawField(work, all, faces, within(advance, PAIRED, CHOSEN));
		if (typeof field === 'string') warnings.push(`the field engine gave no quads: ${field}`);
		else {
			candidates.push(score(FIELD, field));
			choice = chooseByPiece(candidates, pieces, size, { prefer: 'last' });
			const left = choice.chosen.filter((k) => candidates[k].way.engine !== 'field').length;
			if (left > 0) warnings.push(`the field engine lost ${left} of ${pieces.count} pieces: they were paired`);
		}
	}
	const { chosen } = choice;
	let drafts: readonly Named[] = candidates;
	const total = composeDrafts(candidates, chosen, pieces).labelOf.length;
	// Where pieces are the source's own quads, of which there are no more, the others are good with what they had.
	const isShort = total < faces && !chosen.some((k) => candidates[k].way === LOOPS);
	if ((isShort || total > faces) && Math.abs(total - faces) > OFF_LIMIT * faces && new Set(chosen).size > 1)
		drafts = shareOut(work, candidates, chosen, total, within(advance, CHOSEN, CHOSEN));
	const draft = composeDrafts(drafts, chosen, pieces);
	const taken = [LOOPS, PAIR_CLOSELY, SPLIT_CAREFULLY].find((way) => chosen.some((k) => candidates[k].way === way));
	const { manner } = taken ?? SPLIT_FIRMLY;
	const quads = finish(work, draft, faces, manner, within(advance, CHOSEN, 1));
	const names = candidates.map(({ way }) => way.engine);
	if (quads.sourceOf.length <= faces)
		return { quads, engines: countEngines(quads, (t) => names[chosen[pieces.pieceOf[t]]]), warnings };
	return remake(work, (0.99 * faces * fine.report.faces) / quads.sourceOf.length, () => advance(1));
}

type Work = {
	readonly mesh: Mesh;
	readonly fine: LowPoly;
	readonly surface: DenseSurface;
	readonly options: MakeOptions;
	readonly pieces: Pieces;
};

const within =
	(advance: Advance, from: number, to: number): Advance =>
	(fraction) =>
		advance(from + (to - from) * fraction);

/** The quads of one engine over the pieces that are marked. */
function draw(work: Work, { engine, manner }: Way, marked: Uint8Array, faces: number, advance: Advance): Draft {
	const { fine, surface } = work;
	if (engine === 'field') {
		const field = drawField(work, marked, faces, advance);
		if (typeof field !== 'string') return field;
	}
	if (engine === 'loop') {
		const loops = drawLoops(work, marked, faces, 1, advance);
		if (loops) return loops;
	}
	const low = subset(fine, work.pieces, marked);
	const make = engine === 'split' ? splitQuads : pairQuads;
	return make(low, faces, surface, manner, advance);
}

/** Of the inner vertices of all pieces, the share that is irregular. */
function irregularShare({ scores: { faces, irregular } }: Candidate): number {
	let total = 0;
	let sum = 0;
	for (let i = 0; i < faces.length; i++) {
		total += faces[i];
		sum += irregular[i] * faces[i];
	}
	return sum / total;
}

/**
 * The source's own quads less some loops, over the pieces that are marked; undefined where it is not made of quads, or of
 * so many that too little would be left of their loops.
 */
function drawLoops(
	work: Work,
	marked: Uint8Array,
	faces: number,
	mostIrregular: number,
	advance: Advance,
): Draft | undefined {
	const { mesh, fine, pieces, surface, options } = work;
	const triangles = mesh.triangles.length / 3;
	if (triangles > MOST_OVER * options.faces) return undefined;
	const { partOf, removeHidden } = options;
	const isWhole = fine.report.faces >= triangles - fine.report.degenerate - fine.report.duplicate - fine.report.hidden;
	const whole = isWhole
		? fine
		: decimate(mesh, { faceLimit: triangles, removeHidden, fitPasses: 0, ...(partOf && { partOf }) });
	return loopQuads(subset(whole, pieces, marked), faces, surface, mostIrregular, advance);
}

/** The triangles of the pieces that are marked. */
function subset(fine: LowPoly, pieces: Pieces, marked: Uint8Array): LowPoly {
	if (marked.every((mark) => mark !== 0)) return fine;
	const kept = Uint32Array.from(fine.sourceOf.keys()).filter((t) => marked[pieces.pieceOf[fine.sourceOf[t]]] !== 0);
	const triangles = new Uint32Array(3 * kept.length);
	for (let i = 0; i < triangles.length; i++) triangles[i] = fine.mesh.triangles[3 * kept[(i / 3) | 0] + (i % 3)];
	return {
		mesh: { ...fine.mesh, triangles, materialOf: Uint16Array.from(kept, (t) => fine.mesh.materialOf[t]) },
		sourceOf: kept.map((t) => fine.sourceOf[t]),
		partOf: Uint16Array.from(kept, (t) => fine.partOf[t]),
		report: fine.report,
	};
}

/** Quads along a field over the pieces that are marked, or the reason why there are none. */
function drawField(work: Work, marked: Uint8Array, faces: number, advance: Advance): Draft | string {
	const { mesh, pieces, surface, options } = work;
	const kept = Uint32Array.from(pieces.pieceOf.keys()).filter((t) => marked[pieces.pieceOf[t]] !== 0);
	const triangles = new Uint32Array(3 * kept.length);
	for (let i = 0; i < triangles.length; i++) triangles[i] = mesh.triangles[3 * kept[(i / 3) | 0] + (i % 3)];
	const part: Mesh = { ...mesh, triangles, materialOf: Uint16Array.from(kept, (t) => mesh.materialOf[t]) };
	const label = (t: number): number => (options.partOf?.[t] ?? 0) * (NO_MATERIAL + 1) + mesh.materialOf[t];
	const labels = Uint32Array.from(kept, label);
	if (faces < 24) return `${faces} faces are too few for it`;
	const { quads, reason } = fieldQuads(
		part,
		{ faces, pure: options.pure, partOf: labels },
		{ onProgress: ({ fraction }) => advance(fraction) },
	);
	if (!quads) return reason ?? 'no reason given';
	const named = { ...quads, sourceOf: quads.sourceOf.map((t) => kept[t]) };
	const labelOf = named.sourceOf.map(label);
	const cut = cutQuads(named, surface);
	const cutMesh: Mesh = {
		positions: Float32Array.from(named.positions),
		triangles: cut.triangles,
		corner: {},
		materialOf: new Uint16Array(cut.faceOf.length),
	};
	const lines = drawQuadLines(
		cutMesh,
		cut.faceOf.map((f) => labelOf[f]),
		surface,
	);
	return { mesh: named, labelOf, lines };
}

/** Each engine again, for the pieces that chose it and their share of the faces alone. */
function shareOut(
	work: Work,
	candidates: readonly Named[],
	chosen: Uint8Array,
	total: number,
	advance: Advance,
): Named[] {
	const { pieces, options } = work;
	return candidates.map((candidate, k) => {
		const marked = chosen.map((engine) => (engine === k ? 1 : 0));
		let own = 0;
		for (let i = 0; i < pieces.count; i++) own += marked[i] * candidate.scores.faces[i];
		if (own === 0) return candidate;
		const share = Math.max(4, Math.round((options.faces * own) / total));
		return { ...candidate, draft: draw(work, candidate.way, marked, share, advance) };
	});
}

/** Finishes a draft; folds that are left are cut in two, unless only quads are wanted. */
function finish({ surface, options }: Work, draft: Draft, faces: number, manner: Manner, advance: Advance): QuadMesh {
	const quads = finishQuads(draft, faces, options.fitPasses, surface, manner, advance);
	return options.pure ? quads : unfoldQuads(quads, faces, surface);
}

/**
 * Where collapses of quads did not reach the limit: fewer triangles to begin with, until no more faces come of them
 * than may. One triangle for each face, or for three where every face is split, cannot fail.
 */
function remake(work: Work, first: number, advance: () => void): Made {
	const { mesh, surface, options } = work;
	const { faces: limit, pure, partOf, removeHidden } = options;
	// How long this takes nobody knows: progress stands still.
	const still: Run = { onProgress: advance };
	const least = Math.max(4, Math.floor(limit / (pure ? 3 : 1)));
	let triangles = first;
	for (let tries = 1; ; tries++) {
		const isLast = tries === REMAKES;
		triangles = isLast ? least : Math.max(least, Math.floor(triangles));
		const low = decimate(mesh, { faceLimit: triangles, removeHidden, fitPasses: 0, ...(partOf && { partOf }) }, still);
		const draft = pure
			? splitQuads(low, limit, surface, FIRM, advance)
			: pairQuads(low, limit, surface, CLOSE, advance);
		const quads = finish(work, draft, limit, FIRM, advance);
		const faces = quads.sourceOf.length;
		if (faces <= limit)
			return { quads, engines: countEngines(quads, () => (pure ? 'split' : 'pair')), warnings: low.report.warnings };
		if (isLast) throw new Error(`${faces} faces of ${triangles} triangles`);
		triangles = low.report.faces * ((0.99 * limit) / faces);
	}
}

function countEngines(quads: QuadMesh, engineOf: (t: number) => Engine): Record<Engine, number> {
	const engines = { pair: 0, split: 0, loop: 0, field: 0 };
	for (const t of quads.sourceOf) engines[engineOf(t)]++;
	return engines;
}

/** Triangles to decimate to before quads are made. */
export const trianglesFor = (faces: number): number => Math.ceil(TRIANGLES_A_FACE * faces);
