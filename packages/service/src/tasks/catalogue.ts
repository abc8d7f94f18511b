import type { Config } from '../config.ts';
import type { Surface, TaskType } from './task.ts';

type Entry = {
	/** Types of tasks whose result it may start from. */
	readonly sources: readonly TaskType[];
	/** Credits held at creation and taken on success. */
	readonly price: (prices: Config['prices'], surface: Surface) => number;
};

/** Every type of task that this server runs. Each has exactly one handler in `worker/`, or the server does not start. */
export const CATALOGUE: Readonly<Record<TaskType, Entry>> = {
	import_model: {
		sources: [],
		price: (prices) => prices.import_model,
	},
	mesh_segmentation: {
		sources: ['import_model', 'highpoly_to_lowpoly'],
		price: (prices, surface) => (surface === 'studio3d-v1' ? prices.studio_segmentation : prices.mesh_segmentation),
	},
	mesh_completion: {
		sources: ['mesh_segmentation'],
		price: (prices) => prices.mesh_completion,
	},
	highpoly_to_lowpoly: {
		sources: ['import_model', 'mesh_segmentation', 'mesh_completion'],
		price: (prices) => prices.highpoly_to_lowpoly,
	},
};

export const TASK_TYPES = Object.keys(CATALOGUE) as readonly TaskType[];
