import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SEGMENT_DEFAULTS } from '@meshwright/engine';
import { describe, expect, it } from 'vitest';
import { bumpySphereOff, ROW_OF_CUBES_OBJ, TRIANGLE_BIN, TWO_CUBES_OBJ, triangleGltf } from './crafted-models.ts';
import { endOf, runCommand, scratchFolder, startCommand } from './run-command.ts';

const LANTERN = resolve(import.meta.dirname, '../../../.cache/data/generated/Lantern1.glb');

type NamedNode = { readonly name: string; readonly extras: Record<string, unknown> };

/** The nodes in a GLB that have a name. */
function partNodes(glb: Uint8Array): NamedNode[] {
	const view = new DataView(glb.buffer, glb.byteOffset, glb.byteLength);
	const json = JSON.parse(new TextDecoder().decode(glb.subarray(20, 20 + view.getUint32(12, true))));
	return json.nodes.filter(({ name }: { name?: string }) => name);
}

const nodeNames = (glb: Uint8Array): string[] => partNodes(glb).map(({ name }) => name);

function folderWithCubes(): string {
	const folder = scratchFolder();
	writeFileSync(join(folder, 'cubes.obj'), TWO_CUBES_OBJ);
	return folder;
}

describe('segment', () => {
	it('writes parts, labels and picture, and says so', async () => {
		const folder = folderWithCubes();
		const args = ['cubes.obj', '-o', 'parts.glb', '--labels', 'parts.seg', '--render', 'parts.png'];
		const { code, stdout, stderr } = await runCommand(['segment', ...args], folder);
		expect(stderr).toBe('');
		expect(code).toBe(0);
		expect(nodeNames(readFileSync(join(folder, 'parts.glb')))).toEqual(['part_0', 'part_1']);
		// One number per quad of the file, not per triangle; the larger cube comes second in the file.
		expect(readFileSync(join(folder, 'parts.seg'), 'utf8')).toBe('1\n'.repeat(6) + '0\n'.repeat(6));
		expect(readFileSync(join(folder, 'parts.png')).subarray(1, 4).toString()).toBe('PNG');
		expect(stdout.toString()).toMatch(/^cubes\.obj: 24 faces → 2 parts in/);
		expect(stdout.toString()).toMatch(/part_0 +12 +80\.0 %\n +part_1 +12 +20\.0 %/);
		expect(stdout.toString()).toContain('wrote parts.glb');
		expect(readdirSync(folder).sort()).toEqual(['cubes.obj', 'parts.glb', 'parts.png', 'parts.seg']);
	});

	it('writes the part graph', async () => {
		const folder = folderWithCubes();
		const args = ['cubes.obj', '-o', 'out.glb', '--graph', 'graph.json', '--quiet'];
		expect((await runCommand(['segment', ...args], folder)).code).toBe(0);
		const { parts, joints } = JSON.parse(readFileSync(join(folder, 'graph.json'), 'utf8'));
		expect(parts.map(({ name, parent }: { name: string; parent: number | null }) => [name, parent])).toEqual([
			['part_0', null],
			['part_1', 0],
		]);
		expect(joints).toHaveLength(1);
		expect(joints[0]).toMatchObject({ parts: [0, 1], position: expect.any(Array), axis: expect.any(Array) });
		const [node] = partNodes(readFileSync(join(folder, 'out.glb')));
		expect(node!.extras).toMatchObject({ part: 0, parent: null, partner: null, joints: [{ part: 1 }] });
	});

	it('prints a stable machine form', async () => {
		const folder = folderWithCubes();
		const { code, stdout } = await runCommand(['segment', 'cubes.obj', '-o', 'out.glb', '--json'], folder);
		expect(code).toBe(0);
		expect(JSON.parse(stdout.toString())).toEqual({
			input: { path: 'cubes.obj', format: 'obj', faces: 24, vertices: 16 },
			output: { model: 'out.glb', labels: null, graph: null, render: null },
			parts: [
				{
					part: 0,
					name: 'part_0',
					faces: 12,
					area: expect.closeTo(96, 4),
					share: expect.closeTo(0.8, 6),
					neighbours: expect.any(Array),
				},
				{
					part: 1,
					name: 'part_1',
					faces: 12,
					area: expect.closeTo(24, 4),
					share: expect.closeTo(0.2, 6),
					neighbours: expect.any(Array),
				},
			],
			warnings: [],
			milliseconds: expect.objectContaining({ segment: expect.any(Number), 'write parts': expect.any(Number) }),
		});
	});

	it('hands the options on', async () => {
		const folder = folderWithCubes();
		const args = [
			'--parts',
			'3',
			'--min-part-size',
			'0',
			'--seed',
			'7',
			'--prefix',
			'piece-',
			'--joint-names',
			'extras',
		];
		const { code, stdout } = await runCommand(['segment', 'cubes.obj', '-o', 'out.glb', '--quiet', ...args], folder);
		expect(code).toBe(0);
		expect(stdout.toString()).toBe('');
		expect(nodeNames(readFileSync(join(folder, 'out.glb')))[0]).toBe('piece-0');
	});

	it('splits parts by connectivity', async () => {
		const folder = folderWithCubes();
		const args = ['cubes.obj', '-o', 'out.glb', '--quiet', '--parts', '1'];
		await runCommand(['segment', ...args], folder);
		expect(nodeNames(readFileSync(join(folder, 'out.glb')))).toEqual(['part_0']);
		await runCommand(['segment', ...args, '--split-by-connectivity'], folder);
		expect(nodeNames(readFileSync(join(folder, 'out.glb')))).toEqual(['part_0', 'part_1']);
	});

	it('names the sides of mirrored parts', async () => {
		const folder = scratchFolder();
		writeFileSync(join(folder, 'row.obj'), ROW_OF_CUBES_OBJ);
		const args = ['row.obj', '-o', 'out.glb', '--quiet', '--parts', '3', '--side-names', '--graph', 'graph.json'];
		expect((await runCommand(['segment', ...args], folder)).code).toBe(0);
		const names = ['part_0', 'part_1_right', 'part_2_left'];
		expect(nodeNames(readFileSync(join(folder, 'out.glb')))).toEqual(names);
		const { parts, symmetry } = JSON.parse(readFileSync(join(folder, 'graph.json'), 'utf8'));
		expect(parts.map(({ name }: { name: string }) => name)).toEqual(names);
		expect(parts.map(({ partner }: { partner: number | null }) => partner)).toEqual([null, 2, 1]);
		expect(symmetry.normal[0]).toBeCloseTo(1, 5);
	});

	it('takes the names of the source', async () => {
		const folder = scratchFolder();
		const [large, small] = [ROW_OF_CUBES_OBJ.split('\n').slice(0, 14), ROW_OF_CUBES_OBJ.split('\n').slice(14, 28)];
		writeFileSync(join(folder, 'named.obj'), ['usemtl body, main', ...large, 'usemtl foot', ...small].join('\n'));
		const args = ['named.obj', '-o', 'out.glb', '--quiet', '--parts', '2', '--source-names'];
		expect((await runCommand(['segment', ...args], folder)).code).toBe(0);
		expect(nodeNames(readFileSync(join(folder, 'out.glb')))).toEqual(['body_ main', 'foot']);
	});

	it('reads standard input and writes standard output', async () => {
		const folder = scratchFolder();
		const stdin = new TextEncoder().encode(bumpySphereOff(8));
		const { code, stdout, stderr } = await runCommand(
			['segment', '-', '-o', '-', '--granularity', 'simple'],
			folder,
			stdin,
		);
		expect(code).toBe(0);
		expect(stdout.subarray(0, 4).toString()).toBe('glTF');
		expect(stderr).toMatch(/^standard input: 2\d\d faces/);
		expect(readdirSync(folder)).toEqual([]);
	});

	it('gives the same bytes for the same bytes', async () => {
		const folder = folderWithCubes();
		await runCommand(['segment', 'cubes.obj', '-o', 'a.glb', '--quiet'], folder);
		await runCommand(['segment', 'cubes.obj', '-o', 'b.glb', '--quiet'], folder);
		expect(readFileSync(join(folder, 'a.glb')).equals(readFileSync(join(folder, 'b.glb')))).toBe(true);
	});

	it('shows the defaults of the engine', async () => {
		const { code, stdout } = await runCommand(['segment', '--help'], scratchFolder());
		expect(code).toBe(0);
		const text = stdout.toString().replaceAll(/\s+/g, ' ');
		expect(text).toContain(`or 0..1 (default: ${SEGMENT_DEFAULTS.granularity})`);
		expect(text).toContain(`0..1 (default: ${SEGMENT_DEFAULTS.minPartSize})`);
		expect(text).toContain(`(default: ${SEGMENT_DEFAULTS.namePrefix})`);
	});
});

describe('files that a model names', () => {
	it('are read from beside it, percent-encoded or not', async () => {
		const folder = scratchFolder();
		mkdirSync(join(folder, 'data'));
		writeFileSync(join(folder, 'data', 'a b.bin'), TRIANGLE_BIN);
		writeFileSync(join(folder, 'triangle.gltf'), triangleGltf('data/a%20b.bin'));
		const { code, stderr } = await runCommand(['segment', 'triangle.gltf', '-o', 'out.glb'], folder);
		expect(stderr).toBe('');
		expect(code).toBe(0);
	});

	it.each([
		['by a path upward', '../secret.bin'],
		['by an absolute path', '/SECRET'],
		['over a symbolic link', 'link.bin'],
	])('are not read from outside its folder %s', async (_, uri) => {
		const outside = scratchFolder();
		const folder = join(outside, 'inside');
		const secret = join(outside, 'secret.bin');
		mkdirSync(folder);
		writeFileSync(secret, TRIANGLE_BIN);
		symlinkSync(secret, join(folder, 'link.bin'));
		writeFileSync(join(folder, 'triangle.gltf'), triangleGltf(uri.replace('/SECRET', secret)));
		const { code, stdout } = await runCommand(['segment', 'triangle.gltf', '-o', 'out.glb', '--json'], folder);
		expect(code).toBe(3);
		expect(JSON.parse(stdout.toString()).error.code).toMatch(/missing-resource|malformed-file/);
	});
});

describe('exit codes', () => {
	it.each<[string, number, string, string[]]>([
		['no verb', 2, 'usage', ['--json']],
		['an unknown verb', 2, 'usage', ['divide', '--json']],
		['no output', 2, 'usage', ['segment', 'cubes.obj', '--json']],
		['an unknown option', 2, 'usage', ['segment', 'cubes.obj', '-o', 'x.glb', '--pieces', '3', '--json']],
		['a number that is none', 2, 'usage', ['segment', 'cubes.obj', '-o', 'x.glb', '--parts', 'many', '--json']],
		[
			'options that exclude each other',
			2,
			'usage',
			['segment', 'cubes.obj', '-o', 'x.glb', '--parts', '2', '--granularity', '1', '--json'],
		],
		[
			'a value out of range',
			2,
			'invalid-option',
			['segment', 'cubes.obj', '-o', 'x.glb', '--granularity', '2', '--json'],
		],
		['GLB and JSON on one stream', 2, 'invalid-option', ['segment', 'cubes.obj', '-o', '-', '--json']],
		['no model in the file', 3, 'unknown-format', ['segment', 'noise.bin', '-o', 'x.glb', '--json']],
		['a file that is not there', 4, 'file-not-found', ['segment', 'nothing.glb', '-o', 'x.glb', '--json']],
		['a folder for a file', 4, 'cannot-read', ['segment', '.', '-o', 'x.glb', '--json']],
		[
			'a place that cannot be written',
			4,
			'cannot-write',
			['segment', 'cubes.obj', '--labels', 'x.seg', '-o', 'no/x.glb', '--json'],
		],
	])('%s: %i %s', async (_, code, reason, args) => {
		const folder = folderWithCubes();
		writeFileSync(join(folder, 'noise.bin'), 'this is no model');
		const ended = await runCommand(args, folder);
		const { error } = JSON.parse(ended.stdout.toString() || '{}');
		expect({ code: ended.code, reason: error?.code }).toEqual({ code, reason });
		expect(error.message).not.toBe('');
		expect(error.cure).not.toBe('');
		expect(ended.stderr).not.toMatch(/\n\s+at /);
		expect(readdirSync(folder).sort()).toEqual(['cubes.obj', 'noise.bin']);
	});

	it('keeps what stood at the place of the output when the input is bad', async () => {
		const folder = scratchFolder();
		writeFileSync(join(folder, 'bad.glb'), 'glTF but not really, and long enough for a header');
		writeFileSync(join(folder, 'out.glb'), 'precious');
		const { code, stderr } = await runCommand(['segment', 'bad.glb', '-o', 'out.glb', '--debug'], folder);
		expect(code).toBe(3);
		expect(stderr).toMatch(/^error: .+\n {2}.+\n/);
		expect(stderr).toMatch(/\n\s+at /);
		expect(readFileSync(join(folder, 'out.glb'), 'utf8')).toBe('precious');
	});

	it('stops at Ctrl-C within a second and leaves nothing behind: 130', async () => {
		const folder = scratchFolder();
		const child = startCommand(['segment', '-', '-o', 'out.glb'], folder);
		const ended = endOf(child);
		// Once all is read from the pipe the command is past its start.
		await new Promise<void>((resolve) => child.stdin.end(bumpySphereOff(250), () => resolve()));
		await wait(500);
		const start = performance.now();
		child.kill('SIGINT');
		expect(await ended).toMatchObject({ code: 130, signal: null, stderr: 'cancelled: nothing was written\n' });
		expect(performance.now() - start).toBeLessThan(1500);
		expect(readdirSync(folder)).toEqual([]);
	});
});

describe('a generated model', () => {
	it.skipIf(!existsSync(LANTERN))(`is divided into parts (skipped where ${LANTERN} is not unpacked)`, async () => {
		const folder = scratchFolder();
		const { code, stdout } = await runCommand(
			['segment', LANTERN, '-o', 'out.glb', '--labels', 'out.seg', '--graph', 'graph.json', '--json'],
			folder,
		);
		expect(code).toBe(0);
		const { parts, input } = JSON.parse(stdout.toString());
		const labels = readFileSync(join(folder, 'out.seg'), 'utf8').trimEnd().split('\n').map(Number);
		expect(labels).toHaveLength(input.faces);
		const counts = parts.map((_: unknown, p: number) => labels.filter((label) => label === p).length);
		expect(counts).toEqual(parts.map(({ faces }: { faces: number }) => faces));
		expect(parts.length).toBeGreaterThanOrEqual(3);
		expect(parts.length).toBeLessThanOrEqual(20);
		const graph = JSON.parse(readFileSync(join(folder, 'graph.json'), 'utf8'));
		expect(graph.joints.length).toBeGreaterThanOrEqual(parts.length - 1);
		for (const { loops, seam, axis } of graph.joints) {
			const length = loops.reduce((sum: number, loop: { length: number }) => sum + loop.length, 0);
			expect(length).toBeCloseTo(seam, 5);
			expect(Math.hypot(...axis)).toBeCloseTo(1, 6);
		}
		// One tree: whoever follows the parents ends at the largest part.
		expect(graph.parts.map(({ parent }: { parent: number | null }) => parent).indexOf(null)).toBe(0);
		expect(nodeNames(readFileSync(join(folder, 'out.glb')))).toEqual(parts.map(({ name }: { name: string }) => name));
	});
});
