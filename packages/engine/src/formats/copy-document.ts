import { type Document, type Extension, type Property, PropertyType } from '@gltf-transform/core';

/**
 * Copies everything in a document into another, which is empty: every property with all that it refers to, in the order
 * of the first.
 *
 * `mergeDocuments` of @gltf-transform/functions does this too; that package brings an image library along, which takes
 * a third of the time that the whole engine needs to load (2026-11: 85 of 190 ms).
 *
 * @returns What each property has become.
 */
export function copyInto(document: Document, source: Document): <T extends Property>(property: T) => T {
	const copyOf = new Map<Property, Property>([[source.getRoot(), document.getRoot()]]);
	const resolve = <T extends Property>(property: T): T => {
		// Its owner, a material or an extension's property, has one of its own and copies the settings.
		if (property.propertyType === PropertyType.TEXTURE_INFO) return property;
		let copy = copyOf.get(property);
		if (!copy) {
			const Kind = property.constructor as new (graph: ReturnType<Document['getGraph']>) => T;
			copy = new Kind(document.getGraph());
			copyOf.set(property, copy);
		}
		return copy as T;
	};
	for (const extension of source.getRoot().listExtensionsUsed()) {
		const copy = document.createExtension(extension.constructor as new (document: Document) => Extension);
		if (extension.isRequired()) copy.setRequired(true);
	}
	const properties = new Set<Property>();
	for (const edge of source.getGraph().listEdges()) properties.add(edge.getChild());
	properties.delete(source.getRoot());
	for (const property of properties) resolve(property);
	for (const property of properties)
		if (property.propertyType !== PropertyType.TEXTURE_INFO) resolve(property).copy(property, resolve as never);
	document.getRoot().copy(source.getRoot(), resolve as never);
	return resolve;
}
