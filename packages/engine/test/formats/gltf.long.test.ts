import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { validateBytes } from 'gltf-validator';
import { afterAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/errors.ts';
import { readGltfDocument } from '../../src/formats/gltf.ts';
import { writeModel, writeParts } from '../../src/formats/parts.ts';
import { flattenScene } from '../../src/formats/scene.ts';
import { random } from '../../src/math/random.ts';
import type { Model } from '../../src/mesh/model.ts';
import { partsOf, triangleLines } from './documents.ts';
import { readApart } from './read-apart.ts';

const DATA = resolve(import.meta.dirname, '../../../../.cache/data');

/** Models of the data sets; none where they are not unpacked. */
const models = ['generated', 'named', 'textured'].flatMap((set) => listFiles(join(DATA, set)));

function listFiles(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((path) => /\.(glb|gltf)$/.test(path))
		.sort()
		.map((path) => join(folder, path));
}

async function readFile(file: string): Promise<Model> {
	const resources = (uri: string): Uint8Array => readFileSync(join(dirname(file), uri));
	const { document, format, warnings } = await readGltfDocument(readFileSync(file), { resources });
	return flattenScene(document, { format, warnings });
}

/** Seven parts, none across what moves on its own. */
function randomLabels(model: Model, seed: number): Uint16Array {
	const next = random(seed);
	const labels = new Uint16Array(model.mesh.triangles.length / 3);
	const movers = [...new Set(model.sources.map(({ mover }) => mover))];
	for (const { firstTriangle, triangles, mover } of model.sources) {
		const first = 7 * movers.indexOf(mover);
		for (let t = firstTriangle; t < firstTriangle + triangles; t++) labels[t] = first + Math.floor(7 * next());
	}
	return labels;
}

describe.skipIf(models.length === 0)('every model of the data sets (skipped where they are not unpacked)', () => {
	it.each(models.map((file) => [file.slice(DATA.length + 1), file]))('%s', async (_, file) => {
		const model = await readFile(file);
		const before = triangleLines(model);
		const parts = partsOf(randomLabels(model, 1));
		for (const glb of [await writeParts(model, parts), await writeModel(model)]) {
			expect((await validateBytes(glb)).issues.numErrors).toBe(0);
			const { document, warnings } = await readGltfDocument(glb);
			const again = flattenScene(document, { format: 'glb' });
			expect(warnings).toEqual([]);
			expect(triangleLines(again)).toEqual(before);
			expect(again.images.map(({ bytes }) => bytes.length)).toEqual(model.images.map(({ bytes }) => bytes.length));
			expect(again.materials).toEqual(model.materials);
		}
		const { document } = await readGltfDocument(await writeParts(model, parts, { jointNames: 'extras' }));
		const names = document
			.getRoot()
			.listNodes()
			.map((node) => node.getName());
		expect(names.filter((name) => name !== '')).toEqual(parts.parts.map(({ name }) => name));
	});
});

const MOST_MB = 1000;
const MOST_MS = 10_000;

const hostile = listFiles(join(DATA, 'hostile'));
const scratch = mkdtempSync(join(tmpdir(), 'meshwright-hostile-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Files that have been bitten off, or had bytes changed: what a bad transfer or a fuzzer makes of real models. */
function spoil(files: readonly string[]): string[] {
	const next = random(7);
	return files.flatMap((file, i) => {
		const bytes = readFileSync(file);
		const spoilt: Uint8Array[] = [bytes.subarray(0, Math.floor(bytes.length * next()))];
		for (let round = 0; round < 6; round++) {
			const copy = Uint8Array.from(bytes);
			for (let k = 0; k < 8; k++) copy[Math.floor(next() * Math.min(copy.length, 4000))] = Math.floor(256 * next());
			spoilt.push(copy);
		}
		return spoilt.map((content, k) => {
			const path = join(scratch, `${i}-${k}${extname(file)}`);
			writeFileSync(path, content);
			return path;
		});
	});
}

describe.skipIf(hostile.length === 0)('every hostile glTF (skipped where the set is not unpacked)', () => {
	it.each([
		['as they are', () => hostile],
		['made of sound ones', () => spoil(models)],
	])(
		'%s: no crash, no hang, no hunger, and a code for what is refused',
		async (_, list) => {
			const reports = await readApart(list());
			const known = new Set(['read', ...Object.keys(ERRORS)]);
			expect(reports.filter(({ outcome }) => !known.has(outcome))).toEqual([]);
			expect(reports.filter(({ ms, peakMb }) => ms > MOST_MS || peakMb > MOST_MB)).toEqual([]);
		},
		300_000,
	);
});
