import { lookup } from 'node:dns/promises';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import { checkUrl } from '../contract/model-url.ts';

export type DownloadOptions = {
	/** Path of the file that is written; removed again when the download fails. */
	readonly toFile: string;
	/** Largest body taken, declared or streamed. */
	readonly maxBytes: number;
	/** Hosts that may be private addresses and use any port: `name`, or `name:port` for that port only. */
	readonly allowedPrivateHosts: readonly string[];
	readonly signal?: AbortSignal;
	/** Times, ms. Default DOWNLOAD_TIMES. */
	readonly times?: Partial<DownloadTimes>;
};

/** How long each stage may take, ms: to connect, to the first header, between two pieces of the body, all in all. */
type DownloadTimes = Readonly<Record<'connect' | 'headers' | 'idle' | 'total', number>>;
const DOWNLOAD_TIMES: DownloadTimes = Object.freeze({
	connect: 10_000,
	headers: 30_000,
	idle: 30_000,
	total: 300_000,
});

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Ports that serve files to the public; others are usually services that were never meant to be asked by a stranger. */
const PORTS = new Set(['', '80', '443', '8080', '8443']);
/** ::/96, the retired IPv4-compatible addresses: `::7f00:1` is 127.0.0.1 to some stacks, and plain unicast to ipaddr.js. */
const IPV4_COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96');

/** The address could not be fetched; the message says why, and names the address as far as that is safe. */
export class DownloadError extends Error {
	readonly code = 'download-failed';
	/** What the user can do about it. */
	readonly cure: string;

	constructor(message: string, cure: string, cause?: unknown) {
		super(message, { cause });
		this.name = 'DownloadError';
		this.cure = cure;
	}
}

/**
 * Fetches a model from an address that a stranger chose, without letting them reach what only this machine can reach.
 *
 * Every address that the host name resolves to must be public, and the connection goes to exactly the addresses that
 * were checked (a second look-up could answer otherwise: DNS rebinding). Redirects are followed by hand, each checked
 * from the start. The body is taken as it is: compressed bodies are refused, so that no size limit can be got around.
 *
 * @returns `name`: the file name that the answer or the address gives, for telling formats apart; `bytes` written.
 * @throws DownloadError; whatever `signal` was aborted with.
 */
export async function download(url: string, options: DownloadOptions): Promise<{ name: string; bytes: number }> {
	const times = { ...DOWNLOAD_TIMES, ...options.times };
	const total = AbortSignal.timeout(times.total);
	const signal = options.signal ? AbortSignal.any([options.signal, total]) : total;
	const agent = guardedAgent(options.allowedPrivateHosts, times);
	try {
		const { answer, url: last } = await follow(url, { ...options, agent, signal });
		const bytes = await save(answer, { ...options, signal });
		return { name: nameOf(answer, last), bytes };
	} catch (error) {
		options.signal?.throwIfAborted();
		if (total.aborted)
			throw new DownloadError(`the download took longer than ${times.total / 1000} s`, CURES.slow, error);
		throw error instanceof DownloadError ? error : asDownloadError(error);
	} finally {
		await agent.destroy();
	}
}

const CURES = {
	address: 'Give a public http(s) address that answers with the model file itself, or upload the file.',
	size: 'Reduce the model, or have the operator raise the upload limit.',
	slow: 'Try again, or upload the file.',
};

type Fetch = {
	readonly agent: Dispatcher;
	readonly signal: AbortSignal;
	readonly allowedPrivateHosts: readonly string[];
};

/** The first answer that is no redirect. */
async function follow(start: string, { agent, signal, allowedPrivateHosts }: Fetch) {
	let url = checkedUrl(start, allowedPrivateHosts);
	for (let hops = 0; ; hops++) {
		const answer = await request(url, {
			dispatcher: agent,
			signal,
			headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'meshwright' },
		});
		// Destroying or dumping a body emits 'error', which without a listener ends the process.
		answer.body.on('error', () => {});
		if (!REDIRECTS.has(answer.statusCode)) return { answer, url };
		const location = answer.headers.location;
		await answer.body.dump({ limit: 16_384 }).catch(() => {});
		if (typeof location !== 'string')
			throw new DownloadError(`${url.host} redirects (${answer.statusCode}) but does not say where to`, CURES.address);
		if (hops === MAX_REDIRECTS)
			throw new DownloadError(`${url.host} redirects more than ${MAX_REDIRECTS} times`, CURES.address);
		if (!URL.canParse(location, url.href))
			throw new DownloadError(`${url.host} redirects to something that is no URL`, CURES.address);
		url = checkedUrl(new URL(location, url).href, allowedPrivateHosts);
	}
}

/** Writes the body of a good answer to the file; removes the file when that fails. */
async function save(
	answer: Dispatcher.ResponseData,
	{ toFile, maxBytes, signal }: DownloadOptions & { signal: AbortSignal },
): Promise<number> {
	const { body, statusCode, headers } = answer;
	try {
		if (statusCode !== 200) throw new DownloadError(`the address answers with status ${statusCode}`, CURES.address);
		const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
		if (encoding !== 'identity')
			throw new DownloadError(`the address sends its body as '${encoding}', unasked`, CURES.address);
		if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
	} catch (error) {
		body.destroy();
		throw error;
	}
	let bytes = 0;
	const limit = new Transform({
		transform(chunk: Buffer, _, done) {
			bytes += chunk.length;
			if (bytes > maxBytes) done(tooLarge(maxBytes));
			else done(null, chunk);
		},
	});
	try {
		await pipeline(body as Readable, limit, createWriteStream(toFile), { signal });
	} catch (error) {
		await rm(toFile, { force: true });
		throw error;
	}
	return bytes;
}

const tooLarge = (maxBytes: number): DownloadError =>
	new DownloadError(`the file is larger than ${maxBytes} bytes`, CURES.size);

/** The URL, if its text and its port may be asked at all. */
function checkedUrl(text: string, allowed: readonly string[]): URL {
	const problem = checkUrl(text);
	if (problem) throw new DownloadError(`the model cannot be fetched: ${problem}`, CURES.address);
	const url = new URL(text);
	if (!PORTS.has(url.port) && !isAllowedPrivate(url.hostname, effectivePort(url), allowed))
		throw new DownloadError(`port ${url.port} of ${url.hostname} is not asked`, CURES.address);
	return url;
}

const effectivePort = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');

function isAllowedPrivate(hostname: string, port: string, allowed: readonly string[]): boolean {
	const name = hostname.toLowerCase();
	return allowed.some((entry) => {
		const wanted = entry.toLowerCase();
		return wanted === name || wanted === `${name}:${port}`;
	});
}

/** An agent that connects to public addresses only, and to those that were checked. */
function guardedAgent(allowed: readonly string[], times: DownloadTimes): Agent {
	const connect = async (options: buildConnector.Options): Promise<Socket> => {
		const name = options.hostname.replace(/^\[|\]$/g, '');
		const port = options.port || (options.protocol === 'https:' ? '443' : '80');
		const free = isAllowedPrivate(options.hostname, port, allowed);
		// An address literal never reaches a `lookup` hook, so it is resolved here, like every name.
		const addresses = await lookup(name, { all: true, verbatim: true });
		const foreign = addresses.find(({ address }) => !free && !isPublic(address));
		if (foreign || addresses.length === 0)
			throw new DownloadError(`${options.hostname} is not a public address (${foreign?.address})`, CURES.address);
		const connector = buildConnector({
			timeout: times.connect,
			lookup: (_host, wanted, done) =>
				wanted.all ? done(null, addresses) : done(null, addresses[0]!.address, addresses[0]!.family),
		});
		const socket = await new Promise<Socket>((resolve, reject) => {
			connector(options, (error, socket) => (error || !socket ? reject(error) : resolve(socket)));
		});
		if (!free && !isPublic(socket.remoteAddress ?? '')) {
			socket.destroy();
			throw new DownloadError(`${options.hostname} led to an address that is not public`, CURES.address);
		}
		return socket;
	};
	return new Agent({
		connect: (options, done) => {
			connect(options).then(
				(socket) => done(null, socket),
				(error: Error) => done(error, null),
			);
		},
		headersTimeout: times.headers,
		bodyTimeout: times.idle,
		// One request a connection: a kept one would skip the check of the next.
		pipelining: 0,
	});
}

/** Is this an address of the public internet? Unwraps IPv4 in IPv6; loopback, private, link-local, … are not. */
function isPublic(address: string): boolean {
	if (!ipaddr.isValid(address)) return false;
	const parsed = ipaddr.process(address);
	if (parsed.range() !== 'unicast') return false;
	return !(parsed instanceof ipaddr.IPv6 && parsed.match(IPV4_COMPATIBLE));
}

/** Last part of the file name that the answer gives, or else of the path; never with a folder in it. */
function nameOf({ headers }: Dispatcher.ResponseData, url: URL): string {
	const given = /filename="?([^";]+)"?/i.exec(String(headers['content-disposition'] ?? ''))?.[1];
	const raw = given ?? url.pathname;
	let name = raw;
	try {
		name = decodeURIComponent(raw);
	} catch {
		// A stray '%': the raw text will do, the name is a hint only.
	}
	const last = name.split(/[\\/]/).pop()!.replace(/\p{C}/gu, '').trim();
	return last.slice(-200) || 'model';
}

/** Network trouble in words; undici and Node name it by code. */
function asDownloadError(error: unknown): DownloadError {
	const { code = '', message = String(error) } = error as { code?: string; message?: string };
	const words: Record<string, string> = {
		ENOTFOUND: 'the host name is not known',
		EAI_AGAIN: 'the host name could not be looked up',
		ECONNREFUSED: 'the host refuses the connection',
		ECONNRESET: 'the host ended the connection',
		UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
		UND_ERR_HEADERS_TIMEOUT: 'the host does not answer',
		UND_ERR_BODY_TIMEOUT: 'the host stopped sending',
		UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the host ended the connection within the file',
		UND_ERR_SOCKET: 'the host ended the connection',
	};
	return new DownloadError(`the model could not be fetched: ${words[code] ?? message}`, CURES.slow, error);
}
