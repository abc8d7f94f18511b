import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

/** What a route says of itself in the API document. */
type Operation = {
	readonly summary: string;
	/** Surface that it belongs to. */
	readonly tag: string;
	readonly body?: z.ZodType;
	/** A form with one file under `field`, beside the properties of `body`. */
	readonly file?: string;
	/** JSON of a good answer. */
	readonly answer?: z.ZodType;
	/** JSON of the frames of a WebSocket. */
	readonly frames?: z.ZodType;
	readonly errors: z.ZodType;
	/** Statuses of the errors. */
	readonly statuses?: readonly number[];
};

declare module 'fastify' {
	interface FastifyContextConfig {
		operation?: Operation;
	}
}

type Described = { method: string; url: string; operation: Operation };

/** Serves `/openapi.json`, made from what the routes say of themselves. Stands before the routes, to see them all. */
export function serveDocument(server: FastifyInstance, version: string): void {
	const described: Described[] = [];
	server.addHook('onRoute', ({ method, url, config }) => {
		const operation = config?.operation;
		if (!operation) return;
		for (const one of [method].flat()) {
			// Fastify answers HEAD for every GET; and a path counts as one with and without its last slash.
			if (one !== 'HEAD') described.push({ method: one.toLowerCase(), url, operation });
		}
	});
	let document: string | undefined;
	server.get('/openapi.json', async (_, reply) => {
		document ??= JSON.stringify(documentOf(described, version));
		return reply.type('application/json').send(document);
	});
}

function documentOf(described: readonly Described[], version: string) {
	const paths: Record<string, Record<string, unknown>> = {};
	const schemas: Record<string, unknown> = {};
	for (const { method, url, operation } of described) {
		const path = url.replace(/:(\w+)/g, '{$1}');
		paths[path] ??= {};
		paths[path][method] = describe(url, operation, schemas);
	}
	return {
		openapi: '3.1.0',
		info: { title: 'Meshwright', version, description: 'Segments 3D models into named parts.' },
		paths,
		components: { schemas, securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
	};
}

function describe(url: string, operation: Operation, schemas: Record<string, unknown>) {
	const { summary, tag, body, file, answer, frames, errors } = operation;
	const { statuses = [400, 401, 429, 500] } = operation;
	const json = (schema: z.ZodType, io: 'input' | 'output') => ({
		'application/json': { schema: place(schema, io, schemas) },
	});
	const form = file && { 'multipart/form-data': { schema: formOf(file, body, schemas) } };
	const content = { ...form, ...(body && json(body, 'input')) };
	const parameters = [...url.matchAll(/:(\w+)/g)].map(([, name]) => ({
		name,
		in: 'path',
		required: true,
		schema: { type: 'string' },
	}));
	return {
		summary,
		tags: [tag],
		security: [{ key: [] }],
		...(parameters.length > 0 ? { parameters } : {}),
		...(body || file ? { requestBody: { content } } : {}),
		responses: {
			...(answer ? { 200: { description: 'Done.', content: json(answer, 'output') } } : {}),
			...(frames ? { 101: { description: 'Frames follow.', content: json(frames, 'output') } } : {}),
			...Object.fromEntries(
				statuses.map((status) => [status, { description: 'Refused.', content: json(errors, 'output') }]),
			),
		},
	};
}

function formOf(file: string, body: z.ZodType | undefined, schemas: Record<string, unknown>) {
	const upload = { type: 'object', properties: { [file]: { type: 'string', format: 'binary' } } };
	return body ? { allOf: [place(body, 'input', schemas), upload] } : { ...upload, required: [file] };
}

/** A schema where it is used: its named pieces go to the components and are referred to. */
function place(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, unknown>): unknown {
	const json = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
	const { $schema: _, $defs = {}, id, ...rest } = json;
	const move = (value: unknown): unknown =>
		JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'));
	for (const [name, { id: _, ...definition }] of Object.entries($defs)) schemas[name] = move(definition);
	if (id === undefined) return move(rest);
	schemas[id] = move(rest);
	return { $ref: `#/components/schemas/${id}` };
}
