import type { Grid } from './field.ts';

/**
 * A grid of about resolution³ nodes around a box, no wider than the whole.
 *
 * @param box Least x, y, z, then the greatest; so `whole`.
 * @param margin Room around the box, object units.
 */
export function layGrid(box: readonly number[], whole: readonly number[], margin: number, resolution: number): Grid {
	const beside = 0.05 * Math.max(...[0, 1, 2].map((k) => box[k + 3] - box[k]));
	const low = [0, 1, 2].map((k) => Math.max(box[k] - margin, whole[k] - beside));
	const side = [0, 1, 2].map((k) => Math.min(box[k + 3] + margin, whole[k + 3] + beside) - low[k]);
	const h = Math.cbrt(side[0] * side[1] * side[2]) / (resolution - 1);
	const [nx, ny, nz] = side.map((length) => Math.ceil(length / h) + 3);
	return { nx, ny, nz, x: low[0] - h, y: low[1] - h, z: low[2] - h, h };
}
