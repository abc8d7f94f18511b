import { angleAt, normalAndArea } from '../math/triangle.ts';
import { type Mesh, next, prev } from '../mesh/mesh.ts';
import { twins, vertexCorners } from '../mesh/topology.ts';
import { FREE, LINE, PINNED, type QuadLines } from './quad-edit.ts';
import { type DenseSurface, isSharpAt } from './quad-surface.ts';

/**
 * Sum of the angles at a vertex below which it is a tip and stays: 234°. Skull at 5000 (2026-11): Hausdorff .34 % of the
 * diagonal in place of .65; elsewhere no difference.
 */
const TIP = 1.3 * Math.PI;

/**
 * Finds the lines that quads must follow (borders, edges between labels, edges with a third wing, sharp edges), and how
 * many faces should meet at each vertex: four, or on a border and where sharp edges meet one for each right angle.
 *
 * @param labelOf Part and material of each triangle, as one number. T.
 * @param flattensCorners Four faces where sharp edges meet as well: for surfaces all corners, which are none that was meant.
 */
export function drawQuadLines(
	mesh: Mesh,
	labelOf: Uint32Array,
	surface: DenseSurface,
	flattensCorners = false,
): QuadLines {
	const { triangles, positions } = mesh;
	const twin = twins(mesh);
	const planes = new Float64Array((4 * triangles.length) / 3);
	for (let t = 0; 3 * t < triangles.length; t++) normalAndArea(positions, triangles, t, planes, 4 * t);
	const { offsets, list } = vertexCorners(mesh);
	const kind = new Uint8Array(offsets.length - 1);
	const ideal = new Uint8Array(kind.length);
	const lined = new Uint8Array(triangles.length);
	const open = new Uint8Array(kind.length);
	const known = new Int8Array(kind.length).fill(-1);
	const isSharp = (v: number): boolean => {
		if (known[v] < 0)
			known[v] = isSharpAt(surface, positions[3 * v], positions[3 * v + 1], positions[3 * v + 2]) ? 1 : 0;
		return known[v] === 1;
	};
	for (let c = 0; c < triangles.length; c++) {
		const d = twin[c];
		const t = (c / 3) | 0;
		const s = (d / 3) | 0;
		if (d < 0) {
			lined[c] = 1;
			open[triangles[c]] = 1;
			open[triangles[next(c)]] = 1;
		} else if (labelOf[t] !== labelOf[s]) lined[c] = 1;
		else {
			const dot =
				planes[4 * t] * planes[4 * s] + planes[4 * t + 1] * planes[4 * s + 1] + planes[4 * t + 2] * planes[4 * s + 2];
			// Few triangles round a rim are sharp where the surface is not.
			if (dot < surface.sharpness && isSharp(triangles[c]) && isSharp(triangles[d])) lined[c] = 2;
		}
	}
	const metBy = new Int32Array(kind.length).fill(-1);
	for (let v = 0; v < kind.length; v++) {
		let ends = 0;
		let hard = 0;
		let turn = 0;
		for (let i = offsets[v]; i < offsets[v + 1]; i++) {
			const c = list[i];
			turn += angleAt(positions, v, triangles[next(c)], triangles[prev(c)]);
			for (const [e, w] of [
				[c, triangles[next(c)]],
				[prev(c), triangles[prev(c)]],
			]) {
				if (lined[e] === 0 || metBy[w] === v) continue;
				metBy[w] = v;
				ends++;
				if (lined[e] === 1) hard++;
			}
		}
		// A single sharp edge that ends somewhere is a wrinkle, not a line.
		kind[v] = ends === 0 || (ends === 1 && hard === 0) ? FREE : ends === 2 ? LINE : PINNED;
		if (kind[v] === FREE && turn < TIP) kind[v] = PINNED;
		const right = Math.max(1, Math.round(turn / (Math.PI / 2)));
		const isCorner = kind[v] === PINNED && !flattensCorners;
		ideal[v] = open[v] !== 0 ? Math.min(right, 4) : isCorner ? Math.min(Math.max(right, 3), 6) : 4;
	}
	return { kind, ideal };
}
