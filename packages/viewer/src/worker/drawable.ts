import type { CornerAttribute, Mesh, Model } from '@meshwright/engine';
import type { Box, Drawable } from './protocol.ts';

/** `CornerAttribute.indices` where a corner has no value. */
const NO_ROW = 0xffffffff;
/** `Mesh.materialOf` where a triangle has no material. */
const NO_MATERIAL = 0xffff;

/** Lays a model out for the graphics card. @param images Decoded, in the order of `model.images`. */
export function layOut({ mesh, materials }: Model, images: readonly (ImageBitmap | undefined)[]): Drawable {
	const triangleAt = sortByMaterial(mesh);
	const { uv, uv1, normal, color } = mesh.corner;
	const positions = spreadPositions(mesh, triangleAt);
	return {
		positions,
		normals: spreadNormals(normal, triangleAt, positions),
		uv: uv && spread(uv, triangleAt, 2, 0),
		uv1: uv1 && spread(uv1, triangleAt, 2, 0),
		colors: color && spread(color, triangleAt, 4, 1),
		isEdge: findEdges(mesh, triangleAt),
		triangleAt,
		runs: findRuns(mesh, triangleAt),
		materials,
		images,
		box: boxOf(positions),
	};
}

/** Boxes of the parts. @param partOf Part of each triangle, every one below `parts`. */
export function partBoxes({ positions, triangles }: Mesh, partOf: Uint16Array, parts: number): Box[] {
	const bounds = new Float32Array(6 * parts);
	for (let p = 0; p < parts; p++) {
		bounds.fill(Number.POSITIVE_INFINITY, 6 * p, 6 * p + 3);
		bounds.fill(Number.NEGATIVE_INFINITY, 6 * p + 3, 6 * p + 6);
	}
	for (let c = 0; c < triangles.length; c++) {
		const at = 6 * partOf[(c / 3) | 0];
		const from = 3 * triangles[c];
		for (let k = 0; k < 3; k++) {
			const x = positions[from + k];
			if (x < bounds[at + k]) bounds[at + k] = x;
			if (x > bounds[at + 3 + k]) bounds[at + 3 + k] = x;
		}
	}
	return Array.from({ length: parts }, (_, p) => ({
		min: [bounds[6 * p], bounds[6 * p + 1], bounds[6 * p + 2]],
		max: [bounds[6 * p + 3], bounds[6 * p + 4], bounds[6 * p + 5]],
	}));
}

/** Counting sort: stable, triangles without a material last. */
function sortByMaterial({ materialOf }: Mesh): Uint32Array {
	const offsets = new Uint32Array(NO_MATERIAL + 2);
	for (let t = 0; t < materialOf.length; t++) offsets[materialOf[t] + 1]++;
	for (let m = 0; m <= NO_MATERIAL; m++) offsets[m + 1] += offsets[m];
	const triangleAt = new Uint32Array(materialOf.length);
	for (let t = 0; t < materialOf.length; t++) triangleAt[offsets[materialOf[t]]++] = t;
	return triangleAt;
}

function findRuns({ materialOf }: Mesh, triangleAt: Uint32Array): Drawable['runs'] {
	const runs: Drawable['runs'][number][] = [];
	for (let start = 0; start < triangleAt.length; ) {
		const m = materialOf[triangleAt[start]];
		let end = start;
		while (end < triangleAt.length && materialOf[triangleAt[end]] === m) end++;
		runs.push({ material: m === NO_MATERIAL ? -1 : m, firstCorner: 3 * start, corners: 3 * (end - start) });
		start = end;
	}
	return runs;
}

/** Edges of faces: all but those inside a polygon, which is a run of neighbouring triangles. */
function findEdges({ triangles, polygonOf }: Mesh, triangleAt: Uint32Array): Uint8Array {
	const isEdge = new Uint8Array(3 * triangleAt.length).fill(1);
	if (!polygonOf) return isEdge;
	for (let i = 0; i < triangleAt.length; i++) {
		const t = triangleAt[i];
		for (const other of [t - 1, t + 1]) {
			if (polygonOf[other] !== polygonOf[t]) continue;
			const corners = triangles.subarray(3 * other, 3 * other + 3);
			for (let k = 0; k < 3; k++)
				if (corners.includes(triangles[3 * t + k]) && corners.includes(triangles[3 * t + ((k + 1) % 3)]))
					isEdge[3 * i + k] = 0;
		}
	}
	return isEdge;
}

function spreadPositions({ positions, triangles }: Mesh, triangleAt: Uint32Array): Float32Array {
	const out = new Float32Array(9 * triangleAt.length);
	for (let i = 0; i < triangleAt.length; i++) {
		for (let k = 0; k < 3; k++) {
			const from = 3 * triangles[3 * triangleAt[i] + k];
			const to = 9 * i + 3 * k;
			out[to] = positions[from];
			out[to + 1] = positions[from + 1];
			out[to + 2] = positions[from + 2];
		}
	}
	return out;
}

/** The values of each corner, `width` numbers each; `missing` where there is no row, or the row is shorter. */
function spread(
	{ values, indices, size }: CornerAttribute,
	triangleAt: Uint32Array,
	width: number,
	missing: number,
): Float32Array {
	const out = new Float32Array(3 * width * triangleAt.length).fill(missing);
	const taken = Math.min(size, width);
	for (let i = 0; i < triangleAt.length; i++) {
		for (let k = 0; k < 3; k++) {
			const row = indices[3 * triangleAt[i] + k];
			if (row === NO_ROW) continue;
			const to = width * (3 * i + k);
			for (let d = 0; d < taken; d++) out[to + d] = values[size * row + d];
		}
	}
	return out;
}

/** The model's normals; where a corner has none its triangle is flat, as the glTF specification has it. */
function spreadNormals(
	normal: CornerAttribute | undefined,
	triangleAt: Uint32Array,
	positions: Float32Array,
): Float32Array {
	const out = normal ? spread(normal, triangleAt, 3, 0) : new Float32Array(positions.length);
	for (let i = 0; i < positions.length; i += 9) {
		const ax = positions[i + 3] - positions[i];
		const ay = positions[i + 4] - positions[i + 1];
		const az = positions[i + 5] - positions[i + 2];
		const bx = positions[i + 6] - positions[i];
		const by = positions[i + 7] - positions[i + 1];
		const bz = positions[i + 8] - positions[i + 2];
		const nx = ay * bz - az * by;
		const ny = az * bx - ax * bz;
		const nz = ax * by - ay * bx;
		const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
		for (let c = i; c < i + 9; c += 3) {
			if (out[c] !== 0 || out[c + 1] !== 0 || out[c + 2] !== 0) continue;
			out[c] = nx / length;
			out[c + 1] = ny / length;
			out[c + 2] = nz / length;
		}
	}
	return out;
}

function boxOf(positions: Float32Array): Box {
	const min: [number, number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
	const max: [number, number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (let i = 0; i < positions.length; i += 3) {
		for (let k = 0; k < 3; k++) {
			const x = positions[i + k];
			if (x < min[k]) min[k] = x;
			if (x > max[k]) max[k] = x;
		}
	}
	return { min, max };
}
