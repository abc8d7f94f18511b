import type { MergeTree } from './merge.ts';
import type { RegionTable } from './region-table.ts';

/** A region goes with the part that more than this share of it is the mirror image of. */
const MOSTLY = 0.6;
/** Blocks below this share of the smaller of the two parts are the width of a boundary, which is drawn anew anyway. */
const NARROW = 0.1;
/** What lies in the mirror plane stays with one of two images where the odds for it are e^SURE times enough. */
const SURE = 1;
/** Decisions, at most: each settles the regions that it is about. */
const MAX_ROUNDS = 64;

/**
 * Cuts alike what is mirrored. Merging pairs mirrored regions while they are small images of each other, but regions are
 * not: a foot can be whole on the left before it joins the leg, and never be on the right.
 *
 * Each part has an image, the part that most of it falls on when mirrored. A block is what of a part falls elsewhere;
 * blocks come in mirrored pairs, and largest first each pair is decided once for both sides:
 * - a part that is a block as a whole (a foot alone, the other in its leg) joins the image of the part that it falls
 *   on, or the other block becomes a part too, by the mean of the odds at which either was merged;
 * - a block that is its own image, in one of two parts that are images of each other (the slat of a bench with one of its
 *   ends), becomes a part;
 * - any other block and its image go both to the part and image that they cling to more, both sides together.
 * Blocks without an image, as the sword in one hand, stay as they are.
 *
 * Measured with everything held out, together with mirrored merges being one decision (merge.ts, cut.ts): of the surface
 * of symmetric models, the share that lies in a part whose image is by seven tenths one part too. 72 models of the
 * benchmark 97.7 to 99.0 % (96.1 to 99.2 at granularity 0.25, 96.6 to 99.1 at 0.75), 65 assemblies 98.4 to 98.7 %,
 * characters remeshed on 56-104 cells 95.0 to 99.2 %; on the benchmark the Rand error falls from 0.105 to 0.104, on those
 * characters part IoU rises from 0.732 to 0.747. People's own parts reach 97.5 %.
 * Tried instead: regions that are mirrored themselves (seeds in pairs, and pairs kept through Lloyd's rounds). As alike,
 * 99.4 %, but Rand error on the benchmark 0.115 instead of 0.104: birds' wings, of which each is now exactly the other's
 * image, become one part; with seeds in pairs at first only, part IoU 0.680 instead of 0.691 on assemblies (2026-11).
 *
 * @param partOf Part of each region. R.
 * @param isJoined Are these odds (their logarithm) enough for one part?
 * @returns The same, where nothing is symmetric; new parts are numbered behind. R.
 */
export function balanceParts(
	tree: MergeTree,
	table: RegionTable,
	partOf: Uint32Array,
	isJoined: (odds: number) => boolean,
): Uint32Array {
	if (table.images.length === 0) return partOf;
	const result = partOf.slice();
	const settled = new Uint8Array(partOf.length);
	let parts = 0;
	for (const p of partOf) parts = Math.max(parts, p + 1);
	for (let round = 0; round < MAX_ROUNDS; round++) {
		const faces = facePartners(table, result, parts);
		const block = largestBlock(table, result, settled, faces);
		if (!block) break;
		const { p, q, here, there } = block;
		for (const r of here) settled[r] = 1;
		for (const r of there) settled[r] = 1;
		if (p === q) {
			// Between two that are images of each other, and in one of them: a part of its own, unless it surely is that one's.
			if (isJoined(oddsOfJoining(tree, here, (r) => result[r] === p && !here.includes(r)) - SURE)) continue;
			for (const r of here) result[r] = parts;
			parts++;
			continue;
		}
		// What the two would join: the image of the other's part.
		const hereTo = faces.image[q];
		const thereTo = faces.image[p];
		const move = (regions: readonly number[], to: number): void => {
			for (const r of regions) result[r] = to;
		};
		if (thereTo === q || hereTo === p) {
			// One of the two is a part as a whole; the other is in a larger one.
			const [small, smallTo, inside, outer] = thereTo === q ? [here, hereTo, there, q] : [there, thereTo, here, p];
			if (smallTo < 0) continue;
			const odds =
				(oddsOfJoining(tree, small, (r) => result[r] === smallTo) +
					oddsOfJoining(tree, inside, (r) => result[r] === outer && !inside.includes(r))) /
				2;
			if (isJoined(odds)) move(small, smallTo);
			else move(inside, parts++);
			continue;
		}
		if (hereTo < 0 || thereTo < 0) continue;
		const stay = clingOf(table, result, here, p) + clingOf(table, result, there, thereTo);
		const go = clingOf(table, result, here, hereTo) + clingOf(table, result, there, q);
		if (stay >= go && clingOf(table, result, there, thereTo) > 0) move(there, thereTo);
		else if (clingOf(table, result, here, hereTo) > 0) move(here, hereTo);
	}
	return result;
}

type Faces = {
	/** Part that most of each part falls on when mirrored; -1 where most of it has no image. */
	readonly image: Int32Array;
	/** Part that most of each region falls on; -1 where there is none. R. */
	readonly facing: Int32Array;
};

function facePartners({ images, area }: RegionTable, partOf: Uint32Array, parts: number): Faces {
	const falls: Map<number, number>[] = Array.from(partOf, () => new Map());
	const add = (r: number, q: number, share: number): void => void falls[r].set(q, (falls[r].get(q) ?? 0) + share);
	for (const image of images) {
		add(image.a, partOf[image.b], image.area);
		if (image.a !== image.b) add(image.b, partOf[image.a], image.area);
	}
	const byPart: Map<number, number>[] = Array.from({ length: parts }, () => new Map());
	const facing = new Int32Array(partOf.length).fill(-1);
	for (let r = 0; r < partOf.length; r++)
		for (const [q, share] of falls[r]) {
			if (share > MOSTLY * area[r]) facing[r] = q;
			const row = byPart[partOf[r]];
			row.set(q, (row.get(q) ?? 0) + share);
		}
	const image = Int32Array.from(byPart, (row) => {
		let best = -1;
		for (const [q, share] of row) if (best < 0 || share > row.get(best)!) best = q;
		return best;
	});
	return { image, facing };
}

type Block = { readonly p: number; readonly q: number; readonly here: number[]; readonly there: number[] };

/** The largest two blocks that are images of each other and not where the images of their parts are. */
function largestBlock(
	{ area }: RegionTable,
	partOf: Uint32Array,
	settled: Uint8Array,
	{ image, facing }: Faces,
): Block | undefined {
	const whole = new Float64Array(image.length);
	for (let r = 0; r < partOf.length; r++) whole[partOf[r]] += area[r];
	const size = new Map<number, number>();
	for (let r = 0; r < partOf.length; r++) {
		const q = facing[r];
		const p = partOf[r];
		if (q < 0 || settled[r]) continue;
		// One that is its own image stays in a part that is, or that has none.
		const isMiddle = q === p && image[p] !== p && image[image[p]] === p;
		if (q === p ? !isMiddle : image[p] === q && image[q] === p) continue;
		const key = Math.min(p, q) * 2 ** 26 + Math.max(p, q);
		// Both blocks are in what is summed up, or one that is its own image, twice.
		size.set(key, (size.get(key) ?? 0) + (p === q ? 2 : 1) * area[r]);
	}
	let best = -1;
	for (const [key, share] of size) {
		// Both blocks are in `share`.
		if (share < 2 * NARROW * Math.min(whole[Math.floor(key / 2 ** 26)], whole[key % 2 ** 26])) continue;
		if (best < 0 || share > size.get(best)!) best = key;
	}
	if (best < 0) return undefined;
	const p = Math.floor(best / 2 ** 26);
	const q = best % 2 ** 26;
	const between = (from: number, to: number): number[] =>
		Array.from(partOf.keys()).filter((r) => partOf[r] === from && facing[r] === to && !settled[r]);
	return { p, q, here: between(p, q), there: between(q, p) };
}

/** How strongly regions cling to the other regions of a part. */
function clingOf(table: RegionTable, partOf: Uint32Array, regions: readonly number[], part: number): number {
	const inside = new Set(regions);
	let sum = 0;
	for (let s = 0; s < table.cling.length; s++) {
		const a = inside.has(table.seamA[s]);
		if (a === inside.has(table.seamB[s])) continue;
		if (partOf[a ? table.seamB[s] : table.seamA[s]] === part) sum += table.cling[s];
	}
	return sum;
}

/** Mean over the regions of the logarithm of the odds at which the tree put each together with any of the others. */
function oddsOfJoining(
	{ regions, left, right, score }: MergeTree,
	of: readonly number[],
	isOther: (r: number) => boolean,
): number {
	const holdsOther = new Uint8Array(regions + left.length);
	for (let r = 0; r < regions; r++) if (isOther(r)) holdsOther[r] = 1;
	const parent = new Int32Array(regions + left.length).fill(-1);
	for (let k = 0; k < left.length; k++) {
		parent[left[k]] = parent[right[k]] = k;
		holdsOther[regions + k] = holdsOther[left[k]] | holdsOther[right[k]];
	}
	let sum = 0;
	for (const r of of) {
		let node = r;
		while (parent[node] >= 0 && !holdsOther[node]) node = regions + parent[node];
		const p = node < regions || !holdsOther[node] ? 0 : score[node - regions];
		const bounded = Math.min(1 - 1e-9, Math.max(1e-9, p));
		sum += Math.log(bounded / (1 - bounded));
	}
	return sum / Math.max(1, of.length);
}
