/**
 * Solves A·x = b for a symmetric positive (semi-)definite A that is given as a function, by conjugate gradients
 * preconditioned with the diagonal.
 *
 * Hestenes, Stiefel. Methods of conjugate gradients for solving linear systems. 1952. [hestenes1952]
 *
 * @param multiply Writes A·p into the second argument.
 * @param diagonal Diagonal of A; entries of 0 are taken as 1.
 * @param x Where to begin; holds the solution afterwards.
 * @param tolerance Stops when the residual is this small, relative to b.
 */
export function conjugateGradient(
	multiply: (p: Float64Array, out: Float64Array) => void,
	diagonal: Float64Array,
	b: Float64Array,
	x: Float64Array,
	iterations: number,
	tolerance = 1e-6,
): void {
	const n = b.length;
	const r = new Float64Array(n);
	const p = new Float64Array(n);
	const q = new Float64Array(n);
	const inverse = new Float64Array(n);
	multiply(x, q);
	let rho = 0;
	let scale = 0;
	for (let i = 0; i < n; i++) {
		inverse[i] = 1 / (diagonal[i] || 1);
		r[i] = b[i] - q[i];
		p[i] = r[i] * inverse[i];
		rho += r[i] * p[i];
		scale += b[i] * b[i] * inverse[i];
	}
	const enough = tolerance * tolerance * scale;
	for (let k = 0; k < iterations && rho > enough; k++) {
		multiply(p, q);
		let curvature = 0;
		for (let i = 0; i < n; i++) curvature += p[i] * q[i];
		if (!(curvature > 0)) return;
		const step = rho / curvature;
		let rhoNext = 0;
		for (let i = 0; i < n; i++) {
			x[i] += step * p[i];
			const left = r[i] - step * q[i];
			r[i] = left;
			rhoNext += left * left * inverse[i];
		}
		const beta = rhoNext / rho;
		rho = rhoNext;
		for (let i = 0; i < n; i++) p[i] = r[i] * inverse[i] + beta * p[i];
	}
}
