import type { NewTask } from '../../src/tasks/backend.ts';

/** A segmentation of an uploaded file, whose handler does `options.act`. */
export const segmentation = (token: string, options: NewTask['options'] = {}): NewTask => ({
	surface: 'tripo-v2',
	type: 'mesh_segmentation',
	input: { file_token: token },
	source: { kind: 'upload', token },
	options,
});
