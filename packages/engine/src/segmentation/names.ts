import { faceAreas } from '../analysis/normals.ts';
import type { MainJoints } from '../formats/main-joints.ts';
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
 * Gives a part the name of the node that most of it comes from (0.8 of its area), else of the joint that moves it and
 * little more, with all that hang at the joint, else of its material, where no other part would bear the same; all
 * others keep their names. Commas become `_`, since clients list names with commas.
 *
 * Tried for models without any: trees over where a part lies, its shape and how it hangs at others, fitted to what the
 * joints of 99 rigged models say (head, torso, arm, leg, tail …). In packs of models that they had not seen six in ten
 * heads and fewer arms were right at any threshold; legs were nine in ten where one in ten was found: too few for names.
 *
 * @param joints Those of the model's skins (see `mainJoints`).
 */
export function nameBySource<P extends Parts>(
	parts: P,
	{ mesh, sources, materials }: Pick<Model, 'mesh' | 'sources' | 'materials'>,
	joints?: MainJoints,
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
	const byJoint = joints ? movedBy(parts, areas, joints) : [];
	for (const wanted of [byNode, byJoint, byMaterial]) {
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

/**
 * The joint whose own surface, with that of all that hang at it, is each part's (0.8 of what the two cover together), or
 * ''; the one farthest from the root of equals.
 */
function movedBy({ partOf, parts }: Parts, areas: Float32Array, { jointOf, names, parentOf }: MainJoints): string[] {
	const count = names.length;
	const common = new Float64Array(parts.length * count);
	const ofJoint = new Float64Array(count);
	const ofPart = new Float64Array(parts.length);
	for (let t = 0; t < partOf.length; t++) {
		ofPart[partOf[t]] += areas[t];
		for (let j = jointOf[t]; j !== 0; j = parentOf[j]) {
			common[partOf[t] * count + j] += areas[t];
			ofJoint[j] += areas[t];
		}
	}
	const depthOf = names.map((_, joint) => {
		let depth = 0;
		for (let j = joint; j !== 0; j = parentOf[j]) depth++;
		return depth;
	});
	return parts.map((_, p) => {
		let found = 0;
		let most = MOST;
		for (let j = 1; j < count; j++) {
			const both = common[p * count + j];
			const share = both / (ofPart[p] + ofJoint[j] - both);
			if (!(share >= most) || (share === most && depthOf[j] < depthOf[found])) continue;
			found = j;
			most = share;
		}
		return names[found].replaceAll(',', '_').trim();
	});
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
export function nameBySide<P extends Parts>(parts: P, graph: PartGraph): P {
	const sides = sidesOf(graph);
	if (sides.every((side) => side === undefined)) return parts;
	const taken = new Set(parts.parts.map(({ name }) => name));
	const named = parts.parts.map((part, p): Part => {
		if (sides[p] === undefined || SIDED.test(part.name)) return part;
		const name = `${part.name}_${sides[p]}`;
		if (taken.has(name)) return part;
		taken.add(name);
		return { ...part, name };
	});
	return { ...parts, parts: named };
}

/** A name that says its side already. */
const SIDED = /(^|[_ .-])(l|r|left|right)$/i;

/** The side on which each part lies that has a partner, where the plane of symmetry separates left from right. */
function sidesOf({ symmetry, parts }: PartGraph): ('left' | 'right' | undefined)[] {
	if (!symmetry || Math.abs(symmetry.normal[0]) < SIDEWAYS) return parts.map(() => undefined);
	const leftward = (p: number): number => Math.sign(symmetry.normal[0]) * dot(symmetry.normal, parts[p].centroid);
	return parts.map(({ partner }, p) =>
		partner === undefined ? undefined : leftward(p) > leftward(partner) ? 'left' : 'right',
	);
}
