import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Failure } from '../terminal/failure.ts';
import { DATA_DIR } from './keys.ts';

type Flags = {
	readonly data: string;
	readonly config?: string;
	readonly host?: string;
	readonly port?: number;
};

/** `meshwright serve`. */
export function serveCommand(): Command {
	return new Command('serve')
		.summary('serve the HTTP surfaces and the page from this machine')
		.description(
			'Serves the Tripo v2 and 3D AI Studio v1 surfaces and the page, with nothing else to install.\n' +
				'The first start makes a key and prints a request to try it with.',
		)
		.option('--host <address>', 'address to listen on (default: 127.0.0.1, this machine only)')
		.addOption(new Option('--port <n>', 'port to listen on (default: 8080)').argParser(portNumber))
		.option('--data <dir>', 'where tasks, keys and files are kept', DATA_DIR)
		.option('--config <file>', 'settings (default: meshwright.json in the data directory)')
		.action(serveUntilStopped);
}

async function serveUntilStopped({ data, config, host, port }: Flags): Promise<void> {
	const { closeOnSignal, serve } = await import('@meshwright/service');
	const server = await serve({
		dataDir: resolve(data),
		...(existsSync(PAGE) && { pageDir: PAGE }),
		...(config !== undefined && { configFile: resolve(config) }),
		overrides: { ...(host !== undefined && { host }), ...(port !== undefined && { port }) },
	}).catch((error: unknown) => {
		throw startFailure(error);
	});
	// Listens for signals before it says anything: who reads the text may stop it at once.
	const closed = closeOnSignal(server);
	process.stdout.write(welcome(server.url, data, server.firstSecret));
	await closed;
	process.stdout.write('Stopped.\n');
}

/** What a person needs to know after the start; with the first key, requests that work when pasted. */
function welcome(url: string, data: string, firstKey: string | undefined): string {
	const head = [
		`Meshwright serves ${url}`,
		existsSync(PAGE) ? `  page             ${url}/` : '  page             not built: npm run build',
		`  Tripo v2         ${url}/v2/openapi`,
		`  3D AI Studio v1  ${url}/v1`,
		`  data             ${data}`,
		'',
	];
	const body =
		firstKey === undefined
			? [`More API keys: meshwright keys create --data ${quote(data)}`]
			: [
					`Your first API key, shown only this once: ${firstKey}`,
					'',
					'Segment a model, from another terminal here:',
					'',
					`  curl -H 'Authorization: Bearer ${firstKey}' -F model=@${quote(sampleModel())} ${url}/v1/3d-models/tripo/mesh-segmentation/`,
					'',
					'and ask for the result with the task_id that it answers:',
					'',
					`  curl -H 'Authorization: Bearer ${firstKey}' ${url}/v1/generation-request/TASK_ID/status/`,
				];
	return [...head, ...body, '', 'Ctrl-C stops.', ''].join('\n');
}

/** The built page, beside this package. */
const PAGE = fileURLToPath(new URL('../../../viewer/dist', import.meta.url));

/** The model that comes with the project, as seen from the working directory. */
function sampleModel(): string {
	const path = fileURLToPath(new URL('../../../../examples/models/lantern.glb', import.meta.url));
	return existsSync(path) ? relative(process.cwd(), path) : 'YOUR_MODEL.glb';
}

/** For a POSIX shell; left alone where nothing needs it. */
const quote = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Why the server did not start, where that is the operator's to mend. */
function startFailure(error: unknown): unknown {
	const { code, message } = error as NodeJS.ErrnoException;
	const known = START_FAILURES[String(code)];
	return known ? new Failure(known.reason, known.code, message, known.cure) : error;
}

const START_FAILURES: Readonly<Record<string, { reason: 'files' | 'usage'; code: string; cure: string }>> = {
	EADDRINUSE: {
		reason: 'files',
		code: 'port-busy',
		cure: 'Another program listens there. Stop it, or choose another port with --port.',
	},
	EACCES: { reason: 'files', code: 'not-allowed', cure: 'Choose a port above 1023 and a data directory of your own.' },
	'invalid-config': {
		reason: 'usage',
		code: 'invalid-config',
		cure: 'Mend the value that the message names.',
	},
	'data-dir-in-use': { reason: 'files', code: 'data-dir-in-use', cure: 'One server at a time uses a data directory.' },
	'database-newer': {
		reason: 'files',
		code: 'database-newer',
		cure: 'Use the version of meshwright that wrote it, or a newer one.',
	},
	EADDRNOTAVAIL: { reason: 'files', code: 'no-such-address', cure: 'Give --host an address of this machine.' },
	ENOTFOUND: { reason: 'files', code: 'no-such-address', cure: 'Give --host an address of this machine.' },
};

function portNumber(text: string): number {
	const port = Number(text);
	if (!/^\d+$/.test(text) || port > 65535)
		throw new InvalidArgumentError('Give a number, 0..65535 (0: any free port).');
	return port;
}
