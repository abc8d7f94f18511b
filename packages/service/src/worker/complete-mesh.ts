import { type CompleteModelOptions, completeModel, partsOfNodes } from '@meshwright/engine';
import { sharpCodec } from '../codecs.ts';
import type { Handler } from './handlers.ts';
import { openSource } from './open-source.ts';

/** Makes the parts of a segmented model whole: the GLB with a cap on each, and a picture with the parts pulled apart. */
export const completeMesh: Handler = async (job, run) => {
	const { model, rest } = await openSource(job, run);
	const options = { jointNames: 'extras', ...job.options } as CompleteModelOptions;
	const port = { codec: sharpCodec(), run: rest };
	const { glb, picture, report } = await completeModel(model, partsOfNodes(model), options, port);
	return {
		outputs: [
			{ role: 'model', name: 'model.glb', mimeType: 'model/gltf-binary', bytes: glb },
			{ role: 'rendered_image', name: 'rendered.png', mimeType: 'image/png', bytes: picture },
		],
		report,
	};
};
