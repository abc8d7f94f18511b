/**
 * Nodes of hidden insides with their clues and whether the artist's part was there, for `completion-fit.py`.
 *
 *   node --import tsx --conditions=source training/completion-samples.ts FOLDER OUT [--every 1] [--faces 8000]
 *
 * Writes OUT.bin (float32 rows: clues, truth, volume of the node's cell over that of the true part) and OUT.json (parts:
 * model, number, rows, share of the truth that no node stands for).
 */
import { createWriteStream, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assemblyOf } from '../packages/engine/src/completion/assembly.ts';
import { CLUES, cluesOf } from '../packages/engine/src/completion/clues.ts';
import { insideWhole, wholeOf } from '../packages/engine/src/completion/inside.ts';
import { signedVolume } from '../packages/engine/src/completion/verify.ts';
import { readModel } from '../packages/engine/src/formats/read.ts';
import { random } from '../packages/engine/src/math/random.ts';

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		every: { type: 'string', default: '1' },
		offset: { type: 'string', default: '0' },
		faces: { type: 'string', default: '8000' },
		resolution: { type: 'string', default: '28' },
		keep: { type: 'string', default: '0.3' },
		list: { type: 'string' },
	},
});
const [folder, output] = positionals;
const resolution = Number(values.resolution);
const keep = Number(values.keep);
const read = async (file: string) => (await readModel(new Uint8Array(readFileSync(file)), { name: file })).mesh;
const out = createWriteStream(`${output}.bin`);
const parts: unknown[] = [];
const names = readdirSync(folder)
	.sort()
	.flatMap((kind) =>
		readdirSync(join(folder, kind))
			.sort()
			.map((model) => join(kind, model)),
	)
	.filter((_, i) => i % Number(values.every) === Number(values.offset));
const width = CLUES.length + 2;
for (const name of names) {
	const meta = JSON.parse(readFileSync(join(folder, name, 'meta.json'), 'utf8'));
	if (meta.faces > Number(values.faces)) continue;
	const mesh = await read(join(folder, name, 'fused.obj'));
	const labels = readFileSync(join(folder, name, 'fused.seg'), 'utf8')
		.trim()
		.split(/\s+/)
		.map(Number);
	// Without what repeats show: learned from, it fits the training packs better and others worse, see the card.
	const assembly = assemblyOf(mesh, labels, undefined, false);
	for (const part of [...new Set(labels)].sort((a, b) => a - b)) {
		const patch = assembly.patchOf(part);
		if (patch.loops.length === 0) continue;
		const truth = await read(join(folder, name, `part_${String(part).padStart(3, '0')}.obj`));
		const volume = signedVolume(truth.positions, truth.triangles);
		if (!(volume > 0)) continue;
		const { grid } = assembly.continuedOf(part, resolution);
		const inside = insideWhole(assembly.whole, grid);
		const there = insideWhole(wholeOf(truth), grid);
		const clues = cluesOf(assembly, part, resolution);
		const draw = random(part + 1);
		const rows: number[] = [];
		const row = new Float64Array(width);
		const cell = grid.h ** 3 / volume;
		for (let at = 0; at < inside.length; at++) {
			if (!inside[at] || draw() > keep) continue;
			const i = at % grid.nx;
			const j = Math.floor(at / grid.nx) % grid.ny;
			const k = Math.floor(at / (grid.nx * grid.ny));
			clues(grid.x + i * grid.h, grid.y + j * grid.h, grid.z + k * grid.h, row, 0);
			row[width - 2] = there[at];
			row[width - 1] = cell / keep;
			for (const value of row) rows.push(value);
		}
		out.write(Buffer.from(Float32Array.from(rows).buffer));
		const area = (s: { positions: Float32Array; triangles: Uint32Array }) => {
			let sum = 0;
			const p = s.positions;
			for (let c = 0; c < s.triangles.length; c += 3) {
				const [a, b, d] = [3 * s.triangles[c], 3 * s.triangles[c + 1], 3 * s.triangles[c + 2]];
				const u = [0, 1, 2].map((q) => p[b + q] - p[a + q]);
				const v = [0, 1, 2].map((q) => p[d + q] - p[a + q]);
				sum += Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2;
			}
			return sum;
		};
		parts.push({
			name,
			part,
			rows: rows.length / width,
			visible: area(patch) / area(truth),
			loops: patch.loops.length,
		});
	}
	console.log(name, parts.length);
}
out.end();
writeFileSync(`${output}.json`, JSON.stringify({ clues: CLUES, parts }));
