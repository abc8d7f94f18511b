import { describe, expect, it } from 'vitest';
import { complete } from '../../src/completion/complete.ts';
import { dressCaps } from '../../src/completion/dress-caps.ts';
import { readModel } from '../../src/formats/read.ts';
import { measureParts } from '../../src/mesh/measure-parts.ts';
import type { Parts } from '../../src/mesh/parts.ts';

/** A ball as PLY, coloured by height: red below, with more and more green above. */
function ballPly(n: number): Uint8Array {
	const vertices: string[] = [];
	const faces: string[] = [];
	for (let i = 0; i <= n; i++)
		for (let j = 0; j < 2 * n; j++) {
			const [theta, phi] = [(Math.PI * i) / n, (Math.PI * j) / n];
			const place = [Math.sin(theta) * Math.cos(phi), Math.sin(theta) * Math.sin(phi), Math.cos(theta)];
			vertices.push(`${place.map((x) => x.toFixed(6)).join(' ')} 255 ${Math.round((255 * (n - i)) / n)} 0`);
		}
	for (let i = 0; i < n; i++)
		for (let j = 0; j < 2 * n; j++) {
			const [a, b] = [2 * n * i + j, 2 * n * i + ((j + 1) % (2 * n))];
			if (i > 0) faces.push(`3 ${a} ${a + 2 * n} ${b}`);
			if (i < n - 1) faces.push(`3 ${b} ${a + 2 * n} ${b + 2 * n}`);
		}
	const head = [
		'ply\nformat ascii 1.0',
		`element vertex ${vertices.length}\nproperty float x\nproperty float y\nproperty float z`,
		'property uchar red\nproperty uchar green\nproperty uchar blue',
		`element face ${faces.length}\nproperty list uchar int vertex_indices\nend_header`,
	];
	return new TextEncoder().encode(`${[...head, ...vertices, ...faces].join('\n')}\n`);
}

describe('caps of a ball cut along a slope', async () => {
	const model = await readModel(ballPly(16), { name: 'ball.ply' });
	const { positions, triangles } = model.mesh;
	const partOf = Uint16Array.from({ length: triangles.length / 3 }, (_, t) => {
		const v = 3 * triangles[3 * t];
		return positions[v + 2] + 0.6 * positions[v] > 0.1 ? 1 : 0;
	});
	const parts: Parts = {
		partOf,
		parts: measureParts(model.mesh, partOf, 2).map((part, p) => ({ ...part, name: `part_${p}` })),
	};
	const { parts: completed } = complete(model.mesh, parts);
	const { mesh, materials, anchors, partOf: capPart } = dressCaps(model, [], completed);

	it('are all the triangles that completion added, each with a normal of length 1', () => {
		expect(mesh.triangles.length / 3).toBe(completed.reduce((sum, part) => sum + part.capTriangles, 0));
		expect(new Set(capPart)).toEqual(new Set([0, 1]));
		const { values } = mesh.corner.normal;
		for (let i = 0; i < values.length; i += 3)
			expect(Math.hypot(values[i], values[i + 1], values[i + 2])).toBeCloseTo(1, 5);
	});

	it('have the colours of the seam, within 0 to 1, opaque, in a material of their own for each part', () => {
		const { values } = mesh.corner.color;
		for (let i = 0; i < values.length; i++) expect(values[i] >= 0 && values[i] <= 1).toBe(true);
		for (let i = 0; i < values.length; i += 4) {
			expect(values[i]).toBeCloseTo(1, 5);
			expect(values[i + 1]).toBeGreaterThan(0.02);
			expect(values[i + 1]).toBeLessThan(0.8);
			expect(values[i + 2]).toBe(0);
			expect(values[i + 3]).toBe(1);
		}
		expect(materials.map((material) => 'name' in material && material.name)).toEqual(['part_0_cap', 'part_1_cap']);
	});

	it('say where each vertex comes from: on the seam the very corner, inside a mixture', () => {
		const { corners, weights } = anchors!;
		for (let v = 0; v < mesh.positions.length / 3; v++) {
			const sum = weights.subarray(4 * v, 4 * v + 4).reduce((a, b) => a + b);
			expect(sum).toBeCloseTo(1, 5);
			if (weights[4 * v] !== 1) continue;
			const from = 3 * triangles[corners[4 * v]];
			for (let k = 0; k < 3; k++) expect(Math.abs(mesh.positions[3 * v + k] - positions[from + k])).toBeLessThan(0.2);
		}
	});
});
