import { eigen3 } from '../math/symmetric3.ts';
import { dot, minus, unit, type Vector3 } from '../math/vector3.ts';
import type { Chain } from './seam-loops.ts';

/** A line of edges taken for the rim of a disc: where it is, which way it faces, how wide it is. */
export type Fit = {
	/** Object units. */
	readonly length: number;
	/** Middle of the line by length. */
	readonly position: Vector3;
	/** Unit normal of the best plane; its sign means nothing yet. */
	readonly normal: Vector3;
	/** Root mean square distance of the line from the middle: the radius where it is a circle. */
	readonly radius: number;
	/** Unit direction in which the line is longest. */
	readonly along: Vector3;
	/** Is the line so straight that its edges, not its shape, would choose the normal? */
	readonly straight: boolean;
};

/** Straight when its spread across is below this share of its length: variances, so that 0.01 is ten to one. */
const STRAIGHT = 0.01;

/** Fits a disc to chains of edges; moments are exact integrals along the edges, so that no edge counts for its number. */
export function fitSeam(positions: Float32Array, chains: readonly Chain[]): Fit {
	// Seen from a point of the line, so that a model far from the origin loses no digits.
	const base = 3 * chains[0].vertices[0];
	let length = 0;
	const mean = [0, 0, 0];
	const square = [0, 0, 0, 0, 0, 0];
	const middle = [0, 0, 0];
	const step = [0, 0, 0];
	for (const { vertices, closed } of chains) {
		const edges = closed ? vertices.length : vertices.length - 1;
		for (let e = 0; e < edges; e++) {
			const i = 3 * vertices[e];
			const j = 3 * vertices[(e + 1) % vertices.length];
			for (let k = 0; k < 3; k++) {
				middle[k] = (positions[i + k] + positions[j + k]) / 2 - positions[base + k];
				step[k] = positions[j + k] - positions[i + k];
			}
			const w = Math.hypot(step[0], step[1], step[2]);
			length += w;
			for (let k = 0, at = 0; k < 3; k++) {
				mean[k] += w * middle[k];
				for (let l = k; l < 3; l++) square[at++] += w * (middle[k] * middle[l] + (step[k] * step[l]) / 12);
			}
		}
	}
	const w = length > 0 ? 1 / length : 0;
	for (let k = 0; k < 3; k++) mean[k] *= w;
	for (let k = 0, at = 0; k < 3; k++) for (let l = k; l < 3; l++, at++) square[at] = square[at] * w - mean[k] * mean[l];
	const { values, vectors } = eigen3(square);
	return {
		length,
		position: [positions[base] + mean[0], positions[base + 1] + mean[1], positions[base + 2] + mean[2]],
		normal: vectors[0],
		radius: Math.sqrt(Math.max(0, square[0] + square[3] + square[5])),
		along: vectors[2],
		straight: values[1] <= STRAIGHT * values[2],
	};
}

/**
 * Direction across a seam, unit length, from one part's middle toward the other's: the normal of its plane; where the
 * seam is straight the direction between the middles, at right angles to the seam.
 */
export function axisAcross({ normal, along, straight }: Fit, from: Vector3, to: Vector3): Vector3 {
	const between = minus(to, from);
	if (straight) {
		const shift = dot(between, along);
		const across: Vector3 = [
			between[0] - shift * along[0],
			between[1] - shift * along[1],
			between[2] - shift * along[2],
		];
		// Middles on the line of the seam leave no other choice than the plane.
		const direction = unit(across);
		if (direction && dot(across, across) > 1e-12 * dot(between, between)) return direction;
	}
	return dot(between, normal) < 0 ? [-normal[0], -normal[1], -normal[2]] : normal;
}
