import type { Grid } from './field.ts';

/**
 * The surface where a function on a grid is 0, counter-clockwise seen from where it is negative: always a closed
 * 2-manifold, if the function is negative all along the grid's border.
 *
 * Each cube is six tetrahedra around its diagonal (Freudenthal's division, which fits from cube to cube); each
 * tetrahedron with both signs gets one or two triangles. Doi, Koide. An efficient method of triangulating equi-valued
 * surfaces by using tetrahedral cells. 1991. [doi1991]
 *
 * @param values One for each node; exactly 0 counts as negative.
 */
export function marchTetrahedra(grid: Grid, values: Float64Array): { positions: Float32Array; triangles: Uint32Array } {
	const { nx, ny, nz } = grid;
	const positions: number[] = [];
	const triangles: number[] = [];
	const vertexOn = new Map<number, number>();
	const corner = new Uint32Array(8);
	const inner: number[] = [];
	const outer: number[] = [];
	/** The vertex on the edge from an inner to an outer node: one for each edge of the grid. */
	const crossing = (a: number, b: number): number => {
		const key = Math.min(a, b) * 8 + cornerStep(Math.abs(a - b), nx, ny);
		let vertex = vertexOn.get(key);
		if (vertex === undefined) {
			vertex = positions.length / 3;
			vertexOn.set(key, vertex);
			// Kept off the nodes, where triangles would lose their area.
			const s = Math.min(0.98, Math.max(0.02, values[a] / (values[a] - values[b])));
			const ax = a % nx;
			const ay = Math.floor(a / nx) % ny;
			const az = Math.floor(a / (nx * ny));
			positions.push(
				grid.x + grid.h * (ax + s * ((b % nx) - ax)),
				grid.y + grid.h * (ay + s * ((Math.floor(b / nx) % ny) - ay)),
				grid.z + grid.h * (az + s * (Math.floor(b / (nx * ny)) - az)),
			);
		}
		return vertex;
	};
	for (let k = 0; k + 1 < nz; k++)
		for (let j = 0; j + 1 < ny; j++)
			for (let i = 0; i + 1 < nx; i++) {
				const o = i + nx * (j + ny * k);
				let mixed = 0;
				for (let q = 0; q < 8; q++) {
					corner[q] = o + (q & 1) + (q & 2 ? nx : 0) + (q & 4 ? nx * ny : 0);
					mixed |= values[corner[q]] > 0 ? 1 : 2;
				}
				if (mixed !== 3) continue;
				for (const [p, q, even] of PATHS) {
					inner.length = 0;
					outer.length = 0;
					// Which of the four are inner, as the parity of sorting them in front of the outer ones.
					let odd = even ? 0 : 1;
					for (const at of [0, p, q, 7]) {
						const node = corner[at];
						if (values[node] > 0) {
							inner.push(node);
							odd ^= outer.length & 1;
						} else outer.push(node);
					}
					if (inner.length === 1) {
						const [a, b, c] = outer.map((node) => crossing(inner[0], node));
						if (odd) triangles.push(a, c, b);
						else triangles.push(a, b, c);
					} else if (inner.length === 3) {
						const [a, b, c] = inner.map((node) => crossing(node, outer[0]));
						if (odd) triangles.push(a, c, b);
						else triangles.push(a, b, c);
					} else if (inner.length === 2) {
						const a = crossing(inner[0], outer[0]);
						const b = crossing(inner[0], outer[1]);
						const c = crossing(inner[1], outer[1]);
						const d = crossing(inner[1], outer[0]);
						if (odd) triangles.push(a, c, b, a, d, c);
						else triangles.push(a, b, c, a, c, d);
					}
				}
			}
	return { positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) };
}

/** The six ways from corner 0 to corner 7 along the axes: (second, third corner, whether positively oriented). */
const PATHS: readonly (readonly [number, number, boolean])[] = [
	[1, 3, true],
	[1, 5, false],
	[2, 3, false],
	[2, 6, true],
	[4, 5, true],
	[4, 6, false],
];

/** Which of the seven edge directions a difference of node numbers is, 1..7. */
function cornerStep(difference: number, nx: number, ny: number): number {
	const k = difference >= nx * ny ? 4 : 0;
	const rest = difference - (k ? nx * ny : 0);
	const j = rest >= nx ? 2 : 0;
	return k + j + (rest - (j ? nx : 0));
}
