import { MeshError } from '../errors.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Parts } from '../mesh/parts.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { capFair, capFlat, type Draft, newDraft } from './cap.ts';
import { countStrays, type Whole, wholeOf } from './inside.ts';
import { cutPatch, type Patch } from './patch.ts';
import { findPlugs } from './plug.ts';
import { checkPart } from './verify.ts';
import { isFlat, zipPlugs } from './zipper.ts';

export type CompleteOptions = {
	/** Parts to complete; all where absent. */
	readonly only?: readonly number[];
	/** `full` continues the visible surface inwards; `quick_cap` closes each hole by itself. Default `full`. */
	readonly method?: 'full' | 'quick_cap';
};

export const COMPLETE_DEFAULTS = Object.freeze({ method: 'full' }) satisfies Pick<CompleteOptions, 'method'>;

/**
 * How a part was closed, from the best to the last resort: it was already; by the continued field; by fair caps; by
 * flat ones; not at all.
 */
export type CompletionMethod = 'whole' | 'field' | 'fair' | 'flat' | 'open';

/** A part made whole: its visible triangles exactly as they were, then the cap. */
export type CompletedPart = {
	/** Number of the part. */
	readonly part: number;
	readonly name: string;
	/** xyz; the first `vertexOf.length` vertices are the input's, bit for bit. V × 3. */
	readonly positions: Float32Array;
	/** Visible triangles in the input's order, then those of the cap. 3·T. */
	readonly triangles: Uint32Array;
	/** Vertex of the input at each visible vertex. A bow-tie vertex of the input appears once for each fan. */
	readonly vertexOf: Uint32Array;
	/** Triangle of the input at each visible triangle, ascending. */
	readonly triangleOf: Uint32Array;
	/** Every edge has exactly two triangles, in opposite directions. */
	readonly closed: boolean;
	readonly method: CompletionMethod;
	/** Cubic object units; 0 where not closed. */
	readonly volume: number;
	/** Pairs of triangles, at least one of the cap, that cross. */
	readonly selfIntersections: number;
	/** What fell short, in words; why it is open, if it is. */
	readonly warnings: readonly string[];
};

export type Completion = {
	/** One for each part asked for, in that order. */
	readonly parts: readonly CompletedPart[];
	/** Milliseconds by step. */
	readonly times: StepTimes;
};

const STEPS = { 'complete parts': 1 };

/**
 * Makes parts whole: closed solids whose visible triangles are exactly the input's.
 *
 * For each part the methods below are tried in turn until one gives a closed surface that does not cross itself and stays
 * inside the whole; if none does, the closed one with the fewest faults is taken. A part that cannot be closed says so.
 *
 * - field: the patch is continued into the hidden, see `findPlugs`, and joined to it by strips along the seams;
 * - fair: each hole gets a cap that continues the tangents around it; flat: triangles between the hole's own vertices.
 *
 * @throws `invalid-option` for a part that does not exist; `cancelled`.
 */
export function complete(mesh: Mesh, parts: Parts, options: CompleteOptions = {}, run: Run = {}): Completion {
	const { method, only } = { ...COMPLETE_DEFAULTS, ...options };
	const wanted = only ?? parts.parts.map((_, part) => part);
	for (const part of wanted)
		if (!parts.parts[part])
			throw new MeshError('invalid-option', `part ${part} of 'only' is not among ${parts.parts.length}`, { part });
	const steps = new Steps(STEPS, run);
	steps.begin('complete parts');
	const whole = wholeOf(mesh);
	const completed = wanted.map((part, i) => {
		steps.advance(i / wanted.length);
		const patch = cutPatch(mesh, parts.partOf, part);
		return completePart(patch, whole, method, part, parts.parts[part].name);
	});
	return { parts: completed, times: steps.finish() };
}

/**
 * Nodes along each side of a grid in the shape of a cube; others have as many in all. The second is for parts
 * whose strip crosses something on the first. Tried: 36 between them: not better.
 */
const RESOLUTIONS = [28, 20];

function completePart(
	patch: Patch,
	whole: Whole,
	method: 'full' | 'quick_cap',
	part: number,
	name: string,
): CompletedPart {
	let best: { result: CompletedPart; faults: number } | undefined;
	for (const attempt of attempts(patch, whole, method)) {
		const draft = newDraft(patch);
		if (attempt.close(draft) === false) continue;
		const { result, faults } = finish(patch, whole, draft, part, name, attempt.method);
		if (faults === 0) return result;
		if (!best || faults < best.faults) best = { result, faults };
	}
	return best!.result;
}

/** A way to close a part. `close` answers false where it has nothing to offer. */
type Attempt = { readonly method: CompletionMethod; readonly close: (draft: Draft) => unknown };

function attempts(patch: Patch, whole: Whole, method: 'full' | 'quick_cap'): Attempt[] {
	const { loops } = patch;
	if (loops.length === 0) return [{ method: 'whole', close: () => undefined }];
	const caps: Attempt[] = [
		{ method: 'fair', close: (draft) => void capFair(patch, draft, loops) },
		{ method: 'flat', close: (draft) => void capFlat(patch, draft, loops) },
	];
	// No plug would be used on one flat hole.
	if (method === 'quick_cap' || (loops.length === 1 && isFlat(patch, loops[0]))) return caps;
	const fields = RESOLUTIONS.map(
		(resolution): Attempt => ({
			method: 'field',
			close: (draft) => zipPlugs(patch, draft, findPlugs(patch, whole, resolution)) > 0,
		}),
	);
	return [...fields, ...caps];
}

/** The patch and its cap as one surface, checked. Faults: 0 for a sound part, less for better ones. */
function finish(
	patch: Patch,
	whole: Whole,
	draft: Draft,
	part: number,
	name: string,
	method: CompletionMethod,
): { result: CompletedPart; faults: number } {
	const visible = patch.triangles.length;
	const positions = Float32Array.from(draft.positions);
	// The bits themselves: a number made from them and back is the same for all but odd ones.
	positions.set(patch.positions);
	const triangles = new Uint32Array(visible + draft.triangles.length);
	triangles.set(patch.triangles);
	triangles.set(draft.triangles, visible);
	const weldOf = Uint32Array.from({ length: positions.length / 3 }, (_, v) => patch.vertexOf[v] ?? CAP_VERTEX + v);
	const { openEdges, volume, selfIntersections } = checkPart(positions, triangles, weldOf, visible / 3);
	const flat = Math.abs(volume) <= FLAT * boxVolumeScale(patch.positions);
	const strays = countStrays(whole, positions, triangles, visible / 3);
	const warnings: string[] = [];
	if (patch.collapsed > 0) warnings.push(`${patch.collapsed} triangles with two corners at one vertex were left out`);
	if (openEdges > 0) warnings.push(`open: ${openEdges} edges do not have exactly two triangles in opposite directions`);
	else if (flat) warnings.push('open: the visible surface is a sheet, which encloses nothing');
	else if (volume < 0) warnings.push('inside out, as in the input');
	if (selfIntersections > 0) warnings.push(`${selfIntersections} pairs of triangles cross`);
	if (strays > 0) warnings.push(`${strays} triangles of the cap are outside the whole`);
	const closed = openEdges === 0 && !flat;
	const result: CompletedPart = {
		part,
		name,
		positions: flat ? patch.positions : positions,
		triangles: flat ? patch.triangles : triangles,
		vertexOf: patch.vertexOf,
		triangleOf: patch.triangleOf,
		closed,
		method: flat ? 'open' : method,
		volume: closed ? Math.abs(volume) : 0,
		selfIntersections: flat ? 0 : selfIntersections,
		warnings,
	};
	return { result, faults: closed ? selfIntersections + strays : UNSOUND + openEdges };
}

/** More faults than a closed part can have. */
const UNSOUND = 2 ** 40;

/** Where the numbers of cap vertices begin, beyond those of any input's. */
const CAP_VERTEX = 2 ** 25;
/** A part with less than this share of the cube of its size is a sheet. */
const FLAT = 1e-9;

function boxVolumeScale(positions: Float32Array): number {
	let size = 0;
	for (let k = 0; k < 3; k++) {
		let low = Infinity;
		let high = -Infinity;
		for (let i = k; i < positions.length; i += 3) {
			if (positions[i] < low) low = positions[i];
			if (positions[i] > high) high = positions[i];
		}
		size = Math.max(size, high - low);
	}
	return size ** 3;
}
