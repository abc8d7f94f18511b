import { UnionFind } from '../math/union-find.ts';
import { type Mesh, next, prev } from '../mesh/mesh.ts';
import { twins } from '../mesh/topology.ts';
import { clean } from './clean.ts';
import { FieldSurface, FREE, GONE, LINE, PINNED } from './field-surface.ts';

/** Edges are kept between these shares of the length asked for. */
const SHORTEST = 0.75;
const LONGEST = 1.4;
const PASSES = 3;
/** Cosine: a collapse may not turn a triangle further. */
const MIN_TURN = 0.5;
/** Cosine: a flipped edge must leave its surroundings this flat. */
const MIN_FLAT = 0.85;
/** A line that turns by more than about 50° at a vertex has a corner there. */
const MIN_STRAIGHT = 0.64;
/** Creases that are shorter in all than so many edges of the new surface are taken for noise. */
const SHORTEST_CREASE = 5;

/**
 * An even triangulation of a surface with edges about `length` long, on which fields can be smoothed. Features (borders,
 * borders of parts, creases sharper than `featureDegrees`) stay lines of edges.
 *
 * Based on:
 * - Botsch, Kobbelt. A remeshing approach to multiresolution modeling. 2004. [botsch2004] (collapse, split, flip, relax)
 * Departs from it: edges are flipped to be Delaunay, not for valence; nothing is projected back, since the result only
 * carries the field and the quads are fitted to the source in the end.
 *
 * @returns The surface, and the lines of the source.
 */
export function resample(
	mesh: Mesh,
	partOf: ArrayLike<number> | undefined,
	length: number,
	featureDegrees: number,
	advance: (fraction: number) => void,
): { surface: FieldSurface; lines: Float32Array } {
	let surface = startSurface(mesh, partOf, length, featureDegrees);
	const lines = segmentsOf(surface);
	for (let pass = 0; pass < PASSES; pass++) {
		advance(pass / PASSES);
		collapseShort(surface, length);
		advance((pass + 0.4) / PASSES);
		splitLong(surface, length);
		surface = surface.compact();
		flipEdges(surface);
		relax(surface);
	}
	return { surface, lines };
}

/** The edges of lines, as triangles without area. L × 9. */
function segmentsOf({ at, twin, line, positions }: FieldSurface): Float32Array {
	const ends: number[] = [];
	for (let c = 0; c < at.length; c++) {
		if (line[c] === 0 || c < twin[c]) continue;
		for (const v of [at[c], at[next(c)], at[next(c)]])
			ends.push(positions[3 * v], positions[3 * v + 1], positions[3 * v + 2]);
	}
	return Float32Array.from(ends);
}

/** The surface of the mesh with vertices parted where several sheets meet, and its features. */
function startSurface(
	mesh: Mesh,
	partOf: ArrayLike<number> | undefined,
	length: number,
	featureDegrees: number,
): FieldSurface {
	const { kept } = clean(mesh);
	const triangles = new Uint32Array(3 * kept.length);
	for (let t = 0; t < kept.length; t++)
		for (let k = 0; k < 3; k++) triangles[3 * t + k] = mesh.triangles[3 * kept[t] + k];
	const twin = twins({ ...mesh, triangles }).map((t) => (t < 0 ? -1 : t));
	const { positions, at } = partSheets(mesh.positions, triangles, twin);
	const line = new Uint8Array(at.length);
	const surface = new FieldSurface(positions, at, twin, line, new Uint8Array(positions.length / 3));
	const normals = triangleNormals(surface);
	const limit = Math.cos((featureDegrees * Math.PI) / 180);
	const crease = new Uint8Array(at.length);
	for (let c = 0; c < at.length; c++) {
		const t = (c / 3) | 0;
		const u = (twin[c] / 3) | 0;
		if (twin[c] < 0 || (partOf && partOf[kept[t]] !== partOf[kept[u]])) line[c] = 1;
		else if (dot3(normals, 3 * t, 3 * u) < limit) crease[c] = 1;
	}
	keepLongCreases(surface, crease, SHORTEST_CREASE * length);
	classify(surface);
	return surface;
}

/** Gives each fan of triangles around a vertex a vertex of its own. */
function partSheets(
	source: Float32Array,
	triangles: Uint32Array,
	twin: Int32Array,
): { positions: Float64Array; at: Int32Array } {
	const at = new Int32Array(triangles.length).fill(GONE);
	const from: number[] = [];
	for (let c = 0; c < at.length; c++) {
		if (at[c] !== GONE) continue;
		const v = from.length;
		from.push(triangles[c]);
		let d = c;
		while (d >= 0 && at[d] === GONE) {
			at[d] = v;
			d = twin[prev(d)];
		}
		d = twin[c] < 0 ? -1 : next(twin[c]);
		while (d >= 0 && at[d] === GONE) {
			at[d] = v;
			d = twin[d] < 0 ? -1 : next(twin[d]);
		}
	}
	const positions = new Float64Array(3 * from.length);
	for (let i = 0; i < positions.length; i++) positions[i] = source[3 * from[(i / 3) | 0] + (i % 3)];
	return { positions, at };
}

function keepLongCreases(surface: FieldSurface, crease: Uint8Array, shortest: number): void {
	const { at, twin, line } = surface;
	const sets = new UnionFind(surface.vertices);
	for (let c = 0; c < at.length; c++) if (crease[c] !== 0) sets.union(at[c], at[next(c)]);
	const lengths = new Float64Array(surface.vertices);
	for (let c = 0; c < at.length; c++)
		if (crease[c] !== 0 && c < twin[c]) lengths[sets.find(at[c])] += Math.sqrt(surface.squaredLength(c));
	for (let c = 0; c < at.length; c++) if (crease[c] !== 0 && lengths[sets.find(at[c])] >= shortest) line[c] = 1;
}

/** Vertices on lines: PINNED where lines meet or turn. */
function classify(surface: FieldSurface): void {
	const { at, twin, line, kind, positions } = surface;
	const lines = new Uint8Array(surface.vertices);
	const ends = new Int32Array(2 * surface.vertices);
	const note = (v: number, other: number): void => {
		if (lines[v] < 2) ends[2 * v + lines[v]] = other;
		if (lines[v] < 255) lines[v]++;
	};
	for (let c = 0; c < at.length; c++) {
		if (line[c] === 0 || c < twin[c]) continue;
		note(at[c], at[next(c)]);
		note(at[next(c)], at[c]);
	}
	for (let v = 0; v < lines.length; v++) {
		if (lines[v] === 0) continue;
		kind[v] = lines[v] > 2 ? PINNED : LINE;
		if (lines[v] !== 2) continue;
		if (straightness(positions, ends[2 * v], v, ends[2 * v + 1]) < MIN_STRAIGHT) kind[v] = PINNED;
	}
}

/** Cosine of the turn from a → v to v → b. */
function straightness(p: Float64Array, a: number, v: number, b: number): number {
	let dot = 0;
	let before = 0;
	let after = 0;
	for (let k = 0; k < 3; k++) {
		const from = p[3 * v + k] - p[3 * a + k];
		const to = p[3 * b + k] - p[3 * v + k];
		dot += from * to;
		before += from * from;
		after += to * to;
	}
	return dot / Math.sqrt(before * after);
}

/** Collapses short edges, the shortest rounds first: a dense source thins out evenly. */
function collapseShort(surface: FieldSurface, length: number): void {
	const shortest = (SHORTEST * length) ** 2;
	const longest = (LONGEST * length) ** 2;
	const { at, twin } = surface;
	let limit = shortest;
	for (let c = 0; c < 3 * surface.triangles; c += 97)
		if (at[c] !== GONE) limit = Math.min(limit, 2 * surface.squaredLength(c));
	limit = Math.max(limit, shortest / 256);
	for (;;) {
		for (let c = 0; c < 3 * surface.triangles; c++) {
			if (at[c] === GONE || c < twin[c] || surface.squaredLength(c) >= limit) continue;
			if (surface.keepsLines(c) && surface.mayCollapse(c)) collapseTo(surface, c, longest);
		}
		if (limit >= shortest) return;
		limit = Math.min(shortest, 2.5 * limit);
	}
}

const place = new Float64Array(3);

/** Collapses the edge unless that would turn a triangle or leave a long edge. */
function collapseTo(surface: FieldSurface, c: number, longest: number): void {
	const { at, kind, positions: p } = surface;
	const a = at[c];
	const b = at[next(c)];
	const share = kind[a] === kind[b] ? 0.5 : kind[a] > kind[b] ? 0 : 1;
	for (let k = 0; k < 3; k++) place[k] = p[3 * a + k] + share * (p[3 * b + k] - p[3 * a + k]);
	if (!staysFlat(surface, a, b, longest) || !staysFlat(surface, b, a, longest)) return;
	p.set(place, 3 * a);
	surface.collapse(c);
}

/** May `v` move to `place` when its triangles with `other` go? */
function staysFlat(surface: FieldSurface, v: number, other: number, longest: number): boolean {
	const { at, positions: p } = surface;
	const count = surface.walk(v);
	const { ring } = surface;
	const [x, y, z] = place;
	for (let i = 0; i < count; i++) {
		const b = at[next(ring[i])];
		const d = at[prev(ring[i])];
		if (b === other || d === other) continue;
		const bx = p[3 * b];
		const by = p[3 * b + 1];
		const bz = p[3 * b + 2];
		if ((bx - x) ** 2 + (by - y) ** 2 + (bz - z) ** 2 > longest) return false;
		const ex = p[3 * d] - bx;
		const ey = p[3 * d + 1] - by;
		const ez = p[3 * d + 2] - bz;
		const ux = p[3 * v] - bx;
		const uy = p[3 * v + 1] - by;
		const uz = p[3 * v + 2] - bz;
		const nx = ey * uz - ez * uy;
		const ny = ez * ux - ex * uz;
		const nz = ex * uy - ey * ux;
		const wx = x - bx;
		const wy = y - by;
		const wz = z - bz;
		const mx = ey * wz - ez * wy;
		const my = ez * wx - ex * wz;
		const mz = ex * wy - ey * wx;
		const dot = nx * mx + ny * my + nz * mz;
		if (dot <= 0 && nx * nx + ny * ny + nz * nz > 0) return false;
		const squares = (nx * nx + ny * ny + nz * nz) * (mx * mx + my * my + mz * mz);
		if (dot * dot < MIN_TURN * MIN_TURN * squares) return false;
	}
	return true;
}

/** Splits long edges, and the halves that are long still. */
function splitLong(surface: FieldSurface, length: number): void {
	const longest = (LONGEST * length) ** 2;
	let limit = longest;
	for (let c = 0; c < 3 * surface.triangles; c++)
		if (surface.at[c] !== GONE) limit = Math.max(limit, surface.squaredLength(c));
	// Longest first, by rounds: the halves of long edges are even.
	for (; ; limit = Math.max(longest, limit / 2)) {
		for (let c = 0; c < 3 * surface.triangles; c++) {
			if (surface.at[c] === GONE || c < surface.twin[c]) continue;
			while (surface.squaredLength(c) > limit) surface.split(c);
		}
		if (limit === longest) return;
		limit = Math.max(longest, limit);
	}
}

/** Flips edges until they are Delaunay, where the surface is flat enough to bear it. */
function flipEdges(surface: FieldSurface): void {
	const { at, twin, line, triangles } = surface;
	for (let round = 0; round < 3; round++) {
		let flips = 0;
		for (let c = 0; c < 3 * triangles; c++) {
			if (c < twin[c] || twin[c] < 0 || line[c] !== 0) continue;
			if (!wantsFlip(surface, c) || surface.joined(at[prev(c)], at[prev(twin[c])])) continue;
			surface.flip(c);
			flips++;
		}
		if (flips === 0) return;
	}
}

function wantsFlip(surface: FieldSurface, c: number): boolean {
	const { at, twin, positions: p } = surface;
	const a = 3 * at[c];
	const b = 3 * at[next(c)];
	const x = 3 * at[prev(c)];
	const y = 3 * at[prev(twin[c])];
	if (cotangent(p, x, a, b) + cotangent(p, y, b, a) >= -1e-9) return false;
	return (
		flatness(p, a, b, x, b, a, y) > MIN_FLAT &&
		flatness(p, a, y, x, b, x, y) > MIN_FLAT &&
		flatness(p, a, b, x, a, y, x) > MIN_FLAT
	);
}

/** Cotangent of the angle at x in the triangle x, a, b. */
function cotangent(p: Float64Array, x: number, a: number, b: number): number {
	const ux = p[a] - p[x];
	const uy = p[a + 1] - p[x + 1];
	const uz = p[a + 2] - p[x + 2];
	const vx = p[b] - p[x];
	const vy = p[b + 1] - p[x + 1];
	const vz = p[b + 2] - p[x + 2];
	const cx = uy * vz - uz * vy;
	const cy = uz * vx - ux * vz;
	const cz = ux * vy - uy * vx;
	const cross = Math.sqrt(cx * cx + cy * cy + cz * cz);
	return (ux * vx + uy * vy + uz * vz) / Math.max(cross, 1e-300);
}

/** Cosine between the normals of two triangles. */
function flatness(p: Float64Array, a: number, b: number, c: number, d: number, e: number, f: number): number {
	const n = new Float64Array(6);
	cross(p, a, b, c, n, 0);
	cross(p, d, e, f, n, 3);
	const squares = (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) * (n[3] * n[3] + n[4] * n[4] + n[5] * n[5]);
	return (n[0] * n[3] + n[1] * n[4] + n[2] * n[5]) / Math.sqrt(Math.max(squares, 1e-300));
}

function cross(p: Float64Array, a: number, b: number, c: number, out: Float64Array, o: number): void {
	const ux = p[b] - p[a];
	const uy = p[b + 1] - p[a + 1];
	const uz = p[b + 2] - p[a + 2];
	const vx = p[c] - p[a];
	const vy = p[c + 1] - p[a + 1];
	const vz = p[c + 2] - p[a + 2];
	out[o] = uy * vz - uz * vy;
	out[o + 1] = uz * vx - ux * vz;
	out[o + 2] = ux * vy - uy * vx;
}

/** Moves each free vertex towards the middle of its neighbours, along the surface. */
function relax(surface: FieldSurface): void {
	const { at, kind, positions: p } = surface;
	const n = new Float64Array(3);
	for (let v = 0; v < surface.vertices; v++) {
		if (kind[v] !== FREE) continue;
		const count = surface.walk(v);
		const { ring } = surface;
		let x = 0;
		let y = 0;
		let z = 0;
		let nx = 0;
		let ny = 0;
		let nz = 0;
		for (let i = 0; i < count; i++) {
			const b = 3 * at[next(ring[i])];
			x += p[b];
			y += p[b + 1];
			z += p[b + 2];
			cross(p, 3 * v, b, 3 * at[prev(ring[i])], n, 0);
			nx += n[0];
			ny += n[1];
			nz += n[2];
		}
		x = x / count - p[3 * v];
		y = y / count - p[3 * v + 1];
		z = z / count - p[3 * v + 2];
		const squares = nx * nx + ny * ny + nz * nz;
		const out = squares > 0 ? (x * nx + y * ny + z * nz) / squares : 0;
		p[3 * v] += 0.7 * (x - out * nx);
		p[3 * v + 1] += 0.7 * (y - out * ny);
		p[3 * v + 2] += 0.7 * (z - out * nz);
	}
}

/** Unit normals. T × 3. */
function triangleNormals({ positions, at }: FieldSurface): Float64Array {
	const normals = new Float64Array(at.length);
	for (let c = 0; c < at.length; c += 3) {
		cross(positions, 3 * at[c], 3 * at[c + 1], 3 * at[c + 2], normals, c);
		const length = Math.hypot(normals[c], normals[c + 1], normals[c + 2]) || 1;
		for (let k = 0; k < 3; k++) normals[c + k] /= length;
	}
	return normals;
}

const dot3 = (n: Float64Array, a: number, b: number): number => n[a] * n[b] + n[a + 1] * n[b + 1] + n[a + 2] * n[b + 2];
