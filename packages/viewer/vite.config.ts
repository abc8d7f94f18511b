import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/**
 * The page as static files that any server can give out under any path (`base`), fit for a strict content security
 * policy: no inline scripts, the worker from the page's own origin. The engine is taken from source: no build before
 * this one.
 */
export default defineConfig({
	base: './',
	plugins: [svelte()],
	resolve: { conditions: ['source', ...defaultClientConditions] },
	build: { target: 'es2023', modulePreload: { polyfill: false }, assetsInlineLimit: 0, chunkSizeWarningLimit: 2000 },
	worker: { format: 'es', plugins: () => [dracoBesideWorker()] },
});

/** The Draco decoder looks for its binary beside the script that loads it, under this very name. */
function dracoBesideWorker(): Plugin {
	const name = 'draco_decoder_gltf.wasm';
	return {
		name: 'draco-beside-worker',
		apply: 'build',
		generateBundle() {
			const path = createRequire(import.meta.url).resolve(`draco3dgltf/${name}`);
			this.emitFile({ type: 'asset', fileName: `assets/${name}`, source: readFileSync(path) });
		},
	};
}
