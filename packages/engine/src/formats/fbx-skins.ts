import { type FbxNode, int, ints, long, named, node, real, reals, text } from './fbx-binary.ts';
import { connect, type FbxGraph, properties, property } from './fbx-materials.ts';
import type { Bone, FlatSkin } from './flat-skin.ts';
import { invertAffine, type Matrix } from './pose.ts';

const IDENTITY: Matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const DEGREES = 180 / Math.PI;
/** Share of a bone's longest axis cubed below which it is flat, and nothing can be bound to it. */
const FLAT = 1e-12;

/** Adds the skeletons of a surface; returns the number of each bone in the file. */
export function addFbxBones(graph: FbxGraph, { bones }: FlatSkin): number[] {
	const ids = bones.map(() => graph.nextId++);
	bones.forEach((bone, b) => {
		const kind = bone.isJoint ? 'LimbNode' : 'Null';
		const attribute = graph.nextId++;
		graph.objects.push(
			node(
				'NodeAttribute',
				[long(attribute), named(bone.name, 'NodeAttribute'), text(kind)],
				[
					properties(property('Size', 'double', 'Number', '', 1)),
					node('TypeFlags', [text(bone.isJoint ? 'Skeleton' : 'Null')]),
				],
			),
			describeBone(ids[b], bone, kind),
		);
		connect(graph, attribute, ids[b]);
		connect(graph, ids[b], bone.parent < 0 ? 0 : ids[bone.parent]);
	});
	return ids;
}

const describeBone = (id: number, { name, translation, rotation, scale }: Bone, kind: string): FbxNode =>
	node(
		'Model',
		[long(id), named(name, 'Model'), text(kind)],
		[
			node('Version', [int(232)]),
			properties(
				property('InheritType', 'enum', '', '', 1),
				property('Lcl Translation', 'Lcl Translation', '', 'A', ...translation),
				property('Lcl Rotation', 'Lcl Rotation', '', 'A', ...anglesOf(rotation)),
				property('Lcl Scaling', 'Lcl Scaling', '', 'A', ...scale),
			),
		],
	);

/** Turns about x, then y, then z, in degrees. */
function anglesOf([x, y, z, w]: readonly number[]): number[] {
	const sine = Math.min(1, Math.max(-1, 2 * (w * y - z * x)));
	return [
		Math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)) * DEGREES,
		Math.asin(sine) * DEGREES,
		Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)) * DEGREES,
	];
}

/**
 * Binds a geometry to the bones that any of its vertices moves with.
 *
 * @param vertices Vertex of the surface for each vertex of the geometry.
 * @returns false where none moves with any.
 */
export function addFbxSkin(
	graph: FbxGraph,
	geometry: number,
	name: string,
	{ bones, boneOf, weights }: FlatSkin,
	boneIds: readonly number[],
	vertices: readonly number[],
): boolean {
	const clusters = new Map<number, { indices: number[]; shares: number[] }>();
	vertices.forEach((v, own) => {
		for (let k = 4 * v; k < 4 * v + 4; k++) {
			if (!(weights[k] > 0) || !invertAffine(bones[boneOf[k]].world, 0, FLAT)) continue;
			const cluster = clusters.get(boneOf[k]) ?? { indices: [], shares: [] };
			clusters.set(boneOf[k], cluster);
			cluster.indices.push(own);
			cluster.shares.push(weights[k]);
		}
	});
	if (clusters.size === 0) return false;
	const skin = graph.nextId++;
	graph.objects.push(
		node(
			'Deformer',
			[long(skin), named(name, 'Deformer'), text('Skin')],
			[node('Version', [int(101)]), node('Link_DeformAcuracy', [real(50)])],
		),
	);
	connect(graph, skin, geometry);
	for (const [b, { indices, shares }] of clusters) {
		const cluster = graph.nextId++;
		graph.objects.push(
			node(
				'Deformer',
				[long(cluster), named(bones[b].name, 'SubDeformer'), text('Cluster')],
				[
					node('Version', [int(100)]),
					node('UserData', [text(''), text('')]),
					node('Indexes', [ints(indices)]),
					node('Weights', [reals(shares)]),
					node('Transform', [reals(invertAffine(bones[b].world, 0, FLAT)!)]),
					node('TransformLink', [reals(bones[b].world)]),
				],
			),
		);
		connect(graph, cluster, skin);
		connect(graph, boneIds[b], cluster);
	}
	return true;
}

/** Says where the bound models and the bones were when they were bound. */
export function addFbxPose(
	graph: FbxGraph,
	{ bones }: FlatSkin,
	boneIds: readonly number[],
	models: readonly number[],
): void {
	const places = [
		...models.map((id) => ({ id, world: IDENTITY })),
		...bones.map(({ world }, b) => ({ id: boneIds[b], world })),
	];
	graph.objects.push(
		node(
			'Pose',
			[long(graph.nextId++), named('BindPose', 'Pose'), text('BindPose')],
			[
				node('Type', [text('BindPose')]),
				node('Version', [int(100)]),
				node('NbPoseNodes', [int(places.length)]),
				...places.map(({ id, world }) =>
					node('PoseNode', [], [node('Node', [long(id)]), node('Matrix', [reals(world)])]),
				),
			],
		),
	);
}
