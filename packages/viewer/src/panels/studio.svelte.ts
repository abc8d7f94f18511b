import type { Stage } from '../scene/stage.ts';
import type { Cut, Failure, PartView, Product, WholeWish, Work } from '../worker/protocol.ts';
import { Cancelled, type OnProgress, type View, WorkFailed, Workshop } from '../worker/workshop.ts';
import { offerFile, readFile } from './browser-files.ts';
import { Selection } from './selection.svelte.ts';

/** Where the slider stands at first: the engine's balanced granularity. */
const BALANCED = 0.5;
/** What is added to the model's name in a download. */
const ENDINGS: Readonly<Record<Work, string>> = { parts: '_parts', whole: '_whole', 'low-poly': '_low' };

/** What the page knows and what one can do on it; the panels show this and nothing else. */
export class Studio {
	/** `empty`: no model; `opening`: one is read and divided; `ready`: it is shown; `making`: something is made of it. */
	phase = $state<'empty' | 'opening' | 'ready' | 'making'>('empty');
	/** The model that is shown. */
	modelName = $state('');
	/** What the worker is busy with: a model's name, or what is made. */
	doing = $state('');
	step = $state('');
	fraction = $state(0);
	/** ms since the run began, for the estimate. */
	elapsed = $state(0);
	failure = $state.raw<Failure | undefined>();
	extensions = $state.raw<readonly string[]>([]);

	/** What the panel is about, and what the stage shows: the same as soon as it was made. */
	work = $state<Work>('parts');
	shown = $state<Work>('parts');
	made = $state.raw<ReadonlySet<Work>>(new Set());
	readonly wholeWish = $state<WholeWish>({});
	readonly lowWish = $state({
		faces: null as number | null,
		corners: 'triangles' as 'triangles' | 'quads' | 'pure',
		bake: true,
		whole: false,
	});

	parts = $state.raw<readonly PartView[]>([]);
	warnings = $state.raw<readonly string[]>([]);
	granularity = $state(BALANCED);
	look = $state<'parts' | 'own'>('parts');
	explosion = $state(0);
	edges = $state(false);
	saving = $state(false);

	readonly #workshop = new Workshop(({ extensions, whole, low }) => {
		// A worker that comes after one that was stopped finds the wishes as they are.
		if (this.extensions.length === 0) {
			Object.assign(this.wholeWish, whole);
			Object.assign(this.lowWish, low);
		}
		this.extensions = extensions;
	});
	#stage: Stage | undefined;
	readonly selection = new Selection(
		() => this.#stage,
		() => this.parts.length,
	);
	/** The model's files and its cut, for the worker that comes after one that was stopped. */
	#files: readonly File[] = [];
	#cut: Cut | undefined;
	/** The cut that was asked for while another one was being made. */
	#nextCut: Cut | undefined;
	#cutting = false;
	#stopped = false;

	/** The stage lives as long as its canvas. */
	attach(stage: Stage): () => void {
		this.#stage = stage;
		return () => {
			this.#stage = undefined;
			stage.dispose();
		};
	}

	/** Says that the page cannot draw at all. */
	refuse(failure: Failure): void {
		this.failure = failure;
	}

	/** Opens the first file that is a model; the others are what it names. */
	async open(files: readonly File[], cut: Cut = { granularity: this.granularity }): Promise<void> {
		const main = files.find(({ name }) => this.#isModel(name)) ?? files[0];
		if (!main || this.phase === 'opening' || this.phase === 'making') return;
		const before = this.phase;
		this.phase = 'opening';
		try {
			const view = await this.#follow(main.name, async (onProgress) => {
				const read = await Promise.all([main, ...files.filter((file) => file !== main)].map(readFile));
				if (this.#stopped) throw new Cancelled('stopped while the files were read');
				return await this.#workshop.open(read, cut, onProgress);
			});
			this.#files = files;
			this.#cut = cut;
			this.modelName = main.name;
			this.work = 'parts';
			this.shown = 'parts';
			this.made = new Set(['parts']);
			this.#takeDivision(view.division);
			this.explosion = 0;
			this.#stage?.show(view.drawable, view.division);
			this.phase = 'ready';
		} catch (error) {
			this.#fail(error);
			// A worker that fails keeps the model before; one that was stopped does not.
			this.phase = before === 'ready' && !(error instanceof Cancelled) ? 'ready' : 'empty';
			if (this.phase === 'empty') this.#stage?.clear();
		}
	}

	/** Turns to a work, and shows it if it was made. */
	async choose(work: Work): Promise<void> {
		this.work = work;
		if (!this.made.has(work) || this.shown === work) return;
		try {
			const view = await this.#workshop.show(work);
			// Another one may have been chosen meanwhile.
			if (this.work === work) this.#exchange(work, view);
		} catch (error) {
			this.#fail(error);
		}
	}

	/** Makes the parts whole, as the panel says. @returns whether they are. */
	complete(): Promise<boolean> {
		return this.#make('whole', 'Making parts whole', (onProgress) =>
			this.#workshop.complete($state.snapshot(this.wholeWish), onProgress),
		);
	}

	/** Gives the parts few faces, as the panel says; where they shall be whole, they are made so first. */
	async lowpoly(): Promise<void> {
		const { faces, corners, bake, whole } = this.lowWish;
		if (whole && !this.made.has('whole') && !(await this.complete())) return;
		const limit = faces === null ? {} : { faceLimit: faces };
		const wish = { ...limit, quad: corners !== 'triangles', pure: corners === 'pure', bake, whole };
		await this.#make('low-poly', 'Reducing faces', (onProgress) => this.#workshop.lowpoly(wish, onProgress));
	}

	/** Stops what is being done, wherever it is. */
	cancel(): void {
		this.#stopped = true;
		this.#workshop.cancel();
	}

	/** Back to the beginning. */
	close(): void {
		this.#stage?.clear();
		this.phase = 'empty';
		this.failure = undefined;
	}

	/** Divides otherwise. While one cut is made only the latest of those asked for is remembered. */
	async recut(cut: Cut): Promise<void> {
		if ('granularity' in cut) this.granularity = cut.granularity;
		this.#cut = cut;
		this.#nextCut = cut;
		if (this.#cutting) return;
		this.#cutting = true;
		try {
			for (let next: Cut | undefined = cut; next; next = this.#nextCut) {
				this.#nextCut = undefined;
				const division = await this.#workshop.recut(next);
				this.made = new Set(['parts']);
				this.#takeDivision(division);
				this.#stage?.divide(division);
			}
		} catch (error) {
			this.#fail(error);
		} finally {
			this.#cutting = false;
		}
	}

	/** Gives a file of the work that is shown to the browser's downloads. */
	download(what: Product): Promise<void> {
		return this.#download(what, `${ENDINGS[this.shown]}.${what}`);
	}

	/** Gives a picture of what is shown, in the look that is chosen, to the browser's downloads. */
	downloadPicture(): Promise<void> {
		return this.#download(this.look === 'parts' ? 'picture of parts' : 'picture', '.png');
	}

	setLook(look: 'parts' | 'own'): void {
		this.look = look;
		this.#stage?.setLook(look);
	}

	setEdges(shown: boolean): void {
		this.edges = shown;
		this.#stage?.setEdges(shown);
	}

	explode(amount: number): void {
		this.explosion = amount;
		this.#stage?.setExplosion(amount);
	}

	frame(): void {
		this.#stage?.frameModel();
	}

	dismiss(): void {
		this.failure = undefined;
	}

	/** Runs a work in the worker while the page shows how far it is. */
	async #follow(doing: string, work: (onProgress: OnProgress) => Promise<View>): Promise<View> {
		this.failure = undefined;
		this.#stopped = false;
		this.doing = doing;
		this.step = '';
		this.fraction = 0;
		this.elapsed = 0;
		const start = performance.now();
		return await work(({ step, fraction }) => {
			this.step = step;
			this.fraction = fraction;
			this.elapsed = performance.now() - start;
		});
	}

	async #make(work: Work, doing: string, make: (onProgress: OnProgress) => Promise<View>): Promise<boolean> {
		this.phase = 'making';
		try {
			const view = await this.#follow(doing, make);
			this.made = new Set([...this.made, work]);
			this.work = work;
			this.#exchange(work, view);
			this.phase = 'ready';
			return true;
		} catch (error) {
			this.#fail(error);
			this.phase = 'ready';
			// The model went with the worker that was stopped.
			if (error instanceof Cancelled) await this.open(this.#files, this.#cut);
			return false;
		}
	}

	/** Another work takes the place of the one that is shown: the same parts, in another shape. */
	#exchange(work: Work, { drawable, division }: View): void {
		this.shown = work;
		this.parts = division.parts;
		this.warnings = division.warnings;
		this.#stage?.exchange(drawable, division);
		this.selection.apply();
	}

	async #download(what: Product, ending: string): Promise<void> {
		this.saving = true;
		try {
			offerFile(await this.#workshop.save(what), this.modelName.replace(/\.[^.]*$/, '') + ending);
		} catch (error) {
			this.#fail(error);
		} finally {
			this.saving = false;
		}
	}

	#isModel(name: string): boolean {
		return this.extensions.includes(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
	}

	/** Part numbers mean others now: nothing is hidden or selected any more. */
	#takeDivision({ parts, warnings }: View['division']): void {
		this.parts = parts;
		this.warnings = warnings;
		this.selection.reset();
	}

	#fail(error: unknown): void {
		if (error instanceof Cancelled) return;
		const message = error instanceof Error ? error.message : String(error);
		this.failure =
			error instanceof WorkFailed ? error.failure : { code: 'bug', message, cure: 'Reload the page and try again.' };
	}
}
