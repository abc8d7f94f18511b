import { normalAndArea } from '../math/triangle.ts';
import { type CornerAttribute, type Mesh, NO_ROW } from '../mesh/mesh.ts';
import type { Atlas } from './atlas.ts';
import { BLOCK, type Block, findHits, newBlock, type Target } from './find-hits.ts';

/** What rays are sent from, and what at. */
export type Walk = {
	readonly low: {
		readonly mesh: Mesh;
		/** Where the rays of each corner go, outwards. C × 3. */
		readonly directions: Float32Array;
		readonly normal: CornerAttribute;
		readonly tangent: CornerAttribute;
	};
	/** What is looked at, by number of `targetOf`. */
	readonly targets: readonly Target[];
	/** T; absent where there is but one target. */
	readonly targetOf?: Uint32Array | undefined;
	/** How far rays go to each side, object units. */
	readonly cage: number;
};

/** A block of texels of one triangle of the low mesh, with what they see. */
export type Walked = {
	readonly block: Block;
	/** Position, direction, normal and tangent of each of the three corners, 12 numbers each, and the handedness. */
	readonly corners: Float64Array;
	/** Weights of the second and the third corner at each texel. BLOCK × 2. */
	readonly places: Float64Array;
};

/** @param from First texel of the block in `texels`; the others follow. */
type Visit = (walked: Walked, t: number, target: Target, texels: Uint32Array, from: number) => void;

const measured = new Float64Array(4);

/** Share of the cage in which the first block of a triangle looks. */
const FIRST_REACH = 0.15;
const LEAST_REACH = 0.02;

/**
 * Goes through the texels of the triangles `order[first] .. order[end - 1]` of an atlas, in blocks of up to 8 × 8, and
 * finds what each of them sees. A texel's point and ray come from the weights of its middle; beyond the border of a chart
 * the nearest point of the triangle stands in.
 */
export function walkTexels(walk: Walk, atlas: Atlas, first: number, end: number, visit: Visit): void {
	const { targets, targetOf, cage } = walk;
	const { order, texels, offsets, size } = atlas;
	const log = Math.log2(size);
	const plane = new Float64Array(6);
	const block = newBlock();
	const corners = new Float64Array(37);
	const places = new Float64Array(2 * BLOCK);
	const walked: Walked = { block, corners, places };
	for (let rank = first; rank < end; rank++) {
		const t = order[rank];
		const to = offsets[rank + 1];
		let i = offsets[rank];
		if (i === to) continue;
		const target = targets[targetOf ? targetOf[t] : 0];
		const area = readCorners(walk, t, corners);
		weightPlanes(atlas.corners, t, plane);
		// Blocks of 4 × 4 where the triangles of the source are about as small as texels.
		const shift = (to - i) * target.area < 4 * target.triangleOf.length * area ? 2 : 3;
		block.reach[0] = FIRST_REACH * cage;
		while (i < to) {
			const column = (texels[i] & (size - 1)) >> shift;
			const row = texels[i] >>> (log + shift);
			let count = 0;
			while (i + count < to) {
				const texel = texels[i + count];
				const x = texel & (size - 1);
				if (x >> shift !== column || texel >>> (log + shift) !== row) break;
				placeSample(atlas.corners, t, plane, x + 0.5, (texel >>> log) + 0.5, places, count);
				aim(walked, count);
				count++;
			}
			block.count = count;
			block.fallbacks = 0;
			findHits(target, block, cage);
			block.reach[0] = Math.max(LEAST_REACH * cage, 2 * block.reach[0]);
			visit(walked, t, target, texels, i);
			i += count;
		}
	}
}

/** Fills `corners`; returns the area of the triangle. */
function readCorners({ low }: Walk, t: number, corners: Float64Array): number {
	const { mesh, directions, normal, tangent } = low;
	corners[36] = tangent.indices[3 * t] === NO_ROW ? 1 : tangent.values[4 * tangent.indices[3 * t] + 3];
	for (let k = 0; k < 3; k++) {
		const c = 3 * t + k;
		const o = 12 * k;
		const v = 3 * mesh.triangles[c];
		const n = 3 * normal.indices[c];
		const s = 4 * tangent.indices[c];
		for (let i = 0; i < 3; i++) {
			corners[o + i] = mesh.positions[v + i];
			corners[o + 3 + i] = directions[3 * c + i];
			corners[o + 6 + i] = normal.indices[c] === NO_ROW ? directions[3 * c + i] : normal.values[n + i];
			corners[o + 9 + i] = tangent.indices[c] === NO_ROW ? 0 : tangent.values[s + i];
		}
	}
	normalAndArea(mesh.positions, mesh.triangles, t, measured, 0);
	return measured[3];
}

/** Weights of the second and third corner as functions of the place: w = plane[0] · x + plane[1] · y + plane[2]. */
function weightPlanes(corners: Float64Array, t: number, plane: Float64Array): void {
	const x0 = corners[6 * t];
	const y0 = corners[6 * t + 1];
	const ux = corners[6 * t + 2] - x0;
	const uy = corners[6 * t + 3] - y0;
	const vx = corners[6 * t + 4] - x0;
	const vy = corners[6 * t + 5] - y0;
	const area = ux * vy - uy * vx;
	const inverse = area === 0 ? 0 : 1 / area;
	plane[0] = vy * inverse;
	plane[1] = -vx * inverse;
	plane[2] = -(plane[0] * x0 + plane[1] * y0);
	plane[3] = -uy * inverse;
	plane[4] = ux * inverse;
	plane[5] = -(plane[3] * x0 + plane[4] * y0);
}

/** Weights of the place (x, y), or of the nearest place of the triangle. */
function placeSample(
	corners: Float64Array,
	t: number,
	plane: Float64Array,
	x: number,
	y: number,
	weights: Float64Array,
	n: number,
): void {
	const b = plane[0] * x + plane[1] * y + plane[2];
	const c = plane[3] * x + plane[4] * y + plane[5];
	weights[2 * n] = b;
	weights[2 * n + 1] = c;
	if (b >= 0 && c >= 0 && b + c <= 1 && (plane[0] !== 0 || plane[1] !== 0)) return;
	let least = Infinity;
	for (let k = 0; k < 3; k++) {
		const from = 6 * t + 2 * k;
		const to = k === 2 ? 6 * t : from + 2;
		const ex = corners[to] - corners[from];
		const ey = corners[to + 1] - corners[from + 1];
		const dx = x - corners[from];
		const dy = y - corners[from + 1];
		const squared = ex * ex + ey * ey;
		const s = squared > 0 ? Math.min(1, Math.max(0, (dx * ex + dy * ey) / squared)) : 0;
		const away = (dx - s * ex) ** 2 + (dy - s * ey) ** 2;
		if (!(away < least)) continue;
		least = away;
		weights[2 * n] = k === 0 ? s : k === 1 ? 1 - s : 0;
		weights[2 * n + 1] = k === 0 ? 0 : k === 1 ? s : 1 - s;
	}
}

/** Point and unit direction of a sample. */
function aim({ block, corners, places }: Walked, n: number): void {
	const { points, directions } = block;
	const b = places[2 * n];
	const c = places[2 * n + 1];
	const a = 1 - b - c;
	const o = 3 * n;
	for (let k = 0; k < 3; k++) points[o + k] = a * corners[k] + b * corners[12 + k] + c * corners[24 + k];
	const x = a * corners[3] + b * corners[15] + c * corners[27];
	const y = a * corners[4] + b * corners[16] + c * corners[28];
	const z = a * corners[5] + b * corners[17] + c * corners[29];
	const length = Math.sqrt(x * x + y * y + z * z);
	const scale = length > 0 ? 1 / length : 0;
	directions[o] = x * scale;
	directions[o + 1] = y * scale;
	directions[o + 2] = length > 0 ? z * scale : 1;
}
