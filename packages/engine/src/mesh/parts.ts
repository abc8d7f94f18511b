import { MeshError } from '../errors.ts';

/**
 * A mesh divided into parts: a part for each triangle, and what is known of each part.
 * Parts are numbered by falling area, so that part 0 is the largest.
 */
export type Parts = {
	/** Part of each triangle, 0..parts.length - 1. T. Every triangle has one. */
	readonly partOf: Uint16Array;
	readonly parts: readonly Part[];
};

export type Part = {
	/** Unique in the model; no commas. */
	readonly name: string;
	readonly triangles: number;
	/** Square object units. */
	readonly area: number;
	/** Parts that share a seam with this one, ascending. */
	readonly neighbours: readonly PartNeighbour[];
	/** More that is known of the part, plain JSON: what is written to `extras` of its node beside the above. */
	readonly extras?: Readonly<Record<string, unknown>>;
};

export type PartNeighbour = {
	readonly part: number;
	/** Length of the common seam, object units; 0 where two parts lie close without sharing edges. */
	readonly seam: number;
};

/**
 * Numbers of the parts of these names, ascending.
 * @throws MeshError `invalid-option` for a name that no part has.
 */
export function numbersOf({ parts }: Parts, names: readonly string[]): number[] {
	const numberOf = new Map(parts.map(({ name }, p) => [name, p]));
	const unknown = names.filter((name) => !numberOf.has(name));
	if (unknown.length > 0) {
		const known = parts.map(({ name }) => name).join(', ');
		throw new MeshError('invalid-option', `no part is named '${unknown.join("', '")}'; the parts are ${known}`);
	}
	return [...new Set(names.map((name) => numberOf.get(name)!))].sort((a, b) => a - b);
}
