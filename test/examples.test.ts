import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Document, NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import {
	type Model,
	partGraph,
	readModel,
	type Segmentation,
	segment,
	withGraph,
	writeParts,
} from '@meshwright/engine';
import validator from 'gltf-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
let folder: string;
let model: Model;
let segmentation: Segmentation;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'meshwright-examples-'));
	model = await readModel(await readFile(join(ROOT, 'examples/models/lantern.glb')));
	segmentation = segment(model.mesh);
	const parts = withGraph(segmentation, partGraph(model.mesh, segmentation));
	await writeFile(join(folder, 'parts.glb'), await writeParts(model, parts));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs an example as its own header says. */
async function example(name: string, ...args: string[]): Promise<string> {
	const script = join(ROOT, 'examples', `${name}.ts`);
	const paths = args.map((arg) => (arg.startsWith('part_') ? arg : resolve(folder, arg)));
	const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...paths], { cwd: ROOT });
	return stdout;
}

const read = (name: string): Promise<Document> => io.read(join(folder, name));

async function expectValid(name: string): Promise<void> {
	const report = await validator.validateBytes(new Uint8Array(await readFile(join(folder, name))));
	expect(report.issues.messages.filter((m: { severity: number }) => m.severity === 0)).toEqual([]);
}

/** Triangles of all scenes' nodes. */
function triangles(document: Document): number {
	let count = 0;
	for (const node of document.getRoot().listNodes()) {
		for (const primitive of node.getMesh()?.listPrimitives() ?? []) count += primitive.getIndices()!.getCount() / 3;
	}
	return count;
}

describe('the documented use cases, on the sample model', () => {
	it('has parts to work with', () => expect(segmentation.parts.length).toBeGreaterThanOrEqual(2));

	it('selective texturing: one part gets a material of its own', async () => {
		await example('selective-texturing', 'parts.glb', 'part_1', 'textured.glb');
		await expectValid('textured.glb');
		const materialOf = new Map<string, string>();
		for (const node of (await read('textured.glb')).getRoot().listNodes()) {
			const primitive = node.getMesh()?.listPrimitives()[0];
			if (node.getName() && primitive) materialOf.set(node.getName(), primitive.getMaterial()?.getName() ?? '');
		}
		expect(materialOf.get('part_1')).toBe('brass');
		expect([...materialOf.values()].filter((name) => name === 'brass')).toHaveLength(1);
	});

	it('modular assets: every part is a component of its own', async () => {
		await example('modular-assets', 'parts.glb', 'modules');
		const files = (await readdir(join(folder, 'modules'))).sort();
		expect(files).toEqual(segmentation.parts.map(({ name }) => `${name}.glb`).sort());
		let sum = 0;
		for (const file of files) {
			await expectValid(join('modules', file));
			sum += triangles(await read(join('modules', file)));
		}
		expect(sum).toBe(model.mesh.triangles.length / 3);
	});

	it('part-based editing: one part is replaced, the rest stays', async () => {
		await example('part-based-editing', 'parts.glb', 'part_1', join(ROOT, 'examples/models/lantern.glb'), 'edited.glb');
		await expectValid('edited.glb');
		const all = model.mesh.triangles.length / 3;
		expect(triangles(await read('edited.glb'))).toBe(all - segmentation.parts[1]!.triangles + all);
	});

	it('rigging preparation: a joint between each part and its parent, and nothing moves', async () => {
		await example('rigging-preparation', 'parts.glb', 'rigged.glb');
		await expectValid('rigged.glb');
		const names = (await read('rigged.glb'))
			.getRoot()
			.listNodes()
			.map((node) => node.getName());
		for (const { name } of segmentation.parts) expect(names).toContain(`joint_${name}`);
		const rigged = await readModel(new Uint8Array(await readFile(join(folder, 'rigged.glb'))));
		const extent = ({ mesh }: Model): number[] =>
			[0, 1, 2].map((axis) => mesh.positions.reduce((m, x, i) => (i % 3 === axis ? Math.max(m, x) : m), -Infinity));
		for (const axis of [0, 1, 2]) expect(extent(rigged)[axis]).toBeCloseTo(extent(model)[axis]!, 5);
	});
});
