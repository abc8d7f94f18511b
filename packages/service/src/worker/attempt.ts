import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Attempts, type Claim, resultsKey } from '../tasks/attempts.ts';
import type { House } from '../tasks/house.ts';
import type { OutputFile, TaskFailure } from '../tasks/task.ts';
import { DownloadError, type download } from './download.ts';
import { notStored } from './failures.ts';
import { type ChildOutput, INPUT_FILE, JOB_FILE, type JobFile } from './protocol.ts';
import { type ChildEnd, runChild } from './run-child.ts';

export type Workshop = {
	readonly house: House;
	readonly attempts: Attempts;
	/** Each attempt gets a directory in here, and loses it when it ends. */
	readonly workDir: string;
	/** URL of the module that has HANDLERS. */
	readonly handlers: string;
	readonly download: typeof download;
};

/**
 * One attempt at one task, from claim to settlement: fetches the source, runs the child, keeps its outputs in a place of
 * this attempt's own, and lets `finish` publish them if the claim still holds. Never rejects.
 *
 * @param stop Ends it early: with the reason SHUTDOWN the task is queued again, otherwise it is settled already.
 */
export async function makeAttempt(shop: Workshop, claim: Claim, stop: AbortController): Promise<void> {
	const { house, workDir } = shop;
	const dir = join(workDir, claim.lease);
	try {
		// Who cancelled between the claim and now told nobody: the claim is asked once more.
		if (!(await shop.attempts.progress(claim, { step: 'fetch', fraction: 0 }))) return;
		await mkdir(dir, { recursive: true });
		await settle(shop, claim, dir, await work(shop, claim, dir, stop), stop.signal);
	} catch (error) {
		house.onError(error);
		await retryOrFail(shop, claim, notStored((error as Error).message)).catch(house.onError);
	} finally {
		await rm(dir, { recursive: true, force: true }).catch(house.onError);
	}
}

export const SHUTDOWN = 'shutdown';

async function work(shop: Workshop, claim: Claim, dir: string, stop: AbortController): Promise<ChildEnd> {
	const { house, attempts } = shop;
	const source = await fetchSource(shop, claim, join(dir, INPUT_FILE), stop.signal);
	if ('kind' in source) return source;
	const job: JobFile = {
		type: claim.type,
		name: source.name,
		options: claim.options,
		partPrefix: house.config.partPrefix,
		handlers: shop.handlers,
		server: process.pid,
	};
	await writeFile(join(dir, JOB_FILE), JSON.stringify(job));
	return runChild(dir, {
		limits: house.config.worker,
		signal: stop.signal,
		onProgress: (at) => {
			attempts.progress(claim, at).then((held) => {
				if (!held) stop.abort();
			}, house.onError);
		},
		onStderr: (text) => house.onError(new Error(`task ${claim.taskId}, attempt ${claim.attempt}: ${text.trimEnd()}`)),
	});
}

/** Puts the source into a file; says how the attempt ends when there is none to be had. */
async function fetchSource(
	{ house, attempts, download }: Workshop,
	claim: Claim,
	toFile: string,
	signal: AbortSignal,
): Promise<{ readonly name: string } | ChildEnd> {
	if ('key' in claim.source) {
		const body = await house.storage.get(claim.source.key);
		if (!body) throw new Error(`${claim.source.key} is not in storage`);
		await pipeline(body, createWriteStream(toFile));
		return { name: claim.sourceName };
	}
	try {
		const { name, bytes } = await download(claim.source.url, {
			toFile,
			maxBytes: house.config.limits.uploadBytes,
			allowedPrivateHosts: house.config.allowedPrivateHosts,
			signal,
		});
		await attempts.measured(claim, bytes);
		return { name };
	} catch (error) {
		if (signal.aborted) return { kind: 'stopped' };
		if (!(error instanceof DownloadError)) throw error;
		return { kind: 'failed', failure: { code: error.code, message: error.message, cure: error.cure } };
	}
}

async function settle(shop: Workshop, claim: Claim, dir: string, end: ChildEnd, signal: AbortSignal): Promise<void> {
	const { attempts, house } = shop;
	switch (end.kind) {
		case 'done': {
			const outputs = await storeOutputs(shop, claim, dir, end.outputs);
			const published = await attempts.finish(claim, { outputs, report: end.report });
			if (!published) await house.storage.delete(resultsKey(claim));
			return;
		}
		case 'failed':
			await attempts.fail(claim, end.failure);
			return;
		case 'lost':
			return retryOrFail(shop, claim, end.failure);
		case 'stopped':
			if (signal.reason === SHUTDOWN) await attempts.putBack(claim, { counted: false });
	}
}

async function retryOrFail({ attempts, house }: Workshop, claim: Claim, failure: TaskFailure): Promise<void> {
	await house.storage.delete(resultsKey(claim));
	if (claim.attempt < house.config.worker.attempts) await attempts.putBack(claim, { counted: true });
	else await attempts.fail(claim, failure);
}

async function storeOutputs(
	{ house }: Workshop,
	claim: Claim,
	dir: string,
	outputs: readonly ChildOutput[],
): Promise<OutputFile[]> {
	const stored: OutputFile[] = [];
	for (const output of outputs) {
		const key = `${resultsKey(claim)}/${output.name}`;
		await house.storage.put(key, createReadStream(join(dir, output.name)));
		stored.push({ ...output, key });
	}
	return stored;
}
