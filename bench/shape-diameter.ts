import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Mesh } from '../packages/engine/src/mesh/mesh.ts';

const SOURCE = join(import.meta.dirname, 'peers/shape-diameter.cpp');
const PROGRAM = resolve(import.meta.dirname, '../.cache/bench/shape-diameter');

/** Builds the peer where it is not built yet. Throws what to install where that fails. */
export function buildShapeDiameter(): void {
	if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(SOURCE).mtimeMs) return;
	mkdirSync(join(PROGRAM, '..'), { recursive: true });
	const { error, status, stderr } = spawnSync('g++', ['-O2', '-o', PROGRAM, SOURCE, '-lgmp', '-lmpfr']);
	if (!error && status === 0) return;
	const why = error?.message ?? String(stderr).split('\n').slice(0, 3).join('\n');
	throw new Error(`the peer was not built; apt-get install g++ libcgal-dev libgmp-dev libmpfr-dev\n${why}`);
}

/**
 * Segments by shape diameter, as CGAL does by default: soft clusters of the diameters of the faces, smoothed by a graph
 * cut; connected clusters are segments.
 *
 * Shapira, Shamir, Cohen-Or. Consistent mesh partitioning and skeletonisation using the shape diameter function. 2008.
 *
 * @returns T; undefined where the peer fails on the mesh.
 */
export function shapeDiameter({ positions, triangles }: Mesh): Uint32Array | undefined {
	const lines = [`OFF\n${positions.length / 3} ${triangles.length / 3} 0`];
	for (let i = 0; i < positions.length; i += 3) lines.push(positions.subarray(i, i + 3).join(' '));
	for (let c = 0; c < triangles.length; c += 3) lines.push(`3 ${triangles.subarray(c, c + 3).join(' ')}`);
	const folder = mkdtempSync(join(tmpdir(), 'meshwright-'));
	const file = join(folder, 'model.off');
	writeFileSync(file, `${lines.join('\n')}\n`);
	const { status, stdout } = spawnSync(PROGRAM, [file], { maxBuffer: 2 ** 30 });
	rmSync(folder, { recursive: true });
	if (status !== 0) return undefined;
	const labels = Uint32Array.from(String(stdout).trim().split('\n'), Number);
	return labels.length === triangles.length / 3 ? labels : undefined;
}
