import type { Assembly } from './assembly.ts';
import { boxAround, longestSide } from './box.ts';
import { type Draft, newDraft } from './cap.ts';
import { agree, type Closed, CROSSING, hasFaults, judgeCap } from './judge.ts';
import { type Level, measureLevel } from './level.ts';
import type { Patch } from './patch.ts';
import { isSheet, thicken } from './sheet.ts';
import { shell } from './shell.ts';
import { softenLevel } from './soften.ts';
import type { HiddenOdds } from './trees.ts';
import { volumeOf } from './verify.ts';
import { waysToClose } from './ways.ts';

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
	if (patch.loops.length === 0)
		return judgeCap(assembly, part, newDraft(patch), { method: 'whole', level: undefined, shares: false });
	if (isSheet(seen, part)) return closeSheet(assembly, part, options);
	const level = options.method === 'full' ? measureLevel(assembly, part, RESOLUTION, seen, options.odds) : undefined;
	const wanted = level && softenLevel(assembly, part, level);
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
	const tried: Draft[] = [];
	for (const way of waysToClose(patch, assembly, part, wanted, shares)) {
		if (best && way.isNeeded && !way.isNeeded(best)) continue;
		assembly.check();
		const draft = newDraft(patch);
		if (best && wanted && way.sketch) {
			const sketch = newDraft(patch);
			way.sketch(sketch);
			if (agree(patch, sketch, wanted) + ROUNDED < best.merit) continue;
		}
		if (way.close(draft) === false) continue;
		if (!way.after && tried.some((other) => isSame(other, draft))) continue;
		tried.push({ positions: draft.positions.slice(), triangles: draft.triangles.slice() });
		const bonus = way.bonus ?? 0;
		const most = best && wanted ? agree(patch, draft, wanted) + MENDED + bonus : Infinity;
		if (best && most < best.merit) continue;
		const isHopeless = best !== undefined && most - CROSSING < best.merit;
		const measured = judgeCap(assembly, part, draft, {
			method: way.method,
			level: wanted,
			shares,
			isHopeless,
			after: way.after,
		});
		const candidate = bonus ? { ...measured, merit: measured.merit + bonus } : measured;
		if (!best || candidate.merit > best.merit) best = candidate;
		if (way.isCertain && !hasFaults(candidate)) return candidate;
		advance(0.7);
	}
	if (wanted && best!.merit < LOST) {
		const thin = closeShell(assembly, part, wanted, shares);
		if (thin && thin.merit - THIN > best!.merit) return thin;
	}
	return best!;
}

/** Whether two ways to close a part came to the same. */
function isSame(a: Draft, b: Draft): boolean {
	if (a.triangles.length !== b.triangles.length || a.positions.length !== b.positions.length) return false;
	return a.triangles.every((v, c) => v === b.triangles[c]) && a.positions.every((x, i) => x === b.positions[i]);
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
	return judgeCap(assembly, part, draft, { method: 'slab', level: undefined, sheet: true, shares: false });
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
		const closed = judgeCap(assembly, part, draft, { method: 'slab', level: wanted, shares });
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

/** A part with less than this share of the cube of its size is a sheet. */
const FLAT = 1e-9;

function enclosesNothing(patch: Patch, draft: Draft): boolean {
	return Math.abs(volumeOf(patch, draft)) <= FLAT * longestSide(boxAround(patch.positions)) ** 3;
}
