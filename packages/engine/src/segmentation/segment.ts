import { MeshError } from '../errors.ts';
import { type Mesh, triangleCount } from '../mesh/mesh.ts';
import type { Parts } from '../mesh/parts.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { connectRegions } from './adjacency.ts';
import { refineBoundaries } from './boundary.ts';
import { coarsenWhenLarge, standIns } from './cells.ts';
import { gatherCrumbs } from './crumbs.ts';
import { type CutOptions, cutTree } from './cut.ts';
import { divide } from './divide.ts';
import {
	diffuseNormals,
	FINE_RADIUS,
	FINE_WINDOW,
	measureFeatures,
	measureTurning,
	type SurfaceFeatures,
} from './features.ts';
import { absorbIslands } from './islands.ts';
import { scoreByTrees } from './learned-score.ts';
import { classifyLooks, type Hints } from './looks.ts';
import { type MergeTree, mergeRegions } from './merge.ts';
import { findMirror } from './mirror.ts';
import { orientOutward } from './orient.ts';
import { oversegment } from './oversegment.ts';
import { heedPaint } from './paint.ts';
import { findPieces, type Pieces } from './pieces.ts';
import { findContacts } from './proximity.ts';
import { type BorderSigns, type RegionTable, tabulateRegions } from './region-table.ts';
import { reassignRegions } from './regions.ts';
import type { PairScore } from './score.ts';
import { modelFrame, type SurfaceGraph, triangleGraph } from './surface-graph.ts';
import { findWalls } from './walls.ts';

export type Granularity = number | 'simple' | 'balanced' | 'detailed';

export type SegmentOptions = {
	/** Wanted number of parts, 1..maxParts; undefined to let the shape decide. Default undefined. */
	readonly parts?: number | undefined;
	/** How fine, 0..1; `simple` 0.25, `balanced` 0.5, `detailed` 0.75. No effect when `parts` is given. Default 0.5. */
	readonly granularity?: Granularity;
	/** Smaller parts join a neighbour. Share of the model's area, 0..1. Default 0.003. */
	readonly minPartSize?: number;
	/** Never more parts than this, 1..65535. Default 256. */
	readonly maxParts?: number;
	/**
	 * Divides every part into the pieces that hang together at edges, after the cut: `parts` counts before it. Pieces
	 * below `minPartSize` stay with the largest of their part. Default false.
	 */
	readonly splitByConnectivity?: boolean;
	/** For methods that draw at random; the present one does not. Default 1. */
	readonly seed?: number;
	/** What beside the shape is looked at. All but `joints` by default. */
	readonly cues?: SegmentCues;
	/** What the file knows of the triangles beside the mesh. Default: nothing. */
	readonly hints?: Hints;
	/** Triangles with different values never share a part. T. Default: none. */
	readonly apartBy?: Uint32Array | undefined;
	/** Parts are named by this and their number. Default 'part_'. */
	readonly namePrefix?: string;
	/** Keeps what was measured on the way, to draw it. Default false. */
	readonly keep?: boolean;
	/** How sure one is that two regions are one part. Default `scoreByTrees`. */
	readonly score?: PairScore;
};

/** What beside the shape may speak for or against a border; none has an effect on a surface that lacks it. */
export type SegmentCues = {
	/** Where another material begins. Default true. */
	readonly materials?: boolean;
	/** Where the colours of the vertices, or those that textures show (`hints.painted`), change. Default true. */
	readonly colors?: boolean;
	/** Where another node of the scene begins (`hints.nodeOf`). Default true. */
	readonly nodes?: boolean;
	/** Where another joint takes over (`hints.jointOf`): cuts limbs at their joints. Default false. */
	readonly joints?: boolean;
	/** What is alike on the left and on the right is cut alike, and can be one part without touching. Default true. */
	readonly symmetry?: boolean;
};

const CUES = Object.freeze({
	materials: true,
	colors: true,
	nodes: true,
	joints: false,
	symmetry: true,
}) satisfies Required<SegmentCues>;

export const SEGMENT_DEFAULTS = Object.freeze({
	parts: undefined,
	granularity: 0.5,
	minPartSize: 0.003,
	maxParts: 256,
	splitByConnectivity: false,
	seed: 1,
	cues: CUES,
	hints: Object.freeze({}),
	apartBy: undefined,
	namePrefix: 'part_',
	keep: false,
	score: scoreByTrees,
}) satisfies Required<SegmentOptions>;

export const GRANULARITIES = Object.freeze({ simple: 0.25, balanced: 0.5, detailed: 0.75 });

export type Segmentation = Parts & {
	/** The whole order of merging: `recut` cuts it elsewhere. */
	readonly tree: MergeTree;
	/** Region (leaf of the tree) of each triangle. T. */
	readonly regionOf: Uint32Array;
	/** What `recut` knows of the regions. */
	readonly regions: RegionTable;
	/** And of the connected pieces of each, for `splitByConnectivity`. */
	readonly pieces: Pieces;
	readonly warnings: readonly string[];
	readonly times: StepTimes;
	/** With `keep`. */
	readonly intermediates?: Intermediates;
};

/** What was measured on the way, by triangle. */
export type Intermediates = {
	/** Cell that each triangle was measured with. T. */
	readonly cellOf: Uint32Array;
	/** Thickness of the solid, object units. T. */
	readonly thickness: Float32Array;
	/** Strongest inward turning at an edge of the triangle's cell, radians. T. */
	readonly concavity: Float32Array;
};

/** Measured shares of the time: 18k and 200k triangles, two cores. */
const STEPS = {
	'connect triangles': 10,
	'measure features': 50,
	oversegment: 20,
	'merge regions': 8,
	'cut tree': 1,
	'refine boundaries': 10,
	'label parts': 1,
};

/** Regions that the surface is divided into, beside one for each connected piece; those that training has. */
export const REGIONS = 200;
/**
 * And as many more as there are cells for, up to this, where a texture shows borders that shape alone does not. Named models
 * of the even half painted as a generator paints, held out by quarter: part IoU 0.779 at 5.4 parts to 0.788 at 5.1 with 400; of
 * generated ones a temple and the rock it stands on, a lamp's head and its post come apart. On all models: Rand error with
 * noise 0.129 to 0.105 (even half), but 0.1045 to 0.108 on the benchmark as it is (0.098 on the even half with either), part
 * IoU of assemblies 0.667 to 0.658, to 0.661 where three triangles may be a region; 300 gives no more. With ten cells a
 * region the roof of a house of 3000 triangles is in strips. All models so, in training too, and first and second round
 * fitted anew (even half, regions, by the trees of all data alone): Rand error 0.104 to 0.106, with noise 0.110 to 0.122,
 * remeshed 0.104 to 0.142, part IoU of assemblies 0.667 to 0.666 (2026-11).
 */
const PAINTED_REGIONS = 400;
const CELLS_PER_REGION = 15;
const regionsFor = (painted: boolean, cells: number): number =>
	painted ? Math.round(Math.min(PAINTED_REGIONS, Math.max(REGIONS, cells / CELLS_PER_REGION))) : REGIONS;
/** With more regions than this (a soup of pieces), the smallest join what they touch before anything is scored. */
export const MAX_REGIONS = 2000;
/** Half width of the band in which a boundary may move, in model sizes. */
const BAND = 0.02;

/**
 * Divides a surface into meaningful parts, by shape alone: where it turns inward, narrows or changes its thickness.
 * Every triangle gets one part; parts are numbered by falling area. Any mesh will do: open, non-manifold, degenerate,
 * in thousands of pieces. Same mesh and options, same parts; moving, turning or scaling the mesh hardly matters.
 *
 * Based on:
 * - Jones, Habib, Ritchie. SHRED: 3D shape region decomposition with learned local operations. 2022. [jones2022]
 * - Chen, Golovinskiy, Funkhouser. A benchmark for 3D mesh segmentation. 2009. [chen2009]
 * Departs from them: regions are merged best first by one probability of a pair, with sums that add up, so that no
 * number of parts is needed; seams are cut on the triangles afterwards.
 * Measured (2026-11, by trees that never saw the model's group of categories or pack, before boundaries move): Rand error
 * 0.115 on 93 models of the Princeton benchmark (people among themselves 0.103), 0.127 with noise; part IoU 0.72 on
 * assemblies, 0.78 on characters whose nodes are whole garments. By trees that saw others of their pack, as a whole: 0.83
 * as the file has them, 0.81 and 0.76 remeshed finely and coarsely, at 5 to 6 parts for 4.
 * Falls short: tanks and the like, of a hundred loose pieces, unlike anything learned from: part IoU 0.47; characters
 * remeshed coarsely whose like was never seen, which are cut as bare bodies are: 0.71.
 * Not promised: that a part is a solid, or connected (small pieces join what they lie close to).
 *
 * @throws {MeshError} `no-triangles`, `not-finite`, `invalid-option`, `cancelled`.
 */
export function segment(mesh: Mesh, options: SegmentOptions = {}, run: Run = {}): Segmentation {
	const settings = checkSegmentOptions(mesh, { ...SEGMENT_DEFAULTS, ...options });
	const steps = new Steps(STEPS, run);
	const advance = (fraction: number): void => steps.advance(fraction);

	steps.begin('connect triangles');
	const oriented = orientOutward(mesh);
	advance(0.1);
	const frame = modelFrame(oriented);
	const triangles = triangleGraph(oriented, frame, settings.apartBy, (done) => advance(0.1 + 0.4 * done));
	const { graph, cellOf } = coarsenWhenLarge(triangles, (done) => advance(0.5 + 0.5 * done));

	steps.begin('measure features');
	const faceOf = standIns(triangles, graph, cellOf);
	const features = measureFeatures(oriented, frame, graph, faceOf, advance);

	steps.begin('oversegment');
	const cues = { ...CUES, ...settings.cues };
	const painted = cues.colors && settings.hints.painted !== undefined;
	const lookOf = classifyLooks(oriented, triangles, { graph, cellOf }, cues, settings.hints);
	advance(0.1);
	const fine = oversegment(
		graph,
		features,
		regionsFor(painted, graph.cells),
		(done) => advance(0.1 + 0.8 * done),
		lookOf,
	);
	const apartOf = settings.apartBy && apartByGroup(triangles, settings.apartBy);
	const touching = findContacts(oriented, frame, graph, cellOf, fine.regionOf, apartOf);
	advance(0.93);
	const { regions, contacts } = gatherCrumbs(graph, features, fine, touching, MAX_REGIONS);
	const mirror = cues.symmetry
		? findMirror(oriented, frame, graph, cellOf, regions.regionOf, apartOf, (done) => advance(0.93 + 0.07 * done))
		: undefined;

	steps.begin('merge regions');
	const adjacency = connectRegions(graph, features, regions, contacts, { lookOf, mirror });
	const tree = mergeRegions(adjacency, painted ? heedPaint(settings.score) : settings.score, advance);

	steps.begin('cut tree');
	const turn = graph === triangles ? features.turnFine : fineTurning(triangles, (done) => advance(0.5 * done));
	const signs = { turn, lookOf: lookOf && cellOf.map((n) => lookOf[n]) };
	const rough = cellOf.map((n) => regions.regionOf[n]);
	advance(0.6);
	const walls = findWalls(oriented, frame, graph, cellOf, faceOf, regions.regionOf);
	const tabulate = (regionOf: Uint32Array): RegionTable =>
		tabulateRegions(triangles, regionOf, regions.count, signs, contacts, frame.size, mirror?.images, walls);
	const draft = tabulate(rough);
	const draftOf = cutTree(tree, draft, settings);

	steps.begin('refine boundaries');
	const regionOf = settleBoundaries(triangles, signs, rough, draftOf, advance);

	steps.begin('label parts');
	const table = tabulate(regionOf);
	advance(0.3);
	const pieces = findPieces(triangles, regionOf, table, turn, contacts);
	advance(0.7);
	const measured = { tree, regionOf, regions: table, pieces };
	// Cut anew: boundaries that moved change areas, and a thin part can shrink below the smallest size.
	const { partOf, parts } = divide(measured, settings, settings.namePrefix);
	const times = steps.finish();
	const result = { partOf, parts, ...measured, warnings: warnOfCut(settings, parts.length), times };
	return settings.keep ? { ...result, intermediates: drawable(graph, features, cellOf, frame.size) } : result;
}

type Settings = Omit<Required<SegmentOptions>, 'granularity'> & { readonly granularity: number };

/** The options with granularity as a number; throws `invalid-option`, `no-triangles` or `not-finite`. */
function checkSegmentOptions(mesh: Mesh, options: Required<SegmentOptions>): Settings {
	const count = triangleCount(mesh);
	if (count === 0) throw new MeshError('no-triangles', 'the mesh has no triangles to segment');
	for (let i = 0; i < mesh.positions.length; i++)
		if (!Number.isFinite(mesh.positions[i]))
			throw new MeshError('not-finite', `vertex ${Math.floor(i / 3)} has a coordinate that is not finite`, {
				vertex: Math.floor(i / 3),
			});
	const { apartBy } = options;
	if (apartBy && apartBy.length !== count)
		throw new MeshError('invalid-option', `apartBy has ${apartBy.length} values for ${count} triangles`, {
			option: 'apartBy',
		});
	return { ...options, ...checkCut(options) };
}

/** Checks the options that say where to cut. Throws `invalid-option`. */
export function checkCut(
	options: Pick<Required<SegmentOptions>, 'parts' | 'granularity' | 'minPartSize' | 'maxParts' | 'splitByConnectivity'>,
): CutOptions & { readonly splitByConnectivity: boolean } {
	const { parts, minPartSize, maxParts, splitByConnectivity } = options;
	const granularity =
		typeof options.granularity === 'string' ? GRANULARITIES[options.granularity] : options.granularity;
	const refuse = (option: string, value: unknown, range: string): never => {
		throw new MeshError('invalid-option', `${option} is ${String(value)}; it must be ${range}`, { option, value });
	};
	if (!(granularity >= 0 && granularity <= 1))
		refuse('granularity', options.granularity, 'simple, balanced, detailed or 0..1');
	if (!Number.isInteger(maxParts) || maxParts < 1 || maxParts > 65535)
		refuse('maxParts', maxParts, 'a whole number, 1..65535');
	if (parts !== undefined && (!Number.isInteger(parts) || parts < 1 || parts > maxParts))
		refuse('parts', parts, `a whole number, 1..${maxParts}`);
	if (!(minPartSize >= 0 && minPartSize <= 1)) refuse('minPartSize', minPartSize, '0..1');
	if (typeof splitByConnectivity !== 'boolean') refuse('splitByConnectivity', splitByConnectivity, 'true or false');
	return { parts, granularity, minPartSize, maxParts, splitByConnectivity };
}

function apartByGroup({ groups, groupOf }: SurfaceGraph, apartBy: Uint32Array): Uint32Array {
	const apartOf = new Uint32Array(groups);
	for (let t = 0; t < groupOf.length; t++) apartOf[groupOf[t]] = apartBy[t];
	return apartOf;
}

const fineTurning = (triangles: SurfaceGraph, advance: (fraction: number) => void): Float32Array =>
	measureTurning(triangles, diffuseNormals(triangles, FINE_RADIUS, advance), FINE_WINDOW);

/** Moves the boundaries of the parts on the triangles, then gives what moved to a region of its new part. T. */
function settleBoundaries(
	triangles: SurfaceGraph,
	{ turn, lookOf }: BorderSigns,
	rough: Uint32Array,
	partOfRegion: Uint32Array,
	advance: (fraction: number) => void,
): Uint32Array {
	const label = rough.map((r) => partOfRegion[r]);
	refineBoundaries(triangles, label, turn, BAND, lookOf, (done) => advance(0.8 * done));
	absorbIslands(triangles, label, (done) => advance(0.8 + 0.15 * done));
	advance(0.95);
	return reassignRegions(triangles, rough, partOfRegion, label);
}

/** What the user should know of a cut: a number of parts that could not be given. */
export function warnOfCut(options: ReturnType<typeof checkCut>, count: number): string[] {
	const { parts, maxParts, splitByConnectivity } = options;
	// Pieces come on top of the parts that were asked for.
	if (parts !== undefined && (splitByConnectivity ? parts > count : parts !== count))
		return [`${parts} parts were asked for; the surface allows ${count}`];
	if (count > maxParts) return [`${count} parts, more than ${maxParts}: what \`apartBy\` keeps apart cannot join`];
	return [];
}

function drawable(graph: SurfaceGraph, features: SurfaceFeatures, cellOf: Uint32Array, size: number): Intermediates {
	const strongest = new Float32Array(graph.cells);
	for (let e = 0; e < graph.edgeA.length; e++) {
		const inward = Math.max(0, -features.turnFine[e]);
		strongest[graph.edgeA[e]] = Math.max(strongest[graph.edgeA[e]], inward);
		strongest[graph.edgeB[e]] = Math.max(strongest[graph.edgeB[e]], inward);
	}
	return {
		cellOf,
		thickness: Float32Array.from(cellOf, (n) => Math.exp(features.thickness[n]) * size),
		concavity: Float32Array.from(cellOf, (n) => strongest[n]),
	};
}
