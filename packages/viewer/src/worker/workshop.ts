import type { Cut, Division, Drawable, Failure, Message, ModelFile, Product, Request } from './protocol.ts';

export type Progress = { readonly step: string; readonly fraction: number };

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
	readonly onProgress: (progress: Progress) => void;
};

/** The page's end of the worker. */
export class Workshop {
	#worker: Worker | undefined;
	/** Who waits for which answer, by number of the request. */
	readonly #waiting = new Map<number, Waiting>();
	#id = 0;
	readonly #onReady: (extensions: readonly string[]) => void;

	/** @param onReady Told the file extensions that can be opened, as soon as the engine is loaded. */
	constructor(onReady: (extensions: readonly string[]) => void) {
		this.#onReady = onReady;
		this.#start();
	}

	/** Reads a model and divides it. The bytes are given away. */
	async open(
		files: readonly ModelFile[],
		cut: Cut,
		onProgress: (progress: Progress) => void,
	): Promise<{ drawable: Drawable; division: Division }> {
		const transfer = files.map(({ bytes }) => bytes.buffer);
		return (await this.#ask({ verb: 'open', files, cut }, transfer, onProgress)) as Answer<'opened'>;
	}

	/** Divides the open model otherwise, from what was measured before: in an instant. */
	async recut(cut: Cut): Promise<Division> {
		return ((await this.#ask({ verb: 'recut', cut })) as Answer<'recut'>).division;
	}

	/** The bytes of a product of the open model, as it is divided now. */
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

	#ask(
		work:
			| { verb: 'save'; what: Product }
			| { verb: 'recut'; cut: Cut }
			| { verb: 'open'; files: readonly ModelFile[]; cut: Cut },
		transfer: Transferable[] = [],
		onProgress: (progress: Progress) => void = () => undefined,
	): Promise<Message> {
		return new Promise((resolve, reject) => {
			const id = ++this.#id;
			this.#waiting.set(id, { resolve, reject, onProgress });
			this.#worker?.postMessage({ id, ...work } satisfies Request, transfer);
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
			this.#onReady(message.extensions);
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
