/**
 * How long `segment` takes and how much memory, by the number of faces: a generated model as it is, a scan, and both with
 * their triangles divided by four again and again, with fresh roughness at each level as a denser scan would have.
 *
 *   npm run bench:size -- [--record]
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mesh, readModel, segment } from '@meshwright/engine';

const ROOT = resolve(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results/segment-size.csv');
/** A model of the data sets, and how often its triangles are divided by four. */
const CASES: readonly (readonly [string, number])[] = [
	['generated/crab_claw.glb', 0],
	['dense/koala/koala.obj', 0],
	['generated/bench.glb', 3],
	['dense/koala/koala.obj', 2],
];

if (process.argv[2] === '--one') await measureOne(process.argv[3]!, Number(process.argv[4]));
else measureAll(process.argv.includes('--record'));

function measureAll(record: boolean): void {
	console.log('faces      parts  seconds  peak MB');
	for (const [name, divisions] of CASES) {
		// A process each: the peak of one must not hide the next.
		const args = [
			'--import',
			'tsx',
			'--conditions=source',
			fileURLToPath(import.meta.url),
			'--one',
			name,
			String(divisions),
		];
		const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
		if (status !== 0) throw new Error(stderr);
		const { faces, parts, seconds, megabytes } = JSON.parse(stdout) as Row;
		console.log(`${String(faces).padEnd(10)} ${String(parts).padEnd(6)} ${seconds.toFixed(1).padEnd(8)} ${megabytes}`);
		if (record) appendFileSync(RESULTS, `0.1.0,${faces},${parts},${seconds.toFixed(2)},${megabytes}\n`);
	}
}

type Row = { faces: number; parts: number; seconds: number; megabytes: number };

async function measureOne(name: string, divisions: number): Promise<void> {
	const path = join(ROOT, '.cache/data', name);
	if (!existsSync(path)) throw new Error(`${path} is not there: unpack the data sets first`);
	let { mesh } = await readModel(new Uint8Array(readFileSync(path)), { name });
	for (let i = 0; i < divisions; i++) mesh = subdivide(mesh);
	const start = performance.now();
	const { parts } = segment(mesh);
	const seconds = (performance.now() - start) / 1000;
	const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
	console.log(
		JSON.stringify({ faces: mesh.triangles.length / 3, parts: parts.length, seconds, megabytes } satisfies Row),
	);
}

/** Four triangles for each; the new vertices in the middle of the edges, moved by a hundredth of their length. */
function subdivide({ positions, triangles }: Mesh): Mesh {
	const points = Array.from(positions);
	const middleOf = new Map<number, number>();
	const vertices = positions.length / 3;
	const middle = (a: number, b: number): number => {
		const key = Math.min(a, b) * vertices + Math.max(a, b);
		let m = middleOf.get(key);
		if (m === undefined) {
			m = points.length / 3;
			middleOf.set(key, m);
			const [p, q] = [3 * a, 3 * b];
			const length = Math.hypot(
				points[p]! - points[q]!,
				points[p + 1]! - points[q + 1]!,
				points[p + 2]! - points[q + 2]!,
			);
			for (let axis = 0; axis < 3; axis++) {
				points.push((points[p + axis]! + points[q + axis]!) / 2 + 0.01 * length * Math.sin(m * (axis + 1)));
			}
		}
		return m;
	};
	const divided = new Uint32Array(4 * triangles.length);
	for (let t = 0; t < triangles.length; t += 3) {
		const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
		const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
		divided.set([a, ab, ca, b, bc, ab, c, ca, bc, ab, bc, ca], 4 * t);
	}
	const materialOf = new Uint16Array(divided.length / 3);
	return { positions: Float32Array.from(points), triangles: divided, corner: {}, materialOf };
}
