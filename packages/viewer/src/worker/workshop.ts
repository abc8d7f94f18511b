import type {
	Ability,
	Ask,
	Cut,
	Division,
	Drawable,
	Failure,
	LowWish,
	Message,
	ModelFile,
	Product,
	Request,
	WholeWish,
	Work,
} from './protocol.ts';

export type Progress = { readonly step: string; readonly fraction: number };
export type OnProgress = (progress: Progress) => void;

/** A work as the stage shows it. */
export type View = { readonly drawable: Drawable; readonly division: Division };

/** The run was stopped by `cancel`. */
export class Cancelled extends Error {}

/** The worker refused or failed, with what to do about it. */
export class WorkFailed extends Error {
	readonly failure: Failure;

	constructor(failure: Failure) {
		super(failure.message);
		this.failure = failure;
	}
}

type Answer<Kind extends Message['kind']> = Extract<Message, { kind: Kind }>;
type Waiting = {
	readonly resolve: (message: Message) => void;
	readonly reject: (error: Error) => void;
	readonly onProgress: OnProgress;
};

/** The page's end of the worker. */
export class Workshop {
	#worker: Worker | undefined;
	/** Who waits for which answer, by number of the request. */
	readonly #waiting = new Map<number, Waiting>();
	#id = 0;
	readonly #onReady: (ability: Ability) => void;

	/** @param onReady Told what the engine can do, as soon as it is loaded. */
	constructor(onReady: (ability: Ability) => void) {
		this.#onReady = onReady;
		this.#start();
	}

	/** Reads a model and divides it. The bytes are given away. */
	open(files: readonly ModelFile[], cut: Cut, onProgress: OnProgress): Promise<View> {
		const transfer = files.map(({ bytes }) => bytes.buffer);
		return this.#view({ verb: 'open', files, cut }, onProgress, transfer);
	}

	/** Divides the open model otherwise, from what was measured before: in an instant. */
	async recut(cut: Cut): Promise<Division> {
		return ((await this.#ask({ verb: 'recut', cut })) as Answer<'recut'>).division;
	}

	/** Makes the parts of the open model whole. */
	complete(wish: WholeWish, onProgress: OnProgress): Promise<View> {
		return this.#view({ verb: 'complete', wish }, onProgress);
	}

	/** Gives the parts, as they were cut or as they were made whole, few faces. */
	lowpoly(wish: LowWish, onProgress: OnProgress): Promise<View> {
		return this.#view({ verb: 'lowpoly', wish }, onProgress);
	}

	/** A work that was made before. */
	show(work: Work): Promise<View> {
		return this.#view({ verb: 'show', work });
	}

	/** The bytes of a product of the work that is shown. */
	async save(what: Product): Promise<Uint8Array<ArrayBuffer>> {
		return ((await this.#ask({ verb: 'save', what })) as Answer<'saved'>).bytes;
	}

	/**
	 * Stops what is being done: the worker ends, a new one starts, and the open model is gone from it.
	 * A busy worker hears no message, so that ending it is the only cancel that works at once.
	 */
	cancel(): void {
		this.#worker?.terminate();
		this.#rejectAll(new Cancelled('stopped'));
		this.#start();
	}

	async #view(ask: Ask, onProgress?: OnProgress, transfer?: Transferable[]): Promise<View> {
		return (await this.#ask(ask, onProgress, transfer)) as Answer<'shown'>;
	}

	#ask(ask: Ask, onProgress: OnProgress = () => undefined, transfer: Transferable[] = []): Promise<Message> {
		return new Promise((resolve, reject) => {
			const id = ++this.#id;
			this.#waiting.set(id, { resolve, reject, onProgress });
			this.#worker?.postMessage({ id, ...ask } satisfies Request, transfer);
		});
	}

	#start(): void {
		this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'meshwright engine' });
		this.#worker.onmessage = ({ data }: MessageEvent<Message>) => this.#hear(data);
		this.#worker.onerror = ({ message }) => {
			const failure = { code: 'bug', message: message || 'the engine did not start', cure: 'Reload the page.' };
			this.#rejectAll(new WorkFailed(failure));
		};
	}

	#hear(message: Message): void {
		if (message.kind === 'ready') {
			this.#onReady(message);
			return;
		}
		const waiting = this.#waiting.get(message.id);
		if (message.kind === 'progress') {
			waiting?.onProgress(message);
			return;
		}
		this.#waiting.delete(message.id);
		if (message.kind === 'failed') waiting?.reject(new WorkFailed(message.failure));
		else waiting?.resolve(message);
	}

	#rejectAll(error: Error): void {
		for (const { reject } of this.#waiting.values()) reject(error);
		this.#waiting.clear();
	}
}
