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
	const middles = Array.from({ length: parts }, (_, part) => middleOf(mesh, (t) => partOf[t] === part));
	const middle = middleOf(mesh, () => true);
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

/** Middle of the box around the chosen triangles. */
function middleOf({ positions, triangles }: Mesh, isChosen: (t: number) => boolean): number[] {
	const low = [Infinity, Infinity, Infinity];
	const high = [-Infinity, -Infinity, -Infinity];
	for (let c = 0; c < triangles.length; c++) {
		if (!isChosen((c / 3) | 0)) continue;
		for (let k = 0; k < 3; k++) {
			const value = positions[3 * triangles[c] + k];
			if (value < low[k]) low[k] = value;
			if (value > high[k]) high[k] = value;
		}
	}
	return low.map((value, k) => (value <= high[k] ? (value + high[k]) / 2 : 0));
}
