import type { Assembly } from './assembly.ts';
import { boxAround, longestSide } from './box.ts';
import { copyTriangles, lineHollows } from './bubbles.ts';
import { capBridged, capFair, capFan, capFlat, capNested, type Draft, newDraft } from './cap.ts';
import { windingAbove } from './columns.ts';
import { countCrossings, sumCrossings } from './inside.ts';
import { type Level, measureLevel } from './level.ts';
import { mendCap } from './mend.ts';
import { nestLoops } from './nest.ts';
import type { Patch } from './patch.ts';
import { findPlugs, type Plug } from './plug.ts';
import { seamOf } from './seam.ts';
import { isSheet, thicken } from './sheet.ts';
import { shell } from './shell.ts';
import { splitShared } from './split.ts';
import type { HiddenOdds } from './trees.ts';
import { countOpenEdges, foldedShare, signedVolume } from './verify.ts';
import { isFlat, pairSeams, zipPlugs, zipSeams } from './zipper.ts';

/**
 * How a part was closed: it was already; by the continued field; by fair caps; by flat ones; by fans; as a slab; by the
 * caps of its neighbours; not at all.
 */
export type CompletionMethod = 'whole' | 'field' | 'fair' | 'flat' | 'fan' | 'slab' | 'shared' | 'open';

/** A part with its cap, and what is known of it. */
export type Closed = {
	readonly draft: Draft;
	readonly method: CompletionMethod;
	/** A surface of one layer, which encloses nothing by itself. */
	readonly sheet: boolean;
	readonly openEdges: number;
	readonly crossings: number;
	/** Pairs at which an edge of the seam crosses the visible surface: the input's, which no cap can mend. */
	readonly given: number;
	readonly strays: number;
	/** Share of the seam where the cap lies back on the patch. */
	readonly folded: number;
	/** Agreement with the estimate, less what the part falls short in. */
	readonly merit: number;
	/** How it fell short of what was asked for, in words. */
	readonly note?: string;
};

export type CloseOptions = {
	readonly method: 'full' | 'quick_cap';
	readonly sheets: 'thicken' | 'keep';
	/** Of a slab made of a sheet, object units. */
	readonly thickness: number;
	/** Whether neighbours take the cap over. */
	readonly shares: boolean;
	/** Asked instead of the trees that the engine carries. */
	readonly odds?: HiddenOdds;
};

/**
 * Closes one part in several ways, mends each, and takes the best.
 *
 * @param advance Told the share done, 0..1.
 * @param seen The assembly before any part was cut from it.
 */
export function closePart(
	assembly: Assembly,
	part: number,
	options: CloseOptions,
	advance: (share: number) => void,
	seen: Assembly = assembly,
): Closed {
	advance(0);
	const patch = assembly.patchOf(part);
	if (patch.loops.length === 0) return measure(assembly, part, newDraft(patch), 'whole', undefined, false, false);
	if (isSheet(seen, part)) return closeSheet(assembly, part, options);
	const wanted = options.method === 'full' ? measureLevel(assembly, part, RESOLUTION, seen, options.odds) : undefined;
	advance(0.5);
	if (wanted && !wanted.isSure) {
		const capped = closeBest(assembly, part, undefined, options, advance);
		if (!hasFaults(capped) && !enclosesNothing(patch, capped.draft)) return capped;
	}
	const best = closeBest(assembly, part, wanted, options, advance);
	return !assembly.whole.closed && best.openEdges === 0 && enclosesNothing(patch, best.draft)
		? closeSheet(assembly, part, options)
		: best;
}

/**
 * The best of all ways to close a part, judged by the estimate where there is one.
 *
 * Where the trees are not sure of any node there should be none: planks thinner than a cell, all of whose under side is
 * hidden, came out 3.4 times as thick, IoU 0.15 to 0.3; caps give 0.81. Lamps, nearly all visible, 0.13 and 0.98.
 */
function closeBest(
	assembly: Assembly,
	part: number,
	wanted: Level | undefined,
	{ shares }: CloseOptions,
	advance: (share: number) => void,
): Closed {
	const patch = assembly.patchOf(part);
	let best: Closed | undefined;
	for (const attempt of attempts(patch, assembly, part, wanted, shares)) {
		if (best && attempt.isNeeded && !attempt.isNeeded(best)) continue;
		assembly.check();
		const draft = newDraft(patch);
		if (best && wanted && attempt.sketch) {
			const sketch = newDraft(patch);
			attempt.sketch(sketch);
			if (agree(patch, sketch, wanted) + ROUNDED < best.merit) continue;
		}
		if (attempt.close(draft) === false) continue;
		const bonus = attempt.bonus ?? 0;
		const most = best && wanted ? agree(patch, draft, wanted) + MENDED + bonus : Infinity;
		if (best && most < best.merit) continue;
		const isHopeless = best !== undefined && most - CROSSING < best.merit;
		const measured = measure(assembly, part, draft, attempt.method, wanted, false, shares, isHopeless);
		const candidate = bonus ? { ...measured, merit: measured.merit + bonus } : measured;
		if (!best || candidate.merit > best.merit) best = candidate;
		if (attempt.isCertain && !hasFaults(candidate)) return candidate;
		advance(0.7);
	}
	if (wanted && best!.merit < LOST) {
		const thin = closeShell(assembly, part, wanted, shares);
		if (thin && thin.merit - THIN > best!.merit) return thin;
	}
	return best!;
}

/** A part of less merit than this crosses itself, and is not what was estimated either. */
const LOST = -0.3;
/** What a thin layer must be better than that. */
const THIN = 0.5;

/** What mending may add to the agreement of a cap: one that needs more to be the best is not mended. */
const MENDED = 0.02;
/**
 * What fair caps may agree better than flat ones: of 304 (a fifth of the training assemblies, nine generated models) 196
 * fell short of the best so far by more, and none of the 28 that were taken.
 */
const ROUNDED = 0.1;
/** Nodes along each side of a grid in the shape of a cube; others have as many in all. */
const RESOLUTION = 28;

function closeSheet(assembly: Assembly, part: number, { sheets, thickness }: CloseOptions): Closed {
	const patch = assembly.patchOf(part);
	const draft = newDraft(patch);
	if (sheets === 'keep')
		return { draft, method: 'open', sheet: true, openEdges: 0, crossings: 0, given: 0, strays: 0, folded: 0, merit: 0 };
	thicken(patch, draft, thickness);
	return measure(assembly, part, draft, 'slab', undefined, true, false);
}

/**
 * Closes a part as a thin layer behind its visible surface, the thicker the better of those that cross nothing.
 *
 * @returns Nothing where even the thinnest crosses something.
 */
export function closeShell(assembly: Assembly, part: number, wanted?: Level, shares = true): Closed | undefined {
	const patch = assembly.patchOf(part);
	for (const depth of SHELL_DEPTHS) {
		const draft = newDraft(patch);
		shell(assembly, part, draft, depth * assembly.sizeOf(part));
		const closed = measure(assembly, part, draft, 'slab', wanted, false, shares);
		if (isSound(patch, closed))
			return {
				...closed,
				note: 'a thin layer behind the visible surface: no cut through the inside stayed clear of the rest',
			};
	}
	return undefined;
}

/** Shares of the patch's size. */
const SHELL_DEPTHS = [0.05, 0.01, 0.002, 0.0004];

/** Whether a part is closed, crosses nothing, stays inside the whole and holds something. */
export function isSound(patch: Patch, { draft, openEdges, crossings, given, strays }: Closed): boolean {
	if (openEdges + crossings + given + strays > 0) return false;
	return volumeOf(patch, draft) > 0;
}

function volumeOf(patch: Patch, draft: Draft): number {
	const { positions, triangles } = surfaceOf(patch, draft);
	return signedVolume(positions, triangles);
}

/** A part with less than this share of the cube of its size is a sheet. */
const FLAT = 1e-9;

function enclosesNothing(patch: Patch, draft: Draft): boolean {
	return Math.abs(volumeOf(patch, draft)) <= FLAT * longestSide(boxAround(patch.positions)) ** 3;
}

/** A way to close a part. `close` answers false where it has nothing to offer. */
type Attempt = {
	readonly method: CompletionMethod;
	readonly close: (draft: Draft) => unknown;
	/** The same about, in less time: where that agrees too little, the rest of the time is saved. */
	readonly sketch?: (draft: Draft) => void;
	/** Taken without a look at the others, if it has no faults. */
	readonly isCertain?: boolean;
	/** What its agreement with the estimate may fall short of that of other ways; 0 where absent. */
	readonly bonus?: number;
	/** Whether it is worth its time beside the best so far; always where absent. */
	readonly isNeeded?: (best: Closed) => boolean;
};

/**
 * A plug of this merit is not compared with fair caps: of 29 parts above 0.93 (four generated models and assemblies) none
 * was closed better by those.
 * Tried: fair caps always compared, and preferred by 0.03 or 0.06; even on 702 parts of training assemblies.
 */
const ENOUGH = 0.95;

/**
 * Seams that face each other across a gap belong together, whatever the estimate says, which knows little of what is thinner
 * than its grid's cells. Of 465 parts of training assemblies (which the trees have seen) one changes with it, for the better;
 * preferred by 0.3, also to what is better than ENOUGH, eleven change: six better, five worse, one of which leaves the whole.
 */
const FACING = 0.1;

const hasFaults = ({ openEdges, crossings, strays }: Closed): boolean => openEdges + crossings + strays > 0;

/** All ways to close a part, then, where it has loops in bubbles, the same with those lined. */
function attempts(
	patch: Patch,
	assembly: Assembly,
	part: number,
	level: Level | undefined,
	shares: boolean,
): Attempt[] {
	const ways = waysToClose(patch, assembly, part, level);
	const lining = newDraft(patch);
	// Neighbours would get the lining of a bubble as a layer of no thickness.
	const lined = shares ? new Set() : lineHollows(assembly.mesh, assembly.bubbles(), patch, lining);
	if (lined.size === 0) return ways;
	const rest: Patch = { ...patch, loops: patch.loops.filter((_, loop) => !lined.has(loop)) };
	const withLining = waysToClose(rest, assembly, part, level).map((way) => ({
		...way,
		close: (draft: Draft) => {
			for (let i = draft.positions.length; i < lining.positions.length; i++) draft.positions.push(lining.positions[i]);
			for (const v of lining.triangles) draft.triangles.push(v);
			return way.close(draft);
		},
		isNeeded: (best: Closed) => hasFaults(best) && (!way.isNeeded || way.isNeeded(best)),
	}));
	return [...ways, ...withLining];
}

function waysToClose(patch: Patch, assembly: Assembly, part: number, level: Level | undefined): Attempt[] {
	const { loops } = patch;
	const nests = nestLoops(patch);
	// Where two parts lie on each other with a hollow between, the surface goes on from the hollow to the seam.
	const isCertain =
		nests.length > 0 && nests.every(([, ...inner]) => inner.every((loop) => isInBubble(assembly, patch, loop)));
	const nested: Attempt = {
		method: 'flat',
		close: (draft) => capNested(patch, draft, nests, assembly.check),
		isCertain,
	};
	const caps: Attempt[] = [
		{ method: 'fair', close: (draft) => void capFair(patch, draft, loops, assembly.check) },
		{ method: 'flat', close: (draft) => capFlat(patch, draft, loops, assembly.check), isNeeded: hasFaults },
		{
			method: 'flat',
			close: (draft) => capBridged(patch, draft, loops, assembly.obstaclesOf(part).blocker(draft, [], [])),
			isNeeded: (best) => hasFaults(best) || (loops.length > 1 && best.folded > 0),
		},
		{
			method: 'fan',
			close: (draft) => void capFan(patch, draft, loops),
			isNeeded: ({ openEdges }) => openEdges > 0,
		},
	];
	const zipped: Attempt = {
		method: 'flat',
		close: (draft) => {
			const pairs = pairSeams(patch, assembly.check);
			if (pairs.length === 0) return false;
			zipSeams(patch, draft, pairs, assembly.check);
			return true;
		},
		bonus: FACING,
		isNeeded: (best) => hasFaults(best) || best.merit < ENOUGH,
	};
	caps.unshift(zipped);
	if (!level) return nests.length > 0 ? [nested, ...caps] : caps;
	const found = new Map<number, readonly Plug[]>();
	const plug = (clear: number, keepsFlat: boolean) => (draft: Draft) => {
		const plugs = found.get(clear) ?? findPlugs(assembly, part, level, clear);
		found.set(clear, plugs);
		return zipPlugs(patch, draft, plugs, keepsFlat, assembly.check) > 0;
	};
	const flats = loops.filter((loop) => isFlat(patch, loop)).length;
	const sketch = (draft: Draft): void => capFlat(patch, draft, loops, assembly.check);
	const isNeeded = ({ merit }: Closed): boolean => merit < ENOUGH;
	return [
		...(nests.length > 0 ? [nested] : []),
		{ method: 'field', close: plug(1.25, false) },
		{ method: 'field', close: plug(1.25, true), isNeeded: () => flats > 0 && flats < loops.length },
		{ method: 'field', close: plug(2, false), isNeeded: hasFaults },
		...caps.map((way) => (way.method === 'fair' ? { ...way, sketch, isNeeded } : way)),
	];
}

/** Whether the visible surface at a loop is in a hollow of the whole. */
function isInBubble(assembly: Assembly, patch: Patch, loop: number): boolean {
	const [from, to] = patch.loops[loop];
	const corner = seamOf(patch).cornerOf.get(from, to);
	return corner >= 0 && assembly.bubbles().of[patch.triangleOf[(corner / 3) | 0]] >= 0;
}

/**
 * Mends and measures a closed part.
 *
 * @param isHopeless Whether it is not taken if it goes on crossing itself: then its crossings need not be counted.
 */
function measure(
	assembly: Assembly,
	part: number,
	draft: Draft,
	method: CompletionMethod,
	level: Level | undefined,
	sheet: boolean,
	shares: boolean,
	isHopeless = false,
): Closed {
	const patch = assembly.patchOf(part);
	splitShared(patch, draft, shares ? assembly.mesh : undefined);
	const mended = mendCap(assembly, part, draft, isHopeless);
	const { crossings, given } = mended;
	const strays = mended.strays + (shares ? 0 : countBubbles(assembly, part, draft, mended.strays === 0));
	// What was filled again may have such edges too.
	splitShared(patch, draft, shares ? assembly.mesh : undefined);
	assembly.check();
	const openEdges = countOpenEdges(patch, draft.triangles);
	const folded = foldedShare(patch, draft);
	assembly.check();
	const agreement = level ? agree(patch, draft, level) : 1;
	const merit =
		agreement -
		FOLDED * folded -
		(openEdges > 0 ? OPEN + 0.001 * openEdges : 0) -
		(crossings > 0 ? CROSSING + Math.min(0.1, 0.002 * crossings) : 0) -
		(strays > 0 ? STRAY + Math.min(0.05, 0.002 * strays) : 0);
	return { draft, method, sheet, openEdges, crossings, given, strays, folded, merit };
}

/**
 * Bubbles of the whole that a closed part holds. Those that none of its visible surface is in are cut out of it, if
 * `cuts`, and not counted.
 */
function countBubbles(assembly: Assembly, part: number, draft: Draft, cuts: boolean): number {
	const { list, of } = assembly.bubbles();
	if (list.length === 0) return 0;
	const patch = assembly.patchOf(part);
	const size = longestSide(assembly.wholeBox);
	const box = boxAround(draft.positions);
	const least = LEAST_BUBBLE * Math.abs(volumeOf(patch, draft));
	const cap = draft.triangles.slice();
	const own = new Set<number>();
	for (const t of patch.triangleOf) if (of[t] >= 0) own.add(of[t]);
	let held = 0;
	for (const [number, { at, volume, triangles }] of list.entries()) {
		if (volume <= least || [0, 1, 2].some((k) => at[k] < box[k] || at[k] > box[k + 3])) continue;
		assembly.check();
		const around =
			windingAbove(patch.positions, patch.triangles, at, size) + windingAbove(draft.positions, cap, at, size);
		if (around === 0) continue;
		if (cuts && around === 1 && !own.has(number)) copyTriangles(assembly.mesh, triangles, new Map(), draft);
		else held++;
	}
	return held;
}

/** Bubbles of less than this share of a part's volume may be in it: not every one is worth a hollow. */
const LEAST_BUBBLE = 3e-8;

/** What agreement with the estimate, 0..1, an open part and one that crosses itself must have more to be taken. */
const OPEN = 2;
const CROSSING = 0.5;
const STRAY = 0.3;
const FOLDED = 0.5;

const crossingsOfPatch = new WeakMap<Level, Int32Array>();

/** Intersection over union of the part with the estimate, counted in nodes. */
function agree(patch: Patch, { positions, triangles }: Draft, level: Level): number {
	const { grid, inside } = level;
	let visible = crossingsOfPatch.get(level);
	if (!visible) {
		visible = countCrossings(patch, grid);
		crossingsOfPatch.set(level, visible);
	}
	const ours = sumCrossings(
		countCrossings({ positions: Float32Array.from(positions), triangles }, grid, visible.slice()),
		grid,
	);
	let both = 0;
	let either = 0;
	for (let at = 0; at < inside.length; at++) {
		if (inside[at] && ours[at]) both++;
		if (inside[at] || ours[at]) either++;
	}
	return either > 0 ? both / either : 1;
}

/** The patch and its cap as one surface. */
export function surfaceOf(patch: Patch, draft: Draft) {
	const positions = Float32Array.from(draft.positions);
	// The bits themselves: a number made from them and back is the same for all but odd ones.
	positions.set(patch.positions);
	const triangles = new Uint32Array(patch.triangles.length + draft.triangles.length);
	triangles.set(patch.triangles);
	triangles.set(draft.triangles, patch.triangles.length);
	return { positions, triangles };
}
