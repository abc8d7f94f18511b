import type { Flat } from './flatten.ts';

/**
 * Does a chart, whose triangles all lie face up, cover every point of the plane at most once?
 *
 * It does when its border edges do not cross and just one border loop runs counter-clockwise: how often a point is
 * covered is the winding number of the border around it, which is then 0 or 1. Lipman. Bijective mappings of meshes with
 * boundary and the degree in mesh processing. 2014. [lipman2014]
 */
export function liesOnce({ points, border }: Pick<Flat, 'points' | 'border'>): boolean {
	return outerLoops(points, border) === 1 && !crosses(points, border);
}

function outerLoops(points: Float64Array, border: Uint32Array): number {
	const nextOf = new Int32Array(points.length / 2).fill(-1);
	for (let i = 0; i < border.length; i += 2) nextOf[border[i]] = border[i + 1];
	let outer = 0;
	for (let i = 0; i < border.length; i += 2) {
		let twice = 0;
		for (let p: number = border[i]; nextOf[p] >= 0; ) {
			const q = nextOf[p];
			twice += points[2 * p] * points[2 * q + 1] - points[2 * p + 1] * points[2 * q];
			nextOf[p] = -1;
			p = q;
		}
		if (twice > 0) outer++;
	}
	return outer;
}

/** Sweeps over the edges from left to right. */
function crosses(points: Float64Array, border: Uint32Array): boolean {
	const edges = border.length / 2;
	const left = new Float64Array(edges);
	const right = new Float64Array(edges);
	for (let e = 0; e < edges; e++) {
		left[e] = Math.min(points[2 * border[2 * e]], points[2 * border[2 * e + 1]]);
		right[e] = Math.max(points[2 * border[2 * e]], points[2 * border[2 * e + 1]]);
	}
	const order = Uint32Array.from(left.keys()).sort((a, b) => left[a] - left[b] || a - b);
	for (let i = 0; i < edges; i++) {
		const e = order[i];
		const a = border[2 * e];
		const b = border[2 * e + 1];
		const low = Math.min(points[2 * a + 1], points[2 * b + 1]);
		const high = Math.max(points[2 * a + 1], points[2 * b + 1]);
		for (let j = i + 1; j < edges && left[order[j]] <= right[e]; j++) {
			const c = border[2 * order[j]];
			const d = border[2 * order[j] + 1];
			if (a === c || a === d || b === c || b === d) continue;
			if (Math.min(points[2 * c + 1], points[2 * d + 1]) > high) continue;
			if (Math.max(points[2 * c + 1], points[2 * d + 1]) < low) continue;
			if (side(points, a, b, c) * side(points, a, b, d) > 0) continue;
			if (side(points, c, d, a) * side(points, c, d, b) > 0) continue;
			return true;
		}
	}
	return false;
}

/** On which side of the line from a to b lies p? 1, -1, or 0. */
const side = (points: Float64Array, a: number, b: number, p: number): number =>
	Math.sign(
		(points[2 * b] - points[2 * a]) * (points[2 * p + 1] - points[2 * a + 1]) -
			(points[2 * b + 1] - points[2 * a + 1]) * (points[2 * p] - points[2 * a]),
	);
