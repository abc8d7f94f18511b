import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS, FORMATS, OUTPUTS } from '@meshwright/engine';
import { CONFIG } from '@meshwright/service/config';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const DOCS = join(import.meta.dirname, '..', 'docs');

/** Docs that repeat a table of the code are recorded from it: `npx vitest run test/docs.test.ts -u` writes them anew. */
describe('docs repeat the code', () => {
	it('errors.md has every code of the engine', async () => {
		const rows = Object.entries(ERRORS).map(([code, { kind, cure }]) => `| \`${code}\` | ${kind} | ${cure} |`);
		const text = [
			'# Errors',
			'',
			'Every error that the engine raises has one of these codes; its message says what is wrong and where.',
			'The command exits with 3 for `input`, 1 for `gave-up`, 130 for `cancelled`. The service fails the task with the',
			'message and the cure, and gives the credits back.',
			'',
			'| code | kind | what to do |',
			'| --- | --- | --- |',
			...rows,
			'',
		].join('\n');
		await expect(text).toMatchFileSnapshot(join(DOCS, 'errors.md'));
	});

	it('formats.md has every format', async () => {
		const rows = FORMATS.map(({ title, extensions, mimeType, read }) => {
			const names = extensions.map((extension) => `.${extension}`).join(' ');
			return `| ${title} | ${names} | ${mimeType} | ${read ? 'yes' : 'recognised and refused'} |`;
		});
		const text = [
			'# Formats',
			'',
			'The bytes decide the format; the name is asked only where they do not.',
			'',
			'| format | names | type | read |',
			'| --- | --- | --- | --- |',
			...rows,
			'',
			'Written are the parts of a model, each under its name. GLB keeps the whole scene: nodes, skins, morph targets,',
			'animations. FBX and OBJ have true polygons in world space; FBX keeps skins. Metallic-roughness images are divided',
			'into grey ones for them. Quads in a GLB are pairs of triangles in the order of `FB_ngon_encoding`, which is read',
			'again. `segment` and `complete` write GLB; `lowpoly` writes all of these.',
			'',
			'| written | ending | type | polygons | scene |',
			'| --- | --- | --- | --- | --- |',
			...OUTPUTS.map(
				({ title, extension, mimeType, hasPolygons, hasScene }) =>
					`| ${title} | .${extension} | ${mimeType} | ${hasPolygons ? 'yes' : 'triangles'} | ${hasScene ? 'yes' : 'no'} |`,
			),
			'',
		].join('\n');
		await expect(text).toMatchFileSnapshot(join(DOCS, 'formats.md'));
	});

	it('configuration.md has every value', async () => {
		const text = [
			'# Configuration of the service',
			'',
			'One JSON file: `meshwright.json` in the data directory, or `meshwright serve --config FILE`. Every value may be left',
			'out; a wrong one stops the start with a message that names it.',
			'',
			'| value | default | what |',
			'| --- | --- | --- |',
			...configRows(z.toJSONSchema(CONFIG, { io: 'input' }) as Schema, ''),
			'',
		].join('\n');
		await expect(text).toMatchFileSnapshot(join(DOCS, 'configuration.md'));
	});

	it('bibliography.bib has every source that the code cites', () => {
		const known = new Set(
			[...readFileSync(join(DOCS, 'bibliography.bib'), 'utf8').matchAll(/^@\w+\{(\w+),/gm)].map((m) => m[1]),
		);
		const sources = ['packages/engine/src', 'bench', 'training'].map((folder) => join(DOCS, '..', folder));
		const cited = new Set<string>();
		for (const file of sources.flatMap(typescriptFiles)) {
			for (const [, key] of readFileSync(file, 'utf8').matchAll(/\[([a-z]+[12]\d{3}[a-z]?)\]/g)) cited.add(key!);
		}
		expect(cited.size).toBeGreaterThan(5);
		expect([...cited].filter((key) => !known.has(key))).toEqual([]);
	});
});

type Schema = { properties?: Record<string, Schema>; default?: unknown; description?: string };

function configRows({ properties = {} }: Schema, path: string): string[] {
	return Object.entries(properties).flatMap(([name, schema]) => {
		if (schema.properties && !schema.description) return configRows(schema, `${path}${name}.`);
		const standard = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
		return [`| \`${path}${name}\` | ${standard} | ${schema.description ?? ''} |`];
	});
}

function typescriptFiles(folder: string): string[] {
	if (!existsSync(folder)) return [];
	const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
	return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}
