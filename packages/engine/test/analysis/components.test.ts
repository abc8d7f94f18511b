import { describe, expect, it } from 'vitest';
import { components } from '../../src/analysis/components.ts';
import { soup, toMesh, torus } from '../spatial/surfaces.ts';

const of = (triangles: number[]): { componentOf: number[]; count: number } => {
	const positions = Float32Array.from({ length: 3 * (Math.max(...triangles) + 1) }, (_, i) => i * i);
	const { componentOf, count } = components(toMesh({ positions, triangles: new Uint32Array(triangles) }));
	return { componentOf: [...componentOf], count };
};

describe('components', () => {
	it('of two tori, triangles taken in turns, are two, numbered by first triangle', () => {
		const { positions, triangles } = torus(12, 8);
		const vertices = positions.length / 3;
		const both = new Float32Array([...positions, ...positions.map((x) => x + 5)]);
		const mixed: number[] = [];
		for (let c = 0; c < triangles.length; c += 3) {
			for (let k = 0; k < 3; k++) mixed.push(triangles[c + k] + vertices);
			for (let k = 0; k < 3; k++) mixed.push(triangles[c + k]);
		}
		const { componentOf, count } = components(toMesh({ positions: both, triangles: new Uint32Array(mixed) }));
		expect(count).toBe(2);
		componentOf.forEach((component, t) => {
			expect(component).toBe(t % 2);
		});
	});

	it('hold together over edges, not over vertices', () => {
		expect(of([0, 1, 2, 2, 3, 4])).toEqual({ componentOf: [0, 1], count: 2 });
		expect(of([0, 1, 2, 2, 1, 3])).toEqual({ componentOf: [0, 0], count: 1 });
	});

	it('hold together over edges of three wings and over edges that run the same way', () => {
		expect(of([0, 1, 2, 1, 0, 3, 0, 1, 4])).toEqual({ componentOf: [0, 0, 0], count: 1 });
		expect(of([0, 1, 2, 0, 1, 3])).toEqual({ componentOf: [0, 0], count: 1 });
	});

	it('take triangles without an edge as pieces of their own', () => {
		expect(of([0, 1, 2, 3, 3, 3, 4, 5, 6])).toEqual({ componentOf: [0, 1, 2], count: 3 });
	});

	it('of a soup are its triangles; of nothing, none', () => {
		expect(components(toMesh(soup(50, 0.1, 1))).count).toBe(50);
		expect(components(toMesh({ positions: new Float32Array(0), triangles: new Uint32Array(0) })).count).toBe(0);
	});
});
