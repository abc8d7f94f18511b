import { normalAndArea } from '../math/triangle.ts';
import { type Mesh, next } from '../mesh/mesh.ts';
import type { Bvh } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import type { Assembly } from './assembly.ts';
import type { Level, Shown } from './level.ts';
import { marchTetrahedra } from './march.ts';
import { cutPatch, type Patch } from './patch.ts';
import { thin } from './thin.ts';

/** A piece of the hidden surface, not yet joined to the patch. Its loops run as a strip between the two would. */
export type Plug = { readonly surface: Patch; readonly h: number };

/**
 * The hidden surface of a part: where its level is 0, without what lies along the patch.
 *
 * @param clear Hidden surface nearer to the patch than this, in cells, is left to the strip between.
 * @returns Pieces by falling size; none where the hidden surface is everywhere nearer to the patch than the grid sees.
 */
export function findPlugs(assembly: Assembly, part: number, level: Level, clear: number): Plug[] {
	const { grid, values, shown } = level;
	const { positions, triangles } = marchTetrahedra(grid, values);
	assembly.check();
	const surface: Mesh = { positions, triangles, corner: {}, materialOf: new Uint16Array(0) };
	const { labels, count } = labelPieces(surface, farVertices(surface, assembly.bvhOf(part), clear * grid.h));
	const plugs: Plug[] = [];
	for (let piece = 0; piece < count; piece++) plugs.push({ surface: cutPatch(surface, labels, piece), h: grid.h });
	assembly.check();
	for (const { surface } of plugs) {
		smooth(surface);
		if (shown) settle(surface, shown, KNOWN * grid.h);
	}
	const target = Math.min(COARSEST, Math.max(FINEST, seamEdge(assembly.patchOf(part)) / grid.h)) * grid.h;
	return plugs
		.filter((plug) => plug.surface.triangles.length >= 3 * LEAST_TRIANGLES)
		.sort((a, b) => b.surface.triangles.length - a.surface.triangles.length)
		.map(({ surface, h }) => {
			assembly.check();
			const small = MOST_OF_PLUG * Math.sqrt(areaOf(surface));
			return { surface: thinned(surface, Math.max(FINEST * h, Math.min(target, small)), TOLERANCE * h), h };
		});
}

/** Edges of a plug are as long as those of the seam, within so many cells: a cap need not be finer than its part. */
const FINEST = 1;
const COARSEST = 10;
/** What edges may at most be of the root of a plug's area: small pieces were thinned to nothing. */
const MOST_OF_PLUG = 0.25;
/** How far thinning may move the surface each time, in cells. */
const TOLERANCE = 0.2;

/** Mean length of the seam's edges. */
function seamEdge({ positions, loops }: Patch): number {
	let [sum, count] = [0, 0];
	for (const loop of loops)
		for (let i = 0; i < loop.length; i++, count++) {
			const a = 3 * loop[i];
			const b = 3 * loop[(i + 1) % loop.length];
			sum += Math.hypot(
				positions[a] - positions[b],
				positions[a + 1] - positions[b + 1],
				positions[a + 2] - positions[b + 2],
			);
		}
	return count > 0 ? sum / count : 0;
}

function areaOf({ positions, triangles }: Patch): number {
	const plane = new Float64Array(4);
	let area = 0;
	for (let t = 0; t < triangles.length / 3; t++) {
		normalAndArea(positions, triangles, t, plane, 0);
		area += plane[3];
	}
	return area;
}

function thinned(surface: Patch, target: number, tolerance: number): Patch {
	const { positions, triangles } = thin(surface.positions, surface.triangles, target, tolerance);
	const mesh: Mesh = { positions, triangles, corner: {}, materialOf: new Uint16Array(0) };
	return cutPatch(mesh, new Uint8Array(triangles.length / 3), 0);
}

const LEAST_TRIANGLES = 8;

/**
 * Takes the grid's steps out of a piece: each vertex towards the middle of its neighbours, then back by a little more, so
 * that the piece does not shrink. Taubin. A signal processing approach to fair surface design. 1995. [taubin1995]
 */
function smooth({ positions, triangles }: Patch): void {
	const vertices = positions.length / 3;
	const sums = new Float64Array(3 * vertices);
	const counts = new Uint32Array(vertices);
	for (let c = 0; c < triangles.length; c++) counts[triangles[c]] += 2;
	for (let pass = 0; pass < 2 * SMOOTHINGS; pass++) {
		sums.fill(0);
		for (let c = 0; c < triangles.length; c++) {
			const a = triangles[c];
			const b = triangles[next(c)];
			for (let k = 0; k < 3; k++) {
				sums[3 * a + k] += positions[3 * b + k];
				sums[3 * b + k] += positions[3 * a + k];
			}
		}
		const step = pass % 2 === 0 ? SHRINK : GROW;
		for (let i = 0; i < positions.length; i++) positions[i] += step * (sums[i] / counts[(i / 3) | 0] - positions[i]);
	}
}

/** Puts vertices near what repeats show of the hidden surface onto it. */
function settle({ positions }: Patch, { bvh, own }: Shown, reach: number): void {
	const near = newNearest();
	for (let i = 0; i < positions.length; i += 3) {
		if (!nearestPoint(bvh, positions[i], positions[i + 1], positions[i + 2], reach, near)) continue;
		if (near.triangle < own) continue;
		positions[i] = near.x;
		positions[i + 1] = near.y;
		positions[i + 2] = near.z;
	}
}

/** Cells. */
const KNOWN = 1.5;

const SMOOTHINGS = 5;
const SHRINK = 0.6;
const GROW = -0.62;

/** Which vertices are further than `clear` from the patch. */
function farVertices({ positions }: Mesh, bvh: Bvh, clear: number): Uint8Array {
	const far = new Uint8Array(positions.length / 3);
	const near = newNearest();
	for (let v = 0; v < far.length; v++)
		if (!nearestPoint(bvh, positions[3 * v], positions[3 * v + 1], positions[3 * v + 2], clear, near)) far[v] = 1;
	return far;
}

/** Connected pieces of the triangles whose three vertices are far; the rest get NOT_HIDDEN. */
function labelPieces({ triangles }: Mesh, far: Uint8Array): { labels: Uint32Array; count: number } {
	const root = Uint32Array.from(far, (_, v) => v);
	const find = (v: number): number => {
		while (root[v] !== v) {
			root[v] = root[root[v]];
			v = root[v];
		}
		return v;
	};
	const isFar = (c: number): boolean => far[triangles[c]] + far[triangles[c + 1]] + far[triangles[c + 2]] === 3;
	for (let c = 0; c < triangles.length; c += 3) {
		if (!isFar(c)) continue;
		root[find(triangles[c])] = find(triangles[c + 1]);
		root[find(triangles[c + 1])] = find(triangles[c + 2]);
	}
	const labels = new Uint32Array(triangles.length / 3).fill(NOT_HIDDEN);
	const labelOf = new Map<number, number>();
	for (let c = 0; c < triangles.length; c += 3) {
		if (!isFar(c)) continue;
		const top = find(triangles[c]);
		if (!labelOf.has(top)) labelOf.set(top, labelOf.size);
		labels[c / 3] = labelOf.get(top)!;
	}
	return { labels, count: labelOf.size };
}

const NOT_HIDDEN = 0xffffffff;
