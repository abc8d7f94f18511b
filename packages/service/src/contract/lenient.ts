import { z } from 'zod';

/**
 * Values as real clients send them: with blanks around, as text where a number is meant (forms know only text), and
 * blank or null where nothing is meant. Each takes the strict schema of the value and returns one that forgives that.
 */

/** Text, trimmed; blank counts as missing. */
export const text = <S extends z.ZodType>(schema: S) => z.preprocess(trimmed, schema);

/** Something that may be left out, be null or be blank. */
export const optional = <S extends z.ZodType>(schema: S) => z.preprocess(trimmed, schema.optional()).optional();

/** A number that may be left out; also as text. */
export const optionalNumber = <S extends z.ZodType<number>>(schema: S) =>
	z
		.preprocess((value) => {
			const bare = trimmed(value);
			return typeof bare === 'string' && Number.isFinite(Number(bare)) ? Number(bare) : bare;
		}, schema.optional())
		.optional();

/** A switch that may be left out; also as the text `true` or `false`. */
export const optionalFlag = () =>
	z
		.preprocess((value) => {
			const bare = trimmed(value);
			return bare === 'true' ? true : bare === 'false' ? false : bare;
		}, z.boolean().optional())
		.optional();

/** Names of parts, as a list or as one text with commas or line breaks between; blank entries count as missing. */
export const optionalNames = () =>
	z
		.preprocess((value) => {
			const list = typeof value === 'string' ? value.split(/[,\n]/) : (value ?? undefined);
			if (!Array.isArray(list)) return list;
			const names = list.map((name) => (typeof name === 'string' ? name.trim() : name)).filter((name) => name !== '');
			return names.length > 0 ? [...new Set(names)] : undefined;
		}, z.array(z.string()).optional())
		.optional();

function trimmed(value: unknown): unknown {
	if (value === null) return undefined;
	if (typeof value !== 'string') return value;
	return value.trim() || undefined;
}
