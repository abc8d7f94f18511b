import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { temporaryDirectory } from './fakes/house.ts';

it('has a default for everything', () => {
	expect(readConfig(temporaryDirectory())).toMatchObject({
		host: '127.0.0.1',
		port: 8080,
		partPrefix: 'tripo_part_',
		prices: {
			mesh_segmentation: 40,
			mesh_completion: 50,
			highpoly_to_lowpoly: 30,
			studio_segmentation: 80,
			import_model: 0,
		},
		worker: { concurrency: 2, attempts: 2, timeoutSeconds: 600 },
		fileLifetimeSeconds: 86400,
	});
});

it('is read from the data directory, or from the file that is named', () => {
	const dir = temporaryDirectory();
	writeFileSync(join(dir, 'meshwright.json'), '{"port": 1, "worker": {"concurrency": 3}}');
	writeFileSync(join(dir, 'other.json'), '{"port": 2}');
	expect(readConfig(dir)).toMatchObject({ port: 1, worker: { concurrency: 3, attempts: 2 } });
	expect(readConfig(dir, join(dir, 'other.json')).port).toBe(2);
});

it.each([
	['{"worker": {"concurrency": 0}}', /meshwright\.json: worker\.concurrency: .*>=1/],
	['{"prices": {"mesh_segmentation": "40"}}', /prices\.mesh_segmentation: .*expected number/],
	['{"prot": 8080}', /the whole: .*"prot"/],
	['{"partPrefix": "a,b"}', /partPrefix/],
	['{"port": 8080,}', /meshwright\.json cannot be read: .*JSON/],
])('names what is wrong with %s', (text, message) => {
	const dir = temporaryDirectory();
	writeFileSync(join(dir, 'meshwright.json'), text);
	expect(() => readConfig(dir)).toThrow(message);
});

it('must be there when it is named', () => {
	expect(() => readConfig('/nowhere', '/nowhere/x.json')).toThrow('/nowhere/x.json cannot be read');
});
