import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Image, type Model, psnr, readModel, renderModel } from '@meshwright/engine';
import { serve } from '@meshwright/service';
import { sharpCodec } from '@meshwright/service/codecs';
import { zipSync } from 'fflate';
import validator from 'gltf-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * The main job on every real model: the command, Tripo v2 and 3D AI Studio v1 each give parts that validate, look like
 * the input when put together, and lose no triangle. The three ways run one engine, so their files are the same bytes.
 */
const ROOT = join(import.meta.dirname, '..');
const DATA = join(ROOT, '.cache/data');
const models = ['generated', 'named', 'textured'].flatMap((set) => find(join(DATA, set)));

let folder: string;
let server: Awaited<ReturnType<typeof serve>>;
let secret: string;
const codec = sharpCodec();

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'meshwright-main-job-'));
	// The limits that protect a real server would only slow the test; the prefix is the command's, to compare bytes.
	const limits = { studioRequestsPerMinute: 1000, requestsPerSecond: 1000, uploadsPerSecond: 1000 };
	const overrides = { port: 0, partPrefix: 'part_', limits, firstGrant: 1e6 };
	server = await serve({ dataDir: join(folder, 'data'), overrides });
	secret = server.firstSecret!;
});
afterAll(async () => {
	await server?.close();
	await rm(folder, { recursive: true, force: true });
});

describe.skipIf(models.length === 0)(`every real model (skipped without the data sets in ${DATA})`, () => {
	it.each(models.map((path) => [path.slice(DATA.length + 1), path]))('%s', async (_, path) => {
		const file = path.endsWith('.gltf') ? zipFolder(path) : { name: basename(path), bytes: await bytesOf(path) };
		const input = await readModel(file.bytes, { name: file.name });

		const parts = join(folder, 'parts.glb');
		const labels = join(folder, 'labels.seg');
		const picture = join(folder, 'parts.png');
		const upload = join(folder, file.name);
		await writeFile(upload, file.bytes);
		await command('segment', upload, '-o', parts, '--labels', labels, '--render', picture, '--joint-names', 'extras');
		const output = await bytesOf(parts);
		await expectSameModel(input, output);
		expect((await readFile(labels, 'utf8')).trim().split('\n')).toHaveLength(input.mesh.triangles.length / 3);

		const tripo = await throughTripo(file);
		const studio = await throughStudio(file);
		expect(Buffer.compare(studio, output), '3D AI Studio gives the bytes of the command').toBe(0);
		// The import keeps a GLB as it is; anything else becomes a GLB first, in which resources may be ordered anew.
		if (path.endsWith('.glb')) expect(Buffer.compare(tripo, output), 'Tripo gives the bytes of the command').toBe(0);
		else await expectSameModel(input, tripo);
	});
});

function find(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((name) => /\.(glb|gltf)$/.test(name))
		.map((name) => join(folder, name))
		.sort();
}

const bytesOf = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(path));

/** A .gltf with the files beside it, as one would bring it to a web form. */
function zipFolder(path: string): { name: string; bytes: Uint8Array } {
	const entries: Record<string, Uint8Array> = {};
	for (const name of readdirSync(dirname(path)))
		entries[name] = Uint8Array.from(readFileSync(join(dirname(path), name)));
	return { name: `${basename(path, '.gltf')}.zip`, bytes: zipSync(entries, { level: 0, mtime: '2026-01-01' }) };
}

async function command(...args: string[]): Promise<void> {
	const main = join(ROOT, 'packages/cli/src/main.ts');
	await promisify(execFile)(process.execPath, ['--import', 'tsx', '--conditions=source', main, ...args], { cwd: ROOT });
}

/** Valid, no triangle lost, one named node per part, and the same picture. */
async function expectSameModel(input: Model, bytes: Uint8Array): Promise<void> {
	const report = await validator.validateBytes(bytes, { maxIssues: 0 });
	expect(report.issues.numErrors, 'validator errors').toBe(0);
	const output = await readModel(bytes);
	expect(sortedTriangles(output)).toEqual(sortedTriangles(input));
	expect(psnr(await picture(input), await picture(output)), 'PSNR, dB').toBeGreaterThan(45);
}

/** Every triangle by the bits of its corners' places, first corner free, in one order: a fingerprint per triangle. */
function sortedTriangles({ mesh: { positions, triangles } }: Model): Float64Array {
	const bits = new Uint32Array(positions.buffer, positions.byteOffset, positions.length);
	const keys = new Float64Array(triangles.length / 3);
	for (let t = 0; t < keys.length; t++) {
		let sum = 0;
		for (let c = 3 * t; c < 3 * t + 3; c++) {
			let hash = 2166136261;
			for (let v = 3 * triangles[c]!, axis = 0; axis < 3; axis++)
				hash = Math.imul(hash ^ bits[v + axis]!, 16777619) >>> 0;
			sum += hash;
		}
		keys[t] = sum;
	}
	return keys.sort();
}

async function picture(model: Model): Promise<Image> {
	const images = await Promise.all(model.images.map(({ bytes, mimeType }) => codec.decode(bytes, mimeType)));
	return renderModel(model, images, { width: 512, height: 512 }).image;
}

/** What of a v2 answer's `data` the flow needs. */
type TripoData = {
	readonly image_token: string;
	readonly task_id: string;
	readonly status: string;
	readonly error_msg?: string;
	readonly output: { readonly model: string; readonly rendered_image: string };
};
type Json = Record<string, unknown> & { readonly data: TripoData };

async function call(path: string, init: RequestInit = {}): Promise<Json> {
	const headers = {
		Authorization: `Bearer ${secret}`,
		...(typeof init.body === 'string' ? { 'Content-Type': 'application/json' } : {}),
	};
	const response = await fetch(new URL(path, server.url), { ...init, headers });
	const json = (await response.json()) as Json;
	if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(json)}`);
	return json;
}

const form = (field: string, file: { name: string; bytes: Uint8Array }): FormData => {
	const data = new FormData();
	data.set(field, new Blob([file.bytes as Uint8Array<ArrayBuffer>]), file.name);
	return data;
};

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
	for (;;) {
		const answer = await ask();
		if (answer !== undefined) return answer;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

async function download(url: string): Promise<Uint8Array> {
	const response = await fetch(url, { headers: { Authorization: `Bearer ${secret}` } });
	expect(response.status).toBe(200);
	return new Uint8Array(await response.arrayBuffer());
}

/** Upload, import, segment, poll, download, as the v2 document has it. */
async function throughTripo(file: { name: string; bytes: Uint8Array }): Promise<Uint8Array> {
	const create = async (task: object): Promise<string> =>
		(await call('/v2/openapi/task', { method: 'POST', body: JSON.stringify(task) })).data.task_id;
	const finished = (id: string): Promise<TripoData> =>
		until(async () => {
			const { data } = await call(`/v2/openapi/task/${id}`);
			if (data.status === 'failed') throw new Error(data.error_msg);
			return data.status === 'success' ? data : undefined;
		});
	const { data } = await call('/v2/openapi/upload', { method: 'POST', body: form('file', file) });
	const imported = await create({ type: 'import_model', file: { file_token: data.image_token } });
	await finished(imported);
	const task = await finished(await create({ type: 'mesh_segmentation', original_model_task_id: imported }));
	expect(new URL(task.output.model).pathname).toMatch(/\.glb$/);
	expect((await download(task.output.rendered_image)).slice(1, 4)).toEqual(new Uint8Array([0x50, 0x4e, 0x47]));
	return download(task.output.model);
}

/** Submit the file, poll, download, as the v1 document has it. */
async function throughStudio(file: { name: string; bytes: Uint8Array }): Promise<Uint8Array> {
	const { task_id } = await call('/v1/3d-models/tripo/mesh-segmentation/', {
		method: 'POST',
		body: form('model', file),
	});
	const results = await until(async () => {
		const answer = await call(`/v1/generation-request/${task_id}/status/`);
		if (answer.status === 'FAILED') throw new Error(String(answer.failure_reason));
		return answer.status === 'FINISHED' ? (answer.results as { asset: string; asset_type: string }[]) : undefined;
	});
	return download(results.find(({ asset_type }) => asset_type === '3D_MODEL')!.asset);
}
