import { FREE, LINE, type QuadLines } from './quad-edit.ts';
import { NO_VERTEX, type QuadMesh } from './quad-mesh.ts';
import { addNormal, squared } from './quad-shape.ts';
import { type DenseSurface, findNearest } from './quad-surface.ts';

export type SplitQuads = { readonly mesh: QuadMesh; readonly labelOf: Uint32Array; readonly lines: QuadLines };

/**
 * Splits each face of n corners into n quads, at its middle and the middles of its sides: quads only, and four faces at
 * every new vertex but the middles of triangles. Where edges stay whole (quad-whole.ts) a quad is split in two or not at all,
 * a triangle in a quad and a triangle. New vertices are laid onto the dense surface; those on lines stay on
 * them.
 *
 * Based on: Catmull, Clark. Recursively generated B-spline surfaces on arbitrary topological meshes. 1978.
 * [catmull1978] (the connectivity; no smoothing).
 */
export function splitFaces(
	mesh: QuadMesh,
	labelOf: Uint32Array,
	lines: QuadLines,
	surface: DenseSurface,
	isWhole: Uint8Array = new Uint8Array(mesh.faces.length),
): SplitQuads {
	const { positions, faces, sourceOf } = mesh;
	const old = positions.length / 3;
	const count = sourceOf.length;
	// Middle of the edge from each corner, named by its lower and higher vertex.
	const middleOf = new Uint32Array(faces.length).fill(NO_VERTEX);
	const known = new Map<number, number>();
	const wings: number[] = [];
	const facing: number[] = [];
	const ends: number[] = [];
	const labels: number[] = [];
	let middles = 0;
	for (let f = 0; f < count; f++) {
		const n = faces[4 * f + 3] === NO_VERTEX ? 3 : 4;
		const own = faceNormal(mesh, f);
		for (let k = 0; k < n; k++) {
			if (isWhole[4 * f + k] !== 0) continue;
			const u = faces[4 * f + k];
			const v = faces[4 * f + ((k + 1) % n)];
			const name = Math.min(u, v) * old + Math.max(u, v);
			let e = known.get(name);
			if (e === undefined) {
				e = middles++;
				known.set(name, e);
				wings.push(0);
				ends.push(u, v);
				labels.push(labelOf[f]);
				facing.push(...own);
			}
			wings[e]++;
			const dot = own[0] * facing[3 * e] + own[1] * facing[3 * e + 1] + own[2] * facing[3 * e + 2];
			if (labels[e] !== labelOf[f] || (dot < surface.sharpness && lines.kind[u] !== FREE && lines.kind[v] !== FREE))
				wings[e] = 3;
			middleOf[4 * f + k] = old + e;
		}
	}
	const vertices = old + middles + count;
	const points = new Float64Array(3 * vertices);
	const kind = new Uint8Array(vertices);
	const ideal = new Uint8Array(vertices).fill(4);
	points.set(positions);
	kind.set(lines.kind);
	ideal.set(lines.ideal);
	const normals = sumNormals(mesh, middleOf, vertices);
	for (let e = 0; e < middles; e++) {
		const v = old + e;
		const [a, b] = [ends[2 * e], ends[2 * e + 1]];
		for (let i = 0; i < 3; i++) points[3 * v + i] = (positions[3 * a + i] + positions[3 * b + i]) / 2;
		if (wings[e] !== 2) kind[v] = LINE;
		if (wings[e] === 1) ideal[v] = 2;
		project(points, v, normals, Math.sqrt(squared(positions, a, b)) / 2, surface);
	}
	const split: number[] = [];
	const from: number[] = [];
	const label: number[] = [];
	for (let f = 0; f < count; f++) {
		const n = faces[4 * f + 3] === NO_VERTEX ? 3 : 4;
		const add = (a: number, b: number, c: number, d: number): void => {
			split.push(a, b, c, d);
			from.push(sourceOf[f]);
			label.push(labelOf[f]);
		};
		const whole = [0, 1, 2, 3].filter((k) => k < n && isWhole[4 * f + k] !== 0);
		if (whole.length > 0) {
			const [a, b, c, d] = rotated(faces, 4 * f, n, whole[0]);
			const [, right, across, left] = rotated(middleOf, 4 * f, n, whole[0]);
			// The edge from a to b is whole; c, or c and d, lie across.
			if (whole.length === n) add(a, b, c, n === 3 ? NO_VERTEX : d);
			else if (n === 4) {
				add(a, b, right, left);
				add(left, right, c, d);
			} else {
				add(a, b, right, across);
				add(across, right, c, NO_VERTEX);
			}
			continue;
		}
		const v = old + middles + f;
		if (n === 3) ideal[v] = 3;
		let size = 0;
		for (let k = 0; k < n; k++) {
			const u = faces[4 * f + k];
			for (let i = 0; i < 3; i++) points[3 * v + i] += positions[3 * u + i] / n;
			size = Math.max(size, squared(positions, u, faces[4 * f]));
		}
		project(points, v, normals, Math.sqrt(size) / 2, surface);
		for (let k = 0; k < n; k++) {
			add(faces[4 * f + k], middleOf[4 * f + k], v, middleOf[4 * f + ((k + n - 1) % n)]);
		}
	}
	return {
		mesh: { positions: points, faces: Uint32Array.from(split), sourceOf: Uint32Array.from(from) },
		labelOf: Uint32Array.from(label),
		lines: { kind, ideal },
	};
}

/** The n entries of a face, from place `first` on. */
function rotated(table: Uint32Array, at: number, n: number, first: number): number[] {
	return Array.from({ length: n }, (_, k) => table[at + ((first + k) % n)]);
}

function faceNormal({ positions, faces }: QuadMesh, f: number): Float64Array {
	const own = new Float64Array(3);
	addNormal(positions, faces[4 * f], faces[4 * f + 1], faces[4 * f + 2], faces[4 * f + 3], own);
	const length = Math.hypot(own[0], own[1], own[2]) || 1;
	return own.map((x) => x / length);
}

/** Of the new vertices: the sum of the normals of the faces around. */
function sumNormals({ positions, faces }: QuadMesh, middleOf: Uint32Array, vertices: number): Float64Array {
	const normals = new Float64Array(3 * vertices);
	const own = new Float64Array(3);
	const count = faces.length / 4;
	for (let f = 0; f < count; f++) {
		own.fill(0);
		addNormal(positions, faces[4 * f], faces[4 * f + 1], faces[4 * f + 2], faces[4 * f + 3], own);
		for (let i = 0; i < 3; i++) {
			normals[3 * (vertices - count + f) + i] = own[i];
			for (let k = 0; k < 4; k++) {
				const v = middleOf[4 * f + k];
				if (v !== NO_VERTEX) normals[3 * v + i] += own[i];
			}
		}
	}
	return normals;
}

function project(p: Float64Array, v: number, normals: Float64Array, reach: number, surface: DenseSurface): void {
	const i = 3 * v;
	if (!findNearest(surface, p[i], p[i + 1], p[i + 2], normals[i], normals[i + 1], normals[i + 2], reach)) return;
	p[i] = surface.near.x;
	p[i + 1] = surface.near.y;
	p[i + 2] = surface.near.z;
}
