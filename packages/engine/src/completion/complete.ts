import { MeshError } from '../errors.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Parts } from '../mesh/parts.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { anchorCap, type CapAnchors } from './anchors.ts';
import { type Assembly, assemblyOf } from './assembly.ts';
import { boxAround, longestSide } from './box.ts';
import { surfaceOf } from './cap.ts';
import { type CloseOptions, closePart } from './close.ts';
import type { Closed, CompletionMethod } from './judge.ts';
import type { Patch } from './patch.ts';
import { closeTiles } from './tile.ts';
import type { HiddenOdds } from './trees.ts';
import { signedVolume } from './verify.ts';

export type { CompletionMethod } from './judge.ts';

export type CompleteOptions = {
	/** Parts to complete; all where absent. */
	readonly only?: readonly number[];
	/** `full` continues the visible surface inwards; `quick_cap` closes each hole by itself. Default `full`. */
	readonly method?: 'full' | 'quick_cap';
	/**
	 * `overlap` gives each part its plausible extent, which may reach into its neighbours as artists model them; `tile`
	 * lets neighbours share the cut, without overlap or gap, as printing wants it. Default `overlap`.
	 */
	readonly mode?: 'overlap' | 'tile';
	/** Parts of one layer, such as capes and wings: made slabs, or left open. Default `thicken`. */
	readonly sheets?: 'thicken' | 'keep';
	/** Of a slab made of a sheet, share of the model's longest side, 0.0005..0.1. Default 0.005. */
	readonly thickness?: number;
	/** Says how much of the inside belongs to a part, instead of the trees that the engine carries. */
	readonly odds?: HiddenOdds;
};

export const COMPLETE_DEFAULTS = Object.freeze({
	method: 'full',
	mode: 'overlap',
	sheets: 'thicken',
	thickness: 0.005,
}) satisfies Required<Omit<CompleteOptions, 'only' | 'odds'>>;

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
	/** Triangles of the cap: the last ones. */
	readonly capTriangles: number;
	/** For each vertex after the visible ones, what of the seam its colour and skin weights are filled from. */
	readonly capAnchors: CapAnchors;
	/** Every edge has exactly two triangles, in opposite directions. */
	readonly closed: boolean;
	readonly method: CompletionMethod;
	/** Cubic object units; 0 where not closed. */
	readonly volume: number;
	/** Pairs of triangles, at least one of the cap, that cross. */
	readonly selfIntersections: number;
	/** The visible surface is of one layer: what `sheets` is about. */
	readonly sheet: boolean;
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
/** Milliseconds between two questions whether the run was stopped. */
const SILENCE = 10;

/**
 * Makes parts whole: closed solids whose visible triangles are exactly the input's.
 *
 * The hidden inside of each part is estimated on a grid, see `measureLevel`; then the part is closed in several ways, of
 * which the one that agrees best with the estimate is taken, less what it falls short in: crossings and leaving the whole
 * are first mended, see `mendCap`, and what is left of them counts against it.
 *
 * - field: the surface of the estimate, joined to the patch by strips along the seams;
 * - fair: each hole gets a cap that continues the tangents around it; flat: triangles between the hole's own vertices, or
 *   between those of all holes together, as the strips are on which other boards stand on a board;
 * - fan: a ring and a fan around the middle of each hole, which always closes.
 *
 * In mode `tile` the parts are closed one after the other, see `closeTiles`.
 *
 * @throws `invalid-option` for a part or a value that does not exist; `cancelled`.
 */
export function complete(mesh: Mesh, parts: Parts, options: CompleteOptions = {}, run: Run = {}): Completion {
	const { only, mode, ...how } = { ...COMPLETE_DEFAULTS, ...options };
	checkOptions({ mode, ...how });
	const wanted = only ?? parts.parts.map((_, part) => part);
	for (const part of wanted)
		if (!parts.parts[part])
			throw new MeshError('invalid-option', `part ${part} of 'only' is not among ${parts.parts.length}`, { part });
	const steps = new Steps(STEPS, run);
	steps.begin('complete parts');
	const settings: CloseOptions = {
		...how,
		thickness: how.thickness * longestSide(boxAround(mesh.positions)),
		shares: mode === 'tile',
	};
	let done = 0;
	const advance = (share: number): void => {
		done = share;
		steps.advance(share);
	};
	let asked = 0;
	/** Loops may call it as often as they like. */
	const check = (): void => {
		const now = performance.now();
		if (now - asked < SILENCE) return;
		asked = now;
		steps.advance(done);
	};
	const nameOf = (part: number): string => parts.parts[part].name;
	const completed =
		mode === 'tile'
			? closeTiles(mesh, parts.partOf, parts.parts.length, settings, advance, check)
					.filter(({ part }) => wanted.includes(part))
					.sort((a, b) => wanted.indexOf(a.part) - wanted.indexOf(b.part))
					.map(({ part, patch, closed }) => finish(patch, nameOf(part), part, closed, check))
			: closeEach(assemblyOf(mesh, parts.partOf, check), wanted, nameOf, settings, advance);
	return { parts: completed, times: steps.finish() };
}

function closeEach(
	assembly: Assembly,
	wanted: readonly number[],
	nameOf: (part: number) => string,
	settings: CloseOptions,
	advance: (share: number) => void,
): CompletedPart[] {
	return wanted.map((part, i) => {
		const closed = closePart(assembly, part, settings, (share) => advance((i + share) / wanted.length));
		return finish(assembly.patchOf(part), nameOf(part), part, closed, assembly.check);
	});
}

function checkOptions({ mode, method, sheets, thickness }: Required<Omit<CompleteOptions, 'only' | 'odds'>>): void {
	const check = (option: string, value: string, among: readonly string[]): void => {
		if (!among.includes(value))
			throw new MeshError('invalid-option', `${option} is '${value}', not one of ${among.join(', ')}`, { option });
	};
	check('mode', mode, ['overlap', 'tile']);
	check('method', method, ['full', 'quick_cap']);
	check('sheets', sheets, ['thicken', 'keep']);
	if (!(thickness >= 0.0005 && thickness <= 0.1))
		throw new MeshError('invalid-option', `thickness is ${thickness}, not between 0.0005 and 0.1`, { thickness });
}

/** A volume that is rounding beside the cube of the part's size. */
const enclosesNothing = (volume: number, { positions }: Patch): boolean =>
	Math.abs(volume) <= 1e-12 * longestSide(boxAround(positions)) ** 3;

function finish(patch: Patch, name: string, part: number, closed: Closed, check: () => void): CompletedPart {
	const { draft, method, sheet, openEdges, crossings, given, strays, note } = closed;
	const { positions, triangles } = surfaceOf(patch, draft);
	const isOpen = method === 'open' || openEdges > 0;
	const volume = isOpen ? 0 : signedVolume(positions, triangles);
	const warnings: string[] = [];
	if (patch.collapsed > 0) warnings.push(`${patch.collapsed} triangles with two corners at one vertex were left out`);
	if (method === 'open') warnings.push('open: the visible surface is a sheet, which encloses nothing');
	if (openEdges > 0) warnings.push(`open: ${openEdges} edges do not have exactly two triangles in opposite directions`);
	if (note) warnings.push(note);
	if (!isOpen && enclosesNothing(volume, patch)) warnings.push('encloses nothing');
	else if (volume < 0) warnings.push('inside out, as in the input');
	if (crossings > 0) warnings.push(`${crossings} pairs of triangles cross`);
	if (given > 0)
		warnings.push(`${given} pairs of triangles cross where the visible surface crosses itself at the seam`);
	if (strays > 0) warnings.push(`${strays} triangles of the cap are outside the whole`);
	return {
		part,
		name,
		positions,
		triangles,
		vertexOf: patch.vertexOf,
		triangleOf: patch.triangleOf,
		capTriangles: draft.triangles.length / 3,
		capAnchors: anchorCap(patch, positions, draft.triangles, check),
		closed: !isOpen,
		method,
		sheet,
		volume: Math.abs(volume),
		selfIntersections: crossings + given,
		warnings,
	};
}
