import type { GLTF } from '@gltf-transform/core';
import { shownNodes } from './guard-nodes.ts';

/**
 * Takes what a scene shows off the nodes above it, which no scene shows, as viewers do: only what is shown moves it.
 * Files of some exporters (UniGLTF 1.27, with it Kenney's kits) are so throughout.
 */
export function freeRoots(gltf: GLTF.IGLTF, warnings: string[]): void {
	const shown = shownNodes(gltf);
	gltf.nodes?.forEach((node, n) => {
		const freed = node.children?.filter((child) => shown.has(child)) ?? [];
		if (freed.length === 0) return;
		node.children = node.children!.filter((child) => !shown.has(child));
		const names = freed.map((child) => `nodes[${child}]`).join(', ');
		warnings.push(`nodes[${n}], above ${names}, is in no scene: it is left out.`);
	});
}
