import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import { type DenseSurface, findNearest } from './quad-surface.ts';

/**
 * How well a quad or triangle keeps its corners: the least sine of its corners, seen along (nx, ny, nz); 1 is a
 * rectangle, 0 or less a corner that is straight, folded or looks the other way. A normal of no length stands for the
 * face's own.
 */
export function worstCorner(
	p: Float64Array,
	a: number,
	b: number,
	c: number,
	d: number,
	nx: number,
	ny: number,
	nz: number,
): number {
	let length = Math.sqrt(nx * nx + ny * ny + nz * nz);
	if (length === 0) {
		const out = new Float64Array(3);
		addNormal(p, a, b, c, d, out);
		[nx, ny, nz] = out;
		length = Math.sqrt(nx * nx + ny * ny + nz * nz);
		if (length === 0) return 0;
	}
	if (d === NO_VERTEX) return corner(p, a, b, c, nx, ny, nz) / length; // all three have the same sign
	const one = corner(p, d, a, b, nx, ny, nz);
	const two = corner(p, a, b, c, nx, ny, nz);
	const three = corner(p, b, c, d, nx, ny, nz);
	const four = corner(p, c, d, a, nx, ny, nz);
	return Math.min(one, two, three, four) / length;
}

/** Sine of the turn at `v` from `before` to `after`, about (nx, ny, nz), times that vector's length. */
function corner(p: Float64Array, before: number, v: number, after: number, nx: number, ny: number, nz: number): number {
	const ax = p[3 * after] - p[3 * v];
	const ay = p[3 * after + 1] - p[3 * v + 1];
	const az = p[3 * after + 2] - p[3 * v + 2];
	const bx = p[3 * before] - p[3 * v];
	const by = p[3 * before + 1] - p[3 * v + 1];
	const bz = p[3 * before + 2] - p[3 * v + 2];
	const volume = (ay * bz - az * by) * nx + (az * bx - ax * bz) * ny + (ax * by - ay * bx) * nz;
	const sides = Math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz));
	return sides > 0 ? volume / sides : 0;
}

/** Adds the normal of a face, as long as twice its area, to `out[0 .. 2]`. */
export function addNormal(p: Float64Array, a: number, b: number, c: number, d: number, out: Float64Array): void {
	// The product of a quad's diagonals; a triangle is a quad whose fourth corner is its first.
	const e = d === NO_VERTEX ? a : d;
	const ux = p[3 * c] - p[3 * a];
	const uy = p[3 * c + 1] - p[3 * a + 1];
	const uz = p[3 * c + 2] - p[3 * a + 2];
	const vx = p[3 * e] - p[3 * b];
	const vy = p[3 * e + 1] - p[3 * b + 1];
	const vz = p[3 * e + 2] - p[3 * b + 2];
	out[0] += uy * vz - uz * vy;
	out[1] += uz * vx - ux * vz;
	out[2] += ux * vy - uy * vx;
}

/** Cosine between the normal of a face and that of the dense surface at the point nearest to its middle. */
export function facesOut(p: Float64Array, a: number, b: number, c: number, d: number, surface: DenseSurface): number {
	const e = d === NO_VERTEX ? c : d;
	const n = d === NO_VERTEX ? 3 : 4;
	const last = d === NO_VERTEX ? 0 : 1;
	const x = (p[3 * a] + p[3 * b] + p[3 * c] + last * p[3 * e]) / n;
	const y = (p[3 * a + 1] + p[3 * b + 1] + p[3 * c + 1] + last * p[3 * e + 1]) / n;
	const z = (p[3 * a + 2] + p[3 * b + 2] + p[3 * c + 2] + last * p[3 * e + 2]) / n;
	own.fill(0);
	addNormal(p, a, b, c, d, own);
	findNearest(surface, x, y, z, 0, 0, 0, Infinity);
	const { normal } = surface;
	const length = Math.sqrt(own[0] * own[0] + own[1] * own[1] + own[2] * own[2]);
	return length > 0 ? (own[0] * normal[0] + own[1] * normal[1] + own[2] * normal[2]) / length : 0;
}

const own = new Float64Array(3);

/** Faces at each vertex, and whether it is inside of the surface: two faces at each of its edges. V. */
export function innerVertices({ positions, faces }: QuadMesh): { degree: Uint32Array; isInner: Uint8Array } {
	const vertices = positions.length / 3;
	const degree = new Uint32Array(vertices);
	const wings = new Map<number, number>();
	for (let f = 0; f < faces.length; f += 4) {
		const n = faces[f + 3] === NO_VERTEX ? 3 : 4;
		for (let k = 0; k < n; k++) {
			const u = faces[f + k];
			const v = faces[f + ((k + 1) % n)];
			degree[u]++;
			const edge = Math.min(u, v) * vertices + Math.max(u, v);
			wings.set(edge, (wings.get(edge) ?? 0) + 1);
		}
	}
	const isInner = new Uint8Array(vertices).fill(1);
	for (const [edge, count] of wings) {
		if (count === 2) continue;
		isInner[edge % vertices] = 0;
		isInner[Math.floor(edge / vertices)] = 0;
	}
	return { degree, isInner };
}

/** Quads and triangles, and of the vertices inside of the surface the share at which not four edges meet. */
export function countFaces(mesh: QuadMesh): {
	faces: number;
	quads: number;
	triangles: number;
	irregularShare: number;
} {
	const { degree, isInner } = innerVertices(mesh);
	const faces = mesh.sourceOf.length;
	let triangles = 0;
	for (let f = 0; f < faces; f++) if (mesh.faces[4 * f + 3] === NO_VERTEX) triangles++;
	let inner = 0;
	let irregular = 0;
	for (let v = 0; v < degree.length; v++) {
		if (isInner[v] === 0 || degree[v] === 0) continue;
		inner++;
		if (degree[v] !== 4) irregular++;
	}
	return { faces, quads: faces - triangles, triangles, irregularShare: inner > 0 ? irregular / inner : 0 };
}

/** Cosine between the normal of a triangle and that of the dense surface at the point nearest to its middle; 1 without area. */
export function triangleOut(p: Float64Array, a: number, b: number, c: number, surface: DenseSurface): number {
	own.fill(0);
	addNormal(p, a, b, c, NO_VERTEX, own);
	const length = Math.sqrt(own[0] * own[0] + own[1] * own[1] + own[2] * own[2]);
	if (length === 0) return 1;
	const x = (p[3 * a] + p[3 * b] + p[3 * c]) / 3;
	const y = (p[3 * a + 1] + p[3 * b + 1] + p[3 * c + 1]) / 3;
	const z = (p[3 * a + 2] + p[3 * b + 2] + p[3 * c + 2]) / 3;
	findNearest(surface, x, y, z, 0, 0, 0, Infinity);
	const { normal } = surface;
	return (own[0] * normal[0] + own[1] * normal[1] + own[2] * normal[2]) / length;
}

/** Square of the distance between two vertices. */
export function squared(p: Float64Array, a: number, b: number): number {
	const x = p[3 * a] - p[3 * b];
	const y = p[3 * a + 1] - p[3 * b + 1];
	const z = p[3 * a + 2] - p[3 * b + 2];
	return x * x + y * y + z * z;
}
