import type { Mesh } from '../mesh/mesh.ts';
import { twins } from '../mesh/topology.ts';
import { type Bvh, buildBvh } from '../spatial/bvh.ts';
import { buildWinding, type Winding } from '../spatial/winding.ts';
import { type Obstacles, obstaclesOf } from './crossings.ts';
import { continueSurface, type Grid } from './field.ts';
import { pointsInside, type Whole, wholeOf } from './inside.ts';
import { cutPatch, type Patch } from './patch.ts';

/** A patch continued over the grid around it: negative inside. */
export type Continued = { readonly grid: Grid; readonly values: Float64Array };

/** A whole and its parts, with what is asked of them more than once: each is measured when first asked for. */
export type Assembly = {
	readonly mesh: Mesh;
	readonly partOf: ArrayLike<number>;
	readonly whole: Whole;
	/** Throws where the run was stopped. */
	readonly check: () => void;
	readonly patchOf: (part: number) => Patch;
	readonly bvhOf: (part: number) => Bvh;
	readonly windingOf: (part: number) => Winding;
	/** Longest side of the patch's box. */
	readonly sizeOf: (part: number) => number;
	/** Parts that share an edge with this one, ascending. */
	readonly neighboursOf: (part: number) => readonly number[];
	readonly continuedOf: (part: number, resolution: number) => Continued;
	/** Whether points around the part are inside the whole, see `pointsInside`. */
	readonly insideOf: (part: number) => (x: number, y: number, z: number) => boolean;
	/** What a cap of the part must not cross. */
	readonly obstaclesOf: (part: number) => Obstacles;
};

/** @param check Called every tenth of a second or so; throws where the run was stopped. */
export function assemblyOf(mesh: Mesh, partOf: ArrayLike<number>, check: () => void = () => {}): Assembly {
	const whole = wholeOf(mesh);
	const patchOf = remembered((part) => cutPatch(mesh, partOf, part));
	const boxOf = remembered((part) => boxAround(patchOf(part).positions));
	const wholeBox = boxAround(mesh.positions);
	const sizeOf = remembered((part) => longestSide(boxOf(part)));
	let neighbours: number[][] | undefined;
	const continued = new Map<number, (part: number) => Continued>();
	return {
		mesh,
		partOf,
		whole,
		check,
		patchOf,
		bvhOf: remembered((part) => buildBvh(patchOf(part))),
		windingOf: remembered((part) => buildWinding(patchOf(part))),
		sizeOf,
		neighboursOf: (part) => {
			neighbours ??= listNeighbours(mesh, partOf);
			return neighbours[part] ?? [];
		},
		continuedOf: (part, resolution) => {
			let remember = continued.get(resolution);
			if (!remember) {
				remember = remembered((p) => {
					const grid = layGrid(boxOf(p), wholeBox, sizeOf(p), resolution);
					return { grid, values: continueSurface(patchOf(p), grid, sizeOf(p), check) };
				});
				continued.set(resolution, remember);
			}
			return remember(part);
		},
		insideOf: remembered((part) =>
			pointsInside(whole, layGrid(boxOf(part), wholeBox, sizeOf(part), INSIDE_RESOLUTION)),
		),
		obstaclesOf: remembered((part) => obstaclesOf(whole, patchOf(part), ON * sizeOf(part))),
	};
}

function remembered<T>(measure: (part: number) => T): (part: number) => T {
	const known = new Map<number, T>();
	return (part) => {
		let value = known.get(part);
		if (value === undefined) {
			value = measure(part);
			known.set(part, value);
		}
		return value;
	};
}

function listNeighbours(mesh: Mesh, partOf: ArrayLike<number>): number[][] {
	const twin = twins(mesh);
	const met: Set<number>[] = [];
	for (let c = 0; c < twin.length; c++) {
		if (twin[c] < 0) continue;
		const own = partOf[(c / 3) | 0];
		const other = partOf[(twin[c] / 3) | 0];
		if (own === other) continue;
		met[own] ??= new Set();
		met[own].add(other);
	}
	return Array.from(met, (set) => (set ? [...set].sort((a, b) => a - b) : []));
}

/** Least x, y, z, then the greatest. */
export function boxAround(positions: ArrayLike<number>): number[] {
	const box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
	for (let i = 0; i < positions.length; i++) {
		const k = i % 3;
		if (positions[i] < box[k]) box[k] = positions[i];
		if (positions[i] > box[k + 3]) box[k + 3] = positions[i];
	}
	return box;
}

export const longestSide = (box: readonly number[]): number =>
	Math.max(0, box[3] - box[0], box[4] - box[1], box[5] - box[2]);

/** Nearer to the whole's surface than this, in sizes of the patch, a point is on it. */
export const ON = 1e-6;
/** Of the grid that answers for points: finer costs more to lay than it saves. */
const INSIDE_RESOLUTION = 48;

/** Room around the patch, in its sizes, that the hidden surface may need. */
const MARGIN = 0.25;

/** A grid of about resolution³ nodes around the patch, no wider than the whole. */
function layGrid(box: readonly number[], whole: readonly number[], size: number, resolution: number): Grid {
	const low = [0, 1, 2].map((k) => Math.max(box[k] - MARGIN * size, whole[k] - 0.05 * size));
	const side = [0, 1, 2].map((k) => Math.min(box[k + 3] + MARGIN * size, whole[k + 3] + 0.05 * size) - low[k]);
	const h = Math.cbrt(side[0] * side[1] * side[2]) / (resolution - 1);
	const [nx, ny, nz] = side.map((length) => Math.ceil(length / h) + 3);
	return { nx, ny, nz, x: low[0] - h, y: low[1] - h, z: low[2] - h, h };
}
