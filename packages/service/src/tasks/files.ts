import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Files } from './backend.ts';
import type { House } from './house.ts';
import { outputsOf } from './row.ts';

/**
 * Signed links to results: who has the link may read the file until it ends; the link names no key.
 * @param secret Signs the links.
 */
export function openFiles({ db, storage, config, now }: House, secret: Buffer): Files {
	const sign = (taskId: string, name: string, exp: string): Buffer =>
		createHmac('sha256', secret).update(`${taskId}\n${name}\n${exp}`).digest();

	return {
		link(task, name) {
			const end = Math.min(now() + config.linkLifetimeSeconds * 1000, task.expiresAt ?? Number.POSITIVE_INFINITY);
			const exp = String(Math.floor(end / 1000));
			return `/files/${task.id}/${name}?exp=${exp}&sig=${sign(task.id, name, exp).toString('base64url')}`;
		},

		async open({ taskId, name, exp, sig }, range) {
			const given = Buffer.from(sig, 'base64url');
			const right = sign(taskId, name, exp);
			if (given.length !== right.length || !timingSafeEqual(given, right)) return 'invalid';
			if (Number(exp) * 1000 <= now()) return 'expired';
			const row = await db.selectFrom('task').select(['status', 'outputs']).where('id', '=', taskId).executeTakeFirst();
			const output = row?.status === 'success' && outputsOf(row).find((file) => file.name === name);
			if (!output) return 'gone';
			const body = await storage.get(output.key, range);
			if (!body) return 'gone';
			const etag = `"${createHash('sha256').update(output.key).digest('base64url').slice(0, 22)}"`;
			return { body, bytes: output.bytes, mimeType: output.mimeType, etag };
		},
	};
}
