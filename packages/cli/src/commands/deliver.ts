import { STANDARD_STREAM } from '../files/read-files.ts';
import { type NewFile, writeFiles } from '../files/write-files.ts';
import { Failure } from '../terminal/failure.ts';

/** Where a verb's result goes, as every verb's flags say it. */
export type Delivery = { readonly out: string; readonly json?: boolean; readonly quiet?: boolean };

/** @throws Failure where the model and the JSON would both go to standard output. @param what The model, in a word. */
export function checkDelivery({ out, json }: Delivery, what: string): void {
	if (out !== STANDARD_STREAM || !json) return;
	throw new Failure(
		'usage',
		'invalid-option',
		`--json and the ${what} cannot both go to standard output`,
		'Give -o a file.',
	);
}

/** Writes the files, the model to standard output where it is meant for that, and then what there is to say. */
export function deliver(
	{ out, json, quiet }: Delivery,
	model: Uint8Array,
	others: readonly NewFile[],
	summary: { readonly asJson: () => string; readonly inWords: (files: readonly NewFile[]) => string },
): void {
	const files = out === STANDARD_STREAM ? others : [{ path: out, bytes: model }, ...others];
	writeFiles(files);
	if (out === STANDARD_STREAM) process.stdout.write(model);
	if (json) process.stdout.write(summary.asJson());
	else if (!quiet) (out === STANDARD_STREAM ? process.stderr : process.stdout).write(summary.inWords(files));
}
