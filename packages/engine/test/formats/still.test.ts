import { describe, expect, it } from 'vitest';
import { flattenScene } from '../../src/formats/scene.ts';
import { isStill } from '../../src/formats/still.ts';
import { accessor, ribbon, sceneOf } from './documents.ts';

describe('isStill', () => {
	it('is said of one rigid piece', () => {
		const { document } = sceneOf((document) => [ribbon(document, 2)]);
		expect(isStill(flattenScene(document, { format: 'glb' }))).toBe(true);
	});

	it('is not said of several pieces, nor of what bends', () => {
		const two = sceneOf((document) => [ribbon(document, 2), ribbon(document, 1)]);
		expect(isStill(flattenScene(two.document, { format: 'glb' }))).toBe(false);
		const { document } = sceneOf((document) => {
			const primitive = ribbon(document, 1);
			const moved = accessor(document, 'VEC3', new Float32Array(12).fill(1));
			return [primitive.addTarget(document.createPrimitiveTarget().setAttribute('POSITION', moved))];
		});
		expect(isStill(flattenScene(document, { format: 'glb' }))).toBe(false);
	});
});
