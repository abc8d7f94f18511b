/**
 * A triangle mesh: plain data, written once, never changed in place.
 *
 * Shapes: V = vertices, T = triangles, C = 3·T corners, M = materials.
 * Corner `c` belongs to triangle `c / 3 | 0`, starts at vertex `triangles[c]`, and names the half-edge from there to
 * `triangles[next(c)]`. Counter-clockwise seen from outside.
 *
 * Positions are welded exactly: two corners are at the same vertex if and only if their coordinates are the same bits
 * (with -0 taken as 0). A seam (of uv, normal, colour) is a difference of attribute rows, never of vertices.
 */
export type Mesh = {
	/** xyz of each vertex, in object units, world space. V × 3. */
	readonly positions: Float32Array;
	/** Vertex of each corner. C. */
	readonly triangles: Uint32Array;
	/** Values that may differ on the two sides of an edge: `uv`, `uv1`, `normal`, `color`. */
	readonly corner: Readonly<Record<string, CornerAttribute>>;
	/** Material of each triangle, or NO_MATERIAL. T. */
	readonly materialOf: Uint16Array;
	/**
	 * Face of the input file that each triangle was cut from; absent where triangle t is face t. The triangles of a face
	 * are neighbours; faces need not ascend, since triangles stand material by material. T.
	 */
	readonly polygonOf?: Uint32Array;
};

/** The shape of a mesh alone. */
export type Surface = Pick<Mesh, 'positions' | 'triangles'>;

/** Values looked up through an index: "same value" is "same index", never "nearly equal". */
export type CornerAttribute = {
	/** N × size. */
	readonly values: Float32Array;
	/** Row of `values` for each corner. C. NO_ROW where the corner has none. */
	readonly indices: Uint32Array;
	readonly size: 2 | 3 | 4;
};

/** Marks triangles without a material in `materialOf`. */
export const NO_MATERIAL = 0xffff;
/** Marks corners without a value in `CornerAttribute.indices`. */
export const NO_ROW = 0xffffffff;

/** Corner after `c` in its triangle. */
export const next = (c: number): number => (c % 3 === 2 ? c - 2 : c + 1);
/** Corner before `c` in its triangle. */
export const prev = (c: number): number => (c % 3 === 0 ? c + 2 : c - 1);

/** Number of triangles. */
export const triangleCount = (mesh: Mesh): number => mesh.triangles.length / 3;
/** Number of vertices. */
export const vertexCount = (mesh: Mesh): number => mesh.positions.length / 3;

/** Makes a quantity that is computed at most once for each mesh, and forgotten with it. */
export function derived<T>(compute: (mesh: Mesh) => T): (mesh: Mesh) => T {
	const known = new WeakMap<Mesh, T>();
	return (mesh) => {
		let value = known.get(mesh);
		if (value === undefined) {
			value = compute(mesh);
			known.set(mesh, value);
		}
		return value;
	};
}
