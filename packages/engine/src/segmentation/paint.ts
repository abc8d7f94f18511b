import { PAIR_FEATURES } from './pair-features.ts';
import type { PairScore } from './score.ts';

/**
 * How much a change of painted colour all along a seam lowers the logarithm of the odds that two regions of one colour each
 * are one part.
 *
 * The trees have learned from characters and furniture, whose garments and boards bear several materials, and from copies of
 * them with those as a noisy texture: to them colour says little. On what generators paint, a roof and its walls are one
 * part by shape as often as not, and nobody would say so. Named models of the even half, remeshed, their materials as a
 * texture with a tenth of noise, held out by quarter: at 0, 0.8 and 1.2 part IoU 0.788, 0.784, 0.784 at 5.1, 5.3, 5.3 parts of
 * 4.1; with half as many regions, at 0, 1, 1.5, 2.5, 0.779, 0.777, 0.764, 0.754 at 5.4, 5.7, 6.0, 6.4 parts, where above 1.5
 * pictures on signs and light on shoulders were parts. Asked of materials too, models as the file has them fall from
 * 0.799 to 0.786.
 *
 * Tried: raising the odds of two of one colour by the share of the smaller one's rim along which the colour changes, as
 * the rows of a roof are held together by its edge: 0.783 to 0.800 at 5.2 parts on those models at four times that share,
 * and a roof is whole; but of generated ones a street lamp is two parts, both forearms of a figure go with its jacket, and
 * the light on its shoulder is a part. Less of it where the seam turns inward leaves 0.785 (2026-11).
 */
const DOUBT = 1;

/** A score that doubts more than the given one that a part has two colours. */
export function heedPaint(score: PairScore): PairScore {
	const border = PAIR_FEATURES.indexOf('lookBorder');
	const same = PAIR_FEATURES.indexOf('lookSame');
	return (pair, seam) => {
		const p = Math.min(1 - 1e-9, Math.max(1e-9, score(pair, seam)));
		const odds = Math.log(p / (1 - p)) - DOUBT * pair[border] * (1 - pair[same]);
		return 1 / (1 + Math.exp(-odds));
	};
}
