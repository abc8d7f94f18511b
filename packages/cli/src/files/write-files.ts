import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../terminal/failure.ts';

export type NewFile = { readonly path: string; readonly bytes: Uint8Array };

/**
 * Writes files so that each is there whole or not at all: every one is written under another name beside its place and
 * reaches the disk before the first is renamed. What stood there before stays until then.
 *
 * Synchronous on purpose: a Ctrl-C cannot come between, so no half-written file is ever left behind.
 *
 * @throws Failure `cannot-write`, with every temporary file removed.
 */
export function writeFiles(files: readonly NewFile[]): void {
	const temporary = files.map(({ path }) => join(dirname(path), `.${basename(path)}.${process.pid}.tmp`));
	let current = '';
	try {
		for (const [i, { path, bytes }] of files.entries()) {
			current = path;
			writeThrough(temporary[i]!, bytes);
		}
		for (const [i, { path }] of files.entries()) {
			current = path;
			renameSync(temporary[i]!, path);
		}
	} catch (error) {
		for (const path of temporary) rmSync(path, { force: true });
		throw new Failure(
			'files',
			'cannot-write',
			`cannot write '${current}': ${(error as Error).message}`,
			'Choose a place that exists, has room and may be written to.',
		);
	}
}

function writeThrough(path: string, bytes: Uint8Array): void {
	const file = openSync(path, 'w');
	try {
		for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
}
