import type { Parts } from '../mesh/parts.ts';
import { type CutOptions, cutTree } from './cut.ts';
import { labelParts } from './label.ts';
import { splitParts } from './pieces.ts';
import type { Segmentation } from './segment.ts';

/** The parts of a measured surface for given options: the last step of `segment`, and all of `recut`. */
export function divide(
	{ tree, regions, regionOf, pieces }: Pick<Segmentation, 'tree' | 'regions' | 'regionOf' | 'pieces'>,
	options: CutOptions & { readonly splitByConnectivity: boolean },
	namePrefix: string,
): Parts {
	const partOfRegion = cutTree(tree, regions, options);
	if (!options.splitByConnectivity) return labelParts(regions, partOfRegion, regionOf, namePrefix);
	const partOfPiece = splitParts(pieces, partOfRegion, options.minPartSize, options.maxParts);
	return labelParts(pieces.table, partOfPiece, pieces.pieceOf, namePrefix);
}
