/**
 * Puts a fitted perceptron into packages/engine/models and where the engine reads it.
 *
 *   node --import tsx --conditions=source training/completion-card.ts FITTED.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const [fitted] = process.argv.slice(2);
const engine = resolve(import.meta.dirname, '../packages/engine');
const json = readFileSync(fitted, 'utf8').trim();
writeFileSync(`${engine}/models/complete.json`, `${json}\n`);
writeFileSync(
	`${engine}/src/completion/coefficients.ts`,
	`/** models/complete.json, written by training/completion-card.ts. */\nexport const COEFFICIENTS =\n\t'${json}';\n`,
);
