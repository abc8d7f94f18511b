import { pictureOf, readModel, writeModel } from '@meshwright/engine';
import { sharpCodec } from '../codecs.ts';
import type { Handler } from './handlers.ts';

/** Reads a model of any format and gives it as GLB, with a picture. A GLB stays as it came, byte for byte. */
export const importModel: Handler = async ({ bytes, name }, run) => {
	run.onProgress?.({ step: 'read model', fraction: 0 });
	const model = await readModel(bytes, { name });

	run.onProgress?.({ step: 'write model', fraction: 0.5 });
	const glb = isGlb(bytes) ? bytes : await writeModel(model);

	run.onProgress?.({ step: 'render picture', fraction: 0.7 });
	const picture = await pictureOf(model, sharpCodec());

	return {
		outputs: [
			{ role: 'model', name: 'model.glb', mimeType: 'model/gltf-binary', bytes: glb },
			{ role: 'rendered_image', name: 'rendered.png', mimeType: 'image/png', bytes: picture.png },
		],
		report: {
			format: model.format,
			triangles: model.mesh.triangles.length / 3,
			vertices: model.mesh.positions.length / 3,
			materials: model.materials.length,
			images: model.images.length,
			warnings: [...model.warnings, ...picture.warnings],
		},
	};
};

/** By the first letters of the file: a GLB inside a ZIP is not one that can be handed on as it is. */
const isGlb = (bytes: Uint8Array): boolean =>
	bytes[0] === 0x67 && bytes[1] === 0x6c && bytes[2] === 0x54 && bytes[3] === 0x46;
