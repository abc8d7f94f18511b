import type { Assembly } from './assembly.ts';
import { boxAround, longestSide } from './box.ts';
import { copyTriangles } from './bubbles.ts';
import type { Draft } from './cap.ts';
import { windingAbove } from './columns.ts';
import { countCrossings, sumCrossings } from './inside.ts';
import type { Level } from './level.ts';
import { mendCap } from './mend.ts';
import type { Patch } from './patch.ts';
import { splitShared } from './split.ts';
import { countTurned } from './turned.ts';
import { countOpenEdges, foldedShare, volumeOf } from './verify.ts';

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

/** How a part was closed, and what is asked of it. */
type How = {
	readonly method: CompletionMethod;
	/** The estimate; a part agrees with none that is absent. */
	readonly level: Level | undefined;
	readonly sheet?: boolean;
	/** Whether neighbours take the cap over. */
	readonly shares: boolean;
	/** Whether it is not taken if it goes on crossing itself: then its crossings need not be counted. */
	readonly isHopeless?: boolean;
	/** Adds what is not mended. */
	readonly after?: ((draft: Draft) => void) | undefined;
};

/**
 * Mends the cap of a part and says what the part is worth: what it agrees with the estimate, less what it falls short in.
 */
export function judgeCap(
	assembly: Assembly,
	part: number,
	draft: Draft,
	{ method, level, sheet = false, shares, isHopeless = false, after }: How,
): Closed {
	const patch = assembly.patchOf(part);
	splitShared(patch, draft, shares ? assembly.mesh : undefined);
	const mended = mendCap(assembly, part, draft, isHopeless);
	const { given } = mended;
	let { crossings, strays } = mended;
	if (after) {
		after(draft);
		const { own, leaving } = assembly.obstaclesOf(part).find(draft);
		crossings = own.length / 2;
		strays += leaving.length / 2;
	}
	if (!shares) strays += countBubbles(assembly, part, draft, strays === 0);
	strays += countTurned(patch, draft, longestSide(assembly.wholeBox));
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
export const CROSSING = 0.5;
const STRAY = 0.3;
const FOLDED = 0.5;

const crossingsOfPatch = new WeakMap<Level, Int32Array>();

/** Intersection over union of the part with the estimate, counted in nodes. */
export function agree(patch: Patch, { positions, triangles }: Draft, level: Level): number {
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

/** Whether a part is open, crosses itself or leaves the whole. */
export const hasFaults = ({ openEdges, crossings, strays }: Closed): boolean => openEdges + crossings + strays > 0;
