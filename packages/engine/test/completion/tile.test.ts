import { existsSync, readFileSync } from 'node:fs';
import Module, { type Manifold } from 'manifold-3d';
import { describe, expect, it } from 'vitest';
import { assemblyOf } from '../../src/completion/assembly.ts';
import { surfaceOf } from '../../src/completion/cap.ts';
import { closeShell, isSound } from '../../src/completion/close.ts';
import { type CompletedPart, complete } from '../../src/completion/complete.ts';
import { signedVolume } from '../../src/completion/verify.ts';
import { readModel } from '../../src/formats/read.ts';
import { random } from '../../src/math/random.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import type { Parts } from '../../src/mesh/parts.ts';
import { sphere, toMesh } from '../spatial/surfaces.ts';

const UNION = new URL('../../../../.cache/data/union/', import.meta.url);

async function assembly(name: string): Promise<{ mesh: Mesh; parts: Parts }> {
	const dir = new URL(`${name}/`, UNION);
	const bytes = new Uint8Array(readFileSync(new URL('fused.obj', dir)));
	const { mesh } = await readModel(bytes, { name: 'fused.obj' });
	const labels = readFileSync(new URL('fused.seg', dir), 'utf8').trim().split(/\s+/).map(Number);
	return { mesh, parts: partsOf(Uint16Array.from(labels)) };
}

function partsOf(partOf: Uint16Array): Parts {
	const parts = Array.from({ length: Math.max(...partOf) + 1 }, (_, part) => ({
		name: `part_${part}`,
		triangles: partOf.filter((p) => p === part).length,
		area: 0,
		neighbours: [],
	}));
	return { partOf, parts };
}

const volumeOf = ({ positions, triangles }: Pick<CompletedPart, 'positions' | 'triangles'>): number =>
	signedVolume(positions, triangles);

/** What tiles owe whoever prints them. @param wasm manifold-3d. */
function expectTiling(mesh: Mesh, tiles: readonly CompletedPart[], wasm: Awaited<ReturnType<typeof Module>>): void {
	const volume = volumeOf(mesh);
	expect(tiles.reduce((sum, tile) => sum + volumeOf(tile), 0) / volume).toBeCloseTo(1, 6);
	const solidOf = ({ positions, triangles }: Pick<Mesh, 'positions' | 'triangles'>): Manifold => {
		const surface = new wasm.Mesh({ numProp: 3, vertProperties: positions, triVerts: triangles });
		surface.merge();
		return new wasm.Manifold(surface);
	};
	const whole = solidOf(mesh);
	const solids = tiles.map(solidOf);
	const places = tiles.map(
		({ positions }) =>
			new Set(Array.from({ length: positions.length / 3 }, (_, v) => positions.subarray(3 * v, 3 * v + 3).join())),
	);
	for (const [i, tile] of tiles.entries()) {
		expect(tile.closed, tile.warnings.join()).toBe(true);
		expect(tile.selfIntersections).toBe(0);
		expect(volumeOf(tile)).toBeGreaterThan(0);
		expect(solids[i]!.subtract(whole).volume() / volume).toBeLessThan(1e-6);
		for (let j = 0; j < i; j++) expect(solids[i]!.intersect(solids[j]!).volume() / volume).toBeLessThan(1e-6);
		// Each vertex of a cut is, bit for bit, a vertex of another tile too.
		for (const place of [...places[i]!].slice(tile.vertexOf.length))
			expect(places.some((other, j) => j !== i && other.has(place))).toBe(true);
	}
	for (const solid of [whole, ...solids]) solid.delete();
}

describe.each([
	'ikea/bookcase_hensvik_0565',
	'pmndrs/files_models_hot-dog_model',
	'kaykit-dungeon-cc/addons_kaykit_dungeon_remastered_Assets_gltf_plate_food_A.gltf',
])('tiles of %s (needs .cache/data/union)', (name) => {
	it.skipIf(!existsSync(new URL(`${name}/fused.obj`, UNION)))('fill the whole once', { timeout: 60_000 }, async () => {
		const wasm = await Module();
		wasm.setup();
		const { mesh, parts } = await assembly(name);
		expectTiling(mesh, complete(mesh, parts, { mode: 'tile' }).parts, wasm);
	});
});

describe('tiles of a ball in four', () => {
	const mesh = toMesh(sphere(8, 8));
	const { positions, triangles } = mesh;
	const partOf = new Uint16Array(triangles.length / 3);
	for (let c = 0; c < triangles.length; c++) {
		const bit = [0, 1].map((k) =>
			[0, 1, 2].reduce((sum, i) => sum + positions[3 * triangles[3 * ((c / 3) | 0) + i] + k], 0) > 0 ? 1 : 0,
		);
		partOf[(c / 3) | 0] = bit[0] + 2 * bit[1];
	}
	it('fill the ball once', async () => {
		const wasm = await Module();
		wasm.setup();
		expectTiling(mesh, complete(mesh, partsOf(partOf), { mode: 'tile' }).parts, wasm);
	});
});

describe('a thin layer', () => {
	it('is sound, and thin, behind any patch', () => {
		const mesh = toMesh(sphere(12, 12));
		const draw = random(7);
		for (let round = 0; round < 3; round++) {
			const [x, y, z] = [draw() - 0.5, draw() - 0.5, draw() - 0.5];
			const partOf = Uint16Array.from({ length: mesh.triangles.length / 3 }, (_, t) => {
				const v = 3 * mesh.triangles[3 * t];
				return mesh.positions[v] * x + mesh.positions[v + 1] * y + mesh.positions[v + 2] * z > 0 ? 1 : 0;
			});
			const cut = assemblyOf(mesh, partOf);
			const closed = closeShell(cut, 0)!;
			expect(isSound(cut.patchOf(0), closed)).toBe(true);
			expect(closed.note).toMatch(/thin layer/);
			const volume = volumeOf(surfaceOf(cut.patchOf(0), closed.draft));
			expect(volume).toBeLessThan(0.4 * volumeOf(mesh));
		}
	});
});
