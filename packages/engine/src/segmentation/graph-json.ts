import type { Mesh } from '../mesh/mesh.ts';
import type { Part, Parts } from '../mesh/parts.ts';
import type { PartGraph } from './part-graph.ts';

/** The graph as plain JSON: contact loops as points, since nobody outside knows the vertices of the welded mesh. */
export type PartGraphJson = {
	readonly parts: readonly {
		readonly part: number;
		readonly name: string;
		readonly centroid: readonly number[];
		readonly min: readonly number[];
		readonly max: readonly number[];
		readonly parent: number | null;
		readonly partner: number | null;
		readonly confidence: number | null;
	}[];
	readonly joints: readonly {
		readonly parts: readonly [number, number];
		readonly seam: number;
		readonly position: readonly number[];
		readonly axis: readonly number[];
		readonly radius: number;
		readonly loops: readonly {
			readonly closed: boolean;
			readonly length: number;
			readonly position: readonly number[];
			readonly axis: readonly number[];
			readonly radius: number;
			/** xyz of each point in order; the first is not repeated at the end of a closed loop. */
			readonly points: readonly (readonly number[])[];
		}[];
	}[];
	readonly symmetry: { readonly normal: readonly number[]; readonly offset: number; readonly error: number } | null;
};

export function partGraphJson({ positions }: Mesh, { parts, joints, symmetry }: PartGraph): PartGraphJson {
	const point = (v: number): number[] => Array.from(positions.subarray(3 * v, 3 * v + 3));
	return {
		parts: parts.map(({ name, centroid, min, max, parent, partner, confidence }, part) => ({
			part,
			name,
			centroid,
			min,
			max,
			parent: parent ?? null,
			partner: partner ?? null,
			confidence: confidence ?? null,
		})),
		joints: joints.map(({ loops, ...joint }) => ({
			...joint,
			loops: loops.map(({ vertices, ...loop }) => ({ ...loop, points: Array.from(vertices, point) })),
		})),
		symmetry: symmetry ?? null,
	};
}

/** The parts with what the graph knows of each in their `extras`, for `writeParts`: all but the points of the loops. */
export function withGraph<P extends Parts>(parts: P, graph: PartGraph): P {
	const described = parts.parts.map((part, p): Part => {
		const { centroid, parent, partner, confidence } = graph.parts[p];
		const joints = graph.joints
			.filter((joint) => joint.parts.includes(p))
			.map(({ parts: [a, b], position, axis, radius, loops }) => ({
				part: a === p ? b : a,
				position,
				axis,
				radius,
				loops: loops.length,
			}));
		const tree = { parent: parent ?? null, partner: partner ?? null, confidence: confidence ?? null };
		return { ...part, extras: { centroid, ...tree, joints } };
	});
	return { ...parts, parts: described };
}
