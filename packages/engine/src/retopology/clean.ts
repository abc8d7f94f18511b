import { next, type Surface } from '../mesh/mesh.ts';

/** What a surface lost before it was decimated. */
export type Cleaned = {
	/** Triangles of the source that are kept, ascending. */
	readonly kept: Uint32Array;
	/** Triangles without area: two corners at one vertex, or three on a line. */
	readonly degenerate: number;
	/** Triangles over the same three vertices as an earlier one that runs the same way. */
	readonly duplicate: number;
};

/**
 * Finds the triangles worth keeping: with area, and each only once. Back to back triangles (same vertices, other way
 * round) are two sides of a sheet and both kept. Positions are welded already: a mesh always is.
 */
export function clean(mesh: Surface): Cleaned {
	const { positions, triangles } = mesh;
	const faces = triangles.length / 3;
	const kept = new Uint32Array(faces);
	const table = new Int32Array(tableSize(faces)).fill(-1);
	let count = 0;
	let degenerate = 0;
	let duplicate = 0;
	for (let t = 0; t < faces; t++) {
		if (!hasArea(positions, triangles, t)) degenerate++;
		else if (isKnown(triangles, t, table)) duplicate++;
		else kept[count++] = t;
	}
	return { kept: kept.slice(0, count), degenerate, duplicate };
}

/** Squared area below which three points are on a line, as a share of the longest side to the fourth. */
const FLAT = 1e-18;

function hasArea(positions: Float32Array, triangles: Uint32Array, t: number): boolean {
	const a = 3 * triangles[3 * t];
	const b = 3 * triangles[3 * t + 1];
	const c = 3 * triangles[3 * t + 2];
	const ux = positions[b] - positions[a];
	const uy = positions[b + 1] - positions[a + 1];
	const uz = positions[b + 2] - positions[a + 2];
	const vx = positions[c] - positions[a];
	const vy = positions[c + 1] - positions[a + 1];
	const vz = positions[c + 2] - positions[a + 2];
	const nx = uy * vz - uz * vy;
	const ny = uz * vx - ux * vz;
	const nz = ux * vy - uy * vx;
	const longest = Math.max(ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz);
	return nx * nx + ny * ny + nz * nz > FLAT * longest * longest;
}

function tableSize(faces: number): number {
	let size = 16;
	while (size < 2 * faces) size *= 2;
	return size;
}

/** Is a triangle with these corners, from whichever it starts, in the table? Enters it where not. */
function isKnown(triangles: Uint32Array, t: number, table: Int32Array): boolean {
	const first = firstCorner(triangles, t);
	const a = triangles[first];
	const b = triangles[next(first)];
	const c = triangles[next(next(first))];
	const mask = table.length - 1;
	let slot = Math.imul(Math.imul(a, 0x9e3779b1) ^ b, 0x85ebca6b) ^ c;
	slot = Math.imul(slot ^ (slot >>> 15), 0xc2b2ae35);
	slot = (slot ^ (slot >>> 13)) & mask;
	for (; table[slot] >= 0; slot = (slot + 1) & mask) {
		const other = firstCorner(triangles, table[slot]);
		if (triangles[other] !== a || triangles[next(other)] !== b) continue;
		if (triangles[next(next(other))] === c) return true;
	}
	table[slot] = t;
	return false;
}

/** The corner of a triangle at its lowest vertex. */
function firstCorner(triangles: Uint32Array, t: number): number {
	let first = 3 * t;
	for (let c = 3 * t + 1; c < 3 * t + 3; c++) if (triangles[c] < triangles[first]) first = c;
	return first;
}
