import { expect, it } from 'vitest';
import { heedPaint } from '../../src/segmentation/paint.ts';
import { PAIR_FEATURES } from '../../src/segmentation/pair-features.ts';

it('a score that heeds paint doubts that a roof and its wall are one part, and nothing else', () => {
	const pair = new Float64Array(PAIR_FEATURES.length);
	const border = PAIR_FEATURES.indexOf('lookBorder');
	const same = PAIR_FEATURES.indexOf('lookSame');
	const ask = (share: number, alike: number): number => {
		pair[border] = share;
		pair[same] = alike;
		return heedPaint(() => 0.6)(pair, 0);
	};
	expect(ask(1, 0)).toBeLessThan(0.5);
	expect(ask(0.5, 0)).toBeGreaterThan(ask(1, 0));
	expect(ask(1, 1)).toBeCloseTo(0.6, 9);
	expect(ask(0, 0)).toBeCloseTo(0.6, 9);
});
