import { random } from '../../src/math/random.ts';
import type { Anchors, Made } from '../../src/mesh/made.ts';
import { type Mesh, NO_MATERIAL } from '../../src/mesh/mesh.ts';
import type { Model } from '../../src/mesh/model.ts';

/** Three parts for each group of nodes that move together, in runs of the file. */
export function runsOfParts({ mesh, sources }: Model): Uint16Array {
	const next = random(1);
	const movers = [...new Set(sources.map(({ mover }) => mover))];
	const labels = new Uint16Array(mesh.triangles.length / 3);
	for (const { firstTriangle, triangles, mover } of sources) {
		const first = 3 * movers.indexOf(mover);
		for (let t = 0; t < triangles; t++) {
			labels[firstTriangle + t] = first + Math.min(2, Math.floor((3 * t) / triangles + next() / 9));
		}
	}
	return labels;
}

/** Is triangle `t` among those that `lift` takes? */
export const isLifted = (_: unknown, t: number): boolean => t % 7 === 0 || t % 11 === 0;

/** Every seventh triangle of the model lifted off along its normal, anchored at itself, and every eleventh as it is. */
export function lift({ mesh }: Model, height: number): Omit<Made, 'partOf'> {
	const positions: number[] = [];
	const corners: number[] = [];
	for (let t = 0; t < mesh.triangles.length / 3; t++) {
		if (!isLifted(0, t)) continue;
		const [a, b, c] = [0, 1, 2].map((k) => [...mesh.positions.subarray(3 * mesh.triangles[3 * t + k]).subarray(0, 3)]);
		const up = [0, 1, 2].map(
			(e) =>
				(b[(e + 1) % 3] - a[(e + 1) % 3]) * (c[(e + 2) % 3] - a[(e + 2) % 3]) -
				(b[(e + 2) % 3] - a[(e + 2) % 3]) * (c[(e + 1) % 3] - a[(e + 1) % 3]),
		);
		const length = Math.hypot(...up) || 1;
		const rise = t % 11 === 0 ? 0 : height / length;
		for (const corner of [a, b, c]) positions.push(...corner.map((x, e) => x + rise * up[e]));
		corners.push(3 * t, 3 * t + 1, 3 * t + 2);
	}
	const anchors: Anchors = {
		corners: Uint32Array.from(corners.flatMap((c) => [c, 0, 0, 0])),
		weights: Float32Array.from(corners.flatMap(() => [1, 0, 0, 0])),
	};
	const triangles = Uint32Array.from(corners, (_, i) => i);
	const materialOf = new Uint16Array(corners.length / 3).fill(NO_MATERIAL);
	return {
		mesh: { positions: Float32Array.from(positions), triangles, corner: {}, materialOf },
		materials: [],
		images: [],
		anchors,
	};
}

/** How far corners of the kept triangles are from the nearest corner of the others, by sorted search along x. */
export function worstDistance(mesh: Mesh, keep: (t: number) => boolean, other: Mesh): number {
	const points = Array.from(other.triangles, (v) => [...other.positions.subarray(3 * v, 3 * v + 3)]);
	points.sort((a, b) => a[0] - b[0]);
	let worst = 0;
	for (let c = 0; c < mesh.triangles.length; c++) {
		if (!keep(Math.floor(c / 3))) continue;
		const [x, y, z] = mesh.positions.subarray(3 * mesh.triangles[c], 3 * mesh.triangles[c] + 3);
		let low = 0;
		let high = points.length;
		const near = 1e-5;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (points[middle][0] < x - near) low = middle + 1;
			else high = middle;
		}
		let best = Number.POSITIVE_INFINITY;
		for (let i = low; i < points.length && points[i][0] <= x + near; i++) {
			best = Math.min(best, Math.hypot(points[i][0] - x, points[i][1] - y, points[i][2] - z));
		}
		worst = Math.max(worst, best);
	}
	return worst;
}

/** Triangles of the model whose three corners lie bit for bit on corners of the other, of those that are kept. */
export function trianglesOn(mesh: Mesh, keep: (t: number) => boolean, other: Mesh): number {
	const placeOf = ({ positions, triangles }: Mesh, c: number): string =>
		positions.subarray(3 * triangles[c]!, 3 * triangles[c]! + 3).join();
	const known = new Set(Array.from(other.triangles, (_, c) => placeOf(other, c)));
	let count = 0;
	for (let t = 0; t < mesh.triangles.length / 3; t++) {
		if (keep(t) && [0, 1, 2].every((k) => known.has(placeOf(mesh, 3 * t + k)))) count++;
	}
	return count;
}
