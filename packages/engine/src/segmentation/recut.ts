import { divide } from './divide.ts';
import { checkCut, SEGMENT_DEFAULTS, type Segmentation, type SegmentOptions, warnOfCut } from './segment.ts';

/** What can be changed without measuring again. */
export type RecutOptions = Pick<
	SegmentOptions,
	'parts' | 'granularity' | 'minPartSize' | 'maxParts' | 'splitByConnectivity' | 'namePrefix'
>;

/**
 * The same surface with another number of parts or another granularity, from the tree that `segment` left: a relabelling
 * in milliseconds. Boundaries run along regions; those that `segment` refined keep their place.
 *
 * @throws {MeshError} `invalid-option`.
 */
export function recut(segmentation: Segmentation, options: RecutOptions = {}): Segmentation {
	const settings = { ...SEGMENT_DEFAULTS, ...options };
	const cut = checkCut(settings);
	const { partOf, parts } = divide(segmentation, cut, settings.namePrefix);
	return { ...segmentation, partOf, parts, warnings: warnOfCut(cut, parts.length) };
}
