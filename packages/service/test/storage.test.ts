import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openDirectory } from '../src/storage/directory.ts';
import type { Storage } from '../src/storage/storage.ts';
import { temporaryDirectory, textOf } from './fakes/house.ts';

/** Every storage: a fresh one, and how many files it holds altogether, finished or not. */
const STORAGES: [string, () => Promise<{ storage: Storage; files: () => number }>][] = [
	[
		'directory',
		async () => {
			const root = temporaryDirectory();
			const files = () => readdirSync(root, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).length;
			return { storage: await openDirectory(root), files };
		},
	],
];

const bytes = (...chunks: string[]): Readable => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

describe.each(STORAGES)('storage: %s', (_, open) => {
	it('keeps what a stream brings', async () => {
		const { storage } = await open();
		expect(await storage.put('results/a/b/model.glb', bytes('one ', 'two'))).toBe(7);
		expect(await storage.head('results/a/b/model.glb')).toBe(7);
		expect(await textOf((await storage.get('results/a/b/model.glb'))!)).toBe('one two');
	});

	it('gives a range of bytes, both ends included, or from one on', async () => {
		const { storage } = await open();
		await storage.put('uploads/a', bytes('0123456789'));
		expect(await textOf((await storage.get('uploads/a', { start: 2, end: 4 }))!)).toBe('234');
		expect(await textOf((await storage.get('uploads/a', { start: 7 }))!)).toBe('789');
	});

	it('has nothing where nothing was put', async () => {
		const { storage } = await open();
		expect(await storage.get('uploads/a')).toBeUndefined();
		expect(await storage.head('uploads/a')).toBeUndefined();
		await storage.delete('uploads/a');
	});

	it('leaves nothing of a stream that fails, and the earlier file as it was', async () => {
		const { storage, files } = await open();
		await storage.put('uploads/a', bytes('before'));
		const failing = async function* () {
			yield Buffer.from('half');
			throw new Error('the client went away');
		};
		await expect(storage.put('uploads/a', failing())).rejects.toThrow('the client went away');
		expect(await textOf((await storage.get('uploads/a'))!)).toBe('before');
		expect(files()).toBe(1);
	});

	it('replaces a file as a whole', async () => {
		const { storage } = await open();
		await storage.put('uploads/a', bytes('a longer text'));
		await storage.put('uploads/a', bytes('short'));
		expect(await textOf((await storage.get('uploads/a'))!)).toBe('short');
	});

	it('deletes one file, or all below a key', async () => {
		const { storage, files } = await open();
		for (const key of ['results/a/1/x.png', 'results/a/2/x.png', 'results/b/1/x.png']) {
			await storage.put(key, bytes('x'));
		}
		await storage.delete('results/a/1/x.png');
		expect(await storage.head('results/a/2/x.png')).toBe(1);
		await storage.delete('results/a');
		expect(await storage.head('results/a/2/x.png')).toBeUndefined();
		expect(await storage.head('results/b/1/x.png')).toBe(1);
		expect(files()).toBe(1);
	});

	it.each(['../x', 'uploads/../../x', '/etc/passwd', 'uploads/', 'uploads/..', 'uploads/a\0', 'uploads/a b', ''])(
		'takes no key that is not of our making: %j',
		async (key) => {
			const { storage } = await open();
			await expect(storage.put(key, bytes('x'))).rejects.toThrow('is no storage key');
		},
	);
});

it('a directory forgets at the start what was unfinished when it stopped', async () => {
	const root = temporaryDirectory();
	await openDirectory(root);
	writeFileSync(join(root, 'unfinished', 'half-a-file'), 'half');
	await openDirectory(root);
	expect(readdirSync(join(root, 'unfinished'))).toEqual([]);
});
