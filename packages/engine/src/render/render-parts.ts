import type { Image } from '../image/image.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { partColor } from './part-color.ts';
import { type RenderOptions, render } from './render.ts';
import type { Surface } from './shade.ts';
import { LINEAR } from './srgb.ts';

/**
 * A picture of a mesh with each part in a colour of its own (`partColor`) and thin dark lines between parts. Both sides
 * of every triangle are shown.
 *
 * @param partOf Part of each triangle. T.
 * @throws MeshError as `render`.
 */
export function renderParts(mesh: Mesh, partOf: Uint16Array, options: RenderOptions = {}): Image {
	let parts = 0;
	for (let t = 0; t < partOf.length; t++) parts = Math.max(parts, partOf[t] + 1);
	const surfaces = Array.from({ length: parts }, (_, p) => paint(p));
	return render({ mesh, surfaces, surfaceOf: partOf, vertexColors: false, outlines: true }, options);
}

function paint(p: number): Surface {
	const [red, green, blue] = partColor(p);
	return {
		color: [LINEAR[red], LINEAR[green], LINEAR[blue], 1],
		emissive: [0, 0, 0],
		alpha: 'opaque',
		cutoff: 0,
		doubleSided: true,
	};
}
