import { normalAndArea } from '../math/triangle.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import { Crossings } from './crossings.ts';
import type { FitTarget, Fitted } from './fit.ts';

/** A triangle is turned over where the cosine between its normal and the one that it should have is less. */
const TURNED = 0.1;
/** What is kept of a move at each attempt to mend what it did. */
const ATTEMPTS = [0.5, 0.25, 0];
/** Farther than this share of the diagonal no triangle looks for the surface that it should face. */
const REACH = 0.03;

/**
 * Takes moves back, by half, by three quarters and then whole, where they turned triangles over, brought them to the far
 * side of a thin wall or made them pass through each other. What was so before the moves may stay so.
 *
 * @param before Positions before the moves. V × 3.
 * @param facing Unit normal that each triangle should have, about. T × 3.
 * @returns how many vertices were taken back.
 */
export function mendMoves(fitted: Fitted, before: Float64Array, target: FitTarget, facing: Float32Array): number {
	const { positions, triangles } = fitted;
	const wanted = positions.slice();
	const attempts = new Uint8Array(positions.length / 3);
	const now = new Judge(fitted, target, facing);
	let earlier: Judge | undefined;
	let list = Array.from({ length: triangles.length / 3 }, (_, t) => t);
	while (list.length > 0) {
		const guilty = new Uint8Array(attempts.length);
		for (const t of list) {
			const faces = now.faces(t);
			const met = now.crossings.find(t);
			if (faces && met === 0) continue;
			earlier ??= new Judge({ positions: before, triangles }, target, facing);
			const crosses = met > 0 && met > earlier.crossings.find(t);
			if (!crosses && (faces || !earlier.faces(t))) continue;
			blame(triangles, t, guilty);
			if (crosses) for (const other of now.crossings.met) blame(triangles, other, guilty);
		}
		for (let v = 0; v < guilty.length; v++) {
			if (guilty[v] === 0) continue;
			guilty[v] = 0;
			if (attempts[v] === ATTEMPTS.length) continue;
			const share = ATTEMPTS[attempts[v]++];
			for (let i = 3 * v; i < 3 * v + 3; i++) {
				if (positions[i] !== before[i]) guilty[v] = 1;
				positions[i] = before[i] + share * (wanted[i] - before[i]);
			}
		}
		list = trianglesAt(triangles, guilty);
		for (const t of list) now.crossings.grow(t);
	}
	return attempts.reduce((sum, tried) => sum + (tried > 0 ? 1 : 0), 0);
}

function blame(triangles: Uint32Array, t: number, guilty: Uint8Array): void {
	for (let c = 3 * t; c < 3 * t + 3; c++) guilty[triangles[c]] = 1;
}

/** Triangles at the marked vertices, ascending. */
function trianglesAt(triangles: Uint32Array, marked: Uint8Array): number[] {
	const list: number[] = [];
	for (let c = 0; c < triangles.length; c += 3)
		if ((marked[triangles[c]] | marked[triangles[c + 1]] | marked[triangles[c + 2]]) !== 0) list.push(c / 3);
	return list;
}

/** Says what is wrong with a triangle. */
class Judge {
	readonly crossings: Crossings;
	readonly #fitted: Fitted;
	readonly #target: FitTarget;
	readonly #facing: Float32Array;
	readonly #near = newNearest();
	readonly #own = new Float64Array(4);
	readonly #other = new Float64Array(4);

	constructor(fitted: Fitted, target: FitTarget, facing: Float32Array) {
		const live = new Uint8Array(fitted.triangles.length / 3).fill(1);
		this.crossings = new Crossings({ positions: fitted.positions, at: fitted.triangles, live });
		this.#fitted = fitted;
		this.#target = target;
		this.#facing = facing;
	}

	/** Does the triangle face about where it should, and the surface that is nearest to its middle? */
	faces(t: number): boolean {
		const { positions: p, triangles } = this.#fitted;
		const own = this.#own;
		normalAndArea(p, triangles, t, own, 0);
		const facing = this.#facing;
		if (own[0] * facing[3 * t] + own[1] * facing[3 * t + 1] + own[2] * facing[3 * t + 2] < TURNED) return false;
		const a = 3 * triangles[3 * t];
		const b = 3 * triangles[3 * t + 1];
		const c = 3 * triangles[3 * t + 2];
		const x = (p[a] + p[b] + p[c]) / 3;
		const y = (p[a + 1] + p[b + 1] + p[c + 1]) / 3;
		const z = (p[a + 2] + p[b + 2] + p[c + 2]) / 3;
		const { positions, triangles: of, bvh, diagonal } = this.#target;
		if (!nearestPoint(bvh, x, y, z, REACH * diagonal, this.#near)) return true;
		const other = this.#other;
		normalAndArea(positions, of, this.#near.triangle, other, 0);
		return own[0] * other[0] + own[1] * other[1] + own[2] * other[2] >= 0;
	}
}
