import { cutQuads } from './quad-fit.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import { worstCorner } from './quad-shape.ts';
import type { DenseSurface } from './quad-surface.ts';

/**
 * Cuts quads with a corner that is straight or looks the other way into two triangles, along the diagonal that lies inside:
 * what mending could not unfold (quad-mend.ts). At 1000 faces (2026-11) one quad of workbench.glb, at 3000 one of the truck.
 *
 * @param most Faces that the result may have; what would be more stays folded.
 */
export function unfoldQuads(mesh: QuadMesh, most: number, surface: DenseSurface): QuadMesh {
	const { positions, faces, sourceOf } = mesh;
	const count = sourceOf.length;
	const folded: number[] = [];
	for (let f = 0; f < count && count + folded.length < most; f++) {
		const [a, b, c, d] = faces.subarray(4 * f, 4 * f + 4);
		if (d !== NO_VERTEX && worstCorner(positions, a, b, c, d, 0, 0, 0) <= 0) folded.push(f);
	}
	if (folded.length === 0) return mesh;
	const all = new Uint32Array(4 * (count + folded.length));
	const from = new Uint32Array(count + folded.length);
	all.set(faces);
	from.set(sourceOf);
	for (const [i, f] of folded.entries()) {
		const quad = faces.slice(4 * f, 4 * f + 4);
		const { triangles } = cutQuads({ positions, faces: quad, sourceOf: sourceOf.subarray(f, f + 1) }, surface);
		all.set([triangles[0], triangles[1], triangles[2], NO_VERTEX], 4 * f);
		all.set([triangles[3], triangles[4], triangles[5], NO_VERTEX], 4 * (count + i));
		from[count + i] = sourceOf[f];
	}
	return { positions, faces: all, sourceOf: from };
}
