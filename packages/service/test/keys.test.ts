import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testHouse } from './fakes/house.ts';

describe('a key', () => {
	it('is found by its secret, which is kept nowhere', async () => {
		const { house, dataDir } = await testHouse();
		const { key, secret } = await house.keys.create({ name: 'mine', credits: 5 });
		expect(secret).toMatch(/^tsk_[A-Za-z0-9_-]{43}$/);
		expect(secret.startsWith(key.prefix)).toBe(true);
		expect(key.prefix.length).toBeLessThan(15);
		expect(await house.keys.find(secret)).toEqual(key);
		expect(await house.keys.find(`${secret}x`)).toBeUndefined();
		expect(await house.keys.list()).toEqual([{ ...key, balance: 5, frozen: 0 }]);
		await house.close();
		for (const file of ['meshwright.sqlite']) {
			expect(readFileSync(join(dataDir, file)).includes(secret.slice(12))).toBe(false);
		}
	});

	it('is dead once revoked, and stays so', async () => {
		const { house } = await testHouse();
		const { key, secret } = await house.keys.create({ name: 'mine', credits: 5 });
		await house.keys.revoke(key.id);
		expect(await house.keys.find(secret)).toBeUndefined();
		const [listed] = await house.keys.list();
		await house.keys.revoke(key.id);
		expect(await house.keys.list()).toEqual([listed]);
		expect(listed!.revokedAt).not.toBeNull();
	});

	it('can be granted more', async () => {
		const { house } = await testHouse();
		const { key } = await house.keys.create({ name: 'mine', credits: 5 });
		await house.keys.grant(key.id, 10);
		expect(await house.keys.balance(key.id)).toEqual({ balance: 15, frozen: 0 });
	});

	it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('cannot be granted %d', async (credits) => {
		const { house } = await testHouse();
		const { key } = await house.keys.create({ name: 'mine', credits: 5 });
		await expect(house.keys.grant(key.id, credits)).rejects.toThrow('is no number of credits');
		await expect(house.keys.create({ name: 'other', credits })).rejects.toThrow('is no number of credits');
		expect(await house.keys.list()).toHaveLength(1);
	});

	it('must be there', async () => {
		const { house } = await testHouse();
		await expect(house.keys.grant('x', 1)).rejects.toThrow('there is no key x');
		await expect(house.keys.revoke('x')).rejects.toThrow('there is no key x');
		await expect(house.keys.balance('x')).rejects.toThrow('there is no key x');
	});
});

describe('a secret for a purpose', () => {
	it('is another for each, and the same after a restart', async () => {
		const { house, dataDir } = await testHouse();
		const [a, b] = [house.secretFor('a'), house.secretFor('b')];
		expect(a).toHaveLength(32);
		expect(a.equals(b)).toBe(false);
		await house.close();
		const next = await testHouse({}, { dataDir });
		expect(next.house.secretFor('a').equals(a)).toBe(true);
	});
});
