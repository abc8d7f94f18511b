import { describe, expect, it } from 'vitest';
import { openDoor } from './open-door.ts';

/** A finished task and the link to its model, `0123456789`. */
async function openWithResult(linkLifetimeSeconds = 60) {
	const door = await openDoor({ linkLifetimeSeconds });
	const file = { url: 'https://example.com/duck.glb' };
	const { json } = await door.ask('/v2/openapi/task', { type: 'import_model', file });
	const id = json.data.task_id;
	door.backend.succeed(id, { 'model.glb': Buffer.from('0123456789') });
	const link: string = (await door.ask(`/v2/openapi/task/${id}`)).json.data.output.model;
	return { ...door, id, link };
}

const get = (link: string, headers: Record<string, string> = {}, method = 'GET') => fetch(link, { method, headers });

describe('a link to a result', () => {
	it.each([{}, { authorization: 'Bearer tsk_of_somebody_else' }])(
		'gives the file, whatever header comes along: %o',
		async (headers) => {
			const { link } = await openWithResult();
			const response = await get(link, headers as Record<string, string>);
			expect([response.status, await response.text()]).toEqual([200, '0123456789']);
			expect(response.headers.get('content-type')).toBe('model/gltf-binary');
			expect(response.headers.get('content-length')).toBe('10');
			expect(response.headers.get('accept-ranges')).toBe('bytes');
			expect(response.headers.get('x-content-type-options')).toBe('nosniff');
		},
	);

	it.each([
		['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
		['bytes=4-', 206, '456789', 'bytes 4-9/10'],
		['bytes=-3', 206, '789', 'bytes 7-9/10'],
		['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
		['bytes=8-99', 206, '89', 'bytes 8-9/10'],
		['bytes=10-', 416, '', 'bytes */10'],
		['bytes=-0', 416, '', 'bytes */10'],
		['bytes=5-2', 200, '0123456789', null],
		['bytes=0-1,4-5', 200, '0123456789', null],
		['lines=1-2', 200, '0123456789', null],
	])('gives range %s', async (range, status, text, contentRange) => {
		const { link } = await openWithResult();
		const response = await get(link, { range });
		expect([response.status, await response.text()]).toEqual([status, text]);
		expect(response.headers.get('content-range')).toBe(contentRange);
	});

	it('knows its ETag', async () => {
		const { link } = await openWithResult();
		const etag = (await get(link)).headers.get('etag')!;
		expect((await get(link, { 'if-none-match': etag })).status).toBe(304);
		expect((await get(link, { 'if-none-match': '"other"' })).status).toBe(200);
		expect((await get(link, { range: 'bytes=0-0', 'if-range': etag })).status).toBe(206);
		expect((await get(link, { range: 'bytes=0-0', 'if-range': '"other"' })).status).toBe(200);
	});

	it('answers HEAD', async () => {
		const { link } = await openWithResult();
		const response = await get(link, { range: 'bytes=2-5' }, 'HEAD');
		expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([206, '4', '']);
	});

	it.each([
		['another signature', (link: string) => link.replace(/sig=./, 'sig=_'), 403, 1005],
		['no signature', (link: string) => link.replace(/&sig=.*/, ''), 403, 1005],
		['a later end', (link: string) => link.replace(/exp=(\d+)/, (_, exp) => `exp=${Number(exp) + 1}`), 403, 1005],
		['another name', (link: string) => link.replace('model.glb', 'picture.png'), 403, 1005],
	])('refuses %s', async (_, change, status, code) => {
		const { link } = await openWithResult();
		const response = await get(change(link));
		expect([response.status, (await response.json()).code]).toEqual([status, code]);
	});

	it('ends when its time is over, and with the file', async () => {
		// Two seconds: links end on whole ones, and one could be over at once.
		const { link, backend, id } = await openWithResult(2);
		backend.change(id, { outputs: [] });
		const gone = await get(link);
		expect([gone.status, (await gone.json()).code]).toEqual([404, 2019]);
		await expect.poll(async () => (await (await get(link)).json()).message, { timeout: 4000 }).toMatch(/expired/);
	});
});
