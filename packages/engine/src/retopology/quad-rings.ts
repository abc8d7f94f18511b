import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';

/** Faces at each vertex: those of `v` are `list[offsets[v] .. offsets[v + 1]]`, ascending. */
export type FaceRings = { readonly offsets: Uint32Array; readonly list: Uint32Array };

export function facesAround({ positions, faces }: QuadMesh): FaceRings {
	const offsets = new Uint32Array(positions.length / 3 + 1);
	for (const v of faces) if (v !== NO_VERTEX) offsets[v + 1]++;
	for (let v = 1; v < offsets.length; v++) offsets[v] += offsets[v - 1];
	const fill = offsets.slice(0, -1);
	const list = new Uint32Array(offsets[offsets.length - 1]);
	for (let i = 0; i < faces.length; i++) if (faces[i] !== NO_VERTEX) list[fill[faces[i]]++] = i >> 2;
	return { offsets, list };
}
