import { bvhOf } from '../spatial/bvh.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import type { Assembly } from './assembly.ts';
import type { Grid } from './field.ts';
import type { Level } from './level.ts';

/**
 * Takes what is small out of a level: the trees answer in steps, so that the surface of their estimate has terraces, ears
 * and chimneys of a cell or two, the commonest ugly thing in pictures.
 *
 * The values are blurred and sharpened again by what the blur takes of itself (2G − G², flat for what is large); then all
 * are raised alike until as many nodes are inside as were: blurring alone wears thin ends away. Near the patch nothing
 * changes, nothing gets nearer to the outside of the whole than a level may, and a part does not fall to pieces.
 *
 * Of 36 parts of public assemblies less than 70 % visible the volume IoU was 0.6965 before, 0.6895 blurred alone, 0.6968
 * raised. On 18 parts of training assemblies 2 and 4 passes, and caps thinned by 0.1 and 0.2 cells, are within 0.0005.
 */
export function softenLevel(assembly: Assembly, part: number, level: Level): Level {
	const pieces = countPieces(level.values, level.grid);
	for (const passes of PASSES) {
		const values = softened(assembly, part, level, passes);
		if (countPieces(values, level.grid) <= pieces && agreement(values, level.values) >= LEAST_ALIKE)
			return { ...level, values };
	}
	return level;
}

function softened(assembly: Assembly, part: number, level: Level, passes: number): Float64Array {
	const { grid, values } = level;
	const once = blurred(values, grid, passes);
	const twice = blurred(once, grid, passes);
	const { nodes, soft, roof, lost } = softNodes(assembly, part, level, (at) => 2 * once[at] - twice[at]);
	const raise = raiseBy(soft, roof, lost, grid.h);
	const out = values.slice();
	for (let n = 0; n < nodes.length; n++) out[nodes[n]] = Math.min(soft[n] + raise, roof[n]);
	return out;
}

/** Share of the nodes inside either that are inside both. */
function agreement(a: Float64Array, b: Float64Array): number {
	let [both, either] = [0, 0];
	for (let at = 0; at < a.length; at++) {
		if (a[at] > 0 && b[at] > 0) both++;
		if (a[at] > 0 || b[at] > 0) either++;
	}
	return either > 0 ? both / either : 1;
}

/**
 * What is a few cells thin keeps its level: of 18 parts of a hundred or two nodes less than 70 % visible the volume IoU was
 * 0.785 as they were, 0.753 softened, 0.767, 0.783, 0.783 where 0.8, 0.85, 0.9 are asked; nothing changes on three slices.
 */
const LEAST_ALIKE = 0.85;

/** Pieces of the inside, of nodes beside each other. */
function countPieces(values: Float64Array, { nx, ny }: Grid): number {
	const steps = [1, -1, nx, -nx, nx * ny, -nx * ny];
	const seen = new Uint8Array(values.length);
	let pieces = 0;
	for (let start = 0; start < values.length; start++) {
		if (seen[start] || values[start] <= 0) continue;
		seen[start] = 1;
		let count = 0;
		for (const stack = [start]; stack.length > 0; count++) {
			const at = stack.pop()!;
			for (const step of steps) {
				const beside = at + step;
				if (!(values[beside] > 0) || seen[beside]) continue;
				seen[beside] = 1;
				stack.push(beside);
			}
		}
		if (count >= LEAST_PIECE) pieces++;
	}
	return pieces;
}

/** Nodes. */
const LEAST_PIECE = 8;
/** Passes of the blur, whose deviation is the root of half as many cells: the first that leave the part in one piece. */
const PASSES = [4, 1];
/** Within so many cells of the patch nothing changes. */
const KEPT = 2;
/** As far inside the whole as `measureLevel` lets the hidden surface be, cells. */
const INSET = 0.5;

/**
 * The nodes near the surface that may change: their soft value, the most that it may be, and how many fewer of them would
 * be inside.
 */
function softNodes(assembly: Assembly, part: number, { grid, values }: Level, softAt: (at: number) => number) {
	const { nx, ny, nz, h } = grid;
	const isInside = assembly.insideOf(part);
	const patchBvh = assembly.bvhOf(part);
	const wholeBvh = bvhOf(assembly.mesh);
	const near = newNearest();
	const nodes: number[] = [];
	const soft: number[] = [];
	const roof: number[] = [];
	let lost = 0;
	for (let k = 1; k + 1 < nz; k++) {
		assembly.check();
		for (let j = 1; j + 1 < ny; j++)
			for (let i = 1; i + 1 < nx; i++) {
				const at = i + nx * (j + ny * k);
				const value = values[at];
				const now = softAt(at);
				if (now > 0 === value > 0 && Math.min(Math.abs(now), Math.abs(value)) > h) continue;
				const x = grid.x + i * h;
				const y = grid.y + j * h;
				const z = grid.z + k * h;
				if (nearestPoint(patchBvh, x, y, z, KEPT * h, near)) continue;
				let most = value;
				// Raised it may get higher than it was.
				if (now > value - MOST_RAISED * h) {
					if (!isInside(x, y, z)) continue;
					const reach = nearestPoint(wholeBvh, x, y, z, 2 * h, near) ? near.distance : 2 * h;
					most = Math.max(value, reach - INSET * h);
				}
				nodes.push(at);
				soft.push(now);
				roof.push(most);
				if (value > 0) lost++;
				if (Math.min(now, most) > 0) lost--;
			}
	}
	return { nodes, soft, roof, lost };
}

/** What all values are raised by so that `lost` more of them are inside. */
function raiseBy(soft: readonly number[], roof: readonly number[], lost: number, h: number): number {
	if (lost === 0) return 0;
	const heights = soft.filter((_, n) => roof[n] > 0).sort((a, b) => b - a);
	const inside = heights.filter((height) => height > 0).length;
	const last = heights[Math.max(0, Math.min(heights.length - 1, inside + lost - 1))] ?? 0;
	return Math.max(-MOST_LOWERED * h, Math.min(MOST_RAISED * h, -last + 1e-9 * h));
}

/** Cells. */
const MOST_RAISED = 0.5;
const MOST_LOWERED = 0.25;

/** Binomial: a quarter, a half and a quarter along each axis, `passes` times. The border stays as it is. */
function blurred(values: Float64Array, { nx, ny, nz }: Grid, passes: number): Float64Array {
	let from = values.slice();
	let to = values.slice();
	for (let pass = 0; pass < passes; pass++)
		for (const step of [1, nx, nx * ny]) {
			for (let k = 1; k + 1 < nz; k++)
				for (let j = 1; j + 1 < ny; j++) {
					const first = nx * (j + ny * k) + 1;
					for (let at = first; at < first + nx - 2; at++)
						to[at] = 0.25 * (from[at - step] + from[at + step]) + 0.5 * from[at];
				}
			[from, to] = [to, from];
		}
	return from;
}
