import type { Mesh } from '../mesh/mesh.ts';
import { bvhOf } from '../spatial/bvh.ts';
import { firstHit, newHit } from '../spatial/ray.ts';

/** Directions that a point is looked at from. */
const VIEWS = 64;
/** Points on a triangle, as weights of its corners: the middle, and near each corner. */
const POINTS = [
	[1 / 3, 1 / 3, 1 / 3],
	[0.9, 0.05, 0.05],
	[0.05, 0.9, 0.05],
	[0.05, 0.05, 0.9],
] as const;

/**
 * Finds the triangles that nobody outside can see: from none of four points on it does any of 64 rays, to either side,
 * leave the model. A gap narrower than the rays are apart hides what is behind it.
 *
 * @returns 1 where hidden. T.
 */
export function findHidden(mesh: Mesh, diagonal: number, advance: (fraction: number) => void): Uint8Array {
	const { positions, triangles } = mesh;
	const faces = triangles.length / 3;
	const bvh = bvhOf(mesh);
	const views = spiral();
	const hit = newHit();
	const hidden = new Uint8Array(faces);
	// The view that saw the triangle before: its neighbour is most likely seen from there too.
	let last = 0;
	for (let t = 0; t < faces; t++) {
		if (t % 4096 === 0) advance(t / faces);
		let seen = false;
		for (let k = 0; k < POINTS.length && !seen; k++) {
			const [wa, wb, wc] = POINTS[k];
			const a = 3 * triangles[3 * t];
			const b = 3 * triangles[3 * t + 1];
			const c = 3 * triangles[3 * t + 2];
			const x = wa * positions[a] + wb * positions[b] + wc * positions[c];
			const y = wa * positions[a + 1] + wb * positions[b + 1] + wc * positions[c + 1];
			const z = wa * positions[a + 2] + wb * positions[b + 2] + wc * positions[c + 2];
			for (let i = 0; i < VIEWS && !seen; i++) {
				const view = 3 * ((last + i) % VIEWS);
				const clear = OFF * diagonal;
				if (firstHit(bvh, x, y, z, views[view], views[view + 1], views[view + 2], clear, 2 * diagonal, hit, t))
					continue;
				seen = true;
				last = view / 3;
			}
		}
		if (!seen) hidden[t] = 1;
	}
	return hidden;
}

/** Where rays begin, in diagonals off the surface: neighbours in its plane do not count. */
const OFF = 1e-6;

/** Directions spread evenly over the sphere: a spiral by the golden angle. VIEWS × 3. */
function spiral(): Float64Array {
	const views = new Float64Array(3 * VIEWS);
	for (let i = 0; i < VIEWS; i++) {
		const z = 1 - (2 * i + 1) / VIEWS;
		const r = Math.sqrt(1 - z * z);
		const angle = i * Math.PI * (3 - Math.sqrt(5));
		views[3 * i] = r * Math.cos(angle);
		views[3 * i + 1] = r * Math.sin(angle);
		views[3 * i + 2] = z;
	}
	return views;
}
