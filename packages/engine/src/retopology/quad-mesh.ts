/** A surface of quads and triangles, while it is being made. Coordinates in object units. */
export type QuadMesh = {
	/** xyz of each vertex. V × 3. */
	readonly positions: Float64Array;
	/** Vertices of each face, counter-clockwise seen from outside; the fourth is NO_VERTEX where it is a triangle. F × 4. */
	readonly faces: Uint32Array;
	/** Triangle of the source that each face lies on: it has its part and its material. F. */
	readonly sourceOf: Uint32Array;
};

/** Stands for the fourth vertex of a triangle in `QuadMesh.faces`. */
export const NO_VERTEX = 0xffffffff;
