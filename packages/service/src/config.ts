import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const atLeastOne = (standard: number) => z.int().min(1).default(standard);
const price = (standard: number) => z.int().min(0).default(standard).describe('Credits.');

/**
 * Everything an operator may set, in one file (`meshwright.json` in the data directory, or `--config FILE`).
 * The defaults are the documented ones of the two APIs.
 */
export const CONFIG = z.strictObject({
	host: z.string().default('127.0.0.1').describe('Address to listen on.'),
	port: z.int().min(0).max(65535).default(8080).describe('Port to listen on; 0: any free one.'),
	publicUrl: z.url().optional().describe('Address that clients see, for links. Without it: the Host header.'),
	tls: z
		.strictObject({ cert: z.string(), key: z.string() })
		.optional()
		.describe('Paths of two PEM files; with them the server speaks TLS.'),
	partPrefix: z
		.string()
		.regex(/^[^,]*$/)
		.default('tripo_part_')
		.describe('Prefix of part names on the HTTP surfaces.'),
	prices: z
		.strictObject({
			import_model: price(0),
			mesh_segmentation: price(40),
			mesh_completion: price(50),
			highpoly_to_lowpoly: price(30),
			studio_segmentation: price(80).describe('Flat price of the 3D AI Studio surface, credits.'),
		})
		.prefault({}),
	limits: z
		.strictObject({
			openTasksPerType: atLeastOne(10).describe('Queued or running tasks, per key and task type.'),
			uploadsPerSecond: atLeastOne(10).describe('Uploads a second, per key.'),
			studioRequestsPerMinute: atLeastOne(3).describe('Submissions a minute to the 3D AI Studio surface, per key.'),
			requestsPerSecond: atLeastOne(50).describe('All other requests a second, per key.'),
			triangles: atLeastOne(5_000_000).describe('Most triangles of a model that a task may start from.'),
			uploadBytes: atLeastOne(200 * 2 ** 20).describe('Largest model, bytes.'),
		})
		.prefault({}),
	worker: z
		.strictObject({
			concurrency: atLeastOne(2).describe('Tasks at a time.'),
			memoryBytes: z
				.int()
				.min(2 ** 28)
				.default(4 * 2 ** 30)
				.describe('Memory that a task may take, bytes.'),
			timeoutSeconds: atLeastOne(600).describe('Time that a task may take.'),
			attempts: atLeastOne(2).describe('Attempts before a task that takes its child process down with it is failed.'),
			shutdownSeconds: z
				.int()
				.min(0)
				.default(10)
				.describe('How long a server that stops waits for running tasks before it queues them for the next start.'),
		})
		.prefault({}),
	deprecatedVersions: z
		.enum(['run', 'refuse'])
		.default('run')
		.describe('What becomes of a task that asks for a deprecated model_version: it runs as the newest, or is refused.'),
	fileLifetimeSeconds: atLeastOne(24 * 3600).describe('How long results and uploads are kept.'),
	linkLifetimeSeconds: atLeastOne(24 * 3600).describe('How long a result link is valid; every GET gives a new one.'),
	allowedPrivateHosts: z
		.array(z.string())
		.default([])
		.describe('Hosts that model URLs may point to although they are private: `name` or `name:port`.'),
	firstGrant: z.int().min(0).default(10000).describe('Credits of the first key.'),
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
