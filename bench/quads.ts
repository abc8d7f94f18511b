/**
 * Quads, measured: how close, how regular, how well shaped, for each engine and model.
 *
 *   node --import tsx --conditions=source bench/quads.ts [--set dense,textured,generated] [--only bunny,chess]
 *        [--faces 1000,5000] [--ways best,pair,pure] [--record]
 *
 * Ways: `best` is the default, `pair` leaves the field engine out, `pure` gives quads only, `field` asks for the field.
 * Chamfer, Hausdorff (both % of the diagonal), normals and flipped are those of bench/lowpoly.ts, on the triangulated
 * result. Of the faces:
 *
 * - quads: % of the faces; a quad counts as one face.
 * - irregular: % of the inner vertices at which not four edges meet.
 * - jacobian, jacobian5: least scaled Jacobian of a quad's corners, mean and 5th percentile; 1 is a rectangle.
 * - folded: quads with a corner that is straight or looks the other way.
 * - seconds: processor time, user and system, of the second run in the process.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Mesh } from '../packages/engine/src/mesh/mesh.ts';
import { type QuadrangulateOptions, quadrangulate } from '../packages/engine/src/retopology/quadrangulate.ts';
import { compare, loadMesh, modelsOf } from './lowpoly.ts';

const ROOT = resolve(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results/quads.csv');
const HEAD = [
	...['model', 'source_faces', 'way', 'limit', 'faces', 'quads', 'irregular', 'chamfer', 'hausdorff', 'normals'],
	...['flipped', 'jacobian', 'jacobian5', 'folded', 'engines', 'seconds'],
];

const WAYS: Record<string, Partial<QuadrangulateOptions>> = {
	best: {},
	pair: { engine: 'pair' },
	field: { engine: 'field' },
	pure: { engine: 'pair', pure: true },
};

/** Least scaled Jacobian of each quad, ascending. */
export function scaledJacobians({ positions: p, triangles, polygonOf }: Mesh): number[] {
	if (!polygonOf) return [];
	const found: number[] = [];
	const minus = (a: number[], b: number[]) => a.map((x, k) => x - b[k]);
	const cross = ([a, b, c]: number[], [d, e, f]: number[]) => [b * f - c * e, c * d - a * f, a * e - b * d];
	for (let t = 0; t + 1 < polygonOf.length; t++) {
		if (polygonOf[t] !== polygonOf[t + 1]) continue;
		const corners = [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2], triangles[3 * t + 5]];
		const at = corners.map((v) => [...p.subarray(3 * v, 3 * v + 3)]);
		const normal = cross(minus(at[2], at[0]), minus(at[3], at[1]));
		const length = Math.hypot(...normal) || 1;
		const each = at.map((x, k) => {
			const [one, two] = [minus(at[(k + 1) % 4], x), minus(at[(k + 3) % 4], x)];
			const turn = cross(one, two).reduce((sum, y, i) => sum + (y * normal[i]) / length, 0);
			return turn / (Math.hypot(...one) * Math.hypot(...two) || 1);
		});
		found.push(Math.min(...each));
		t++;
	}
	return found.sort((a, b) => a - b);
}

async function measure(path: string, way: string, limit: number): Promise<(string | number)[]> {
	const source = await loadMesh(path);
	const options = { ...WAYS[way], faceLimit: limit };
	quadrangulate({ ...source }, options);
	const start = process.cpuUsage();
	const { mesh, report } = quadrangulate({ ...source }, options);
	const { user, system } = process.cpuUsage(start);
	const { chamfer, hausdorff, normals, flipped } = compare(source, mesh);
	const jacobians = scaledJacobians(mesh);
	const engines = Object.entries(report.engines).filter(([, faces]) => faces > 0);
	return [
		...[path, source.triangles.length / 3, way, limit, report.faces],
		...[((100 * report.quads) / report.faces).toFixed(1), (100 * report.irregularShare).toFixed(1)],
		...[chamfer.toFixed(4), hausdorff.toFixed(3), normals.toFixed(4), flipped],
		(jacobians.reduce((sum, x) => sum + x, 0) / Math.max(1, jacobians.length)).toFixed(3),
		(jacobians[Math.floor(jacobians.length / 20)] ?? 1).toFixed(3),
		jacobians.filter((x) => x <= 0).length,
		engines.map(([name, faces]) => `${name}:${faces}`).join(' '),
		((user + system) / 1e6).toFixed(2),
	];
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			set: { type: 'string', default: 'dense,textured,generated' },
			only: { type: 'string', default: '' },
			faces: { type: 'string', default: '1000,5000' },
			ways: { type: 'string', default: 'best,pure' },
			record: { type: 'boolean', default: false },
		},
	});
	const only = values.only.split(',');
	const paths = values.set.split(',').flatMap((set) => modelsOf(set));
	console.log(HEAD.join('  '));
	for (const path of paths.filter((name) => only.some((part) => name.includes(part)))) {
		for (const limit of values.faces.split(',').map(Number)) {
			for (const way of values.ways.split(',')) {
				const line = await measure(path, way, limit);
				console.log(line.join('  '));
				if (values.record) record(line);
			}
		}
	}
}

function record(line: readonly (string | number)[]): void {
	if (!existsSync(RESULTS)) {
		mkdirSync(dirname(RESULTS), { recursive: true });
		appendFileSync(RESULTS, `${['version', ...HEAD].join(',')}\n`);
	}
	const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/engine/package.json'), 'utf8')) as {
		version: string;
	};
	appendFileSync(RESULTS, `${[version, ...line].join(',')}\n`);
}

if (process.argv[1] === import.meta.filename) await main();
