import { normalAndArea } from '../math/triangle.ts';
import { next } from '../mesh/mesh.ts';
import type { Coarse } from './coarse.ts';
import { addPlane, QUADRIC } from './quadric.ts';

/** Weight of the planes that hold lines in place, over that of the triangles beside. */
const LINE_WEIGHT = 4;

export type QuadricSums = { readonly quadrics: Float64Array; readonly weights: Float64Array };

/**
 * Sums the planes that each vertex stands for: of its triangles, by area, and upright through its lines.
 *
 * @returns `quadrics`, V × QUADRIC; `weights`, the area that each stands for, V.
 */
export function sumQuadrics({ at, live, line, positions: p }: Coarse): QuadricSums {
	const quadrics = new Float64Array(QUADRIC * (p.length / 3));
	const weights = new Float64Array(p.length / 3);
	const plane = new Float64Array(4);
	for (let t = 0; t < live.length; t++) {
		if (live[t] === 0) continue;
		normalAndArea(p, at, t, plane, 0);
		const nx = plane[0];
		const ny = plane[1];
		const nz = plane[2];
		const area = plane[3];
		if (area === 0) continue;
		const a = 3 * at[3 * t];
		const d = -(nx * p[a] + ny * p[a + 1] + nz * p[a + 2]);
		for (let k = 3 * t; k < 3 * t + 3; k++) {
			addPlane(quadrics, at[k], nx, ny, nz, d, area);
			weights[at[k]] += area;
			if (line[k] === 0) continue;
			// The plane through the line, upright on the triangle.
			const from = at[k];
			const to = at[next(k)];
			const ex = p[3 * to] - p[3 * from];
			const ey = p[3 * to + 1] - p[3 * from + 1];
			const ez = p[3 * to + 2] - p[3 * from + 2];
			const squared = ex * ex + ey * ey + ez * ez;
			const edge = Math.sqrt(squared);
			const mx = (ey * nz - ez * ny) / edge;
			const my = (ez * nx - ex * nz) / edge;
			const mz = (ex * ny - ey * nx) / edge;
			const e = -(mx * p[3 * from] + my * p[3 * from + 1] + mz * p[3 * from + 2]);
			addPlane(quadrics, from, mx, my, mz, e, LINE_WEIGHT * squared);
			addPlane(quadrics, to, mx, my, mz, e, LINE_WEIGHT * squared);
		}
	}
	return { quadrics, weights };
}
