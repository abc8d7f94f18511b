import { MeshError } from '../errors.ts';

/**
 * Who watches a run and who may stop it. Handed by the caller to every verb; both are optional.
 *
 * Cancel is a flag that the verb asks for, not a signal that it receives: a busy thread sees an atomic flag at once and
 * a message never.
 */
export type Run = {
	/** Told at the beginning of a step and while it lasts. `fraction` of the whole run, 0..1, never falls. */
	readonly onProgress?: (progress: Progress) => void;
	/** Asked at the beginning of a step and at loop boundaries. */
	readonly isCancelled?: () => boolean;
};

export type Progress = { readonly step: string; readonly fraction: number };

/** What a finished run took, step by step. */
export type StepTimes = Readonly<Record<string, number>>;

/**
 * Walks a verb through its named steps, in order.
 *
 * The table gives each step's measured share of the time; progress is the share of what is done. `begin` throws
 * `cancelled` when the run was stopped, and an ordinary error when the steps come in another order than the table's:
 * that is a bug of the verb.
 */
export class Steps<Name extends string> {
	readonly #names: readonly Name[];
	readonly #starts: readonly number[];
	readonly #total: number;
	readonly #run: Run;
	readonly #times: Record<string, number> = {};
	#current = -1;
	#since = 0;

	/** @param weights Each step with its share of the time, any unit. */
	constructor(weights: Readonly<Record<Name, number>>, run: Run = {}) {
		this.#names = Object.keys(weights) as Name[];
		const starts: number[] = [];
		let total = 0;
		for (const name of this.#names) {
			starts.push(total);
			total += weights[name];
		}
		this.#starts = starts;
		this.#total = total;
		this.#run = run;
	}

	/** Ends the step before and begins the next one, which must be `name`. */
	begin(name: Name): void {
		if (this.#names[this.#current + 1] !== name) throw new Error(`step '${name}' begun out of order`);
		this.#close();
		this.#current++;
		this.advance(0);
	}

	/** Says how far the current step is, 0..1, and throws `cancelled` when the run was stopped. `within`: a step inside it. */
	advance(fraction: number, within?: string): void {
		if (this.#run.isCancelled?.()) throw new MeshError('cancelled', `cancelled at '${this.#names[this.#current]}'`);
		const start = this.#starts[this.#current];
		const end = this.#current + 1 < this.#starts.length ? this.#starts[this.#current + 1] : this.#total;
		const done = (start + Math.min(1, Math.max(0, fraction)) * (end - start)) / this.#total;
		this.#run.onProgress?.({ step: within ?? this.#names[this.#current], fraction: done });
	}

	/** Ends the last step; returns milliseconds by step. Throws when a step was never begun. */
	finish(): StepTimes {
		if (this.#current !== this.#names.length - 1)
			throw new Error(`step '${this.#names[this.#current + 1]}' was never begun`);
		this.#close();
		this.#run.onProgress?.({ step: this.#names[this.#current], fraction: 1 });
		return this.#times;
	}

	/** A run for a verb called inside the current step: its progress becomes this step's, under its own steps' names. */
	nested(): Run {
		const isCancelled = this.#run.isCancelled;
		const onProgress = ({ step, fraction }: Progress): void => this.advance(fraction, step);
		return isCancelled ? { onProgress, isCancelled } : { onProgress };
	}

	#close(): void {
		const now = performance.now();
		if (this.#current >= 0) this.#times[this.#names[this.#current]] = now - this.#since;
		this.#since = now;
	}
}
