/**
 * Nodes of hidden insides with their clues and whether the artist's part was there, for `completion-fit.py`.
 *
 *   node --import tsx --conditions=source training/completion-samples.ts FOLDER... OUT [--faces 60000] [--rows 800]
 *        [--every 1] [--offsets 0]
 *
 * Writes OUT.bin (float32 rows: clues, truth, volume of the node's cell over that of the true part) and OUT.json (parts:
 * model, number, rows, visible share of the true part's area, whether the model is of the first folder).
 */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assemblyOf } from '../packages/engine/src/completion/assembly.ts';
import { CLUES, cluesOf } from '../packages/engine/src/completion/clues.ts';
import { insideWhole, wholeOf } from '../packages/engine/src/completion/inside.ts';
import { signedVolume } from '../packages/engine/src/completion/verify.ts';
import { readModel } from '../packages/engine/src/formats/read.ts';
import { random } from '../packages/engine/src/math/random.ts';
import { normalAndArea } from '../packages/engine/src/math/triangle.ts';

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		every: { type: 'string', default: '1' },
		offsets: { type: 'string', default: '0' },
		faces: { type: 'string', default: '60000' },
		resolution: { type: 'string', default: '28' },
		rows: { type: 'string', default: '800' },
	},
});
const folders = positionals.slice(0, -1);
const output = positionals.at(-1)!;
const resolution = Number(values.resolution);
const offsets = values.offsets.split(',').map(Number);
const LEARNED = ['quaternius-cc', 'kaykit-dungeon-cc', 'ikea', 'menagerie'];
const read = async (file: string) => (await readModel(new Uint8Array(readFileSync(file)), { name: file })).mesh;

function areaOf({ positions, triangles }: { positions: Float32Array; triangles: Uint32Array }): number {
	const plane = new Float64Array(4);
	let area = 0;
	for (let t = 0; t < triangles.length / 3; t++) {
		normalAndArea(positions, triangles, t, plane, 0);
		area += plane[3];
	}
	return area;
}

const parts: unknown[] = [];
const models = folders.flatMap((folder) =>
	readdirSync(folder)
		.sort()
		.flatMap((kind) =>
			readdirSync(join(folder, kind))
				.sort()
				.map((model) => ({ folder, name: `${kind}/${model}` })),
		)
		// Licences that let others learn from them, as in models.ts.
		.filter(({ name }) => LEARNED.some((kind) => name.startsWith(kind)))
		.filter((_, i) => offsets.includes(i % Number(values.every))),
);
const width = CLUES.length + 2;
writeFileSync(`${output}.bin`, '');
for (const { folder, name } of models) {
	const meta = JSON.parse(readFileSync(join(folder, name, 'meta.json'), 'utf8'));
	if (meta.faces > Number(values.faces)) continue;
	const mesh = await read(join(folder, name, 'fused.obj'));
	const labels = readFileSync(join(folder, name, 'fused.seg'), 'utf8')
		.trim()
		.split(/\s+/)
		.map(Number);
	const assembly = assemblyOf(mesh, labels);
	for (const part of [...new Set(labels)].sort((a, b) => a - b)) {
		const patch = assembly.patchOf(part);
		if (patch.loops.length === 0) continue;
		const truth = await read(join(folder, name, `part_${String(part).padStart(3, '0')}.obj`));
		const volume = signedVolume(truth.positions, truth.triangles);
		if (!(volume > 0)) continue;
		const { grid } = assembly.continuedOf(part, resolution);
		const inside = insideWhole(assembly.whole, grid);
		const there = insideWhole(wholeOf(truth), grid);
		const nodes = inside.reduce((sum, is) => sum + is, 0);
		if (nodes === 0) continue;
		const keep = Math.min(1, Number(values.rows) / nodes);
		const clues = cluesOf(assembly, part, resolution);
		const draw = random(part + 1);
		const rows: number[] = [];
		const row = new Float64Array(width);
		for (let at = 0; at < inside.length; at++) {
			if (!inside[at] || draw() > keep) continue;
			const i = at % grid.nx;
			const j = Math.floor(at / grid.nx) % grid.ny;
			const k = Math.floor(at / (grid.nx * grid.ny));
			clues(grid.x + i * grid.h, grid.y + j * grid.h, grid.z + k * grid.h, row, 0);
			row[width - 2] = there[at];
			row[width - 1] = grid.h ** 3 / volume / keep;
			for (const value of row) rows.push(value);
		}
		appendFileSync(`${output}.bin`, Buffer.from(Float32Array.from(rows).buffer));
		parts.push({
			name,
			part,
			rows: rows.length / width,
			visible: Math.min(1, areaOf(patch) / areaOf(truth)),
			first: folder === folders[0],
		});
	}
	console.log(name, parts.length);
}
writeFileSync(`${output}.json`, JSON.stringify({ clues: CLUES, parts }));
