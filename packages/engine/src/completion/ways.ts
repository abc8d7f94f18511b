import type { Assembly } from './assembly.ts';
import { lineHollows } from './bubbles.ts';
import { capBridged, capFair, capFan, capFlat, capNested, type Draft, newDraft } from './cap.ts';
import { type Closed, type CompletionMethod, hasFaults } from './judge.ts';
import type { Level } from './level.ts';
import { nestLoops } from './nest.ts';
import type { Patch } from './patch.ts';
import { findPlugs, type Plug } from './plug.ts';
import { seamOf } from './seam.ts';
import { isFlat, pairSeams, zipPlugs, zipSeams } from './zipper.ts';

/** A way to close a part. `close` answers false where it has nothing to offer. */
export type Way = {
	readonly method: CompletionMethod;
	readonly close: (draft: Draft) => unknown;
	/** What is added when the cap is mended. */
	readonly after?: (draft: Draft) => void;
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

/** All ways to close a part, then, where it has loops in bubbles, the same with those lined. */
export function waysToClose(
	patch: Patch,
	assembly: Assembly,
	part: number,
	level: Level | undefined,
	shares: boolean,
): Way[] {
	const ways = plainWays(patch, assembly, part, level);
	const lining = newDraft(patch);
	// Neighbours would get the lining of a bubble as a layer of no thickness.
	const lined = shares ? new Set() : lineHollows(assembly.mesh, assembly.bubbles(), patch, lining);
	if (lined.size === 0) return ways;
	const rest: Patch = { ...patch, loops: patch.loops.filter((_, loop) => !lined.has(loop)) };
	const withLining = plainWays(rest, assembly, part, level).map((way) => ({
		...way,
		close: (draft: Draft) => {
			for (let i = draft.positions.length; i < lining.positions.length; i++) draft.positions.push(lining.positions[i]);
			for (const v of lining.triangles) draft.triangles.push(v);
			return way.close(draft);
		},
		isNeeded: (best: Closed) => hasFaults(best) && (!way.isNeeded || way.isNeeded(best)),
	}));
	// Of a hollow that two parts share each has its own side: with a lid that is a cavity of it.
	const lids = patch.loops.filter((_, loop) => lined.has(loop));
	const withLids = plainWays(rest, assembly, part, level).map((way) => ({
		...way,
		after: (draft: Draft) => capFlat(patch, draft, lids, assembly.check),
		isNeeded: (best: Closed) => hasFaults(best) && (!way.isNeeded || way.isNeeded(best)),
	}));
	return [...ways, ...withLining, ...withLids];
}

function plainWays(patch: Patch, assembly: Assembly, part: number, level: Level | undefined): Way[] {
	const { loops } = patch;
	const nests = nestLoops(patch);
	// Where two parts lie on each other with a hollow between, the surface goes on from the hollow to the seam.
	const isCertain =
		nests.length > 0 && nests.every(([, ...inner]) => inner.every((loop) => isInBubble(assembly, patch, loop)));
	const nested: Way = {
		method: 'flat',
		close: (draft) => capNested(patch, draft, nests, assembly.check),
		isCertain,
	};
	const caps: Way[] = [
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
	const zipped: Way = {
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
