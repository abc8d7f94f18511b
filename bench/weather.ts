import { random } from '../packages/engine/src/math/random.ts';
import { type Mesh, triangleCount } from '../packages/engine/src/mesh/mesh.ts';

/** Waves that the shading is made of, and how many of each fit into the model: between these. */
const WAVES = 4;
const FREQUENCY = [2, 12] as const;

/**
 * The colours of a mesh's materials as a generator would have painted them: shaded in slow waves, and every triangle a
 * little off in brightness and hue.
 *
 * @param baseColors Linear RGB by number of the material.
 * @param strength Deviation of the logarithm of brightness, about; 0.1 is a tenth brighter or darker.
 * @returns T × 3.
 */
export function weather(
	mesh: Mesh,
	baseColors: readonly (readonly number[])[],
	strength: number,
	seed: number,
): Float32Array {
	const draw = random(seed);
	const [least, most] = FREQUENCY;
	const waves = Array.from({ length: 3 * WAVES }, () => ({
		turns: (least + draw() * (most - least)) * Math.PI,
		phase: 2 * Math.PI * draw(),
	}));
	const { positions, triangles, materialOf } = mesh;
	let extent = 0;
	for (const x of positions) extent = Math.max(extent, Math.abs(x));
	const colors = new Float32Array(3 * triangleCount(mesh));
	for (let t = 0; t < triangleCount(mesh); t++) {
		const v = 3 * triangles[3 * t];
		let shade = 0;
		for (let wave = 0; wave < WAVES; wave++) {
			let product = 1;
			for (let axis = 0; axis < 3; axis++) {
				const { turns, phase } = waves[3 * wave + axis];
				product *= Math.sin((turns * positions[v + axis]) / extent + phase);
			}
			shade += product;
		}
		const brightness = Math.exp(strength * (1.5 * shade + 4 * (draw() - 0.5)));
		for (let k = 0; k < 3; k++) {
			const base = baseColors[materialOf[t]]?.[k] ?? 1;
			colors[3 * t + k] = Math.min(1, base * brightness * Math.exp(strength * (draw() - 0.5)));
		}
	}
	return colors;
}
