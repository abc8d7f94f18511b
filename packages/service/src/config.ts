import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * Everything an operator may set, in one file (`meshwright.json` in the data directory, or `--config FILE`).
 * The defaults are the documented ones of the two APIs.
 */
export const CONFIG = z.strictObject({
	host: z.string().default('127.0.0.1'),
	port: z.int().min(0).max(65535).default(8080),
	/** Address that clients see, for links; default: the Host header of the request. */
	publicUrl: z.url().optional(),
	/** PEM files; with both the server speaks TLS. */
	tls: z.strictObject({ cert: z.string(), key: z.string() }).optional(),
	/** Prefix of part names on the HTTP surfaces. */
	partPrefix: z
		.string()
		.regex(/^[^,]*$/)
		.default('tripo_part_'),
	prices: z
		.strictObject({
			import_model: z.int().min(0).default(0),
			mesh_segmentation: z.int().min(0).default(40),
			/** Flat price of the 3D AI Studio surface. */
			studio_segmentation: z.int().min(0).default(80),
		})
		.prefault({}),
	limits: z
		.strictObject({
			/** Queued or running, per key and task type. */
			openTasksPerType: z.int().min(1).default(10),
			uploadsPerSecond: z.int().min(1).default(10),
			/** Requests a minute to the 3D AI Studio surface, per key. */
			studioRequestsPerMinute: z.int().min(1).default(3),
			/** All other requests a second, per key. */
			requestsPerSecond: z.int().min(1).default(50),
			uploadBytes: z
				.int()
				.min(1)
				.default(200 * 2 ** 20),
		})
		.prefault({}),
	worker: z
		.strictObject({
			/** Tasks at a time. */
			concurrency: z.int().min(1).default(2),
			memoryBytes: z
				.int()
				.min(2 ** 28)
				.default(4 * 2 ** 30),
			timeoutSeconds: z.int().min(1).default(600),
			/** Attempts before a task that takes its child down with it is failed. */
			attempts: z.int().min(1).default(2),
			/** How long a server that stops waits for running tasks before it queues them again for the next start. */
			shutdownSeconds: z.int().min(0).default(10),
		})
		.prefault({}),
	/** How long results and uploads are kept. */
	fileLifetimeSeconds: z
		.int()
		.min(1)
		.default(24 * 3600),
	/** How long a result link is valid; a new one comes with every GET. */
	linkLifetimeSeconds: z
		.int()
		.min(1)
		.default(24 * 3600),
	/** Hosts that model URLs may point to although they are private addresses: `name` or `name:port`. */
	allowedPrivateHosts: z.array(z.string()).default([]),
	/** Credits of the first key. */
	firstGrant: z.int().min(0).default(10000),
});

export type Config = z.infer<typeof CONFIG>;

/** What an operator may write: everything has a default. */
export type ConfigFile = z.input<typeof CONFIG>;

/**
 * Reads the configuration of a server.
 *
 * @param dataDir `meshwright.json` in here is read, if it is there.
 * @param file Read instead of that; must be there.
 * @throws When it is not JSON, or a value is wrong: the message names the file, the value and what it must be.
 */
export function readConfig(dataDir: string, file?: string): Config {
	const path = file ?? join(dataDir, 'meshwright.json');
	if (file === undefined && !existsSync(path)) return CONFIG.parse({});
	let given: unknown;
	try {
		given = JSON.parse(readFileSync(path, 'utf8'));
	} catch (error) {
		throw new OperatorError('invalid-config', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
	}
	return checkConfig(given, path);
}

/**
 * Fills in the defaults.
 *
 * @param origin Where the values come from, for the message.
 * @throws When a value is wrong.
 */
export function checkConfig(given: unknown, origin: string): Config {
	const { data, error } = CONFIG.safeParse(given);
	if (data) return data;
	const faults = error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
	throw new OperatorError('invalid-config', `${origin}: ${faults.join('; ')}`);
}

/** Why the service does not start, where that is the operator's to mend and no fault of the program. */
export class OperatorError extends Error {
	readonly code: 'invalid-config' | 'data-dir-in-use' | 'database-newer';

	constructor(code: OperatorError['code'], message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = 'OperatorError';
		this.code = code;
	}
}
