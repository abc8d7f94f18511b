import { closeOnSignal, serve } from '../../src/main.ts';

/* A whole server on the directory it is given, for tests that stop it: tells its address on a line of its own. */

const server = await serve({ dataDir: process.argv[2]!, overrides: { port: 0 } });
process.stdout.write(`${server.url}\n`);
await closeOnSignal(server);
process.stdout.write('closed\n');
