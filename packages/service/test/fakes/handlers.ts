import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { MeshError } from '../../../engine/src/errors.ts';
import type { Run } from '../../../engine/src/run/run.ts';
import type { Handler, HandlerEntry } from '../../src/worker/handlers.ts';

/**
 * Handlers for tests of the house around them: they do what `options.act` says, in a real child process. What they give
 * back is the input itself.
 */
const ACTS: Readonly<Record<string, Act>> = {
	echo: () => {},
	'wait for file': async ({ file }) => {
		while (!existsSync(file as string)) await after(5);
	},
	'never end': () => {
		for (;;);
	},
	'be busy': (_, run) => {
		for (let percent = 10; percent < 90; percent += 5) {
			const end = performance.now() + 60;
			while (performance.now() < end);
			run.onProgress!({ step: 'be busy', fraction: percent / 100 });
		}
	},
	'be busy until cancelled': ({ file }, run) => {
		writeFileSync(`${file}.begun`, '');
		while (!run.isCancelled!());
		writeFileSync(file as string, '');
		throw new MeshError('cancelled', 'nobody waits for this');
	},
	'allocate buffers': () => {
		const kept: ArrayBuffer[] = [];
		for (;;) kept.push(new Uint8Array(2 ** 26).fill(1).buffer);
	},
	'fill the heap': () => {
		const kept: string[][] = [];
		for (let i = 0; ; i++) kept.push(new Array(1000).fill(`${i}`));
	},
	abort: () => process.abort(),
	'abort at first': ({ file }) => {
		if (existsSync(file as string)) return;
		writeFileSync(file as string, '');
		process.abort();
	},
	segfault: () => void process.kill(process.pid, 'SIGSEGV'),
	'exit silently': () => process.exit(3),
	'refuse the model': () => {
		throw new MeshError('no-triangles', 'the model has no triangles');
	},
	'have a bug': () => {
		throw new TypeError('x is not a function');
	},
};

type Act = (options: Readonly<Record<string, unknown>>, run: Run) => void | Promise<void>;

const act: Handler = async ({ bytes, name, options, partPrefix }, run) => {
	run.onProgress?.({ step: 'begin', fraction: 0.1 });
	await ACTS[(options.act as string | undefined) ?? 'echo']!(options, run);
	run.onProgress?.({ step: 'end', fraction: 0.9 });
	return {
		outputs: [
			{ role: 'model', name: 'model.glb', mimeType: 'model/gltf-binary', bytes },
			{ role: 'rendered_image', name: 'rendered.png', mimeType: 'image/png', bytes: Buffer.from('a picture') },
		],
		// As if every byte were a triangle.
		report: {
			triangles: bytes.length,
			name,
			partPrefix,
			environment: Object.keys(process.env),
			...(options.parts !== undefined && { parts: (options.parts as string[]).map((name) => ({ name })) }),
		},
	};
};

export const HANDLERS: readonly HandlerEntry[] = [
	{ type: 'import_model', load: async () => act },
	{ type: 'mesh_segmentation', load: async () => act },
	{ type: 'mesh_completion', load: async () => act },
	{ type: 'highpoly_to_lowpoly', load: async () => act },
];
