import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const MAIN = resolve(import.meta.dirname, '../src/main.ts');
const TSX = import.meta.resolve('tsx');

export type Ended = {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: Buffer;
	readonly stderr: string;
};

/** Starts the real command, from source. */
export function startCommand(args: readonly string[], cwd: string): ChildProcessWithoutNullStreams {
	return spawn(process.execPath, ['--import', TSX, '--conditions=source', MAIN, ...args], { cwd, stdio: 'pipe' });
}

/** What a started command has written by its end, and how it ended. */
export function endOf(child: ChildProcessWithoutNullStreams): Promise<Ended> {
	const stdout: Buffer[] = [];
	const stderr: Buffer[] = [];
	child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
	child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) =>
			resolve({ code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
		);
	});
}

/** Runs the real command to its end. */
export function runCommand(args: readonly string[], cwd: string, stdin?: Uint8Array): Promise<Ended> {
	const child = startCommand(args, cwd);
	child.stdin.end(stdin);
	return endOf(child);
}

/** A folder that lasts as long as the test. */
export function scratchFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'meshwright-cli-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}
