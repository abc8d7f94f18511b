import { normalAndArea } from '../math/triangle.ts';
import { derived, type Mesh, triangleCount, vertexCount } from '../mesh/mesh.ts';

/** Unit normal of each triangle, counter-clockwise seen from outside; (0, 0, 0) where it has no area. T × 3. */
export const faceNormals: (mesh: Mesh) => Float32Array = derived((mesh) => measureFaces(mesh).normals);

/** Area of each triangle, square object units. T. */
export const faceAreas: (mesh: Mesh) => Float32Array = derived((mesh) => measureFaces(mesh).areas);

/** Mean of the three vertices of each triangle, object units. T × 3. */
export const faceCentroids: (mesh: Mesh) => Float32Array = derived(({ positions, triangles }) => {
	const centroids = new Float32Array(triangles.length);
	for (let c = 0; c < triangles.length; c += 3) {
		const i = triangles[c] * 3;
		const j = triangles[c + 1] * 3;
		const k = triangles[c + 2] * 3;
		centroids[c] = (positions[i] + positions[j] + positions[k]) / 3;
		centroids[c + 1] = (positions[i + 1] + positions[j + 1] + positions[k + 1]) / 3;
		centroids[c + 2] = (positions[i + 2] + positions[j + 2] + positions[k + 2]) / 3;
	}
	return centroids;
});

/** Sum of all areas, square object units; summed in float64. */
export const surfaceArea: (mesh: Mesh) => number = derived((mesh) => {
	const areas = faceAreas(mesh);
	let sum = 0;
	for (let t = 0; t < areas.length; t++) sum += areas[t];
	return sum;
});

/** The box around a mesh, object units. */
export type Bounds = {
	readonly min: readonly [number, number, number];
	readonly max: readonly [number, number, number];
	readonly centre: readonly [number, number, number];
	/** Length of the box's diagonal: the measure of an object's size. */
	readonly diagonal: number;
};

/** Box around all vertices. A mesh without vertices has a box of no size at the origin. */
export const bounds: (mesh: Mesh) => Bounds = derived((mesh) => {
	const { positions } = mesh;
	const min: [number, number, number] = [0, 0, 0];
	const max: [number, number, number] = [0, 0, 0];
	const centre: [number, number, number] = [0, 0, 0];
	for (let k = 0; k < 3 && vertexCount(mesh) > 0; k++) {
		let low = Infinity;
		let high = -Infinity;
		for (let i = k; i < positions.length; i += 3) {
			if (positions[i] < low) low = positions[i];
			if (positions[i] > high) high = positions[i];
		}
		min[k] = low;
		max[k] = high;
		centre[k] = (low + high) / 2;
	}
	const diagonal = Math.hypot(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
	return { min, max, centre, diagonal };
});

/** Normals and areas come from one cross product; float64 until they are stored. */
const measureFaces = derived((mesh) => {
	const { positions, triangles } = mesh;
	const normals = new Float32Array(triangles.length);
	const areas = new Float32Array(triangleCount(mesh));
	const plane = new Float64Array(4);
	for (let t = 0; t < areas.length; t++) {
		normalAndArea(positions, triangles, t, plane, 0);
		normals[3 * t] = plane[0];
		normals[3 * t + 1] = plane[1];
		normals[3 * t + 2] = plane[2];
		areas[t] = plane[3];
	}
	return { normals, areas };
});
