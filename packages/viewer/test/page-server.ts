import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.svg': 'image/svg+xml',
	'.wasm': 'application/wasm',
};

/** As strict as the page can stand: everything from its own origin, WebAssembly, images from memory. */
const POLICY = [
	"default-src 'none'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"worker-src 'self'",
	"style-src 'self'",
	"img-src 'self' blob:",
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join('; ');

/** Serves the built page under a path, as a careful server would. */
export async function servePage(dir: string, under: string): Promise<{ url: string; close(): void }> {
	const server = createServer(({ url = '/' }, answer) => {
		const path = normalize(new URL(url, 'http://x').pathname);
		const file = join(dir, path === under ? 'index.html' : path.slice(under.length));
		if (!path.startsWith(under) || !existsSync(file)) {
			answer.writeHead(404).end();
			return;
		}
		answer.writeHead(200, {
			'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
			'Content-Security-Policy': POLICY,
			'X-Content-Type-Options': 'nosniff',
		});
		answer.end(readFileSync(file));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}${under}`, close: () => server.close() };
}
