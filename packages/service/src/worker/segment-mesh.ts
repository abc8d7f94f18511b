import { readModel, type SegmentModelOptions, segmentModel } from '@meshwright/engine';
import { sharpCodec } from '../codecs.ts';
import type { Handler } from './handlers.ts';

/** Separates a model into named parts: one GLB with a node for each, and a picture with the parts in colour. */
export const segmentMesh: Handler = async ({ bytes, name, options, partPrefix }, run) => {
	run.onProgress?.({ step: 'read model', fraction: 0 });
	const model = await readModel(bytes, { name });

	// Clients of both surfaces take every named node for a part: joints keep their names in `extras`.
	const segmentOptions = { namePrefix: partPrefix, jointNames: 'extras', ...options } as SegmentModelOptions;
	const { onProgress, ...rest } = run;
	const afterReading: typeof run = {
		...rest,
		onProgress: ({ step, fraction }) => onProgress?.({ step, fraction: READ + (1 - READ) * fraction }),
	};
	const { glb, picture, report } = await segmentModel(model, segmentOptions, {
		codec: sharpCodec(),
		run: afterReading,
	});

	return {
		outputs: [
			{ role: 'model', name: 'model.glb', mimeType: 'model/gltf-binary', bytes: glb },
			{ role: 'rendered_image', name: 'rendered.png', mimeType: 'image/png', bytes: picture },
		],
		report,
	};
};

/** Share of the time that reading takes. */
const READ = 0.1;
