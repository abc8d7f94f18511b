import { MeshError } from '../errors.ts';

/** Powers of ten that a double holds exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** What printf, .NET and Python write for a number that is none. */
const NOT_A_NUMBER = /^[+-]?(nan|inf|\d+\.?\d*#)/i;
const LATIN = new TextDecoder('latin1');
const UTF8 = new TextDecoder();

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const HASH = 35;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;

/**
 * Reads text formats from their bytes, line by line, without ever making a string of a line: only names and odd numbers
 * become strings. Lines end in LF, CR LF or CR; `#` begins a comment; a backslash at the end of a line continues it.
 *
 * A file of 100 MB takes about a second; `split('\n')` and `parseFloat` take four and ten times the memory.
 */
export class Scanner {
	/** Of the next byte. */
	at: number;
	/** From 1. */
	line = 1;
	readonly #bytes: Uint8Array;

	constructor(bytes: Uint8Array, from = 0) {
		this.#bytes = bytes;
		this.at = from;
	}

	isEnd(): boolean {
		return this.at >= this.#bytes.length;
	}

	/** Goes to the next thing on this line; false where there is nothing but a comment. */
	hasMore(): boolean {
		const bytes = this.#bytes;
		for (;;) {
			const byte = bytes[this.at];
			if (byte === SPACE || byte === TAB || byte === 11 || byte === 12) this.at++;
			else if (byte !== BACKSLASH || !this.#skipContinuation()) {
				return this.at < bytes.length && byte !== LF && byte !== CR && byte !== HASH;
			}
		}
	}

	/** Goes behind the end of this line. */
	nextLine(): void {
		const bytes = this.#bytes;
		let at = this.at;
		while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++;
		this.at = at;
		this.#skipNewline();
	}

	/** Goes to the next thing, over line ends and comments; false at the end of the file. */
	seek(): boolean {
		while (!this.hasMore()) {
			if (this.isEnd()) return false;
			this.nextLine();
		}
		return true;
	}

	/**
	 * The decimal number here. NaN for `nan`, `inf` and their kin.
	 *
	 * Correctly rounded: up to 2^53 and 10^±22 by one exact operation, beyond that by the engine's own parser.
	 */
	number(): number {
		const bytes = this.#bytes;
		let at = this.at;
		let byte = bytes[at];
		const isNegative = byte === MINUS;
		if (isNegative || byte === PLUS) byte = bytes[++at];
		const first = at;
		let mantissa = 0;
		while (byte >= ZERO && byte <= NINE) {
			mantissa = mantissa * 10 + (byte - ZERO);
			byte = bytes[++at];
		}
		let digits = at - first;
		let exponent = 0;
		if (byte === DOT) {
			byte = bytes[++at];
			const fraction = at;
			while (byte >= ZERO && byte <= NINE) {
				mantissa = mantissa * 10 + (byte - ZERO);
				byte = bytes[++at];
			}
			exponent = fraction - at;
			digits += at - fraction;
		}
		if (byte === 101 || byte === 69) {
			byte = bytes[++at];
			const isSmall = byte === MINUS;
			if (isSmall || byte === PLUS) byte = bytes[++at];
			const power = at;
			let written = 0;
			while (byte >= ZERO && byte <= NINE) {
				written = written * 10 + (byte - ZERO);
				byte = bytes[++at];
			}
			if (at === power) return this.#oddNumber();
			exponent += isSmall ? -written : written;
		}
		const isExact = mantissa <= Number.MAX_SAFE_INTEGER && exponent >= -22 && exponent <= 22;
		if (digits === 0 || byte > SPACE || !isExact) return this.#oddNumber();
		this.at = at;
		const value = exponent < 0 ? mantissa / EXACT_POWERS[-exponent] : mantissa * EXACT_POWERS[exponent];
		return isNegative ? -value : value;
	}

	/** The whole number here, which may be negative; stops at the first byte that is no digit. */
	integer(): number {
		const bytes = this.#bytes;
		const start = this.at;
		let byte = bytes[this.at];
		const isNegative = byte === MINUS;
		if (isNegative || byte === PLUS) byte = bytes[++this.at];
		const first = this.at;
		let value = 0;
		while (byte >= ZERO && byte <= NINE) {
			value = value * 10 + (byte - ZERO);
			byte = bytes[++this.at];
		}
		if (this.at === first) {
			this.at = start;
			throw this.malformed(`expected a whole number, found ${this.#quote()}`);
		}
		return isNegative ? -value : value;
	}

	/** Steps over `byte` when it is here. */
	skip(byte: number): boolean {
		if (this.#bytes[this.at] !== byte) return false;
		this.at++;
		return true;
	}

	/** Is here a digit, a sign or a decimal point? */
	isAtNumber(): boolean {
		const byte = this.#bytes[this.at];
		return (byte >= ZERO && byte <= NINE) || byte === MINUS || byte === PLUS || byte === DOT;
	}

	/** Throws unless a word ends here. */
	endWord(): void {
		if (this.#bytes[this.at] > SPACE) throw this.malformed(`did not expect ${this.#quote()}`);
	}

	/** Everything up to the next blank. */
	word(): string {
		const start = this.at;
		this.at = this.#tokenEnd();
		return UTF8.decode(this.#bytes.subarray(start, this.at));
	}

	/** Everything up to the end of the line, trimmed, `#` included: names may have one. */
	rest(): string {
		const bytes = this.#bytes;
		const start = this.at;
		while (this.at < bytes.length && bytes[this.at] !== LF && bytes[this.at] !== CR) this.at++;
		return UTF8.decode(bytes.subarray(start, this.at)).trim();
	}

	/** An error that names this line. */
	malformed(what: string): MeshError {
		return new MeshError('malformed-file', `line ${this.line}: ${what}`, { line: this.line });
	}

	#oddNumber(): number {
		const text = LATIN.decode(this.#bytes.subarray(this.at, this.#tokenEnd()));
		const value = text === '' ? Number.NaN : Number(text);
		if (Number.isNaN(value) && !NOT_A_NUMBER.test(text)) {
			throw this.malformed(`expected a number, found ${this.#quote()}`);
		}
		this.at += text.length;
		return value;
	}

	#tokenEnd(): number {
		const bytes = this.#bytes;
		let at = this.at;
		while (at < bytes.length && bytes[at] > SPACE) at++;
		return at;
	}

	#quote(): string {
		const text = UTF8.decode(this.#bytes.subarray(this.at, Math.min(this.#tokenEnd(), this.at + 40)));
		return text === '' ? 'the end of the line' : JSON.stringify(text);
	}

	#skipNewline(): boolean {
		const byte = this.#bytes[this.at];
		if (byte !== LF && byte !== CR) return false;
		this.at += byte === CR && this.#bytes[this.at + 1] === LF ? 2 : 1;
		this.line++;
		return true;
	}

	#skipContinuation(): boolean {
		const backslash = this.at++;
		if (this.#skipNewline()) return true;
		this.at = backslash;
		return false;
	}
}
