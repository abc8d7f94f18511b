import { createHash, type Hash, randomUUID } from 'node:crypto';
import { Refusal, type Upload, type Uploads } from './backend.ts';
import type { House } from './house.ts';

/** Files that clients brought. A row comes before its file and goes after it, so that no file is ever without a row. */
export function openUploads({ db, storage, config, now }: House): Uploads {
	const livingRow = (keyId: string, token: string) =>
		db
			.selectFrom('upload')
			.selectAll()
			.where('token', '=', token)
			.where('key_id', '=', keyId)
			.where('expired_at', 'is', null)
			.executeTakeFirst();

	async function reserve(keyId: string, { name }: { name: string }): Promise<string> {
		const token = randomUUID();
		await db
			.insertInto('upload')
			.values({
				token,
				key_id: keyId,
				name: fileName(name),
				bytes: 0,
				sha256: '',
				created_at: now(),
				stored_at: null,
				expired_at: null,
			})
			.execute();
		return token;
	}

	/** What becomes of a file on its way in: counted, hashed, stopped when it is too long. */
	async function* measure(body: AsyncIterable<Uint8Array>, into: { bytes: number; hash: Hash }) {
		for await (const chunk of body) {
			into.bytes += chunk.byteLength;
			if (into.bytes > config.limits.uploadBytes) {
				throw new Refusal('file-too-large', `the file is larger than ${config.limits.uploadBytes} bytes`);
			}
			into.hash.update(chunk);
			yield chunk;
		}
		if (into.bytes === 0) throw new Refusal('empty-file', 'the file is empty');
	}

	return {
		reserve,

		async put(keyId, { name, body, token: promised }) {
			if (promised !== undefined && !(await livingRow(keyId, promised))) throw unknownUpload(promised);
			const token = promised ?? (await reserve(keyId, { name }));
			const measured = { bytes: 0, hash: createHash('sha256') };
			try {
				await storage.put(uploadKey(token), measure(body, measured));
			} catch (error) {
				if (promised === undefined) await db.deleteFrom('upload').where('token', '=', token).execute();
				throw error;
			}
			await db
				.updateTable('upload')
				.set({
					name: fileName(name),
					bytes: measured.bytes,
					sha256: measured.hash.digest('hex'),
					stored_at: now(),
				})
				.where('token', '=', token)
				.execute();
			return (await this.find(keyId, token))!;
		},

		async find(keyId, token) {
			const row = await livingRow(keyId, token);
			if (!row || row.stored_at === null) return undefined;
			const upload: Upload = { token, name: row.name, bytes: row.bytes, createdAt: row.created_at };
			return upload;
		},

		async open(keyId, token) {
			return (await this.find(keyId, token)) && storage.get(uploadKey(token));
		},

		async remove(keyId, token) {
			if (!(await livingRow(keyId, token))) return;
			await storage.delete(uploadKey(token));
			await db.deleteFrom('upload').where('token', '=', token).execute();
		},
	};
}

/** Place of an upload in storage. */
export const uploadKey = (token: string): string => `uploads/${token}`;

export const unknownUpload = (token: string): Refusal =>
	new Refusal('upload-not-found', `there is no uploaded file ${token}: upload it, or upload it again`);

/** The last name of a path, of a length that fits everywhere. */
const fileName = (name: string): string => (name.split(/[\\/]/).at(-1) ?? '').slice(-255);
