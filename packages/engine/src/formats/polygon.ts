/**
 * How many more corner tests ear clipping may spend. Clipping is quadratic in the corners of one polygon; when the
 * budget of a file is spent, the rest of its concave polygons is cut as fans, and `overspent` counts them.
 */
export type ClippingBudget = { left: number; overspent: number };

/** Below this sine of the angle at a corner, the corner counts as flat. Float32 coordinates are good to 6e-8. */
const FLAT = 1e-6;

/**
 * Cuts a polygon of n ≥ 3 corners into exactly n − 2 triangles that wind like it.
 *
 * Convex polygons become a fan from the first corner; concave ones are cut by ear clipping in the plane of their Newell
 * normal. Polygons that are degenerate or cross themselves still give n − 2 triangles, so that no face is lost.
 *
 * Based on: Meisters. Polygons have ears. 1975. [meisters1975]
 *
 * @param positions V × 3.
 * @param list Vertex of each corner; the polygon is `list[from .. to]`.
 * @param out Receives corner numbers (indices into `list`), 3 · (n − 2) from `at` on.
 */
export function cutPolygon(
	positions: Float32Array,
	list: Uint32Array,
	from: number,
	to: number,
	out: Uint32Array,
	at: number,
	budget: ClippingBudget,
): void {
	const n = to - from;
	if (n === 3) {
		out[at] = from;
		out[at + 1] = from + 1;
		out[at + 2] = from + 2;
		return;
	}
	const normal = newellNormal(positions, list, from, to);
	const reflex = firstUnconvexCorner(positions, list, from, to, normal);
	if (reflex < 0 || (normal.x === 0 && normal.y === 0 && normal.z === 0)) cutFan(from, n, 0, out, at);
	else if (n === 4) cutFan(from, n, reflex, out, at);
	else if (budget.left <= 0) {
		budget.overspent++;
		cutFan(from, n, 0, out, at);
	} else clipEars(project(positions, list, from, to, normal), from, out, at, budget);
}

type Vector = { x: number; y: number; z: number };

/** Twice the area of the polygon, as a vector. */
function newellNormal(positions: Float32Array, list: Uint32Array, from: number, to: number): Vector {
	let x = 0;
	let y = 0;
	let z = 0;
	let p = 3 * list[to - 1];
	for (let c = from; c < to; c++) {
		const q = 3 * list[c];
		x += (positions[p + 1] - positions[q + 1]) * (positions[p + 2] + positions[q + 2]);
		y += (positions[p + 2] - positions[q + 2]) * (positions[p] + positions[q]);
		z += (positions[p] - positions[q]) * (positions[p + 1] + positions[q + 1]);
		p = q;
	}
	return { x, y, z };
}

/** Number (0..n − 1) of the most reflex corner, or of a flat one where none is reflex; -1 where all are convex. */
function firstUnconvexCorner(
	positions: Float32Array,
	list: Uint32Array,
	from: number,
	to: number,
	normal: Vector,
): number {
	const scale = Math.hypot(normal.x, normal.y, normal.z);
	let worst = FLAT;
	let found = -1;
	let p = 3 * list[to - 1];
	let q = 3 * list[from];
	for (let c = from; c < to; c++) {
		const r = 3 * list[c + 1 < to ? c + 1 : from];
		const ax = positions[q] - positions[p];
		const ay = positions[q + 1] - positions[p + 1];
		const az = positions[q + 2] - positions[p + 2];
		const bx = positions[r] - positions[q];
		const by = positions[r + 1] - positions[q + 1];
		const bz = positions[r + 2] - positions[q + 2];
		const turn = (ay * bz - az * by) * normal.x + (az * bx - ax * bz) * normal.y + (ax * by - ay * bx) * normal.z;
		const lengths = Math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz));
		const sine = lengths > 0 ? turn / (lengths * scale) : 0;
		if (sine < worst) {
			worst = sine;
			found = c - from;
		}
		p = q;
		q = r;
	}
	return found;
}

/** The fan of the polygon's corners around its corner `apex`. */
function cutFan(from: number, n: number, apex: number, out: Uint32Array, at: number): void {
	for (let k = 1; k < n - 1; k++) {
		out[at++] = from + apex;
		out[at++] = from + ((apex + k) % n);
		out[at++] = from + ((apex + k + 1) % n);
	}
}

/** xy of each corner in the coordinate plane that the polygon faces most, counter-clockwise. No coordinate is rounded. */
function project(positions: Float32Array, list: Uint32Array, from: number, to: number, normal: Vector): Float64Array {
	const { x, y, z } = normal;
	const isX = Math.abs(x) > Math.abs(y) && Math.abs(x) > Math.abs(z);
	const isY = !isX && Math.abs(y) > Math.abs(z);
	const isFlipped = (isX ? x : isY ? y : z) < 0;
	const first = isX ? 1 : isY ? 2 : 0;
	const second = isX ? 2 : isY ? 0 : 1;
	const u = isFlipped ? second : first;
	const v = isFlipped ? first : second;
	const plane = new Float64Array(2 * (to - from));
	for (let c = from; c < to; c++) {
		plane[2 * (c - from)] = positions[3 * list[c] + u];
		plane[2 * (c - from) + 1] = positions[3 * list[c] + v];
	}
	return plane;
}

function clipEars(plane: Float64Array, from: number, out: Uint32Array, at: number, budget: ClippingBudget): void {
	const n = plane.length / 2;
	const prev = new Int32Array(n);
	const next = new Int32Array(n);
	for (let i = 0; i < n; i++) {
		prev[i] = i > 0 ? i - 1 : n - 1;
		next[i] = i + 1 < n ? i + 1 : 0;
	}
	let i = 0;
	let left = n;
	let refused = 0;
	while (left > 3) {
		// Refused all around: the polygon crosses itself or is flat. Clip where we stand, so that none is lost.
		const isForced = refused > left || budget.left <= 0;
		if (isForced || isEar(plane, prev, next, i, left, budget)) {
			out[at++] = from + prev[i];
			out[at++] = from + i;
			out[at++] = from + next[i];
			next[prev[i]] = next[i];
			prev[next[i]] = prev[i];
			left--;
			refused = 0;
			i = next[next[i]]; // one further: clipping neighbours in a row leaves slivers
		} else {
			i = next[i];
			refused++;
		}
	}
	out[at++] = from + prev[i];
	out[at++] = from + i;
	out[at++] = from + next[i];
	if (budget.left <= 0) budget.overspent++;
}

/** Twice the signed area of the triangle of corners a, b, c. */
const area = (plane: Float64Array, a: number, b: number, c: number): number =>
	(plane[2 * b] - plane[2 * a]) * (plane[2 * c + 1] - plane[2 * a + 1]) -
	(plane[2 * b + 1] - plane[2 * a + 1]) * (plane[2 * c] - plane[2 * a]);

const isSamePlace = (plane: Float64Array, a: number, b: number): boolean =>
	plane[2 * a] === plane[2 * b] && plane[2 * a + 1] === plane[2 * b + 1];

/** Is corner `b` convex, and no other corner of the ring inside its triangle? */
function isEar(
	plane: Float64Array,
	prev: Int32Array,
	next: Int32Array,
	b: number,
	left: number,
	budget: ClippingBudget,
): boolean {
	const a = prev[b];
	const c = next[b];
	budget.left -= 1;
	if (area(plane, a, b, c) <= 0) return false;
	budget.left -= left;
	for (let r = next[c]; r !== a; r = next[r]) {
		const isOutside = area(plane, a, b, r) < 0 || area(plane, b, c, r) < 0 || area(plane, c, a, r) < 0;
		if (isOutside || isSamePlace(plane, r, a) || isSamePlace(plane, r, b) || isSamePlace(plane, r, c)) continue;
		return false;
	}
	return true;
}
