import type { WriteStream } from 'node:tty';
import { durationInWords } from './words.ts';

/** How often the line is drawn at most, ms: quicker is not seen and slows a terminal over a slow connection. */
const REDRAW_MS = 80;
/** An estimate from less than this is a guess, ms and share. */
const ESTIMATE_AFTER = Object.freeze({ ms: 800, fraction: 0.04 });

/**
 * One line that says how far a run is: step, percent, time left. Drawn over itself on a terminal; silent elsewhere, so
 * that logs stay clean.
 */
export class ProgressLine {
	readonly #stream: WriteStream;
	readonly #shown: boolean;
	readonly #start = performance.now();
	#drawnAt = Number.NEGATIVE_INFINITY;

	constructor(stream: WriteStream, options: { readonly quiet: boolean }) {
		this.#stream = stream;
		this.#shown = stream.isTTY === true && !options.quiet;
	}

	/** @param fraction Of the whole run, 0..1. */
	update(step: string, fraction: number): void {
		const now = performance.now();
		if (!this.#shown || now - this.#drawnAt < REDRAW_MS) return;
		this.#drawnAt = now;
		const text = progressInWords(step, fraction, now - this.#start);
		this.#stream.write(`\r\x1b[2K${text.slice(0, Math.max(0, (this.#stream.columns || 80) - 1))}`);
	}

	/** Removes the line; what comes next is written in its place. */
	clear(): void {
		if (this.#shown && this.#drawnAt > 0) this.#stream.write('\r\x1b[2K');
	}
}

/** `cut boundaries  43 %  about 5 s left`; without an estimate while there is too little to judge by. */
export function progressInWords(step: string, fraction: number, elapsedMs: number): string {
	const percent = `${Math.floor(100 * fraction)}`.padStart(3);
	if (elapsedMs < ESTIMATE_AFTER.ms || fraction < ESTIMATE_AFTER.fraction) return `${percent} %  ${step}`;
	const left = (elapsedMs * (1 - fraction)) / fraction;
	return `${percent} %  ${step}  (about ${durationInWords(left)} left)`;
}
