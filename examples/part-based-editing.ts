/**
 * Part-based editing: replaces one part by another model, fitted into the same box, and leaves the rest as it is.
 *
 *   npx tsx examples/part-based-editing.ts parts.glb part_1 replacement.glb out.glb
 */
import { getBounds, NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { mergeDocuments, prune, unpartition } from '@gltf-transform/functions';

const [input, partName, replacement, output] = process.argv.slice(2);
if (!input || !partName || !replacement || !output) {
	throw new Error('usage: part-based-editing PARTS.glb PART REPLACEMENT.glb OUT.glb');
}

const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
const document = await io.read(input);
const scene = document.getRoot().getDefaultScene() ?? document.getRoot().listScenes()[0]!;
const part = document
	.getRoot()
	.listNodes()
	.find((node) => node.getName() === partName);
if (!part) throw new Error(`${input} has no part '${partName}'`);
const box = getBounds(part);
part.dispose();

const other = await io.read(replacement);
const otherScene = other.getRoot().getDefaultScene() ?? other.getRoot().listScenes()[0]!;
const otherBox = getBounds(otherScene);
const merged = mergeDocuments(document, other);
const copied = merged.get(otherScene) as typeof otherScene;

// One scale for all axes, so that the replacement keeps its shape; centre on centre.
const size = (b: typeof box, axis: number): number => Math.max(1e-9, b.max[axis]! - b.min[axis]!);
const scale = Math.min(...[0, 1, 2].map((axis) => size(box, axis) / size(otherBox, axis)));
const centre = (b: typeof box, axis: number): number => (b.min[axis]! + b.max[axis]!) / 2;
const at = [0, 1, 2].map((axis) => centre(box, axis) - scale * centre(otherBox, axis)) as [number, number, number];
const node = document.createNode(partName).setTranslation(at).setScale([scale, scale, scale]);
for (const child of copied.listChildren()) node.addChild(child);
copied.dispose();
scene.addChild(node);

await document.transform(prune(), unpartition());
await io.write(output, document);
console.log(`${partName} is replaced by ${replacement}: ${output}`);
