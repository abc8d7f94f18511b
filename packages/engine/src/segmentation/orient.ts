import { type Mesh, next, triangleCount } from '../mesh/mesh.ts';
import { NON_MANIFOLD, twins, vertexCorners } from '../mesh/topology.ts';

/**
 * The mesh with its triangles wound alike within each connected piece and outward on the whole, for measuring: what is
 * concave depends on it. The same mesh when it is so already. Triangles keep their numbers.
 *
 * Pieces keep the winding that most of their area has. All are turned together when the signed volume of the whole is
 * negative; inner walls of a hollow thing, which face inward, stay as they are.
 */
export function orientOutward(mesh: Mesh): Mesh {
	const flip = alignPieces(mesh);
	if (signedVolume(mesh, flip) < 0) for (let t = 0; t < flip.length; t++) flip[t] ^= 1;
	if (!flip.includes(1)) return mesh;
	const triangles = mesh.triangles.slice();
	for (let t = 0; t < flip.length; t++) {
		if (!flip[t]) continue;
		triangles[3 * t + 1] = mesh.triangles[3 * t + 2];
		triangles[3 * t + 2] = mesh.triangles[3 * t + 1];
	}
	return { ...mesh, triangles };
}

/** Which triangles run against the winding of most of their piece: 1. T. */
function alignPieces(mesh: Mesh): Uint8Array {
	const count = triangleCount(mesh);
	const flip = new Uint8Array(count);
	const twin = twins(mesh);
	if (!twin.includes(NON_MANIFOLD)) return flip;
	const seen = new Uint8Array(count);
	const queue = new Uint32Array(count);
	for (let start = 0; start < count; start++) {
		if (seen[start]) continue;
		let tail = 0;
		queue[tail++] = start;
		seen[start] = 1;
		let against = 0;
		let area = 0;
		for (let head = 0; head < tail; head++) {
			const t = queue[head];
			const a = triangleArea(mesh, t);
			area += a;
			if (flip[t]) against += a;
			for (let c = 3 * t; c < 3 * t + 3; c++) {
				const d = twin[c] >= 0 ? twin[c] : twin[c] === NON_MANIFOLD ? onlyPartner(mesh, c) : -1;
				if (d < 0) continue;
				const u = (d / 3) | 0;
				if (seen[u]) continue;
				seen[u] = 1;
				flip[u] = flip[t] ^ (mesh.triangles[d] === mesh.triangles[c] ? 1 : 0);
				queue[tail++] = u;
			}
		}
		if (2 * against > area) for (let i = 0; i < tail; i++) flip[queue[i]] ^= 1;
	}
	return flip;
}

/** The other corner on the undirected edge of `c` when there is just one, or -1. */
function onlyPartner(mesh: Mesh, c: number): number {
	const { triangles } = mesh;
	const { offsets, list } = vertexCorners(mesh);
	const from = triangles[c];
	const to = triangles[next(c)];
	let partner = -1;
	for (let i = offsets[from]; i < offsets[from + 1]; i++) {
		const d = list[i];
		if (d === c || triangles[next(d)] !== to) continue;
		if (partner >= 0) return -1;
		partner = d;
	}
	for (let i = offsets[to]; i < offsets[to + 1]; i++) {
		const d = list[i];
		if (triangles[next(d)] !== from) continue;
		if (partner >= 0) return -1;
		partner = d;
	}
	return partner;
}

function triangleArea({ positions: p, triangles }: Mesh, t: number): number {
	const i = 3 * triangles[3 * t];
	const j = 3 * triangles[3 * t + 1];
	const k = 3 * triangles[3 * t + 2];
	const ux = p[j] - p[i];
	const uy = p[j + 1] - p[i + 1];
	const uz = p[j + 2] - p[i + 2];
	const vx = p[k] - p[i];
	const vy = p[k + 1] - p[i + 1];
	const vz = p[k + 2] - p[i + 2];
	return Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx) / 2;
}

/** Six times the volume, seen from the first vertex, so that an open surface far from the origin does not count. */
function signedVolume({ positions: p, triangles }: Mesh, flip: Uint8Array): number {
	let sum = 0;
	const ox = p[3 * triangles[0]];
	const oy = p[3 * triangles[0] + 1];
	const oz = p[3 * triangles[0] + 2];
	for (let t = 0; t < flip.length; t++) {
		const i = 3 * triangles[3 * t];
		const j = 3 * triangles[3 * t + 1];
		const k = 3 * triangles[3 * t + 2];
		const ax = p[i] - ox;
		const ay = p[i + 1] - oy;
		const az = p[i + 2] - oz;
		const bx = p[j] - ox;
		const by = p[j + 1] - oy;
		const bz = p[j + 2] - oz;
		const cx = p[k] - ox;
		const cy = p[k + 1] - oy;
		const cz = p[k + 2] - oz;
		const six = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
		sum += flip[t] ? -six : six;
	}
	return sum;
}
