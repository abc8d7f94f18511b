import { type CornerAttribute, type Mesh, triangleCount } from './mesh.ts';
import type { Parts } from './parts.ts';

/** Some parts of a mesh, as a mesh of their own over the same vertices. */
export type Picked = {
	readonly mesh: Mesh;
	/** Triangle of the whole mesh at each of these, ascending. */
	readonly triangleOf: Uint32Array;
	/** Part of each of these. */
	readonly partOf: Uint16Array;
	/** 1 at the triangles of the whole mesh that are among these. */
	readonly picked: Uint8Array;
};

/** @param numbers Parts to pick; all where absent: then `mesh` is the whole itself. */
export function pickParts(mesh: Mesh, { partOf }: Parts, numbers?: readonly number[]): Picked {
	const count = triangleCount(mesh);
	if (!numbers) {
		const triangleOf = new Uint32Array(count);
		for (let t = 0; t < count; t++) triangleOf[t] = t;
		return { mesh, triangleOf, partOf, picked: new Uint8Array(count).fill(1) };
	}
	const wanted = new Set(numbers);
	const picked = Uint8Array.from(partOf, (p) => (wanted.has(p) ? 1 : 0));
	const triangleOf = new Uint32Array(picked.reduce((sum, one) => sum + one, 0));
	for (let t = 0, i = 0; t < count; t++) if (picked[t] === 1) triangleOf[i++] = t;
	const cornersOf = (from: Uint32Array): Uint32Array => {
		const to = new Uint32Array(3 * triangleOf.length);
		for (let c = 0; c < to.length; c++) to[c] = from[3 * triangleOf[(c / 3) | 0] + (c % 3)];
		return to;
	};
	const corner: Record<string, CornerAttribute> = {};
	for (const [name, attribute] of Object.entries(mesh.corner))
		corner[name] = { ...attribute, indices: cornersOf(attribute.indices) };
	return {
		mesh: {
			positions: mesh.positions,
			triangles: cornersOf(mesh.triangles),
			corner,
			materialOf: Uint16Array.from(triangleOf, (t) => mesh.materialOf[t]),
		},
		triangleOf,
		partOf: Uint16Array.from(triangleOf, (t) => partOf[t]),
		picked,
	};
}
