/** A surface under decimation, changed in place. Coordinates are in diagonals of the model, from its centre. */
export type Coarse = {
	/** V × 3. */
	readonly positions: Float64Array;
	/** Vertex of each corner. C. Corners of dead triangles keep their last. */
	readonly at: Uint32Array;
	/** Is the triangle still there? T. */
	readonly live: Uint8Array;
	/** Is the edge from the corner a line that must stay: a border, a change of part or material, a third wing? C. */
	readonly line: Uint8Array;
	/** How a vertex may move: FREE, LINE or PINNED. V. */
	readonly kind: Uint8Array;
	/** Was the vertex moved? V. */
	readonly moved: Uint8Array;
	/** Unit normal of the triangle of the source that each began as. T × 3. */
	readonly facing: Float32Array;
	/** Vertex and triangle of the surface it began as, that each vertex and triangle stands for. V, T. */
	readonly vertexOf: Uint32Array;
	readonly triangleOf: Uint32Array;
	/** Live triangles. */
	faces: number;
	/** Greatest error of a collapse so far: root of the mean squared distance to the planes it stands for, diagonals. */
	error: number;
};

/**
 * What an edge may become, by the kinds of its ends:
 *
 *              FREE            LINE                    PINNED
 *     FREE     best point      the vertex on the line  the pinned vertex
 *     LINE                     best point, if the      the pinned vertex, if the
 *                              edge is of the line     edge is of the line
 *     PINNED                                           never
 */
export const FREE = 0;
export const LINE = 1;
/** A vertex where lines meet or end. */
export const PINNED = 2;
