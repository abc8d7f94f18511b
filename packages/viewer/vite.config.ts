import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defineConfig } from 'vite';

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
	worker: { format: 'es' },
});
