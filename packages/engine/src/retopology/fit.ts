import { normalAndArea } from '../math/triangle.ts';
import { type Bvh, buildBvh } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';

/** The surface that is fitted: positions in object units, V × 3, changed in place; triangles C. */
export type Fitted = { readonly positions: Float64Array; readonly triangles: Uint32Array };

/** The dense surface that is fitted to. */
export type FitTarget = {
	readonly positions: Float32Array;
	readonly triangles: Uint32Array;
	readonly bvh: Bvh;
	/** Length of the bounding box's diagonal, object units. */
	readonly diagonal: number;
};

/** Points on each triangle that are compared with the target, as weights of its corners. */
const PATTERN = Float64Array.from(
	[
		[1 / 3, 1 / 3, 1 / 3],
		[0.72, 0.14, 0.14],
		[0.14, 0.72, 0.14],
		[0.14, 0.14, 0.72],
		[0.08, 0.46, 0.46],
		[0.46, 0.08, 0.46],
		[0.46, 0.46, 0.08],
	].flat(),
);
const POINTS = PATTERN.length / 3;
/** Farther than this share of the diagonal nothing is taken for the same place. */
const REACH = 0.03;
/** Cosine below which a nearest point is on another sheet: the far side of a thin wall. */
const SAME_SIDE = 0.3;
/** Weight of staying, as a share of the area around a vertex: binds what the target leaves free. */
const STAY = 0.02;
/** Steps of the linear solver: more do not bring the surface nearer (bunny, 2026-11: 6, 12, 20 tried). */
const ITERATIONS = 12;
/** A move may turn a triangle by up to 60°. */
const MIN_TURN = 0.5;

/**
 * Moves vertices so that the surface as a whole, not its vertices, lies as near to the target as it can in the least
 * squares sense. Decimation leaves vertices on the surface and the triangles between them inside of every bulge.
 *
 * Each pass draws lines between the two surfaces (from a pattern on every triangle to the target, and from points of
 * the target back), and solves for the moves that would bring both ends into one plane, the target's there; a
 * Gauss-Newton step on the squared distance. A move that would flip a triangle is taken back (see also mend.ts).
 *
 * Based on: Hoppe, DeRose, Duchamp, McDonald, Stuetzle. Mesh optimization. 1993. [hoppe1993] (the fit for a fixed
 * topology). Departs from it: distance to tangent planes instead of points, so that few passes are enough (bunny at 5000
 * triangles, 2026-11: Chamfer .0230 before, .0180, .0173, .0170 % of the diagonal after one to three), and lines drawn
 * from both surfaces.
 *
 * @param fixed Vertices that must not move. V.
 */
export function fitSurface(
	fitted: Fitted,
	target: FitTarget,
	fixed: Uint8Array,
	passes: number,
	advance: (fraction: number) => void,
): void {
	const known = startKnown(fitted, target);
	for (let pass = 0; pass < passes; pass++) {
		advance(pass / passes);
		const lines = gatherLines(fitted, target, known);
		const moves = solveMoves(fitted, lines, fixed);
		moveVertices(fitted, moves);
	}
}

/** Correspondences between the surfaces. N lines. */
type Lines = {
	count: number;
	/** Triangle of the fitted surface. N. */
	readonly triangle: Uint32Array;
	/** Weights of its corners. N × 3. */
	readonly weights: Float64Array;
	/** Normal of the target. N × 3. */
	readonly normals: Float64Array;
	/** Distance to go along the normal. N. */
	readonly residuals: Float64Array;
	/** Area that the line speaks for. N. */
	readonly areas: Float64Array;
};

/**
 * Where the lines of the last pass ended. A point of the surface that is known to be near bounds the search for the
 * nearest, which then visits little more than the leaf that holds it.
 */
type Known = {
	/** On the target, for each point of the pattern; NaN where none. T × POINTS × 3. */
	readonly forth: Float64Array;
	/** Triangle of the fitted surface, and weights of its second and third corner, for each line back; -1 where none. */
	readonly backTriangle: Int32Array;
	readonly backWeights: Float64Array;
	/** Every so many triangles of the target have a line back. */
	readonly stride: number;
};

/**
 * Triangles of the target that have a line back, for each triangle of the fitted surface, at most about this many. Twice
 * as many bring the surface 1 % nearer and take a tenth longer (koala, 2026-11).
 */
const BACK_POINTS = 4;

function startKnown(fitted: Fitted, target: FitTarget): Known {
	const faces = fitted.triangles.length / 3;
	const targetFaces = target.triangles.length / 3;
	const stride = Math.max(1, Math.floor(targetFaces / (BACK_POINTS * faces)));
	const back = Math.ceil(targetFaces / stride);
	return {
		forth: new Float64Array(3 * POINTS * faces).fill(Number.NaN),
		backTriangle: new Int32Array(back).fill(-1),
		backWeights: new Float64Array(2 * back),
		stride,
	};
}

function gatherLines(fitted: Fitted, target: FitTarget, known: Known): Lines {
	const most = known.forth.length / 3 + known.backTriangle.length;
	const lines: Lines = {
		count: 0,
		triangle: new Uint32Array(most),
		weights: new Float64Array(3 * most),
		normals: new Float64Array(3 * most),
		residuals: new Float64Array(most),
		areas: new Float64Array(most),
	};
	const normals = normalsOf(fitted);
	lineForth(fitted, normals, target, known, lines);
	lineBack(fitted, normals, target, known, lines);
	return lines;
}

/** Widens a bound by what rounding could take from it. */
const WIDER = 1 + 1e-6;

/** From the pattern on each triangle to the target. */
function lineForth(
	{ positions: p, triangles }: Fitted,
	normals: Float64Array,
	target: FitTarget,
	{ forth }: Known,
	lines: Lines,
): void {
	const near = newNearest();
	const normal = new Float64Array(4);
	const reach = REACH * target.diagonal;
	for (let t = 0; 3 * t < triangles.length; t++) {
		const a = 3 * triangles[3 * t];
		const b = 3 * triangles[3 * t + 1];
		const c = 3 * triangles[3 * t + 2];
		for (let k = 0; k < POINTS; k++) {
			const wa = PATTERN[3 * k];
			const wb = PATTERN[3 * k + 1];
			const wc = PATTERN[3 * k + 2];
			const x = wa * p[a] + wb * p[b] + wc * p[c];
			const y = wa * p[a + 1] + wb * p[b + 1] + wc * p[c + 1];
			const z = wa * p[a + 2] + wb * p[b + 2] + wc * p[c + 2];
			const at = 3 * (POINTS * t + k);
			const bound = WIDER * lengthOf(forth[at] - x, forth[at + 1] - y, forth[at + 2] - z);
			const found =
				(bound < reach && nearestPoint(target.bvh, x, y, z, bound, near)) ||
				nearestPoint(target.bvh, x, y, z, reach, near);
			if (!found) continue;
			forth[at] = near.x;
			forth[at + 1] = near.y;
			forth[at + 2] = near.z;
			normalAndArea(target.positions, target.triangles, near.triangle, normal, 0);
			const dot = normal[0] * normals[4 * t] + normal[1] * normals[4 * t + 1] + normal[2] * normals[4 * t + 2];
			if (dot < SAME_SIDE) continue;
			addLine(lines, t, wa, wb, wc, normal, near.x - x, near.y - y, near.z - z, normals[4 * t + 3] / POINTS);
		}
	}
}

/** From the centres of triangles of the target, every `stride`-th, to the fitted surface. */
function lineBack(
	fitted: Fitted,
	normals: Float64Array,
	target: FitTarget,
	{ backTriangle, backWeights, stride }: Known,
	lines: Lines,
): void {
	const { positions, triangles } = target;
	const bvh = buildBvh({ positions: Float32Array.from(fitted.positions), triangles: fitted.triangles });
	const near = newNearest();
	const normal = new Float64Array(4);
	const reach = REACH * target.diagonal;
	for (let i = 0; i < backTriangle.length; i++) {
		const s = i * stride;
		const a = 3 * triangles[3 * s];
		const b = 3 * triangles[3 * s + 1];
		const c = 3 * triangles[3 * s + 2];
		const x = (positions[a] + positions[b] + positions[c]) / 3;
		const y = (positions[a + 1] + positions[b + 1] + positions[c + 1]) / 3;
		const z = (positions[a + 2] + positions[b + 2] + positions[c + 2]) / 3;
		const last = backTriangle[i];
		const bound =
			last < 0 ? reach : WIDER * distanceTo(fitted, last, backWeights[2 * i], backWeights[2 * i + 1], x, y, z);
		const found = (bound < reach && nearestPoint(bvh, x, y, z, bound, near)) || nearestPoint(bvh, x, y, z, reach, near);
		if (!found) continue;
		const t = near.triangle;
		backTriangle[i] = t;
		backWeights[2 * i] = near.u;
		backWeights[2 * i + 1] = near.v;
		normalAndArea(target.positions, target.triangles, s, normal, 0);
		const dot = normal[0] * normals[4 * t] + normal[1] * normals[4 * t + 1] + normal[2] * normals[4 * t + 2];
		if (dot < SAME_SIDE) continue;
		const w = 1 - near.u - near.v;
		addLine(lines, t, w, near.u, near.v, normal, x - near.x, y - near.y, z - near.z, normal[3] * stride);
	}
}

/** From (x, y, z) to the point of triangle `t` with these weights of its second and third corner. */
function distanceTo(
	{ positions: p, triangles }: Fitted,
	t: number,
	u: number,
	v: number,
	x: number,
	y: number,
	z: number,
): number {
	const a = 3 * triangles[3 * t];
	const b = 3 * triangles[3 * t + 1];
	const c = 3 * triangles[3 * t + 2];
	const w = 1 - u - v;
	return lengthOf(
		w * p[a] + u * p[b] + v * p[c] - x,
		w * p[a + 1] + u * p[b + 1] + v * p[c + 1] - y,
		w * p[a + 2] + u * p[b + 2] + v * p[c + 2] - z,
	);
}

const lengthOf = (x: number, y: number, z: number): number => Math.sqrt(x * x + y * y + z * z);

function addLine(
	lines: Lines,
	t: number,
	wa: number,
	wb: number,
	wc: number,
	normal: Float64Array,
	dx: number,
	dy: number,
	dz: number,
	area: number,
): void {
	const i = lines.count++;
	lines.triangle[i] = t;
	lines.weights[3 * i] = wa;
	lines.weights[3 * i + 1] = wb;
	lines.weights[3 * i + 2] = wc;
	lines.normals[3 * i] = normal[0];
	lines.normals[3 * i + 1] = normal[1];
	lines.normals[3 * i + 2] = normal[2];
	lines.residuals[i] = dx * normal[0] + dy * normal[1] + dz * normal[2];
	lines.areas[i] = area;
}

/** Unit normal and area of each triangle. T × 4. */
function normalsOf({ positions, triangles }: Fitted): Float64Array {
	const normals = new Float64Array((4 * triangles.length) / 3);
	for (let t = 0; 3 * t < triangles.length; t++) normalAndArea(positions, triangles, t, normals, 4 * t);
	return normals;
}

/** Entries of a triangle's share of the normal equations: the upper half of a symmetric 9 × 9 matrix, row by row. */
const SHARE = 45;

/**
 * The moves d that make Σ area · (n · Σ w d − residual)² + STAY · Σ area · w² |d|² least: conjugate gradients with the
 * diagonal as preconditioner. Lines are summed by triangle first: a triangle has some 15. Fixed vertices get no move.
 * V × 3.
 */
function solveMoves({ positions, triangles }: Fitted, lines: Lines, fixed: Uint8Array): Float64Array {
	const size = positions.length;
	const shares = new Float64Array((SHARE * triangles.length) / 3);
	const residual = new Float64Array(size);
	sumLines(lines, triangles, shares, residual);
	const diagonal = diagonalOf(shares, triangles, size);
	for (let i = 0; i < size; i++) if (fixed[(i / 3) | 0] !== 0 || diagonal[i] === 0) residual[i] = 0;
	const moves = new Float64Array(size);
	const image = new Float64Array(size);
	const direction = new Float64Array(size);
	let before = 0;
	for (let iteration = 0; iteration < ITERATIONS; iteration++) {
		let now = 0;
		for (let i = 0; i < size; i++) if (residual[i] !== 0) now += (residual[i] * residual[i]) / diagonal[i];
		if (now === 0) break;
		const keep = iteration === 0 ? 0 : now / before;
		for (let i = 0; i < size; i++)
			direction[i] = keep * direction[i] + (residual[i] !== 0 ? residual[i] / diagonal[i] : 0);
		applyShares(shares, triangles, direction, image);
		let curvature = 0;
		for (let i = 0; i < size; i++) {
			if (fixed[(i / 3) | 0] !== 0) image[i] = 0;
			curvature += direction[i] * image[i];
		}
		const step = now / curvature;
		for (let i = 0; i < size; i++) {
			moves[i] += step * direction[i];
			residual[i] -= step * image[i];
		}
		before = now;
	}
	return moves;
}

/** Sums the lines of each triangle into its share of the matrix, and all lines into the right side. */
function sumLines(lines: Lines, triangles: Uint32Array, shares: Float64Array, right: Float64Array): void {
	const row = new Float64Array(9);
	for (let i = 0; i < lines.count; i++) {
		const t = lines.triangle[i];
		const area = lines.areas[i];
		for (let j = 0; j < 9; j++) {
			const k = (j / 3) | 0;
			row[j] = lines.weights[3 * i + k] * lines.normals[3 * i + j - 3 * k];
			right[3 * triangles[3 * t + k] + j - 3 * k] += area * row[j] * lines.residuals[i];
		}
		let at = SHARE * t;
		for (let j = 0; j < 9; j++) {
			const w = lines.weights[3 * i + ((j / 3) | 0)];
			shares[at] += STAY * area * w * w;
			const scaled = area * row[j];
			for (let k = j; k < 9; k++) shares[at++] += scaled * row[k];
		}
	}
}

function diagonalOf(shares: Float64Array, triangles: Uint32Array, size: number): Float64Array {
	const diagonal = new Float64Array(size);
	for (let t = 0; 3 * t < triangles.length; t++) {
		let at = SHARE * t;
		for (let j = 0; j < 9; j++) {
			const k = (j / 3) | 0;
			diagonal[3 * triangles[3 * t + k] + j - 3 * k] += shares[at];
			at += 9 - j;
		}
	}
	return diagonal;
}

/** The matrix of the normal equations times `direction`. */
function applyShares(shares: Float64Array, triangles: Uint32Array, direction: Float64Array, image: Float64Array): void {
	image.fill(0);
	const from = new Float64Array(9);
	const to = new Float64Array(9);
	for (let t = 0; 3 * t < triangles.length; t++) {
		const a = 3 * triangles[3 * t];
		const b = 3 * triangles[3 * t + 1];
		const c = 3 * triangles[3 * t + 2];
		for (let k = 0; k < 3; k++) {
			from[k] = direction[a + k];
			from[3 + k] = direction[b + k];
			from[6 + k] = direction[c + k];
		}
		to.fill(0);
		let at = SHARE * t;
		for (let j = 0; j < 9; j++) {
			const own = from[j];
			let sum = shares[at++] * own;
			for (let k = j + 1; k < 9; k++) {
				const entry = shares[at++];
				sum += entry * from[k];
				to[k] += entry * own;
			}
			to[j] += sum;
		}
		for (let k = 0; k < 3; k++) {
			image[a + k] += to[k];
			image[b + k] += to[3 + k];
			image[c + k] += to[6 + k];
		}
	}
}

/** Moves the vertices; those of a triangle that would turn too far go back, until none does. */
function moveVertices(fitted: Fitted, moves: Float64Array): void {
	const { positions, triangles } = fitted;
	const before = normalsOf(fitted);
	for (let i = 0; i < moves.length; i++) positions[i] += moves[i];
	for (;;) {
		const after = normalsOf(fitted);
		let back = 0;
		for (let t = 0; 3 * t < triangles.length; t++) {
			const turn =
				before[4 * t] * after[4 * t] + before[4 * t + 1] * after[4 * t + 1] + before[4 * t + 2] * after[4 * t + 2];
			if (turn >= MIN_TURN || before[4 * t + 3] === 0) continue;
			for (let c = 3 * t; c < 3 * t + 3; c++) {
				for (let i = 3 * triangles[c]; i < 3 * triangles[c] + 3; i++) {
					if (moves[i] === 0) continue;
					positions[i] -= moves[i];
					moves[i] = 0;
					back++;
				}
			}
		}
		if (back === 0) return;
	}
}
