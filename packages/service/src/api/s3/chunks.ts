import { Transform, type TransformCallback } from 'node:stream';
import { S3Error } from './errors.ts';

/** Longest line between two chunks, bytes: a size with extensions, or a trailer. */
const LINE = 8192;

/**
 * Takes the framing off an `aws-chunked` body:
 *
 *     400;ext=…\r\n  <0x400 bytes> \r\n  …  0\r\n  x-amz-checksum-crc32:AAAAAA==\r\n  \r\n
 *
 * and keeps the trailers that follow the last chunk. @throws S3Error `IncompleteBody`, `InvalidRequest`.
 */
export class ChunkDecoder extends Transform {
	/** Trailing headers by lower-case name; complete when the stream has ended. */
	readonly trailers: Map<string, string> = new Map();
	#state: 'size' | 'data' | 'data end' | 'trailers' | 'done' = 'size';
	/** Bytes of the current chunk that are still to come. */
	#left = 0;
	/** A line that is not complete yet. */
	#line = '';

	override _transform(bytes: Buffer, _: BufferEncoding, done: TransformCallback): void {
		try {
			let at = 0;
			while (at < bytes.length) {
				if (this.#state === 'data') at = this.#takeData(bytes, at);
				else at = this.#takeLine(bytes, at);
			}
			done();
		} catch (error) {
			done(error as Error);
		}
	}

	override _flush(done: TransformCallback): void {
		// Some clients leave the empty line after the trailers out.
		if (this.#state === 'trailers') this.#endLine();
		const complete = this.#state === 'done' || (this.#state === 'trailers' && this.#line === '');
		done(complete ? null : new S3Error('IncompleteBody', 'the body ends within a chunk'));
	}

	#takeData(bytes: Buffer, at: number): number {
		const end = Math.min(bytes.length, at + this.#left);
		this.push(bytes.subarray(at, end));
		this.#left -= end - at;
		if (this.#left === 0) this.#state = 'data end';
		return end;
	}

	#takeLine(bytes: Buffer, at: number): number {
		const newline = bytes.indexOf(0x0a, at);
		const end = newline < 0 ? bytes.length : newline + 1;
		this.#line += bytes.toString('latin1', at, end);
		if (this.#line.length > LINE) throw new S3Error('InvalidRequest', 'a line between two chunks is too long');
		if (newline >= 0) this.#endLine();
		return end;
	}

	#endLine(): void {
		const line = this.#line.trim();
		this.#line = '';
		if (this.#state === 'size') {
			if (!/^[\da-f]{1,12}(;|$)/i.test(line)) throw new S3Error('InvalidRequest', 'a chunk has no size');
			this.#left = Number.parseInt(line, 16);
			this.#state = this.#left === 0 ? 'trailers' : 'data';
		} else if (this.#state === 'data end') {
			if (line !== '') throw new S3Error('InvalidRequest', 'a chunk is longer than its size');
			this.#state = 'size';
		} else if (this.#state === 'trailers') {
			const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
			if (name) this.trailers.set(name.toLowerCase(), value!);
			else if (line === '') this.#state = 'done';
			else throw new S3Error('InvalidRequest', 'a trailer is not "name: value"');
		}
	}
}
