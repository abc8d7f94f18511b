import { pictureOf, readModel, writeModel } from '@meshwright/engine';
import type { Handler } from './handlers.ts';

/** Reads a model of any format and gives it as GLB, with a picture. A GLB stays as it came, byte for byte. */
export const importModel: Handler = async ({ bytes, name, codec }, run) => {
	run.onProgress?.({ step: 'read model', fraction: 0 });
	const model = await readModel(bytes, { name });

	run.onProgress?.({ step: 'write model', fraction: 0.5 });
	const glb = model.format === 'glb' ? bytes : await writeModel(model);

	run.onProgress?.({ step: 'render picture', fraction: 0.7 });
	const picture = await pictureOf(model, codec);

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
