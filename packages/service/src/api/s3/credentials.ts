import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { BUCKET } from '../../contract/tripo-v2.ts';
import type { Backend } from '../../tasks/backend.ts';
import { S3Error } from './errors.ts';

/** How long a client may take to begin its upload, ms. */
const LIFETIME = 3600_000;

/** What a session token says: whose upload it is, under which promised token, as what, and until when (ms). */
const GRANT = z.object({ keyId: z.string(), token: z.string(), key: z.string(), expires: z.int() });
export type Grant = z.infer<typeof GRANT>;

/**
 * Temporary credentials for one object, in the shape of those of S3.
 *
 * Nothing of them is stored: the session token carries the grant under a signature, and access key and secret follow
 * from the session token. So they outlive a restart, and any server with the same secret knows them.
 */
export async function issueCredentials(backend: Backend, keyId: string, format: string) {
	const extension = format.toLowerCase().replace(/[^a-z0-9]/g, '') || 'glb';
	const token = await backend.uploads.reserve(keyId, { name: `model.${extension}` });
	const key = `uploads/${token}.${extension}`;
	const secret = secretOf(backend);
	const session = sign({ keyId, token, key, expires: Date.now() + LIFETIME }, secret);
	return {
		resource_bucket: BUCKET,
		resource_uri: key,
		session_token: session,
		sts_ak: accessKeyOf(session, secret),
		sts_sk: secretKeyOf(session, secret),
	};
}

/** The token in an object key: its last part, without the extension; a bare token is one too. */
export const tokenOfKey = (key: string): string =>
	key
		.split('/')
		.pop()!
		.replace(/\.[^.]*$/, '');

export const secretOf = (backend: Backend): Buffer => backend.secretFor('upload-credentials');

/** The grant of a session token. @throws S3Error `InvalidToken`, `ExpiredToken`, `InvalidAccessKeyId`. */
export function readGrant(session: string, accessKey: string, secret: Buffer): Grant {
	const [payload = '', mac = ''] = session.split('.');
	if (!isSame(mac, mac256(secret, 'session', payload).toString('base64url')))
		throw new S3Error('InvalidToken', 'the session token was not made by this server');
	if (!isSame(accessKey, accessKeyOf(session, secret)))
		throw new S3Error('InvalidAccessKeyId', 'the access key does not belong to the session token');
	const grant = GRANT.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
	if (grant.expires < Date.now())
		throw new S3Error('ExpiredToken', 'the session token has expired; ask for new credentials');
	return grant;
}

/** The secret key of a session: what its requests are signed with. */
export const secretKeyOf = (session: string, secret: Buffer): string =>
	mac256(secret, 'secret-key', session).toString('base64url').slice(0, 40);

/** The id of the one upload in parts that a session may make. */
export const uploadIdOf = (session: string, secret: Buffer): string =>
	mac256(secret, 'upload-id', session).toString('hex').slice(0, 40);

/** Are two texts the same? Takes the same time wherever they differ. */
export function isSame(a: string, b: string): boolean {
	const [left, right] = [Buffer.from(a), Buffer.from(b)];
	return left.length === right.length && timingSafeEqual(left, right);
}

const accessKeyOf = (session: string, secret: Buffer): string =>
	`ASIA${mac256(secret, 'access-key', session).toString('hex').slice(0, 16).toUpperCase()}`;

function sign(grant: Grant, secret: Buffer): string {
	const payload = Buffer.from(JSON.stringify(grant)).toString('base64url');
	return `${payload}.${mac256(secret, 'session', payload).toString('base64url')}`;
}

const mac256 = (secret: Buffer, purpose: string, text: string): Buffer =>
	createHmac('sha256', secret).update(`${purpose}\n${text}`).digest();
