import {
	completeModel,
	hintsOf,
	lowpolyModel,
	MeshError,
	type Model,
	measureParts,
	moverOf,
	type Parts,
	partsOfNodes,
	pictureOf,
	type Run,
	readModel,
	recut,
	renderParts,
	type Segmentation,
	segment,
	writeParts,
} from '@meshwright/engine';
import { browserCodec } from './browser-codec.ts';
import type { Cut, LowWish, Product, WholeWish, Work } from './protocol.ts';

/** One state of the model: what is drawn of it, its parts, and how its files are made. */
export type Piece = {
	readonly model: Model;
	readonly parts: Parts;
	/** Faces of each part, where they are not its triangles. */
	readonly faces?: readonly number[];
	readonly warnings: readonly string[];
	/** By extension. */
	readonly files: Readonly<Partial<Record<Product, () => Promise<Uint8Array>>>>;
};

/** Size of a picture, pixels. */
const PICTURE = Object.freeze({ width: 1024, height: 1024 });

/** A model on its way through the verbs: each takes what the one before it made. */
export class Works {
	readonly #made: Partial<Record<Work, Piece>> = {};
	#segmentation: Segmentation;
	#shown: Work = 'parts';

	private constructor(model: Model, segmentation: Segmentation) {
		this.#segmentation = segmentation;
		this.#made.parts = cutPiece(model, segmentation);
	}

	static async of(model: Model, cut: Cut, run: Run): Promise<Works> {
		// What the browser cannot decode is said where the model is drawn.
		const { hints } = await hintsOf(model, browserCodec);
		return new Works(model, segment(model.mesh, { apartBy: moverOf(model), hints, ...cut }, run));
	}

	/** Cuts otherwise. What was made of the parts before is gone. */
	recut(cut: Cut): Piece {
		const { model } = this.show('parts');
		this.#segmentation = recut(this.#segmentation, cut);
		delete this.#made.whole;
		delete this.#made['low-poly'];
		this.#made.parts = cutPiece(model, this.#segmentation);
		return this.#made.parts;
	}

	async complete(wish: WholeWish, run: Run): Promise<Piece> {
		const { model, parts } = this.#demand('parts');
		const { glb, report } = await completeModel(model, parts, wish, { codec: browserCodec, run });
		const whole = await readModel(glb);
		return this.#keep('whole', {
			model: whole,
			parts: partsOfNodes(whole),
			warnings: report.warnings,
			files: { glb: async () => glb },
		});
	}

	async lowpoly({ whole, ...wish }: LowWish, run: Run): Promise<Piece> {
		const { model, parts } = this.#demand(whole ? 'whole' : 'parts');
		const options = { ...wish, formats: ['glb', 'fbx', 'obj'], picture: 'none' } as const;
		const { files, low, report } = await lowpolyModel(model, parts, options, { codec: browserCodec, run });
		const measured = measureParts(low.model.mesh, low.partOf, parts.parts.length);
		return this.#keep('low-poly', {
			model: low.model,
			parts: { partOf: low.partOf, parts: parts.parts.map(({ name }, p) => ({ name, ...measured[p] })) },
			faces: report.parts.map(({ faces = 0 }) => faces),
			warnings: report.warnings,
			files: Object.fromEntries(files.map(({ extension, bytes }) => [extension, async () => bytes])),
		});
	}

	/** From now on this work is the one that is shown and taken home. */
	show(work: Work): Piece {
		const piece = this.#demand(work);
		this.#shown = work;
		return piece;
	}

	async save(what: Product): Promise<Uint8Array> {
		const { model, parts, files } = this.#demand(this.#shown);
		if (what === 'picture') return (await pictureOf(model, browserCodec)).png;
		if (what === 'picture of parts')
			return await browserCodec.encode(renderParts(model.mesh, parts.partOf, PICTURE), 'image/png');
		const make = files[what];
		if (!make) throw new MeshError('invalid-option', `${this.#shown} is not written as ${what}`);
		return await make();
	}

	#keep(work: Work, piece: Piece): Piece {
		this.#made[work] = piece;
		return this.show(work);
	}

	#demand(work: Work): Piece {
		const piece = this.#made[work];
		if (!piece) throw new MeshError('invalid-option', `${work} has not been made`);
		return piece;
	}
}

const cutPiece = (model: Model, segmentation: Segmentation): Piece => ({
	model,
	parts: segmentation,
	warnings: [...model.warnings, ...segmentation.warnings],
	files: { glb: () => writeParts(model, segmentation) },
});
