import type { Document, Mesh, Node, Property } from '@gltf-transform/core';

/** Does nothing but the document itself know of it? */
export const isUnused = (property: Property): boolean =>
	property.listParents().every((parent) => parent.propertyType === 'Root');

/** Takes a mesh from its document, and what only it used of primitives and their accessors. */
export function disposeMesh(mesh: Mesh): void {
	const primitives = mesh.listPrimitives();
	mesh.dispose();
	for (const primitive of primitives) {
		if (!isUnused(primitive)) continue;
		const targets = primitive.listTargets();
		const accessors = [primitive, ...targets].flatMap((owner) => owner.listAttributes());
		const indices = primitive.getIndices();
		primitive.dispose();
		for (const target of targets) if (isUnused(target)) target.dispose();
		for (const accessor of indices ? [...accessors, indices] : accessors) if (isUnused(accessor)) accessor.dispose();
	}
}

/** Everything that the scenes and animations of a document lead to. */
function listUsed(document: Document): Set<Property> {
	const root = document.getRoot();
	const graph = document.getGraph();
	const used = new Set<Property>();
	const stack: Property[] = [...root.listScenes(), ...root.listAnimations()];
	for (let property = stack.pop(); property; property = stack.pop()) {
		if (used.has(property)) continue;
		used.add(property);
		stack.push(...(graph.listChildren(property) as Property[]));
	}
	return used;
}

/** What a document uses, and what it holds without use. */
export type Usage = { readonly used: ReadonlySet<Property>; readonly idle: ReadonlySet<Mesh> };

export function measureUsage(document: Document): Usage {
	const idle = document.getRoot().listMeshes().filter(isUnused);
	return { used: listUsed(document), idle: new Set(idle) };
}

/**
 * Takes from a document what was used `before` and is used no more: meshes, skins, materials, textures, accessors. What
 * nothing used in the first place stays.
 *
 * @param withNodes Takes nodes too that hold nothing any more, with the animations of them.
 */
export function sweepUnused(document: Document, before: Usage, withNodes: boolean): void {
	for (const mesh of document.getRoot().listMeshes()) if (isUnused(mesh) && !before.idle.has(mesh)) disposeMesh(mesh);
	if (withNodes) sweepNodes(document);
	const used = listUsed(document);
	for (const property of before.used) {
		if (!used.has(property) && !property.isDisposed() && property.propertyType !== 'Buffer') property.dispose();
	}
}

/** Takes away, from the leaves up, nodes that neither hold, show nor move anything. */
function sweepNodes(document: Document): void {
	const root = document.getRoot();
	for (const skin of root.listSkins()) {
		if (!root.listNodes().some((node) => node.getSkin() === skin)) skin.dispose();
	}
	const joints = new Set<Node>(
		root.listSkins().flatMap((skin) => [...skin.listJoints(), skin.getSkeleton() ?? []].flat()),
	);
	const isEmpty = (node: Node): boolean =>
		!('part' in node.getExtras()) &&
		node.listChildren().length === 0 &&
		!node.getMesh() &&
		!node.getCamera() &&
		node.listExtensions().length === 0 &&
		!joints.has(node);
	for (const leaf of root.listNodes()) {
		for (let node: Node | null = leaf; node && !node.isDisposed() && isEmpty(node); ) {
			const parent: Node | null = node.getParentNode();
			node.dispose();
			node = parent;
		}
	}
	for (const animation of root.listAnimations()) {
		for (const channel of animation.listChannels()) {
			if (channel.getTargetNode()) continue;
			const sampler = channel.getSampler();
			channel.dispose();
			if (sampler?.listParents().every((parent) => parent === animation)) sampler.dispose();
		}
		if (animation.listChannels().length === 0) animation.dispose();
	}
}
