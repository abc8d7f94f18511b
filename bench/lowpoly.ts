/**
 * How close to the source, how fast and how lean `decimate` is, with its peers on the same models in the same run.
 *
 *   node --import tsx --conditions=source bench/lowpoly.ts [--set dense,textured,generated] [--only bunny,igea]
 *        [--faces 1000,5000,20000] [--tools ours,update,simplify,gltf-transform,gltfpack,blender]
 *        [--options '{"fitPasses":0}'] [--jobs 2] [--record]
 *
 * Peers: `update` and `simplify` are meshoptimizer's simplifyWithUpdate and simplify on the welded surface, without
 * attributes or error limit; `gltf-transform` is its simplify, likewise; `gltfpack` is `-si -se 1 -sv -sp -noq` on a GLB
 * of the welded surface, its seconds by the clock. Where `blender` is on the PATH (see blender.ts): `blender` is its
 * Decimate modifier, and, when they are named, `blender-quads` and `blender-quadriflow`; their faces are quads and
 * triangles, measured as triangles.
 *
 * A row that is recorded takes the place of the one for the same version, model, tool and limit.
 *
 * Each tool runs in a process of its own for each model, so that the memory is its own: the growth of the greatest
 * resident size from before the first to after the last of its runs. Distances are in % of the diagonal of the source:
 *
 * - Chamfer: mean of the two one-sided mean distances; Hausdorff: the greater of the two one-sided maxima. 50,000
 *   seeded samples a side, drawn by area, to the nearest point of the other side.
 * - normals: mean over both sides of the dot product of the normals at a sample and at its nearest point.
 * - flipped: triangles that look away from the source at the point nearest to their centre. Thin walls count wrongly
 *   here, for every tool alike: read it beside the other rows.
 * - pierced: edges that pass through a triangle which they do not touch.
 * - seconds: processor time, user and system, of all threads: steadier than the clock on a machine that others use too.
 */
import { execFile, execFileSync } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Document, NodeIO, type Primitive } from '@gltf-transform/core';
import { simplify, weld } from '@gltf-transform/functions';
import { MeshoptSimplifier } from 'meshoptimizer';
import { readModel } from '../packages/engine/src/formats/read.ts';
import { random } from '../packages/engine/src/math/random.ts';
import type { Mesh } from '../packages/engine/src/mesh/mesh.ts';
import { type DecimateOptions, decimate } from '../packages/engine/src/retopology/decimate.ts';
import { type Bvh, buildBvh } from '../packages/engine/src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../packages/engine/src/spatial/nearest.ts';
import { firstHit, newHit } from '../packages/engine/src/spatial/ray.ts';
import { type BlenderMethod, hasBlender, runBlender } from './blender.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DATA = join(ROOT, '.cache/data');
const RESULTS = join(ROOT, 'bench/results/lowpoly.csv');
const SAMPLES = 50_000;
const SEED = 1;

export type Triangles = Pick<Mesh, 'positions' | 'triangles'>;

/** Names of a set's models, as paths in the data folder. */
export function modelsOf(set: string, data: string = DATA): string[] {
	const found: string[] = [];
	const walk = (dir: string): void => {
		for (const name of readdirSync(join(data, dir)).sort()) {
			const path = join(dir, name);
			if (statSync(join(data, path)).isDirectory()) walk(path);
			else if (/\.(obj|ply|off|stl|glb|gltf)$/.test(name)) found.push(path);
		}
	};
	if (existsSync(join(data, set))) walk(set);
	return found;
}

export async function loadMesh(path: string, data: string = DATA): Promise<Mesh> {
	const file = join(data, path);
	const resources = (uri: string): Uint8Array | undefined => {
		const beside = join(dirname(file), uri);
		return existsSync(beside) ? new Uint8Array(readFileSync(beside)) : undefined;
	};
	return (await readModel(new Uint8Array(readFileSync(file)), { name: file, resources })).mesh;
}

/** A result, with the number of its faces where they are not triangles, and with the time where the tool measured it. */
type Result = Triangles & { readonly faces?: number; readonly seconds?: number };
type Tool = (source: Mesh, faces: number, options: Omit<DecimateOptions, 'faceLimit'>) => Promise<Result>;

const blender =
	(method: BlenderMethod): Tool =>
	async (source, faces) => {
		const { positions, corners, sizes, seconds } = runBlender(source, method, faces);
		const triangles: number[] = [];
		for (let face = 0, first = 0; face < sizes.length; first += sizes[face++])
			for (let k = 2; k < sizes[face]; k++) triangles.push(corners[first], corners[first + k - 1], corners[first + k]);
		return { positions, triangles: Uint32Array.from(triangles), faces: sizes.length, seconds };
	};

function toDocument({ positions, triangles }: Triangles): { document: Document; primitive: Primitive } {
	const document = new Document();
	const buffer = document.createBuffer();
	const points = document.createAccessor().setType('VEC3').setBuffer(buffer).setArray(positions.slice());
	const indices = document.createAccessor().setType('SCALAR').setBuffer(buffer).setArray(triangles.slice());
	const primitive = document.createPrimitive().setAttribute('POSITION', points).setIndices(indices);
	document.createScene().addChild(document.createNode().setMesh(document.createMesh().addPrimitive(primitive)));
	return { document, primitive };
}

const TOOLS: Record<string, Tool> = {
	ours: async (source, faceLimit, options) => decimate(source, { ...options, faceLimit }).mesh,
	update: async ({ positions, triangles }, faces) => {
		const indices = triangles.slice();
		const moved = positions.slice();
		const target = Math.min(indices.length, 3 * faces);
		const none = new Float32Array(0);
		const [count] = MeshoptSimplifier.simplifyWithUpdate(indices, moved, 3, none, 0, [], null, target, 1e9, []);
		return { positions: moved, triangles: indices.subarray(0, count) };
	},
	simplify: async ({ positions, triangles }, faces) => {
		const target = Math.min(triangles.length, 3 * faces);
		return { positions, triangles: MeshoptSimplifier.simplify(triangles, positions, 3, target, 1e9)[0] };
	},
	'gltf-transform': async (source, faces) => {
		const { document, primitive } = toDocument(source);
		const ratio = Math.min(1, (3 * faces) / source.triangles.length);
		await document.transform(weld(), simplify({ simplifier: MeshoptSimplifier, ratio, error: 1 }));
		return {
			positions: primitive.getAttribute('POSITION')!.getArray() as Float32Array,
			triangles: Uint32Array.from(primitive.getIndices()!.getArray()!),
		};
	},
	gltfpack: async (source, faces) => {
		const folder = mkdtempSync(join(tmpdir(), 'lowpoly-'));
		const [from, to] = [join(folder, 'in.glb'), join(folder, 'out.glb')];
		await new NodeIO().write(from, toDocument(source).document);
		const cli = join(ROOT, 'node_modules/gltfpack/cli.js');
		const ratio = Math.min(1, (3 * faces) / source.triangles.length);
		const start = performance.now();
		execFileSync(process.execPath, [cli, '-i', from, '-o', to, '-si', `${ratio}`, '-se', '1', '-sv', '-sp', '-noq']);
		const seconds = (performance.now() - start) / 1000;
		const { mesh } = await readModel(new Uint8Array(readFileSync(to)), { name: to });
		rmSync(folder, { recursive: true });
		return { positions: mesh.positions, triangles: mesh.triangles, seconds };
	},
	blender: blender('collapse'),
	'blender-quads': blender('quads'),
	'blender-quadriflow': blender('quadriflow'),
};
/** Tools that run unless others are named. */
const USUAL = ['ours', 'update', 'simplify', 'gltf-transform', 'gltfpack', ...(hasBlender() ? ['blender'] : [])];

/** One side of a comparison: points drawn by area, with the normals there. */
type Samples = { readonly points: Float64Array; readonly normals: Float64Array };

export function drawSamples({ positions, triangles }: Triangles, count: number, seed: number): Samples {
	const faces = triangles.length / 3;
	const normals = unitNormals({ positions, triangles });
	const upTo = new Float64Array(faces);
	let total = 0;
	for (let t = 0; t < faces; t++) {
		total += normals[4 * t + 3];
		upTo[t] = total;
	}
	const draw = random(seed);
	const points = new Float64Array(3 * count);
	const at = new Float64Array(3 * count);
	let t = 0;
	for (let i = 0; i < count; i++) {
		// One draw in each of `count` strips of equal area.
		const area = ((i + draw()) / count) * total;
		while (t < faces - 1 && upTo[t] < area) t++;
		const root = Math.sqrt(draw());
		const v = draw() * root;
		const u = root - v;
		for (let k = 0; k < 3; k++) {
			const a = positions[3 * triangles[3 * t] + k];
			const b = positions[3 * triangles[3 * t + 1] + k];
			const c = positions[3 * triangles[3 * t + 2] + k];
			points[3 * i + k] = (1 - u - v) * a + u * b + v * c;
			at[3 * i + k] = normals[4 * t + k];
		}
	}
	return { points, normals: at };
}

/** Unit normal and area of each triangle. T × 4. */
function unitNormals({ positions, triangles }: Triangles): Float64Array {
	const normals = new Float64Array((4 * triangles.length) / 3);
	for (let t = 0; 3 * t < triangles.length; t++) {
		const [a, b, c] = [0, 1, 2].map((k) => 3 * triangles[3 * t + k]);
		const [ux, uy, uz] = [0, 1, 2].map((k) => positions[b + k] - positions[a + k]);
		const [vx, vy, vz] = [0, 1, 2].map((k) => positions[c + k] - positions[a + k]);
		const [x, y, z] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
		const length = Math.hypot(x, y, z);
		normals.set(length > 0 ? [x / length, y / length, z / length, length / 2] : [0, 0, 0, 0], 4 * t);
	}
	return normals;
}

/** The measures of one result, in the words of the head of this file. */
export type Closeness = {
	chamfer: number;
	hausdorff: number;
	normals: number;
	flipped: number;
	pierced: number;
};

export function compare(source: Triangles, result: Triangles, samples: number = SAMPLES): Closeness {
	const diagonal = diagonalOf(source.positions);
	const sourceBvh = buildBvh(source);
	const resultBvh = buildBvh(result);
	const there = oneSided(drawSamples(source, samples, SEED), resultBvh, unitNormals(result));
	const back = oneSided(drawSamples(result, samples, SEED + 1), sourceBvh, unitNormals(source));
	return {
		chamfer: (50 * (there.mean + back.mean)) / diagonal,
		hausdorff: (100 * Math.max(there.max, back.max)) / diagonal,
		normals: (there.dot + back.dot) / 2,
		flipped: countFlipped(result, sourceBvh, unitNormals(source)),
		pierced: countPierced(result, resultBvh),
	};
}

export function diagonalOf(positions: Float32Array): number {
	const low = [Infinity, Infinity, Infinity];
	const high = [-Infinity, -Infinity, -Infinity];
	for (let i = 0; i < positions.length; i++) {
		low[i % 3] = Math.min(low[i % 3], positions[i]);
		high[i % 3] = Math.max(high[i % 3], positions[i]);
	}
	return Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]);
}

function oneSided({ points, normals }: Samples, bvh: Bvh, others: Float64Array) {
	const near = newNearest();
	let sum = 0;
	let max = 0;
	let dot = 0;
	const count = points.length / 3;
	for (let i = 0; i < count; i++) {
		if (!nearestPoint(bvh, points[3 * i], points[3 * i + 1], points[3 * i + 2], Infinity, near)) continue;
		sum += near.distance;
		max = Math.max(max, near.distance);
		for (let k = 0; k < 3; k++) dot += normals[3 * i + k] * others[4 * near.triangle + k];
	}
	return { mean: sum / count, max, dot: dot / count };
}

function countFlipped({ positions, triangles }: Triangles, bvh: Bvh, others: Float64Array): number {
	const normals = unitNormals({ positions, triangles });
	const near = newNearest();
	let flipped = 0;
	for (let t = 0; 3 * t < triangles.length; t++) {
		const [x, y, z] = [0, 1, 2].map(
			(k) => [0, 1, 2].reduce((sum, i) => sum + positions[3 * triangles[3 * t + i] + k], 0) / 3,
		);
		if (!nearestPoint(bvh, x, y, z, Infinity, near)) continue;
		if ([0, 1, 2].reduce((sum, k) => sum + normals[4 * t + k] * others[4 * near.triangle + k], 0) < 0) flipped++;
	}
	return flipped;
}

function countPierced({ positions, triangles }: Triangles, bvh: Bvh): number {
	const hit = newHit();
	let pierced = 0;
	for (let c = 0; c < triangles.length; c++) {
		const from = 3 * triangles[c];
		const to = 3 * triangles[c % 3 === 2 ? c - 2 : c + 1];
		const [ox, oy, oz] = positions.subarray(from, from + 3);
		const [dx, dy, dz] = [0, 1, 2].map((k) => positions[to + k] - positions[from + k]);
		if (dx === 0 && dy === 0 && dz === 0) continue;
		// The ends touch their own triangles, and are left out.
		if (firstHit(bvh, ox, oy, oz, dx, dy, dz, 1e-3, 1 - 1e-3, hit, (c / 3) | 0)) pierced++;
	}
	return pierced;
}

type Row = Closeness & { faces: number; seconds: number; megabytes: number };

/** All runs of one tool on one model, in this process. */
async function measure(path: string, tool: string, limits: readonly number[], options: object): Promise<Row[]> {
	await MeshoptSimplifier.ready;
	const source = await loadMesh(path);
	// Warm-up, as a service that has served one model; results are remembered with a mesh, so each run gets its own.
	if (!tool.startsWith('blender')) await TOOLS[tool]({ ...source }, limits[0], options);
	const before = process.resourceUsage().maxRSS;
	const results: { result: Result; seconds: number }[] = [];
	for (const faces of limits) {
		const start = process.cpuUsage();
		const result = await TOOLS[tool]({ ...source }, faces, options);
		const { user, system } = process.cpuUsage(start);
		results.push({ result, seconds: result.seconds ?? (user + system) / 1e6 });
	}
	const megabytes = (process.resourceUsage().maxRSS - before) / 1024;
	return results.map(({ result, seconds }) => ({
		faces: result.faces ?? result.triangles.length / 3,
		seconds,
		megabytes,
		...compare(source, result),
	}));
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			set: { type: 'string', default: 'dense,textured,generated' },
			only: { type: 'string', default: '' },
			faces: { type: 'string', default: '1000,5000,20000' },
			tools: { type: 'string', default: USUAL.join(',') },
			options: { type: 'string', default: '{}' },
			one: { type: 'string' },
			record: { type: 'boolean', default: false },
			jobs: { type: 'string', default: '2' },
		},
	});
	const limits = values.faces.split(',').map(Number);
	if (values.one !== undefined) {
		const rows = await measure(values.one, values.tools, limits, JSON.parse(values.options));
		process.stdout.write(JSON.stringify(rows));
		return;
	}
	const only = values.only.split(',');
	const paths = values.set.split(',').flatMap((set) => modelsOf(set));
	console.log(HEAD.join('  '));
	const waiting: Promise<void>[] = [];
	for (const path of paths.filter((name) => only.some((part) => name.includes(part)))) {
		const { triangles } = await loadMesh(path);
		const dense = limits.filter((faces) => faces < triangles.length / 3);
		if (dense.length === 0) continue;
		for (const tool of values.tools.split(',')) {
			const args = ['--one', path, '--tools', tool, '--faces', dense.join(','), '--options', values.options];
			if (waiting.length >= Number(values.jobs)) await waiting[waiting.length - Number(values.jobs)];
			const before = waiting.at(-1);
			const rows = runApart(args);
			// In the order of the models, whoever is ready first.
			waiting.push(
				(async () => {
					const found = await rows;
					await before;
					if (!found) console.log(`${path}  ${tool}  failed`);
					found?.forEach((row, i) => {
						tell([path, triangles.length / 3, tool, dense[i]], row, values.record);
					});
				})(),
			);
		}
	}
	await Promise.all(waiting);
}

/** The rows of one tool on one model, from a process of its own; undefined where that failed. */
async function runApart(args: readonly string[]): Promise<Row[] | undefined> {
	const flags = ['--import', 'tsx', '--conditions=source', import.meta.filename];
	try {
		return JSON.parse((await promisify(execFile)(process.execPath, [...flags, ...args])).stdout) as Row[];
	} catch {
		return undefined;
	}
}

function tell(what: readonly (string | number)[], row: Row, recorded: boolean): void {
	const figures = [
		row.faces,
		row.chamfer.toFixed(4),
		row.hausdorff.toFixed(3),
		row.normals.toFixed(4),
		row.flipped,
		row.pierced,
		row.seconds.toFixed(3),
		row.megabytes.toFixed(0),
	];
	const line = [...what, ...figures];
	console.log(line.join('  '));
	if (recorded) record(line);
}

const HEAD = 'model,source_faces,tool,limit,faces,chamfer,hausdorff,normals,flipped,pierced,seconds,megabytes'.split(
	',',
);

function record(line: readonly (string | number)[]): void {
	const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/engine/package.json'), 'utf8')) as {
		version: string;
	};
	const [model, , tool, limit] = line;
	const isOther = (row: string): boolean => {
		const [itsVersion, itsModel, , itsTool, itsLimit] = row.split(',');
		return itsVersion !== version || itsModel !== model || itsTool !== tool || itsLimit !== String(limit);
	};
	const head = ['version', ...HEAD].join(',');
	const rows = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8').trim().split('\n').slice(1) : [];
	const sorted = [...rows.filter(isOther), [version, ...line].join(',')].sort();
	mkdirSync(dirname(RESULTS), { recursive: true });
	writeFileSync(RESULTS, `${[head, ...sorted].join('\n')}\n`);
}

if (process.argv[1] === import.meta.filename) await main();
