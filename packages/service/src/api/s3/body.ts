import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { crc32 } from 'node:zlib';
import { ChunkDecoder } from './chunks.ts';
import { S3Error } from './errors.ts';

/** A body in the clear, and its MD5 (hex), which is known once it has been read. */
export type S3Body = { readonly body: Readable; etag(): string };

/**
 * The content of a request: without its framing, and held to every length, hash and checksum that came with it. A body
 * that does not keep its word ends in an error, so that nothing of it is stored.
 *
 * Checksums: CRC32, SHA-1 and SHA-256, as header or trailer. Chunks that are signed one by one are not taken.
 *
 * @throws S3Error at once: `NotImplemented`; in the stream: `XAmzContentSHA256Mismatch`, `BadDigest`, `IncompleteBody`.
 */
export function readS3Body(raw: Readable, headers: IncomingHttpHeaders): S3Body {
	const declared = String(headers['x-amz-content-sha256'] ?? '');
	if (declared.startsWith('STREAMING-') && declared !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER')
		throw new S3Error('NotImplemented', `x-amz-content-sha256 '${declared}' is not taken; send an unsigned trailer`);
	const promised = promises(String(headers['x-amz-trailer'] ?? ''), headers);
	const decoder = declared.startsWith('STREAMING-') ? new ChunkDecoder() : undefined;

	const hashes = { md5: createHash('md5'), sha1: createHash('sha1'), sha256: createHash('sha256') };
	let crc = 0;
	let bytes = 0;
	let etag = '';
	const verifier = new Transform({
		transform(chunk: Buffer, _, done) {
			bytes += chunk.length;
			crc = crc32(chunk, crc);
			for (const hash of Object.values(hashes)) hash.update(chunk);
			done(null, chunk);
		},
		flush(done) {
			const md5 = hashes.md5.digest();
			const sha256 = hashes.sha256.digest();
			const crcBytes = Buffer.alloc(4);
			crcBytes.writeUInt32BE(crc);
			etag = md5.toString('hex');
			const found: Record<string, string> = {
				'content-md5': md5.toString('base64'),
				'x-amz-checksum-crc32': crcBytes.toString('base64'),
				'x-amz-checksum-sha1': hashes.sha1.digest('base64'),
				'x-amz-checksum-sha256': sha256.toString('base64'),
			};
			const length = headers['x-amz-decoded-content-length'];
			if (length !== undefined && Number(length) !== bytes)
				return done(new S3Error('IncompleteBody', `the body has ${bytes} bytes instead of ${length}`));
			if (/^[\da-f]{64}$/.test(declared) && declared !== sha256.toString('hex'))
				return done(new S3Error('XAmzContentSHA256Mismatch', 'the body does not have the signed hash'));
			const broken = promised.find((name) => (decoder?.trailers.get(name) ?? headers[name]) !== found[name]);
			done(broken ? new S3Error('BadDigest', `the body does not have the given ${broken}`) : null);
		},
	});
	if (decoder) chain(raw, decoder, verifier);
	else chain(raw, verifier);
	return { body: verifier, etag: () => etag };
}

/**
 * Leads a request through transforms, errors to the end of the chain, where its reader hears of them. Not `pipeline`:
 * that destroys the request with the rest, and its connection, before an answer could say what was wrong.
 */
function chain(raw: Readable, ...stages: Transform[]): void {
	const last = stages.at(-1)!;
	for (const [i, stage] of stages.entries()) {
		const source = i === 0 ? raw : stages[i - 1]!;
		source.on('error', (error) => last.destroy(error)).pipe(stage);
	}
	last.on('close', () => {
		raw.unpipe();
		raw.resume();
	});
}

const CHECKED = ['content-md5', 'x-amz-checksum-crc32', 'x-amz-checksum-sha1', 'x-amz-checksum-sha256'];
/** Headers that begin like a checksum and are none. */
const NO_CHECKSUMS = ['x-amz-checksum-algorithm', 'x-amz-checksum-type'];

/** Names of the checksums that come with a request, before its body or after. */
function promises(trailer: string, headers: IncomingHttpHeaders): string[] {
	const announced = trailer
		.toLowerCase()
		.split(',')
		.map((name) => name.trim());
	const names = [...announced, ...Object.keys(headers)].filter(
		(name) => name === 'content-md5' || (name.startsWith('x-amz-checksum-') && !NO_CHECKSUMS.includes(name)),
	);
	const unknown = names.find((name) => !CHECKED.includes(name));
	if (unknown) throw new S3Error('NotImplemented', `${unknown} is not computed here; use CRC32, SHA-1 or SHA-256`);
	return names;
}
