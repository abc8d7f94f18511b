import { normalAndArea } from '../math/triangle.ts';
import { next } from '../mesh/mesh.ts';
import { BOUNDARY, twins } from '../mesh/topology.ts';
import { windingNumber } from '../spatial/winding.ts';
import type { Assembly } from './assembly.ts';
import type { Draft } from './cap.ts';
import type { Patch } from './patch.ts';

/**
 * Whether a part is a sheet, such as a cape or a wing of one layer, and not the visible side of a solid: its border is
 * mostly border of the whole too, where no neighbour could hide anything, and it does not wrap around an inside.
 *
 * The wrapping is the mean of the patch's winding number just before and just behind its surface, in sum: 1 for a closed
 * solid, 0 for a sheet in a plane (capes of the first set of assemblies 0.14, solids with an open back 0.68-1.03).
 */
export function isSheet(assembly: Assembly, part: number): boolean {
	const patch = assembly.patchOf(part);
	if (assembly.whole.closed || patch.loops.length === 0) return false;
	return freeShare(assembly, patch) > FREE && wrapping(assembly, part) < WRAPPED;
}

/** Share of the border's length that is the whole's border too. */
const FREE = 0.6;
const WRAPPED = 0.3;
const SAMPLES = 64;
/** How far before and behind the surface, in sizes of the patch. */
const STEP = 0.002;

function freeShare({ mesh }: Assembly, { positions, loops, vertexOf }: Patch): number {
	const twin = twins(mesh);
	const free = new Set<number>();
	for (let c = 0; c < twin.length; c++)
		if (twin[c] === BOUNDARY) {
			const a = mesh.triangles[c];
			const b = mesh.triangles[next(c)];
			free.add(Math.min(a, b) * 2 ** 26 + Math.max(a, b));
		}
	let all = 0;
	let alone = 0;
	for (const loop of loops)
		for (let i = 0; i < loop.length; i++) {
			const p = loop[i];
			const q = loop[i + 1 < loop.length ? i + 1 : 0];
			const length = Math.hypot(
				positions[3 * p] - positions[3 * q],
				positions[3 * p + 1] - positions[3 * q + 1],
				positions[3 * p + 2] - positions[3 * q + 2],
			);
			all += length;
			const a = vertexOf[p];
			const b = vertexOf[q];
			if (free.has(Math.min(a, b) * 2 ** 26 + Math.max(a, b))) alone += length;
		}
	return all > 0 ? alone / all : 0;
}

function wrapping(assembly: Assembly, part: number): number {
	const { positions, triangles } = assembly.patchOf(part);
	const winding = assembly.windingOf(part);
	const step = STEP * assembly.sizeOf(part);
	const count = triangles.length / 3;
	const plane = new Float64Array(4);
	let sum = 0;
	let area = 0;
	for (let i = 0; i < Math.min(SAMPLES, count); i++) {
		const t = Math.floor(((i + 0.5) * count) / Math.min(SAMPLES, count));
		normalAndArea(positions, triangles, t, plane, 0);
		const at = [0, 1, 2].map(
			(k) =>
				(positions[3 * triangles[3 * t] + k] +
					positions[3 * triangles[3 * t + 1] + k] +
					positions[3 * triangles[3 * t + 2] + k]) /
				3,
		);
		const ask = (side: number): number =>
			windingNumber(
				winding,
				at[0] + side * step * plane[0],
				at[1] + side * step * plane[1],
				at[2] + side * step * plane[2],
			);
		sum += plane[3] * (ask(1) + ask(-1));
		area += plane[3];
	}
	return area > 0 ? sum / area : 0;
}

/**
 * Makes a sheet a slab: a second layer behind the first and a rim between the two. Closed whatever the sheet is like.
 *
 * The second layer is put back along smoothed normals by the thickness, and by no more than a share of the shortest edge
 * around each vertex, so that it does not fold where the sheet bends.
 */
export function thicken(patch: Patch, { positions, triangles }: Draft, thickness: number): void {
	const first = patch.vertexOf.length;
	const normals = smoothNormals(patch);
	const reach = new Float64Array(first).fill(thickness);
	const p = patch.positions;
	for (let c = 0; c < patch.triangles.length; c++) {
		const a = patch.triangles[c];
		const b = patch.triangles[next(c)];
		const length = SHARE * Math.hypot(p[3 * a] - p[3 * b], p[3 * a + 1] - p[3 * b + 1], p[3 * a + 2] - p[3 * b + 2]);
		if (length < reach[a]) reach[a] = length;
		if (length < reach[b]) reach[b] = length;
	}
	for (let v = 0; v < first; v++)
		for (let k = 0; k < 3; k++) positions.push(p[3 * v + k] - reach[v] * normals[3 * v + k]);
	for (let c = 0; c < patch.triangles.length; c += 3)
		triangles.push(first + patch.triangles[c], first + patch.triangles[c + 2], first + patch.triangles[c + 1]);
	for (const loop of patch.loops)
		for (let i = 0; i < loop.length; i++) {
			const a = loop[i];
			const b = loop[(i + 1) % loop.length];
			triangles.push(a, b, first + b, a, first + b, first + a);
		}
}

const SHARE = 0.5;

/** Unit normals of the vertices: the mean of the triangles around, by area. */
function smoothNormals({ positions, triangles }: Patch): Float64Array {
	const normals = new Float64Array(positions.length);
	const plane = new Float64Array(4);
	for (let t = 0; t < triangles.length / 3; t++) {
		normalAndArea(positions, triangles, t, plane, 0);
		for (let c = 3 * t; c < 3 * t + 3; c++)
			for (let k = 0; k < 3; k++) normals[3 * triangles[c] + k] += plane[k] * plane[3];
	}
	for (let i = 0; i < normals.length; i += 3) {
		const length = Math.hypot(normals[i], normals[i + 1], normals[i + 2]) || 1;
		for (let k = 0; k < 3; k++) normals[i + k] /= length;
	}
	return normals;
}
