import { UnionFind } from '../math/union-find.ts';
import { balanceParts } from './balance.ts';
import type { MergeTree } from './merge.ts';
import type { RegionTable } from './region-table.ts';
import { joinSkins } from './skins.ts';
import { countParts, tidyParts } from './tidy.ts';

/** How many parts: a number of them, or how sure the score must be that two regions are one part. */
export type CutOptions = {
	/** Wanted number of parts; undefined for as many as the granularity gives. */
	readonly parts: number | undefined;
	/** 0 (few, large parts) to 1 (many). */
	readonly granularity: number;
	/** Parts with a smaller share of the model's area join a neighbour, 0..1. */
	readonly minPartSize: number;
	/** Never more parts than this. */
	readonly maxParts: number;
};

/** Score at which merging stops, for a granularity 0..1: one half in the middle, where a wrong and a right merge weigh alike. */
export const thresholdOf = (granularity: number): number => 0.2 + 0.6 * granularity;

/**
 * People give crowded models fewer parts than each pair for itself would suggest: the logarithm of the odds at which
 * merging stops rises by CROWDING for each factor e of parts above USUAL, and falls below it; by CROWD more above MANY,
 * and by SPARSE more below FEW. On even halves, everything held out, CROWDING 0.6 at USUAL 10 with CROWD 2 and 0.4 at 8
 * with 4 give Rand errors of 0.098 and 0.099 on the benchmark, with noise 0.113 and 0.110, part IoU of 0.673 and 0.676 on
 * assemblies, at 10.9 and 10.5 parts; the first leaves one of a bench's four feet alone. An offset of the odds learned for
 * each model from what it is like and from the number of parts at several thresholds gives less on assemblies and the
 * benchmark (0.669 and 0.114 instead of 0.678 and 0.104). Without SPARSE a street lamp is two parts.
 *
 * USUAL 6 instead of 8, after mirrored cuts and loose pieces were settled, even halves: Rand error 0.104 to 0.106, with
 * noise 0.103 to 0.107, remeshed 0.116 as before; part IoU on assemblies 0.670 to 0.671, their Rand error 0.141 to 0.138;
 * named models as the file has them and remeshed three ways, mean, 0.796 at 5.8 parts to 0.802 at 5.6 with three quarters
 * seen, 0.743 at 6.5 to 0.753 at 6.3 with the pack held out. 7 gives half of it. MANY 10, 12, 14 lower assemblies to 0.651,
 * 0.660, 0.663; CROWDING 0.2 and 0.6, FEW 3 to 6, SPARSE 0.5 to 2 change nothing by more than 0.003 (2026-11).
 *
 * Crumbs crowd nothing: what is below the smallest size joins a neighbour in the end, and four loose ones in a figure's hair
 * cost it an arm. Counting each for its share of that size, with USUAL 5 and MANY 14 so that there are as many parts as
 * before, on even halves, everything held out, before tidying: part IoU on assemblies 0.683 to 0.687, on named models as the
 * file has them, remeshed finely, decimated, coarsely 0.809, 0.814, 0.748, 0.764 to 0.811, 0.825, 0.758, 0.764; Rand error
 * 0.105 to 0.106. With MANY 12 assemblies fall to 0.678; counted against a hundredth of the model instead, no better
 * (2026-11).
 */
const CROWDING = 0.4;
const USUAL = 5;
const CROWD = 4;
const MANY = 14;
const SPARSE = 1;
const FEW = 4;
const crowding = (parts: number): number =>
	CROWDING * Math.log(parts / USUAL) +
	CROWD * Math.log(Math.max(1, parts / MANY)) +
	SPARSE * Math.log(Math.min(1, parts / FEW));

const leastOdds = (threshold: number): number => Math.log(threshold / (1 - threshold));

/** How many times smaller than it is a loose piece of a collage counts (see tidy.ts): 5 at 0.5, 1 where all is wanted. */
const loosenessOf = (granularity: number): number => 1 + 8 * (1 - granularity);

/**
 * Number of merges before the first one that is not sure enough.
 *
 * @param area Of each region, in any unit. R.
 * @param minPartSize What is smaller, as a share of all, counts for so much less of a part: it will join a neighbour.
 */
export function mergesAbove(
	{ regions, left, right, score }: MergeTree,
	area: ArrayLike<number>,
	minPartSize: number,
	threshold: number,
): number {
	const least = leastOdds(threshold);
	const size = new Float64Array(regions + score.length);
	let whole = 0;
	for (let r = 0; r < regions; r++) {
		size[r] = area[r];
		whole += minPartSize * area[r];
	}
	const weigh = (node: number): number => (size[node] >= whole ? 1 : size[node] / whole);
	let parts = 0;
	for (let r = 0; r < regions; r++) parts += weigh(r);
	let merges = 0;
	while (merges < score.length) {
		// Two merges that were scored alike are mirror images: one decision, by the number of parts before the last.
		const step = score[merges] === score[merges + 1] ? 2 : 1;
		let before = parts;
		let after = parts;
		for (let k = merges; k < merges + step; k++) {
			before = after;
			size[regions + k] = size[left[k]] + size[right[k]];
			after += weigh(regions + k) - weigh(left[k]) - weigh(right[k]);
		}
		const p = Math.min(1 - 1e-9, Math.max(1e-9, score[merges]));
		if (Math.log(p / (1 - p)) + crowding(Math.max(1, before)) <= least) break;
		parts = after;
		merges += step;
	}
	return merges;
}

/** Part of each region, numbered by first region. R. */
export function cutTree(tree: MergeTree, table: RegionTable, options: CutOptions): Uint32Array {
	const { parts, minPartSize, maxParts } = options;
	if (parts !== undefined) return cutInto(tree, table, Math.min(parts, maxParts), minPartSize);
	const threshold = thresholdOf(options.granularity);
	const tidy = (divided: Uint32Array): Uint32Array =>
		tidyParts(table, divided, minPartSize, maxParts, loosenessOf(options.granularity));
	const rough = tidy(applyMerges(tree, mergesAbove(tree, table.area, minPartSize, threshold)));
	const joined = joinSkins(table, rough);
	const partOf = joined === rough ? rough : tidy(joined);
	const count = countParts(table, partOf);
	const balanced = balanceParts(tree, table, partOf, (odds) => odds + crowding(count) > leastOdds(threshold));
	return balanced === partOf ? partOf : tidy(balanced);
}

/**
 * The cut that leaves `parts` parts after tidying, or the nearest number that the surface allows. Tidying takes small
 * ones away, so that as many merges are taken back as parts are missing, until nothing is gained.
 */
function cutInto(tree: MergeTree, table: RegionTable, parts: number, minPartSize: number): Uint32Array {
	let merges = Math.min(tree.score.length, Math.max(0, tree.regions - parts));
	for (let smallest = minPartSize; ; smallest = 0) {
		for (let tried = merges; tried >= 0; ) {
			const partOf = tidyParts(table, applyMerges(tree, tried), smallest, parts);
			const missing = parts - countParts(table, partOf);
			if (missing <= 0 || (tried === 0 && smallest === 0)) return partOf;
			if (tried === 0) break;
			tried = Math.max(0, tried - missing);
		}
		merges = Math.max(0, tree.regions - parts);
	}
}

/** Part of each region after the first `merges` merges, numbered by first region. R. */
export function applyMerges(tree: MergeTree, merges: number): Uint32Array {
	const { regions, left, right } = tree;
	const sets = new UnionFind(regions);
	// A region that stands for each node.
	const member = new Uint32Array(regions + merges);
	for (let r = 0; r < regions; r++) member[r] = r;
	for (let k = 0; k < merges; k++) {
		member[regions + k] = member[left[k]];
		sets.union(member[left[k]], member[right[k]]);
	}
	const partOf = new Uint32Array(regions);
	let parts = 0;
	for (let r = 0; r < regions; r++) {
		const first = sets.find(r);
		partOf[r] = first === r ? parts++ : partOf[first];
	}
	return partOf;
}
