import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MeshError } from '../../src/errors.ts';
import { readModel } from '../../src/formats/read.ts';
import { random } from '../../src/math/random.ts';
import { readApart } from './read-apart.ts';
import type { ModelReport } from './read-models.ts';
import { obj, off, ply, type Shape, stlBinary, stlText, zip } from './write-formats.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const DATA = join(ROOT, '.cache/data');
const MINUTES = 60_000;

function filesUnder(folder: string): string[] {
	return readdirSync(folder).flatMap((name) => {
		const path = join(folder, name);
		return statSync(path).isDirectory() ? filesUnder(path) : [path];
	});
}

const nameOf = ({ file }: ModelReport): string => relative(DATA, file);

describe.skipIf(!existsSync(join(DATA, 'hostile')))(
	'hostile files (skipped where .cache/data/hostile is absent)',
	() => {
		it('are read or refused with a code, each in 10 s and all in 1 GB', { timeout: 6 * MINUTES }, async () => {
			const files = filesUnder(join(DATA, 'hostile')).filter((file) => !/\.(gltf|glb|json|md)$/i.test(file));
			const reports = await readApart(files);
			expect(reports.filter(({ outcome }) => outcome.startsWith('bug'))).toEqual([]);
			expect(reports.filter(({ ms }) => ms > 10_000).map(nameOf)).toEqual([]);
			expect(reports.at(-1)!.peakMb).toBeLessThan(1024);
			const isSimple = ({ file }: ModelReport): boolean => /\.(obj|stl|off|ply|zip)$/i.test(file);
			expect(reports.filter((report) => isSimple(report) && report.outcome === 'read').length).toBeGreaterThanOrEqual(
				140,
			);
		});
	},
);

describe.each(['dense', 'psb', 'union', 'generated', 'named', 'textured'])('%s', (set) => {
	const isHere = existsSync(join(DATA, set));
	it.skipIf(!isHere)('is read whole (skipped where the set is absent)', { timeout: 6 * MINUTES }, async () => {
		const all = filesUnder(join(DATA, set)).filter((file) => /\.(obj|ply|off|glb|gltf)$/i.test(file));
		const files = set === 'union' ? all.filter((_, i) => i % 10 === 0) : all;
		const reports = await readApart(files);
		expect(reports.filter(({ outcome }) => outcome !== 'read')).toEqual([]);
	});
});

/** A waving sheet of n × n squares, each two triangles. */
function sheet(n: number): Shape {
	const points = Array.from({ length: (n + 1) ** 2 }, (_, v) => {
		const [x, y] = [(v % (n + 1)) / n, Math.floor(v / (n + 1)) / n];
		return [x, y, Math.sin(9 * x) * Math.sin(7 * y)].map((a) => Number(a.toFixed(6)));
	});
	const triangles: number[][] = [];
	for (let i = 0; i < n; i++) {
		for (let j = 0; j < n; j++) {
			const v = i * (n + 1) + j;
			triangles.push([v, v + 1, v + n + 2], [v, v + n + 2, v + n + 1]);
		}
	}
	const uvs = points.map(([x = 0, y = 0]) => [x, y]);
	return { points, faces: triangles, triangles, uvs, colors: points.map(() => [255, 128, 0]) };
}

describe('a million triangles', () => {
	const shape = sheet(708);
	it.each([
		['obj', () => obj(shape)],
		['off', () => off(shape)],
		['ply', () => ply(shape, 'ascii')],
		['ply', () => ply(shape, 'binary_little_endian')],
		['stl', () => stlBinary(shape)],
	] as const)('%s in a few seconds', { timeout: 2 * MINUTES }, async (format, write) => {
		const bytes = write();
		const start = performance.now();
		const { mesh } = await readModel(bytes, { format });
		const seconds = (performance.now() - start) / 1000;
		expect(mesh.triangles).toHaveLength(3 * shape.triangles.length);
		expect(mesh.positions).toHaveLength(3 * shape.points.length);
		expect(seconds).toBeLessThan(20); // 2-6 s on two free cores
	});
});

describe('files with bytes changed, cut and doubled at random', () => {
	const shape = sheet(3);
	const square = { ...shape, faces: [[0, 1, 5, 4], ...shape.faces] };
	it.each([
		['obj', obj(square)],
		['off', off(square)],
		['ply', ply(square, 'ascii')],
		['ply', ply(square, 'binary_little_endian')],
		['ply', ply(square, 'binary_big_endian')],
		['stl', stlText(square)],
		['stl', stlBinary(square)],
		['zip', zip({ 'a.obj': obj(square), 'b.mtl': 'newmtl a\nKd 1 1 1\n' })],
	])('%s is read or refused with a code', { timeout: 3 * MINUTES }, async (format, bytes) => {
		const next = random(bytes.length);
		const outcomes = new Map<string, number>();
		for (let k = 0; k < 3000; k++) {
			const changed = bytes.slice(0, next() < 0.3 ? Math.floor(next() * bytes.length) : bytes.length);
			for (let i = 0; i < 1 + next() * 6 && changed.length > 0; i++) {
				const at = Math.floor(next() * changed.length);
				if (next() < 0.5) changed[at] = Math.floor(next() * 256);
				else changed.copyWithin(at, Math.floor(next() * changed.length), Math.floor(next() * changed.length));
			}
			const outcome = await readModel(changed, { format }).then(
				() => 'read',
				(error: unknown) => {
					if (error instanceof MeshError) return error.code;
					throw error;
				},
			);
			outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
		}
		expect(outcomes.size).toBeGreaterThan(2);
	});
});
