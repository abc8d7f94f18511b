/**
 * How well `unwrap` lays decimated models out, and how fast, with its peers on the same meshes in the same run.
 *
 *   node --import tsx --conditions=source bench/unwrap.ts [--set dense,textured,generated] [--only bunny,igea]
 *        [--faces 5000] [--size 2048] [--tools ours,ours+watlas,watlas] [--record] [--draw FOLDER]
 *
 * Peers: `watlas` is xatlas' whole way from mesh to atlas, with its defaults, the mesh scaled to a box of 1000 (it
 * depends on the scale) and the vertices split where normals are; `ours+watlas` packs our charts with its packer.
 * Normals are split at creases of 50 degrees.
 *
 * - coverage: area of the charts over the square of the longer side of the atlas. Texels: that side is scaled to `size`.
 * - stretch: lengths on the surface over lengths in the texture (Sander et al. 2001), root of the mean square and the
 *   greatest, areas made equal over the whole atlas; 1 is none.
 * - mirrored: charts whose texture reads the wrong way round. flipped: triangles that lie other than most of their chart.
 * - overlaps: texels whose middle lies in two triangles.
 * - hard: share of the length of hard edges that lies on seams.
 * - seconds: processor time of all threads, the better of two runs.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Atlas, Initialize } from 'watlas';
import { cornerNormals } from '../packages/engine/src/analysis/corner-normals.ts';
import { bounds } from '../packages/engine/src/analysis/normals.ts';
import { type Mesh, next } from '../packages/engine/src/mesh/mesh.ts';
import { twins } from '../packages/engine/src/mesh/topology.ts';
import { decimate } from '../packages/engine/src/retopology/decimate.ts';
import { unwrap } from '../packages/engine/src/unwrap/unwrap.ts';
import { loadMesh, modelsOf } from './lowpoly.ts';

const ROOT = resolve(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results/unwrap.csv');

/** Corners in texels, y down, and what must be equal for a corner to be no seam. */
type Laid = { readonly xy: Float64Array; readonly rows: Uint32Array; readonly chartOf: Uint32Array };
type Tool = (mesh: Mesh, size: number) => Promise<Laid>;

const TOOLS: Record<string, Tool> = {
	ours: async (mesh, size) => {
		const { mesh: laid, chartOf } = await unwrap({ ...mesh }, { size });
		const { values, indices } = laid.corner.uv;
		return {
			xy: Float64Array.from({ length: 2 * indices.length }, (_, i) => size * values[2 * indices[i >> 1] + (i & 1)]),
			rows: indices,
			chartOf,
		};
	},
	'ours+watlas': async (mesh, size) => {
		const { mesh: laid, chartOf } = await unwrap({ ...mesh }, { size });
		const { values, indices } = laid.corner.uv;
		const atlas = new Atlas();
		atlas.addUvMesh({
			vertexUvData: values.map((x) => x * size),
			vertexCount: values.length / 2,
			vertexStride: 8,
			indexData: indices,
			indexCount: indices.length,
			faceMaterialData: chartOf,
		});
		atlas.computeCharts({});
		return packed(atlas, size);
	},
	watlas: async (mesh, size) => {
		const { positions, triangles } = mesh;
		const { values, indices } = mesh.corner.normal;
		const { centre, diagonal } = bounds(mesh);
		const cornerOf = new Map<string, number>();
		const points: number[] = [];
		const normals: number[] = [];
		const split = Uint32Array.from(triangles, (v, c) => {
			const key = `${v}/${indices[c]}`;
			let vertex = cornerOf.get(key);
			if (vertex === undefined) {
				vertex = cornerOf.size;
				cornerOf.set(key, vertex);
				for (let k = 0; k < 3; k++) {
					points.push(((positions[3 * v + k] - centre[k]) / diagonal) * 1000);
					normals.push(values[3 * indices[c] + k]);
				}
			}
			return vertex;
		});
		const atlas = new Atlas();
		atlas.addMesh({
			vertexPositionData: Float32Array.from(points),
			vertexCount: points.length / 3,
			vertexPositionStride: 12,
			vertexNormalData: Float32Array.from(normals),
			vertexNormalStride: 12,
			indexData: split,
			indexCount: split.length,
		});
		atlas.computeCharts({});
		return packed(atlas, size);
	},
};

function packed(atlas: Atlas, size: number): Laid {
	atlas.packCharts({ resolution: size, padding: Math.max(4, size / 256) });
	const mesh = atlas.getMesh(0);
	const rows = new Uint32Array(mesh.indexCount);
	mesh.getIndexArray(rows);
	const scale = size / Math.max(atlas.width, atlas.height);
	const xy = new Float64Array(2 * rows.length);
	const chartOf = new Uint32Array(rows.length / 3);
	const known = Array.from({ length: mesh.vertexCount }, (_, i) => mesh.getVertex(i));
	rows.forEach((row, c) => {
		xy[2 * c] = known[row].uv[0] * scale;
		xy[2 * c + 1] = known[row].uv[1] * scale;
		chartOf[(c / 3) | 0] = known[row].chartIndex;
	});
	atlas.delete();
	return { xy, rows, chartOf };
}

/** Measures a layout by its corners alone, so that all tools are measured alike. */
export function measure(mesh: Mesh, { xy, rows, chartOf }: Laid, size: number) {
	const { positions, triangles } = mesh;
	const up = new Map<number, number>();
	const det = new Float64Array(chartOf.length);
	for (let t = 0; t < det.length; t++) {
		const [ax, ay, bx, by, cx, cy] = xy.subarray(6 * t, 6 * t + 6);
		det[t] = -((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
		up.set(chartOf[t], (up.get(chartOf[t]) ?? 0) + det[t]);
	}
	let [flat, whole, sum, most, flipped] = [0, 0, 0, 0, 0];
	for (let t = 0; t < det.length; t++) {
		const [a, b, c] = [0, 1, 2].map((k) => 3 * triangles[3 * t + k]);
		const [ax, ay, bx, by, cx, cy] = xy.subarray(6 * t, 6 * t + 6);
		const e = [0, 1, 2].map((k) => positions[b + k] - positions[a + k]);
		const f = [0, 1, 2].map((k) => positions[c + k] - positions[a + k]);
		const area = Math.hypot(e[1] * f[2] - e[2] * f[1], e[2] * f[0] - e[0] * f[2], e[0] * f[1] - e[1] * f[0]) / 2;
		flat += Math.abs(det[t]) / 2;
		const longest = Math.max(Math.hypot(...e), Math.hypot(...f));
		if (area <= 1e-6 * longest * longest) continue;
		if (det[t] * Math.sign(up.get(chartOf[t])!) <= 0) {
			flipped++;
			continue;
		}
		let [uu, uv, vv] = [0, 0, 0];
		for (let k = 0; k < 3; k++) {
			const du = (e[k] * (cy - ay) - f[k] * (by - ay)) / det[t];
			const dv = (f[k] * (bx - ax) - e[k] * (cx - ax)) / det[t];
			uu += du * du;
			uv += du * dv;
			vv += dv * dv;
		}
		whole += area;
		sum += (area * (uu + vv)) / 2;
		most = Math.max(most, Math.sqrt((uu + vv + Math.sqrt((uu - vv) ** 2 + 4 * uv * uv)) / 2));
	}
	const ratio = Math.sqrt(flat / whole);
	return {
		charts: up.size,
		coverage: flat / size ** 2,
		l2: Math.sqrt(sum / whole) * ratio,
		max: most * ratio,
		mirrored: [...up.values()].filter((area) => area < 0).length,
		flipped,
		overlaps: countTwice(xy, size),
		hard: hardOnSeams(mesh, rows),
	};
}

function hardOnSeams(mesh: Mesh, rows: Uint32Array): number {
	const { indices } = mesh.corner.normal;
	const twin = twins(mesh);
	let [on, all] = [0, 0];
	for (let c = 0; c < twin.length; c++) {
		const d = twin[c];
		if (d < 0 || (indices[c] === indices[next(d)] && indices[next(c)] === indices[d])) continue;
		const [a, b] = [3 * mesh.triangles[c], 3 * mesh.triangles[next(c)]];
		const length = Math.hypot(...[0, 1, 2].map((k) => mesh.positions[a + k] - mesh.positions[b + k]));
		all += length;
		if (rows[c] !== rows[next(d)] || rows[next(c)] !== rows[d]) on += length;
	}
	return all > 0 ? on / all : 1;
}

function countTwice(xy: Float64Array, size: number): number {
	const seen = new Uint8Array(size * size);
	let twice = 0;
	eachTexel(xy, size, (_, at) => {
		if (seen[at]++) twice++;
	});
	return twice;
}

/** Calls back for each triangle with each texel whose middle is well inside it. */
function eachTexel(xy: Float64Array, size: number, call: (t: number, at: number) => void): void {
	for (let t = 0; 6 * t < xy.length; t++) {
		let [ax, ay, bx, by, cx, cy] = xy.subarray(6 * t, 6 * t + 6);
		if ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax) < 0) [bx, by, cx, cy] = [cx, cy, bx, by];
		for (let y = Math.max(0, Math.floor(Math.min(ay, by, cy))); y < Math.min(size, Math.max(ay, by, cy)); y++)
			for (let x = Math.max(0, Math.floor(Math.min(ax, bx, cx))); x < Math.min(size, Math.max(ax, bx, cx)); x++) {
				const [px, py] = [x + 0.5, y + 0.5];
				if ((bx - ax) * (py - ay) - (by - ay) * (px - ax) <= 1e-3) continue;
				if ((cx - bx) * (py - by) - (cy - by) * (px - bx) <= 1e-3) continue;
				if ((ax - cx) * (py - cy) - (ay - cy) * (px - cx) <= 1e-3) continue;
				call(t, y * size + x);
			}
	}
}

/** A picture of the layout: charts in colour, triangles in shades of it. */
export function drawLayout({ xy, chartOf }: Laid, size: number): Uint8Array {
	const pixels = new Uint8Array(4 * size * size).fill(255);
	eachTexel(xy, size, (t, at) => {
		const c = Math.imul(chartOf[t] + 1, 0x9e3779b1) >>> 0;
		const shade = 0.85 + ((t * 7919) % 13) / 80;
		for (let k = 0; k < 3; k++) pixels[4 * at + k] = (70 + ((c >>> (8 * k + 3)) & 127)) * shade;
	});
	return pixels;
}

const HEAD = [
	'set',
	'model',
	'faces',
	'tool',
	'charts',
	'coverage',
	'l2',
	'max',
	'mirrored',
	'flipped',
	'overlaps',
	'hard',
	'seconds',
];

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			set: { type: 'string', default: 'dense,textured,generated' },
			only: { type: 'string', default: '' },
			faces: { type: 'string', default: '5000' },
			size: { type: 'string', default: '2048' },
			tools: { type: 'string', default: Object.keys(TOOLS).join(',') },
			record: { type: 'boolean', default: false },
			draw: { type: 'string' },
		},
	});
	await Initialize();
	const size = Number(values.size);
	const only = values.only.split(',').filter(Boolean);
	const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/engine/package.json'), 'utf8'));
	if (values.record && !existsSync(RESULTS)) {
		mkdirSync(dirname(RESULTS), { recursive: true });
		writeFileSync(RESULTS, `${['version', ...HEAD].join(',')}\n`);
	}
	console.log(HEAD.join(','));
	for (const set of values.set.split(','))
		for (const path of modelsOf(set)) {
			if (only.length && !only.some((part) => path.includes(part))) continue;
			const source = await loadMesh(path);
			for (const faces of values.faces.split(',').map(Number)) {
				const { mesh } = decimate(source, { faceLimit: faces });
				const low = { ...mesh, corner: { normal: cornerNormals(mesh) } };
				for (const tool of values.tools.split(',')) {
					let seconds = Infinity;
					let laid: Laid | undefined;
					for (let run = 0; run < 2; run++) {
						const start = process.cpuUsage();
						laid = await TOOLS[tool](low, size);
						const { user, system } = process.cpuUsage(start);
						seconds = Math.min(seconds, (user + system) / 1e6);
					}
					const m = measure(low, laid!, size);
					const numbers = [
						m.charts,
						m.coverage.toFixed(3),
						m.l2.toFixed(4),
						m.max.toFixed(2),
						m.mirrored,
						m.flipped,
						m.overlaps,
						m.hard.toFixed(3),
						seconds.toFixed(2),
					];
					const row = [set, path.slice(set.length + 1), low.triangles.length / 3, tool, ...numbers].join(',');
					console.log(row);
					if (values.record) appendFileSync(RESULTS, `${version},${row}\n`);
					if (values.draw)
						await draw(laid!, size, join(values.draw, `${path.replaceAll('/', '-')}.${faces}.${tool}.png`));
				}
			}
		}
}

async function draw(laid: Laid, size: number, file: string): Promise<void> {
	const { sharpCodec } = await import('../packages/service/src/codecs.ts');
	const image = { width: size, height: size, pixels: drawLayout(laid, size) };
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, await sharpCodec().encode(image, 'image/png'));
}

if (process.argv[1] === import.meta.filename) await main();
