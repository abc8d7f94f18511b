import type { Document, Primitive, TypedArray } from '@gltf-transform/core';

/**
 * Gives vertices whose skin weights are not numbers wholly to their first joint: exporters write NaN where they divide
 * by a sum of zero, and a viewer would lose those vertices. Told in a warning.
 */
export function mendWeights(document: Document, warnings: string[]): void {
	let mended = 0;
	for (const mesh of document.getRoot().listMeshes()) {
		for (const primitive of mesh.listPrimitives()) mended += mendPrimitive(primitive);
	}
	if (mended > 0) {
		warnings.push(`The skin weights of ${mended} vertices are not numbers; the first joint of each takes it all.`);
	}
}

function mendPrimitive(primitive: Primitive): number {
	const sets: TypedArray[] = [];
	for (let set = 0; ; set++) {
		const weights = primitive.getAttribute(`WEIGHTS_${set}`);
		if (weights?.getElementSize() !== 4) break;
		sets.push(weights.getArray()!);
	}
	if (sets.length === 0) return 0;
	let mended = 0;
	for (let i = 0; i < sets[0].length; i += 4) {
		let sum = 0;
		for (const weights of sets) sum += weights[i] + weights[i + 1] + weights[i + 2] + weights[i + 3];
		if (Number.isFinite(sum)) continue;
		for (const weights of sets) weights.fill(0, i, i + 4);
		sets[0][i] = 1;
		mended++;
	}
	return mended;
}
