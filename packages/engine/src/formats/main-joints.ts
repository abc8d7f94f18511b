import type { Node, Primitive } from '@gltf-transform/core';
import type { Model } from '../mesh/model.ts';
import { influencesAt } from './influences.ts';
import { documentOf } from './scene.ts';
import { listSources } from './sources.ts';

export type MainJoints = {
	/** Number of the joint that moves each triangle most, by first use; 0 for what has no skin. T. */
	readonly jointOf: Uint32Array;
	/** By number; '' for 0. Joints that move no triangle most come last. */
	readonly names: readonly string[];
	/** The joint that each hangs at, or 0. */
	readonly parentOf: Uint32Array;
};

/** The joints of a model's skins and what each moves; undefined where the model has no skin. */
export function mainJoints(model: Model): MainJoints | undefined {
	const sources = listSources(documentOf(model), Number.POSITIVE_INFINITY);
	if (!sources.some(({ node }) => node.getSkin())) return undefined;
	const numbers = new Map<Node, number>();
	const result = new Uint32Array(model.mesh.triangles.length / 3);
	let t = 0;
	for (const { node, primitive, corners } of sources) {
		const joints = node.getSkin()?.listJoints();
		const strongest = joints && strongestAt(primitive);
		for (let c = 0; c < corners.length; c += 3, t++) {
			if (!strongest) continue;
			const [i, j, k] = [strongest[corners[c]], strongest[corners[c + 1]], strongest[corners[c + 2]]];
			const joint = joints[j === k ? j : i];
			if (joint && !numbers.has(joint)) numbers.set(joint, numbers.size + 1);
			result[t] = (joint && numbers.get(joint)) ?? 0;
		}
	}
	for (const { node } of sources)
		for (const joint of node.getSkin()?.listJoints() ?? [])
			if (!numbers.has(joint)) numbers.set(joint, numbers.size + 1);
	const all = [...numbers.keys()];
	const parentOf = Uint32Array.from([0, ...all.map((joint) => aboveIt(joint, numbers))]);
	return { jointOf: result, names: ['', ...all.map((joint) => joint.getName())], parentOf };
}

/** Number of the nearest joint among the nodes above one, or 0. */
function aboveIt(joint: Node, numbers: ReadonlyMap<Node, number>): number {
	for (let node = joint.getParentNode(); node; node = node.getParentNode()) {
		const number = numbers.get(node);
		if (number !== undefined) return number;
	}
	return 0;
}

/** Place, in the skin, of the joint with the greatest weight at each vertex of a primitive. */
function strongestAt(primitive: Primitive): Uint16Array {
	const result = new Uint16Array(primitive.getAttribute('POSITION')?.getCount() ?? 0);
	for (let vertex = 0; vertex < result.length; vertex++) {
		const { joints, weights } = influencesAt({ primitive, vertex });
		let most = 0;
		for (let k = 1; k < joints.length; k++) if (weights[k] > weights[most]) most = k;
		result[vertex] = joints[most];
	}
	return result;
}
