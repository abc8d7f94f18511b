import type { Document, Mesh, Node } from '@gltf-transform/core';
import { MeshError } from '../errors.ts';
import type { Part, Parts } from '../mesh/parts.ts';
import type { Piece } from './pieces.ts';
import { listMovedNodes } from './scene.ts';
import { shownScene } from './sources.ts';

/** A part that is written. */
export type WrittenPart = {
	/** Its number among all parts. */
	readonly part: number;
	/** What its node says as `faces`. */
	readonly faces: number;
	readonly pieces: readonly Piece[];
	/** Nodes that it stands for, where nothing of theirs is among the pieces. */
	readonly standsFor: readonly Node[];
};

/**
 * Hangs a named node for each part into the scene, with the meshes of its pieces.
 * @returns the nodes that hold the pieces of each source node.
 */
export function placeParts(document: Document, { parts }: Parts, written: readonly WrittenPart[]): Map<Node, Node[]> {
	const scene = shownScene(document)!;
	const moved = listMovedNodes(document);
	const holdersOf = new Map<Node, Node[]>();
	const hold = (holder: Node, { node, mesh, deforms }: Piece): void => {
		holder.setMesh(mesh);
		if (!node || !deforms) return;
		holder.setSkin(node.getSkin()).setWeights(node.getWeights());
		const holders = holdersOf.get(node) ?? [];
		holdersOf.set(node, holders);
		holders.push(holder);
	};
	for (const { part, faces, pieces, standsFor } of written) {
		const named = document.createNode(parts[part].name).setExtras(describe(parts[part], part, faces));
		const nodes = pieces.length > 0 ? pieces.map(({ node }) => node) : standsFor;
		const above = nearestAbove(nodes);
		(above ?? scene).addChild(named);
		for (const node of standsFor) checkMovesTogether(parts[part], node, above, moved);
		if (pieces.length === 1) hold(named, pieces[0]);
		else {
			for (const piece of pieces) {
				if (piece.deforms && piece.node) checkMovesTogether(parts[part], piece.node, above, moved);
				hold(copyChain(document, named, piece, above), piece);
			}
		}
	}
	scene.setExtras({ ...scene.getExtras(), parts: written.length });
	return holdersOf;
}

const describe = ({ area, neighbours, extras }: Part, part: number, faces: number): Record<string, unknown> => ({
	...extras,
	part,
	faces,
	area,
	neighbours: neighbours.map(({ part, seam }) => ({ part, seam })),
});

/** From a node up to the root, itself first. */
function chainUp(node: Node): Node[] {
	const chain: Node[] = [];
	for (let at: Node | null = node; at; at = at.getParentNode()) chain.push(at);
	return chain;
}

/** The lowest node that all are, or are below; none where only the scene is above them all. */
export function nearestAbove(nodes: readonly (Node | undefined)[]): Node | undefined {
	let common = nodes[0] ? chainUp(nodes[0]) : [];
	for (const node of nodes) {
		const chain = new Set(node ? chainUp(node) : []);
		common = common.filter((above) => chain.has(above));
	}
	return common[0];
}

/** A skinned piece follows its joints wherever it hangs; any other must not have an animated node on its way up. */
function checkMovesTogether({ name }: Part, node: Node, above: Node | undefined, moved: Set<Node>): void {
	if (node.getSkin()) return;
	for (let at: Node | null = node; at && at !== above; at = at.getParentNode()) {
		if (moved.has(at)) {
			throw new MeshError('invalid-option', `Part '${name}' joins pieces that are animated apart.`, { part: name });
		}
	}
}

/**
 * Repeats below `named` the transforms from `above` down to `node`, one unnamed node each: composed in the same order
 * they give the same numbers, which one matrix would not, and a shear survives. A skinned mesh goes where its joints
 * go and needs none.
 */
function copyChain(document: Document, named: Node, { node, deforms }: Piece, above: Node | undefined): Node {
	const isSkinned = deforms && node?.getSkin();
	const chain = node ? chainUp(node) : [];
	const links = chain.slice(0, above ? chain.indexOf(above) : chain.length).reverse();
	let holder = named;
	for (const link of links) {
		const copy = document.createNode();
		if (!isSkinned) {
			copy.setTranslation(link.getTranslation()).setRotation(link.getRotation()).setScale(link.getScale());
		}
		const visibility = link.getExtension('KHR_node_visibility');
		if (visibility) copy.setExtension('KHR_node_visibility', visibility);
		if (isPlain(copy) && link !== node) copy.dispose();
		else {
			holder.addChild(copy);
			holder = copy;
		}
	}
	if (holder !== named) return holder;
	const holderBelow = document.createNode();
	named.addChild(holderBelow);
	return holderBelow;
}

/** Does the node neither move nor hide what is below it? */
function isPlain(node: Node): boolean {
	const isZero = (x: number): boolean => x === 0;
	return (
		node.getTranslation().every(isZero) &&
		node.getRotation().slice(0, 3).every(isZero) &&
		node.getScale().every((x) => x === 1) &&
		node.listExtensions().length === 0
	);
}

/** Animations of morph weights go to every node that now holds some of the mesh. */
export function retargetWeights(
	document: Document,
	holdersOf: ReadonlyMap<Node, Node[]>,
	others: ReadonlyMap<Node, Mesh | null>,
): void {
	for (const animation of document.getRoot().listAnimations()) {
		for (const channel of animation.listChannels()) {
			const target = channel.getTargetNode();
			const holders = target && holdersOf.get(target);
			if (!holders || channel.getTargetPath() !== 'weights') continue;
			for (const holder of holders) animation.addChannel(channel.clone().setTargetNode(holder));
			if (!others.get(target)) channel.dispose();
		}
	}
}
