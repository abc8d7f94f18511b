import { MeshError } from '../errors.ts';
import { COEFFICIENTS } from './coefficients.ts';
import { compileForest, LEAF, type Trees } from './forest.ts';
import { PAIR_FEATURES } from './pair-features.ts';
import type { PairScore } from './score.ts';

/** Boosted trees as `training/fit.py` writes them: plain JSON, a few ten kilobytes. */
export type ScoreModel = {
	readonly format: 'meshwright-trees-1';
	/** Names of the numbers that the trees ask for, of PAIR_FEATURES. */
	readonly features: readonly string[];
	/** Logarithm of the odds before any tree has spoken. */
	readonly bias: number;
	/** What a leaf's number counts in. */
	readonly leafUnit: number;
	readonly trees: number;
	/** Thresholds of each feature, ascending. */
	readonly thresholds: readonly (readonly number[])[];
	/** Nodes of all trees, each before its branches, the lower branch first; base64 of N bytes: feature, or LEAF. */
	readonly feature: string;
	/** Place among the feature's thresholds, or the leaf's number; base64 of N little-endian 16-bit integers. */
	readonly value: string;
};

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/**
 * A score by boosted trees: each asks about one feature after another and adds what its leaf says to the logarithm of
 * the odds. Same numbers, same score, on every machine but for the last exponential.
 *
 * Based on:
 * - Friedman. Greedy function approximation: a gradient boosting machine. 2001. [friedman2001]
 *
 * @throws {MeshError} `invalid-option` when the model asks for other features or its trees are broken.
 */
export function readScore(model: ScoreModel): (pair: Float64Array) => number {
	const oddsOf = compileForest(unpackTrees(model), model.bias);
	return (pair) => 1 / (1 + Math.exp(-oddsOf(pair)));
}

function unpackTrees(model: ScoreModel): Trees {
	const refuse = (what: string): never => {
		throw new MeshError('invalid-option', `score model: ${what}`, { option: 'score' });
	};
	const known: readonly string[] = PAIR_FEATURES;
	const place = model.features.map((name) =>
		known.includes(name) ? known.indexOf(name) : refuse(`asks for ${name}, which is not measured`),
	);
	const feature = bytesOf(model.feature);
	const codes = bytesOf(model.value);
	if (codes.length !== 2 * feature.length) refuse(`${feature.length} nodes with ${codes.length} bytes of values`);
	const code = new DataView(codes.buffer);
	const value = new Float64Array(feature.length);
	const upper = new Uint32Array(feature.length);
	const roots = new Uint32Array(model.trees);
	// Where the upper branch of the nodes above begins is known when the lower one ends.
	const open: number[] = [];
	let tree = 0;
	let atRoot = true;
	for (let n = 0; n < feature.length; n++) {
		if (atRoot) roots[tree++] = n;
		const number = code.getInt16(2 * n, true);
		atRoot = false;
		if (feature[n] !== LEAF) {
			value[n] = model.thresholds[feature[n]]?.[number] ?? refuse(`node ${n} has no threshold`);
			feature[n] = place[feature[n]];
			open.push(n);
			continue;
		}
		value[n] = number * model.leafUnit;
		const above = open.pop();
		if (above === undefined) atRoot = true;
		else upper[above] = n + 1;
	}
	if (!atRoot || tree !== model.trees) refuse(`${tree} trees instead of ${model.trees}`);
	return { feature, value, upper, roots };
}

/**
 * The score of models/segment.json, made by training/train, two sets of trees that share the say (training/blend.ts); data,
 * licences and scores are on its card.
 * Tried: 31 leaves and 40 % of the weight on assemblies (held-out loss 0.436 instead of 0.422 on people's labels); sums
 * of curves, one a feature, alone, below the trees and beside them; features forced to be monotone (no change).
 */
export const scoreByTrees: PairScore = (pair) => {
	trees ??= readScore(JSON.parse(COEFFICIENTS) as ScoreModel);
	return trees(pair);
};

/** Unpacked when first asked: the other verbs load this file and never score. */
let trees: ReturnType<typeof readScore> | undefined;
