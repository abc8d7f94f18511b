/**
 * Rolls out merges and writes what was seen: for each pair of regions its features, the probability that people put a
 * face of the one and a face of the other into one segment, and a weight.
 *
 *   node --import tsx --conditions=source training/export.ts --policies creases,oracle,model --models NAME --out NAME
 *        [--cc0] [--first]
 *
 * What a score meets when it merges by itself depends on its own mistakes: so merges are rolled out by three policies,
 * the last by the trees of the round before, each model by trees that never saw its super-category.
 * `--first` leaves out what is drawn again (models.ts): enough for the trees that only lead the next round.
 * Ross, Gordon, Bagnell. A reduction of imitation learning to no-regret online learning (DAgger). 2011.
 */
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { random } from '../packages/engine/src/math/random.ts';
import { readScore, type ScoreModel } from '../packages/engine/src/segmentation/learned-score.ts';
import { mergeRegions } from '../packages/engine/src/segmentation/merge.ts';
import { PAIR_FEATURES } from '../packages/engine/src/segmentation/pair-features.ts';
import type { PairScore } from '../packages/engine/src/segmentation/score.ts';
import { CACHE, FOLD_COUNT, type Item, listItems } from './models.ts';
import { LabelledAdjacency, readState, type State } from './state.ts';

/** Columns after the features. */
const EXTRA = ['target', 'weight', 'set', 'fold', 'place', 'item'] as const;
const SETS = ['psb', 'union', 'named'] as const;
const WIDTH = PAIR_FEATURES.length + EXTRA.length;
/** Pairs kept of each roll-out, about; the first pairs, many and alike, count as one in EARLY. */
const KEPT = 300;
const EARLY = 4;
/** Standard deviation of the noise on the oracle's log-odds. */
const ORACLE_NOISE = 1.5;

const idle = (): void => {};

export function rollOut(
	{ set, fold, place }: Item,
	state: State,
	policy: (adjacency: LabelledAdjacency) => PairScore,
	seed: number,
): Float32Array {
	const draw = random(seed);
	const rows: number[] = [];
	const adjacency = new LabelledAdjacency(state);
	const score = policy(adjacency);
	// About how many pairs will be met, from what is met at first: each merge meets the merged region's again.
	const keep = Math.min(1, KEPT / (state.seamA.length / EARLY + 6 * state.regions));
	mergeRegions(adjacency, score, idle, (s, pair) => {
		if (draw() > (adjacency.merges === 0 ? keep / EARLY : keep)) return;
		const a = adjacency.seamA[s];
		const b = adjacency.seamB[s];
		const product = adjacency.faces[a] * adjacency.faces[b];
		if (product === 0) return;
		for (const x of pair) rows.push(x);
		rows.push(adjacency.agreement(a, b), Math.sqrt(product) / state.faces, SETS.indexOf(set), fold, place, 0);
	});
	return Float32Array.from(rows);
}

/** A first guess: borders are where the surface turns inward, and small regions join first. */
const CONCAVE = PAIR_FEATURES.indexOf('concaveCoarse');
const SMALL = PAIR_FEATURES.indexOf('smallArea');
const byCreases: PairScore = (pair) => 1 / (1 + Math.exp(3 * pair[CONCAVE] + 0.6 * (pair[SMALL] + 3)));
const byOracle =
	(seed: number) =>
	(adjacency: LabelledAdjacency): PairScore => {
		const draw = random(seed);
		return (_, s) => {
			const p = Math.min(0.99, Math.max(0.01, adjacency.agreement(adjacency.seamA[s], adjacency.seamB[s])));
			const noise = Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
			return 1 / (1 + Math.exp(-Math.log(p / (1 - p)) - ORACLE_NOISE * noise));
		};
	};

/**
 * The score of `NAME.json` for models that are in no fold, of `NAME-k.json` for those of fold k where that was fitted
 * (what never saw the benchmark at all has no fold of it). By `quarter`: `NAME-q.json` for the models q, q + 4 ...
 */
export function readScores(name: string, by: 'fold' | 'quarter' = 'fold'): (item: Item) => PairScore {
	const read = (file: string): PairScore | undefined =>
		existsSync(file) ? readScore(JSON.parse(readFileSync(file, 'utf8')) as ScoreModel) : undefined;
	const whole = read(join(CACHE, 'models', `${name}.json`));
	const folds = Array.from({ length: FOLD_COUNT }, (_, f) => read(join(CACHE, 'models', `${name}-${f}.json`)));
	return ({ fold, place }) => {
		const score = folds[by === 'quarter' ? place % 4 : fold] ?? whole;
		if (!score) throw new Error(`no model ${name}`);
		return score;
	};
}

function main(): void {
	const { values } = parseArgs({
		options: {
			policies: { type: 'string', default: 'creases,oracle' },
			models: { type: 'string', default: '' },
			out: { type: 'string' },
			cc0: { type: 'boolean', default: false },
			first: { type: 'boolean', default: false },
		},
	});
	const scores = values.models ? readScores(values.models) : undefined;
	const file = openSync(join(CACHE, `${values.out}.f32`), 'w');
	let rows = 0;
	for (const [i, item] of listItems().entries()) {
		if (item.use === 'test' || (values.cc0 && !item.free) || (values.first && item.draw > 0)) continue;
		const state = readState(item);
		if (!state) continue;
		for (const [j, policy] of values.policies.split(',').entries()) {
			const seed = 10 * i + j + 1;
			const play = policy === 'creases' ? () => byCreases : policy === 'oracle' ? byOracle(seed) : () => scores!(item);
			const samples = rollOut(item, state, play, seed);
			for (let o = WIDTH - 1; o < samples.length; o += WIDTH) samples[o] = i;
			writeSync(file, samples);
			rows += samples.length / WIDTH;
		}
	}
	console.log(`${rows} rows of ${WIDTH}`);
}

if (process.argv[1] === import.meta.filename) main();
