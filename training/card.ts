/**
 * Puts a fitted score into packages/engine/models with its card.
 *
 *   node --import tsx --conditions=source training/card.ts --scores r1 --quarters q1 --name segment --date 2026-11-21
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ScoreModel } from '../packages/engine/src/segmentation/learned-score.ts';
import { evaluate, type Sums } from './evaluate.ts';
import { readScores } from './export.ts';
import { CACHE } from './models.ts';

const MODELS = resolve(import.meta.dirname, '../packages/engine/models');
const CARRIED = resolve(import.meta.dirname, '../packages/engine/src/segmentation/coefficients.ts');

const CC0 = `- 372 assemblies of artists' parts, united into one surface (Quaternius, KayKit): CC0.
- 17 characters and tanks with named nodes (Quaternius), names forgotten: CC0.`;
const DATA: Record<string, string> = {
	segment: `- Princeton Segmentation Benchmark 1.0, public half (190 models, 11 people each; Chen, Golovinskiy, Funkhouser. 2009).
  States no licence; models of SHREC'07.
${CC0}
- 43 more assemblies: 29 pieces of furniture (MIT), 14 robots (MuJoCo Menagerie: MIT, BSD, Apache).`,
	'segment-cc0': `${CC0} Nothing else.`,
};

const ROWS = [
	['psb clean', 'people’s labels'],
	['psb noisy', 'the same, vertices moved by 0.03-0.2 % of the diagonal'],
	['psb voxel', 'the same, remeshed on a grid of 56-104 cells'],
	['union clean', 'assemblies of artists’ parts, fused'],
	['union voxel', 'the same, remeshed on a grid of 56-104 cells'],
	['named clean', 'named parts, as the file has them'],
	['named plain', 'the same without materials'],
	['named noisy', 'the same, vertices moved'],
	['named painted', 'remeshed as one solid, 80-128 cells, with materials'],
	['named fine', 'remeshed as one solid, 112-160 cells'],
	['named coarse', 'remeshed, 80-128 cells, and decimated to a fifth'],
	['named voxel', 'remeshed as one solid, 56-104 cells'],
] as const;

const { values } = parseArgs({
	options: {
		scores: { type: 'string' },
		quarters: { type: 'string' },
		name: { type: 'string' },
		date: { type: 'string' },
	},
});
const name = values.name!;
const file = join(CACHE, 'models', `${values.scores}.json`);
const model = JSON.parse(readFileSync(file, 'utf8')) as ScoreModel;
const held = evaluate(readScores(values.scores!), 'odd');
const quarters = values.quarters && existsSync(join(CACHE, 'models', `${values.quarters}-0.json`));
const others = quarters ? evaluate(readScores(values.quarters!, 'quarter'), 'odd', ['named']) : new Map<string, Sums>();

const row = ([key, title]: readonly [string, string]): string => {
	const cells = [held.get(key), others.get(key)].flatMap((sums) =>
		sums
			? [
					(sums.error / sums.models).toFixed(4),
					(sums.iou / sums.models).toFixed(3),
					(sums.parts / sums.models).toFixed(1),
				]
			: ['', '', ''],
	);
	return `| ${title} | ${held.get(key)!.models} | ${cells.join(' | ')} |`;
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

Made on ${values.date} by the steps of \`training/train\`, in order, seed 1, from

${DATA[name]}

each as it is, with noise (not assemblies) and remeshed on a grid; named models also without materials, remeshed with
them, and decimated${name === 'segment' ? '; what is remeshed without them three times' : ''}. What the trees were asked: the probability that a face of the one region and a face of the other
lie in one segment, mean over the people.

## Scores

Odd half of the public sets, on whole regions, before boundaries are moved and small parts are tidied away. Nothing is
scored by trees that saw it: ${
		name === 'segment'
			? 'benchmark models by trees that never saw their group of categories'
			: 'benchmark models by trees that never saw any of them'
	}, named models by trees that never
saw their pack (men, women, tanks, cyberpunk), assemblies by trees that saw the other five sixths of the public set and all
of the training set (the file shipped here has seen all)${
		quarters ? '; on the right by trees that saw three\nquarters of the named models, packs mixed' : ''
	}.

| set | models | Rand error | part IoU | parts | Rand error | part IoU | parts |
| --- | --: | --: | --: | --: | --: | --: | --: |
${ROWS.map(row).join('\n')}

## Not for

Fine parts below 0.3 % of the surface. A symmetric pair that does not touch (two boots) is one part where the model looks
like an artist's character, two where it looks like a body.
`,
);
