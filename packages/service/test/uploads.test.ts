import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { newKey, testHouse, textOf } from './fakes/house.ts';

const body = (text: string): Readable => Readable.from(text === '' ? [] : [Buffer.from(text)]);

it('a file comes back as it was brought, to its key only', async () => {
	const { house } = await testHouse();
	const [mine, other] = [await newKey(house), await newKey(house)];
	const upload = await house.uploads.put(mine, { name: 'C:\\models\\chair.obj', body: body('v 0 0 0') });
	expect(upload).toMatchObject({ name: 'chair.obj', bytes: 7 });
	expect(await house.uploads.find(mine, upload.token)).toEqual(upload);
	expect(await textOf((await house.uploads.open(mine, upload.token))!)).toBe('v 0 0 0');
	expect(await house.uploads.find(other, upload.token)).toBeUndefined();
	expect(await house.uploads.open(other, upload.token)).toBeUndefined();
	await expect(house.uploads.put(other, { name: 'x', body: body('x'), token: upload.token })).rejects.toMatchObject({
		code: 'upload-not-found',
	});
});

it('a promised file is there once it is filled, and can be brought again', async () => {
	const { house } = await testHouse();
	const key = await newKey(house);
	const token = await house.uploads.reserve(key, { name: 'x.glb' });
	expect(await house.uploads.find(key, token)).toBeUndefined();
	expect(await house.uploads.open(key, token)).toBeUndefined();
	await house.uploads.put(key, { name: 'x.glb', body: body('first'), token });
	await house.uploads.put(key, { name: 'x.glb', body: body('second time'), token });
	expect(await house.uploads.find(key, token)).toMatchObject({ token, bytes: 11 });
});

it.each([
	['empty-file', ''],
	['file-too-large', 'more than ten bytes'],
])('%s: refused, and nothing of it is kept', async (code, text) => {
	const { house, dataDir } = await testHouse({ limits: { uploadBytes: 10 } });
	const key = await newKey(house);
	await expect(house.uploads.put(key, { name: 'x', body: body(text) })).rejects.toMatchObject({ code });
	const kept = readdirSync(join(dataDir, 'files'), { recursive: true, withFileTypes: true });
	expect(kept.filter((entry) => entry.isFile())).toEqual([]);
});

it('a file that is not needed any more can be dropped by its key', async () => {
	const { house, dataDir } = await testHouse();
	const [mine, other] = [await newKey(house), await newKey(house)];
	const { token } = await house.uploads.put(mine, { name: 'x', body: body('x') });
	await house.uploads.remove(other, token);
	expect(await house.uploads.find(mine, token)).toBeDefined();
	await house.uploads.remove(mine, token);
	expect(await house.uploads.find(mine, token)).toBeUndefined();
	expect(existsSync(join(dataDir, 'files', 'uploads', token))).toBe(false);
});
