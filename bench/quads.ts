/**
 * Quads, measured: how close, how regular, how well shaped, for each engine and model.
 *
 *   node --import tsx --conditions=source bench/quads.ts [--set dense,textured,generated] [--only bunny,chess]
 *        [--faces 1000,5000] [--ways best,pure] [--all] [--record]
 *
 * Ways: `best` is the default, `pure` gives quads only, `field` asks for the field. Without --all a sample is run, which
 * takes some ten minutes of one core: `best` at 5000 faces on every model, all else that is asked for on every third. A
 * limit of more than twice the source's faces is left out. A row that is recorded takes the place of the one for the same
 * version, model, way and limit.
 *
 * Chamfer, Hausdorff (both % of the diagonal), normals, flipped and pierced are those of bench/lowpoly.ts, on the
 * triangulated result. Of the faces:
 *
 * - quads: % of the faces; a quad counts as one face.
 * - irregular: % of the inner vertices at which not four edges meet.
 * - inverted: faces that look away from the source over more than half of their area, by the points of the source nearest
 *   to four points on each of their triangles. `flipped` asks at the middle of each triangle alone, and counts one that
 *   bridges a groove or runs along a sharp edge as well.
 * - jacobian, jacobian5: least scaled Jacobian of a quad's corners, mean and 5th percentile; 1 is a rectangle.
 * - folded: quads with a corner that is straight or looks the other way.
 * - seconds: processor time, user and system; the first model of a process is run once before, to warm it up.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Mesh } from '../packages/engine/src/mesh/mesh.ts';
import { type QuadrangulateOptions, quadrangulate } from '../packages/engine/src/retopology/quadrangulate.ts';
import { buildBvh } from '../packages/engine/src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../packages/engine/src/spatial/nearest.ts';
import { compare, loadMesh, modelsOf, type Triangles } from './lowpoly.ts';

const ROOT = resolve(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results/quads.csv');
const HEAD = [
	...['model', 'source_faces', 'way', 'limit', 'faces', 'quads', 'irregular', 'chamfer', 'hausdorff', 'normals'],
	...['flipped', 'inverted', 'pierced', 'jacobian', 'jacobian5', 'folded', 'engines', 'seconds'],
];

const WAYS: Record<string, Partial<QuadrangulateOptions>> = {
	best: {},
	field: { engine: 'field' },
	pure: { pure: true },
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

/** Points of a triangle that are compared with the source, as weights of its corners. */
const POINTS = [
	[1 / 3, 1 / 3, 1 / 3],
	[0.6, 0.2, 0.2],
	[0.2, 0.6, 0.2],
	[0.2, 0.2, 0.6],
] as const;

/** Faces that look away from the source over more than half of their area. */
function countInverted(source: Triangles, { positions: p, triangles, polygonOf }: Mesh): number {
	const bvh = buildBvh(source);
	const near = newNearest();
	const normalOf = (q: Float32Array, of: Uint32Array, t: number): number[] => {
		const [a, b, c] = [0, 1, 2].map((k) => 3 * of[3 * t + k]);
		const [ux, uy, uz] = [0, 1, 2].map((k) => q[b + k] - q[a + k]);
		const [vx, vy, vz] = [0, 1, 2].map((k) => q[c + k] - q[a + k]);
		return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
	};
	const away = new Map<number, number>();
	for (let t = 0; 3 * t < triangles.length; t++) {
		const own = normalOf(p, triangles, t);
		const area = Math.hypot(...own) / POINTS.length;
		for (const weights of POINTS) {
			const [x, y, z] = [0, 1, 2].map((k) =>
				weights.reduce((sum, weight, i) => sum + weight * p[3 * triangles[3 * t + i] + k], 0),
			);
			if (!nearestPoint(bvh, x, y, z, Infinity, near)) continue;
			const other = normalOf(source.positions, source.triangles, near.triangle);
			const isAway = own.reduce((sum, n, k) => sum + n * other[k], 0) < 0;
			const face = polygonOf?.[t] ?? t;
			away.set(face, (away.get(face) ?? 0) + (isAway ? area : -area));
		}
	}
	return [...away.values()].filter((balance) => balance > 0).length;
}

let isWarm = false;

async function measure(path: string, way: string, limit: number): Promise<(string | number)[]> {
	const source = await loadMesh(path);
	const options = { ...WAYS[way], faceLimit: limit };
	if (!isWarm) quadrangulate({ ...source }, options);
	isWarm = true;
	const start = process.cpuUsage();
	const { mesh, report } = quadrangulate({ ...source }, options);
	const { user, system } = process.cpuUsage(start);
	const { chamfer, hausdorff, normals, flipped, pierced } = compare(source, mesh);
	const jacobians = scaledJacobians(mesh);
	const engines = Object.entries(report.engines).filter(([, faces]) => faces > 0);
	return [
		...[path, source.triangles.length / 3, way, limit, report.faces],
		...[((100 * report.quads) / report.faces).toFixed(1), (100 * report.irregularShare).toFixed(1)],
		...[chamfer.toFixed(4), hausdorff.toFixed(3), normals.toFixed(4)],
		...[flipped, countInverted(source, mesh), pierced],
		(jacobians.reduce((sum, x) => sum + x, 0) / Math.max(1, jacobians.length)).toFixed(3),
		(jacobians[Math.floor(jacobians.length / 20)] ?? 1).toFixed(3),
		jacobians.filter((x) => x <= 0).length,
		engines.map(([name, faces]) => `${name}:${faces}`).join(' '),
		((user + system) / 1e6).toFixed(2),
	];
}

/** What runs on every model; all else runs on every third, unless --all is given. */
const ALWAYS = { way: 'best', limit: 5000 };
const EVERY = 3;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			set: { type: 'string', default: 'dense,textured,generated' },
			only: { type: 'string', default: '' },
			faces: { type: 'string', default: '1000,3000,5000,10000' },
			ways: { type: 'string', default: 'best,pure' },
			all: { type: 'boolean', default: false },
			record: { type: 'boolean', default: false },
		},
	});
	const only = values.only.split(',');
	const paths = values.set.split(',').flatMap((set) => modelsOf(set));
	console.log(HEAD.join('  '));
	for (const [i, path] of paths.filter((name) => only.some((part) => name.includes(part))).entries()) {
		const faces = (await loadMesh(path)).triangles.length / 3;
		for (const limit of values.faces
			.split(',')
			.map(Number)
			.filter((most) => most <= 2 * faces)) {
			for (const way of values.ways.split(',')) {
				const isAlways = way === ALWAYS.way && limit === ALWAYS.limit;
				if (!values.all && !isAlways && i % EVERY !== 0) continue;
				const line = await measure(path, way, limit);
				console.log(line.join('  '));
				if (values.record) record(line);
			}
		}
	}
}

function record(line: readonly (string | number)[]): void {
	const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/engine/package.json'), 'utf8')) as {
		version: string;
	};
	const [model, , way, limit] = line;
	const isOther = (row: string): boolean => {
		const [itsVersion, itsModel, , itsWay, itsLimit] = row.split(',');
		return itsVersion !== version || itsModel !== model || itsWay !== way || itsLimit !== String(limit);
	};
	const head = ['version', ...HEAD].join(',');
	const rows = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8').trim().split('\n').slice(1) : [];
	const sorted = [...rows.filter(isOther), [version, ...line].join(',')].sort();
	mkdirSync(dirname(RESULTS), { recursive: true });
	writeFileSync(RESULTS, `${[head, ...sorted].join('\n')}\n`);
}

if (process.argv[1] === import.meta.filename) await main();
