import { z } from 'zod';
import { optional, optionalFlag, optionalNumber } from './lenient.ts';

/** What a client may say about how finely a model is divided; the same on every surface. All may be left out. */
export const SEGMENTATION_CONTROLS = {
	segmentation_granularity: optional(z.enum(['simple', 'balanced', 'detailed'])).describe(
		'How finely the model is divided, in a word. Default balanced.',
	),
	split_by_connectivity: optionalFlag().describe(
		'Makes a part of its own of each piece that hangs together at edges, after the model was divided; pieces below min_part_size stay with the largest of their part. Default false.',
	),
	granularity: optionalNumber(z.number().min(0).max(1)).describe(
		'How finely the model is divided, 0 (few parts) to 1 (many); beats segmentation_granularity.',
	),
	parts: optionalNumber(z.int().min(1).max(256)).describe('Number of parts wanted; default: found from the shape.'),
	min_part_size: optionalNumber(z.number().min(0).max(1)).describe(
		'Smallest part, as a fraction of the surface; what is smaller joins a neighbour.',
	),
	seed: optionalNumber(
		z
			.int()
			.min(0)
			.max(2 ** 32 - 1),
	).describe('Number that settles what is left to chance; the same seed gives the same parts.'),
};

const CONTROLS = z.object(SEGMENTATION_CONTROLS);

/** The controls as options of the engine's `segment`; only those that the client gave. */
export function segmentOptions(controls: z.output<typeof CONTROLS>): Readonly<Record<string, unknown>> {
	const options = {
		granularity: controls.granularity ?? controls.segmentation_granularity,
		parts: controls.parts,
		minPartSize: controls.min_part_size,
		splitByConnectivity: controls.split_by_connectivity,
		seed: controls.seed,
	};
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
