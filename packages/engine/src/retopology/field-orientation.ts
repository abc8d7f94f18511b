import { random } from '../math/random.ts';
import { type Level, normalise } from './field-hierarchy.ts';

/** Sweeps on each level: more do not take singularities away (bunny, 2026-11). */
const SWEEPS = 6;

/**
 * Lays a cross on every point, as parallel to those around it as they allow in space, not along the surface: it turns
 * to follow curvature by itself. On lines it keeps to their tangent. Written to `cross` of every level.
 *
 * Based on: Jakob, Tarini, Panozzo, Sorkine-Hornung. Instant field-aligned meshes. 2015. [jakob2015] §3.2.
 * Departs from it: the turn between two crosses is the quarter nearest to their mean angle, measured over both axes.
 */
export function orientCrosses(levels: readonly Level[], seed: number, advance: (fraction: number) => void): void {
	startCrosses(levels[levels.length - 1], random(seed));
	for (let l = levels.length - 1; l >= 0; l--) {
		advance(1 - (l + 1) / levels.length);
		for (let sweep = 0; sweep < SWEEPS; sweep++) smoothCrosses(levels[l]);
		if (l > 0) handDown(levels[l - 1], levels[l]);
	}
	// The finest decides: the position field wants the same crosses on all levels.
	for (let l = 0; l + 1 < levels.length; l++) handUp(levels[l], levels[l + 1]);
}

function startCrosses(level: Level, draw: () => number): void {
	const { size, cross, tangents } = level;
	for (let i = 0; i < size; i++) {
		for (let k = 0; k < 3; k++) cross[3 * i + k] = draw() - 0.5;
		layFlat(level, i);
		if (isSet(tangents, 3 * i)) for (let k = 0; k < 3; k++) cross[3 * i + k] = tangents[3 * i + k];
	}
}

const isSet = (v: Float64Array, o: number): boolean => v[o] !== 0 || v[o + 1] !== 0 || v[o + 2] !== 0;

/** Projects the cross into the tangent plane; any tangent where nothing is left of it. */
function layFlat({ cross: q, normals: n }: Level, i: number): void {
	const o = 3 * i;
	const dot = q[o] * n[o] + q[o + 1] * n[o + 1] + q[o + 2] * n[o + 2];
	for (let k = 0; k < 3; k++) q[o + k] -= dot * n[o + k];
	const squares = q[o] * q[o] + q[o + 1] * q[o + 1] + q[o + 2] * q[o + 2];
	if (squares < 1e-20) {
		const k = Math.abs(n[o]) < 0.6 ? 0 : 1;
		for (let j = 0; j < 3; j++) q[o + j] = (j === k ? 1 : 0) - n[o + k] * n[o + j];
	}
	normalise(q, o);
}

/** One Gauss-Seidel sweep. */
function smoothCrosses(level: Level): void {
	const { size, cross: q, normals: n, tangents, offsets, list, weights } = level;
	for (let i = 0; i < size; i++) {
		const o = 3 * i;
		if (isSet(tangents, o)) continue;
		const nx = n[o];
		const ny = n[o + 1];
		const nz = n[o + 2];
		let x = q[o];
		let y = q[o + 1];
		let z = q[o + 2];
		let sum = 0;
		for (let e = offsets[i]; e < offsets[i + 1]; e++) {
			const p = 3 * list[e];
			const w = weights[e];
			// The other axis of the mean so far, and of the neighbour.
			const mx = n[p];
			const my = n[p + 1];
			const mz = n[p + 2];
			const ax = q[p];
			const ay = q[p + 1];
			const az = q[p + 2];
			const bx = my * az - mz * ay;
			const by = mz * ax - mx * az;
			const bz = mx * ay - my * ax;
			const tx = ny * z - nz * y;
			const ty = nz * x - nx * z;
			const tz = nx * y - ny * x;
			const cos = x * ax + y * ay + z * az + tx * bx + ty * by + tz * bz;
			const sin = tx * ax + ty * ay + tz * az - x * bx - y * by - z * bz;
			let rx = 0;
			let ry = 0;
			let rz = 0;
			if (Math.abs(cos) >= Math.abs(sin)) {
				const sign = cos >= 0 ? w : -w;
				rx = sign * ax;
				ry = sign * ay;
				rz = sign * az;
			} else {
				const sign = sin >= 0 ? -w : w;
				rx = sign * bx;
				ry = sign * by;
				rz = sign * bz;
			}
			x = sum * x + rx;
			y = sum * y + ry;
			z = sum * z + rz;
			sum += w;
			const dot = x * nx + y * ny + z * nz;
			x -= dot * nx;
			y -= dot * ny;
			z -= dot * nz;
			const length = Math.sqrt(x * x + y * y + z * z);
			if (length > 1e-12) {
				x /= length;
				y /= length;
				z /= length;
			} else {
				x = q[o];
				y = q[o + 1];
				z = q[o + 2];
			}
		}
		q[o] = x;
		q[o + 1] = y;
		q[o + 2] = z;
	}
}

function handDown(fine: Level, coarse: Level): void {
	for (let i = 0; i < fine.size; i++) {
		const from = isSet(fine.tangents, 3 * i) ? fine.tangents : coarse.cross;
		const o = from === fine.tangents ? 3 * i : 3 * fine.parents[i];
		for (let k = 0; k < 3; k++) fine.cross[3 * i + k] = from[o + k];
		layFlat(fine, i);
	}
}

/** Gives each merged point the cross of its larger half. */
function handUp(fine: Level, coarse: Level): void {
	const largest = new Float64Array(coarse.size);
	for (let i = 0; i < fine.size; i++) {
		const j = fine.parents[i];
		if (fine.areas[i] <= largest[j]) continue;
		largest[j] = fine.areas[i];
		for (let k = 0; k < 3; k++) coarse.cross[3 * j + k] = fine.cross[3 * i + k];
		layFlat(coarse, j);
	}
}

/**
 * Quarter turns from the cross of `i` to that of `j`: the axis of `j` is that of `i` turned so often about the normal.
 */
export function quarterTurns({ cross: q, normals: n }: Level, i: number, j: number): number {
	const o = 3 * i;
	const p = 3 * j;
	const tx = n[o + 1] * q[o + 2] - n[o + 2] * q[o + 1];
	const ty = n[o + 2] * q[o] - n[o] * q[o + 2];
	const tz = n[o] * q[o + 1] - n[o + 1] * q[o];
	const bx = n[p + 1] * q[p + 2] - n[p + 2] * q[p + 1];
	const by = n[p + 2] * q[p] - n[p] * q[p + 2];
	const bz = n[p] * q[p + 1] - n[p + 1] * q[p];
	const cos = q[o] * q[p] + q[o + 1] * q[p + 1] + q[o + 2] * q[p + 2] + tx * bx + ty * by + tz * bz;
	const sin = tx * q[p] + ty * q[p + 1] + tz * q[p + 2] - q[o] * bx - q[o + 1] * by - q[o + 2] * bz;
	if (Math.abs(cos) >= Math.abs(sin)) return cos >= 0 ? 0 : 2;
	return sin >= 0 ? 1 : 3;
}
