import { type Mesh, next } from '../packages/engine/src/mesh/mesh.ts';
import { twins } from '../packages/engine/src/mesh/topology.ts';
import { modelFrame } from '../packages/engine/src/segmentation/surface-graph.ts';

/** Boundaries agree where they lie within this of each other, in model sizes. */
const NEAR = 0.015;

/**
 * How well the boundaries of two labellings of one mesh agree, 0..1: the share of the one's length that lies near the
 * other, and the reverse, in one number (harmonic mean). 1 where neither has any.
 *
 * Martin, Fowlkes, Malik. Learning to detect natural image boundaries using local brightness, color, and texture cues.
 * 2004, where it is defined for images; here distances are straight lines in space.
 */
export function boundaryAgreement(mesh: Mesh, ours: ArrayLike<number>, truth: ArrayLike<number>): number {
	const near = NEAR * modelFrame(mesh).size;
	const a = boundaryOf(mesh, ours);
	const b = boundaryOf(mesh, truth);
	if (a.total === 0 || b.total === 0) return a.total === b.total ? 1 : 0;
	const precision = shareNear(a, b, near);
	const recall = shareNear(b, a, near);
	return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

/** Middles of the edges between different labels, and their lengths. */
type Boundary = { readonly middle: readonly number[]; readonly length: readonly number[]; readonly total: number };

function boundaryOf(mesh: Mesh, label: ArrayLike<number>): Boundary {
	const { positions, triangles } = mesh;
	const twin = twins(mesh);
	const middle: number[] = [];
	const length: number[] = [];
	let total = 0;
	for (let c = 0; c < triangles.length; c++) {
		const d = twin[c];
		if (d < c || label[(c / 3) | 0] === label[(d / 3) | 0]) continue;
		const i = 3 * triangles[c];
		const j = 3 * triangles[next(c)];
		let square = 0;
		for (let axis = 0; axis < 3; axis++) {
			middle.push((positions[i + axis] + positions[j + axis]) / 2);
			square += (positions[i + axis] - positions[j + axis]) ** 2;
		}
		length.push(Math.sqrt(square));
		total += Math.sqrt(square);
	}
	return { middle, length, total };
}

function shareNear(from: Boundary, to: Boundary, near: number): number {
	const grid = new Map<number, number[]>();
	const cell = (x: number): number => Math.floor(x / near) + 4096;
	const key = (x: number, y: number, z: number): number => (x * 8192 + y) * 8192 + z;
	for (let i = 0; i < to.middle.length; i += 3) {
		const at = key(cell(to.middle[i]), cell(to.middle[i + 1]), cell(to.middle[i + 2]));
		const members = grid.get(at);
		if (members) members.push(i);
		else grid.set(at, [i]);
	}
	const isNear = (i: number): boolean => {
		const [x, y, z] = [from.middle[i], from.middle[i + 1], from.middle[i + 2]];
		for (let u = cell(x) - 1; u <= cell(x) + 1; u++)
			for (let v = cell(y) - 1; v <= cell(y) + 1; v++)
				for (let w = cell(z) - 1; w <= cell(z) + 1; w++)
					for (const j of grid.get(key(u, v, w)) ?? [])
						if ((x - to.middle[j]) ** 2 + (y - to.middle[j + 1]) ** 2 + (z - to.middle[j + 2]) ** 2 <= near * near)
							return true;
		return false;
	};
	let sum = 0;
	for (let e = 0; e < from.length.length; e++) if (isNear(3 * e)) sum += from.length[e];
	return sum / from.total;
}
