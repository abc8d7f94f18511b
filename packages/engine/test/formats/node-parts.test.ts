import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from '@gltf-transform/core';
import { describe, expect, it } from 'vitest';
import { hasParts, partsOfNodes } from '../../src/formats/node-parts.ts';
import { writeParts } from '../../src/formats/parts.ts';
import { readModel } from '../../src/formats/read.ts';
import { flattenScene } from '../../src/formats/scene.ts';
import type { Model } from '../../src/mesh/model.ts';
import { partsOf, ribbon, sceneOf } from './documents.ts';

const flatten = (document: Document): Model => flattenScene(document, { format: 'glb' });
const DATA = join(import.meta.dirname, '..', '..', '..', '..', '.cache', 'data');

describe('partsOfNodes', () => {
	it('finds again what writeParts wrote: numbers, names, counts, extras; areas and seams measured', async () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 3), ribbon(d, 3)]);
		nodes[1].setTranslation([3, 0, 0]);
		const model = flatten(document);
		const labels = [0, 0, 1, 1, 2, 2, 2, 2, 0, 0, 1, 1];
		const { partOf, parts } = partsOf(labels);
		const named = parts.map((part, p) => ({ ...part, name: ['leg', 'arm', 'head'][p], extras: { closed: p === 1 } }));
		const again = await readModel(await writeParts(model, { partOf, parts: named }));
		expect(hasParts(again)).toBe(true);
		expect(hasParts(model)).toBe(false);
		const found = partsOfNodes(again);
		expect(found.parts.map(({ name, triangles, area, extras }) => [name, triangles, area, extras])).toEqual([
			['leg', 4, 2, { closed: false }],
			['arm', 4, 2, { closed: true }],
			['head', 4, 2, { closed: false }],
		]);
		expect(found.parts.map(({ neighbours }) => neighbours)).toEqual([
			[
				{ part: 1, seam: 2 },
				{ part: 2, seam: 1 },
			],
			[
				{ part: 0, seam: 2 },
				{ part: 2, seam: 1 },
			],
			[
				{ part: 0, seam: 1 },
				{ part: 1, seam: 1 },
			],
		]);
		const counts = [0, 0, 0];
		for (const part of found.partOf) counts[part]++;
		expect(counts).toEqual([4, 4, 4]);
	});

	it('takes each named node with triangles for a part, whatever wrote it', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 2), ribbon(d, 3), ribbon(d, 4)]);
		nodes[0].setName('a,b');
		nodes[1].setName('twin');
		nodes[2].setName('twin').addChild(nodes[3].setName(''));
		nodes[3].getMesh()!.setName('');
		const { parts, partOf } = partsOfNodes(flatten(document));
		expect(parts.map(({ name, triangles }) => [name, triangles])).toEqual([
			['a_b', 2],
			['twin', 4],
			['twin_2', 14],
		]);
		expect([...new Set(partOf)]).toEqual([0, 1, 2]);
	});

	it('gives nodes without any name a part each', () => {
		const { document, nodes } = sceneOf((d) => [ribbon(d, 1), ribbon(d, 1)]);
		for (const node of nodes) node.setName('').getMesh()!.setName('');
		expect(partsOfNodes(flatten(document)).parts.map(({ name }) => name)).toEqual(['part_0', 'part_1']);
	});

	it.skipIf(!existsSync(join(DATA, 'named')))(
		'counts every triangle of a real character once (skipped without it)',
		async () => {
			const model = await readModel(readFileSync(join(DATA, 'named', 'modular_men_King.glb')));
			const { parts, partOf } = partsOfNodes(model);
			expect(parts.length).toBeGreaterThan(1);
			expect(parts.reduce((sum, { triangles }) => sum + triangles, 0)).toBe(partOf.length);
			const again = partsOfNodes(await readModel(await writeParts(model, { partOf, parts })));
			expect(again.parts.map(({ name, triangles }) => [name, triangles])).toEqual(
				parts.map(({ name, triangles }) => [name, triangles]),
			);
		},
	);
});
