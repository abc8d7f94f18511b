import type { Readable } from 'node:stream';

/**
 * Where files are kept. A key is a path of our own making (`results/<task>/<attempt>/model.glb`): identifiers and fixed
 * names, never a user's text. A file is written once, appears whole or not at all, and is on the disk when `put` returns.
 */
export type Storage = {
	/** Keeps what the stream brings; returns its bytes. Leaves nothing behind when the stream fails. */
	put(key: string, body: AsyncIterable<Uint8Array>): Promise<number>;
	/** Opens a file, or `start..end` of it (bytes, inclusive); undefined when there is none. */
	get(key: string, range?: ByteRange): Promise<Readable | undefined>;
	/** Bytes of a file; undefined when there is none. */
	head(key: string): Promise<number | undefined>;
	/** Deletes the file, or all files below the key; does nothing when there is none. */
	delete(key: string): Promise<void>;
};

export type ByteRange = { readonly start: number; readonly end?: number };
