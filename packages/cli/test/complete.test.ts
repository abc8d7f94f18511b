import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModel } from '@meshwright/engine';
import { describe, expect, it } from 'vitest';
import { bumpySphereOff, TWO_CUBES_OBJ } from './crafted-models.ts';
import { runCommand, scratchFolder } from './run-command.ts';

/** A bumpy sphere, and which of its faces look up: two open halves. */
function folderWithHalves(): string {
	const folder = scratchFolder();
	const n = 12;
	writeFileSync(join(folder, 'ball.off'), bumpySphereOff(n));
	const labels = Array.from({ length: 4 * n * n }, (_, t) => (t < 2 * n * n ? 0 : 1));
	writeFileSync(join(folder, 'ball.seg'), `${labels.join('\n')}\n`);
	return folder;
}

describe('complete', () => {
	it('closes the parts of a label file, and says so', async () => {
		const folder = folderWithHalves();
		const args = ['ball.off', '--labels', 'ball.seg', '-o', 'whole.glb', '--render', 'whole.png'];
		const { code, stdout, stderr } = await runCommand(['complete', ...args], folder);
		expect(stderr).toBe('');
		expect(code).toBe(0);
		expect(stdout.toString()).toMatch(/^ball\.off: 2 of 2 parts closed in/);
		expect(stdout.toString()).toMatch(/part_0 .*closed/);
		expect(readFileSync(join(folder, 'whole.png')).subarray(1, 4).toString()).toBe('PNG');
		expect(readdirSync(folder).sort()).toEqual(['ball.off', 'ball.seg', 'whole.glb', 'whole.png']);
		const whole = await readModel(new Uint8Array(readFileSync(join(folder, 'whole.glb'))));
		expect(whole.mesh.triangles.length / 3).toBeGreaterThan(4 * 12 * 12);
	});

	it('takes what segment wrote, and leaves parts that are not named as they are', async () => {
		const folder = scratchFolder();
		writeFileSync(join(folder, 'ball.off'), bumpySphereOff(16));
		await runCommand(['segment', 'ball.off', '-o', 'parts.glb', '--parts', '2', '--quiet'], folder);
		const args = ['parts.glb', '-o', 'whole.glb', '--parts', 'part_1', '--json'];
		const { code, stdout } = await runCommand(['complete', ...args], folder);
		expect(code).toBe(0);
		const { parts, output } = JSON.parse(stdout.toString());
		expect(parts).toHaveLength(2);
		expect(parts[0].completion).toBeNull();
		expect(parts[1].completion).toMatchObject({ closed: true, capFaces: expect.any(Number) });
		expect(output.faces).toBe(4 * 16 * 16 + parts[1].completion.capFaces);
	});

	it.each([
		['a part that is not there', ['--parts', 'wing'], 2, /'wing'; the parts are/],
		['a method that is none', ['--method', 'magic'], 2, /quick_cap/],
		['labels that are not there', ['--labels', 'none.seg'], 4, /none\.seg/],
		['labels of another model', ['--labels', 'short.seg'], 3, /2 labels.*12 faces/],
	])('refuses %s', async (_, more, exit, message) => {
		const folder = scratchFolder();
		writeFileSync(join(folder, 'cubes.obj'), TWO_CUBES_OBJ);
		writeFileSync(join(folder, 'short.seg'), '0\n1\n');
		const { code, stderr } = await runCommand(['complete', 'cubes.obj', '-o', 'out.glb', ...more], folder);
		expect(code).toBe(exit);
		expect(stderr).toMatch(message);
		expect(readdirSync(folder).sort()).toEqual(['cubes.obj', 'short.seg']);
	});
});
