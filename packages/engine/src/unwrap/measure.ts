import type { CornerAttribute, Mesh } from '../mesh/mesh.ts';
import type { Faces } from './faces.ts';
import type { Flat } from './flatten.ts';
import type { Placed } from './pack.ts';
import type { UnwrapReport } from './unwrap.ts';

type Layout = Pick<UnwrapReport, 'coverage' | 'density' | 'stretch' | 'flipped' | 'overlaps'> & {
	readonly uv: CornerAttribute;
	readonly chartOf: Uint32Array;
};

/** Writes the placed charts as a corner attribute, and measures what was written. */
export function measureLayout(mesh: Mesh, faces: Faces, charts: readonly Flat[], placed: Placed, size: number): Layout {
	const { uv, chartOf } = writeUv(mesh, charts, placed, size);
	const { values, indices } = uv;
	const { points, planes, triangles } = faces;
	const covered = new Uint8Array(size * size);
	let [whole, flat, sum, most, flipped, overlaps] = [0, 0, 0, 0, 0, 0];
	for (let t = 0; 3 * t < triangles.length; t++) {
		const a = 2 * indices[3 * t];
		const b = 2 * indices[3 * t + 1];
		const c = 2 * indices[3 * t + 2];
		const ax = size * values[a];
		const ay = size * values[a + 1];
		const bx = size * values[b];
		const by = size * values[b + 1];
		const cx = size * values[c];
		const cy = size * values[c + 1];
		overlaps += cover(covered, size, ax, ay, bx, by, cx, cy);
		const area = planes[4 * t + 3];
		// v points down: counter-clockwise has a negative area.
		const det = -((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2;
		flat += det;
		if (!(area > 0)) continue;
		whole += area;
		if (!(det > 0)) {
			flipped++;
			continue;
		}
		const { mean, longest } = stretchOf(points, triangles, t, [ax, ay, bx, by, cx, cy]);
		sum += area * mean;
		most = Math.max(most, longest);
	}
	const ratio = whole > 0 ? Math.sqrt(flat / whole) : 1;
	const stretch = whole > 0 ? { l2: Math.sqrt(sum / whole) * ratio, max: most * ratio } : { l2: 1, max: 1 };
	return {
		uv,
		chartOf,
		coverage: flat / (size * size),
		density: placed.scale / faces.unit,
		stretch,
		flipped,
		overlaps,
	};
}

function writeUv(mesh: Mesh, charts: readonly Flat[], placed: Placed, size: number) {
	let rows = 0;
	for (const points of placed.points) rows += points.length / 2;
	const values = new Float32Array(2 * rows);
	const indices = new Uint32Array(mesh.triangles.length);
	const chartOf = new Uint32Array(mesh.triangles.length / 3);
	let row = 0;
	charts.forEach(({ triangles, pointOf }, i) => {
		const points = placed.points[i];
		for (let p = 0; p < points.length; p += 2) {
			values[2 * row + p] = points[p] / size;
			values[2 * row + p + 1] = 1 - points[p + 1] / size;
		}
		for (let k = 0; k < triangles.length; k++) {
			chartOf[triangles[k]] = i;
			for (let j = 0; j < 3; j++) indices[3 * triangles[k] + j] = row + pointOf[3 * k + j];
		}
		row += points.length / 2;
	});
	return { uv: { values, indices, size: 2 as const }, chartOf };
}

/** Lengths on the surface over lengths in the texture: mean square of both, and the greater. */
function stretchOf(points: Float64Array, triangles: Uint32Array, t: number, xy: number[]) {
	const [a, b, c] = [3 * triangles[3 * t], 3 * triangles[3 * t + 1], 3 * triangles[3 * t + 2]];
	const [ax, ay, bx, by, cx, cy] = xy;
	const det = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
	let [e, f, g] = [0, 0, 0];
	for (let k = 0; k < 3; k++) {
		const p = points[a + k];
		const q = points[b + k];
		const r = points[c + k];
		const du = (p * (by - cy) + q * (cy - ay) + r * (ay - by)) / det;
		const dv = (p * (cx - bx) + q * (ax - cx) + r * (bx - ax)) / det;
		e += du * du;
		f += du * dv;
		g += dv * dv;
	}
	return { mean: (e + g) / 2, longest: Math.sqrt((e + g + Math.sqrt((e - g) ** 2 + 4 * f * f)) / 2) };
}

/** Marks the texels whose middles lie within a triangle; returns how many were marked before. */
function cover(
	covered: Uint8Array,
	size: number,
	ax: number,
	ay: number,
	bx: number,
	by: number,
	cx: number,
	cy: number,
): number {
	const from = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
	const to = Math.min(size - 1, Math.ceil(Math.max(ay, by, cy) - 0.5) - 1);
	let twice = 0;
	for (let row = from; row <= to; row++) {
		const y = row + 0.5;
		let left = Infinity;
		let right = -Infinity;
		if (ay <= y !== by <= y) {
			const x = ax + ((y - ay) / (by - ay)) * (bx - ax);
			left = Math.min(left, x);
			right = Math.max(right, x);
		}
		if (by <= y !== cy <= y) {
			const x = bx + ((y - by) / (cy - by)) * (cx - bx);
			left = Math.min(left, x);
			right = Math.max(right, x);
		}
		if (cy <= y !== ay <= y) {
			const x = cx + ((y - cy) / (ay - cy)) * (ax - cx);
			left = Math.min(left, x);
			right = Math.max(right, x);
		}
		const end = Math.min(size, Math.ceil(right - 0.5));
		for (let x = Math.max(0, Math.ceil(left - 0.5)); x < end; x++) {
			if (covered[row * size + x]++ > 0) twice++;
		}
	}
	return twice;
}
