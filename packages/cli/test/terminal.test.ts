import { describe, expect, it } from 'vitest';
import { describeFailure, Failure, failureOf, toFailure } from '../src/terminal/failure.ts';
import { progressInWords } from '../src/terminal/progress-line.ts';
import { table } from '../src/terminal/table.ts';
import { bytesInWords, countInWords, durationInWords } from '../src/terminal/words.ts';

describe('words', () => {
	it.each([
		[0, '0'],
		[999, '999'],
		[1000, '1,000'],
		[-1_234_567, '-1,234,567'],
	])('%i is %s', (count, words) => expect(countInWords(count)).toBe(words));

	it.each([
		[0, '0 B'],
		[999, '999 B'],
		[1000, '1.0 kB'],
		[123_456, '123 kB'],
		[999_600, '1.0 MB'],
		[2_500_000_000, '2.5 GB'],
	])('%i bytes are %s', (bytes, words) => expect(bytesInWords(bytes)).toBe(words));

	it.each([
		[40, '0.0 s'],
		[9949, '9.9 s'],
		[9951, '10 s'],
		[59_600, '1 min 0 s'],
		[185_000, '3 min 5 s'],
	])('%i ms are %s', (ms, words) => expect(durationInWords(ms)).toBe(words));
});

describe('progress', () => {
	it('estimates the time left once there is something to judge by', () => {
		expect(progressInWords('read model', 0, 0)).toBe('  0 %  read model');
		expect(progressInWords('cut boundaries', 0.25, 2000)).toBe(' 25 %  cut boundaries  (about 6.0 s left)');
		expect(progressInWords('write', 0.999, 10_000)).toContain(' 99 %');
	});
});

describe('table', () => {
	it('aligns its columns', () => {
		const columns = [
			{ title: 'part', align: 'left' },
			{ title: 'faces', align: 'right' },
		] as const;
		expect(
			table(columns, [
				['part_0', '7'],
				['x', '12345'],
			]),
		).toBe('  part    faces\n  part_0      7\n  x       12345\n');
	});
});

describe('failures', () => {
	it('turn engine errors into reasons by their kind', () => {
		const reasonOf = (code: string, kind: string) => failureOf({ code, kind, message: 'm', cure: 'c' }).reason;
		expect(reasonOf('malformed-file', 'input')).toBe('input');
		expect(reasonOf('invalid-option', 'input')).toBe('usage');
		expect(reasonOf('cancelled', 'cancelled')).toBe('cancelled');
	});

	it('show a stack only when asked to', () => {
		const bug = toFailure(new TypeError('x is not a function'));
		expect(bug.reason).toBe('bug');
		expect(describeFailure(bug, { debug: false })).not.toContain('terminal.test.ts');
		expect(describeFailure(bug, { debug: true })).toContain('terminal.test.ts');
		const failure = new Failure('input', 'c', 'what', 'cure');
		expect(describeFailure(failure, { debug: false })).toBe('error: what\n  cure\n');
	});
});
