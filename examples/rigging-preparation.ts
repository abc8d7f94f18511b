/**
 * Rigging preparation: puts a joint where neighbouring parts meet. Every part but the largest hangs at a pivot node
 * `joint_<part>` in the middle of its seam with its parent; turn the pivot and the part turns there.
 *
 *   npx tsx examples/rigging-preparation.ts parts.glb out.glb
 */
import { type Node, NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';

type PartExtras = { part: number; area: number; neighbours: { part: number; seam: number }[] };

const [input, output] = process.argv.slice(2);
if (!input || !output) throw new Error('usage: rigging-preparation PARTS.glb OUT.glb');

const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
const document = await io.read(input);
const parts = document
	.getRoot()
	.listNodes()
	.filter((node) => 'part' in node.getExtras())
	.sort((a, b) => extras(a).part - extras(b).part);

// The skeleton is the tree of widest seams, grown from the largest part: as a limb hangs where it is joined most.
const parentOf = new Map<number, number>();
const reached = new Set([0]);
while (reached.size < parts.length) {
	let best: { child: number; parent: number; seam: number } | undefined;
	for (const parent of reached) {
		for (const { part: child, seam } of extras(parts[parent]!).neighbours) {
			if (!reached.has(child) && (!best || seam > best.seam)) best = { child, parent, seam };
		}
	}
	// A part that touches nothing hangs at the largest one.
	best ??= { child: parts.findIndex((_, p) => !reached.has(p)), parent: 0, seam: 0 };
	parentOf.set(best.child, best.parent);
	reached.add(best.child);
}

const scene = document.getRoot().getDefaultScene() ?? document.getRoot().listScenes()[0]!;
const points = parts.map(worldPoints);
const pivotAt = parts.map((_, p) =>
	p === 0 ? centroid([...points[0]!.values()]) : jointBetween(points[p]!, points[parentOf.get(p)!]!),
);
const pivots = parts.map((_, p) => document.createNode(`joint_${parts[p]!.getName()}`));
for (const [p, pivot] of pivots.entries()) {
	const parent = parentOf.get(p);
	const from = parent === undefined ? [0, 0, 0] : pivotAt[parent]!;
	pivot.setTranslation([0, 1, 2].map((axis) => pivotAt[p]![axis]! - from[axis]!) as [number, number, number]);
	if (parent === undefined) scene.addChild(pivot);
	else pivots[parent]!.addChild(pivot);
	// The pivot has no rotation, so that the part stays where it was when its matrix is taken back by the pivot's place.
	const part = parts[p]!;
	const world = part.getWorldMatrix();
	for (const axis of [0, 1, 2] as const) world[12 + axis] = world[12 + axis]! - pivotAt[p]![axis]!;
	pivot.addChild(part.setMatrix(world));
}
await io.write(output, document);
console.log(`${parentOf.size} joints between ${parts.length} parts: ${output}`);

function extras(node: Node): PartExtras {
	return node.getExtras() as PartExtras;
}

/** World positions of a part, by their bits. */
function worldPoints(part: Node): Map<string, number[]> {
	const found = new Map<string, number[]>();
	part.traverse((node) => {
		const m = node.getWorldMatrix();
		for (const primitive of node.getMesh()?.listPrimitives() ?? []) {
			const position = primitive.getAttribute('POSITION')!;
			const v = [0, 0, 0];
			for (let i = 0; i < position.getCount(); i++) {
				position.getElement(i, v);
				const w = [0, 1, 2].map((r) => Math.fround(m[r]! * v[0]! + m[4 + r]! * v[1]! + m[8 + r]! * v[2]! + m[12 + r]!));
				found.set(w.join(), w);
			}
		}
	});
	return found;
}

/** Middle of the points that both parts have; where they share none, of the pair that is nearest to the other's middle. */
function jointBetween(a: Map<string, number[]>, b: Map<string, number[]>): number[] {
	const shared = [...a].filter(([key]) => b.has(key)).map(([, point]) => point);
	if (shared.length > 0) return centroid(shared);
	const middle = centroid([...b.values()]);
	const distance = (p: number[]): number => Math.hypot(...p.map((x, axis) => x - middle[axis]!));
	return [...a.values()].reduce((best, p) => (distance(p) < distance(best) ? p : best));
}

function centroid(list: number[][]): number[] {
	return [0, 1, 2].map((axis) => list.reduce((sum, p) => sum + p[axis]!, 0) / list.length);
}
