import { type Mesh, next, prev } from '../mesh/mesh.ts';
import { twins } from '../mesh/topology.ts';

/**
 * The visible surface of one part, cut out of the whole: an orientable 2-manifold with a border, whatever the whole is.
 *
 * Where the whole is not manifold the patch is cut: an edge with more than two triangles becomes border, and a vertex
 * where several fans meet (a bow-tie) becomes one local vertex for each fan. Positions are copies of the same bits, so
 * that welding by position gives back the input.
 */
export type Patch = {
	/** xyz of each local vertex, object units. V × 3. */
	readonly positions: Float32Array;
	/** Local vertex of each corner; triangles in the mesh's order. 3·T. */
	readonly triangles: Uint32Array;
	/** Vertex of the mesh at each local vertex. V. */
	readonly vertexOf: Uint32Array;
	/** Triangle of the mesh at each local triangle, ascending. T. */
	readonly triangleOf: Uint32Array;
	/** Border loops, local vertices, in the direction in which a cap runs along them. */
	readonly loops: readonly Uint32Array[];
	/** Triangles of the part with two corners at one vertex: they bound nothing and are left out. */
	readonly collapsed: number;
};

/** Cuts the triangles of `part` out of the mesh. */
export function cutPatch(mesh: Mesh, partOf: ArrayLike<number>, part: number): Patch {
	const { list, collapsed } = listTriangles(mesh, partOf, part);
	const corners = new Uint32Array(3 * list.length);
	const meshToLocal = new Map<number, number>();
	const meshVertex: number[] = [];
	for (let c = 0; c < corners.length; c++) {
		const v = mesh.triangles[3 * list[(c / 3) | 0] + (c % 3)];
		let local = meshToLocal.get(v);
		if (local === undefined) {
			local = meshVertex.length;
			meshToLocal.set(v, local);
			meshVertex.push(v);
		}
		corners[c] = local;
	}
	const welded: Mesh = {
		positions: new Float32Array(3 * meshVertex.length),
		triangles: corners,
		corner: {},
		materialOf: new Uint16Array(0),
	};
	const twin = twins(welded);
	const { fanOf, vertexOf } = splitFans(corners, twin, meshVertex);
	const positions = new Float32Array(3 * vertexOf.length);
	for (let v = 0; v < vertexOf.length; v++)
		for (let k = 0; k < 3; k++) positions[3 * v + k] = mesh.positions[3 * vertexOf[v] + k];
	return { positions, triangles: fanOf, vertexOf, triangleOf: list, loops: traceLoops(fanOf, twin), collapsed };
}

function listTriangles({ triangles }: Mesh, partOf: ArrayLike<number>, part: number) {
	const list: number[] = [];
	let collapsed = 0;
	for (let t = 0; t < partOf.length; t++) {
		if (partOf[t] !== part) continue;
		const a = triangles[3 * t];
		const b = triangles[3 * t + 1];
		const c = triangles[3 * t + 2];
		if (a === b || b === c || c === a) collapsed++;
		else list.push(t);
	}
	return { list: Uint32Array.from(list), collapsed };
}

/** One vertex for each fan: the corners that one reaches around a vertex without crossing the border. */
function splitFans(corners: Uint32Array, twin: Int32Array, meshVertex: readonly number[]) {
	const UNSEEN = 0xffffffff;
	const fanOf = new Uint32Array(corners.length).fill(UNSEEN);
	const vertexOf: number[] = [];
	for (let start = 0; start < corners.length; start++) {
		if (fanOf[start] !== UNSEEN) continue;
		const vertex = vertexOf.length;
		vertexOf.push(meshVertex[corners[start]]);
		for (let c = start; c >= 0 && fanOf[c] === UNSEEN; c = twin[prev(c)]) fanOf[c] = vertex;
		for (let c = start; twin[c] >= 0; ) {
			c = next(twin[c]);
			if (fanOf[c] !== UNSEEN) break;
			fanOf[c] = vertex;
		}
	}
	return { fanOf, vertexOf: Uint32Array.from(vertexOf) };
}

/** Follows the border around; reversed, since a cap runs along it the other way. */
function traceLoops(triangles: Uint32Array, twin: Int32Array): Uint32Array[] {
	const loops: Uint32Array[] = [];
	const seen = new Uint8Array(triangles.length);
	for (let start = 0; start < triangles.length; start++) {
		if (twin[start] >= 0 || seen[start]) continue;
		const loop: number[] = [];
		for (let c = start; !seen[c]; ) {
			seen[c] = 1;
			loop.push(triangles[c]);
			c = next(c);
			while (twin[c] >= 0) c = next(twin[c]);
		}
		loops.push(Uint32Array.from(loop.reverse()));
	}
	return loops;
}
