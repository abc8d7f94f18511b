import { random } from '../../src/math/random.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';

/** Shapes whose parts nobody doubts. */

export const meshOf = (positions: ArrayLike<number>, triangles: ArrayLike<number>): Mesh => ({
	positions: Float32Array.from(positions),
	triangles: Uint32Array.from(triangles),
	corner: {},
	materialOf: new Uint16Array(triangles.length / 3).fill(0xffff),
});

/** A ball with a tapering arm toward each direction of `arms`; with the arm, or `arms.length` for the ball, by triangle. */
export function starfish(arms: readonly (readonly [number, number, number])[], levels = 4, noise = 0) {
	const { positions, triangles } = icosphere(levels);
	const draw = random(11);
	const armOf = new Int32Array(positions.length / 3);
	for (let v = 0; v < armOf.length; v++) {
		let reach = 1;
		armOf[v] = arms.length;
		for (const [i, arm] of arms.entries()) {
			const length = Math.hypot(...arm);
			const cosine =
				(arm[0] * positions[3 * v] + arm[1] * positions[3 * v + 1] + arm[2] * positions[3 * v + 2]) / length;
			const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
			const bump = 2.2 * Math.exp(-((angle / 0.25) ** 2));
			if (bump > 0.05) armOf[v] = i;
			reach += bump;
		}
		for (let axis = 0; axis < 3; axis++)
			positions[3 * v + axis] = positions[3 * v + axis] * reach + noise * (draw() - 0.5);
	}
	const truth = Uint32Array.from({ length: triangles.length / 3 }, (_, t) => armOf[triangles[3 * t]]);
	return { mesh: meshOf(positions, triangles), truth };
}

function icosphere(levels: number): { positions: number[]; triangles: number[] } {
	const g = (1 + Math.sqrt(5)) / 2;
	const positions: number[] = [];
	const add = (x: number, y: number, z: number): number => {
		const length = Math.hypot(x, y, z);
		positions.push(x / length, y / length, z / length);
		return positions.length / 3 - 1;
	};
	// biome-ignore format: a table of corners
	for (const [x, y, z] of [[-1, g, 0], [1, g, 0], [-1, -g, 0], [1, -g, 0], [0, -1, g], [0, 1, g], [0, -1, -g], [0, 1, -g], [g, 0, -1], [g, 0, 1], [-g, 0, -1], [-g, 0, 1]])
		add(x, y, z);
	// biome-ignore format: a table of triangles
	let triangles = [0, 11, 5, 0, 5, 1, 0, 1, 7, 0, 7, 10, 0, 10, 11, 1, 5, 9, 5, 11, 4, 11, 10, 2, 10, 7, 6, 7, 1, 8, 3, 9, 4, 3, 4, 2, 3, 2, 6, 3, 6, 8, 3, 8, 9, 4, 9, 5, 2, 4, 11, 6, 2, 10, 8, 6, 7, 9, 8, 1];
	for (let level = 0; level < levels; level++) {
		const middles = new Map<number, number>();
		const middle = (i: number, j: number): number => {
			const key = Math.min(i, j) * 2 ** 24 + Math.max(i, j);
			let m = middles.get(key);
			if (m === undefined) {
				const at = (axis: number): number => positions[3 * i + axis] + positions[3 * j + axis];
				m = add(at(0), at(1), at(2));
				middles.set(key, m);
			}
			return m;
		};
		const finer: number[] = [];
		for (let c = 0; c < triangles.length; c += 3) {
			const [i, j, k] = [triangles[c], triangles[c + 1], triangles[c + 2]];
			const [a, b, d] = [middle(i, j), middle(j, k), middle(k, i)];
			finer.push(i, a, d, a, j, b, d, b, k, a, b, d);
		}
		triangles = finer;
	}
	return { positions, triangles };
}

/** Loose triangles at random, none joined to another. */
export function soup(count: number): Mesh {
	const draw = random(5);
	const positions: number[] = [];
	const triangles: number[] = [];
	for (let t = 0; t < count; t++) {
		const at = [10 * draw(), 10 * draw(), 10 * draw()];
		for (let corner = 0; corner < 3; corner++) {
			triangles.push(positions.length / 3);
			for (let axis = 0; axis < 3; axis++) positions.push(at[axis] + 0.2 * draw());
		}
	}
	return meshOf(positions, triangles);
}

/** A box of 12 triangles. */
export function box(centre: readonly number[], half: readonly number[]): { positions: number[]; triangles: number[] } {
	const positions: number[] = [];
	for (let i = 0; i < 8; i++)
		for (let axis = 0; axis < 3; axis++)
			positions.push(centre[axis] + (((i >> axis) & 1) === 1 ? half[axis] : -half[axis]));
	// biome-ignore format: a table of triangles
	const triangles = [0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5];
	return { positions, triangles };
}

/** Several surfaces in one mesh, vertices not shared. */
export function together(pieces: readonly { positions: ArrayLike<number>; triangles: ArrayLike<number> }[]): Mesh {
	const positions: number[] = [];
	const triangles: number[] = [];
	for (const piece of pieces) {
		const first = positions.length / 3;
		positions.push(...Array.from(piece.positions));
		triangles.push(...Array.from(piece.triangles, (v) => v + first));
	}
	return meshOf(positions, triangles);
}

/** Share of pairs of triangles on which two labellings disagree. */
export function disagreement(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
	const count = (keys: number[]): number => {
		const sizes = new Map<number, number>();
		for (const key of keys) sizes.set(key, (sizes.get(key) ?? 0) + 1);
		return [...sizes.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
	};
	const all = Array.from({ length: ours.length }, (_, t) => t);
	const both = count(all.map((t) => ours[t] * 65536 + theirs[t]));
	const total = (ours.length * (ours.length - 1)) / 2;
	return (count(all.map((t) => ours[t])) + count(all.map((t) => theirs[t])) - 2 * both) / total;
}
