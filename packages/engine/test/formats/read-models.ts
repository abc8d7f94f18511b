/**
 * Reads models one after another by `readModel` and prints a line of JSON for each. Run as a process of its own, so
 * that a crash, a hang or a hunger for memory is that process's and is seen.
 *
 * Usage: node --import tsx --conditions=source read-models.ts < list-of-paths
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MeshError } from '../../src/errors.ts';
import { readModel } from '../../src/formats/read.ts';

export type ModelReport = {
	readonly file: string;
	/** `read`, or the code of the error, or `bug: …` for an error without one. */
	readonly outcome: string;
	readonly triangles: number;
	readonly ms: number;
	/** Largest resident memory of the process so far, MB. */
	readonly peakMb: number;
};

async function read(file: string): Promise<{ outcome: string; triangles: number }> {
	const resources = (uri: string): Uint8Array | undefined => {
		const path = join(dirname(file), uri);
		return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : undefined;
	};
	try {
		const { mesh } = await readModel(readFileSync(file), { name: basename(file), resources });
		return { outcome: 'read', triangles: mesh.triangles.length / 3 };
	} catch (error) {
		return { outcome: error instanceof MeshError ? error.code : `bug: ${(error as Error).stack}`, triangles: 0 };
	}
}

for (const file of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
	const start = performance.now();
	const result = await read(file);
	const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
	const report: ModelReport = { file, ...result, ms: Math.round(performance.now() - start), peakMb };
	console.log(JSON.stringify(report));
}
