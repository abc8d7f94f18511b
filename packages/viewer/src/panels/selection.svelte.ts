import type { Stage } from '../scene/stage.ts';

/** Which parts are hidden, hovered and selected, by number; the stage follows. */
export class Selection {
	hidden = $state.raw<ReadonlySet<number>>(new Set());
	hovered = $state(-1);
	selected = $state(-1);

	readonly #stage: () => Stage | undefined;
	readonly #count: () => number;
	#looking = false;

	/** @param count How many parts there are. */
	constructor(stage: () => Stage | undefined, count: () => number) {
		this.#stage = stage;
		this.#count = count;
	}

	/** Hovers over the part at a place of the scene. While one place is looked up, others are passed over. */
	async hoverAt(x: number, y: number): Promise<void> {
		if (this.#looking) return;
		this.#looking = true;
		this.hover((await this.#stage()?.partAt(x, y)) ?? -1);
		this.#looking = false;
	}

	/** Selects the part at a place of the scene; beside the model, none. */
	async selectAt(x: number, y: number): Promise<void> {
		this.select((await this.#stage()?.partAt(x, y)) ?? -1);
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
		const others = Array.from({ length: this.#count() }, (_, p) => p).filter((p) => p !== part);
		const isAlone = !this.hidden.has(part) && others.every((p) => this.hidden.has(p));
		this.#hide(new Set(isAlone ? [] : others));
	}

	showAll(): void {
		this.#hide(new Set());
	}

	/** Part numbers mean others now: nothing is hidden or selected any more. The stage has begun anew already. */
	reset(): void {
		this.hidden = new Set();
		this.hovered = -1;
		this.selected = -1;
	}

	/** Tells the stage again: it shows the same parts in another shape. */
	apply(): void {
		this.#hide(this.hidden);
		this.#emphasise();
	}

	#hide(hidden: ReadonlySet<number>): void {
		this.hidden = hidden;
		this.#stage()?.setShown((part) => !hidden.has(part));
	}

	#emphasise(): void {
		const { hovered, selected } = this;
		this.#stage()?.setEmphasis((part) => {
			if (part === hovered) return 'hovered';
			if (part === selected) return 'selected';
			return selected >= 0 ? 'dimmed' : 'plain';
		});
	}
}
