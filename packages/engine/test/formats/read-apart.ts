import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModelReport } from './read-models.ts';

/**
 * Reads the files in a process of its own, so that a crash, a hang or a hunger for memory is that process's and is seen.
 * Fails where the process did not come to the end, naming the file that it died on.
 */
export async function readApart(files: readonly string[]): Promise<ModelReport[]> {
	const script = join(import.meta.dirname, 'read-models.ts');
	const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', script]);
	let out = '';
	let log = '';
	child.stdout.on('data', (chunk) => {
		out += chunk;
	});
	child.stderr.on('data', (chunk) => {
		log += chunk;
	});
	child.stdin.end(files.join('\n'));
	const exit = await new Promise<number | null>((done) => child.on('close', done));
	const reports = out
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line) as ModelReport);
	expect(exit, `the reader died on ${files[reports.length]}\n${log}`).toBe(0);
	expect(reports).toHaveLength(files.length);
	return reports;
}
