import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOWPOLY_DEFAULTS, OUTPUTS, readModel } from '@meshwright/engine';
import { describe, expect, it } from 'vitest';
import { ENDINGS, TEXTURE_SIZE } from '../src/commands/lowpoly-offers.ts';
import { bumpySphereOff } from './crafted-models.ts';
import { runCommand, scratchFolder } from './run-command.ts';

function folderWithBall(): string {
	const folder = scratchFolder();
	writeFileSync(join(folder, 'ball.off'), bumpySphereOff(24));
	return folder;
}

describe('lowpoly', () => {
	it('writes few faces with baked textures, and says so', async () => {
		const folder = folderWithBall();
		const args = ['ball.off', '-o', 'low.glb', '--faces', '600', '--texture-size', '256', '--render', 'low.png'];
		const { code, stdout, stderr } = await runCommand(['lowpoly', ...args], folder);
		expect(stderr).toBe('');
		expect(code).toBe(0);
		expect(stdout.toString()).toMatch(/^ball\.off: 2,304 faces → (600|599|598) in/);
		expect(readFileSync(join(folder, 'low.png')).subarray(1, 4).toString()).toBe('PNG');
		const { mesh, materials, images } = await readModel(new Uint8Array(readFileSync(join(folder, 'low.glb'))));
		expect(mesh.triangles.length / 3).toBeLessThanOrEqual(600);
		expect(mesh.corner.uv).toBeDefined();
		expect(materials).toHaveLength(1);
		expect(materials[0]!.normalTexture).toBeDefined();
		expect(images.length).toBeGreaterThan(0);
	});

	it.each([
		['fbx', (head: Buffer) => head.toString('latin1').startsWith('Kaydara FBX Binary')],
		['zip', (head: Buffer) => head.toString('latin1').startsWith('PK')],
	])('writes quads as %s', async (ending, isIt) => {
		const folder = folderWithBall();
		const args = ['ball.off', '-o', `low.${ending}`, '--faces', '600', '--quad', '--texture-size', '256', '--json'];
		const { code, stdout } = await runCommand(['lowpoly', ...args], folder);
		expect(code).toBe(0);
		const { faces, quads } = JSON.parse(stdout.toString());
		expect(faces).toBeLessThanOrEqual(600);
		expect(quads / faces).toBeGreaterThan(0.7);
		expect(isIt(readFileSync(join(folder, `low.${ending}`)))).toBe(true);
	});

	it('computes occlusion where it is asked for, and not otherwise', async () => {
		const folder = folderWithBall();
		const args = ['ball.off', '--faces', '600', '--texture-size', '256'];
		const occluded = async (out: string, ...more: string[]): Promise<boolean> => {
			const { code } = await runCommand(['lowpoly', ...args, '-o', out, ...more], folder);
			expect(code).toBe(0);
			const { materials } = await readModel(new Uint8Array(readFileSync(join(folder, out))));
			return materials[0]!.occlusionTexture !== undefined;
		};
		expect(await occluded('plain.glb')).toBe(false);
		expect(await occluded('dark.glb', '--occlusion', 'compute')).toBe(true);
	});

	it('offers what the engine does', () => {
		expect(TEXTURE_SIZE).toBe(LOWPOLY_DEFAULTS.textureSize);
		expect(ENDINGS).toEqual(OUTPUTS.map(({ extension, format, title }) => ({ extension, format, title })));
	});

	it.each([
		['an ending that says nothing', 'low.ply', [], 2, /\.glb .*\.fbx .*\.zip/],
		['too few faces', 'low.glb', ['--faces', '1'], 2, /faceLimit is 1/],
		['a part that is not there', 'low.glb', ['--parts', 'wing'], 2, /'wing'/],
	])('refuses %s', async (_, out, more, exit, message) => {
		const folder = folderWithBall();
		const { code, stderr } = await runCommand(['lowpoly', 'ball.off', '-o', out, ...more], folder);
		expect(code).toBe(exit);
		expect(stderr).toMatch(message);
		expect(readdirSync(folder)).toEqual(['ball.off']);
	});
});
