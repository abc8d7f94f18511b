import { join } from 'node:path';
import { ERRORS } from '@meshwright/engine';
import { describe, expect, it } from 'vitest';

const DOCS = join(import.meta.dirname, '..', 'docs');

/** Docs that repeat a table of the code are recorded from it: `npx vitest run test/docs.test.ts -u` writes them anew. */
describe('docs repeat the code', () => {
	it('errors.md has every code of the engine', async () => {
		const rows = Object.entries(ERRORS).map(([code, { kind, cure }]) => `| \`${code}\` | ${kind} | ${cure} |`);
		const text = [
			'# Errors',
			'',
			'Every error that the engine raises has one of these codes; its message says what is wrong and where.',
			'The command exits with 3 for `input`, 1 for `gave-up`, 130 for `cancelled`. The service fails the task with the',
			'message and the cure, and gives the credits back.',
			'',
			'| code | kind | what to do |',
			'| --- | --- | --- |',
			...rows,
			'',
		].join('\n');
		await expect(text).toMatchFileSnapshot(join(DOCS, 'errors.md'));
	});
});
