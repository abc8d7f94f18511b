import { type SegmentModelOptions, segmentModel } from '@meshwright/engine';
import { sharpCodec } from '../codecs.ts';
import type { Handler } from './handlers.ts';
import { openSource } from './open-source.ts';

/** Separates a model into named parts: one GLB with a node for each, and a picture with the parts in colour. */
export const segmentMesh: Handler = async (job, run) => {
	const { model, rest } = await openSource(job, run);
	// Clients of both surfaces take every named node for a part: joints keep their names in `extras`.
	const options = { namePrefix: job.partPrefix, jointNames: 'extras', ...job.options } as SegmentModelOptions;
	const { glb, picture, report } = await segmentModel(model, options, { codec: sharpCodec(), run: rest });
	return {
		outputs: [
			{ role: 'model', name: 'model.glb', mimeType: 'model/gltf-binary', bytes: glb },
			{ role: 'rendered_image', name: 'rendered.png', mimeType: 'image/png', bytes: picture },
		],
		report,
	};
};
