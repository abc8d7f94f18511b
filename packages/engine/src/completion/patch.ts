import { cross, dot, minus, type Vector3 } from '../math/vector3.ts';
import { type Mesh, next, prev } from '../mesh/mesh.ts';
import { NON_MANIFOLD, twins } from '../mesh/topology.ts';

/**
 * The visible surface of one part, cut out of the whole: an orientable 2-manifold with a border, whatever the whole is.
 *
 * Where the whole is not manifold the patch is cut: of an edge with more than two triangles, those stay together that have
 * the inside between them (two solids that touch along an edge stay two), what is left is border; and a vertex
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
	const twin = pairWings(meshVertex, mesh.positions, corners, twins(welded));
	const { fanOf, vertexOf } = splitFans(corners, twin, meshVertex);
	const positions = new Float32Array(3 * vertexOf.length);
	for (let v = 0; v < vertexOf.length; v++)
		for (let k = 0; k < 3; k++) positions[3 * v + k] = mesh.positions[3 * vertexOf[v] + k];
	return { positions, triangles: fanOf, vertexOf, triangleOf: list, loops: traceLoops(fanOf, twin), collapsed };
}

/** Twins with the corners of edges of three and more triangles paired across the inside between them. */
function pairWings(
	meshVertex: readonly number[],
	positions: Float32Array,
	corners: Uint32Array,
	twin: Int32Array,
): Int32Array {
	const wings = new Map<number, number[]>();
	for (let c = 0; c < twin.length; c++) {
		if (twin[c] !== NON_MANIFOLD) continue;
		const a = corners[c];
		const b = corners[next(c)];
		const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
		const list = wings.get(key);
		if (list) list.push(c);
		else wings.set(key, [c]);
	}
	if (wings.size === 0) return twin;
	const paired = twin.slice();
	const at = (v: number): Vector3 => {
		const o = 3 * meshVertex[v];
		return [positions[o], positions[o + 1], positions[o + 2]];
	};
	for (const list of wings.values()) {
		const a = Math.min(corners[list[0]], corners[next(list[0])]);
		const b = Math.max(corners[list[0]], corners[next(list[0])]);
		const axis = minus(at(b), at(a));
		const away = list.map((c) => minus(at(corners[prev(c)]), at(a)));
		const x = perpendicular(away[0], axis);
		const y = cross(axis, x);
		const angles = away.map((d) => Math.atan2(dot(d, y) / Math.sqrt(dot(axis, axis)), dot(d, x)));
		let around = list.map((_, i) => i).sort((i, j) => angles[i] - angles[j] || i - j);
		const isForward = (i: number): boolean => corners[list[i]] === a;
		// Behind a backward triangle, in the sense of the angle, the inside begins; at a forward one it ends.
		for (let found = true; found && around.length > 1; ) {
			found = false;
			for (let p = 0; p < around.length && !found; p++) {
				const i = around[p];
				const j = around[(p + 1) % around.length];
				if (isForward(i) || !isForward(j)) continue;
				paired[list[i]] = list[j];
				paired[list[j]] = list[i];
				around = around.filter((other) => other !== i && other !== j);
				found = true;
			}
		}
	}
	return paired;
}

/** What of u is across the axis. */
function perpendicular(u: Vector3, axis: Vector3): Vector3 {
	const along = dot(u, axis) / (dot(axis, axis) || 1);
	return [u[0] - along * axis[0], u[1] - along * axis[1], u[2] - along * axis[2]];
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
