import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/**
 * What the page may do: run its own scripts, styles and workers, compile wasm, show pictures that it made itself. No
 * `upgrade-insecure-requests`: the server is often spoken to without TLS, on the same machine or a local network.
 */
const POLICY = [
	"default-src 'self'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' blob: data:",
	"connect-src 'self' blob: data:",
	"worker-src 'self' blob:",
	"frame-ancestors 'none'",
	"base-uri 'none'",
].join('; ');

/** Gives out the built page: static files under `/`, beside the HTTP surfaces. */
export async function servePage(server: FastifyInstance, directory: string): Promise<void> {
	await server.register(fastifyStatic, {
		root: directory,
		wildcard: false,
		setHeaders: (reply) => {
			reply.header('content-security-policy', POLICY);
		},
	});
}
