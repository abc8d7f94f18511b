import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Storage } from './storage.ts';

/**
 * Keeps files in a directory: written to a temporary name, flushed, renamed, and the folder flushed too.
 * @param root Made when it is not there. Only one storage at a time may have it.
 */
export async function openDirectory(root: string): Promise<Storage> {
	const unfinished = join(root, 'unfinished');
	await rm(unfinished, { recursive: true, force: true });
	await mkdir(unfinished, { recursive: true });
	const pathOf = (key: string): string => join(root, checkKey(key));

	return {
		async put(key, body) {
			const path = pathOf(key);
			const temporary = join(unfinished, randomUUID());
			try {
				const bytes = await writeFlushed(temporary, body);
				const madeFrom = await mkdir(dirname(path), { recursive: true });
				await rename(temporary, path);
				await flushFolders(dirname(path), madeFrom === undefined ? dirname(path) : dirname(madeFrom));
				return bytes;
			} catch (error) {
				await rm(temporary, { force: true });
				throw error;
			}
		},

		async get(key, range) {
			const file = await ifThere(open(pathOf(key)));
			return file?.createReadStream({ ...range });
		},

		async head(key) {
			return (await ifThere(stat(pathOf(key))))?.size;
		},

		async delete(key) {
			await rm(pathOf(key), { recursive: true, force: true });
		},
	};
}

const KEY = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)?)+$/;

function checkKey(key: string): string {
	if (!KEY.test(key)) throw new Error(`'${key}' is no storage key`);
	return key;
}

async function writeFlushed(path: string, body: AsyncIterable<Uint8Array>): Promise<number> {
	const file = await open(path, 'wx');
	try {
		let bytes = 0;
		for await (const chunk of body) {
			await file.writeFile(chunk);
			bytes += chunk.byteLength;
		}
		await file.sync();
		return bytes;
	} finally {
		await file.close();
	}
}

/** A rename is safe only when the folder is flushed, and a new folder only when its parent is: from `from` up to `to`. */
async function flushFolders(from: string, to: string): Promise<void> {
	for (let folder = from; ; folder = dirname(folder)) {
		const handle = await open(folder, 'r');
		await handle.sync().finally(() => handle.close());
		if (folder === to || folder === dirname(folder)) return;
	}
}

async function ifThere<T>(opening: Promise<T>): Promise<T | undefined> {
	try {
		return await opening;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
}
