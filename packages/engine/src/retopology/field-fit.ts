import { type Mesh, NO_MATERIAL } from '../mesh/mesh.ts';
import { type Bvh, buildBvh } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import type { Extracted } from './field-extract.ts';
import { FREE, LINE, PINNED, QuadEdit, type QuadLines } from './quad-edit.ts';
import { fitQuads } from './quad-fit.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import { smoothQuads } from './quad-smooth.ts';
import type { DenseSurface } from './quad-surface.ts';
import { tidyQuads } from './quad-tidy.ts';
import { STRICT } from './quad-turn.ts';
import { untangleQuads } from './quad-untangle.ts';

/** Smoothing passes before the valences are mended, and after. */
const FIRST = 4;
const THEN = 4;
/** Least-squares passes. */
const PASSES = 3;
/** Sine of a face's worst corner below which it is mended: before the fit, and after. */
const BAD = 0.15;
const FOLDED = 0.03;

/** Quads laid on the source, with what they keep. */
export type Laid = { readonly mesh: QuadMesh; readonly labelOf: Uint32Array; readonly lines: QuadLines };

/**
 * Lays quads onto the source: projects them, mends the valences that the lattice left, makes every quad as nearly a
 * rectangle as its neighbours allow, and fits the whole by least squares. At most `faces` are left. Vertices on lines
 * stay on them, corners in their place.
 *
 * @param segments Edges of the source's lines as triangles without area. L × 9.
 */
export function layQuads(
	quads: Extracted,
	mesh: Mesh,
	partOf: ArrayLike<number> | undefined,
	segments: Float32Array,
	surface: DenseSurface,
	faces: number,
	advance: (fraction: number) => void,
): Laid {
	const { positions, kind } = quads;
	project(quads, surface.bvh, segments, surface.diagonal);
	const sourceOf = findSources(positions, quads.faces, surface.bvh);
	const labelOf = Uint32Array.from(sourceOf, (t) => (partOf ? partOf[t] : 0) * (NO_MATERIAL + 1) + mesh.materialOf[t]);
	let laid: Laid = {
		mesh: { positions, faces: quads.faces, sourceOf },
		labelOf,
		lines: { kind, ideal: findIdeal(positions, quads.faces, kind) },
	};
	smoothQuads(laid.mesh, laid.labelOf, laid.lines, surface, FIRST);
	advance(0.2);
	const edit = new QuadEdit(laid.mesh, laid.labelOf, laid.lines);
	const count = Math.min(faces, labelOf.length);
	tidyQuads(
		edit,
		surface,
		{
			...{ most: faces, least: count, heat: 0, seed: 1, reach: Infinity, limits: STRICT },
			...{ meets: false, isThorough: false },
		},
		() => advance(0.2),
	);
	laid = edit.finish();
	smoothQuads(laid.mesh, laid.labelOf, laid.lines, surface, THEN);
	advance(0.5);
	untangleQuads(laid.mesh, laid.lines, surface, BAD);
	fitQuads(laid.mesh, laid.labelOf, surface, PASSES, (fraction) => advance(0.5 + 0.4 * fraction));
	untangleQuads(laid.mesh, laid.lines, surface, FOLDED);
	return laid;
}

/** Puts every vertex on the source, or on its lines. */
function project({ positions: p, kind }: Extracted, bvh: Bvh, segments: Float32Array, diagonal: number): void {
	const near = newNearest();
	const lines = segments.length > 0 ? buildLines(segments) : undefined;
	for (let v = 0; v < kind.length; v++) {
		if (kind[v] === PINNED) continue;
		const on = kind[v] === LINE && lines ? lines : bvh;
		if (!nearestPoint(on, p[3 * v], p[3 * v + 1], p[3 * v + 2], diagonal, near)) continue;
		p[3 * v] = near.x;
		p[3 * v + 1] = near.y;
		p[3 * v + 2] = near.z;
	}
}

function buildLines(segments: Float32Array): Bvh {
	return buildBvh({ positions: segments, triangles: Uint32Array.from({ length: segments.length / 3 }, (_, i) => i) });
}

/** The triangle of the source nearest to the middle of each face. */
function findSources(p: Float64Array, faces: Uint32Array, bvh: Bvh): Uint32Array {
	const near = newNearest();
	const sourceOf = new Uint32Array(faces.length / 4);
	for (let f = 0; f < sourceOf.length; f++) {
		const sides = faces[4 * f + 3] === NO_VERTEX ? 3 : 4;
		let x = 0;
		let y = 0;
		let z = 0;
		for (let i = 4 * f; i < 4 * f + sides; i++) {
			x += p[3 * faces[i]] / sides;
			y += p[3 * faces[i] + 1] / sides;
			z += p[3 * faces[i] + 2] / sides;
		}
		if (nearestPoint(bvh, x, y, z, Infinity, near)) sourceOf[f] = near.triangle;
	}
	return sourceOf;
}

/** Faces that should meet at each vertex: four inside, two on a border, at a corner one for each right angle. V. */
function findIdeal(p: Float64Array, faces: Uint32Array, kind: Uint8Array): Uint8Array {
	const ideal = new Uint8Array(kind.length).fill(4);
	const turns = new Float64Array(kind.length);
	const sums = new Float64Array(kind.length);
	for (let f = 0; f < faces.length; f += 4) {
		const sides = faces[f + 3] === NO_VERTEX ? 3 : 4;
		for (let i = 0; i < sides; i++) {
			const v = faces[f + i];
			const next = faces[f + ((i + 1) % sides)];
			const prev = faces[f + ((i + sides - 1) % sides)];
			// Each neighbour comes once as next and once as previous where the surface goes all round.
			sums[v] += next - prev;
			turns[v] += angle(p, v, next, prev);
		}
	}
	for (let v = 0; v < kind.length; v++) {
		if (kind[v] === FREE) continue;
		const right = Math.max(1, Math.round(turns[v] / (Math.PI / 2)));
		if (sums[v] !== 0) ideal[v] = Math.min(right, 4);
		else if (kind[v] === PINNED) ideal[v] = Math.min(Math.max(right, 3), 6);
	}
	return ideal;
}

function angle(p: Float64Array, v: number, a: number, b: number): number {
	let dot = 0;
	let toA = 0;
	let toB = 0;
	for (let k = 0; k < 3; k++) {
		const x = p[3 * a + k] - p[3 * v + k];
		const y = p[3 * b + k] - p[3 * v + k];
		dot += x * y;
		toA += x * x;
		toB += y * y;
	}
	return toA * toB > 0 ? Math.acos(Math.max(-1, Math.min(1, dot / Math.sqrt(toA * toB)))) : 0;
}
