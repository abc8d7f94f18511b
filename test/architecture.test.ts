import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Rooms by floor, ground first. A room imports from itself and from the floors below its own, never beside or above. */
const FLOORS: Record<string, string[][]> = {
	engine: [
		['errors.ts', 'math'],
		['run'],
		['image', 'mesh'],
		['formats', 'spatial', 'unwrap'],
		['analysis', 'render'],
		['segmentation', 'completion', 'retopology', 'baking'],
		['segment-model.ts', 'complete-model.ts', 'lowpoly-model.ts'],
		['index.ts'],
	],
	service: [
		['contract', 'config.ts', 'codecs.ts'],
		['database', 'storage'],
		['queue', 'credits'],
		['tasks'],
		['worker', 'api'],
		['main.ts'],
	],
	cli: [['terminal'], ['files'], ['commands'], ['main.ts']],
	viewer: [['worker'], ['scene'], ['panels'], ['main.ts']],
};

/** Libraries by room; any other bare import fails. A key is a room (`engine/formats`) or a whole package (`cli`). */
const LIBRARIES: Record<string, string[]> = {
	'engine/formats': [
		'@gltf-transform/core',
		'@gltf-transform/extensions',
		'@gltf-transform/functions',
		'draco3dgltf',
		'meshoptimizer',
		'fflate',
	],
	'engine/analysis': ['meshoptimizer'],
	'service/config.ts': ['zod'],
	'service/codecs.ts': ['sharp', '@meshwright/engine'],
	'service/contract': ['zod'],
	'service/database': ['better-sqlite3', 'kysely'],
	'service/credits': ['kysely'],
	'service/queue': ['kysely'],
	'service/tasks': ['kysely', 'zod'],
	'service/worker': ['@meshwright/engine', 'undici', 'ipaddr.js', 'zod'],
	'service/api': ['fastify', '@fastify/multipart', '@fastify/websocket', '@fastify/static', 'json5', 'zod'],
	'service/main.ts': [],
	cli: ['@meshwright/engine', '@meshwright/service', 'commander'],
	viewer: ['@meshwright/engine', 'svelte', 'three'],
};

const ROOT = resolve(import.meta.dirname, '..');
const IMPORT =
	/(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function sourceFiles(dir: string): string[] {
	return readdirSync(dir).flatMap((name) => {
		const path = join(dir, name);
		return statSync(path).isDirectory()
			? sourceFiles(path)
			: /\.(ts|svelte)$/.test(name) && !name.endsWith('.d.ts')
				? [path]
				: [];
	});
}

const importsOf = (text: string): string[] => [...text.matchAll(IMPORT)].map((m) => (m[1] ?? m[2] ?? m[3])!);

/** Every breach of the floors and walls by one file, in words. */
function breaches(packageName: string, file: string, text: string): string[] {
	const floors = FLOORS[packageName]!;
	const src = join(ROOT, 'packages', packageName, 'src');
	const roomOf = (path: string): string => relative(src, path).split(/[\\/]/)[0]!;
	const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room));
	const room = roomOf(file);
	const found: string[] = [];
	if (floorOf(room) < 0) found.push(`${room} stands on no floor`);
	const libraries = LIBRARIES[`${packageName}/${room}`] ?? LIBRARIES[packageName] ?? [];
	for (const specifier of importsOf(text)) {
		if (specifier.startsWith('.')) {
			const other = roomOf(resolve(file, '..', specifier));
			if (other.startsWith('..')) found.push(`${room} reaches out of its package: ${specifier}`);
			else if (other !== room && floorOf(other) >= floorOf(room))
				found.push(`${room} imports ${other}, which is not below it`);
		} else if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
			if (packageName === 'engine' || packageName === 'viewer')
				found.push(`${room} imports ${specifier}: no Node here`);
		} else if (!libraries.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
			found.push(`${room} imports ${specifier}, which it is not listed for`);
		}
	}
	return found;
}

describe.each(Object.keys(FLOORS))('walls of %s', (packageName) => {
	const files = sourceFiles(join(ROOT, 'packages', packageName, 'src'));
	it.each(files.map((file) => [relative(ROOT, file), file]))('%s', (_, file) => {
		expect(breaches(packageName, file, readFileSync(file, 'utf8'))).toEqual([]);
	});
});

describe('the wall test itself', () => {
	const at = (path: string): string => join(ROOT, 'packages', path);
	it.each([
		['upward', 'engine', 'engine/src/mesh/x.ts', "import { a } from '../segmentation/segment.ts';"],
		['sideways', 'engine', 'engine/src/segmentation/x.ts', "import { a } from '../completion/complete.ts';"],
		['Node in the engine', 'engine', 'engine/src/formats/x.ts', "import { readFileSync } from 'node:fs';"],
		['an unlisted library', 'engine', 'engine/src/mesh/x.ts', "import sharp from 'sharp';"],
		['the engine behind the doors', 'service', 'service/src/api/x.ts', "import { segment } from '@meshwright/engine';"],
		['an unknown room', 'engine', 'engine/src/utils/x.ts', ''],
	])('sees %s', (_, packageName, file, text) => {
		expect(breaches(packageName, at(file), text)).toHaveLength(1);
	});
});
