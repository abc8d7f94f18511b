/**
 * Rolls out merges and writes what was seen: for each pair of regions its features, the probability that people put a
 * face of the one and a face of the other into one segment, and a weight.
 *
 *   node --import tsx --conditions=source training/export.ts --policies curves,oracle,model --models NAME --out NAME
 *        [--sets psb,union]
 *
 * What a score meets when it merges by itself depends on its own mistakes: so merges are rolled out by three policies,
 * the last by the trees of the round before, each model by trees that never saw its super-category.
 * Ross, Gordon, Bagnell. A reduction of imitation learning to no-regret online learning (DAgger). 2011.
 */
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { random } from '../packages/engine/src/math/random.ts';
import { readScore, type ScoreModel } from '../packages/engine/src/segmentation/learned-score.ts';
import { mergeRegions } from '../packages/engine/src/segmentation/merge.ts';
import { PAIR_FEATURES } from '../packages/engine/src/segmentation/pair-features.ts';
import { type PairScore, scoreByCurves } from '../packages/engine/src/segmentation/score.ts';
import { CACHE, FOLD_COUNT, listItems } from './models.ts';
import { LabelledAdjacency, readState, type State } from './state.ts';

/** Columns after the features. */
const EXTRA = ['target', 'weight', 'fold', 'item'] as const;
const WIDTH = PAIR_FEATURES.length + EXTRA.length;
/** Pairs kept of each roll-out, about; the first pairs, many and alike, count as one in EARLY. */
const KEPT = 450;
const EARLY = 4;
/** Standard deviation of the noise on the oracle's log-odds. */
const ORACLE_NOISE = 1.5;

const idle = (): void => {};

export function rollOut(state: State, policy: (adjacency: LabelledAdjacency) => SeamScore, seed: number): Float32Array {
	const draw = random(seed);
	const rows: number[] = [];
	const adjacency = new LabelledAdjacency(state);
	const score = policy(adjacency);
	// About how many pairs will be met, from what is met at first: each merge meets the merged region's again.
	const keep = Math.min(1, KEPT / (state.seamA.length / EARLY + 6 * state.regions));
	let seam = 0;
	mergeRegions(
		adjacency,
		(pair) => score(seam, pair),
		idle,
		(s, pair) => {
			seam = s;
			if (draw() > (adjacency.merges === 0 ? keep / EARLY : keep)) return;
			const a = adjacency.seamA[s];
			const b = adjacency.seamB[s];
			const product = adjacency.faces[a] * adjacency.faces[b];
			if (product === 0) return;
			for (const x of pair) rows.push(x);
			rows.push(adjacency.agreement(a, b), Math.sqrt(product) / state.faces, state.item.fold, 0);
		},
	);
	return Float32Array.from(rows);
}

type SeamScore = (seam: number, pair: Float64Array) => number;
const byScore = (score: PairScore) => (): SeamScore => (_, pair) => score(pair);
const byOracle =
	(seed: number) =>
	(adjacency: LabelledAdjacency): SeamScore => {
		const draw = random(seed);
		return (s) => {
			const p = Math.min(0.99, Math.max(0.01, adjacency.agreement(adjacency.seamA[s], adjacency.seamB[s])));
			const noise = Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
			return 1 / (1 + Math.exp(-Math.log(p / (1 - p)) - ORACLE_NOISE * noise));
		};
	};

/** `NAME.json` for models without a fold and `NAME-fold.json` for each fold. */
export function readScores(name: string): (fold: number) => PairScore {
	const read = (file: string): PairScore | undefined =>
		existsSync(file) ? readScore(JSON.parse(readFileSync(file, 'utf8')) as ScoreModel) : undefined;
	const whole = read(join(CACHE, 'models', `${name}.json`));
	const folds = Array.from({ length: FOLD_COUNT }, (_, f) => read(join(CACHE, 'models', `${name}-${f}.json`)));
	return (fold) => {
		// A score fitted without any benchmark model has no folds.
		const score = fold < 0 ? whole : (folds[fold] ?? (folds.every((other) => !other) ? whole : undefined));
		if (!score) throw new Error(`no model ${name} for fold ${fold}`);
		return score;
	};
}

function main(): void {
	const { values } = parseArgs({
		options: {
			policies: { type: 'string', default: 'curves,oracle' },
			models: { type: 'string', default: '' },
			out: { type: 'string' },
			sets: { type: 'string', default: 'psb,union' },
		},
	});
	const scores = values.models ? readScores(values.models) : undefined;
	const file = openSync(join(CACHE, `${values.out}.f32`), 'w');
	let rows = 0;
	for (const [i, item] of listItems().entries()) {
		if (item.use === 'test' || !values.sets.split(',').includes(item.set)) continue;
		const state = readState(item);
		if (!state) continue;
		for (const [j, policy] of values.policies.split(',').entries()) {
			const seed = 10 * i + j + 1;
			const play =
				policy === 'curves'
					? byScore(scoreByCurves)
					: policy === 'oracle'
						? byOracle(seed)
						: byScore(scores!(item.fold));
			const samples = rollOut(state, play, seed);
			for (let o = WIDTH - 1; o < samples.length; o += WIDTH) samples[o] = i;
			writeSync(file, samples);
			rows += samples.length / WIDTH;
		}
	}
	console.log(`${rows} rows of ${WIDTH}`);
}

if (process.argv[1] === import.meta.filename) main();
