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
