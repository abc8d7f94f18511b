import { normalAndArea } from '../math/triangle.ts';
import { next } from '../mesh/mesh.ts';
import { twins } from '../mesh/topology.ts';
import type { Bvh } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import { quickBvh } from '../spatial/quick-bvh.ts';
import { type Walkable, walkToNearest } from '../spatial/walk.ts';

/** The surface that is fitted: positions in object units, V × 3, changed in place; triangles C. */
export type Fitted = { readonly positions: Float64Array; readonly triangles: Uint32Array };

/** The dense surface that is fitted to. */
export type FitTarget = {
	readonly positions: Float32Array;
	readonly triangles: Uint32Array;
	readonly bvh: Bvh;
	/** Length of the bounding box's diagonal, object units. */
	readonly diagonal: number;
	/** Its `twins`, where they are known already. C. */
	readonly twin?: Int32Array;
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
 * Longest move of a pass: this share of the diagonal, or of the edges around the vertex if that is more. Where planes that
 * nearly agree meet far away, a step goes there: a leaf of Dungeon stuck out by an eighth of the model at 1000 triangles.
 * Tried: twice the longest line of the vertex, only lines that leave along their normal (that leaf at .07 and .13 instead
 * of .025); .005 (farther off at 300 triangles); by the diagonal alone (CesiumMilkTruck at 1000 quads twice as far off).
 */
const LONGEST = 0.01;
const LONGEST_OF_EDGES = 0.1;

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
		const lines = gatherLines(fitted, target, known, pass === 0);
		const moves = solveMoves(fitted, lines, fixed);
		shorten(moves, fitted, LONGEST * target.diagonal);
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
 * Where the lines of the last pass ended: the next pass, whose points have hardly moved, goes on from there. Tried: to
 * search the whole surface each time (2026-11): a quarter longer, and no nearer than by a quarter of a percent; to search
 * it the first time for every point of the pattern: a fifth longer (koala), and no nearer (ten models).
 */
type Known = {
	/** The target, to be walked over. */
	readonly dense: Walkable;
	/** The fitted surface; its positions change. */
	readonly coarse: Walkable;
	/** Triangle of the target for each point of the pattern; -1 where none. T × POINTS. */
	readonly forth: Int32Array;
	/** Triangle of the fitted surface for each line back; -1 where none. */
	readonly back: Int32Array;
	/** Every so many triangles of the target have a line back. */
	readonly stride: number;
};

/**
 * Triangles of the target that have a line back, for each triangle of the fitted surface, at most about this many. Twice
 * as many bring the surface 1 % nearer and take a tenth longer (koala, 2026-11).
 */
const BACK_POINTS = 4;

function startKnown({ positions, triangles }: Fitted, target: FitTarget): Known {
	const faces = triangles.length / 3;
	const targetFaces = target.triangles.length / 3;
	const stride = Math.max(1, Math.floor(targetFaces / (BACK_POINTS * faces)));
	return {
		dense: {
			positions: Float64Array.from(target.positions),
			triangles: target.triangles,
			twin: target.twin ?? twinsOf(target),
		},
		coarse: { positions, triangles, twin: twinsOf({ positions, triangles }) },
		forth: new Int32Array(POINTS * faces).fill(-1),
		back: new Int32Array(Math.ceil(targetFaces / stride)).fill(-1),
		stride,
	};
}

function twinsOf({ positions, triangles }: { positions: { length: number }; triangles: Uint32Array }): Int32Array {
	const places = new Float32Array(positions.length);
	return twins({ positions: places, triangles, corner: {}, materialOf: new Uint16Array(0) });
}

function gatherLines(fitted: Fitted, target: FitTarget, known: Known, isFirst: boolean): Lines {
	const most = known.forth.length + known.back.length;
	const lines: Lines = {
		count: 0,
		triangle: new Uint32Array(most),
		weights: new Float64Array(3 * most),
		normals: new Float64Array(3 * most),
		residuals: new Float64Array(most),
		areas: new Float64Array(most),
	};
	const normals = normalsOf(fitted);
	const reach = REACH * target.diagonal;
	const { positions, triangles } = fitted;
	lineForth(fitted, normals, known, reach, isFirst ? target.bvh : undefined, lines);
	const bvh = isFirst ? quickBvh({ positions: Float32Array.from(positions), triangles }) : undefined;
	lineBack(known, normals, reach, bvh, lines);
	return lines;
}

/** Widens a bound by what rounding could take from it. */
const WIDER = 1 + 1e-6;

const near = newNearest();
const lengthOf = (x: number, y: number, z: number): number => Math.sqrt(x * x + y * y + z * z);

/**
 * Finds, into `near`, the point of a surface that is nearest to (x, y, z).
 *
 * @param start Triangle from which it is looked for; -1: none.
 * @param bvh Given, it is searched for everywhere; the start is then where `near` is, and says how far it can be.
 */
function seek(
	surface: Walkable,
	start: number,
	bvh: Bvh | undefined,
	x: number,
	y: number,
	z: number,
	reach: number,
): boolean {
	if (bvh === undefined) {
		if (start < 0) return false;
		walkToNearest(surface, start, x, y, z, near);
		return near.distance <= reach;
	}
	// The nearest is no farther than what was found for the point before.
	const away = WIDER * lengthOf(near.x - x, near.y - y, near.z - z);
	const bound = start >= 0 && away < reach ? away : reach;
	return nearestPoint(bvh, x, y, z, bound, near) || (bound < reach && nearestPoint(bvh, x, y, z, reach, near));
}

/** From the pattern on each triangle to the target. */
function lineForth(
	{ positions: p, triangles }: Fitted,
	normals: Float64Array,
	{ dense, forth }: Known,
	reach: number,
	bvh: Bvh | undefined,
	lines: Lines,
): void {
	const normal = new Float64Array(4);
	let last = -1;
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
			const i = POINTS * t + k;
			// The first time only the middle of a triangle is looked for everywhere; its other points are beside it.
			const isBeside = bvh !== undefined && k > 0 && forth[POINTS * t] >= 0;
			const start = isBeside ? forth[POINTS * t] : bvh ? last : forth[i];
			if (!seek(dense, start, isBeside ? undefined : bvh, x, y, z, reach)) continue;
			last = near.triangle;
			forth[i] = last;
			normalAndArea(dense.positions, dense.triangles, last, normal, 0);
			const dot = normal[0] * normals[4 * t] + normal[1] * normals[4 * t + 1] + normal[2] * normals[4 * t + 2];
			if (dot < SAME_SIDE) continue;
			addLine(lines, t, wa, wb, wc, normal, near.x - x, near.y - y, near.z - z, normals[4 * t + 3] / POINTS);
		}
	}
}

/** From the centres of triangles of the target, every `stride`-th, to the fitted surface. */
function lineBack(
	{ dense, coarse, back, stride }: Known,
	normals: Float64Array,
	reach: number,
	bvh: Bvh | undefined,
	lines: Lines,
): void {
	const { positions: p, triangles } = dense;
	const normal = new Float64Array(4);
	let last = -1;
	for (let i = 0; i < back.length; i++) {
		const s = i * stride;
		const a = 3 * triangles[3 * s];
		const b = 3 * triangles[3 * s + 1];
		const c = 3 * triangles[3 * s + 2];
		const x = (p[a] + p[b] + p[c]) / 3;
		const y = (p[a + 1] + p[b + 1] + p[c + 1]) / 3;
		const z = (p[a + 2] + p[b + 2] + p[c + 2]) / 3;
		if (!seek(coarse, bvh ? last : back[i], bvh, x, y, z, reach)) continue;
		const t = near.triangle;
		last = t;
		back[i] = t;
		normalAndArea(p, triangles, s, normal, 0);
		const dot = normal[0] * normals[4 * t] + normal[1] * normals[4 * t + 1] + normal[2] * normals[4 * t + 2];
		if (dot < SAME_SIDE) continue;
		const w = 1 - near.u - near.v;
		addLine(lines, t, w, near.u, near.v, normal, x - near.x, y - near.y, z - near.z, normal[3] * stride);
	}
}

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

/**
 * The matrix of the normal equations in blocks of 3 × 3, all symmetric, six numbers each (xx xy xz yy yz zz): one of each
 * vertex with itself, V × 6; and, for each triangle, one of its first corner with its second, of the second with the
 * third, and of the third with the first, T × 18.
 */
type Blocks = { readonly own: Float64Array; readonly shared: Float64Array };

/**
 * The moves d that make Σ area · (n · Σ w d − residual)² + STAY · Σ area · w² |d|² least: conjugate gradients with the
 * diagonal as preconditioner. Lines are summed by triangle first: a triangle has some 15. Fixed vertices get no move.
 * V × 3.
 */
function solveMoves({ positions, triangles }: Fitted, lines: Lines, fixed: Uint8Array): Float64Array {
	const size = positions.length;
	const blocks = { own: new Float64Array(2 * size), shared: new Float64Array(6 * triangles.length) };
	const residual = new Float64Array(size);
	sumLines(lines, triangles, blocks, residual);
	// 1 over the diagonal; 0 holds what is fixed or free of all lines.
	const inverse = new Float64Array(size);
	for (let v = 0; 3 * v < size; v++) {
		if (fixed[v] !== 0) continue;
		for (let k = 0; k < 3; k++) {
			const entry = blocks.own[6 * v + DIAGONAL[k]];
			if (entry !== 0) inverse[3 * v + k] = 1 / entry;
		}
	}
	const moves = new Float64Array(size);
	const image = new Float64Array(size);
	const direction = new Float64Array(size);
	let before = 0;
	for (let iteration = 0; iteration < ITERATIONS; iteration++) {
		let now = 0;
		for (let i = 0; i < size; i++) now += residual[i] * residual[i] * inverse[i];
		if (now === 0) break;
		const keep = iteration === 0 ? 0 : now / before;
		for (let i = 0; i < size; i++) direction[i] = keep * direction[i] + residual[i] * inverse[i];
		applyBlocks(blocks, triangles, direction, image);
		let curvature = 0;
		for (let i = 0; i < size; i++) curvature += direction[i] * image[i];
		const step = now / curvature;
		for (let i = 0; i < size; i++) {
			moves[i] += step * direction[i];
			residual[i] -= step * image[i];
		}
		before = now;
	}
	return moves;
}

/** Where xx, yy and zz stand in a block. */
const DIAGONAL = [0, 3, 5];

/** Sums all lines into the matrix and into the right side. */
function sumLines(lines: Lines, triangles: Uint32Array, { own, shared }: Blocks, right: Float64Array): void {
	const { triangle, weights, normals, residuals, areas } = lines;
	for (let i = 0; i < lines.count; i++) {
		const t = triangle[i];
		const area = areas[i];
		const nx = normals[3 * i];
		const ny = normals[3 * i + 1];
		const nz = normals[3 * i + 2];
		const xx = area * nx * nx;
		const xy = area * nx * ny;
		const xz = area * nx * nz;
		const yy = area * ny * ny;
		const yz = area * ny * nz;
		const zz = area * nz * nz;
		const stay = STAY * area;
		const pull = area * residuals[i];
		for (let k = 0; k < 3; k++) {
			const v = triangles[3 * t + k];
			const w = weights[3 * i + k];
			const ww = w * w;
			addBlock(own, 6 * v, ww, xx + stay, xy, xz, yy + stay, yz, zz + stay);
			addBlock(shared, 18 * t + 6 * k, w * weights[k === 2 ? 3 * i : 3 * i + k + 1], xx, xy, xz, yy, yz, zz);
			right[3 * v] += pull * w * nx;
			right[3 * v + 1] += pull * w * ny;
			right[3 * v + 2] += pull * w * nz;
		}
	}
}

function addBlock(
	blocks: Float64Array,
	o: number,
	w: number,
	xx: number,
	xy: number,
	xz: number,
	yy: number,
	yz: number,
	zz: number,
): void {
	blocks[o] += w * xx;
	blocks[o + 1] += w * xy;
	blocks[o + 2] += w * xz;
	blocks[o + 3] += w * yy;
	blocks[o + 4] += w * yz;
	blocks[o + 5] += w * zz;
}

/** The matrix times `direction`. */
function applyBlocks(
	{ own, shared }: Blocks,
	triangles: Uint32Array,
	direction: Float64Array,
	image: Float64Array,
): void {
	for (let i = 0, o = 0; i < image.length; i += 3, o += 6) {
		const x = direction[i];
		const y = direction[i + 1];
		const z = direction[i + 2];
		image[i] = own[o] * x + own[o + 1] * y + own[o + 2] * z;
		image[i + 1] = own[o + 1] * x + own[o + 3] * y + own[o + 4] * z;
		image[i + 2] = own[o + 2] * x + own[o + 4] * y + own[o + 5] * z;
	}
	for (let c = 0, o = 0; c < triangles.length; c++, o += 6) {
		const a = 3 * triangles[c];
		const b = 3 * triangles[c % 3 === 2 ? c - 2 : c + 1];
		const xx = shared[o];
		const xy = shared[o + 1];
		const xz = shared[o + 2];
		const yy = shared[o + 3];
		const yz = shared[o + 4];
		const zz = shared[o + 5];
		const ax = direction[a];
		const ay = direction[a + 1];
		const az = direction[a + 2];
		const bx = direction[b];
		const by = direction[b + 1];
		const bz = direction[b + 2];
		image[a] += xx * bx + xy * by + xz * bz;
		image[a + 1] += xy * bx + yy * by + yz * bz;
		image[a + 2] += xz * bx + yz * by + zz * bz;
		image[b] += xx * ax + xy * ay + xz * az;
		image[b + 1] += xy * ax + yy * ay + yz * az;
		image[b + 2] += xz * ax + yz * ay + zz * az;
	}
}

/** Shortens the moves that are longer than `longest`, and than their share of the edges around them. */
function shorten(moves: Float64Array, { positions: p, triangles }: Fitted, longest: number): void {
	// Lengths of the edges around each vertex, and how many they are.
	const lengths = new Float64Array(moves.length / 3);
	const edges = new Uint32Array(moves.length / 3);
	for (let c = 0; c < triangles.length; c++) {
		const v = triangles[c];
		const w = triangles[next(c)];
		const length = lengthOf(p[3 * v] - p[3 * w], p[3 * v + 1] - p[3 * w + 1], p[3 * v + 2] - p[3 * w + 2]);
		lengths[v] += length;
		lengths[w] += length;
		edges[v]++;
		edges[w]++;
	}
	for (let v = 0; v < edges.length; v++) {
		const length = lengthOf(moves[3 * v], moves[3 * v + 1], moves[3 * v + 2]);
		if (length <= longest) continue;
		const most = Math.max(longest, (LONGEST_OF_EDGES * lengths[v]) / edges[v]);
		if (length > most) for (let i = 3 * v; i < 3 * v + 3; i++) moves[i] *= most / length;
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
