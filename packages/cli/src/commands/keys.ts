import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Keys } from '@meshwright/service';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Failure } from '../terminal/failure.ts';
import { table } from '../terminal/table.ts';
import { countInWords } from '../terminal/words.ts';

/** Where the service keeps its data unless told otherwise, relative to the working directory. */
export const DATA_DIR = '.meshwright';

/** Credits of a key that is made without `--credits`: as many as the first key of a new service gets. */
const CREDITS = 10_000;

type Flags = { readonly data: string; readonly json?: boolean };

/** `meshwright keys create|list|revoke|grant`, also beside a running server on the same data directory. */
export function keysCommand(): Command {
	const keys = new Command('keys')
		.summary('make, list, revoke and fill API keys')
		.description('Makes, lists, revokes and fills API keys, whether the server of the data directory runs or not.');
	verb(keys, 'create', 'make a key and print its secret, this once')
		.option('--name <text>', 'what the key is for', 'unnamed')
		.addOption(new Option('--credits <n>', 'credits to begin with').argParser(creditCount).default(CREDITS))
		.action(createKey);
	verb(keys, 'list', 'print all keys with their credits').action(listKeys);
	verb(keys, 'revoke', 'end a key: requests with it are refused from now on')
		.argument('<id>', 'as printed by list')
		.action(revokeKey);
	verb(keys, 'grant', 'give credits to a key')
		.argument('<id>', 'as printed by list')
		.argument('<credits>', 'how many', creditCount)
		.action(grantCredits);
	return keys;
}

const verb = (keys: Command, name: string, summary: string): Command =>
	keys
		.command(name)
		.description(summary)
		.option('--data <dir>', 'data directory of the service', DATA_DIR)
		.option('--json', 'print JSON');

async function createKey({ data, json, name, credits }: Flags & { name: string; credits: number }): Promise<void> {
	const { key, secret } = await withKeys(data, { mayCreate: true }, (keys) => keys.create({ name, credits }));
	print(
		json,
		{ id: key.id, name: key.name, secret, credits },
		`${secret}\n\nKey '${key.name}' (${key.id}) with ${countInWords(credits)} credits. The secret is not shown again.\n`,
	);
}

async function listKeys({ data, json }: Flags): Promise<void> {
	const list = await withKeys(data, { mayCreate: false }, (keys) => keys.list());
	const columns = [
		{ title: 'id', align: 'left' },
		{ title: 'name', align: 'left' },
		{ title: 'secret', align: 'left' },
		{ title: 'credits', align: 'right' },
		{ title: 'held', align: 'right' },
		{ title: 'made', align: 'left' },
		{ title: 'state', align: 'left' },
	] as const;
	const rows = list.map(({ id, name, prefix, balance, frozen, createdAt, revokedAt }) => [
		id,
		name,
		`${prefix}…`,
		countInWords(balance),
		countInWords(frozen),
		new Date(createdAt).toISOString().slice(0, 10),
		revokedAt === null ? 'valid' : 'revoked',
	]);
	print(json, { keys: list }, list.length === 0 ? 'no keys\n' : table(columns, rows));
}

async function revokeKey(id: string, { data, json }: Flags): Promise<void> {
	await withKeys(data, { mayCreate: false }, async (keys) => {
		await demandKey(keys, id);
		await keys.revoke(id);
	});
	print(json, { id, revoked: true }, `revoked ${id}\n`);
}

async function grantCredits(id: string, credits: number, { data, json }: Flags): Promise<void> {
	const { balance } = await withKeys(data, { mayCreate: false }, async (keys) => {
		await demandKey(keys, id);
		await keys.grant(id, credits);
		return await keys.balance(id);
	});
	print(json, { id, balance }, `${id} now has ${countInWords(balance)} credits\n`);
}

/** Opens the keys of a data directory for one piece of work, and closes them whatever comes of it. */
async function withKeys<T>(
	data: string,
	{ mayCreate }: { readonly mayCreate: boolean },
	work: (keys: Keys) => Promise<T>,
): Promise<T> {
	const dataDir = resolve(data);
	if (!mayCreate && !existsSync(dataDir)) {
		throw new Failure(
			'files',
			'no-data-dir',
			`there is no data directory '${data}'`,
			'Name the one that the service uses with --data, or make a first key with: meshwright keys create',
		);
	}
	const { openKeyring } = await import('@meshwright/service');
	const { keys, close } = await openKeyring(dataDir);
	try {
		return await work(keys);
	} finally {
		await close();
	}
}

/** @throws Failure `unknown-key`. */
async function demandKey(keys: Keys, id: string): Promise<void> {
	const list = await keys.list();
	if (list.some((key) => key.id === id)) return;
	throw new Failure(
		'usage',
		'unknown-key',
		`there is no key with the id '${id}'`,
		'meshwright keys list prints the ids.',
	);
}

function print(json: boolean | undefined, value: unknown, text: string): void {
	process.stdout.write(json ? `${JSON.stringify(value, null, '\t')}\n` : text);
}

function creditCount(text: string): number {
	if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('Give a whole number of credits.');
	return Number(text);
}
