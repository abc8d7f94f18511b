import { describe, expect, it } from 'vitest';
import { Scanner } from '../../src/formats/scanner.ts';
import { random } from '../../src/math/random.ts';

const scan = (text: string): Scanner => new Scanner(new TextEncoder().encode(text));

describe('numbers', () => {
	const next = random(3);
	const written = ['0', '-0', '+1', '1.', '.5', '-.5e-3', '1E+5', '007', '0.1', '9007199254740993', '1e-320', '1e400'];
	for (let i = 0; i < 2000; i++) {
		const value = (next() - 0.5) * 10 ** Math.floor(next() * 60 - 30);
		written.push(String(value), value.toFixed(6), value.toExponential(3), value.toPrecision(17));
	}

	it('are rounded as JavaScript rounds them', () => {
		const scanner = scan(written.join(' '));
		for (const text of written) {
			expect(scanner.hasMore()).toBe(true);
			expect(scanner.number(), text).toBe(Number(text));
		}
		expect(scanner.hasMore()).toBe(false);
	});

	it.each(['nan', 'NaN', '-nan', '-nan(ind)', 'inf', '-Infinity', '1.#IND', '-1.#INF00'])(
		'%s is not finite',
		(text) => {
			expect(Number.isFinite(scan(text).number())).toBe(false);
		},
	);

	it.each(['', 'x', '-', '.', '1e', '1.2.3', '1,5', '--1', '1e5.5', '\u0660'])('%j is malformed', (text) => {
		expect(() => scan(text).number()).toThrowError(expect.objectContaining({ code: 'malformed-file' }));
	});
});

it('counts lines of all kinds', () => {
	const scanner = scan('a\nb\r\nc\rd \\\r\n e\n\n# f\ng');
	const words: string[] = [];
	while (scanner.seek()) words.push(`${scanner.word()}${scanner.line}`);
	expect(words).toEqual(['a1', 'b2', 'c3', 'd4', 'e5', 'g8']);
});

it('reads names with blanks, signs and other alphabets', () => {
	const scanner = scan('  Größe #3 \t\r\nnext');
	scanner.hasMore();
	expect(scanner.rest()).toBe('Größe #3');
	scanner.nextLine();
	expect(scanner.word()).toBe('next');
	expect(scanner.isEnd()).toBe(true);
});
