/**
 * Makes one score of two: their trees together, each with its share of the say, so that the logarithm of the odds is the
 * weighted mean.
 *
 *   node --import tsx --conditions=source training/blend.ts --first r1 --second c2 --out s1
 *
 * Blends NAME.json and NAME-k.json of both, in .cache/training/models.
 *
 * People's labels and artists' parts disagree about how fine parts are, and one fit of both comes out between them with
 * the errors of each. On odd halves, everything held out, shares of 1, 0.6 and 0.5 for the trees that saw all (the others
 * saw no people's labels) give Rand errors of 0.102, 0.109 and 0.112 on the benchmark, 0.117, 0.125 and 0.128 with noise,
 * part IoU of 0.698, 0.713 and 0.720 on assemblies; on named models whose pack, and whose like, they had not seen 0.729,
 * 0.763, 0.793 and 0.793, 0.831, 0.837 remeshed finely, 0.634, 0.672, 0.657 and 0.669, 0.760, 0.766 coarsely (2026-11).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ScoreModel } from '../packages/engine/src/segmentation/learned-score.ts';
import { CACHE } from './models.ts';

/** Say of the first score. */
const SHARE = 0.6;
const LEAF = 255;

export function blend(first: ScoreModel, second: ScoreModel): ScoreModel {
	if (first.features.join() !== second.features.join()) throw new Error('the two ask for different numbers');
	const thresholds = first.thresholds.map((list, f) =>
		[...new Set([...list, ...second.thresholds[f]])].sort((a, b) => a - b),
	);
	// Leaves of the first stay the numbers that they are.
	const leafUnit = SHARE * first.leafUnit;
	const nodes = [read(first, thresholds, 1), read(second, thresholds, ((1 - SHARE) * second.leafUnit) / leafUnit)];
	const value = Buffer.concat(nodes.map((part) => part.value));
	return {
		...first,
		bias: SHARE * first.bias + (1 - SHARE) * second.bias,
		leafUnit,
		trees: first.trees + second.trees,
		thresholds,
		feature: Buffer.concat(nodes.map((part) => part.feature)).toString('base64'),
		value: value.toString('base64'),
	};

	/** Nodes with places among the common thresholds, and leaves times `scale`. */
	function read(model: ScoreModel, common: readonly (readonly number[])[], scale: number) {
		const feature = Buffer.from(model.feature, 'base64');
		const value = Buffer.from(model.value, 'base64');
		for (let n = 0; n < feature.length; n++) {
			const code = value.readInt16LE(2 * n);
			const f = feature[n];
			const changed = f === LEAF ? Math.round(code * scale) : common[f].indexOf(model.thresholds[f][code]);
			value.writeInt16LE(changed, 2 * n);
		}
		return { feature, value };
	}
}

if (process.argv[1] === import.meta.filename) {
	const { values } = parseArgs({
		options: { first: { type: 'string' }, second: { type: 'string' }, out: { type: 'string' } },
	});
	for (const fold of ['', '-0', '-1', '-2', '-3', '-4', '-5']) {
		const file = (name: string | undefined): string => join(CACHE, 'models', `${name}${fold}.json`);
		if (!existsSync(file(values.first)) || !existsSync(file(values.second))) continue;
		const [first, second] = [values.first, values.second].map(
			(name) => JSON.parse(readFileSync(file(name), 'utf8')) as ScoreModel,
		);
		writeFileSync(file(values.out), JSON.stringify(blend(first, second)));
	}
}
