import { measureStretch, readShape, type Shape } from './chart-shape.ts';
import { type Bench, cutChart } from './cut-chart.ts';
import type { Faces } from './faces.ts';
import type { Flat } from './flatten.ts';

/** Lays the triangles of a chart out one beside the other, each as it is: for one face that nothing else lays flat. */
export function unfold(faces: Faces, chart: Uint32Array, bench: Bench): Flat {
	const { pointOf, border, count } = cutChart(faces, chart, bench);
	const shape = readShape(faces, chart, pointOf);
	const points = new Float64Array(2 * count);
	const placed = new Uint8Array(count);
	const done = new Uint8Array(chart.length);
	for (let left = chart.length; left > 0; left--) {
		let [triangle, base, most] = [-1, 0, -1];
		for (let i = 0; i < chart.length; i++) {
			if (done[i]) continue;
			for (let k = 0; k < 3; k++) {
				const known = placed[pointOf[3 * i + k]] + placed[pointOf[3 * i + ((k + 1) % 3)]];
				if (known > most) [triangle, base, most] = [i, k, known];
			}
		}
		done[triangle] = 1;
		hinge(shape, points, placed, triangle, base);
	}
	const { stretch, worst, scale } = measureStretch(shape, points);
	for (let i = 0; i < points.length; i++) points[i] /= scale;
	return { triangles: chart, pointOf, points, border, stretch, worst };
}

/** Places what is not yet placed of a triangle whose edge from corner `base` is, or else lies along x. */
function hinge({ pointOf, hats }: Shape, points: Float64Array, placed: Uint8Array, i: number, base: number): void {
	const at = [base, (base + 1) % 3, (base + 2) % 3];
	const [a, b, c] = at.map((k) => pointOf[3 * i + k]);
	// The triangle in its own frame, from the gradients of its hats: edges are their inverse.
	const [pa, pb, pc] = corners(hats, i, at);
	if (!placed[a] || !placed[b]) {
		points.set(pa, 2 * a);
		points.set(pb, 2 * b);
		placed[a] = 1;
		placed[b] = 1;
	}
	if (placed[c]) return;
	const [ex, ey] = [pb[0] - pa[0], pb[1] - pa[1]];
	const [dx, dy] = [points[2 * b] - points[2 * a], points[2 * b + 1] - points[2 * a + 1]];
	const square = ex * ex + ey * ey;
	const along = ((pc[0] - pa[0]) * ex + (pc[1] - pa[1]) * ey) / square;
	const off = (ex * (pc[1] - pa[1]) - ey * (pc[0] - pa[0])) / square;
	points[2 * c] = points[2 * a] + along * dx - off * dy;
	points[2 * c + 1] = points[2 * a + 1] + along * dy + off * dx;
	placed[c] = 1;
}

function corners(hats: Float64Array, i: number, at: readonly number[]): [number, number][] {
	const h = 6 * i;
	// The first corner at the origin; the hats of the others are the rows of the inverse of the edges.
	const det = hats[h + 2] * hats[h + 5] - hats[h + 3] * hats[h + 4];
	const own: [number, number][] = [
		[0, 0],
		[hats[h + 5] / det, -hats[h + 4] / det],
		[-hats[h + 3] / det, hats[h + 2] / det],
	];
	return at.map((k) => own[k]);
}
