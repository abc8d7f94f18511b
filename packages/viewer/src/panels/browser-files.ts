import type { ModelFile } from '../worker/protocol.ts';
import { WorkFailed } from '../worker/workshop.ts';

/** When a download has surely begun, ms. */
const REVOKE_AFTER_MS = 60_000;

/** Gives bytes to the browser's downloads. */
export function offerFile(bytes: Uint8Array<ArrayBuffer>, name: string): void {
	const url = URL.createObjectURL(new Blob([bytes]));
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}

/** @throws WorkFailed `cannot-read`: the file went away, or may not be read. */
export async function readFile(file: File): Promise<ModelFile> {
	try {
		return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
	} catch {
		throw new WorkFailed({
			code: 'cannot-read',
			message: `the browser cannot read '${file.name}'`,
			cure: 'Choose the file again; give the files of a folder, not the folder.',
		});
	}
}
