import type { GLTF } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import { isUsed } from './guard-accessors.ts';
import type { ReadLimits } from './limits.ts';

/**
 * Nodes form trees of bounded size: one parent each, no way back to itself, none shown twice. What a scene shows may hang
 * below something that is not shown: `freeRoots` mends that.
 */
export function checkNodes(gltf: GLTF.IGLTF, limits: ReadLimits): void {
	const nodes = gltf.nodes ?? [];
	let total = nodes.length;
	const parentOf = new Int32Array(nodes.length).fill(-1);
	for (const [n, node] of nodes.entries()) {
		total += countInstances(gltf, node, `nodes[${n}]`);
		for (const child of node.children ?? []) {
			if (parentOf[child] !== -1) throw new MeshError('malformed-file', `nodes[${child}] has several parents.`);
			parentOf[child] = n;
		}
	}
	if (total > limits.nodes) {
		throw new MeshError('too-large', `The file has ${total} nodes and instances; the limit nodes is ${limits.nodes}.`);
	}
	checkDepth(parentOf, limits.depth);
	const shown = shownNodes(gltf);
	for (const [s, scene] of (gltf.scenes ?? []).entries()) {
		const roots = new Set<number>();
		for (const root of scene.nodes ?? []) {
			let above = parentOf[root];
			while (above !== -1 && !shown.has(above)) above = parentOf[above];
			if (above === -1 && !roots.has(root)) roots.add(root);
			else throw new MeshError('malformed-file', `scenes[${s}] shows nodes[${root}] twice.`);
		}
	}
}

/** Numbers of the nodes that scenes show by themselves. */
export function shownNodes({ scenes }: GLTF.IGLTF): Set<number> {
	return new Set((scenes ?? []).flatMap(({ nodes }) => nodes ?? []));
}

function checkDepth(parentOf: Int32Array, maxDepth: number): void {
	const depthOf = new Int32Array(parentOf.length);
	for (let n = 0; n < parentOf.length; n++) {
		let steps = 0;
		for (let at = n; at !== -1 && depthOf[at] === 0; at = parentOf[at]) {
			if (++steps > parentOf.length) throw new MeshError('malformed-file', `nodes[${n}] is below itself.`, { node: n });
		}
		let above = n;
		for (let i = 0; i < steps; i++) above = parentOf[above];
		const base = above === -1 ? 0 : depthOf[above];
		for (let at = n, depth = base + steps; at !== above; at = parentOf[at]) depthOf[at] = depth--;
		if (base + steps > maxDepth) {
			throw new MeshError('too-large', `nodes[${n}] lies ${base + steps} deep; the limit depth is ${maxDepth}.`);
		}
	}
}

function countInstances(gltf: GLTF.IGLTF, node: GLTF.INode, where: string): number {
	const instancing = node.extensions?.EXT_mesh_gpu_instancing as { attributes?: Record<string, number> } | undefined;
	if (!instancing || !isUsed(gltf, 'EXT_mesh_gpu_instancing')) return 0;
	const counts = Object.values(instancing.attributes ?? {}).map((accessor) => gltf.accessors![accessor].count);
	if (new Set(counts).size > 1) throw new MeshError('malformed-file', `${where} has instances of different counts.`);
	return counts[0] ?? 0;
}
