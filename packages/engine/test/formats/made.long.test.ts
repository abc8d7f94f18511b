import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { validateBytes } from 'gltf-validator';
import { describe, expect, it } from 'vitest';
import { partsOfNodes } from '../../src/formats/node-parts.ts';
import { OUTPUTS } from '../../src/formats/outputs.ts';
import { writeParts } from '../../src/formats/parts.ts';
import { readModel } from '../../src/formats/read.ts';
import { NO_MATERIAL } from '../../src/mesh/mesh.ts';
import { partsOf } from './documents.ts';
import { isLifted, lift, runsOfParts, trianglesOn, worstDistance } from './made-surfaces.ts';

const DATA = join(import.meta.dirname, '..', '..', '..', '..', '.cache', 'data');
const models = ['generated', 'named', 'textured'].flatMap((set) => {
	const folder = join(DATA, set);
	if (!existsSync(folder)) return [];
	const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(glb|gltf)$/.test(path));
	return paths.sort().map((path) => join(folder, path));
});

describe.skipIf(models.length === 0)('made surfaces on every model (skipped where they are not unpacked)', () => {
	it.each(models.map((file) => [file.slice(DATA.length + 1), file]))('%s', async (_, file) => {
		const resources = (uri: string): Uint8Array => readFileSync(join(dirname(file), uri));
		const model = await readModel(readFileSync(file), { name: file, resources });
		const labels = runsOfParts(model);
		const parts = partsOf(labels);
		const size = model.mesh.positions.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
		const made = { ...lift(model, 0.01 * size), partOf: labels.filter(isLifted) };
		for (const replaced of [undefined, new Uint8Array(labels.length).fill(1)]) {
			const warnings: string[] = [];
			const warn = (sentence: string): number => warnings.push(sentence);
			const glb = await writeParts(model, parts, { made, warn, ...(replaced && { replaced }) });
			expect((await validateBytes(glb)).issues.numErrors).toBe(0);
			const again = await readModel(glb);
			expect([...again.warnings, ...warnings]).toEqual([]);
			const shown = replaced ? 0 : labels.length;
			expect(again.mesh.triangles.length / 3 - shown).toBe(made.partOf.length);
			const isMade = (t: number): boolean => again.mesh.materialOf[t] === NO_MATERIAL;
			expect(worstDistance(again.mesh, isMade, made.mesh)).toBeLessThan(1e-6 * size);
			if (replaced) expect(again.images).toEqual([]);
			else {
				expect(trianglesOn(again.mesh, isMade, model.mesh)).toBe(trianglesOn(made.mesh, () => true, model.mesh));
			}
			const found = partsOfNodes(again);
			expect(found.parts.map(({ name }) => name)).toEqual(
				parts.parts.map(({ name }) => name).filter((_, p) => labels.includes(p)),
			);
		}
		for (const { write } of OUTPUTS) expect((await write(model, parts, { made })).length).toBeGreaterThan(1000);
	});
});
