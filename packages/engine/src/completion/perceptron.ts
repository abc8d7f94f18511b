import { MeshError } from '../errors.ts';
import { CLUES } from './clues.ts';

/** A small network as `training/completion-fit.py` writes it: plain JSON. */
export type Perceptron = {
	readonly format: 'meshwright-perceptron-1';
	/** Names of the inputs, those of CLUES in their order. */
	readonly clues: readonly string[];
	/** Each layer's weights, a row for each output, and what is added; tanh between layers. */
	readonly layers: readonly { readonly weights: readonly (readonly number[])[]; readonly bias: readonly number[] }[];
};

/**
 * The logarithm of the odds that a point belongs to the part, from its clues.
 *
 * @throws `invalid-option` when the network asks for other clues.
 */
export function readPerceptron({ clues, layers }: Perceptron): (clues: Float64Array) => number {
	if (clues.join() !== CLUES.join()) throw new MeshError('invalid-option', `the network asks for ${clues.join()}`);
	const flat = layers.map(({ weights, bias }) => ({
		weights: Float64Array.from(weights.flat()),
		bias: Float64Array.from(bias),
	}));
	const outputs = flat.map(({ bias }) => new Float64Array(bias.length));
	return (values) => {
		let input = values;
		for (let layer = 0; layer < flat.length; layer++) {
			const { weights, bias } = flat[layer];
			const output = outputs[layer];
			const n = weights.length / bias.length;
			for (let i = 0; i < output.length; i++) {
				let sum = bias[i];
				for (let k = 0; k < n; k++) sum += weights[i * n + k] * input[k];
				output[i] = layer + 1 < flat.length ? Math.tanh(sum) : sum;
			}
			input = output;
		}
		return input[0];
	};
}
