import type { Mesh } from '../mesh/mesh.ts';

/**
 * The parts of a mesh pulled apart, each moved as a whole away from the middle: for pictures that show what is between
 * them. A part whose middle is the mesh's stays where it is.
 *
 * @param partOf Part of each triangle. T.
 * @param amount How far, in distances of each part's middle from the mesh's; 0 leaves all in place. Default 0.5.
 * @returns A mesh with the same triangles; vertices that parts had in common are one for each part.
 */
export function explode(mesh: Mesh, partOf: ArrayLike<number>, amount = 0.5): Mesh {
	const { positions, triangles } = mesh;
	const parts = partsIn(partOf);
	const { middles, middle } = findMiddles(mesh, partOf, parts);
	const copyOf = new Map<number, number>();
	const moved: number[] = [];
	const corners = new Uint32Array(triangles.length);
	for (let c = 0; c < triangles.length; c++) {
		const part = partOf[(c / 3) | 0];
		const key = triangles[c] * parts + part;
		let copy = copyOf.get(key);
		if (copy === undefined) {
			copy = moved.length / 3;
			copyOf.set(key, copy);
			for (let k = 0; k < 3; k++) moved.push(positions[3 * triangles[c] + k] + amount * (middles[part][k] - middle[k]));
		}
		corners[c] = copy;
	}
	return { ...mesh, positions: Float32Array.from(moved), triangles: corners };
}

function partsIn(partOf: ArrayLike<number>): number {
	let parts = 0;
	for (let t = 0; t < partOf.length; t++) parts = Math.max(parts, partOf[t] + 1);
	return parts;
}

/** Middles of the boxes around each part and around them all. */
function findMiddles({ positions, triangles }: Mesh, partOf: ArrayLike<number>, parts: number) {
	const low = new Float64Array(3 * parts + 3).fill(Infinity);
	const high = new Float64Array(3 * parts + 3).fill(-Infinity);
	for (let c = 0; c < triangles.length; c++)
		for (let k = 0; k < 3; k++) {
			const value = positions[3 * triangles[c] + k];
			for (const i of [3 * partOf[(c / 3) | 0] + k, 3 * parts + k]) {
				if (value < low[i]) low[i] = value;
				if (value > high[i]) high[i] = value;
			}
		}
	const middleOf = (part: number): number[] =>
		[3 * part, 3 * part + 1, 3 * part + 2].map((i) => (low[i] <= high[i] ? (low[i] + high[i]) / 2 : 0));
	return { middles: Array.from({ length: parts }, (_, part) => middleOf(part)), middle: middleOf(parts) };
}
