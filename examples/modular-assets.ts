/**
 * Modular assets: writes each part as a model of its own, standing at its own origin.
 *
 *   npx tsx examples/modular-assets.ts parts.glb out-folder
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { getBounds, NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { prune } from '@gltf-transform/functions';

const [input, folder] = process.argv.slice(2);
if (!input || !folder) throw new Error('usage: modular-assets PARTS.glb FOLDER');

const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
const bytes = await io.readAsJSON(input);
const names = (bytes.json.nodes ?? []).flatMap((node) =>
	node.extras && 'part' in node.extras && node.name ? [node.name] : [],
);
await mkdir(folder, { recursive: true });

for (const name of names) {
	const document = await io.readJSON(bytes);
	for (const node of document.getRoot().listNodes()) {
		if (node.getMesh() && !belongsTo(node, name)) node.setMesh(null);
	}
	const scene = document.getRoot().getDefaultScene() ?? document.getRoot().listScenes()[0]!;
	const { min, max } = getBounds(scene);
	const pivot = document.createNode().setTranslation([-(min[0] + max[0]) / 2, -min[1], -(min[2] + max[2]) / 2]);
	for (const child of scene.listChildren()) pivot.addChild(child);
	scene.addChild(pivot);
	await document.transform(prune());
	await io.write(join(folder, `${name}.glb`), document);
}
console.log(`${names.length} components in ${folder}: ${names.join(' ')}`);

/** Is the node the named part, or a piece of it? */
function belongsTo(node: import('@gltf-transform/core').Node, name: string): boolean {
	for (let at: typeof node | null = node; at; at = at.getParentNode()) if (at.getName() === name) return true;
	return false;
}
