import { InvalidArgumentError } from 'commander';

/** Values of options, from text; what they may be is the engine's to say. */
export function wholeNumber(text: string): number {
	if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
	return Number(text);
}

export function decimal(text: string): number {
	const n = Number(text);
	if (text.trim() === '' || !Number.isFinite(n)) throw new InvalidArgumentError('Give a number.');
	return n;
}

/** `head, leg` → `['head', 'leg']`. */
export const names = (text: string): string[] =>
	text
		.split(',')
		.map((name) => name.trim())
		.filter((name) => name !== '');

/** Only the values that were given: the engine knows its own defaults. */
export const given = <T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } =>
	Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
		[K in keyof T]?: NonNullable<T[K]>;
	};
