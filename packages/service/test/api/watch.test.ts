import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Door, openDoor } from './open-door.ts';

async function makeTask({ ask }: Door): Promise<string> {
	const file = { url: 'https://example.com/duck.glb' };
	return (await ask('/v2/openapi/task', { type: 'import_model', file })).json.data.task_id;
}

/** Opens a watch and gathers its frames. */
function watch({ base, key }: Door, what: string, secret = key) {
	const url = `${base.replace('http', 'ws')}/v2/openapi/task/watch/${what}`;
	const socket = new WebSocket(url, { headers: { authorization: `Bearer ${secret}` } });
	const frames: { event: string; data: Record<string, unknown> }[] = [];
	socket.on('message', (text) => frames.push(JSON.parse(String(text))));
	return { socket, frames };
}

async function refusal({ socket }: ReturnType<typeof watch>): Promise<[number, number]> {
	const [, response] = (await once(socket, 'unexpected-response')) as [
		unknown,
		AsyncIterable<Buffer> & { statusCode: number },
	];
	let text = '';
	for await (const chunk of response) text += chunk;
	return [response.statusCode, JSON.parse(text).code];
}

const inFrames = (frames: { event: string; data: Record<string, unknown> }[]) =>
	frames.map(({ event, data }) => `${event} ${data.status} ${data.progress}`);

describe('watching one task', () => {
	it('tells the present, every change and the end, then closes', async () => {
		const door = await openDoor();
		const id = await makeTask(door);
		const { socket, frames } = watch(door, id);
		await once(socket, 'message');
		const other = await makeTask(door);
		door.backend.run(other);
		door.backend.run(id, 10);
		door.backend.run(id, 60);
		door.backend.succeed(id);
		const [code] = await once(socket, 'close');
		expect(code).toBe(1000);
		expect(inFrames(frames)).toEqual([
			'update queued 0',
			'update running 10',
			'update running 60',
			'finalized success 100',
		]);
		expect(frames.at(-1)!.data).toMatchObject({ task_id: id, output: { model: expect.stringMatching(/^http/) } });
	});

	it('tells a finished task at once', async () => {
		const door = await openDoor();
		const id = await makeTask(door);
		door.backend.fail(id, { code: 'timeout', message: 'Too slow.', cure: 'Reduce it.' });
		const { socket, frames } = watch(door, id);
		await once(socket, 'close');
		expect(inFrames(frames)).toEqual(['finalized failed 0']);
		expect(frames[0]!.data).toMatchObject({ error_code: 2018 });
	});

	it('refuses before the upgrade what is not there or not allowed', async () => {
		const door = await openDoor();
		const id = await makeTask(door);
		expect(await refusal(watch(door, 'nobody'))).toEqual([404, 2001]);
		expect(await refusal(watch(door, id, await door.backend.newKey()))).toEqual([404, 2001]);
		expect(await refusal(watch(door, id, 'tsk_wrong'))).toEqual([401, 1002]);
	});
});

describe('watching all tasks', () => {
	it('tells every task of the key, and of no other', async () => {
		const door = await openDoor();
		const { socket, frames } = watch(door, 'all');
		await once(socket, 'open');
		const [a, b] = [await makeTask(door), await makeTask(door)];
		door.backend.run(a);
		door.backend.change(b, { keyId: 'somebody else' });
		door.backend.succeed(a);
		await expect.poll(() => inFrames(frames)).toEqual(['update running 50', 'finalized success 100']);
		expect(socket.readyState).toBe(WebSocket.OPEN);
		await door.server.close();
		await expect.poll(() => socket.readyState).toBe(WebSocket.CLOSED);
	});

	it('is an HTTP error without an upgrade', async () => {
		const { ask } = await openDoor();
		expect((await ask('/v2/openapi/task/watch/all')).json).toMatchObject({
			code: 1004,
			suggestion: expect.any(String),
		});
	});
});
