/**
 * Puts a fitted score into packages/engine/models with its card.
 *
 *   node --import tsx --conditions=source training/card.ts --scores r1 --name segment --date 2026-11-21
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ScoreModel } from '../packages/engine/src/segmentation/learned-score.ts';
import { scoreByCurves } from '../packages/engine/src/segmentation/score.ts';
import { evaluate } from './evaluate.ts';
import { readScores } from './export.ts';
import { CACHE } from './models.ts';

const MODELS = resolve(import.meta.dirname, '../packages/engine/models');
const CARRIED = resolve(import.meta.dirname, '../packages/engine/src/segmentation/coefficients.ts');

const DATA: Record<string, string> = {
	segment: `- Princeton Segmentation Benchmark 1.0, public half (190 models, 11 people each; Chen, Golovinskiy, Funkhouser. 2009).
  States no licence; models of SHREC'07.
- 269 assemblies of artists' parts, united into one surface (Quaternius, KayKit): CC0.`,
	'segment-cc0': '- 269 assemblies of artists’ parts, united into one surface (Quaternius, KayKit): CC0. Nothing else.',
};

const ROWS = [
	['psb clean', 'people’s labels'],
	['psb noisy', 'the same, vertices moved by 0.03-0.2 % of the diagonal'],
	['union clean', 'assemblies of artists’ parts, fused'],
	['named voxel', 'characters and tanks with named nodes, remeshed as one solid'],
] as const;

const { values } = parseArgs({
	options: { scores: { type: 'string' }, name: { type: 'string' }, date: { type: 'string' } },
});
const name = values.name!;
const file = join(CACHE, 'models', `${values.scores}.json`);
const model = JSON.parse(readFileSync(file, 'utf8')) as ScoreModel;
const learned = evaluate(readScores(values.scores!), 'odd');
const curves = evaluate(() => scoreByCurves, 'odd');

const row = ([key, title]: readonly [string, string]): string => {
	const ours = learned.get(`${key} @0.5`)!;
	const theirs = curves.get(`${key} @0.5`)!;
	const cells = [ours, theirs].flatMap(({ models, error, iou, parts }) => [
		(error / models).toFixed(4),
		(iou / models).toFixed(3),
		(parts / models).toFixed(1),
	]);
	return `| ${title} | ${ours.models} | ${cells.join(' | ')} |`;
};

mkdirSync(MODELS, { recursive: true });
copyFileSync(file, join(MODELS, `${name}.json`));
// The engine has no files to read in a browser: it carries its default as text.
if (name === 'segment')
	writeFileSync(
		CARRIED,
		`/** models/segment.json, written by training/card.ts. */\nexport const COEFFICIENTS =\n\t'${readFileSync(file, 'utf8').trim()}';\n`,
	);
writeFileSync(
	join(MODELS, `${name}.card.md`),
	`# ${name}

How sure one is that two neighbouring regions of a surface belong to one part: ${model.trees} boosted trees over
${model.features.length} numbers of a pair of regions, read by \`segmentation/learned-score.ts\`.

Made on ${values.date} by \`training/train\`, seed 1, from

${DATA[name]}

each as it is, with noise (benchmark only) and remeshed on a grid. What the trees were asked: the probability that a
face of the one region and a face of the other lie in one segment, mean over the people.

## Scores

Odd half of the public sets, threshold 0.5, before boundaries are moved. Benchmark models are scored by trees
${name === 'segment' ? 'that never saw their group of categories (the file shipped here has seen all groups)' : 'that never saw any benchmark model'}.
\`scoreByCurves\`, beside it, was fitted on the even half of all categories.

| set | models | Rand error | part IoU | parts | curves: Rand error | part IoU | parts |
| --- | --: | --: | --: | --: | --: | --: | --: |
${ROWS.map(row).join('\n')}

## Not for

Fine parts below 0.3 % of the surface; parts that only colour tells apart; garments (a pair of trousers is a pelvis and
two legs here).
`,
);
