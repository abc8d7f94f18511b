/**
 * How good scores are, on regions before boundaries move: the same figures as bench/segment but for those, in seconds
 * instead of minutes. Benchmark models are scored by trees that never saw their super-category, named ones by trees that
 * never saw their pack, assemblies by trees that saw the other five sixths of them; or, by quarter, named models by trees
 * that saw three quarters of them.
 *
 *   node --import tsx --conditions=source training/evaluate.ts --scores r1 [--by quarter] [--half odd|even|all]
 *        [--sets psb,union,named]
 */
import { parseArgs } from 'node:util';
import { applyMerges, mergesAbove, thresholdOf } from '../packages/engine/src/segmentation/cut.ts';
import { mergeRegions } from '../packages/engine/src/segmentation/merge.ts';
import type { PairScore } from '../packages/engine/src/segmentation/score.ts';
import { SEGMENT_DEFAULTS } from '../packages/engine/src/segmentation/segment.ts';
import { REGION_SUMS, Region } from '../packages/engine/src/segmentation/sums.ts';
import { readScores } from './export.ts';
import { type Item, listItems } from './models.ts';
import { LabelledAdjacency, readState, scoreParts } from './state.ts';

/** Sums over the models of a row. */
export type Sums = { models: number; error: number; iou: number; parts: number };

/** Rows are `set copy`; for named models also `named pack 0..3`, all copies together. */
export function evaluate(
	scoreOf: (item: Item) => PairScore,
	half: string,
	sets: readonly string[] = ['psb', 'union', 'named'],
): Map<string, Sums> {
	const { minPartSize } = SEGMENT_DEFAULTS;
	const sums = new Map<string, Sums>();
	for (const item of listItems()) {
		if (item.use === 'train' || !sets.includes(item.set) || (half !== 'all' && halfOf(item) !== half)) continue;
		const state = readState(item);
		// Thin leaves leave nothing when remeshed.
		if (!state || state.regions === 0) continue;
		const areas = Float64Array.from({ length: state.regions }, (_, r) => state.region[r * REGION_SUMS + Region.area]);
		const tree = mergeRegions(new LabelledAdjacency(state), scoreOf(item), () => {});
		const partOf = applyMerges(tree, mergesAbove(tree, areas, minPartSize, thresholdOf(0.5)));
		const { error, iou } = scoreParts(state, partOf);
		const parts = new Set(partOf).size;
		const keys = [`${item.set} ${item.copy}`];
		if (item.set === 'named') keys.push(`named pack ${item.fold}`);
		for (const key of keys) {
			const before = sums.get(key) ?? { models: 0, error: 0, iou: 0, parts: 0 };
			sums.set(key, {
				models: before.models + 1,
				error: before.error + error,
				iou: before.iou + iou,
				parts: before.parts + parts,
			});
		}
	}
	return sums;
}

/** The half that bench/segment counts a model to. Named models are few and have no halves. */
function halfOf({ set, name, place }: Item): string {
	if (set === 'named') return 'odd';
	return Number(set === 'psb' ? name : place) % 2 === 1 ? 'odd' : 'even';
}

if (process.argv[1] === import.meta.filename) {
	const { values } = parseArgs({
		options: {
			scores: { type: 'string', default: 'r1' },
			by: { type: 'string', default: 'fold' },
			half: { type: 'string', default: 'odd' },
			sets: { type: 'string', default: 'psb,union,named' },
		},
	});
	const sums = evaluate(
		readScores(values.scores, values.by as 'fold' | 'quarter'),
		values.half,
		values.sets.split(','),
	);
	console.log('set and copy    models  Rand error  part IoU  parts');
	for (const [key, { models, error, iou, parts }] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
		console.log(
			`${key.padEnd(14)} ${String(models).padStart(6)}  ${(error / models).toFixed(4)}      ${(iou / models).toFixed(3)}     ${(parts / models).toFixed(1)}`,
		);
}
