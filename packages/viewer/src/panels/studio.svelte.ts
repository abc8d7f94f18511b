import type { Stage } from '../scene/stage.ts';
import type { Cut, Failure, ModelFile, PartView, Product } from '../worker/protocol.ts';
import { Cancelled, WorkFailed, Workshop } from '../worker/workshop.ts';

/** Where the slider stands at first: the engine's balanced granularity. */
const BALANCED = 0.5;
/** When a download has surely begun, ms. */
const REVOKE_AFTER_MS = 60_000;

/** What the page knows and what one can do on it; the panels show this and nothing else. */
export class Studio {
	/** `empty`: no model; `opening`: the worker computes; `ready`: parts are shown. */
	phase = $state<'empty' | 'opening' | 'ready'>('empty');
	/** The model that is shown, and the one that is being opened. */
	modelName = $state('');
	openingName = $state('');
	step = $state('');
	fraction = $state(0);
	/** ms since the run began, for the estimate. */
	elapsed = $state(0);
	failure = $state.raw<Failure | undefined>();
	extensions = $state.raw<readonly string[]>([]);

	parts = $state.raw<readonly PartView[]>([]);
	triangles = $state(0);
	warnings = $state.raw<readonly string[]>([]);
	granularity = $state(BALANCED);
	/** Hidden parts, by number. */
	hidden = $state.raw<ReadonlySet<number>>(new Set());
	hovered = $state(-1);
	selected = $state(-1);
	look = $state<'parts' | 'own'>('parts');
	explosion = $state(0);
	saving = $state(false);

	readonly #workshop = new Workshop((extensions) => {
		this.extensions = extensions;
	});
	#stage: Stage | undefined;
	/** The cut that was asked for while another one was being made. */
	#nextCut: Cut | undefined;
	#cutting = false;
	#stopped = false;
	#looking = false;

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
	async open(files: readonly File[]): Promise<void> {
		const main = files.find(({ name }) => this.#isModel(name)) ?? files[0];
		if (!main || this.phase === 'opening') return;
		const before = this.phase;
		this.failure = undefined;
		this.phase = 'opening';
		this.#stopped = false;
		this.openingName = main.name;
		this.step = 'read file';
		this.fraction = 0;
		const start = performance.now();
		try {
			const ordered = [main, ...files.filter((file) => file !== main)];
			const read = await Promise.all(ordered.map(readFile));
			if (this.#stopped) throw new Cancelled('stopped while the files were read');
			const cut = { granularity: this.granularity };
			const { drawable, division } = await this.#workshop.open(read, cut, ({ step, fraction }) => {
				this.step = step;
				this.fraction = fraction;
				this.elapsed = performance.now() - start;
			});
			this.modelName = main.name;
			this.triangles = drawable.triangleAt.length;
			this.#takeDivision(division.parts, division.warnings);
			this.explosion = 0;
			this.#stage?.show(drawable, division);
			this.phase = 'ready';
		} catch (error) {
			this.#fail(error);
			// A worker that fails keeps the model before; one that was stopped does not.
			this.phase = before === 'ready' && !(error instanceof Cancelled) ? 'ready' : 'empty';
			if (this.phase === 'empty') this.#stage?.clear();
		}
	}

	/** Stops the opening, wherever it is. */
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
		this.#nextCut = cut;
		if (this.#cutting) return;
		this.#cutting = true;
		try {
			for (let next: Cut | undefined = cut; next; next = this.#nextCut) {
				this.#nextCut = undefined;
				const division = await this.#workshop.recut(next);
				this.#takeDivision(division.parts, division.warnings);
				this.#stage?.divide(division);
			}
		} catch (error) {
			this.#fail(error);
		} finally {
			this.#cutting = false;
		}
	}

	/** Gives the parts as a GLB to the browser's downloads. */
	downloadModel(): Promise<void> {
		return this.#download('model', '_parts.glb', 'model/gltf-binary');
	}

	/** Gives a picture of the model, in the look that is chosen, to the browser's downloads. */
	downloadPicture(): Promise<void> {
		return this.#download(this.look === 'parts' ? 'picture of parts' : 'picture', '.png', 'image/png');
	}

	/** Hovers over the part at a place of the scene. While one place is looked up, others are passed over. */
	async hoverAt(x: number, y: number): Promise<void> {
		if (this.#looking) return;
		this.#looking = true;
		this.hover((await this.#stage?.partAt(x, y)) ?? -1);
		this.#looking = false;
	}

	/** Selects the part at a place of the scene; beside the model, none. */
	async selectAt(x: number, y: number): Promise<void> {
		this.select((await this.#stage?.partAt(x, y)) ?? -1);
	}

	hover(part: number): void {
		if (part === this.hovered) return;
		this.hovered = part;
		this.#emphasise();
	}

	select(part: number): void {
		this.selected = part;
		this.#emphasise();
	}

	toggle(part: number): void {
		const hidden = new Set(this.hidden);
		if (!hidden.delete(part)) hidden.add(part);
		this.#hide(hidden);
	}

	/** Shows this part alone, or all again when it is alone already. */
	isolate(part: number): void {
		const others = this.parts.map((_, p) => p).filter((p) => p !== part);
		const isAlone = !this.hidden.has(part) && others.every((p) => this.hidden.has(p));
		this.#hide(new Set(isAlone ? [] : others));
	}

	showAll(): void {
		this.#hide(new Set());
	}

	setLook(look: 'parts' | 'own'): void {
		this.look = look;
		this.#stage?.setLook(look);
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

	async #download(what: Product, ending: string, type: string): Promise<void> {
		this.saving = true;
		try {
			const url = URL.createObjectURL(new Blob([await this.#workshop.save(what)], { type }));
			const link = document.createElement('a');
			link.href = url;
			link.download = this.modelName.replace(/\.[^.]*$/, '') + ending;
			link.click();
			setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
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
	#takeDivision(parts: readonly PartView[], warnings: readonly string[]): void {
		this.parts = parts;
		this.warnings = warnings;
		this.hidden = new Set();
		this.hovered = -1;
		this.selected = -1;
	}

	#hide(hidden: ReadonlySet<number>): void {
		this.hidden = hidden;
		this.#stage?.setShown((part) => !hidden.has(part));
	}

	#emphasise(): void {
		const { hovered, selected } = this;
		this.#stage?.setEmphasis((part) => {
			if (part === hovered) return 'hovered';
			if (part === selected) return 'selected';
			return selected >= 0 ? 'dimmed' : 'plain';
		});
	}

	#fail(error: unknown): void {
		if (error instanceof Cancelled) return;
		const message = error instanceof Error ? error.message : String(error);
		this.failure =
			error instanceof WorkFailed ? error.failure : { code: 'bug', message, cure: 'Reload the page and try again.' };
	}
}

/** @throws WorkFailed `cannot-read`: the file went away, or may not be read. */
async function readFile(file: File): Promise<ModelFile> {
	try {
		return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
	} catch {
		throw new WorkFailed({
			code: 'cannot-read',
			message: `the browser cannot read '${file.name}'`,
			cure: 'Choose the file again; give the files of a folder, not the folder.',
		});
	}
}
