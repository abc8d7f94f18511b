import Module, { type Manifold } from 'manifold-3d';
import type { Mesh } from '../../src/mesh/mesh.ts';

const wasm = await Module();
wasm.setup();
export const { Manifold: Solid } = wasm;

/** Solids united into one surface, each triangle labelled with the solid that it came from. */
export function united(solids: readonly Manifold[], scale = 1): { mesh: Mesh; partOf: Uint16Array } {
	const originals = solids.map((solid) => solid.asOriginal());
	const whole = Solid.union(originals).getMesh();
	const partOf = new Uint16Array(whole.triVerts.length / 3);
	for (let run = 0; run < whole.numRun; run++) {
		const part = originals.findIndex((solid) => solid.originalID() === whole.runOriginalID[run]);
		partOf.fill(part, whole.runIndex[run]! / 3, whole.runIndex[run + 1]! / 3);
	}
	const mesh = {
		positions: Float32Array.from(whole.vertProperties, (value) => value * scale),
		triangles: Uint32Array.from(whole.triVerts),
		corner: {},
		materialOf: new Uint16Array(partOf.length),
	};
	return { mesh, partOf };
}
