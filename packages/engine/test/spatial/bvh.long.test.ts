import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/formats/read.ts';
import { random } from '../../src/math/random.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import { bvhOf } from '../../src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../../src/spatial/nearest.ts';
import { BOTH_FACES, firstHit, NO_TRIANGLE, newHit } from '../../src/spatial/ray.ts';
import { bruteHit, bruteNearest, minus } from './brute-force.ts';

const DATA = resolve(import.meta.dirname, '../../../../.cache/data');
const MODELS = [
	'psb/data/off/1.off',
	'dense/fandisk.obj',
	'dense/bunny/bunny.obj',
	'generated/Lantern1.glb',
	'generated/Dungeon.glb',
];
const QUERIES = 150;
/** Share of the object's size. */
const CLOSE = 1e-9;

async function load(path: string): Promise<Mesh> {
	return (await readModel(new Uint8Array(readFileSync(path)), { name: path })).mesh;
}

describe.each(MODELS)('the hierarchy of %s', (name) => {
	const path = join(DATA, name);

	it.skipIf(!existsSync(path))(
		'answers as testing all triangles does (skipped where .cache/data lacks the model)',
		async () => {
			const mesh = await load(path);
			const bvh = bvhOf(mesh);
			const { positions } = mesh;
			const next = random(3);
			const low = [0, 1, 2].map((k) => positions.reduce((a, x, i) => (i % 3 === k ? Math.min(a, x) : a), Infinity));
			const high = [0, 1, 2].map((k) => positions.reduce((a, x, i) => (i % 3 === k ? Math.max(a, x) : a), -Infinity));
			const size = Math.hypot(...minus(high, low));
			const point = (): number[] => low.map((x, k) => x + (1.4 * next() - 0.2) * (high[k] - x));
			const hit = newHit();
			const out = newNearest();
			for (let n = 0; n < QUERIES; n++) {
				const o = point();
				const d = minus(point(), o);
				const truth = bruteHit(mesh, o, d, NO_TRIANGLE, BOTH_FACES);
				expect(firstHit(bvh, o[0], o[1], o[2], d[0], d[1], d[2], 0, Infinity, hit)).toBe(truth !== undefined);
				if (truth) expect(Math.abs(hit.t - truth.t)).toBeLessThan(CLOSE);
				expect(nearestPoint(bvh, o[0], o[1], o[2], Infinity, out)).toBe(true);
				expect(Math.abs(out.distance - bruteNearest(mesh, o))).toBeLessThan(CLOSE * size);
			}
		},
	);
});
