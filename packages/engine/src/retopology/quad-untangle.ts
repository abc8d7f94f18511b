import { FREE, type QuadLines } from './quad-edit.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import { type FaceRings, facesAround } from './quad-rings.ts';
import { addNormal, worstCorner } from './quad-shape.ts';
import { type DenseSurface, findNearest } from './quad-surface.ts';

const ROUNDS = 4;
/** Directions that are tried around a vertex. */
const DIRECTIONS = 8;
/** Mean edges that a vertex may go in one round. */
const MOST_MOVE = 0.6;
/** Lengths of a step that are tried, in lengths of the mean edge. */
const STEPS = [0.4, 0.2, 0.1, 0.05];

/**
 * Unfolds what is left folded: each vertex of a bad face tries steps along the surface, and takes those that better the
 * worst corner of all faces around it. Vertices on lines stay.
 *
 * Based on: Freitag, Ollivier-Gooch. Tetrahedral mesh improvement using swapping and smoothing. 1997. [freitag1997]
 * (the worst element decides).
 *
 * @param least Faces whose worst corner has a lesser sine are mended.
 * @returns how many faces are folded still: a corner is straight or looks the other way.
 */
export function untangleQuads(mesh: QuadMesh, lines: QuadLines, surface: DenseSurface, least: number): number {
	const { faces, positions } = mesh;
	const rings = facesAround(mesh);
	let folded = 0;
	for (let round = 0; round < ROUNDS; round++) {
		const normals = facings(mesh, surface);
		const tried = new Uint8Array(positions.length / 3);
		let bad = 0;
		folded = 0;
		for (let f = 0; 4 * f < faces.length; f++) {
			const worst = quality(mesh, f, normals);
			if (worst <= 0) folded++;
			if (worst >= least) continue;
			bad++;
			for (let k = 0; k < 4; k++) {
				const v = faces[4 * f + k];
				if (v === NO_VERTEX || tried[v] !== 0 || lines.kind[v] !== FREE) continue;
				tried[v] = 1;
				stepVertex(mesh, v, rings, normals, surface);
			}
		}
		if (bad === 0) break;
	}
	return folded;
}

/** Unit normals of the dense surface at each vertex; of the faces around it where the nearest point looks elsewhere. V × 3. */
function facings({ positions: p, faces }: QuadMesh, surface: DenseSurface): Float64Array {
	const normals = new Float64Array(p.length);
	for (let f = 0; f < faces.length; f += 4) {
		own.fill(0);
		addNormal(p, faces[f], faces[f + 1], faces[f + 2], faces[f + 3], own);
		for (let k = 0; k < 4; k++) {
			if (faces[f + k] === NO_VERTEX) continue;
			for (let i = 0; i < 3; i++) normals[3 * faces[f + k] + i] += own[i];
		}
	}
	for (let i = 0; i < p.length; i += 3) {
		const [x, y, z] = normals.subarray(i, i + 3);
		const length = Math.hypot(x, y, z);
		if (findNearest(surface, p[i], p[i + 1], p[i + 2], x, y, z, surface.diagonal))
			normals.set(surface.normal.subarray(0, 3), i);
		else if (length > 0) normals.set([x / length, y / length, z / length], i);
	}
	return normals;
}

/**
 * The worst corner of face `f`, seen along its own normal and those of the dense surface at its vertices: a face that
 * looks the other way has none that is good.
 */
function quality({ positions: p, faces }: QuadMesh, f: number, facing: Float64Array): number {
	const a = faces[4 * f];
	const b = faces[4 * f + 1];
	const c = faces[4 * f + 2];
	const d = faces[4 * f + 3];
	own.fill(0);
	addNormal(p, a, b, c, d, own);
	const e = d === NO_VERTEX ? c : d;
	const x = facing[3 * a] + facing[3 * b] + facing[3 * c] + facing[3 * e];
	const y = facing[3 * a + 1] + facing[3 * b + 1] + facing[3 * c + 1] + facing[3 * e + 1];
	const z = facing[3 * a + 2] + facing[3 * b + 2] + facing[3 * c + 2] + facing[3 * e + 2];
	const length = Math.sqrt(own[0] * own[0] + own[1] * own[1] + own[2] * own[2]) || 1;
	const weight = OUTSIDE / (Math.sqrt(x * x + y * y + z * z) || 1);
	return worstCorner(
		p,
		a,
		b,
		c,
		d,
		own[0] / length + weight * x,
		own[1] / length + weight * y,
		own[2] / length + weight * z,
	);
}

/** Weight of the dense surface's normal over the face's own. */
const OUTSIDE = 1.5;
const own = new Float64Array(3);

function worstAround(mesh: QuadMesh, v: number, { offsets, list }: FaceRings, normals: Float64Array): number {
	let worst = Infinity;
	for (let i = offsets[v]; i < offsets[v + 1]; i++) worst = Math.min(worst, quality(mesh, list[i], normals));
	return worst;
}

function stepVertex(mesh: QuadMesh, v: number, rings: FaceRings, normals: Float64Array, surface: DenseSurface): void {
	const { positions: p, faces } = mesh;
	const normal = normals.subarray(3 * v, 3 * v + 3);
	const length = Math.hypot(normal[0], normal[1], normal[2]);
	if (length === 0) return;
	// Two directions along the surface, and the mean edge.
	let edge = 0;
	let count = 0;
	for (let i = rings.offsets[v]; i < rings.offsets[v + 1]; i++) {
		for (let k = 0; k < 4; k++) {
			const w = faces[4 * rings.list[i] + k];
			if (w === NO_VERTEX || w === v) continue;
			edge += Math.hypot(p[3 * w] - p[3 * v], p[3 * w + 1] - p[3 * v + 1], p[3 * w + 2] - p[3 * v + 2]);
			count++;
		}
	}
	edge /= count;
	const [nx, ny, nz] = [normal[0] / length, normal[1] / length, normal[2] / length];
	const [ax, ay, az] = Math.abs(nx) < 0.6 ? [1, 0, 0] : [0, 1, 0];
	let [ux, uy, uz] = [ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax];
	const u = Math.hypot(ux, uy, uz);
	[ux, uy, uz] = [ux / u, uy / u, uz / u];
	const [wx, wy, wz] = [ny * uz - nz * uy, nz * ux - nx * uz, nx * uy - ny * ux];
	const was = p.slice(3 * v, 3 * v + 3);
	const first = worstAround(mesh, v, rings, normals);
	let best = first;
	for (const step of STEPS) {
		for (let tries = 0; tries < 3; tries++) {
			const [x, y, z] = p.subarray(3 * v, 3 * v + 3);
			let better = -1;
			for (let i = 0; i < DIRECTIONS; i++) {
				const s = step * edge * Math.cos((2 * Math.PI * i) / DIRECTIONS);
				const t = step * edge * Math.sin((2 * Math.PI * i) / DIRECTIONS);
				p[3 * v] = x + s * ux + t * wx;
				p[3 * v + 1] = y + s * uy + t * wy;
				p[3 * v + 2] = z + s * uz + t * wz;
				const worst = worstAround(mesh, v, rings, normals);
				if (worst <= best + 1e-6) continue;
				best = worst;
				better = i;
			}
			const s = better < 0 ? 0 : step * edge * Math.cos((2 * Math.PI * better) / DIRECTIONS);
			const t = better < 0 ? 0 : step * edge * Math.sin((2 * Math.PI * better) / DIRECTIONS);
			p[3 * v] = x + s * ux + t * wx;
			p[3 * v + 1] = y + s * uy + t * wy;
			p[3 * v + 2] = z + s * uz + t * wz;
			if (better < 0) break;
		}
	}
	// Back onto the surface, if that is still better than where it was.
	const { near } = surface;
	const isNear = findNearest(surface, p[3 * v], p[3 * v + 1], p[3 * v + 2], nx, ny, nz, edge / 2);
	if (isNear) p.set([near.x, near.y, near.z], 3 * v);
	const moved = Math.hypot(p[3 * v] - was[0], p[3 * v + 1] - was[1], p[3 * v + 2] - was[2]);
	if (!isNear || moved > MOST_MOVE * edge || worstAround(mesh, v, rings, normals) < first + 1e-6) p.set(was, 3 * v);
}
