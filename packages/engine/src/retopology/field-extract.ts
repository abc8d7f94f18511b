import { normalAndArea } from '../math/triangle.ts';
import { next, prev } from '../mesh/mesh.ts';
import type { Level } from './field-hierarchy.ts';
import { type FieldSurface, GONE, turnedX, turnedY } from './field-surface.ts';
import { NO_VERTEX } from './quad-mesh.ts';

/** Faces of a quad mesh in the making. */
export type Extracted = {
	/** V × 3. */
	positions: Float64Array;
	/** NO_VERTEX in the fourth place of a triangle. F × 4. */
	faces: Uint32Array;
	/** FREE, LINE or PINNED. V. */
	kind: Uint8Array;
};

/** How fast the say of a vertex in the place of its lattice point falls with its distance from it. */
const FALL = 9;

/**
 * Takes the quads out of a surface whose steps are whole: vertices of the same lattice point are merged, edges of one
 * step are edges of quads, those of a step in both directions are their diagonals. The surface is used up.
 */
export function extractQuads(surface: FieldSurface, level: Level, spacing: number): Extracted {
	splitLongSteps(surface);
	const places = new Places(surface, level, spacing);
	for (let round = 0; round < 12; round++) {
		const merged = mergeEqual(surface, places, WIDEST_BUBBLE * spacing * spacing);
		const turned = turnFolded(surface);
		if (merged + turned === 0) break;
	}
	places.write(surface);
	return pairTriangles(surface);
}

/** Parts edges that span more than a cell. */
function splitLongSteps(surface: FieldSurface): void {
	const known = 3 * surface.triangles;
	for (let round = 0; round < 10; round++) {
		const before = surface.triangles;
		for (let c = 0; c < 3 * surface.triangles; c++) {
			const size = norm(surface, c);
			if (size < 2 || longer(surface, c, size)) continue;
			const t = surface.twin[c];
			if (t >= 0 && longer(surface, t, size)) continue;
			// Around a singularity the parts of a long step may be long again, without end: those stay.
			if (c >= known && (!closes(surface, c) || (t >= 0 && !closes(surface, t)))) continue;
			surface.split(c, Math.trunc(surface.dx[c] / 2), Math.trunc(surface.dy[c] / 2));
		}
		if (surface.triangles === before) return;
	}
}

/** Has the triangle an edge with a longer step? */
const longer = (surface: FieldSurface, c: number, size: number): boolean =>
	norm(surface, next(c)) > size || norm(surface, prev(c)) > size;

const norm = ({ dx, dy }: FieldSurface, c: number): number => Math.max(Math.abs(dx[c]), Math.abs(dy[c]));

/** Where merged vertices come to lie: the weighted mean of the lattice points that they stand for. */
class Places {
	readonly sums: Float64Array;
	readonly weights: Float64Array;

	constructor(surface: FieldSurface, { origins, points, size }: Level, spacing: number) {
		this.sums = new Float64Array(3 * surface.vertices);
		this.weights = new Float64Array(surface.vertices);
		for (let v = 0; v < surface.vertices; v++) {
			const known = v < size;
			const from = known ? origins : surface.positions;
			let squared = 1;
			if (known) {
				squared = 0;
				for (let k = 0; k < 3; k++) squared += ((origins[3 * v + k] - points[3 * v + k]) / spacing) ** 2;
			}
			this.weights[v] = Math.exp(-FALL * squared) + 1e-9;
			for (let k = 0; k < 3; k++) this.sums[3 * v + k] = this.weights[v] * from[3 * v + k];
		}
	}

	/** `a` takes the place of both; the one that may move less decides. */
	merge(a: number, b: number, kindA: number, kindB: number): void {
		const { sums, weights } = this;
		if (kindA > kindB) return;
		if (kindB > kindA) {
			weights[a] = 0;
			for (let k = 0; k < 3; k++) sums[3 * a + k] = 0;
		}
		weights[a] += weights[b];
		for (let k = 0; k < 3; k++) sums[3 * a + k] += sums[3 * b + k];
	}

	write({ positions, cornerOf, vertices }: FieldSurface): void {
		for (let v = 0; v < vertices; v++) {
			if (cornerOf[v] === GONE) continue;
			for (let k = 0; k < 3; k++) positions[3 * v + k] = this.sums[3 * v + k] / this.weights[v];
		}
	}
}

/** Collapses the edges without a step, as far as the surface stays manifold. */
function mergeEqual(surface: FieldSurface, places: Places, widest: number): number {
	const { at, twin, dx, dy, kind } = surface;
	let merged = 0;
	for (;;) {
		let now = 0;
		for (let c = 0; c < 3 * surface.triangles; c++) {
			if (at[c] === GONE || c < twin[c] || dx[c] !== 0 || dy[c] !== 0) continue;
			if (!surface.mayCollapse(c) && !(takeBubble(surface, c, widest) && surface.mayCollapse(c))) continue;
			const a = at[c];
			const b = at[next(c)];
			places.merge(a, b, kind[a], kind[b]);
			surface.collapse(c);
			now++;
		}
		merged += now;
		if (now === 0) return merged;
	}
}

/** A part of the surface that three edges cut off is taken for a fold up to so many triangles. */
const LARGEST_BUBBLE = 24;
/** ... and so much area, in cells. */
const WIDEST_BUBBLE = 1;

/**
 * Where the ends of an edge without a step have a neighbour in common beyond its two triangles, the three cut off a part
 * of the surface that covers no area of the lattice, since it folds back onto itself. It is taken out, and the three
 * edges become a triangle. False where there is none, or none small enough.
 */
function takeBubble(surface: FieldSurface, c: number, widest: number): boolean {
	const { at, twin } = surface;
	if (twin[c] < 0) return false;
	const a = at[c];
	const b = at[next(c)];
	let taken = false;
	for (let guard = 0; guard < 8; guard++) {
		const common = findThird(surface, a, b, at[prev(c)], at[prev(twin[c])]);
		if (!common) return taken;
		const [toA, toB] = common;
		// One side of the three edges holds the left triangle of c, the other the right one.
		const inside = cutOff(surface, c, toA, toB) ?? cutOff(surface, twin[c], toA, toB);
		if (!inside || areaOf(surface, inside) > widest) return taken;
		surface.replace(inside, c, toA, toB);
		taken = true;
	}
	return taken;
}

/** Half-edges from a to w and from b to w, where w is a neighbour of both but neither x nor y. */
function findThird(surface: FieldSurface, a: number, b: number, x: number, y: number): [number, number] | undefined {
	const { at, twin } = surface;
	const toW = new Map<number, number>();
	let count = surface.walk(a);
	for (let i = 0; i < count; i++) toW.set(at[next(surface.ring[i])], surface.ring[i]);
	count = surface.walk(b);
	for (let i = 0; i < count; i++) {
		const w = at[next(surface.ring[i])];
		const toA = toW.get(w);
		if (w === x || w === y || w === a || toA === undefined) continue;
		if (twin[toA] < 0 || twin[surface.ring[i]] < 0) continue;
		return [toA, surface.ring[i]];
	}
	return undefined;
}

/** The triangles on the left of `c` within the three edges, if they are few and hold no border. */
function cutOff({ at, twin }: FieldSurface, c: number, toA: number, toB: number): number[] | undefined {
	const walls = new Set([c, twin[c], toA, twin[toA], toB, twin[toB]]);
	const first = (c / 3) | 0;
	const inside = [first];
	const seen = new Set(inside);
	for (let i = 0; i < inside.length; i++) {
		for (let d = 3 * inside[i]; d < 3 * inside[i] + 3; d++) {
			if (walls.has(d)) continue;
			const t = twin[d];
			if (t < 0) return undefined;
			const u = (t / 3) | 0;
			if (seen.has(u)) continue;
			if (inside.length === LARGEST_BUBBLE) return undefined;
			seen.add(u);
			inside.push(u);
		}
	}
	// A disc inside the three edges: vertices − edges + triangles is 1.
	const vertices = new Set<number>();
	let sides = 0;
	for (const t of inside) {
		for (let d = 3 * t; d < 3 * t + 3; d++) {
			vertices.add(at[d]);
			sides += walls.has(d) ? 2 : 1;
		}
	}
	return vertices.size - sides / 2 + inside.length === 1 ? inside : undefined;
}

/** Area in space of some triangles, as their vertices lay when they were merged. */
function areaOf({ at, positions }: FieldSurface, triangles: readonly number[]): number {
	const out = new Float64Array(4);
	let sum = 0;
	for (const t of triangles) {
		normalAndArea(positions, at, t, out, 0);
		sum += out[3];
	}
	return sum;
}

/** Signed double area of a triangle on the lattice. */
const doubleArea = ({ dx, dy }: FieldSurface, c: number): number => dx[c] * dy[next(c)] - dy[c] * dx[next(c)];

const closes = ({ dx, dy }: FieldSurface, c: number): boolean => {
	const n = next(c);
	const p = prev(c);
	return dx[c] + dx[n] + dx[p] === 0 && dy[c] + dy[n] + dy[p] === 0;
};

/** Flips edges between a triangle and one folded onto it, where that leaves an edge without a step. */
function turnFolded(surface: FieldSurface): number {
	const { at, twin, line, turn, dx, dy } = surface;
	let turned = 0;
	for (let c = 0; c < 3 * surface.triangles; c++) {
		const t = twin[c];
		if (at[c] === GONE || t < 0 || line[c] !== 0) continue;
		if (doubleArea(surface, c) >= 0 || !closes(surface, c)) continue;
		if (doubleArea(surface, t) <= 0 || !closes(surface, t)) continue;
		const back = (4 - turn[c]) & 3;
		const n2 = next(t);
		const x = dx[prev(c)] + turnedX(dx[n2], dy[n2], back);
		const y = dy[prev(c)] + turnedY(dx[n2], dy[n2], back);
		if (x !== 0 || y !== 0) continue;
		if (surface.joined(at[prev(c)], at[prev(t)])) continue;
		surface.flip(c);
		turned++;
	}
	return turned;
}

/** Joins triangles over their diagonals; those that find no partner stay. */
function pairTriangles(surface: FieldSurface): Extracted {
	const { at, twin, line, dx, dy, positions, kind, cornerOf } = surface;
	const newVertex = new Int32Array(surface.vertices);
	let vertices = 0;
	for (let v = 0; v < surface.vertices; v++) if (cornerOf[v] !== GONE) newVertex[v] = vertices++;
	const faces: number[] = [];
	const done = new Uint8Array(surface.triangles);
	const isDiagonal = (c: number): boolean => Math.abs(dx[c]) === 1 && Math.abs(dy[c]) === 1;
	const add = (c: number): void => {
		const t = twin[c];
		const corners = [at[c], at[prev(t)], at[next(c)], at[prev(c)]];
		done[(c / 3) | 0] = 1;
		done[(t / 3) | 0] = 1;
		for (const v of corners) faces.push(newVertex[v]);
	};
	const mayPair = (c: number): boolean =>
		twin[c] >= 0 && line[c] === 0 && done[(twin[c] / 3) | 0] === 0 && at[prev(c)] !== at[prev(twin[c])];
	const diagonals = (t: number): number =>
		(isDiagonal(3 * t) ? 1 : 0) + (isDiagonal(3 * t + 1) ? 1 : 0) + (isDiagonal(3 * t + 2) ? 1 : 0);
	for (let most = 1; most <= 3; most++) {
		for (let c = 0; c < 3 * surface.triangles; c++) {
			if (at[c] === GONE || done[(c / 3) | 0] !== 0 || !isDiagonal(c) || !mayPair(c)) continue;
			if (diagonals((c / 3) | 0) <= most && diagonals((twin[c] / 3) | 0) <= most) add(c);
		}
	}
	for (let c = 0; c < 3 * surface.triangles; c += 3) {
		if (at[c] === GONE || done[c / 3] !== 0) continue;
		faces.push(newVertex[at[c]], newVertex[at[c + 1]], newVertex[at[c + 2]], NO_VERTEX);
	}
	const result = {
		positions: new Float64Array(3 * vertices),
		faces: Uint32Array.from(faces),
		kind: new Uint8Array(vertices),
	};
	for (let v = 0; v < surface.vertices; v++) {
		if (cornerOf[v] === GONE) continue;
		result.kind[newVertex[v]] = kind[v];
		for (let k = 0; k < 3; k++) result.positions[3 * newVertex[v] + k] = positions[3 * v + k];
	}
	return result;
}
