/**
 * How good scores are, on regions before boundaries move: the same figures as bench/segment but for those, in seconds
 * instead of minutes, at several thresholds. Benchmark models are scored by trees that never saw their super-category.
 *
 *   node --import tsx --conditions=source training/evaluate.ts [--scores curves,NAME] [--half odd|all]
 */
import { parseArgs } from 'node:util';
import { applyMerges, mergesAbove } from '../packages/engine/src/segmentation/cut.ts';
import { mergeRegions } from '../packages/engine/src/segmentation/merge.ts';
import { type PairScore, scoreByCurves } from '../packages/engine/src/segmentation/score.ts';
import { readScores } from './export.ts';
import { type Item, listItems } from './models.ts';
import { LabelledAdjacency, readState, scoreParts } from './state.ts';

const THRESHOLDS = [0.4, 0.5, 0.6];

type Sums = { models: number; error: number; iou: number; parts: number };

export function evaluate(scoreOf: (fold: number) => PairScore, half: string): Map<string, Sums> {
	const sums = new Map<string, Sums>();
	for (const item of listItems()) {
		if (item.use === 'train' || (half === 'odd' && !isOdd(item))) continue;
		const state = readState(item);
		if (!state) continue;
		const tree = mergeRegions(new LabelledAdjacency(state), scoreOf(item.fold), () => {});
		for (const threshold of THRESHOLDS) {
			const partOf = applyMerges(tree, mergesAbove(tree, threshold));
			const { error, iou } = scoreParts(state, partOf);
			const parts = new Set(partOf).size;
			const rows =
				item.set === 'psb' && threshold === 0.5 ? [item.copy, `${item.copy} group ${item.fold}`] : [item.copy];
			for (const row of rows) {
				const key = `${item.set} ${row} @${threshold}`;
				const before = sums.get(key) ?? { models: 0, error: 0, iou: 0, parts: 0 };
				sums.set(key, {
					models: before.models + 1,
					error: before.error + error,
					iou: before.iou + iou,
					parts: before.parts + parts,
				});
			}
		}
	}
	return sums;
}

/** The half on which bench/segment reports: odd ids, every other assembly, all named models. */
const isOdd = (item: Item): boolean =>
	item.set === 'named' || Number(item.set === 'psb' ? item.name : item.key.split('-')[2]) % 2 === 1;

if (process.argv[1] === import.meta.filename) {
	const { values } = parseArgs({
		options: { scores: { type: 'string', default: 'curves' }, half: { type: 'string', default: 'all' } },
	});
	console.log('score  set                       models  Rand error  part IoU  parts');
	for (const name of values.scores.split(',')) {
		const sums = evaluate(name === 'curves' ? () => scoreByCurves : readScores(name), values.half);
		for (const [key, { models, error, iou, parts }] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
			console.log(
				`${name.padEnd(6)} ${key.padEnd(25)} ${String(models).padStart(6)}  ${(error / models).toFixed(4)}      ${(iou / models).toFixed(3)}     ${(parts / models).toFixed(1)}`,
			);
	}
}
