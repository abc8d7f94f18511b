import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';

/** Scheme and host that clients reach this server by, without a slash at the end: the start of every link. */
export function publicBase(request: FastifyRequest, config: Config): string {
	if (config.publicUrl) return config.publicUrl.replace(/\/+$/, '');
	return `${config.tls ? 'https' : 'http'}://${hostOf(request, config)}`;
}

/** The Host header, if it is one; it comes from the client and goes into links only for that client. */
function hostOf(request: FastifyRequest, config: Config): string {
	const host = request.headers.host ?? '';
	return /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host) ? host : `${config.host}:${config.port}`;
}
