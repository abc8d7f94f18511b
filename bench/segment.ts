/**
 * How good and how fast `segment` is.
 *
 *   node --import tsx --conditions=source bench/segment.ts [--set psb,union,named] [--half even|odd|all] [--every k]
 *        [--textured 0.1] [--copy clean|plain|noisy|voxel|fine|painted|coarse] [--noise 0.001] [--held-out fold|quarter]
 *        [--without symmetry,materials] [--cgal] [--options '{"granularity":0.5}'] [--verbose] [--record]
 *
 * - `psb`: Rand error against people: share of pairs of faces that one side puts together and the other apart, mean
 *   over the people, then over the models. Chen, Golovinskiy, Funkhouser. A benchmark for 3D mesh segmentation. 2009.
 * - `union`, `named`: part IoU: for each true part the best intersection over union with one of ours, counted in faces,
 *   mean over parts, then over models. Over-segmentation is hardly punished: read it beside the number of parts.
 *
 * Boundary: agreement of the boundaries; see boundary.ts. Mirror: over the symmetric models, the share of the surface
 * that is cut alike on both sides; see mirror-agreement.ts. Not recorded.
 * Weights are chosen on the even half (even ids, every other assembly); what is reported is the odd half.
 * `--held-out` scores each model by trees that never saw it: benchmark models by those that never saw their group of
 * categories, named ones by those that never saw their pack or, by quarter, by those that saw three quarters of them.
 * They are what training/train leaves in .cache/training/models. `--copy`: see training/copies.ts. `--without` adds a
 * row for each cue, with it switched off. `--cgal` adds a row of shape-diameter segmentation by CGAL, where Debian's
 * libcgal-dev is installed; models that it fails on are missing from that row.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readModel } from '../packages/engine/src/formats/read.ts';
import { random } from '../packages/engine/src/math/random.ts';
import { type Mesh, triangleCount } from '../packages/engine/src/mesh/mesh.ts';
import type { Hints } from '../packages/engine/src/segmentation/looks.ts';
import type { PairScore } from '../packages/engine/src/segmentation/score.ts';
import { type SegmentOptions, segment } from '../packages/engine/src/segmentation/segment.ts';
import { modelFrame, triangleGraph } from '../packages/engine/src/segmentation/surface-graph.ts';
import type { CopyKind } from '../training/copies.ts';
import { boundaryAgreement } from './boundary.ts';
import { mirrorAgreement } from './mirror-agreement.ts';
import { buildShapeDiameter, shapeDiameter } from './shape-diameter.ts';
import { weather } from './weather.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DATA = join(ROOT, '.cache/data');
const RESULTS = join(ROOT, 'bench/results/segment.csv');

/** A model with what is known to be right of it: one label list a person, or one from the artist. */
export type Case = {
	readonly name: string;
	readonly mesh: Mesh;
	readonly truths: readonly Uint32Array[];
	/** What the file knows beside the mesh, where the cue is asked for. */
	readonly hints?: Hints;
	/** Linear RGB by number of the material. */
	readonly baseColors?: readonly (readonly number[])[];
};
export type SetName = 'psb' | 'union' | 'named';
type Half = 'even' | 'odd' | 'all';

/** Models of a set, loaded one at a time. */
export async function* casesOf(set: SetName, half: Half, every: number): AsyncGenerator<Case> {
	const names = namesOf(set);
	for (const [i, name] of names.entries()) {
		const even = set === 'psb' ? Number(name) % 2 === 0 : i % 2 === 0;
		if ((half === 'even' && !even) || (half === 'odd' && even)) continue;
		if ((i >> 1) % every !== 0) continue;
		yield await loadCase(set, name);
	}
}

/** Names of a set's models. @param data Folder that the sets are unpacked in. */
export function namesOf(set: SetName, data: string = DATA): string[] {
	const list = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir).sort() : []);
	if (set === 'psb')
		return list(join(data, 'psb/data/off'))
			.map((file) => basename(file, '.off'))
			.sort((a, b) => Number(a) - Number(b));
	if (set === 'named') return list(join(data, 'named')).filter((file) => file.endsWith('.glb'));
	return list(join(data, 'union')).flatMap((kind) => list(join(data, 'union', kind)).map((model) => join(kind, model)));
}

export async function loadCase(set: SetName, name: string, data: string = DATA): Promise<Case> {
	const labels = (file: string): Uint32Array =>
		Uint32Array.from(readFileSync(file, 'utf8').trim().split(/\s+/), Number);
	const model = async (file: string) => await readModel(new Uint8Array(readFileSync(file)), { name: file });
	if (set === 'psb') {
		const people = join(data, 'psb/data/seg/Benchmark', name);
		const { mesh } = await model(join(data, 'psb/data/off', `${name}.off`));
		return {
			name,
			mesh,
			truths: readdirSync(people)
				.sort()
				.map((file) => labels(join(people, file))),
		};
	}
	if (set === 'union') {
		const dir = join(data, 'union', name);
		const { mesh } = await model(join(dir, 'fused.obj'));
		return { name, mesh, truths: [labels(join(dir, 'fused.seg'))] };
	}
	const { mesh, sources, materials } = await model(join(data, 'named', name));
	const truth = new Uint32Array(triangleCount(mesh));
	const numbers = new Map<string, number>();
	for (const { node, firstTriangle, triangles } of sources) {
		const key = String(node);
		if (!numbers.has(key)) numbers.set(key, numbers.size);
		truth.fill(numbers.get(key)!, firstTriangle, firstTriangle + triangles);
	}
	return { name, mesh, truths: [truth], baseColors: materials.map(({ baseColor }) => baseColor) };
}

/** Share of pairs of faces on which two labellings disagree. */
export function randError(ours: ArrayLike<number>, truth: ArrayLike<number>): number {
	const pairs = (n: number): number => (n * (n - 1)) / 2;
	const { cells, rows, columns } = contingency(ours, truth);
	const sum = (counts: Iterable<number>): number => [...counts].reduce((total, n) => total + pairs(n), 0);
	return (sum(rows.values()) + sum(columns.values()) - 2 * sum(cells.values())) / Math.max(1, pairs(ours.length));
}

/** Mean over the true parts of the best intersection over union with one of ours. */
export function partIou(ours: ArrayLike<number>, truth: ArrayLike<number>): number {
	const { cells, rows, columns } = contingency(ours, truth);
	const best = new Map<number, number>();
	for (const [key, both] of cells) {
		const [p, q] = [Math.floor(key / 2 ** 24), key % 2 ** 24];
		const iou = both / (rows.get(p)! + columns.get(q)! - both);
		best.set(q, Math.max(best.get(q) ?? 0, iou));
	}
	return [...best.values()].reduce((a, b) => a + b, 0) / best.size;
}

function contingency(ours: ArrayLike<number>, truth: ArrayLike<number>) {
	if (ours.length !== truth.length) throw new Error(`${ours.length} labels of ours, ${truth.length} true ones`);
	const cells = new Map<number, number>();
	const rows = new Map<number, number>();
	const columns = new Map<number, number>();
	const count = (map: Map<number, number>, key: number): void => void map.set(key, (map.get(key) ?? 0) + 1);
	for (let t = 0; t < ours.length; t++) {
		count(cells, ours[t] * 2 ** 24 + truth[t]);
		count(rows, ours[t]);
		count(columns, truth[t]);
	}
	return { cells, rows, columns };
}

/** The mesh with its vertices moved by Gaussian noise of `sigma` bounding-box diagonals, as a generator's surface. */
export function jitter(mesh: Mesh, sigma: number, seed: number): Mesh {
	const draw = random(seed);
	const positions = mesh.positions.slice();
	let square = 0;
	for (let axis = 0; axis < 3; axis++) {
		let low = Number.POSITIVE_INFINITY;
		let high = Number.NEGATIVE_INFINITY;
		for (let i = axis; i < positions.length; i += 3) {
			low = Math.min(low, positions[i]);
			high = Math.max(high, positions[i]);
		}
		square += (high - low) ** 2;
	}
	const scale = sigma * Math.sqrt(square);
	for (let i = 0; i < positions.length; i++)
		positions[i] += scale * Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
	return { ...mesh, positions };
}

const PEER = 'CGAL shape diameter';

function timed<T>(work: () => T): { readonly result: T; readonly seconds: number } {
	const start = performance.now();
	const result = work();
	return { result, seconds: (performance.now() - start) / 1000 };
}

type Score = {
	error: number;
	iou: number;
	boundary: number;
	parts: number;
	seconds: number;
	mirror: number | undefined;
};

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			set: { type: 'string', default: 'psb,union,named' },
			half: { type: 'string', default: 'odd' },
			every: { type: 'string', default: '1' },
			noise: { type: 'string', default: '0' },
			textured: { type: 'string', default: '0' },
			copy: { type: 'string', default: 'clean' },
			'held-out': { type: 'string', default: '' },
			without: { type: 'string', default: '' },
			options: { type: 'string', default: '{}' },
			verbose: { type: 'boolean', default: false },
			cgal: { type: 'boolean', default: false },
			record: { type: 'boolean', default: false },
		},
	});
	const options = JSON.parse(values.options) as SegmentOptions;
	const noise = Number(values.noise);
	const textured = Number(values.textured);
	const copy = noise > 0 ? `noise ${noise}` : textured > 0 ? `textured ${textured}` : values.copy;
	const scoreOf = values['held-out'] ? await heldOutScores(values['held-out'] as 'fold' | 'quarter') : undefined;
	const off = values.without.split(',').filter(Boolean);
	const variants = ['ours', ...off.map((cue) => `without ${cue}`)];
	const rows = ['one part', 'components', ...(values.cgal ? [PEER] : []), ...variants];
	if (values.cgal) buildShapeDiameter();
	console.log(
		'set    row                  models  faces  Rand error  part IoU  boundary  parts  true parts  seconds  longest  mirror',
	);
	for (const set of values.set.split(',') as SetName[]) {
		const scores = new Map<string, Score[]>(rows.map((row) => [row, []]));
		const truthParts: number[] = [];
		const faces: number[] = [];
		for await (const original of casesOf(set, values.half as Half, Number(values.every))) {
			const { name, mesh, truths, hints } =
				textured > 0
					? await texturedCopy(original, textured, faces.length)
					: await copied(original, values.copy, noise, faces.length);
			const score = (row: string, labels: ArrayLike<number>, seconds: number): void => {
				scores.get(row)!.push({
					error: mean(truths.map((truth) => randError(labels, truth))),
					iou: mean(truths.map((truth) => partIou(labels, truth))),
					boundary: mean(truths.map((truth) => boundaryAgreement(mesh, labels, truth))),
					parts: new Set(Array.from(labels)).size,
					seconds,
					mirror: mirrorAgreement(mesh, labels),
				});
			};
			const own = { ...options, ...(hints && { hints }), ...(scoreOf && { score: scoreOf(set, name) }) };
			for (const row of variants) {
				const cue = row.replace('without ', '');
				const { result, seconds } = timed(() =>
					segment(mesh, row === 'ours' ? own : { ...own, cues: { [cue]: false } }),
				);
				score(row, result.partOf, seconds);
			}
			score('components', triangleGraph(mesh, modelFrame(mesh)).groupOf, 0);
			const peer = values.cgal ? timed(() => shapeDiameter(mesh)) : undefined;
			if (peer?.result) score(PEER, peer.result, peer.seconds);
			score('one part', new Uint8Array(triangleCount(mesh)), 0);
			truthParts.push(mean(truths.map((truth) => new Set(truth).size)));
			faces.push(triangleCount(mesh));
			if (values.verbose) {
				const { error, iou, parts, seconds } = scores.get('ours')!.at(-1)!;
				console.log(
					`  ${name.padEnd(60)} ${triangleCount(mesh)} faces  error ${error.toFixed(3)}  iou ${iou.toFixed(3)}  parts ${parts}/${truthParts.at(-1)!.toFixed(1)}  ${seconds.toFixed(2)} s`,
				);
			}
		}
		if (faces.length === 0) {
			console.log(`${set}: no models in ${DATA}`);
			continue;
		}
		for (const row of rows) {
			const list = scores.get(row)!;
			const of = (key: Exclude<keyof Score, 'mirror'>): number => mean(list.map((score) => score[key]));
			const mirrors = list.flatMap(({ mirror }) => (mirror === undefined ? [] : [mirror]));
			const longest = Math.max(...list.map((score) => score.seconds));
			const figures = [
				of('error').toFixed(4),
				of('iou').toFixed(4),
				of('boundary').toFixed(3),
				of('parts').toFixed(1),
				mean(truthParts).toFixed(1),
				of('seconds').toFixed(2),
				longest.toFixed(2),
			];
			console.log(
				`${set.padEnd(6)} ${row.padEnd(20)} ${String(list.length).padStart(6)}  ${mean(faces).toFixed(0)}  ${figures.join('  ')}  ${mean(mirrors).toFixed(3)}`,
			);
			if (values.record) {
				const named = row === 'ours' && values['held-out'] ? `ours, held out by ${values['held-out']}` : row;
				record([set, named, values.half, values.every, copy, list.length, ...figures]);
			}
		}
	}
}

/** Copies differ in resolution and noise from model to model, and from those that training sees. */
const COPY_SEED = 5000;

/** The model as it is, with noise, or the copy of it that training makes. @param place Of the model among those measured. */
async function copied(original: Case, copy: string, noise: number, place: number): Promise<Case> {
	if (noise > 0) return { ...original, mesh: jitter(original.mesh, noise, 1) };
	if (copy === 'clean') return original;
	const { copyOf } = await import('../training/copies.ts');
	return copyOf(original, copy as CopyKind, COPY_SEED + place);
}

/** Drawn anew around its volume, its look in a texture and nowhere else. */
async function texturedCopy(original: Case, strength: number, place: number): Promise<Case> {
	const { baseColors } = original;
	if (!baseColors) throw new Error('--textured wants materials: --set named');
	const { mesh, ...others } = await copied(original, 'painted', 0, place);
	const plain = { ...mesh, materialOf: new Uint16Array(triangleCount(mesh)) };
	return { ...others, mesh: plain, hints: { painted: weather(mesh, baseColors, strength, 1) } };
}

async function heldOutScores(by: 'fold' | 'quarter'): Promise<(set: SetName, name: string) => PairScore> {
	const { readScores } = await import('../training/export.ts');
	const { listItems } = await import('../training/models.ts');
	const scores = readScores(by === 'fold' ? 's1' : 't1', by);
	const items = listItems().filter(({ use }) => use !== 'train');
	return (set, name) => scores(items.find((item) => item.set === set && item.name === name)!);
}

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / Math.max(1, list.length);

function record(row: readonly (string | number)[]): void {
	if (!existsSync(RESULTS)) {
		mkdirSync(join(RESULTS, '..'), { recursive: true });
		appendFileSync(
			RESULTS,
			'version,set,row,half,every,copy,models,rand_error,part_iou,boundary,parts,true_parts,seconds,longest_seconds\n',
		);
	}
	const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/engine/package.json'), 'utf8')) as {
		version: string;
	};
	appendFileSync(RESULTS, `${[version, ...row.map((x) => String(x).replaceAll(',', ';'))].join(',')}\n`);
}

// Not awaited: what main imports on the way imports this file, and would wait for it.
if (process.argv[1] === import.meta.filename) void main();
