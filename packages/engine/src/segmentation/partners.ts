import type { SymmetryPlane } from '../analysis/symmetry.ts';
import { cross, dot, unit, type Vector3 } from '../math/vector3.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Parts } from '../mesh/parts.ts';

/** Largest difference between a mirrored part and its partner, as a share of the larger one's box diagonal. */
const TOLERANCE = 0.2;
/** Largest ratio of their areas. */
const MAX_RATIO = 1.5;

/**
 * The mirror image of each part among the others, or undefined: the part whose box, middle and area agree best with the
 * mirrored part's, when that holds both ways and better than the part agrees with its own image, as parts in the plane
 * do.
 *
 * @param centroids Middle of each part.
 */
export function matchPartners(
	mesh: Mesh,
	parts: Parts,
	centroids: readonly Vector3[],
	plane: SymmetryPlane,
): (number | undefined)[] {
	const shapes = measureInPlane(mesh, parts, centroids, plane);
	const best = shapes.map((shape) => {
		let closest: number | undefined;
		let least = TOLERANCE;
		for (const [q, other] of shapes.entries()) {
			const difference = compareMirrored(shape, other);
			if (difference < least) {
				least = difference;
				closest = q;
			}
		}
		return closest;
	});
	return best.map((q, p) => (q !== undefined && q !== p && best[q] === p ? q : undefined));
}

/** Coordinates in the plane's own frame: across the plane (0 in it), and two along it. */
type Shape = { readonly min: number[]; readonly max: number[]; readonly middle: number[]; readonly area: number };

function measureInPlane(
	{ positions, triangles }: Mesh,
	{ partOf, parts }: Parts,
	centroids: readonly Vector3[],
	{ normal, offset }: SymmetryPlane,
): Shape[] {
	const across = normal;
	const steep = Math.abs(normal[1]) > 0.9;
	const up = unit(cross(normal, steep ? [1, 0, 0] : [0, 1, 0]))!;
	const axes = [across, up, cross(across, up)];
	const shapes = parts.map(
		({ area }, p): Shape => ({
			min: [Infinity, Infinity, Infinity],
			max: [-Infinity, -Infinity, -Infinity],
			middle: axes.map((axis, k) => dot(axis, centroids[p]) - (k === 0 ? offset : 0)),
			area,
		}),
	);
	for (let k = 0; k < 3; k++) {
		const [x, y, z] = axes[k];
		const from = k === 0 ? offset : 0;
		for (let c = 0; c < triangles.length; c++) {
			const i = 3 * triangles[c];
			const at = x * positions[i] + y * positions[i + 1] + z * positions[i + 2] - from;
			const { min, max } = shapes[partOf[(c / 3) | 0]];
			if (at < min[k]) min[k] = at;
			if (at > max[k]) max[k] = at;
		}
	}
	return shapes;
}

/** How far a shape's mirror image differs from another shape; infinite where their areas do not fit. */
function compareMirrored(a: Shape, b: Shape): number {
	if (Math.max(a.area, b.area) > MAX_RATIO * Math.min(a.area, b.area)) return Number.POSITIVE_INFINITY;
	const size = Math.max(...[a, b].map(({ min, max }) => Math.hypot(...max.map((x, k) => x - min[k]))));
	const low = [-a.max[0], a.min[1], a.min[2]];
	const high = [-a.min[0], a.max[1], a.max[2]];
	const middle = [-a.middle[0], a.middle[1], a.middle[2]];
	let most = Math.hypot(...middle.map((x, k) => x - b.middle[k]));
	for (let k = 0; k < 3; k++) most = Math.max(most, Math.abs(low[k] - b.min[k]), Math.abs(high[k] - b.max[k]));
	return most / size;
}
