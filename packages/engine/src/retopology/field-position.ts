import type { Level } from './field-hierarchy.ts';
import { LINE, PINNED } from './field-surface.ts';

/** Sweeps on each level. */
const SWEEPS = 6;
/** Keeps the middle point of two all but parallel tangent planes near. */
const PARALLEL = 1e-4;

/**
 * Lays a square lattice of the given spacing into the tangent plane of every point, along its cross, so that those of
 * neighbours meet as well as they can. Lines run along lattice lines, corners are lattice points. Written to `origins`
 * of every level: the lattice point nearest to the point.
 *
 * Based on: Jakob, Tarini, Panozzo, Sorkine-Hornung. Instant field-aligned meshes. 2015. [jakob2015] §3.3.
 */
export function placeLattices(levels: readonly Level[], spacing: number, advance: (fraction: number) => void): void {
	const coarsest = levels[levels.length - 1];
	coarsest.origins.set(coarsest.held);
	for (let l = levels.length - 1; l >= 0; l--) {
		advance(1 - (l + 1) / levels.length);
		const level = levels[l];
		for (let sweep = 0; sweep < SWEEPS; sweep++) smoothOrigins(level, spacing);
		if (l === 0) break;
		const fine = levels[l - 1];
		for (let i = 0; i < fine.size; i++) {
			const j = fine.parents[i];
			for (let k = 0; k < 3; k++) fine.origins[3 * i + k] = level.origins[3 * j + k];
			settle(fine, i, spacing);
		}
	}
}

/** Where the lattices of two neighbours meet best. Written by `meet`. */
export type Meeting = {
	/** Steps from the origin of the first to the chosen point of its lattice, and of the second likewise, own axes. */
	ix: number;
	iy: number;
	jx: number;
	jy: number;
	/** The chosen point of the first and that of the second. */
	readonly a: Float64Array;
	readonly b: Float64Array;
};

export const newMeeting = (): Meeting => ({
	ix: 0,
	iy: 0,
	jx: 0,
	jy: 0,
	a: new Float64Array(3),
	b: new Float64Array(3),
});

/** Finds the points of two lattices, near the middle of their points, that are nearest to each other. */
export function meet(
	{ points: v, normals: n, cross: q, origins }: Level,
	i: number,
	ox: number,
	oy: number,
	oz: number,
	j: number,
	spacing: number,
	out: Meeting,
): void {
	const o = 3 * i;
	const p = 3 * j;
	const nx = n[o];
	const ny = n[o + 1];
	const nz = n[o + 2];
	const mx = n[p];
	const my = n[p + 1];
	const mz = n[p + 2];
	// The point nearest to both that is in both tangent planes.
	const hx = (v[p] - v[o]) / 2;
	const hy = (v[p + 1] - v[o + 1]) / 2;
	const hz = (v[p + 2] - v[o + 2]) / 2;
	const g = nx * mx + ny * my + nz * mz;
	const above = nx * hx + ny * hy + nz * hz;
	const below = -(mx * hx + my * hy + mz * hz);
	const scale = 1 / (1 - g * g + PARALLEL);
	const alpha = scale * (above - g * below);
	const beta = scale * (below - g * above);
	const x = v[o] + hx - alpha * nx - beta * mx;
	const y = v[o + 1] + hy - alpha * ny - beta * my;
	const z = v[o + 2] + hz - alpha * nz - beta * mz;
	// Axes of the two.
	const ax = q[o];
	const ay = q[o + 1];
	const az = q[o + 2];
	const bx = ny * az - nz * ay;
	const by = nz * ax - nx * az;
	const bz = nx * ay - ny * ax;
	const cx = q[p];
	const cy = q[p + 1];
	const cz = q[p + 2];
	const dx = my * cz - mz * cy;
	const dy = mz * cx - mx * cz;
	const dz = mx * cy - my * cx;
	const px = origins[p];
	const py = origins[p + 1];
	const pz = origins[p + 2];
	const fx = Math.floor((ax * (x - ox) + ay * (y - oy) + az * (z - oz)) / spacing);
	const fy = Math.floor((bx * (x - ox) + by * (y - oy) + bz * (z - oz)) / spacing);
	let best = Infinity;
	for (let corner = 0; corner < 4; corner++) {
		const ix = fx + (corner & 1);
		const iy = fy + (corner >> 1);
		const ux = ox + spacing * (ix * ax + iy * bx);
		const uy = oy + spacing * (ix * ay + iy * by);
		const uz = oz + spacing * (ix * az + iy * bz);
		const jx = Math.round((cx * (ux - px) + cy * (uy - py) + cz * (uz - pz)) / spacing);
		const jy = Math.round((dx * (ux - px) + dy * (uy - py) + dz * (uz - pz)) / spacing);
		const wx = px + spacing * (jx * cx + jy * dx);
		const wy = py + spacing * (jx * cy + jy * dy);
		const wz = pz + spacing * (jx * cz + jy * dz);
		const squared = (ux - wx) ** 2 + (uy - wy) ** 2 + (uz - wz) ** 2;
		// All but equal choices go to the first, so that rounding does not decide.
		if (squared >= best - 1e-9 * spacing * spacing) continue;
		best = squared;
		out.ix = ix;
		out.iy = iy;
		out.jx = jx;
		out.jy = jy;
		out.a[0] = ux;
		out.a[1] = uy;
		out.a[2] = uz;
		out.b[0] = wx;
		out.b[1] = wy;
		out.b[2] = wz;
	}
}

const meeting = newMeeting();

/** One Gauss-Seidel sweep. */
function smoothOrigins(level: Level, spacing: number): void {
	const { size, offsets, list, weights, origins, normals: n, points: v } = level;
	const { a, b } = meeting;
	for (let i = 0; i < size; i++) {
		const o = 3 * i;
		let x = origins[o];
		let y = origins[o + 1];
		let z = origins[o + 2];
		let sum = 0;
		for (let e = offsets[i]; e < offsets[i + 1]; e++) {
			meet(level, i, x, y, z, list[e], spacing, meeting);
			const w = weights[e];
			x = (sum * a[0] + w * b[0]) / (sum + w);
			y = (sum * a[1] + w * b[1]) / (sum + w);
			z = (sum * a[2] + w * b[2]) / (sum + w);
			sum += w;
			const out = n[o] * (x - v[o]) + n[o + 1] * (y - v[o + 1]) + n[o + 2] * (z - v[o + 2]);
			x -= out * n[o];
			y -= out * n[o + 1];
			z -= out * n[o + 2];
		}
		origins[o] = x;
		origins[o + 1] = y;
		origins[o + 2] = z;
		settle(level, i, spacing);
	}
}

/** Lays the origin into the tangent plane, on the line or corner if there is one, and at the lattice point nearest. */
function settle(level: Level, i: number, spacing: number): void {
	const { points: v, normals: n, cross: q, origins, kind, held, tangents: t } = level;
	const o = 3 * i;
	if (kind[i] === PINNED) {
		for (let k = 0; k < 3; k++) origins[o + k] = held[o + k];
		return;
	}
	if (kind[i] === LINE && (t[o] !== 0 || t[o + 1] !== 0 || t[o + 2] !== 0)) {
		const along =
			t[o] * (origins[o] - held[o]) +
			t[o + 1] * (origins[o + 1] - held[o + 1]) +
			t[o + 2] * (origins[o + 2] - held[o + 2]);
		for (let k = 0; k < 3; k++) origins[o + k] = held[o + k] + along * t[o + k];
	}
	const ax = q[o];
	const ay = q[o + 1];
	const az = q[o + 2];
	const bx = n[o + 1] * az - n[o + 2] * ay;
	const by = n[o + 2] * ax - n[o] * az;
	const bz = n[o] * ay - n[o + 1] * ax;
	let x = origins[o] - v[o];
	let y = origins[o + 1] - v[o + 1];
	let z = origins[o + 2] - v[o + 2];
	const out = x * n[o] + y * n[o + 1] + z * n[o + 2];
	x -= out * n[o];
	y -= out * n[o + 1];
	z -= out * n[o + 2];
	const kx = Math.round((ax * x + ay * y + az * z) / spacing);
	const ky = Math.round((bx * x + by * y + bz * z) / spacing);
	origins[o] = v[o] + x - spacing * (kx * ax + ky * bx);
	origins[o + 1] = v[o + 1] + y - spacing * (kx * ay + ky * by);
	origins[o + 2] = v[o + 2] + z - spacing * (kx * az + ky * bz);
}
