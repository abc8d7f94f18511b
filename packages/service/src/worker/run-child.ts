import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TaskFailure } from '../tasks/task.ts';
import { crashed, OUT_OF_MEMORY, timeout } from './failures.ts';
import type { ChildMessage } from './protocol.ts';

export type ChildLimits = { readonly memoryBytes: number; readonly timeoutSeconds: number };

/** How a child ended. `lost`: it went down without a word, so that another attempt may fare better. */
export type ChildEnd =
	| Extract<ChildMessage, { kind: 'done' | 'failed' }>
	| { readonly kind: 'lost'; readonly failure: TaskFailure }
	| { readonly kind: 'stopped' };

/**
 * Runs `child.ts` on the job in `dir`, under limits, and tells how it ended.
 *
 * Memory is capped twice on Linux: RLIMIT_DATA makes an allocation fail inside the child, where it is an error like any
 * other (RLIMIT_AS would be simpler, but WebAssembly reserves gigabytes that it never uses); and a watchdog kills what
 * is resident beyond the limit. Elsewhere there is only the cap on the JavaScript heap.
 *
 * @param options `signal` kills the child at once: it holds nothing that would need to be put in order.
 * `onProgress`: what the child says on the way. `onStderr`: what it wrote there, once it has ended.
 */
export function runChild(
	dir: string,
	options: {
		readonly limits: ChildLimits;
		readonly signal: AbortSignal;
		readonly onProgress: (at: { step: string; fraction: number }) => void;
		readonly onStderr: (text: string) => void;
	},
): Promise<ChildEnd> {
	const { limits, signal } = options;
	if (signal.aborted) return Promise.resolve({ kind: 'stopped' });
	const child = spawnLimited(dir, limits);

	return new Promise((resolve) => {
		let last: Extract<ChildMessage, { kind: 'done' | 'failed' }> | undefined;
		let killedFor: ChildEnd | undefined;
		let stderr = '';
		const kill = (reason: ChildEnd): void => {
			killedFor ??= reason;
			child.kill('SIGKILL');
		};
		const stop = (): void => kill({ kind: 'stopped' });
		const timer = setTimeout(
			() => kill({ kind: 'failed', failure: timeout(limits.timeoutSeconds) }),
			limits.timeoutSeconds * 1000,
		);
		const watchdog = setInterval(() => {
			if (residentBytes(child) > limits.memoryBytes) kill({ kind: 'failed', failure: OUT_OF_MEMORY });
		}, WATCH_INTERVAL_MS);
		signal.addEventListener('abort', stop);

		child.stderr!.setEncoding('utf8').on('data', (text: string) => {
			stderr = (stderr + text).slice(-STDERR_LETTERS);
		});
		child.on('message', (message: ChildMessage) => {
			if (message.kind === 'progress') options.onProgress(message);
			else last = message;
		});
		const settle = (end: ChildEnd): void => {
			clearTimeout(timer);
			clearInterval(watchdog);
			signal.removeEventListener('abort', stop);
			if (stderr) options.onStderr(stderr);
			resolve(end);
		};
		child.on('error', (error) => settle({ kind: 'lost', failure: crashed(`before it began: ${error.message}`) }));
		child.on('close', (code, name) => settle(killedFor ?? last ?? unexpectedEnd(code, name, stderr)));
	});
}

const WATCH_INTERVAL_MS = 50;
/** Of what a child wrote to stderr, the end that is kept. */
const STDERR_LETTERS = 4000;
const MEBIBYTE = 2 ** 20;

function spawnLimited(dir: string, { memoryBytes, timeoutSeconds }: ChildLimits): ChildProcess {
	const node = [process.execPath, ...nodeOptions(memoryBytes), fileURLToPath(entry), dir];
	const stdio: ['ignore', 'ignore', 'pipe', 'ipc'] = ['ignore', 'ignore', 'pipe', 'ipc'];
	// A process group of its own: Ctrl-C in a terminal reaches the server only. Its directory is not made the working
	// directory: Node hangs when that is deleted while it starts, as the next server does after a crash.
	const environment = { stdio, env: childEnvironment(), detached: process.platform !== 'win32' };
	if (process.platform !== 'linux') return spawn(node[0]!, node.slice(1), environment);
	// The processor time is for a child whose server was killed: nobody else would end its endless loop.
	const seconds = (timeoutSeconds + 1) * availableParallelism();
	const limit = `ulimit -c 0; ulimit -d ${Math.ceil(memoryBytes / 1024)}; ulimit -t ${seconds}; exec "$0" "$@"`;
	const child = spawn('/bin/sh', ['-c', limit, ...node], environment);
	preferForOomKiller(child);
	return child;
}

/** Beside this file, and in the same language: TypeScript when the server runs from source. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url);

function nodeOptions(memoryBytes: number): string[] {
	const heap = `--max-old-space-size=${Math.floor((memoryBytes / MEBIBYTE) * 0.75)}`;
	if (!entry.pathname.endsWith('.ts')) return [heap];
	const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
	return [heap, '--import', tsx, '--conditions=source'];
}

/** Only what Node and the native libraries need: a child reads strangers' files, so it knows no secrets. */
function childEnvironment(): NodeJS.ProcessEnv {
	const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'SystemRoot', 'LD_LIBRARY_PATH'];
	return Object.fromEntries(names.flatMap((name) => (name in process.env ? [[name, process.env[name]]] : [])));
}

/** When the machine itself runs out of memory, the kernel shall take the child and leave the server. */
function preferForOomKiller({ pid }: ChildProcess): void {
	if (pid === undefined) return;
	try {
		writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
	} catch {
		// It has ended already, or this system forbids it: the limits above hold all the same.
	}
}

/** 0 when it has ended, or where there is no /proc. */
function residentBytes({ pid }: ChildProcess): number {
	try {
		const status = readFileSync(`/proc/${pid}/status`, 'latin1');
		return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
	} catch {
		return 0;
	}
}

function unexpectedEnd(code: number | null, signalName: string | null, stderr: string): ChildEnd {
	if (/out of memory|bad_alloc|allocation failed/i.test(stderr)) return { kind: 'failed', failure: OUT_OF_MEMORY };
	return { kind: 'lost', failure: crashed(signalName ? `by ${signalName}` : `with exit code ${code}`) };
}
