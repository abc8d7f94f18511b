/**
 * How good and how fast `complete` is: artist parts united into one surface, cut along the true parts, completed, and
 * compared with each part as the artist made it, hidden faces included.
 *
 *   node --import tsx --conditions=source bench/complete.ts [--every 20] [--offset 0] [--rows no-op,fair,ours,tile,segmented]
 *        [--faces 60000] [--training] [--held-out group|model] [--name PATTERN] [--verbose] [--record] [--time]
 *
 * - volume IoU: by booleans of manifold-3d where both solids are accepted by it, else on a 48³ grid of winding numbers;
 * - Chamfer: mean of the two directions, 4000 points each, and F-score at 0.02, in the frame where the true part's box is [-1, 1];
 * - closed, self-intersecting (share of parts with a pair that crosses), visible surface moved (coordinates that differ),
 *   volume outside the whole (over the part's, largest, see `outsideShare`, less what the artist's part is outside by the
 *   same measure), volume that tiles share (over the whole's, largest), milliseconds of one core a part, and
 *   triangles of caps over visible ones.
 * Each by visible fraction: < 0.7 and ≥ 0.7 of the true part's area. `no-op` is the open patch; it has no volume.
 * `segmented` is end to end: parts as `segment` finds them; each true part against the completed one that overlaps it best.
 * `--training` takes the models of assemblies-train instead.
 * `--held-out` scores each model by trees that never saw it: by `group` they saw no model of its pack, or no furniture, or no
 * robot, by `model` only it and every fifth other one are left out. The folds' trees are those that
 * `training/completion-train` leaves in .cache/training/models.
 * Models above `--faces` are left out: they say little more and take most of the time.
 *
 * `--time` measures instead how long models of 20k faces and more take: segmented, then completed.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Module, { type Manifold } from 'manifold-3d';
import { type CompletedPart, complete } from '../packages/engine/src/completion/complete.ts';
import { wholeOf } from '../packages/engine/src/completion/inside.ts';
import { type HiddenOdds, type HiddenTrees, readTrees } from '../packages/engine/src/completion/trees.ts';
import { readModel } from '../packages/engine/src/formats/read.ts';
import { random } from '../packages/engine/src/math/random.ts';
import type { Mesh } from '../packages/engine/src/mesh/mesh.ts';
import type { Parts } from '../packages/engine/src/mesh/parts.ts';
import { segment } from '../packages/engine/src/segmentation/segment.ts';
import { buildBvh } from '../packages/engine/src/spatial/bvh.ts';
import { nearestPoint, newNearest } from '../packages/engine/src/spatial/nearest.ts';
import { buildWinding, windingNumber } from '../packages/engine/src/spatial/winding.ts';
import { outsideShare } from './outside.ts';
import { namesOf } from './segment.ts';

const ROOT = resolve(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results/complete.csv');
const ROWS = ['no-op', 'fair', 'ours', 'tile', 'segmented'] as const;
type Row = (typeof ROWS)[number];
type Surface = Pick<Mesh, 'positions' | 'triangles'>;

type Score = {
	readonly visible: number;
	readonly iou: number;
	readonly chamfer: number;
	/** F-score of points within 0.02, in the frame of the Chamfer distance. */
	readonly f: number;
	readonly closed: boolean;
	readonly crossing: boolean;
	readonly moved: number;
	readonly outside: number;
	/** Volume shared with other parts over that of the whole; of tiles only. */
	readonly shared: number;
	readonly ms: number;
	readonly caps: number;
	readonly faces: number;
};

const wasm = await Module();
wasm.setup();

/** A solid that manifold-3d accepts, or nothing. */
function solidOf({ positions, triangles }: Surface): Manifold | undefined {
	const mesh = new wasm.Mesh({ numProp: 3, vertProperties: positions, triVerts: triangles });
	mesh.merge();
	try {
		const solid = new wasm.Manifold(mesh);
		if (solid.status() === 'NoError' && solid.volume() > 0) return solid;
		solid.delete();
	} catch {
		// Not a manifold: the grid measures it.
	}
	return undefined;
}

function volumeIou(ours: Surface, truth: Surface): number {
	const a = solidOf(ours);
	const b = solidOf(truth);
	try {
		if (!a || !b) return gridIou(ours, truth);
		const both = a.intersect(b);
		const volume = both.volume();
		both.delete();
		const iou = volume / (a.volume() + b.volume() - volume);
		// Surfaces that cross themselves count twice there.
		return iou >= 0 && iou <= 1 + 1e-6 ? iou : gridIou(ours, truth);
	} finally {
		a?.delete();
		b?.delete();
	}
}

function gridIou(ours: Surface, truth: Surface): number {
	const cells = 48;
	const { low, size } = boxOf(truth, ours);
	const a = buildWinding(ours);
	const b = buildWinding(truth);
	let both = 0;
	let either = 0;
	for (let i = 0; i < cells ** 3; i++) {
		const x = low[0] + ((i % cells) + 0.5) * (size[0] / cells);
		const y = low[1] + ((Math.floor(i / cells) % cells) + 0.5) * (size[1] / cells);
		const z = low[2] + (Math.floor(i / cells ** 2) + 0.5) * (size[2] / cells);
		const inA = windingNumber(a, x, y, z) > 0.5;
		const inB = windingNumber(b, x, y, z) > 0.5;
		if (inA && inB) both++;
		if (inA || inB) either++;
	}
	return either > 0 ? both / either : 0;
}

function boxOf(...surfaces: Surface[]) {
	const low = [Infinity, Infinity, Infinity];
	const high = [-Infinity, -Infinity, -Infinity];
	for (const { positions, triangles } of surfaces)
		for (const v of triangles)
			for (let k = 0; k < 3; k++) {
				low[k] = Math.min(low[k], positions[3 * v + k]);
				high[k] = Math.max(high[k], positions[3 * v + k]);
			}
	return { low, size: low.map((l, k) => high[k] - l) };
}

/** Points spread over a surface by area. n × 3. */
function sample({ positions, triangles }: Surface, count: number): Float64Array {
	const sums = new Float64Array(triangles.length / 3);
	let total = 0;
	for (let t = 0; t < sums.length; t++) {
		total += areaOf(positions, triangles, t);
		sums[t] = total;
	}
	const draw = random(1);
	const points = new Float64Array(3 * count);
	let t = 0;
	for (let i = 0; i < count; i++) {
		while (t < sums.length - 1 && sums[t] < ((i + 0.5) / count) * total) t++;
		const root = Math.sqrt(draw());
		const v = draw() * root;
		for (let k = 0; k < 3; k++) {
			const corner = (j: number): number => positions[3 * triangles[3 * t + j] + k];
			points[3 * i + k] = (1 - root) * corner(0) + (root - v) * corner(1) + v * corner(2);
		}
	}
	return points;
}

function areaOf(positions: Float32Array, triangles: Uint32Array, t: number): number {
	const [a, b, c] = [3 * triangles[3 * t], 3 * triangles[3 * t + 1], 3 * triangles[3 * t + 2]];
	const u = [0, 1, 2].map((k) => positions[b + k] - positions[a + k]);
	const v = [0, 1, 2].map((k) => positions[c + k] - positions[a + k]);
	return Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2;
}

const surfaceArea = ({ positions, triangles }: Surface): number => {
	let area = 0;
	for (let t = 0; t < triangles.length / 3; t++) area += areaOf(positions, triangles, t);
	return area;
};

/** Mean distance between two surfaces, both ways, and the F-score at 0.02, where the true part's longest side is 2. */
function compareSurfaces(ours: Surface, truth: Surface): { chamfer: number; f: number } {
	const scale = 2 / Math.max(...boxOf(truth).size);
	const oneWay = (from: Surface, to: Surface) => {
		const bvh = buildBvh(to);
		const near = newNearest();
		const points = sample(from, 4000);
		let sum = 0;
		let close = 0;
		for (let i = 0; i < points.length; i += 3) {
			nearestPoint(bvh, points[i], points[i + 1], points[i + 2], Infinity, near);
			sum += scale * near.distance;
			if (scale * near.distance <= 0.02) close++;
		}
		return { mean: sum / (points.length / 3), share: close / (points.length / 3) };
	};
	const precision = oneWay(ours, truth);
	const recall = oneWay(truth, ours);
	const both = precision.share + recall.share;
	return { chamfer: (precision.mean + recall.mean) / 2, f: both > 0 ? (2 * precision.share * recall.share) / both : 0 };
}

/** Coordinates and corners of the visible surface that are not the input's. */
function countMoved(mesh: Mesh, part: CompletedPart): number {
	const bits = new Uint32Array(part.positions.buffer, part.positions.byteOffset);
	const inputBits = new Uint32Array(mesh.positions.buffer, mesh.positions.byteOffset);
	let moved = 0;
	for (let c = 0; c < 3 * part.triangleOf.length; c++) {
		const ours = part.triangles[c];
		const theirs = mesh.triangles[3 * part.triangleOf[(c / 3) | 0] + (c % 3)];
		for (let k = 0; k < 3; k++) if (bits[3 * ours + k] !== inputBits[3 * theirs + k]) moved++;
	}
	return moved;
}

/** Volume of each part that is in another one too. */
function sharedVolumes(parts: readonly Surface[]): number[] {
	const solids = parts.map(solidOf);
	const boxes = solids.map((solid) => solid?.boundingBox());
	const shared = parts.map((_, i) => {
		let sum = 0;
		for (const [j, other] of solids.entries()) {
			const [a, b, solid] = [boxes[i], boxes[j], solids[i]];
			if (i === j || !a || !b || !solid || !other) continue;
			if ([0, 1, 2].some((k) => a.min[k]! > b.max[k]! || b.min[k]! > a.max[k]!)) continue;
			const both = solid.intersect(other);
			sum += both.volume();
			both.delete();
		}
		return sum;
	});
	for (const solid of solids) solid?.delete();
	return shared;
}

/** The part that agrees best with a true one. */
function bestOf(parts: readonly CompletedPart[], truth: Surface): CompletedPart {
	const box = boxOf(truth);
	let best = parts[0]!;
	let most = -1;
	for (const part of parts) {
		const other = boxOf(part);
		const apart = [0, 1, 2].some(
			(k) => other.low[k]! > box.low[k]! + box.size[k]! || box.low[k]! > other.low[k]! + other.size[k]!,
		);
		const iou = apart ? 0 : volumeIou(part, truth);
		if (iou <= most) continue;
		most = iou;
		best = part;
	}
	return best;
}

/** The same triangles as parts numbered from 0, as the verb wants them. */
function partsOf(labels: readonly number[]): Parts {
	const triangles = new Array<number>(labels.reduce((most, label) => Math.max(most, label), 0) + 1).fill(0);
	for (let t = 0; t < labels.length; t++) triangles[labels[t]]++;
	return {
		partOf: Uint16Array.from(labels),
		parts: triangles.map((n, part) => ({ name: `part_${part}`, triangles: n, area: 0, neighbours: [] })),
	};
}

async function scoreModel(
	data: string,
	name: string,
	rows: readonly Row[],
	verbose: boolean,
	odds: HiddenOdds | undefined,
	scores: Map<Row, Score[]>,
): Promise<void> {
	const dir = join(data, 'union', name);
	const read = async (file: string) =>
		(await readModel(new Uint8Array(readFileSync(join(dir, file))), { name: file })).mesh;
	const mesh = await read('fused.obj');
	const labels = readFileSync(join(dir, 'fused.seg'), 'utf8').trim().split(/\s+/).map(Number);
	const parts = partsOf(labels);
	const only = parts.parts.flatMap(({ triangles }, part) => (triangles > 0 ? [part] : []));
	const whole = solidOf(mesh);
	const { solid } = wholeOf(mesh);
	const results = new Map<Row, readonly CompletedPart[]>();
	const times = new Map<Row, number>();
	for (const row of rows) {
		const since = process.cpuUsage();
		const how = {
			method: row === 'fair' || row === 'no-op' ? 'quick_cap' : 'full',
			mode: row === 'tile' ? 'tile' : 'overlap',
			...(odds && { odds }),
		} as const;
		const completed = (
			row === 'segmented' ? complete(mesh, segment(mesh), how) : complete(mesh, parts, { only, ...how })
		).parts;
		results.set(row, completed);
		times.set(row, process.cpuUsage(since).user / 1000 / completed.length);
	}
	const tiles = results.get('tile');
	const shared = tiles && sharedVolumes(tiles);
	for (const [i, label] of only.entries()) {
		const truth = await read(`part_${String(label).padStart(3, '0')}.obj`);
		for (const row of rows) {
			const part = row === 'segmented' ? bestOf(results.get(row)!, truth) : results.get(row)![i]!;
			const patch = { positions: part.positions, triangles: part.triangles.subarray(0, 3 * part.triangleOf.length) };
			const result: Surface = row === 'no-op' ? patch : part;
			const score: Score = {
				visible: Math.min(1, surfaceArea(patch) / surfaceArea(truth)),
				iou: row === 'no-op' ? 0 : volumeIou(result, truth),
				...compareSurfaces(result, truth),
				closed: row === 'no-op' ? part.method === 'whole' : part.closed,
				crossing: row !== 'no-op' && part.selfIntersections > 0,
				moved: countMoved(mesh, part),
				outside: row === 'no-op' || !solid ? 0 : Math.max(0, outsideShare(part, solid) - outsideShare(truth, solid)),
				shared: row === 'tile' && whole ? shared![i]! / whole.volume() : 0,
				caps: row === 'no-op' ? 0 : part.capTriangles,
				faces: part.triangleOf.length,
				ms: row === 'no-op' ? 0 : times.get(row)!,
			};
			scores.get(row)!.push(score);
			if (verbose && row !== 'no-op')
				console.log(
					`${name} ${label} ${row} ${part.method} vis ${score.visible.toFixed(2)} iou ${score.iou.toFixed(3)} cd ${score.chamfer.toFixed(4)} closed ${part.closed} x ${part.selfIntersections} out ${score.outside.toExponential(1)} ${part.warnings.join('; ')}`,
				);
		}
	}
	whole?.delete();
}

/** Large models, and how often their triangles are divided by four. */
const LARGE: readonly (readonly [string, number])[] = [
	['generated/track.glb', 0],
	['generated/crab_claw.glb', 0],
	['dense/armadillo/armadillo.obj', 0],
	['generated/Feralis_skinned.glb', 2],
	['generated/track.glb', 1],
];

async function timeLarge(): Promise<void> {
	console.log('model,faces,parts,closed,crossing,cap_faces,complete_ms,ms_a_part,longest_silence_ms,wall_ms');
	for (const [name, divisions] of LARGE) {
		const file = join(ROOT, '.cache/data', name);
		if (!existsSync(file)) continue;
		let { mesh } = await readModel(new Uint8Array(readFileSync(file)), { name });
		for (let i = 0; i < divisions; i++) mesh = divided(mesh);
		const parts = segment(mesh);
		const since = process.cpuUsage();
		const began = performance.now();
		let asked = began;
		let silence = 0;
		const isCancelled = (): boolean => {
			silence = Math.max(silence, performance.now() - asked);
			asked = performance.now();
			return false;
		};
		const completed = complete(mesh, parts, {}, { isCancelled }).parts;
		const ms = process.cpuUsage(since).user / 1000;
		const wall = performance.now() - began;
		const count = (is: (part: CompletedPart) => boolean): number => completed.filter(is).length;
		const caps = completed.reduce((sum, part) => sum + part.capTriangles, 0);
		console.log(
			[
				name,
				mesh.triangles.length / 3,
				completed.length,
				count((part) => part.closed),
				count((part) => part.selfIntersections > 0),
				caps,
				ms.toFixed(0),
				(ms / completed.length).toFixed(0),
				silence.toFixed(0),
				wall.toFixed(0),
			].join(),
		);
	}
}

/** Each triangle divided by four at the middles of its edges. */
function divided({ positions, triangles }: Mesh): Mesh {
	const points = [...positions];
	const middles = new Map<number, number>();
	const middle = (a: number, b: number): number => {
		const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
		let v = middles.get(key);
		if (v === undefined) {
			v = points.length / 3;
			middles.set(key, v);
			for (let k = 0; k < 3; k++) points.push((points[3 * a + k]! + points[3 * b + k]!) / 2);
		}
		return v;
	};
	const out: number[] = [];
	for (let c = 0; c < triangles.length; c += 3) {
		const [p, q, r] = [triangles[c]!, triangles[c + 1]!, triangles[c + 2]!];
		const [pq, qr, rp] = [middle(p, q), middle(q, r), middle(r, p)];
		out.push(p, pq, rp, pq, q, qr, rp, qr, r, pq, qr, rp);
	}
	return {
		positions: Float32Array.from(points),
		triangles: Uint32Array.from(out),
		corner: {},
		materialOf: new Uint16Array(out.length / 3),
	};
}

const HEAD =
	'row,visible,parts,volume_iou,chamfer,f_score,closed,crossing,moved,outside_max,shared_max,caps_over_visible,ms_a_part';

function summary(row: Row, share: string, scores: readonly Score[]): string {
	const mean = (value: (score: Score) => number): number =>
		scores.reduce((sum, score) => sum + value(score), 0) / Math.max(1, scores.length);
	return [
		row,
		share,
		scores.length,
		mean((s) => s.iou).toFixed(4),
		mean((s) => s.chamfer).toFixed(4),
		mean((s) => s.f).toFixed(4),
		mean((s) => Number(s.closed)).toFixed(3),
		mean((s) => Number(s.crossing)).toFixed(3),
		scores.reduce((sum, s) => sum + s.moved, 0),
		scores.reduce((most, s) => Math.max(most, s.outside), 0).toExponential(1),
		scores.reduce((most, s) => Math.max(most, s.shared), 0).toExponential(1),
		(
			mean((s) => s.caps) /
			Math.max(
				1,
				mean((s) => s.faces),
			)
		).toFixed(2),
		mean((s) => s.ms).toFixed(0),
	].join(',');
}

/** The trees of the fold that a model is in; of models that nothing is learned from, those fitted to all. */
function heldOutOdds(by: string): (name: string) => HiddenOdds {
	const read = (file: string) => JSON.parse(readFileSync(join(ROOT, '.cache/training', file), 'utf8'));
	const foldOf = read('complete.folds.json')[by] as Record<string, number>;
	const trees = new Map<number, HiddenOdds>();
	return (name) => {
		const fold = foldOf[name] ?? -1;
		const file = fold < 0 ? 'complete.json' : `models/complete-${by}-${fold}.json`;
		const odds = trees.get(fold) ?? readTrees(read(file) as HiddenTrees);
		trees.set(fold, odds);
		return odds;
	};
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			every: { type: 'string', default: '20' },
			offset: { type: 'string', default: '0' },
			faces: { type: 'string', default: '60000' },
			rows: { type: 'string', default: ROWS.join() },
			training: { type: 'boolean', default: false },
			'held-out': { type: 'string', default: '' },
			name: { type: 'string', default: '' },
			verbose: { type: 'boolean', default: false },
			record: { type: 'boolean', default: false },
			time: { type: 'boolean', default: false },
		},
	});
	if (values.time) return timeLarge();
	const data = join(ROOT, '.cache/data', values.training ? 'training' : '');
	const names = namesOf('union', data)
		.filter((_, i) => i % Number(values.every) === Number(values.offset))
		.filter((name) => new RegExp(values.name).test(name));
	if (names.length === 0) throw new Error('no models: unpack assemblies-public into .cache/data');
	const rows = ROWS.filter((row) => values.rows.split(',').includes(row));
	const oddsOf = values['held-out'] ? heldOutOdds(values['held-out']) : undefined;
	const scores = new Map<Row, Score[]>(rows.map((row) => [row, []]));
	for (const name of names) {
		const { faces } = JSON.parse(readFileSync(join(data, 'union', name, 'meta.json'), 'utf8'));
		if (faces <= Number(values.faces)) await scoreModel(data, name, rows, values.verbose, oddsOf?.(name), scores);
	}
	const table = rows.flatMap((row) => [
		summary(row, 'all', scores.get(row)!),
		summary(
			row,
			'< 0.7',
			scores.get(row)!.filter((s) => s.visible < 0.7),
		),
		summary(
			row,
			'>= 0.7',
			scores.get(row)!.filter((s) => s.visible >= 0.7),
		),
	]);
	console.log([HEAD, ...table].join('\n'));
	if (!values.record) return;
	if (!existsSync(RESULTS)) appendFileSync(RESULTS, `date,every,offset,faces,${HEAD}\n`);
	const date = new Date().toISOString().slice(0, 10);
	for (const line of table)
		appendFileSync(RESULTS, `${date},${values.every},${values.offset},${values.faces},${line}\n`);
}

if (process.argv[1] === import.meta.filename) await main();
