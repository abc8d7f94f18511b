import { Color, DataTexture, FloatType, NearestFilter, RGBAFormat, SRGBColorSpace } from 'three';
import type { Division } from '../worker/protocol.ts';

/** Parts in a row of the texture; a part takes one texel in each of two rows. */
export const PARTS_PER_ROW = 256;

export type Emphasis = 'plain' | 'hovered' | 'selected' | 'dimmed';
const EMPHASIS: Readonly<Record<Emphasis, number>> = { plain: 0, hovered: 0.35, selected: 0.18, dimmed: -0.72 };

/**
 * What the shaders look up of each part: where it moves when the model is pulled apart, whether it is shown, its colour
 * and emphasis. The surface stays in one piece on the graphics card; whatever happens to a part is a few numbers here.
 *
 *   row 2k:      offset xyz (object units, at full explosion), shown 0 or 1
 *   row 2k + 1:  colour rgb (linear), emphasis -1..1
 */
export class PartTable {
	readonly texture: DataTexture;
	readonly #values: Float32Array;
	readonly #parts: number;

	constructor({ parts }: Division, centre: readonly number[]) {
		this.#parts = parts.length;
		const rows = 2 * Math.max(1, Math.ceil(parts.length / PARTS_PER_ROW));
		this.#values = new Float32Array(4 * PARTS_PER_ROW * rows);
		const linear = new Color();
		for (const [p, { box, color }] of parts.entries()) {
			const at = this.#at(p, 0);
			for (let k = 0; k < 3; k++) this.#values[at + k] = (box.min[k] + box.max[k]) / 2 - centre[k];
			this.#values[at + 3] = 1;
			const [red, green, blue] = color;
			linear.setRGB(red / 255, green / 255, blue / 255, SRGBColorSpace).toArray(this.#values, this.#at(p, 1));
		}
		this.texture = new DataTexture(this.#values, PARTS_PER_ROW, rows, RGBAFormat, FloatType);
		this.texture.minFilter = NearestFilter;
		this.texture.magFilter = NearestFilter;
		this.texture.needsUpdate = true;
	}

	setShown(shown: (part: number) => boolean): void {
		for (let p = 0; p < this.#parts; p++) this.#values[this.#at(p, 0) + 3] = shown(p) ? 1 : 0;
		this.texture.needsUpdate = true;
	}

	setEmphasis(emphasisOf: (part: number) => Emphasis): void {
		for (let p = 0; p < this.#parts; p++) this.#values[this.#at(p, 1) + 3] = EMPHASIS[emphasisOf(p)];
		this.texture.needsUpdate = true;
	}

	dispose(): void {
		this.texture.dispose();
	}

	#at(part: number, row: number): number {
		const y = 2 * Math.floor(part / PARTS_PER_ROW) + row;
		return 4 * (y * PARTS_PER_ROW + (part % PARTS_PER_ROW));
	}
}
