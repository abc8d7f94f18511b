import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { Failure } from '../terminal/failure.ts';

/** Standard input or output, as a path on the command line. */
export const STANDARD_STREAM = '-';

/**
 * The bytes of the file at `path`, or of standard input for `-`.
 * @throws Failure `file-not-found`, `cannot-read`.
 */
export function readInput(path: string): Uint8Array<ArrayBuffer> {
	try {
		return new Uint8Array(readFileSync(path === STANDARD_STREAM ? 0 : path));
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code === 'ENOENT') {
			throw new Failure(
				'files',
				'file-not-found',
				`there is no file '${path}'`,
				'Check the path; it is relative to the working directory.',
			);
		}
		throw new Failure(
			'files',
			'cannot-read',
			`cannot read '${path}': ${message}`,
			'Give a file that this user may read.',
		);
	}
}

/**
 * Reads the files that a model names (buffers, textures, material libraries), from the model's own folder and below.
 *
 * A model is foreign data: a name that leads out of the folder, by `..`, by an absolute path or over a symbolic link,
 * is answered like one that is not there.
 *
 * @param modelPath The model; a model from standard input has no folder, and so no resources.
 * @returns The bytes for a name as it stands in the model, percent-encoded or not; undefined where there are none.
 */
export function resourcesBeside(modelPath: string): (name: string) => Uint8Array | undefined {
	if (modelPath === STANDARD_STREAM) return () => undefined;
	const folder = realpathSync(dirname(resolve(modelPath)));
	return (name) => readInside(folder, name) ?? readInside(folder, decodeName(name));
}

function readInside(folder: string, name: string): Uint8Array | undefined {
	const path = resolve(folder, name.replaceAll('\\', '/'));
	if (!isInside(folder, path)) return undefined;
	try {
		const real = realpathSync(path);
		return isInside(folder, real) && statSync(real).isFile() ? new Uint8Array(readFileSync(real)) : undefined;
	} catch {
		return undefined;
	}
}

/** `%20` → blank; a name that is no proper percent-encoding stays as it is. */
function decodeName(name: string): string {
	try {
		return decodeURIComponent(name);
	} catch {
		return name;
	}
}

const isInside = (folder: string, path: string): boolean =>
	path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
