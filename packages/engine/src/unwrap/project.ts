import type { Cut } from './cut-chart.ts';
import type { Faces } from './faces.ts';

/** Projects a chart along its mean normal. @returns xy of each point. */
export function project({ points, planes }: Faces, chart: Uint32Array, { count, vertexOf }: Cut): Float64Array {
	let [x, y, z] = [0, 0, 0];
	for (const t of chart) {
		x += planes[4 * t + 3] * planes[4 * t];
		y += planes[4 * t + 3] * planes[4 * t + 1];
		z += planes[4 * t + 3] * planes[4 * t + 2];
	}
	const length = Math.hypot(x, y, z);
	if (length > 0) [x, y, z] = [x / length, y / length, z / length];
	else [x, y, z] = [0, 0, 1];
	// Duff et al. 2017: a frame without a branch that cancels. [duff2017]
	const sign = z < 0 ? -1 : 1;
	const a = -1 / (sign + z);
	const b = x * y * a;
	const u = [1 + sign * x * x * a, sign * b, -sign * x];
	const v = [b, sign + y * y * a, -y];
	const out = new Float64Array(2 * count);
	for (let p = 0; p < count; p++) {
		const at = 3 * vertexOf[p];
		out[2 * p] = u[0] * points[at] + u[1] * points[at + 1] + u[2] * points[at + 2];
		out[2 * p + 1] = v[0] * points[at] + v[1] * points[at + 1] + v[2] * points[at + 2];
	}
	return out;
}
