import type { Image } from '../image/image.ts';
import { type Mesh, triangleCount } from '../mesh/mesh.ts';
import { type RenderOptions, render } from './render.ts';
import type { Surface } from './shade.ts';

export type WireframeOptions = RenderOptions & {
	/** Linear RGB of quads, 0..1. Default a light clay. */
	readonly color?: readonly [number, number, number];
	/** Linear RGB of faces that are not quads, 0..1. Default a warmer one, so that they can be found. */
	readonly oddColor?: readonly [number, number, number];
};

export const WIREFRAME_DEFAULTS = Object.freeze({
	color: [0.72, 0.72, 0.7] as const,
	oddColor: [0.85, 0.5, 0.3] as const,
});

/** `RenderScene.surfaceOf` holds numbers below this. */
const MOST_SURFACES = 0xffff;

/**
 * A picture of a mesh with the edges of its faces: those of `polygonOf`, so that a quad shows no diagonal, or of its
 * triangles where it has none. Hidden edges are not drawn; both sides of every triangle are shown.
 *
 * Each face is drawn as a surface of its own, and the outlines of surfaces are the edges: a line is about a sample wide
 * on either side.
 *
 * @throws MeshError as `render`.
 */
export function renderWireframe(mesh: Mesh, options: WireframeOptions = {}): Image {
	const { color, oddColor, ...rest } = { ...WIREFRAME_DEFAULTS, ...options };
	const count = triangleCount(mesh);
	const surfaceOf = new Uint16Array(count);
	const surfaces: Surface[] = [];
	const quad = paint(color);
	const odd = paint(oddColor);
	let from = 0;
	for (let face = 0; from < count; face++) {
		let to = from + 1;
		while (to < count && mesh.polygonOf !== undefined && mesh.polygonOf[to] === mesh.polygonOf[from]) to++;
		const isOdd = mesh.polygonOf !== undefined && to - from !== 2;
		// Faces share a number when there are more than there are numbers; neighbours hardly ever do.
		const surface = (2 * face + (isOdd ? 1 : 0)) % (MOST_SURFACES - 1);
		surfaces[surface & ~1] = quad;
		surfaces[surface | 1] = odd;
		surfaceOf.fill(surface, from, to);
		from = to;
	}
	return render({ mesh, surfaces, surfaceOf, vertexColors: false, outlines: true }, rest);
}

function paint([red, green, blue]: readonly [number, number, number]): Surface {
	return { color: [red, green, blue, 1], emissive: [0, 0, 0], alpha: 'opaque', cutoff: 0, doubleSided: true };
}
