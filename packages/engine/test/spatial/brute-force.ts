import { BACK_FACES, type Faces, FRONT_FACES } from '../../src/spatial/ray.ts';
import type { Surface } from './surfaces.ts';

/** Möller-Trumbore over all triangles: another formula than the one under test. */
export function bruteHit(
	{ positions, triangles }: Surface,
	o: number[],
	d: number[],
	skip: number,
	faces: Faces,
): { t: number; triangle: number } | undefined {
	let best: { t: number; triangle: number } | undefined;
	for (let t = 0; t < triangles.length / 3; t++) {
		if (t === skip) continue;
		const [a, b, c] = [0, 1, 2].map((k) => [0, 1, 2].map((i) => positions[3 * triangles[3 * t + k] + i]));
		const e1 = minus(b, a);
		const e2 = minus(c, a);
		const p = cross(d, e2);
		const det = dot(e1, p);
		if (det === 0 || (faces === FRONT_FACES && det < 0) || (faces === BACK_FACES && det > 0)) continue;
		const s = minus(o, a);
		const u = dot(s, p) / det;
		const q = cross(s, e1);
		const v = dot(d, q) / det;
		const at = dot(e2, q) / det;
		if (u >= 0 && v >= 0 && u + v <= 1 && at >= 0 && (best === undefined || at < best.t)) best = { t: at, triangle: t };
	}
	return best;
}

export function bruteNearest({ positions, triangles }: Surface, p: number[]): number {
	let best = Infinity;
	for (let t = 0; t < triangles.length / 3; t++) {
		const [a, b, c] = [0, 1, 2].map((k) => [0, 1, 2].map((i) => positions[3 * triangles[3 * t + k] + i]));
		const n = cross(minus(b, a), minus(c, a));
		const nn = dot(n, n);
		const inside = [
			[a, b],
			[b, c],
			[c, a],
		].every(([from, to]) => dot(cross(minus(to, from), minus(p, from)), n) >= 0);
		if (nn > 0 && inside) best = Math.min(best, Math.abs(dot(minus(p, a), n)) / Math.sqrt(nn));
		for (const [from, to] of [
			[a, b],
			[b, c],
			[c, a],
		]) {
			const e = minus(to, from);
			const ee = dot(e, e);
			const s = ee > 0 ? Math.min(1, Math.max(0, dot(minus(p, from), e) / ee)) : 0;
			best = Math.min(
				best,
				Math.hypot(
					...minus(
						p,
						[0, 1, 2].map((k) => from[k] + s * e[k]),
					),
				),
			);
		}
	}
	return best;
}

export const minus = (a: number[], b: number[]): number[] => a.map((x, k) => x - b[k]);
const dot = (a: number[], b: number[]): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: number[], b: number[]): number[] => [
	a[1] * b[2] - a[2] * b[1],
	a[2] * b[0] - a[0] * b[2],
	a[0] * b[1] - a[1] * b[0],
];
