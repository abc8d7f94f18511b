import { type SymmetryPlane, symmetryPlane } from '../analysis/symmetry.ts';
import { minus, unit, type Vector3 } from '../math/vector3.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Parts } from '../mesh/parts.ts';
import { partConfidence } from './confidence.ts';
import { gapFinder } from './gaps.ts';
import { matchPartners } from './partners.ts';
import { axisAcross, fitSeam } from './seam-fit.ts';
import { type Chain, chainEdges, findSeams } from './seam-loops.ts';
import type { Segmentation } from './segment.ts';

/** How the parts of a model hang together: what a rigger needs to know. Coordinates are the mesh's, object units. */
export type PartGraph = {
	/** In the order of the parts. */
	readonly parts: readonly GraphPart[];
	/** One for each two parts that share edges or lie close, ascending by parts. */
	readonly joints: readonly Joint[];
	/** The plane in which the model is its own mirror image, where there is one. */
	readonly symmetry: SymmetryPlane | undefined;
};

export type GraphPart = {
	readonly name: string;
	/** Middle of the surface. */
	readonly centroid: Vector3;
	/** Lower and upper corner of the box around the part. */
	readonly min: Vector3;
	readonly max: Vector3;
	/**
	 * The part that this one hangs at in the tree of widest seams, which grows from the largest part; parts that only
	 * lie close come after all that share edges. None for the largest part, and for the largest of each group of parts
	 * that hangs at nothing.
	 */
	readonly parent: number | undefined;
	/** The part that is this one's mirror image. */
	readonly partner: number | undefined;
	/** How sure the cut was, 0..1 (see `partConfidence`); none where the parts come without their merge tree. */
	readonly confidence: number | undefined;
};

export type Joint = {
	/** The larger part, which has the lower number, and the smaller one. */
	readonly parts: readonly [number, number];
	/** Length of the common seam; 0 where the parts lie close without sharing edges. */
	readonly seam: number;
	/** Middle of the seam, by length; between the closest points where there is none. */
	readonly position: Vector3;
	/** Unit direction across the joint, from the larger part to the smaller: the normal of the seam's best plane. */
	readonly axis: Vector3;
	/** Root mean square distance of the seam from its middle: the radius of a round one. 0 without a seam. */
	readonly radius: number;
	/** The lines at which the parts touch, longest first; each edge of the seam is in exactly one. */
	readonly loops: readonly ContactLoop[];
};

export type ContactLoop = Chain & {
	readonly length: number;
	readonly position: Vector3;
	readonly axis: Vector3;
	readonly radius: number;
};

/**
 * The graph of a model's parts: joints with place and direction, contact loops, and the tree that a skeleton follows.
 * Computed when asked, so that `recut` stays instant.
 *
 * @param parts Of any origin; what `segment` and `recut` give knows how sure each part is.
 */
export function partGraph(mesh: Mesh, parts: Parts & Partial<Pick<Segmentation, 'tree' | 'regionOf'>>): PartGraph {
	const shapes = measureParts(mesh, parts);
	const joints = [...seamJoints(mesh, parts, shapes)];
	joints.push(...gapJoints(mesh, parts, shapes, joints));
	joints.sort((i, j) => i.parts[0] - j.parts[0] || i.parts[1] - j.parts[1]);
	const parent = growTree(parts.parts.length, joints);
	const { tree, regionOf } = parts;
	const confidence = tree && regionOf && partConfidence(parts, tree, regionOf);
	const symmetry = parts.parts.length > 1 ? symmetryPlane(mesh) : undefined;
	const centroids = shapes.map(({ centroid }) => centroid);
	const partner = symmetry && matchPartners(mesh, parts, centroids, symmetry);
	return {
		parts: parts.parts.map(({ name }, p) => ({
			name,
			...shapes[p],
			parent: parent[p],
			partner: partner?.[p],
			confidence: confidence?.[p],
		})),
		joints,
		symmetry,
	};
}

type Shape = Pick<GraphPart, 'centroid' | 'min' | 'max'>;

function measureParts({ positions, triangles }: Mesh, { partOf, parts }: Parts): Shape[] {
	const area = new Float64Array(parts.length);
	const sum = new Float64Array(3 * parts.length);
	const plain = new Float64Array(3 * parts.length);
	const min = new Float64Array(3 * parts.length).fill(Number.POSITIVE_INFINITY);
	const max = new Float64Array(3 * parts.length).fill(Number.NEGATIVE_INFINITY);
	for (let t = 0; t < partOf.length; t++) {
		const p = partOf[t];
		const i = 3 * triangles[3 * t];
		const j = 3 * triangles[3 * t + 1];
		const k = 3 * triangles[3 * t + 2];
		const ux = positions[j] - positions[i];
		const uy = positions[j + 1] - positions[i + 1];
		const uz = positions[j + 2] - positions[i + 2];
		const vx = positions[k] - positions[i];
		const vy = positions[k + 1] - positions[i + 1];
		const vz = positions[k + 2] - positions[i + 2];
		const a = Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
		area[p] += a;
		for (let axis = 0; axis < 3; axis++) {
			const x = positions[i + axis];
			const y = positions[j + axis];
			const z = positions[k + axis];
			sum[3 * p + axis] += (a * (x + y + z)) / 3;
			plain[3 * p + axis] += (x + y + z) / 3;
			min[3 * p + axis] = Math.min(min[3 * p + axis], x, y, z);
			max[3 * p + axis] = Math.max(max[3 * p + axis], x, y, z);
		}
	}
	const row = (of: Float64Array, p: number, by: number): Vector3 => [
		of[3 * p] / by,
		of[3 * p + 1] / by,
		of[3 * p + 2] / by,
	];
	return parts.map(({ triangles: count }, p) => ({
		// A part without area has the middle of its triangles.
		centroid: area[p] > 0 ? row(sum, p, area[p]) : row(plain, p, count),
		min: row(min, p, 1),
		max: row(max, p, 1),
	}));
}

/** Joints of parts that share edges. */
function seamJoints(mesh: Mesh, { partOf }: Parts, shapes: readonly Shape[]): Joint[] {
	const { positions } = mesh;
	return findSeams(mesh, partOf).map((seam): Joint => {
		const from = shapes[seam.a].centroid;
		const to = shapes[seam.b].centroid;
		const chains = chainEdges(seam);
		const whole = fitSeam(positions, chains);
		const axis = axisAcross(whole, from, to);
		const loops = chains.map((chain): ContactLoop => {
			const fit = chains.length === 1 ? whole : fitSeam(positions, [chain]);
			// From the loop's own middle: a handle leaves a cup twice, in directions of their own.
			const own = chains.length === 1 ? axis : axisAcross(fit, fit.position, to);
			const { length, position, radius } = fit;
			return { ...chain, length, position, axis: own, radius };
		});
		loops.sort((k, l) => l.length - k.length || k.vertices[0] - l.vertices[0]);
		const { length, position, radius } = whole;
		return { parts: [seam.a, seam.b], seam: length, position, axis, radius, loops };
	});
}

/** Joints of neighbours that share no edges. */
function gapJoints(mesh: Mesh, parts: Parts, shapes: readonly Shape[], joints: readonly Joint[]): Joint[] {
	const known = new Set(joints.map(({ parts: [a, b] }) => a * 65536 + b));
	const findGap = gapFinder(mesh, parts);
	const found: Joint[] = [];
	for (let a = 0; a < parts.parts.length; a++) {
		for (const { part: b } of parts.parts[a].neighbours) {
			if (b < a || known.has(a * 65536 + b)) continue;
			const { onA, onB } = findGap(a, b);
			const position: Vector3 = [(onA[0] + onB[0]) / 2, (onA[1] + onB[1]) / 2, (onA[2] + onB[2]) / 2];
			const axis = unit(minus(onB, onA)) ?? unit(minus(shapes[b].centroid, shapes[a].centroid)) ?? [0, 0, 1];
			found.push({ parts: [a, b], seam: 0, position, axis, radius: 0, loops: [] });
		}
	}
	return found;
}

/** Parent of each part in the tree of widest seams, grown from the largest part of each group. */
function growTree(count: number, joints: readonly Joint[]): (number | undefined)[] {
	const parent = new Array<number | undefined>(count).fill(undefined);
	const reached = new Uint8Array(count);
	for (let root = 0; root < count; root++) {
		// Parts that were not reached from a larger one hang at nothing: the largest of them begins anew.
		if (reached[root]) continue;
		reached[root] = 1;
		for (let best = widest(joints, reached); best; best = widest(joints, reached)) {
			const [a, b] = best.parts;
			const child = reached[a] ? b : a;
			parent[child] = reached[a] ? a : b;
			reached[child] = 1;
		}
	}
	return parent;
}

/** The widest joint with one part in the tree; the first of equals. */
function widest(joints: readonly Joint[], reached: Uint8Array): Joint | undefined {
	let best: Joint | undefined;
	for (const joint of joints) {
		if (reached[joint.parts[0]] === reached[joint.parts[1]]) continue;
		if (!best || joint.seam > best.seam) best = joint;
	}
	return best;
}
