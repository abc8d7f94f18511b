import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MeshError } from '../../src/errors.ts';
import { COEFFICIENTS } from '../../src/segmentation/coefficients.ts';
import { readScore, type ScoreModel } from '../../src/segmentation/learned-score.ts';
import { PAIR_FEATURES } from '../../src/segmentation/pair-features.ts';

const LEAF = 255;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Two trees: feature 0 below 0.5 → +1; else feature 3 below -2 → -1, else +0.5. And a leaf alone, +0.25. */
const FEATURE = [0, LEAF, 3, LEAF, LEAF, LEAF];
const VALUE = [0, 4, 0, -4, 2, 1];
const small: ScoreModel = {
	format: 'meshwright-trees-1',
	features: PAIR_FEATURES,
	bias: 0.125,
	leafUnit: 0.25,
	trees: 2,
	thresholds: PAIR_FEATURES.map((_, f) => (f === 0 ? [0.5] : f === 3 ? [-2] : [])),
	feature: base64(Uint8Array.from(FEATURE)),
	value: base64(new Uint8Array(Int16Array.from(VALUE).buffer)),
};

const pairOf = (first: number, fourth: number): Float64Array => {
	const pair = new Float64Array(PAIR_FEATURES.length);
	pair[0] = first;
	pair[3] = fourth;
	return pair;
};
const odds = (p: number): number => Math.log(p / (1 - p));

describe('readScore', () => {
	const score = readScore(small);

	it.each([
		['below the first threshold', 0.4, 9, 1],
		['at a threshold: not below', 0.5, -2, 0.5],
		['above the first, below the second', 0.6, -3, -1],
	])('%s', (_, first, fourth, leaf) => {
		expect(odds(score(pairOf(first, fourth)))).toBeCloseTo(0.125 + leaf + 0.25, 12);
	});

	it.each<[string, Partial<ScoreModel>]>([
		['a feature that is not measured', { features: ['colour', ...PAIR_FEATURES.slice(1)] }],
		['too few trees', { trees: 1 }],
		['a tree cut short', { trees: 3, feature: base64(Uint8Array.from([...FEATURE, 0])) }],
		['a threshold that is not there', { thresholds: PAIR_FEATURES.map(() => []) }],
	])('refuses %s', (_, change) => {
		expect(() => readScore({ ...small, ...change })).toThrow(MeshError);
	});
});

it('the engine carries models/segment.json', () => {
	expect(JSON.parse(COEFFICIENTS)).toEqual(
		JSON.parse(readFileSync(new URL('../../models/segment.json', import.meta.url), 'utf8')),
	);
});

describe.each(['segment', 'segment-cc0'])('models/%s.json', (name) => {
	const path = new URL(`../../models/${name}.json`, import.meta.url);
	const score = readScore(JSON.parse(readFileSync(path, 'utf8')) as ScoreModel);
	const at = (change: Partial<Record<(typeof PAIR_FEATURES)[number], number>>): number =>
		score(Float64Array.from(PAIR_FEATURES, (feature) => change[feature] ?? PLAIN[feature] ?? 0));
	/** Two middling halves of a smooth limb. */
	const PLAIN: Partial<Record<(typeof PAIR_FEATURES)[number], number>> = {
		smallArea: -4,
		areaRatio: -0.5,
		convexFine: 0.1,
		convexCoarse: 0.1,
		roughness: 0.2,
		girth: 0.2,
		sharedSmall: 0.4,
		sharedLarge: 0.3,
		seamLength: 1.2,
		longUnion: 0.5,
		longest: 0.5,
		flatUnion: 0.5,
		normals: 0.2,
		apart: 0.5,
		sideSmall: 0.2,
		sideLarge: 0.1,
		farSmall: 0.3,
		farLarge: 0.2,
		lookSame: 1,
		left: Math.log(20),
		modelRough: 0.25,
		modelConcave: 0.1,
		modelThick: -2,
		modelArea: -0.7,
		modelLong: 0.5,
		modelFlat: 0.7,
		mirrorSmall: 0,
	};

	it('keeps a smooth limb whole and parts it at a deep crease', () => {
		const crease = { concaveFine: 1.2, concaveCoarse: 1.2, contrastFine: 1.1, contrastCoarse: 1.1, creased: 1 };
		expect(at({})).toBeGreaterThan(0.6);
		expect(at(crease)).toBeLessThan(at({}) - 0.3);
	});
});
