#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { describeFailure, EXIT, Failure, failureAsJson, toFailure } from './terminal/failure.ts';

/** The verbs. Each is loaded only when it is named: the engine and the server are far larger than this command. */
const VERBS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
	segment: {
		summary: 'divide a model into named parts',
		load: async () => (await import('./commands/segment.ts')).segmentCommand(),
	},
	complete: {
		summary: 'make the parts of a model whole',
		load: async () => (await import('./commands/complete.ts')).completeCommand(),
	},
	lowpoly: {
		summary: 'give a model few faces, with its look baked in',
		load: async () => (await import('./commands/lowpoly.ts')).lowpolyCommand(),
	},
	serve: {
		summary: 'serve the HTTP surfaces and the page from this machine',
		load: async () => (await import('./commands/serve.ts')).serveCommand(),
	},
	keys: {
		summary: 'make, list, revoke and fill API keys',
		load: async () => (await import('./commands/keys.ts')).keysCommand(),
	},
};

const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
	version: string;
};

const EXIT_CODES = `
Exit codes:
  0    done
  1    a fault of meshwright
  2    wrong usage, or an option out of range
  3    the model cannot be used
  4    a file cannot be read or written, or a port not be used
  130  stopped by Ctrl-C
`;

async function main(args: readonly string[]): Promise<number> {
	try {
		const program = await buildProgram(args);
		await program.parseAsync(args, { from: 'user' });
		return EXIT.ok;
	} catch (error) {
		// Help and version end this way too.
		if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
		const failure = error instanceof CommanderError ? usageFailure(error) : toFailure(error);
		// Commander has already said on stderr what is wrong with the usage.
		if (!(error instanceof CommanderError)) {
			process.stderr.write(describeFailure(failure, { debug: args.includes('--debug') }));
		}
		if (args.includes('--json')) process.stdout.write(failureAsJson(failure));
		return EXIT[failure.reason];
	}
}

/** The whole command line; of the verbs only the named one is more than its name. */
async function buildProgram(args: readonly string[]): Promise<Command> {
	const program = new Command('meshwright')
		.description(
			'Makes 3D models workable, here on this machine: parts, whole parts, few faces. A command, a service and a page.',
		)
		.version(VERSION, '-V, --version', 'print the version')
		.option('--debug', 'print where an error comes from')
		.showHelpAfterError('Run the command with --help for its options.')
		.addHelpText('after', EXIT_CODES)
		.exitOverride();
	const named = args.find((arg) => Object.hasOwn(VERBS, arg));
	for (const [name, { summary, load }] of Object.entries(VERBS)) {
		const command = name === named ? await load() : new Command(name).summary(summary);
		inherit(command, program);
		program.addCommand(command);
	}
	return program;
}

/** Settings go to the sub-commands that were built before they had a parent. */
function inherit(command: Command, parent: Command): void {
	command.copyInheritedSettings(parent);
	for (const child of command.commands) inherit(child, command);
}

const usageFailure = (error: CommanderError): Failure =>
	new Failure('usage', 'usage', error.message.replace(/^error: /, ''), 'Run the command with --help for its options.');

process.exitCode = await main(process.argv.slice(2));
