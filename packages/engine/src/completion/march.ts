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
	// The vertex on each edge of the grid, from its lower node in one of seven directions, + 1.
	const vertexOn = new Uint32Array(8 * values.length);
	const corner = new Uint32Array(8);
	const inner = new Uint32Array(4);
	const outer = new Uint32Array(4);
	/** The vertex on the edge from an inner to an outer node: one for each edge of the grid. */
	const crossing = (a: number, b: number): number => {
		const key = Math.min(a, b) * 8 + cornerStep(Math.abs(a - b), nx, ny);
		if (vertexOn[key] === 0) {
			vertexOn[key] = positions.length / 3 + 1;
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
		return vertexOn[key] - 1;
	};
	const emit = (a: number, b: number, c: number, odd: number): void => {
		if (odd) triangles.push(a, c, b);
		else triangles.push(a, b, c);
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
				for (const path of PATHS) {
					let inners = 0;
					let outers = 0;
					// Which of the four are inner, as the parity of sorting them in front of the outer ones.
					let odd = path[4];
					for (let q = 0; q < 4; q++) {
						const node = corner[path[q]];
						if (values[node] > 0) {
							inner[inners++] = node;
							odd ^= outers & 1;
						} else outer[outers++] = node;
					}
					if (inners === 1) {
						const a = crossing(inner[0], outer[0]);
						const b = crossing(inner[0], outer[1]);
						emit(a, b, crossing(inner[0], outer[2]), odd);
					} else if (inners === 3) {
						const a = crossing(inner[0], outer[0]);
						const b = crossing(inner[1], outer[0]);
						emit(a, b, crossing(inner[2], outer[0]), odd);
					} else if (inners === 2) {
						const a = crossing(inner[0], outer[0]);
						const b = crossing(inner[0], outer[1]);
						const c = crossing(inner[1], outer[1]);
						const d = crossing(inner[1], outer[0]);
						emit(a, b, c, odd);
						emit(a, c, d, odd);
					}
				}
			}
	return { positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) };
}

/** The six ways from corner 0 to corner 7 along the axes: the four corners, and 1 where negatively oriented. */
const PATHS: readonly (readonly number[])[] = [
	[0, 1, 3, 7, 0],
	[0, 1, 5, 7, 1],
	[0, 2, 3, 7, 1],
	[0, 2, 6, 7, 0],
	[0, 4, 5, 7, 0],
	[0, 4, 6, 7, 1],
];

/** Which of the seven edge directions a difference of node numbers is, 1..7. */
function cornerStep(difference: number, nx: number, ny: number): number {
	const k = difference >= nx * ny ? 4 : 0;
	const rest = difference - (k ? nx * ny : 0);
	const j = rest >= nx ? 2 : 0;
	return k + j + (rest - (j ? nx : 0));
}
