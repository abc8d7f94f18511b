import type { Vector3 } from './vector3.ts';

/** Eigenvalues, ascending, and the unit eigenvector of each. */
export type Eigen3 = {
	readonly values: readonly [number, number, number];
	readonly vectors: readonly [Vector3, Vector3, Vector3];
};

/** Sweeps that double precision needs at most; five are usual. */
const SWEEPS = 32;

/**
 * Eigenvalues and eigenvectors of a symmetric 3 × 3 matrix, by Jacobi rotations: slower than a closed form and exact
 * where eigenvalues are equal, which they are on everything round.
 *
 * @param m The products xx, xy, xz, yy, yz, zz; finite.
 * @returns Vectors at right angles to each other; their signs mean nothing.
 */
export function eigen3(m: readonly number[]): Eigen3 {
	const a = [
		[m[0], m[1], m[2]],
		[m[1], m[3], m[4]],
		[m[2], m[4], m[5]],
	];
	const v = [
		[1, 0, 0],
		[0, 1, 0],
		[0, 0, 1],
	];
	for (let sweep = 0; sweep < SWEEPS; sweep++) {
		if (a[0][1] === 0 && a[0][2] === 0 && a[1][2] === 0) break;
		rotate(a, v, 0, 1);
		rotate(a, v, 0, 2);
		rotate(a, v, 1, 2);
	}
	const order = [0, 1, 2].sort((i, j) => a[i][i] - a[j][j] || i - j);
	const column = (i: number): Vector3 => [v[0][order[i]], v[1][order[i]], v[2][order[i]]];
	const value = (i: number): number => a[order[i]][order[i]];
	return { values: [value(0), value(1), value(2)], vectors: [column(0), column(1), column(2)] };
}

/** Turns rows and columns p and q so that their product becomes 0. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
	const apq = a[p][q];
	const gap = a[q][q] - a[p][p];
	// Below rounding of the diagonal it is 0: this is what ends the sweeps.
	if (Math.abs(apq) <= Number.EPSILON * 0.25 * (Math.abs(a[p][p]) + Math.abs(a[q][q]))) {
		a[p][q] = 0;
		a[q][p] = 0;
		return;
	}
	const ratio = gap / (2 * apq);
	const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(ratio * ratio + 1));
	const c = 1 / Math.sqrt(t * t + 1);
	const s = t * c;
	const r = 3 - p - q;
	a[p][p] -= t * apq;
	a[q][q] += t * apq;
	a[p][q] = 0;
	a[q][p] = 0;
	const arp = a[r][p];
	const arq = a[r][q];
	a[r][p] = c * arp - s * arq;
	a[p][r] = a[r][p];
	a[r][q] = s * arp + c * arq;
	a[q][r] = a[r][q];
	for (let k = 0; k < 3; k++) {
		const vkp = v[k][p];
		const vkq = v[k][q];
		v[k][p] = c * vkp - s * vkq;
		v[k][q] = s * vkp + c * vkq;
	}
}
