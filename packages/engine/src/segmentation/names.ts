import { faceAreas } from '../analysis/normals.ts';
import { dot } from '../math/vector3.ts';
import { NO_MATERIAL } from '../mesh/mesh.ts';
import type { Model } from '../mesh/model.ts';
import type { Part, Parts } from '../mesh/parts.ts';
import type { PartGraph } from './part-graph.ts';

/** Share of a part's area that must come from one node or material for the part to bear its name. */
const MOST = 0.8;
/** The plane of symmetry separates left from right when its normal is nearer to the x axis than this cosine. */
const SIDEWAYS = 0.7;

/**
 * Gives a part the name of the node, or else of the material, that most of it comes from (0.8 of its area), where no
 * other part would bear the same; all others keep their names. Commas become `_`, since clients list names with commas.
 */
export function nameBySource<P extends Parts>(
	parts: P,
	{ mesh, sources, materials }: Pick<Model, 'mesh' | 'sources' | 'materials'>,
): P {
	const nodeName: string[] = [];
	for (const { name, firstTriangle, triangles } of sources)
		for (let t = firstTriangle; t < firstTriangle + triangles; t++) nodeName[t] = name;
	const materialName = (t: number): string => {
		const m = mesh.materialOf[t];
		return m === NO_MATERIAL ? '' : (materials[m]?.name ?? '');
	};
	const areas = faceAreas(mesh);
	const byNode = mostly(parts, areas, (t) => nodeName[t] ?? '');
	const byMaterial = mostly(parts, areas, materialName);
	const names: (string | undefined)[] = parts.parts.map(() => undefined);
	const taken = new Set(parts.parts.map(({ name }) => name));
	for (const wanted of [byNode, byMaterial]) {
		const bearers = new Map<string, number>();
		for (const name of wanted) bearers.set(name, (bearers.get(name) ?? 0) + 1);
		for (const [p, name] of wanted.entries()) {
			if (names[p] !== undefined || name === '' || bearers.get(name) !== 1 || taken.has(name)) continue;
			names[p] = name;
			taken.add(name);
		}
	}
	return { ...parts, parts: parts.parts.map((part, p): Part => ({ ...part, name: names[p] ?? part.name })) };
}

/** The name that most of each part's area has, or ''. */
function mostly({ partOf, parts }: Parts, areas: Float32Array, nameOf: (t: number) => string): string[] {
	const areaOf = parts.map(() => new Map<string, number>());
	const total = new Float64Array(parts.length);
	for (let t = 0; t < partOf.length; t++) {
		const name = nameOf(t);
		const sums = areaOf[partOf[t]];
		sums.set(name, (sums.get(name) ?? 0) + areas[t]);
		total[partOf[t]] += areas[t];
	}
	return areaOf.map((sums, p) => {
		for (const [name, area] of sums) if (area >= MOST * total[p]) return name.replaceAll(',', '_').trim();
		return '';
	});
}

/**
 * Adds `_left` and `_right` to the names of mirrored pairs. Left is the model's own: glTF has models look along +z with
 * +y up, so that their left is +x. Names stay as they are where the model is not alike on its left and right, and where
 * a name with its side is taken.
 */
export function nameBySide<P extends Parts>(parts: P, { symmetry, parts: known }: PartGraph): P {
	if (!symmetry || Math.abs(symmetry.normal[0]) < SIDEWAYS) return parts;
	const leftward = (p: number): number => Math.sign(symmetry.normal[0]) * dot(symmetry.normal, known[p].centroid);
	const taken = new Set(parts.parts.map(({ name }) => name));
	const named = parts.parts.map((part, p): Part => {
		const { partner } = known[p];
		if (partner === undefined) return part;
		const name = `${part.name}_${leftward(p) > leftward(partner) ? 'left' : 'right'}`;
		if (taken.has(name)) return part;
		taken.add(name);
		return { ...part, name };
	});
	return { ...parts, parts: named };
}
