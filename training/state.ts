import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import type { Vector3 } from '../packages/engine/src/math/vector3.ts';
import { Adjacency } from '../packages/engine/src/segmentation/adjacency.ts';
import { CACHE, type Item } from './models.ts';

/** What merging starts from: sums over regions and seams, and how many faces of each region are in whose segments. */
export type State = {
	readonly faces: number;
	readonly regions: number;
	readonly region: Float64Array;
	readonly seam: Float64Array;
	readonly seamA: Uint32Array;
	readonly seamB: Uint32Array;
	/** Where the model's mirror plane is, if it has one. */
	readonly plane: { readonly normal: Vector3; readonly offset: number } | undefined;
	/** For each person, regions × segments. */
	readonly people: readonly { readonly segments: number; readonly faces: Float64Array }[];
};

export function readState(item: Item): State | undefined {
	const path = join(CACHE, 'states', `${item.key}.bin`);
	return existsSync(path) ? (deserialize(readFileSync(path)) as State) : undefined;
}

/** Regions that remember, through all merges, how people's segments fall on them. */
export class LabelledAdjacency extends Adjacency {
	merges = 0;
	/** Faces of each region, merged ones included. */
	readonly faces: Float64Array;
	readonly #people: readonly { readonly segments: number; readonly faces: Float64Array }[];

	constructor({ regions, region, seam, seamA, seamB, plane, people }: State) {
		const room = new Float64Array(2 * region.length);
		room.set(region);
		super(
			regions,
			room,
			Array.from(seamA, (a, s) => [a, seamB[s]] as const),
			seam.slice(),
			plane,
		);
		this.#people = people.map(({ segments, faces }) => {
			const room = new Float64Array(2 * faces.length);
			room.set(faces);
			return { segments, faces: room };
		});
		this.faces = new Float64Array(2 * regions);
		const [{ segments, faces }] = people;
		for (let i = 0; i < faces.length; i++) this.faces[Math.floor(i / segments)] += faces[i];
	}

	override merge(a: number, b: number, merged: number): number[] {
		for (const { segments, faces } of this.#people)
			for (let k = 0; k < segments; k++)
				faces[merged * segments + k] = faces[a * segments + k] + faces[b * segments + k];
		this.faces[merged] = this.faces[a] + this.faces[b];
		this.merges++;
		return super.merge(a, b, merged);
	}

	/** Probability that a face of one region and a face of the other are in one segment, mean over people. */
	agreement(a: number, b: number): number {
		let sum = 0;
		for (const { segments, faces } of this.#people)
			for (let k = 0; k < segments; k++) sum += faces[a * segments + k] * faces[b * segments + k];
		return sum / (this.#people.length * Math.max(1, this.faces[a] * this.faces[b]));
	}
}

/** Rand error and part IoU of parts made of whole regions, as in bench/segment, mean over people. */
export function scoreParts(
	{ faces: total, regions, people }: State,
	partOf: Uint32Array,
): { error: number; iou: number } {
	let parts = 0;
	for (const p of partOf) parts = Math.max(parts, p + 1);
	const pairs = (n: number): number => (n * (n - 1)) / 2;
	let error = 0;
	let iou = 0;
	for (const { segments, faces } of people) {
		const cell = new Float64Array(parts * segments);
		const ours = new Float64Array(parts);
		const theirs = new Float64Array(segments);
		for (let r = 0; r < regions; r++)
			for (let k = 0; k < segments; k++) {
				const n = faces[r * segments + k];
				cell[partOf[r] * segments + k] += n;
				ours[partOf[r]] += n;
				theirs[k] += n;
			}
		let apart = 0;
		for (const n of ours) apart += pairs(n);
		for (const n of theirs) apart += pairs(n);
		for (const n of cell) apart -= 2 * pairs(n);
		error += apart / Math.max(1, pairs(total));
		for (let k = 0; k < segments; k++) {
			let best = 0;
			for (let p = 0; p < parts; p++) {
				const both = cell[p * segments + k];
				best = Math.max(best, both / (ours[p] + theirs[k] - both));
			}
			iou += best / segments;
		}
	}
	return { error: error / people.length, iou: iou / people.length };
}
