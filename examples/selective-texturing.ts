/**
 * Selective texturing: gives one part a look of its own and leaves all others as they are.
 *
 *   npx tsx examples/selective-texturing.ts parts.glb part_1 out.glb
 */
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';

const [input, partName, output] = process.argv.slice(2);
if (!input || !partName || !output) throw new Error('usage: selective-texturing PARTS.glb PART OUT.glb');

const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
const document = await io.read(input);
const part = document
	.getRoot()
	.listNodes()
	.find((node) => node.getName() === partName);
if (!part) throw new Error(`${input} has no part '${partName}'`);

const brass = document
	.createMaterial('brass')
	.setBaseColorFactor([0.88, 0.69, 0.32, 1])
	.setMetallicFactor(1)
	.setRoughnessFactor(0.35);
part.traverse((node) => {
	for (const primitive of node.getMesh()?.listPrimitives() ?? []) primitive.setMaterial(brass);
});
await io.write(output, document);
console.log(`${partName} is brass now; every other part keeps its texture: ${output}`);
