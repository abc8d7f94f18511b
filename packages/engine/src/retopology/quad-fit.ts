import { fitSurface } from './fit.ts';
import type { QuadLines } from './quad-edit.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import { facesOut, triangleOut, worstCorner } from './quad-shape.ts';
import { type DenseSurface, findNearest } from './quad-surface.ts';

/** Triangles of a surface of quads: the face of each, and its corners. */
export type Cut = { readonly triangles: Uint32Array; readonly faceOf: Uint32Array };

/**
 * Cuts each quad in two along the diagonal whose middle is nearer to the dense surface. Where the quad is not convex
 * only one diagonal lies inside, and that is taken.
 */
export function cutQuads({ positions: p, faces }: QuadMesh, surface: DenseSurface): Cut {
	const triangles = new Uint32Array((6 * faces.length) / 4);
	const faceOf = new Uint32Array(triangles.length / 3);
	let t = 0;
	for (let f = 0; 4 * f < faces.length; f++) {
		const [a, b, c, d] = faces.subarray(4 * f, 4 * f + 4);
		faceOf[t] = f;
		if (d === NO_VERTEX) {
			triangles.set([a, b, c], 3 * t++);
			continue;
		}
		faceOf[t + 1] = f;
		triangles.set(isBetter(p, a, b, c, d, surface) ? [a, b, c, a, c, d] : [b, c, d, b, d, a], 3 * t);
		t += 2;
	}
	return { triangles: triangles.slice(0, 3 * t), faceOf: faceOf.slice(0, t) };
}

/** Is the diagonal from a to c the better one? */
function isBetter(p: Float64Array, a: number, b: number, c: number, d: number, surface: DenseSurface): boolean {
	const wrongAC = wrongWays(p, a, b, c, surface) + wrongWays(p, a, c, d, surface);
	const wrongBD = wrongWays(p, b, c, d, surface) + wrongWays(p, b, d, a, surface);
	if (wrongAC !== wrongBD) return wrongAC < wrongBD;
	const alongAC = Math.min(
		worstCorner(p, a, b, c, NO_VERTEX, ...normalOf(p, a, b, c, d)),
		worstCorner(p, a, c, d, NO_VERTEX, ...normalOf(p, a, b, c, d)),
	);
	const alongBD = Math.min(
		worstCorner(p, b, c, d, NO_VERTEX, ...normalOf(p, a, b, c, d)),
		worstCorner(p, b, d, a, NO_VERTEX, ...normalOf(p, a, b, c, d)),
	);
	if (alongAC <= 0 !== alongBD <= 0) return alongAC > 0;
	return offAt(p, a, c, surface) <= offAt(p, b, d, surface);
}

/** 1 where a triangle looks away from the dense surface. */
function wrongWays(p: Float64Array, a: number, b: number, c: number, surface: DenseSurface): number {
	return triangleOut(p, a, b, c, surface) < 0 ? 1 : 0;
}

/** Product of the diagonals. */
function normalOf(p: Float64Array, a: number, b: number, c: number, d: number): [number, number, number] {
	const [ux, uy, uz] = [0, 1, 2].map((k) => p[3 * c + k] - p[3 * a + k]);
	const [vx, vy, vz] = [0, 1, 2].map((k) => p[3 * d + k] - p[3 * b + k]);
	return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
}

/** Distance of the middle between two vertices from the surface. */
function offAt(p: Float64Array, a: number, b: number, surface: DenseSurface): number {
	const [x, y, z] = [0, 1, 2].map((k) => (p[3 * a + k] + p[3 * b + k]) / 2);
	findNearest(surface, x, y, z, 0, 0, 0, surface.diagonal);
	return surface.near.distance;
}

/**
 * Least-squares fit of a surface of quads (see fit.ts), in place; vertices on lines stay, and so do those of faces that
 * the fit would fold or turn away from the dense surface.
 */
export function fitQuads(
	mesh: QuadMesh,
	lines: QuadLines,
	surface: DenseSurface,
	passes: number,
	advance: (fraction: number) => void,
): void {
	const { positions: p, faces } = mesh;
	const { triangles } = cutQuads(mesh, surface);
	const before = p.slice();
	const wereGood = Uint8Array.from(faces.subarray(0, faces.length / 4), (_, f) => (isGood(mesh, f, surface) ? 1 : 0));
	fitSurface({ positions: p, triangles }, surface, lines.kind, passes, advance);
	for (let back = 1; back > 0; ) {
		back = 0;
		for (let f = 0; f < wereGood.length; f++) {
			if (wereGood[f] === 0 || isGood(mesh, f, surface)) continue;
			for (let k = 0; k < 4; k++) {
				const v = faces[4 * f + k];
				if (v === NO_VERTEX) continue;
				for (let i = 3 * v; i < 3 * v + 3; i++) {
					if (p[i] === before[i]) continue;
					p[i] = before[i];
					back++;
				}
			}
		}
	}
}

/** Has face `f` no folded corner, and does it look out? */
function isGood({ positions: p, faces }: QuadMesh, f: number, surface: DenseSurface): boolean {
	const [a, b, c, d] = faces.subarray(4 * f, 4 * f + 4);
	const [x, y, z] = d === NO_VERTEX ? [0, 0, 0] : normalOf(p, a, b, c, d);
	return worstCorner(p, a, b, c, d, x, y, z) > FOLDED && facesOut(p, a, b, c, d, surface) > 0;
}

/** Sine of a corner that counts as folded. */
const FOLDED = 0.03;
