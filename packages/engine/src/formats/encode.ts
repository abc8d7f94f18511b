import { type Document, Format, GLB_BUFFER, type GLTF, Logger, VertexLayout, WebIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { writeGlb } from './glb.ts';
import { NgonEncoding } from './ngon.ts';

/**
 * A document as one GLB: everything in it, textures embedded, nothing compressed.
 * The same document gives the same bytes.
 *
 * @param generator Goes into `asset.generator`.
 */
export async function encodeDocument(document: Document, generator: string): Promise<Uint8Array> {
	const io = new WebIO()
		.setLogger(new Logger(Logger.Verbosity.SILENT))
		.registerExtensions([...ALL_EXTENSIONS, NgonEncoding])
		.setVertexLayout(VertexLayout.SEPARATE);
	const { json, resources } = await io.writeJSON(document, { format: Format.GLB });
	json.asset.generator = generator;
	writeExactTransforms(document, json);
	writeExactFactors(document, json);
	return writeGlb(json, resources[GLB_BUFFER]);
}

/**
 * The library leaves out transforms within 1e-5 of none, which moves small models visibly; these are written as they
 * are.
 */
function writeExactTransforms(document: Document, json: GLTF.IGLTF): void {
	const nodes = document.getRoot().listNodes();
	for (let i = 0; i < nodes.length; i++) {
		const def = json.nodes![i];
		const translation = nodes[i].getTranslation();
		const rotation = nodes[i].getRotation();
		const scale = nodes[i].getScale();
		if (translation.some((x) => x !== 0)) def.translation = translation;
		if (rotation.some((x, k) => x !== (k === 3 ? 1 : 0))) def.rotation = rotation;
		if (scale.some((x) => x !== 1)) def.scale = scale;
	}
}

/** As with transforms: colours within 1e-5 of the default are left out by the library. */
function writeExactFactors(document: Document, json: GLTF.IGLTF): void {
	const materials = document.getRoot().listMaterials();
	for (let i = 0; i < materials.length; i++) {
		const def = json.materials![i];
		const baseColor = materials[i].getBaseColorFactor();
		const emissive = materials[i].getEmissiveFactor();
		if (baseColor.some((x) => x !== 1)) {
			def.pbrMetallicRoughness = { ...def.pbrMetallicRoughness, baseColorFactor: baseColor };
		}
		if (emissive.some((x) => x !== 0)) def.emissiveFactor = emissive;
	}
}
