/**
 * How much a low mesh with baked maps looks like its source, with the peers on the same models in the same run.
 *
 *   node --import tsx --conditions=source bench/bake.ts [--set textured,generated] [--only Duck,track] [--faces 1000,5000]
 *        [--size 2048] [--tools bake,simplify,gltfpack] [--options '{"fineShare":0}'] [--pictures FOLDER] [--record]
 *
 * `bake`: decimate, corner normals, unwrap, bake. Peers keep the texture and its coordinates: `simplify` is
 * gltf-transform's weld and simplify without error limit, which stops early where seams are many; `gltfpack` is
 * `-si -sv -sp`, not quantised, with the least error limit of 0.01, 0.02, 0.05, 0.1 and 0.2 that lets it reach the limit.
 *
 * - base, lit: PSNR of 18 pictures of 512 × 512 (all round at the horizon, above and below), over the pixels that either
 *   model covers, RGB, dB: base colour alone, and lit with normal maps. Tangents are MikkTSpace's on both sides.
 * - outline: intersection over union of what the two cover.
 * - seconds: processor time, user and system (of gltfpack, by the clock, all its tries); of `bake` the whole row of
 *   steps, and `baking` the last of them.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { simplify, weld } from '@gltf-transform/functions';
import { sharpCodec } from '@meshwright/service/codecs';
import { MeshoptSimplifier } from 'meshoptimizer';
import { cornerNormals } from '../packages/engine/src/analysis/corner-normals.ts';
import { tangents } from '../packages/engine/src/analysis/tangents.ts';
import { type Baked, type BakeOptions, bake } from '../packages/engine/src/baking/bake.ts';
import { readModel } from '../packages/engine/src/formats/read.ts';
import type { Image } from '../packages/engine/src/image/image.ts';
import type { Mesh } from '../packages/engine/src/mesh/mesh.ts';
import type { Material, Model } from '../packages/engine/src/mesh/model.ts';
import { frame, type View } from '../packages/engine/src/render/camera.ts';
import { contactSheet } from '../packages/engine/src/render/contact-sheet.ts';
import { renderModel } from '../packages/engine/src/render/render-model.ts';
import { decimate } from '../packages/engine/src/retopology/decimate.ts';
import { unwrap } from '../packages/engine/src/unwrap/unwrap.ts';
import { modelsOf } from './lowpoly.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DATA = join(ROOT, '.cache/data');
const RESULTS = join(ROOT, 'bench/results/bake.csv');
const PICTURE = 512;

/** A model with its images decoded. */
type Dressed = { readonly model: Model; readonly images: readonly (Image | undefined)[] };
type Result = { readonly dressed: Dressed; readonly seconds: number; readonly baking?: number; readonly baked?: Baked };

const codec = sharpCodec();

async function load(file: string): Promise<Dressed> {
	const resources = (uri: string): Uint8Array | undefined => {
		const beside = join(dirname(file), uri);
		return existsSync(beside) ? new Uint8Array(readFileSync(beside)) : undefined;
	};
	const model = await readModel(new Uint8Array(readFileSync(file)), { name: file, resources });
	return { model, images: await Promise.all(model.images.map((image) => codec.decode(image.bytes, image.mimeType))) };
}

const processorSeconds = (since: NodeJS.CpuUsage): number => {
	const { user, system } = process.cpuUsage(since);
	return (user + system) / 1e6;
};

type Tool = (file: string, source: Dressed, faces: number, size: number, options: BakeOptions) => Promise<Result>;

const TOOLS: Record<string, Tool> = {
	bake: async (_, source, faceLimit, size, options) => {
		const start = process.cpuUsage();
		const { mesh } = decimate({ ...source.model.mesh }, { faceLimit });
		const laid = (await unwrap(mesh, { size })).mesh;
		const low: Mesh = { ...laid, corner: { ...laid.corner, normal: cornerNormals(laid) } };
		const before = process.cpuUsage();
		const baked = await bake(source, low, { size, ...options });
		const baking = processorSeconds(before);
		const { maps, materials, materialOf, tangent } = baked;
		const model = { ...source.model, mesh: { ...low, materialOf, corner: { ...low.corner, tangent } }, materials };
		const dressed = { model, images: maps.map(({ image }) => image) };
		return { dressed, seconds: processorSeconds(start), baking, baked };
	},
	simplify: async (file, source, faces) => {
		const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
		const document = await io.read(file);
		const start = process.cpuUsage();
		const ratio = Math.min(1, (3 * faces) / source.model.mesh.triangles.length);
		await document.transform(weld(), simplify({ simplifier: MeshoptSimplifier, ratio, error: 1 }));
		const seconds = processorSeconds(start);
		const model = await readModel(await io.writeBinary(document), { name: 'simplify.glb' });
		return { dressed: await withImages(model), seconds };
	},
	gltfpack: async (file, source, faces) => {
		const folder = mkdtempSync(join(tmpdir(), 'bake-'));
		const out = join(folder, 'out.glb');
		const ratio = Math.min(1, (3 * faces) / source.model.mesh.triangles.length);
		const cli = join(ROOT, 'node_modules/gltfpack/cli.js');
		const start = performance.now();
		for (const error of [0.01, 0.02, 0.05, 0.1, 0.2]) {
			const args = ['-i', file, '-o', out, '-si', String(ratio), '-se', String(error), '-sv', '-sp', '-noq', '-km'];
			execFileSync(process.execPath, [cli, ...args]);
			const { model } = await load(out);
			if (model.mesh.triangles.length <= 3.03 * faces) break;
		}
		const seconds = (performance.now() - start) / 1000;
		const dressed = await load(out);
		rmSync(folder, { recursive: true });
		return { dressed, seconds };
	},
};

const withImages = async (model: Model): Promise<Dressed> => ({
	model,
	images: await Promise.all(model.images.map((image) => codec.decode(image.bytes, image.mimeType))),
});

/** With the tangents that its normal maps are shown by. */
async function withTangents({ model, images }: Dressed): Promise<Dressed> {
	const { mesh, materials } = model;
	const use = materials.find(({ normalTexture }) => normalTexture)?.normalTexture;
	if (!use || mesh.corner.tangent || !mesh.corner[use.uv]) return { model, images };
	const normal = mesh.corner.normal ?? cornerNormals(mesh, { creaseDegrees: 0 });
	const dressed = { ...mesh, corner: { ...mesh.corner, normal } };
	const tangent = await tangents(dressed, { uv: use.uv });
	return { model: { ...model, mesh: { ...dressed, corner: { ...dressed.corner, tangent } } }, images };
}

/** Shows base colours only: as light of their own. */
const unlit = ({ model, images }: Dressed): Dressed => {
	const glow = (material: Material): Material => {
		const { baseColorTexture, normalTexture, emissiveTexture, ...plain } = material;
		const [r, g, b, a] = material.baseColor;
		const alpha = baseColorTexture && material.alphaMode !== 'OPAQUE' ? { baseColorTexture } : {};
		const shown = baseColorTexture ? { emissiveTexture: baseColorTexture } : {};
		return { ...plain, ...alpha, ...shown, baseColor: [0, 0, 0, a], emissive: [r, g, b] };
	};
	return { model: { ...model, materials: model.materials.map(glow) }, images };
};

function viewsOf(mesh: Mesh): View[] {
	const at = (azimuth: number, elevation: number): View =>
		frame(mesh, { azimuth: (azimuth * Math.PI) / 180, elevation: (elevation * Math.PI) / 180 });
	const round = [0, 1, 2, 3, 4, 5].map((i) => 60 * i);
	return [...round.map((a) => at(a, 0)), ...round.map((a) => at(a + 30, 45)), ...round.map((a) => at(a + 30, -45))];
}

const picturesOf = ({ model, images }: Dressed, views: readonly View[]): Image[] =>
	views.map((view) => {
		const options = { width: PICTURE, height: PICTURE, view, background: [0, 0, 0, 0] as const };
		return renderModel(model, images, options).image;
	});

/** PSNR over what either covers, and intersection over union of what they cover. */
function compare(a: readonly Image[], b: readonly Image[]): { psnr: number; outline: number } {
	let squares = 0;
	let either = 0;
	let both = 0;
	for (const [i, { pixels: p }] of a.entries()) {
		const { pixels: q } = b[i];
		for (let o = 0; o < p.length; o += 4) {
			if (p[o + 3] === 0 && q[o + 3] === 0) continue;
			either++;
			if (p[o + 3] > 0 && q[o + 3] > 0) both++;
			for (let k = 0; k < 3; k++) squares += ((p[o + k] * p[o + 3] - q[o + k] * q[o + 3]) / 255) ** 2;
		}
	}
	return { psnr: 10 * Math.log10((255 * 255 * 3 * either) / squares), outline: both / either };
}

const HEAD = ['model', 'source_faces', 'tool', 'limit', 'faces', 'size', 'base', 'lit', 'outline', 'seconds', 'baking'];

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			set: { type: 'string', default: 'textured,generated' },
			only: { type: 'string', default: '' },
			faces: { type: 'string', default: '1000,5000' },
			size: { type: 'string', default: '2048' },
			tools: { type: 'string', default: Object.keys(TOOLS).join(',') },
			options: { type: 'string', default: '{}' },
			pictures: { type: 'string' },
			record: { type: 'boolean', default: false },
		},
	});
	await MeshoptSimplifier.ready;
	const only = values.only.split(',');
	const size = Number(values.size);
	const paths = values.set.split(',').flatMap((set) => modelsOf(set));
	const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
	console.log(HEAD.join('  '));
	for (const path of paths.filter((name) => only.some((part) => name.includes(part)))) {
		const file = join(DATA, path);
		const source = await load(file);
		const sourceFaces = source.model.mesh.triangles.length / 3;
		const views = viewsOf(source.model.mesh);
		const shown = await withTangents(source);
		const lit = picturesOf(shown, views);
		const base = picturesOf(unlit(shown), views);
		for (const limit of values.faces.split(',').map(Number)) {
			if (limit > 0.8 * sourceFaces) continue;
			for (const tool of values.tools.split(',')) {
				const result = await TOOLS[tool](file, source, limit, size, JSON.parse(values.options));
				const low = await withTangents(result.dressed);
				const litLow = picturesOf(low, views);
				const baseLow = picturesOf(unlit(low), views);
				const { psnr, outline } = compare(lit, litLow);
				const figures = [
					result.dressed.model.mesh.triangles.length / 3,
					tool === 'bake' ? size : '',
					compare(base, baseLow).psnr.toFixed(2),
					psnr.toFixed(2),
					outline.toFixed(4),
					result.seconds.toFixed(2),
					result.baking?.toFixed(2) ?? '',
				];
				console.log([path, sourceFaces, tool, limit, ...figures].join('  '), ...(result.baked?.report.warnings ?? []));
				if (values.record) record([version, path, sourceFaces, tool, limit, ...figures].join(','));
				if (values.pictures !== undefined) {
					mkdirSync(values.pictures, { recursive: true });
					const chosen = [7, 10, 15];
					const pairs = chosen.flatMap((i) => [lit[i], litLow[i]]);
					const sheet = contactSheet([...pairs, ...chosen.flatMap((i) => [base[i], baseLow[i]])], {
						columns: 6,
						gap: 4,
						background: [128, 128, 128, 255],
					});
					const name = `${path.replace(/.*\/|\.\w+$/g, '')}-${tool}-${limit}.png`;
					writeFileSync(join(values.pictures, name), await codec.encode(sheet, 'image/png'));
				}
			}
		}
	}
}

function record(row: string): void {
	mkdirSync(dirname(RESULTS), { recursive: true });
	if (!existsSync(RESULTS)) writeFileSync(RESULTS, `${['version', ...HEAD].join(',')}\n`);
	appendFileSync(RESULTS, `${row}\n`);
}

await main();
