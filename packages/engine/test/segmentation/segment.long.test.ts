import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/formats/read.ts';
import { segment } from '../../src/segmentation/segment.ts';
import { disagreement } from './shapes.ts';

const DATA = resolve(import.meta.dirname, '../../../../.cache/data');
const PSB = join(DATA, 'psb/data');
const GENERATED = join(DATA, 'generated');
const read = async (file: string) => (await readModel(new Uint8Array(readFileSync(file)), { name: file })).mesh;

// Needs the sets psb-public and generated-public under .cache/data; skipped where they are absent.
describe.skipIf(!existsSync(PSB))('segment against people (psb-public)', () => {
	it('disagrees with them hardly more than they do among themselves', async () => {
		// Every sixth model of the odd half, on which nothing was tuned: one of each kind of thing or so.
		const ids = readdirSync(join(PSB, 'off'))
			.map((file) => Number(file.replace('.off', '')))
			.filter((id) => id % 2 === 1)
			.sort((a, b) => a - b)
			.filter((_, i) => i % 6 === 0);
		let error = 0;
		let parts = 0;
		for (const id of ids) {
			const result = segment(await read(join(PSB, 'off', `${id}.off`)));
			const people = readdirSync(join(PSB, 'seg/Benchmark', String(id)));
			parts += result.parts.length / ids.length;
			for (const file of people) {
				const truth = readFileSync(join(PSB, 'seg/Benchmark', String(id), file), 'utf8')
					.trim()
					.split(/\s+/)
					.map(Number);
				error += disagreement(result.partOf, truth) / people.length / ids.length;
			}
		}
		expect(error).toBeLessThan(0.12);
		expect(parts).toBeGreaterThan(5);
		expect(parts).toBeLessThan(12);
	}, 300_000);
});

describe.skipIf(!existsSync(GENERATED))('segment on generated models (generated-public)', () => {
	const files = existsSync(GENERATED) ? readdirSync(GENERATED).filter((file) => file.endsWith('.glb')) : [];
	it.each(files)(
		'%s falls into a handful of parts',
		async (file) => {
			const mesh = await read(join(GENERATED, file));
			const { parts, partOf } = segment(mesh);
			expect(parts.length).toBeGreaterThanOrEqual(3);
			expect(parts.length).toBeLessThanOrEqual(25);
			expect(partOf).toHaveLength(mesh.triangles.length / 3);
		},
		60_000,
	);
});
