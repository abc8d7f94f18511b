import { type LowpolyModelOptions, lowpolyModel, partsOfNodes } from '@meshwright/engine';
import { sharpCodec } from '../codecs.ts';
import type { Handler } from './handlers.ts';
import { openSource } from './open-source.ts';

/**
 * Gives a model few faces and bakes its look: GLB for triangles; for quads FBX, which has true ones, and the same as GLB
 * under a role of its own.
 */
export const lowpolyMesh: Handler = async (job, run) => {
	const { model, rest } = await openSource(job, run);
	const options: LowpolyModelOptions = {
		jointNames: 'extras',
		...job.options,
		formats: job.options.quad === true ? ['fbx', 'glb'] : ['glb'],
	};
	const port = { codec: sharpCodec(), run: rest };
	const { files, picture, report } = await lowpolyModel(model, partsOfNodes(model), options, port);
	return {
		outputs: [
			...files.map(({ extension, mimeType, bytes }, i) => ({
				role: i === 0 ? ('model' as const) : ('glb' as const),
				name: `model.${extension}`,
				mimeType,
				bytes,
			})),
			{ role: 'rendered_image', name: 'rendered.png', mimeType: 'image/png', bytes: picture! },
		],
		report,
	};
};
