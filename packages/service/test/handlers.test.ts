import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HANDLERS, type Job } from '../src/worker/handlers.ts';

const CUBE = `v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1
f 1 4 3 2\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n`;
const LANTERN = readFileSync(new URL('../../../examples/models/lantern.glb', import.meta.url));

/** Runs the shipped handler of a type; also says which fractions it told on the way. */
async function run(type: string, job: Pick<Job, 'bytes' | 'name'> & Partial<Job>) {
	const handler = await HANDLERS.find((entry) => entry.type === type)!.load();
	const fractions: number[] = [];
	const watch = { onProgress: ({ fraction }: { fraction: number }) => void fractions.push(fraction) };
	const { outputs, report } = await handler({ options: {}, partPrefix: 'tripo_part_', ...job }, watch);
	const picture = outputs.at(-1)!;
	expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
	const files = outputs.map(({ role, name }) => `${role} ${name}`);
	expect(files.at(-1)).toBe('rendered_image rendered.png');
	expect([...picture.bytes.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
	return {
		files,
		model: Buffer.from(outputs[0]!.bytes),
		glb: Buffer.from(outputs.find(({ name }) => name === 'model.glb')!.bytes),
		report: report as Record<string, unknown>,
	};
}

/** Names of the nodes of a GLB that have a mesh. */
function nodeNames(glb: Buffer): string[] {
	const json = JSON.parse(glb.toString('utf8', 20, 20 + glb.readUInt32LE(12))) as {
		nodes: { name: string; mesh?: number }[];
	};
	return json.nodes.filter(({ mesh }) => mesh !== undefined).map(({ name }) => name);
}

describe('import_model', () => {
	it('keeps a GLB byte for byte', async () => {
		const { model, report } = await run('import_model', { bytes: LANTERN, name: 'lantern.jpeg' });
		expect(model.equals(LANTERN)).toBe(true);
		expect(report).toMatchObject({ format: 'glb', triangles: expect.any(Number), warnings: expect.any(Array) });
	});

	it('makes a GLB of another format', async () => {
		const { model, report } = await run('import_model', { bytes: Buffer.from(CUBE), name: 'cube.obj' });
		expect(model.toString('latin1', 0, 4)).toBe('glTF');
		expect(report).toMatchObject({ format: 'obj', triangles: 12, vertices: 8 });
	});

	it('says what is wrong with a file that is no model', async () => {
		const refused = run('import_model', { bytes: Buffer.from('no model at all'), name: 'x.glb' });
		await expect(refused).rejects.toMatchObject({ name: 'MeshError', cure: expect.stringMatching(/./) });
	});
});

describe('mesh_segmentation', () => {
	it('splits parts by connectivity when asked', async () => {
		const other = CUBE.replaceAll(/^v (\d)/gm, (_, x) => `v ${Number(x) + 1.01}`).replaceAll(/^f .*$/gm, (face) =>
			face.replaceAll(/\d/g, (v) => String(Number(v) + 8)),
		);
		const job = { bytes: Buffer.from(CUBE + other), name: 'cubes.obj' };
		const counts = [];
		for (const splitByConnectivity of [false, true]) {
			const { model } = await run('mesh_segmentation', { ...job, options: { parts: 1, splitByConnectivity } });
			counts.push(nodeNames(model).length);
		}
		expect(counts).toEqual([1, 2]);
	});

	it('gives named parts, the prefix from the configuration', async () => {
		const { model, report } = await run('mesh_segmentation', { bytes: LANTERN, name: 'lantern.glb' });
		const names = nodeNames(model);
		expect(names.length).toBeGreaterThan(1);
		expect(new Set(names)).toEqual(new Set(names.map((_, i) => `tripo_part_${i}`)));
		expect((report.parts as unknown[]).length).toBe(names.length);
	});

	it('obeys its options', async () => {
		const options = { parts: 3, namePrefix: 'piece_' };
		const { model } = await run('mesh_segmentation', { bytes: LANTERN, name: 'lantern.glb', options });
		expect(nodeNames(model).every((name) => name.startsWith('piece_'))).toBe(true);
	});
});

/** What `mesh_segmentation` makes of the lantern in two parts. */
const parts = async (): Promise<Buffer> =>
	(await run('mesh_segmentation', { bytes: LANTERN, name: 'lantern.glb', options: { parts: 2 } })).model;

describe('mesh_completion', () => {
	it('makes the parts whole, keeps their names and tells how', async () => {
		const { model, files, report } = await run('mesh_completion', { bytes: await parts(), name: 'model.glb' });
		expect(files).toEqual(['model model.glb', 'rendered_image rendered.png']);
		expect(nodeNames(model)).toEqual(['tripo_part_0', 'tripo_part_1']);
		const told = report.parts as { name: string; completion: { closed: boolean } }[];
		expect(told.map(({ name }) => name)).toEqual(['tripo_part_0', 'tripo_part_1']);
		expect(told.every(({ completion }) => typeof completion.closed === 'boolean')).toBe(true);
	});

	it('leaves parts alone that are not named', async () => {
		const options = { partNames: ['tripo_part_1'] };
		const { report } = await run('mesh_completion', { bytes: await parts(), name: 'model.glb', options });
		const told = report.parts as { completion?: object }[];
		expect(told.map(({ completion }) => completion !== undefined)).toEqual([false, true]);
	});
});

describe('highpoly_to_lowpoly', () => {
	it('gives a GLB of few triangles', async () => {
		const options = { faceLimit: 1000, textureSize: 256 };
		const job = { bytes: LANTERN, name: 'lantern.glb', options };
		const { files, report } = await run('highpoly_to_lowpoly', job);
		expect(files).toEqual(['model model.glb', 'rendered_image rendered.png']);
		expect(report.faces).toBeLessThanOrEqual(1000);
		expect(report.triangles).toBe(report.faces);
	});

	it('gives FBX for quads, and the same as GLB; parts keep their names', async () => {
		const options = { faceLimit: 1000, quad: true, textureSize: 256 };
		const job = { bytes: await parts(), name: 'model.glb', options };
		const { model, glb, files, report } = await run('highpoly_to_lowpoly', job);
		expect(files).toEqual(['model model.fbx', 'glb model.glb', 'rendered_image rendered.png']);
		expect(model.toString('latin1', 0, 18)).toBe('Kaydara FBX Binary');
		expect(nodeNames(glb)).toEqual(['tripo_part_0', 'tripo_part_1']);
		expect(report.quads).toBeGreaterThan(0);
	});

	it('leaves parts alone that are not named', async () => {
		const source = await parts();
		const options = { faceLimit: 500, textureSize: 256, partNames: ['tripo_part_0'] };
		const { report } = await run('highpoly_to_lowpoly', { bytes: source, name: 'model.glb', options });
		const told = report.parts as { faces?: number }[];
		expect(told.map(({ faces }) => faces !== undefined)).toEqual([true, false]);
	});
});
