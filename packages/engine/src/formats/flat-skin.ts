import type { Node, Skin } from '@gltf-transform/core';
import type { Made } from '../mesh/made.ts';
import { NO_ROW } from '../mesh/mesh.ts';
import type { Model } from '../mesh/model.ts';
import { RowWeld } from '../mesh/weld.ts';
import {
	addInfluences,
	type Influences,
	influencesAt,
	SourceCorners,
	spreadInfluences,
	strongest,
} from './influences.ts';
import { type Matrix, Pose } from './pose.ts';
import { documentOf } from './scene.ts';
import { listSources, type PrimitiveSource } from './sources.ts';

/** A skeleton at rest, and what each vertex of a surface moves with. */
export type FlatSkin = {
	readonly bones: readonly Bone[];
	/** Bones of each vertex, V × 4. */
	readonly boneOf: Uint16Array;
	/** Sum 1, or 0 where the vertex moves with none. V × 4. */
	readonly weights: Float32Array;
};

export type Bone = {
	readonly name: string;
	/** Number of the bone above, or -1. */
	readonly parent: number;
	/** False for a node that only stands between joints and the scene. */
	readonly isJoint: boolean;
	readonly translation: readonly number[];
	/** Quaternion xyzw. */
	readonly rotation: readonly number[];
	readonly scale: readonly number[];
	/** Column-major. */
	readonly world: Matrix;
};

/**
 * Binds the surface of a model, as it lies at rest in the world, and the one that was made for it to all skeletons of
 * the model at once. Rigid pieces that hang at a joint move with it alone. Weights of made vertices come from their
 * anchors, or from the vertex of the model at the same place, or else from their neighbours.
 *
 * @returns weights of the model's vertices, then those of the made surface; nothing for a model without skins.
 */
export function bindFlat(model: Model, made: Made | undefined): FlatSkin | undefined {
	const document = documentOf(model);
	const skins = document.getRoot().listSkins();
	if (skins.length === 0) return undefined;
	const joints = new Set(skins.flatMap((skin) => skin.listJoints()));
	const nodes = new Set<Node>();
	for (const joint of joints) for (let at: Node | null = joint; at; at = at.getParentNode()) nodes.add(at);
	const ordered = document
		.getRoot()
		.listNodes()
		.filter((node) => nodes.has(node));
	const numberOf = new Map(ordered.map((node, i) => [node, i]));
	const pose = new Pose();
	const bones = ordered.map(
		(node, i): Bone => ({
			name: node.getName() || `bone_${i}`,
			parent: numberOf.get(node.getParentNode()!) ?? -1,
			isJoint: joints.has(node),
			translation: node.getTranslation(),
			rotation: node.getRotation(),
			scale: node.getScale(),
			world: pose.world(node),
		}),
	);
	const influences = gatherInfluences(model, made, listSources(document, Number.POSITIVE_INFINITY), numberOf, joints);
	const boneOf = new Uint16Array(4 * influences.length);
	const weights = new Float32Array(4 * influences.length);
	influences.forEach((influence, v) => {
		influence?.joints.forEach((bone, k) => {
			boneOf[4 * v + k] = bone;
			weights[4 * v + k] = influence.weights[k];
		});
	});
	return { bones, boneOf, weights };
}

function gatherInfluences(
	{ mesh }: Model,
	made: Made | undefined,
	sources: readonly PrimitiveSource[],
	numberOf: ReadonlyMap<Node, number>,
	joints: ReadonlySet<Node>,
): (Influences | undefined)[] {
	const corners = new SourceCorners(sources, new Pose());
	const bonesOf = new Map<Skin, number[]>();
	const atCorner = (c: number): Influences | undefined => {
		const { node } = sources[corners.sourceAt(c)];
		const skin = node.getSkin();
		if (!skin) {
			for (let at: Node | null = node; at; at = at.getParentNode()) {
				if (joints.has(at)) return { joints: [numberOf.get(at)!], weights: [1] };
			}
			return undefined;
		}
		const bones = bonesOf.get(skin) ?? skin.listJoints().map((joint) => numberOf.get(joint)!);
		bonesOf.set(skin, bones);
		const sum = new Map<number, number>();
		const own = influencesAt(corners.vertexAt(c));
		addInfluences(sum, { joints: own.joints.map((joint) => bones[joint] ?? 0), weights: own.weights }, 1);
		return strongest(sum);
	};
	const vertices = mesh.positions.length / 3;
	const cornerOf = new Uint32Array(vertices).fill(NO_ROW);
	for (let c = mesh.triangles.length - 1; c >= 0; c--) cornerOf[mesh.triangles[c]] = c;
	const known = Array.from(cornerOf, (c) => (c === NO_ROW ? undefined : atCorner(c)));
	if (!made) return known;
	const count = made.mesh.positions.length / 3;
	const twinOf = new Uint32Array(count);
	const weld = new RowWeld(3);
	weld.add(mesh.positions, vertices, new Uint32Array(vertices));
	weld.add(made.mesh.positions, count, twinOf);
	const own: (Influences | undefined)[] = [];
	for (let v = 0; v < count; v++) {
		const twin = twinOf[v] < vertices ? known[twinOf[v]] : undefined;
		const sum = new Map<number, number>();
		for (let k = 4 * v; !twin && made.anchors && k < 4 * v + 4; k++) {
			const weight = made.anchors.weights[k];
			const anchored = weight > 0 ? atCorner(made.anchors.corners[k]) : undefined;
			if (anchored) addInfluences(sum, anchored, weight);
		}
		own.push(twin ?? strongest(sum));
	}
	if (!made.anchors) spreadInfluences(own, made.mesh.triangles);
	return [...known, ...own];
}
