import { type CompletedPart, type CompleteOptions, complete } from './completion/complete.ts';
import { dressCaps } from './completion/dress-caps.ts';
import { type WritePartsOptions, writeParts } from './formats/parts.ts';
import type { Codec } from './image/image.ts';
import { type Mesh, NO_MATERIAL, type Surface } from './mesh/mesh.ts';
import type { Model } from './mesh/model.ts';
import { numbersOf, type Parts } from './mesh/parts.ts';
import { explode } from './render/explode.ts';
import { decodeImages, PICTURE_SIZE } from './render/picture-of.ts';
import { renderParts } from './render/render-parts.ts';
import { type Run, Steps, type StepTimes } from './run/run.ts';

const STEPS = { complete: 80, 'dress caps': 5, 'write parts': 10, 'render picture': 5 };

export type CompleteModelOptions = Omit<CompleteOptions, 'only'> &
	Pick<WritePartsOptions, 'jointNames'> & {
		/** Names of the parts to make whole; the others pass through untouched. Default: all. */
		readonly partNames?: readonly string[];
		/** Size of the picture, pixels. Default 1024 × 1024. */
		readonly picture?: { readonly width: number; readonly height: number };
	};

export type CompletedModel = {
	/** The model as one GLB, one named node per part; each cap a primitive of its own with `extras.generated`. */
	readonly glb: Uint8Array;
	/** The whole parts pulled apart, in colour, as PNG. */
	readonly picture: Uint8Array;
	/** Those that were asked for. */
	readonly completed: readonly CompletedPart[];
	readonly report: CompleteReport;
};

/** What a caller would want to know of a result, as plain JSON. */
export type CompleteReport = {
	/** With those of the caps. */
	readonly triangles: number;
	/** Every part of the model; what passed through untouched has no `completion`. */
	readonly parts: readonly {
		readonly name: string;
		readonly triangles: number;
		readonly completion?: PartCompletion;
	}[];
	readonly warnings: readonly string[];
	/** ms by step. */
	readonly times: StepTimes;
};

/** How a part was made whole; stands in the `extras` of its node too. */
export type PartCompletion = Pick<CompletedPart, 'closed' | 'method' | 'volume' | 'selfIntersections'> & {
	readonly capFaces: number;
};

/**
 * Makes the parts of a model whole and writes the result: the verb `complete` from a model that was read to bytes that
 * can be kept. Visible triangles, their looks and the scene stay bit for bit.
 *
 * @param model What `readModel` gave.
 * @param parts One part for each triangle: what `segment` gave, or `partsOfNodes` of a model that has been divided.
 * @param options Those of `complete`, of the writer and of the picture.
 * @param port `codec` decodes textures and encodes the picture; `run` watches and may stop the work.
 * @throws MeshError `invalid-option` (a part that is not there, by name), `cancelled`.
 */
export async function completeModel(
	model: Model,
	parts: Parts,
	options: CompleteModelOptions,
	port: { readonly codec: Codec; readonly run?: Run },
): Promise<CompletedModel> {
	const { jointNames = 'keep', picture = PICTURE_SIZE, partNames, ...completeOptions } = options;
	const steps = new Steps(STEPS, port.run);
	const warnings: string[] = [...model.warnings];

	steps.begin('complete');
	const only = partNames && numbersOf(parts, partNames);
	const { parts: completed } = complete(
		model.mesh,
		parts,
		{ ...completeOptions, ...(only && { only }) },
		steps.nested(),
	);

	steps.begin('dress caps');
	const decoded = await decodeImages(model.images, port.codec);
	const caps = dressCaps(model, decoded.images, completed);

	steps.begin('write parts');
	const described = describe(parts, completed);
	const glb = await writeParts(model, described, { jointNames, made: caps, warn: (warning) => warnings.push(warning) });

	steps.begin('render picture');
	const whole = wholeParts(model.mesh, parts, completed);
	const pixels = renderParts(explode(whole.mesh, whole.partOf), whole.partOf, picture);
	const encoded = await port.codec.encode(pixels, 'image/png');

	warnings.push(...decoded.warnings);
	for (const part of completed) for (const warning of part.warnings) warnings.push(`${part.name}: ${warning}`);
	const report = { ...reportOf(parts, completed), warnings, times: steps.finish() };
	return { glb, picture: encoded, completed, report };
}

const completionOf = ({ closed, method, volume, selfIntersections, capTriangles }: CompletedPart): PartCompletion => ({
	closed,
	method,
	volume,
	selfIntersections,
	capFaces: capTriangles,
});

function describe(parts: Parts, completed: readonly CompletedPart[]): Parts {
	const described = [...parts.parts];
	for (const part of completed) {
		const old = described[part.part];
		described[part.part] = { ...old, extras: { ...old.extras, completion: completionOf(part) } };
	}
	return { ...parts, parts: described };
}

function reportOf(
	{ partOf, parts }: Parts,
	completed: readonly CompletedPart[],
): Pick<CompleteReport, 'triangles' | 'parts'> {
	const byPart = new Map(completed.map((part) => [part.part, part]));
	let triangles = partOf.length;
	for (const { capTriangles } of completed) triangles += capTriangles;
	return {
		triangles,
		parts: parts.map(({ name, triangles }, p) => {
			const part = byPart.get(p);
			return { name, triangles, ...(part && { completion: completionOf(part) }) };
		}),
	};
}

/** All parts as one mesh in which no two share a vertex: those that were made whole, the rest as they are. */
function wholeParts(
	source: Mesh,
	{ partOf, parts }: Parts,
	completed: readonly CompletedPart[],
): { readonly mesh: Mesh; readonly partOf: Uint16Array } {
	const byPart = new Map(completed.map((part) => [part.part, part]));
	const positions: Float32Array[] = [];
	const triangles: Uint32Array[] = [];
	const partOfEach: number[] = [];
	let vertices = 0;
	for (let p = 0; p < parts.length; p++) {
		const piece = byPart.get(p) ?? openPart(source, partOf, p);
		positions.push(piece.positions);
		const first = vertices;
		triangles.push(piece.triangles.map((v) => v + first));
		vertices += piece.positions.length / 3;
		for (let t = 0; t < piece.triangles.length / 3; t++) partOfEach.push(p);
	}
	const mesh: Mesh = {
		positions: joined(positions, Float32Array),
		triangles: joined(triangles, Uint32Array),
		corner: {},
		materialOf: new Uint16Array(partOfEach.length).fill(NO_MATERIAL),
	};
	return { mesh, partOf: Uint16Array.from(partOfEach) };
}

function openPart({ positions, triangles }: Mesh, partOf: Uint16Array, part: number): Surface {
	const rowOf = new Map<number, number>();
	const values: number[] = [];
	const corners: number[] = [];
	for (let c = 0; c < triangles.length; c++) {
		if (partOf[(c / 3) | 0] !== part) continue;
		const v = triangles[c];
		let row = rowOf.get(v);
		if (row === undefined) {
			row = values.length / 3;
			rowOf.set(v, row);
			values.push(positions[3 * v], positions[3 * v + 1], positions[3 * v + 2]);
		}
		corners.push(row);
	}
	return { positions: Float32Array.from(values), triangles: Uint32Array.from(corners) };
}

function joined<A extends Float32Array | Uint32Array>(lists: readonly A[], Type: new (length: number) => A): A {
	const all = new Type(lists.reduce((sum, list) => sum + list.length, 0));
	let at = 0;
	for (const list of lists) {
		all.set(list, at);
		at += list.length;
	}
	return all;
}
