import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { completeModel, lowpolyModel, type Model, partsOfNodes, readModel, segmentModel } from '@meshwright/engine';
import { sharpCodec } from '@meshwright/service/codecs';
import validator from 'gltf-validator';
import { describe, expect, it } from 'vitest';

/**
 * The three verbs one after the other on every generated model: parts, whole parts, few faces. What can be seen stays
 * bit for bit through completion; low-poly keeps to its limit; every file validates and keeps the names of the parts.
 */
const DATA = join(import.meta.dirname, '../.cache/data/generated');
const models = existsSync(DATA) ? readdirSync(DATA).filter((name) => name.endsWith('.glb')) : [];
const codec = sharpCodec();

describe.skipIf(models.length === 0)(`every generated model (skipped without the data set in ${DATA})`, () => {
	it.each(models)('%s', { timeout: 300_000 }, async (name) => {
		const source = await readModel(Uint8Array.from(readFileSync(join(DATA, name))), { name });
		const segmented = await segmentModel(source, {}, { codec });
		const parted = await readModel(segmented.glb);
		const parts = partsOfNodes(parted);
		const names = segmented.segmentation.parts.map((part) => part.name);
		expect(parts.parts.map((part) => part.name)).toEqual(names);

		const { glb, completed, report } = await completeModel(parted, parts, {}, { codec });
		await expectValid(glb);
		const whole = await readModel(glb);
		expect(partsOfNodes(whole).parts.map((part) => part.name)).toEqual(names);
		expect(whole.mesh.triangles.length / 3).toBe(report.triangles);
		expectAmong(trianglesOf(parted), trianglesOf(whole));
		for (const part of completed)
			expect(part.closed || part.warnings.length > 0, `${part.name} is open and does not say why`).toBe(true);

		for (const quad of [false, true]) {
			const options = { faceLimit: 3000, quad, textureSize: 512 };
			const low = await lowpolyModel(whole, partsOfNodes(whole), options, { codec });
			await expectValid(low.files[0]!.bytes);
			expect(low.report.faces).toBeLessThanOrEqual(3000);
			const { mesh, materials, images } = await readModel(low.files[0]!.bytes);
			expect(mesh.triangles.length / 3).toBe(low.report.triangles);
			for (const material of materials)
				for (const [key, use] of Object.entries(material))
					if (key.endsWith('Texture')) expect(images[(use as { image: number }).image]).toBeDefined();
		}
	});
});

async function expectValid(glb: Uint8Array): Promise<void> {
	const { issues } = await validator.validateBytes(glb, { maxIssues: 20 });
	expect(issues.messages.filter(({ severity }: { severity: number }) => severity === 0)).toEqual([]);
}

/** How often each triangle occurs, by the bits of its corners from the least on. */
function trianglesOf({ mesh: { positions, triangles } }: Model): Map<string, number> {
	const bits = new Uint32Array(positions.buffer, positions.byteOffset, positions.length);
	const counts = new Map<string, number>();
	for (let c = 0; c < triangles.length; c += 3) {
		const corners = [0, 1, 2].map((k) => bits.subarray(3 * triangles[c + k]!, 3 * triangles[c + k]! + 3).join());
		const least = corners.indexOf([...corners].sort()[0]!);
		const key = `${corners[least]}|${corners[(least + 1) % 3]}|${corners[(least + 2) % 3]}`;
		counts.set(key, (counts.get(key) ?? 0) + 1);
	}
	return counts;
}

function expectAmong(some: ReadonlyMap<string, number>, all: ReadonlyMap<string, number>): void {
	let missing = 0;
	for (const [key, count] of some) missing += Math.max(0, count - (all.get(key) ?? 0));
	expect(missing, 'visible triangles that are not there bit for bit').toBe(0);
}
