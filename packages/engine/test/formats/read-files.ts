/**
 * Reads files one after another and prints a line of JSON for each: what came out, in what time, at which peak of
 * memory. Run as a process of its own, so that a crash, a hang or a hunger for memory is that process's and is seen.
 *
 * Usage: node --import tsx --conditions=source read-files.ts < list-of-paths
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MeshError } from '../../src/errors.ts';
import { readGltfDocument } from '../../src/formats/gltf.ts';
import { flattenScene } from '../../src/formats/scene.ts';

export type FileReport = {
	readonly file: string;
	/** `read`, or the code of the error, or `bug: …` for an error without one. */
	readonly outcome: string;
	readonly message: string;
	readonly ms: number;
	/** Largest resident memory of the process so far, MB. */
	readonly peakMb: number;
};

async function outcomeOf(file: string): Promise<{ outcome: string; message: string }> {
	const resources = (uri: string): Uint8Array | undefined => {
		const path = join(dirname(file), uri);
		return existsSync(path) ? readFileSync(path) : undefined;
	};
	try {
		const { document, format, warnings } = await readGltfDocument(readFileSync(file), { resources });
		const { mesh } = flattenScene(document, { format, warnings });
		return { outcome: 'read', message: `${mesh.triangles.length / 3} triangles` };
	} catch (error) {
		if (error instanceof MeshError) return { outcome: error.code, message: error.message };
		return { outcome: `bug: ${error}`, message: (error as Error).stack ?? '' };
	}
}

for (const file of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
	console.error(file);
	const start = performance.now();
	const outcome = await outcomeOf(file);
	const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
	const report: FileReport = { file, ...outcome, ms: Math.round(performance.now() - start), peakMb };
	console.log(JSON.stringify(report));
}
