/**
 * Puts fitted trees into packages/engine/models with their card, and where the engine reads them.
 *
 *   node --import tsx --conditions=source training/completion-card.ts FITTED.json [--date 2026-11-22]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { HiddenTrees } from '../packages/engine/src/completion/trees.ts';

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { date: { type: 'string', default: new Date().toISOString().slice(0, 10) } },
});
const [fitted] = positionals;
const engine = resolve(import.meta.dirname, '../packages/engine');
const json = readFileSync(fitted, 'utf8').trim();
const model = JSON.parse(json) as HiddenTrees;
const scores = JSON.parse(readFileSync(fitted.replace('.json', '.scores.json'), 'utf8'));
writeFileSync(`${engine}/models/complete.json`, `${json}\n`);
writeFileSync(
	`${engine}/src/completion/coefficients.ts`,
	`/** models/complete.json, written by training/completion-card.ts. */\nexport const COEFFICIENTS =\n\t'${json}';\n`,
);

// A tree has one leaf more than it has other nodes.
const leaves = model.clue.filter((clue) => clue < 0).length;
const trees = 2 * leaves - model.clue.length;
const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
const row = (title: string, means: readonly number[]): string =>
	`| ${title} | ${means.map((mean) => mean.toFixed(3)).join(' | ')} |`;
writeFileSync(
	`${engine}/models/complete.card.md`,
	`# complete

How much of the inside of a whole belongs to a part: ${trees} boosted trees with ${count(leaves)} leaves in all over ${model.clues.length} clues, which
\`completion/level.ts\` asks on every second node of the grid around a part.

Made on ${values.date} by \`training/completion-train\` in one run, seed 1, from ${count(scores.points)} points inside ${scores.models} assemblies
of artists' parts, united into one surface: all of assemblies-train (Quaternius, KayKit: CC0), and of assemblies-public what
is by the same two, furniture (MIT) and robots of MuJoCo Menagerie (MIT, BSD, Apache). ${count(scores.parts[0])} parts, ${count(scores.low[0])} of them
less than 70 % visible. Each part counts alike whatever its size and number of points, and more where more of it is hidden;
what repeats show of the hidden surface (\`completion/repeats.ts\`) is among the clues, as it is when the trees are asked.

**These trees have seen assemblies-public.** What \`bench/complete.ts\` says of them there is not a score;
\`--held-out group\` and \`--held-out model\` score each model by trees that did not see it.

## Scores

Mean volume IoU over parts, counted in nodes of the grid (a part closed as a mesh scores a little less or more): of all
${count(scores.parts[0])} parts, then of the ${count(scores.parts[1])} of assemblies-public (${count(scores.low[1])} less than 70 % visible).

| | all | below 70 % visible | others | public: all | below | others |
| --- | --: | --: | --: | --: | --: | --: |
${row('trees that saw no model of the pack; no furniture, no robot', scores.group)}
${row('trees that did not see the model', scores.model)}
${row('these trees, which saw all', scores.seen)}
${row('winding number above 0.15 and at most 0.02 sizes outside the hull', scores.rule)}
${row('continued field inside and winding number above 0.1', scores.field)}

## Not for

Open wholes: the winding numbers of all parts sum to 1 inside a closed one, and the trees lean on it. Four clues come from
triangles that were cut where solids were united (\`completion/cuts.ts\`); models made as one surface have next to none.
`,
);
