import { next } from '../mesh/mesh.ts';
import { type FieldSurface, FREE } from './field-surface.ts';

/** The points of a surface on which fields are smoothed, at one resolution. */
export type Level = {
	/** Points. */
	readonly size: number;
	/** xyz of each point. N × 3. */
	readonly points: Float64Array;
	/** Unit normals. N × 3. */
	readonly normals: Float64Array;
	/** Area that each stands for. N. */
	readonly areas: Float64Array;
	/** Neighbours: `list[offsets[i] .. offsets[i + 1]]`, and how many edges join the two. */
	readonly offsets: Uint32Array;
	readonly list: Uint32Array;
	readonly weights: Float64Array;
	/** FREE, LINE or PINNED. N. */
	readonly kind: Uint8Array;
	/** Where a point that is not FREE is held: a point of its line. N × 3. */
	readonly held: Float64Array;
	/** Unit tangent of the line through the point; 0 where there is none. N × 3. */
	readonly tangents: Float64Array;
	/** One direction of the cross at each point: a unit tangent vector. N × 3. */
	readonly cross: Float64Array;
	/** A point of the lattice at each point, in its tangent plane. N × 3. */
	readonly origins: Float64Array;
	/** Point of the next coarser level. N; empty on the coarsest. */
	readonly parents: Uint32Array;
};

/** Levels are added until one has at most so many points, or they no longer shrink. */
const COARSEST = 8;
const MIN_SHRINK = 0.95;

/**
 * The vertices of a surface, and coarser and coarser sets of points made by merging neighbours in pairs. Fields that are
 * smoothed on the coarse ones first are smooth at every scale.
 *
 * Based on: Jakob, Tarini, Panozzo, Sorkine-Hornung. Instant field-aligned meshes. 2015. [jakob2015] §3.4
 */
export function buildHierarchy(surface: FieldSurface): Level[] {
	const levels = [finestLevel(surface)];
	for (;;) {
		const fine = levels[levels.length - 1];
		if (fine.size <= COARSEST) return levels;
		const { parents, size } = mergePairs(fine);
		if (size > MIN_SHRINK * fine.size) return levels;
		levels[levels.length - 1] = { ...fine, parents };
		levels.push(coarser(fine, parents, size));
	}
}

const none = new Uint32Array(0);

function newLevel(size: number, offsets: Uint32Array, list: Uint32Array, weights: Float64Array): Level {
	return {
		size,
		points: new Float64Array(3 * size),
		normals: new Float64Array(3 * size),
		areas: new Float64Array(size),
		offsets,
		list,
		weights,
		kind: new Uint8Array(size),
		held: new Float64Array(3 * size),
		tangents: new Float64Array(3 * size),
		cross: new Float64Array(3 * size),
		origins: new Float64Array(3 * size),
		parents: none,
	};
}

function finestLevel(surface: FieldSurface): Level {
	const { at, twin, line, positions: p, vertices: size } = surface;
	const offsets = new Uint32Array(size + 1);
	for (let c = 0; c < at.length; c++) {
		offsets[at[c] + 1]++;
		if (twin[c] < 0) offsets[at[next(c)] + 1]++;
	}
	for (let v = 0; v < size; v++) offsets[v + 1] += offsets[v];
	const fill = offsets.slice(0, size);
	const list = new Uint32Array(offsets[size]);
	for (let c = 0; c < at.length; c++) {
		list[fill[at[c]]++] = at[next(c)];
		if (twin[c] < 0) list[fill[at[next(c)]]++] = at[c];
	}
	const level = newLevel(size, offsets, list, new Float64Array(list.length).fill(1));
	level.points.set(p.subarray(0, 3 * size));
	level.held.set(level.points);
	level.kind.set(surface.kind.subarray(0, size));
	for (let c = 0; c < at.length; c += 3) addTriangle(level, at[c], at[c + 1], at[c + 2]);
	for (let v = 0; v < size; v++) normalise(level.normals, 3 * v);
	for (let c = 0; c < at.length; c++) if (line[c] !== 0 && c > twin[c]) addTangent(level, at[c], at[next(c)]);
	for (let v = 0; v < size; v++) fixCross(level, v);
	return level;
}

function addTriangle({ points: p, normals, areas }: Level, a: number, b: number, c: number): void {
	const ux = p[3 * b] - p[3 * a];
	const uy = p[3 * b + 1] - p[3 * a + 1];
	const uz = p[3 * b + 2] - p[3 * a + 2];
	const vx = p[3 * c] - p[3 * a];
	const vy = p[3 * c + 1] - p[3 * a + 1];
	const vz = p[3 * c + 2] - p[3 * a + 2];
	const x = uy * vz - uz * vy;
	const y = uz * vx - ux * vz;
	const z = ux * vy - uy * vx;
	const third = Math.sqrt(x * x + y * y + z * z) / 6;
	for (let k = 0; k < 3; k++) {
		const v = k === 0 ? a : k === 1 ? b : c;
		normals[3 * v] += x;
		normals[3 * v + 1] += y;
		normals[3 * v + 2] += z;
		areas[v] += third;
	}
}

/** Adds an edge of a line to the tangents of its ends, whichever way each of them points. */
function addTangent({ points: p, tangents }: Level, a: number, b: number): void {
	const d = new Float64Array(3);
	for (let k = 0; k < 3; k++) d[k] = p[3 * b + k] - p[3 * a + k];
	normalise(d, 0);
	for (const v of [a, b]) {
		const sign = d[0] * tangents[3 * v] + d[1] * tangents[3 * v + 1] + d[2] * tangents[3 * v + 2] < 0 ? -1 : 1;
		for (let k = 0; k < 3; k++) tangents[3 * v + k] += sign * d[k];
	}
}

/** Makes the tangent of a line a unit vector in the tangent plane; at a corner there is none. */
function fixCross({ kind, tangents, normals }: Level, v: number): void {
	const o = 3 * v;
	const dot = tangents[o] * normals[o] + tangents[o + 1] * normals[o + 1] + tangents[o + 2] * normals[o + 2];
	for (let k = 0; k < 3; k++) tangents[o + k] = kind[v] === 1 ? tangents[o + k] - dot * normals[o + k] : 0;
	normalise(tangents, o);
}

/** Merges neighbours that face the same way, those of the most unequal area first. */
function mergePairs({ size, offsets, list, normals, areas }: Level): { parents: Uint32Array; size: number } {
	const scores = new Float32Array(list.length);
	const from = new Uint32Array(list.length);
	const edgeAt = new Uint32Array(list.length);
	let edges = 0;
	for (let i = 0; i < size; i++) {
		for (let e = offsets[i]; e < offsets[i + 1]; e++) {
			const j = list[e];
			if (j <= i) continue;
			const dot =
				normals[3 * i] * normals[3 * j] +
				normals[3 * i + 1] * normals[3 * j + 1] +
				normals[3 * i + 2] * normals[3 * j + 2];
			from[edges] = i;
			scores[edges] = dot * Math.max(areas[i] / areas[j], areas[j] / areas[i]);
			edgeAt[edges++] = e;
		}
	}
	const ranked = rank(scores.subarray(0, edges));
	const parents = new Uint32Array(size).fill(0xffffffff);
	let count = 0;
	for (let r = 0; r < edges; r++) {
		const i = from[ranked[r]];
		const j = list[edgeAt[ranked[r]]];
		if (parents[i] !== 0xffffffff || parents[j] !== 0xffffffff) continue;
		parents[i] = count;
		parents[j] = count++;
	}
	for (let i = 0; i < size; i++) if (parents[i] === 0xffffffff) parents[i] = count++;
	return { parents, size: count };
}

const BUCKETS = 1024;
/** Indices by falling score, by buckets; equal buckets in order. */
function rank(scores: Float32Array): Uint32Array {
	const bucket = (score: number): number =>
		BUCKETS -
		1 -
		Math.min(BUCKETS - 1, Math.max(0, Math.floor((BUCKETS / 8) * (Math.log2(Math.max(score, 0.01)) + 4))));
	const offsets = new Uint32Array(BUCKETS + 1);
	for (let i = 0; i < scores.length; i++) offsets[bucket(scores[i]) + 1]++;
	for (let b = 0; b < BUCKETS; b++) offsets[b + 1] += offsets[b];
	const ranked = new Uint32Array(scores.length);
	for (let i = 0; i < scores.length; i++) ranked[offsets[bucket(scores[i])]++] = i;
	return ranked;
}

function coarser(fine: Level, parents: Uint32Array, size: number): Level {
	const links = joinLinks(fine, parents, size);
	const level = newLevel(size, links.offsets, links.list, links.weights);
	for (let i = 0; i < fine.size; i++) {
		const j = parents[i];
		const area = fine.areas[i];
		level.areas[j] += area;
		for (let k = 0; k < 3; k++) {
			level.points[3 * j + k] += area * fine.points[3 * i + k];
			level.normals[3 * j + k] += area * fine.normals[3 * i + k];
		}
		if (fine.kind[i] > level.kind[j]) {
			level.kind[j] = fine.kind[i];
			for (let k = 0; k < 3; k++) level.held[3 * j + k] = fine.held[3 * i + k];
		}
		const { tangents: t } = level;
		const free = t[3 * j] === 0 && t[3 * j + 1] === 0 && t[3 * j + 2] === 0;
		if (free) for (let k = 0; k < 3; k++) t[3 * j + k] = fine.tangents[3 * i + k];
	}
	for (let j = 0; j < size; j++) {
		for (let k = 0; k < 3; k++) level.points[3 * j + k] /= level.areas[j];
		normalise(level.normals, 3 * j);
		if (level.kind[j] === FREE) for (let k = 0; k < 3; k++) level.held[3 * j + k] = level.points[3 * j + k];
		const o = 3 * j;
		const { tangents: t, normals: n } = level;
		const dot = t[o] * n[o] + t[o + 1] * n[o + 1] + t[o + 2] * n[o + 2];
		for (let k = 0; k < 3; k++) t[o + k] -= dot * n[o + k];
		normalise(t, o);
	}
	return level;
}

/** The neighbours of the merged points, each once. */
function joinLinks(fine: Level, parents: Uint32Array, size: number) {
	const children = new Int32Array(2 * size).fill(-1);
	for (let i = 0; i < fine.size; i++) children[2 * parents[i] + (children[2 * parents[i]] < 0 ? 0 : 1)] = i;
	const offsets = new Uint32Array(size + 1);
	const list = new Uint32Array(fine.list.length);
	const weights = new Float64Array(fine.list.length);
	const placeOf = new Int32Array(size).fill(-1);
	let count = 0;
	for (let j = 0; j < size; j++) {
		for (let half = 0; half < 2; half++) {
			const i = children[2 * j + half];
			if (i < 0) continue;
			for (let e = fine.offsets[i]; e < fine.offsets[i + 1]; e++) {
				const other = parents[fine.list[e]];
				if (other === j) continue;
				if (placeOf[other] < offsets[j]) {
					placeOf[other] = count;
					list[count] = other;
					weights[count++] = 0;
				}
				weights[placeOf[other]] += fine.weights[e];
			}
		}
		offsets[j + 1] = count;
	}
	return { offsets, list: list.slice(0, count), weights: weights.slice(0, count) };
}

/** Makes the vector at `o` a unit vector, or leaves it 0. */
export function normalise(v: Float64Array, o: number): void {
	const length = Math.sqrt(v[o] * v[o] + v[o + 1] * v[o + 1] + v[o + 2] * v[o + 2]);
	if (length < 1e-300) return;
	v[o] /= length;
	v[o + 1] /= length;
	v[o + 2] /= length;
}
