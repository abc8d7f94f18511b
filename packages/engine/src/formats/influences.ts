import type { Accessor, Primitive } from '@gltf-transform/core';
import { type Pose, unitOf } from './pose.ts';
import type { PrimitiveSource } from './sources.ts';

/** A corner of the model in the terms of its file. */
export type FileVertex = { readonly primitive: Primitive; readonly vertex: number };

/** Joints and weights of one vertex, in the order in which they are written. */
export type Influences = { readonly joints: readonly number[]; readonly weights: readonly number[] };

/** Leads from the corners of a model's mesh back to the vertices of its file. */
export class SourceCorners {
	readonly #sources: readonly PrimitiveSource[];
	readonly #pose: Pose;
	/** First corner of each source, and behind them the end. */
	readonly #firstCorner: Float64Array;

	constructor(sources: readonly PrimitiveSource[], pose: Pose) {
		this.#sources = sources;
		this.#pose = pose;
		this.#firstCorner = new Float64Array(sources.length + 1);
		for (let s = 0; s < sources.length; s++) {
			this.#firstCorner[s + 1] = this.#firstCorner[s] + sources[s].corners.length;
		}
	}

	/** Number of the source that a corner of the model belongs to. */
	sourceAt(c: number): number {
		let low = 0;
		let high = this.#sources.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.#firstCorner[middle] <= c) low = middle;
			else high = middle - 1;
		}
		return low;
	}

	/** The reader turns triangles under a mirror, so that their corners stand in another order in the file. */
	vertexAt(c: number): FileVertex {
		const s = this.sourceAt(c);
		const { node, primitive, corners } = this.#sources[s];
		const own = c - this.#firstCorner[s];
		const k = own % 3;
		const turned = k > 0 && this.#pose.mirrored(node) ? own + 3 - 2 * k : own;
		return { primitive, vertex: corners[turned] };
	}
}

/** One number of an accessor, as its value. */
export function valueAt(accessor: Accessor, row: number, k: number): number {
	const unit = unitOf(accessor);
	const stored = accessor.getArray()![row * accessor.getElementSize() + k];
	return unit === 1 ? stored : Math.max(-1, stored * unit);
}

/** All influences of a vertex of the file, as they stand there. */
export function influencesAt({ primitive, vertex }: FileVertex): Influences {
	const joints: number[] = [];
	const weights: number[] = [];
	let total = 0;
	for (let set = 0; ; set++) {
		const joint = primitive.getAttribute(`JOINTS_${set}`);
		const weight = primitive.getAttribute(`WEIGHTS_${set}`);
		if (!joint || !weight || joint.getElementSize() !== 4 || weight.getElementSize() !== 4) break;
		for (let k = 0; k < 4; k++) {
			joints.push(valueAt(joint, vertex, k));
			weights.push(valueAt(weight, vertex, k));
			total += weights[weights.length - 1];
		}
	}
	return total > 0 ? { joints, weights } : { joints: [0], weights: [1] };
}

export function addInfluences(sum: Map<number, number>, { joints, weights }: Influences, factor: number): void {
	let total = 0;
	for (const weight of weights) total += weight;
	for (let k = 0; k < joints.length; k++) {
		if (weights[k] > 0) sum.set(joints[k], (sum.get(joints[k]) ?? 0) + (factor * weights[k]) / total);
	}
}

/** The four strongest, as floats that sum to 1; nothing of nothing. */
export function strongest(sum: ReadonlyMap<number, number>): Influences | undefined {
	const pairs = [...sum].sort(([a, x], [b, y]) => y - x || a - b).slice(0, 4);
	if (pairs.length === 0) return undefined;
	let total = 0;
	for (const [, weight] of pairs) total += weight;
	return {
		joints: pairs.map(([joint]) => joint),
		weights: pairs.map(([, weight]) => Math.fround(weight / total)),
	};
}

/** Gives vertices without influences the mean of their neighbours', ring after ring. */
export function spreadInfluences(known: (Influences | undefined)[], triangles: Uint32Array): void {
	let missing = known.filter((influences) => !influences).length;
	while (missing > 0) {
		const sums = new Map<number, Map<number, number>>();
		for (let c = 0; c < triangles.length; c++) {
			const v = triangles[c];
			if (known[v]) continue;
			const sum = sums.get(v) ?? new Map<number, number>();
			sums.set(v, sum);
			const first = c - (c % 3);
			for (let k = first; k < first + 3; k++) {
				const other = known[triangles[k]];
				if (other) addInfluences(sum, other, 1);
			}
		}
		let found = 0;
		for (const [v, sum] of sums) {
			known[v] = strongest(sum);
			if (known[v]) found++;
		}
		if (found === 0) return;
		missing -= found;
	}
}
