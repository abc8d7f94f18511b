import { fitSurface } from './fit.ts';
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
 * Least-squares fit of a surface of quads (see fit.ts), in place. Vertices on borders and between labels stay, so do those
 * that lie on a vertex of the source's sharp edges, and those of faces that the fit would fold or turn away from the dense
 * surface.
 *
 * All vertices on sharp edges stayed once: fitted, they come to lie where the planes on both sides meet. At 5000 faces
 * (2026-11), Chamfer in % of the diagonal: fandisk .0022 to .0011, chess .0137 to .0105, workbench .0136 to .0104, Tree1 as
 * splits .0328 to .0231; those that lay on vertices of the source fitted as well: .0243, and as pairs .0101 in place of
 * .0056. Middles of borders laid onto the source's borders before: helmet .0306 to .0302, others as before;
 * middles of sharp edges onto its sharp edges: Tree1 .0254, workbench .0147.
 *
 * @param labelOf Part and material of each face as one number. F.
 * @param recuts Are quads cut anew after the first pass, when the nearer diagonal is known? boot .0253 to .0249 % of the
 * diagonal, armadillo .0201 to .0197, for 7 % more time of everything.
 */
export function fitQuads(
	mesh: QuadMesh,
	labelOf: Uint32Array,
	surface: DenseSurface,
	passes: number,
	advance: (fraction: number) => void,
	recuts = false,
): void {
	const { positions: p, faces } = mesh;
	const bound = findBound(mesh, labelOf);
	bindCorners(p, surface, bound);
	const before = p.slice();
	const wereGood = Uint8Array.from(faces.subarray(0, faces.length / 4), (_, f) => (isGood(mesh, f, surface) ? 1 : 0));
	let from = 0;
	for (const count of recuts && passes > 1 ? [1, passes - 1] : [passes]) {
		const { triangles } = cutQuads(mesh, surface);
		fitSurface({ positions: p, triangles }, surface, bound, count, (done) => advance((from + done * count) / passes));
		from += count;
	}
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

/** Vertices on borders, on edges with a third wing, and between labels. V. */
function findBound({ positions, faces }: QuadMesh, labelOf: Uint32Array): Uint8Array {
	const vertices = positions.length / 3;
	const bound = new Uint8Array(vertices);
	// The face beside each edge that has no second one yet.
	const open = new Map<number, number>();
	const bind = (edge: number): void => {
		bound[edge % vertices] = 1;
		bound[Math.floor(edge / vertices)] = 1;
	};
	for (let f = 0; f < labelOf.length; f++) {
		const n = faces[4 * f + 3] === NO_VERTEX ? 3 : 4;
		for (let k = 0; k < n; k++) {
			const u = faces[4 * f + k];
			const v = faces[4 * f + ((k + 1) % n)];
			const edge = Math.min(u, v) * vertices + Math.max(u, v);
			const other = open.get(edge);
			if (other === undefined) open.set(edge, f);
			else if (other < 0 || labelOf[other] !== labelOf[f]) bind(edge);
			else open.set(edge, CLOSED);
		}
	}
	for (const [edge, f] of open) if (f >= 0) bind(edge);
	return bound;
}

/** Adds the vertices that lie on a vertex of the dense surface at which a sharp edge ends. */
function bindCorners(p: Float64Array, surface: DenseSurface, bound: Uint8Array): void {
	const { near, triangles, positions, sharp, diagonal } = surface;
	for (let v = 0; v < bound.length; v++) {
		if (bound[v] !== 0) continue;
		const [x, y, z] = p.subarray(3 * v, 3 * v + 3);
		findNearest(surface, x, y, z, 0, 0, 0, diagonal);
		for (let c = 3 * near.triangle; c < 3 * near.triangle + 3; c++) {
			const u = 3 * triangles[c];
			if (sharp[u / 3] === 0) continue;
			const off = Math.hypot(positions[u] - x, positions[u + 1] - y, positions[u + 2] - z);
			if (off <= SAME_PLACE * diagonal) bound[v] = 1;
		}
	}
}

/** Share of the diagonal. */
const SAME_PLACE = 1e-5;

/** Stands for the face beside an edge that has two already. */
const CLOSED = -1;

/** Has face `f` no folded corner, and does it look out? */
function isGood({ positions: p, faces }: QuadMesh, f: number, surface: DenseSurface): boolean {
	const [a, b, c, d] = faces.subarray(4 * f, 4 * f + 4);
	const [x, y, z] = d === NO_VERTEX ? [0, 0, 0] : normalOf(p, a, b, c, d);
	return worstCorner(p, a, b, c, d, x, y, z) > FOLDED && facesOut(p, a, b, c, d, surface) > 0;
}

/** Sine of a corner that counts as folded. */
const FOLDED = 0.03;
