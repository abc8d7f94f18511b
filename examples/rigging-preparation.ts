/**
 * Rigging preparation: a skeleton from the part graph that `meshwright segment` leaves in `extras`. Every part hangs at a
 * pivot node `joint_<part>` where it meets its parent, in the tree of widest seams; turn the pivot and the part, with all
 * that hangs at it, turns there.
 *
 *   npx tsx examples/rigging-preparation.ts parts.glb out.glb
 */
import { type Node, NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';

type Point = [number, number, number];
type PartExtras = {
	part: number;
	centroid: Point;
	parent: number | null;
	joints: { part: number; position: Point; axis: Point; radius: number }[];
};

const [input, output] = process.argv.slice(2);
if (!input || !output) throw new Error('usage: rigging-preparation PARTS.glb OUT.glb');

const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
const document = await io.read(input);
const parts = document
	.getRoot()
	.listNodes()
	.filter((node) => 'part' in node.getExtras())
	.sort((a, b) => extras(a).part - extras(b).part);
if (parts.some((part) => !('joints' in part.getExtras()))) throw new Error(`${input} has parts without joints`);

const scene = document.getRoot().getDefaultScene() ?? document.getRoot().listScenes()[0]!;
const pivots = parts.map((part) => document.createNode(`joint_${part.getName()}`));
for (const [p, part] of parts.entries()) {
	const pivot = pivots[p]!;
	const at = pivotOf(part);
	const { parent } = extras(part);
	const from = parent === null ? [0, 0, 0] : pivotOf(parts[parent]!);
	pivot.setTranslation(at.map((x, axis) => x - from[axis]!) as Point);
	if (parent === null) scene.addChild(pivot);
	else pivots[parent]!.addChild(pivot);
	// The pivot has no rotation, so that the part stays where it was when its matrix is taken back by the pivot's place.
	const world = part.getWorldMatrix();
	for (const axis of [0, 1, 2] as const) world[12 + axis] = world[12 + axis]! - at[axis]!;
	pivot.addChild(part.setMatrix(world));
}
await io.write(output, document);
const joints = parts.filter((part) => extras(part).parent !== null).length;
console.log(`${joints} joints between ${parts.length} parts: ${output}`);

function extras(node: Node): PartExtras {
	return node.getExtras() as PartExtras;
}

/** Where a part turns: at the joint with its parent, or in its middle where it hangs at nothing. */
function pivotOf(part: Node): Point {
	const { joints, parent, centroid } = extras(part);
	return joints.find((joint) => joint.part === parent)?.position ?? centroid;
}
