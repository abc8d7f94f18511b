import { Readable } from 'node:stream';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { checkConfig } from '../../src/config.ts';
import { openBackend } from '../../src/main.ts';
import { segmentation } from './tasks.ts';

/*
 * A server without doors, for tests that kill it: opens the house on the directory it is given and creates tasks without
 * end, telling each that was acknowledged on a line of its own: `key <id>`, then `task <id>`. The options of the tasks
 * may come as JSON in a second argument.
 */

const dataDir = process.argv[2]!;
const options = JSON.parse(process.argv[3] ?? '{}') as Record<string, unknown>;
const config = checkConfig(
	{ limits: { openTasksPerType: 100_000 }, worker: { concurrency: 1, attempts: 100 } },
	'test',
);
const house = await openBackend({ dataDir, config, handlers: new URL('./handlers.ts', import.meta.url) });
const { key } = await house.keys.create({ name: 'test', credits: 1_000_000 });
const body = Readable.from([Buffer.from('a model')]);
const { token } = await house.uploads.put(key.id, { name: 'model.glb', body });
process.stdout.write(`key ${key.id}\n`);
for (;;) {
	const { id } = await house.tasks.create(key.id, segmentation(token, options));
	process.stdout.write(`task ${id}\n`);
	// SQLite answers at once: without a turn of the event loop nothing else would ever happen.
	await turnOfEventLoop();
}
