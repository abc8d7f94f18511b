import { cornerNormals } from '../analysis/corner-normals.ts';
import { bounds } from '../analysis/normals.ts';
import { tangents } from '../analysis/tangents.ts';
import { MeshError } from '../errors.ts';
import { dilate } from '../image/dilate.ts';
import type { Image } from '../image/image.ts';
import { normalAndArea } from '../math/triangle.ts';
import { type CornerAttribute, type Mesh, NO_MATERIAL, triangleCount } from '../mesh/mesh.ts';
import type { Material, Model } from '../mesh/model.ts';
import { type Run, Steps, type StepTimes } from '../run/run.ts';
import { nearestPoint, newNearest } from '../spatial/nearest.ts';
import { type Atlas, layOut } from './atlas.ts';
import { bakeTriangles, type Job, type Tally } from './bake-triangles.ts';
import { type MapName, type MapPlan, makeMaterials, planMaps } from './materials.ts';
import { bakeOcclusion } from './occlusion.ts';
import { BLEND, OPAQUE, type Recipe, writeRecipes } from './recipe.ts';
import { makeTargets, rayDirections, type Targets } from './targets.ts';

const OCCLUSIONS = ['keep', 'compute', 'none'] as const;

export type BakeOptions = {
	/** Texels along each side of the maps, a power of two, 64..8192. Default 2048. */
	readonly size?: number;
	/** Maps that are wanted. Default: all. One that says the same everywhere becomes a factor of the material. */
	readonly maps?: readonly MapName[];
	/** Part of each triangle of the low mesh and of the source: parts are baked each onto itself only. Low T. */
	readonly partOf?: ArrayLike<number>;
	/** Source T. */
	readonly sourcePartOf?: ArrayLike<number>;
	/** Triangles of the source that count. Default: all. */
	readonly sourceTriangles?: Uint32Array;
	/** Keeps the source's occlusion, computes it anew from the source's shape, or leaves it out. Default `keep`. */
	readonly occlusion?: (typeof OCCLUSIONS)[number];
	/** How far the source may be from the low mesh, fraction of the low mesh's diagonal, 0.0001..0.5. Default 0.0125. */
	readonly cage?: number;
	/** Texels that colours are carried beyond the borders of charts, 4..256. Default 16. */
	readonly padding?: number;
};

export const BAKE_DEFAULTS = Object.freeze({
	size: 2048,
	maps: Object.freeze(['baseColor', 'normal', 'occlusionRoughnessMetallic', 'emissive'] as const),
	occlusion: 'keep' as const,
	cage: 0.0125,
	padding: 16,
});

/** What is baked from: a model and its images decoded, by index; undefined where one could not be decoded. */
export type BakeSource = { readonly model: Model; readonly images: readonly (Image | undefined)[] };

/** The look of a source as maps for a low mesh. */
export type Baked = {
	/** What texture uses of `materials` number. */
	readonly maps: readonly { readonly name: MapName; readonly image: Image }[];
	/** One for each way of treating alpha that occurs (most often one); all use the same maps. */
	readonly materials: readonly Material[];
	/** Material of each triangle of the low mesh. T. */
	readonly materialOf: Uint16Array;
	/** The tangents that the normal map is made for: write these. Of the low mesh, xyz and handedness. */
	readonly tangent: CornerAttribute;
	readonly report: BakeReport;
};

export type BakeReport = {
	readonly texels: number;
	/** Share of samples whose rays met nothing: the nearest point of the source was taken. */
	readonly fallbackShare: number;
	/** Texels of parts that the source does not have; their surroundings were carried in. */
	readonly missed: number;
	readonly warnings: readonly string[];
	/** ms by step. */
	readonly times: StepTimes;
};

const STEPS = { prepare: 8, 'lay out': 8, bake: 76, occlusion: 0, dilate: 8 };
/** Share of the step where occlusion is computed. */
const OCCLUSION_WEIGHT = 150;
/** Texels between two looks at the cancel flag: about 100 ms. */
const RUN_TEXELS = 1 << 16;

/**
 * Bakes the look of a source onto a low mesh: base colour, normals, occlusion, roughness and metal, light of its own,
 * alpha.
 *
 * From each texel a ray goes along the smooth normal of the low mesh, to both sides; the nearest triangle of the source
 * that looks outwards is what the texel shows, or the nearest point where there is none. The source is seen as its
 * materials say: factors, textures (bilinear, in linear light, halved where they are finer than the texels), texture
 * transforms and wrap modes, vertex colours, normal maps in their own tangent space. Several materials become one set of
 * maps. The normal map holds the shape that the low mesh lost as well; where a map says the same everywhere a factor
 * takes its place.
 *
 * Deterministic. 2.4 M texels of three maps take 2.6 to 3.5 s on a busy core (Dungeon, 2026-11).
 *
 * @param low With the corner attributes `uv` (0..1, v down, charts not overlapping) and `normal`.
 * @throws MeshError `invalid-option`, `no-triangles` (no triangle of the source counts), `cancelled`.
 */
export async function bake(source: BakeSource, low: Mesh, options: BakeOptions = {}, run: Run = {}): Promise<Baked> {
	const settings = { ...BAKE_DEFAULTS, ...options };
	checkOptions(source, low, settings);
	const { model, images } = source;
	const computes = settings.occlusion === 'compute';
	const steps = new Steps(computes ? { ...STEPS, occlusion: OCCLUSION_WEIGHT } : STEPS, run);
	const warnings: string[] = [];

	steps.begin('prepare');
	const used = listUsed(model.mesh, settings.sourceTriangles);
	const recipes = writeRecipes(model.mesh, model.materials, images, used, warnings);
	const plan = planMaps(model.mesh, recipes, new Set(settings.maps), settings.occlusion);
	const seen = await prepareSource(model, recipes, used);
	const targets = makeTargets(model.mesh, low, used, partLabels(settings));
	const tangent = await tangents(low);
	const { diagonal } = bounds(low);

	steps.begin('lay out');
	const atlas = layOut(low, settings.size);
	tellLayout(atlas, targets, low, warnings);
	const job = newJob(low, atlas, tangent, seen, targets, plan, settings.cage * diagonal);

	steps.begin('bake');
	const tally = runJob(job, steps);

	steps.begin('occlusion');
	if (computes && job.maps.orm)
		bakeOcclusion(job, seen, used, atlas, diagonal, job.maps.orm, (fraction) => steps.advance(fraction));

	steps.begin('dilate');
	dilate(settings.size, atlas.owner, listMaps(job), { reach: settings.padding });
	settleAlpha(job, plan);
	const maps = nameMaps(job);
	const result = makeMaterials(recipes, plan, model.materials, maps, job.alphaOf);
	const times = steps.finish();
	const { texels, missed } = tally;
	const fallbackShare = tally.fallbacks / Math.max(1, texels);
	return { maps, ...result, tangent, report: { texels, fallbackShare, missed, warnings, times } };
}

type Settings = Required<Pick<BakeOptions, keyof typeof BAKE_DEFAULTS>> & BakeOptions;

function checkOptions({ model }: BakeSource, low: Mesh, settings: Settings): void {
	const { size, maps, occlusion, cage, padding, partOf, sourcePartOf } = settings;
	const refuse = (what: string): never => {
		throw new MeshError('invalid-option', what);
	};
	if (!low.corner.uv || !low.corner.normal) refuse('the low mesh needs the corner attributes uv and normal');
	if (!Number.isInteger(Math.log2(size)) || size < 64 || size > 8192)
		refuse(`size is ${size}; it must be a power of two, 64 to 8192`);
	for (const map of maps)
		if (!BAKE_DEFAULTS.maps.includes(map)) refuse(`maps: '${map}' is not baked; ${BAKE_DEFAULTS.maps.join(', ')} are`);
	if (!OCCLUSIONS.includes(occlusion)) refuse(`occlusion is '${occlusion}'; it must be ${OCCLUSIONS.join(', ')}`);
	if (!(cage >= 1e-4 && cage <= 0.5)) refuse(`cage is ${cage}; it must be 0.0001 to 0.5 of the diagonal`);
	if (!Number.isInteger(padding) || padding < 4 || padding > 256) refuse(`padding is ${padding}; it must be 4 to 256`);
	if ((partOf === undefined) !== (sourcePartOf === undefined)) refuse('partOf and sourcePartOf go together');
	if (partOf && partOf.length !== triangleCount(low))
		refuse(`partOf has ${partOf.length} labels for ${triangleCount(low)} triangles`);
	if (sourcePartOf && sourcePartOf.length !== triangleCount(model.mesh))
		refuse(`sourcePartOf has ${sourcePartOf.length} labels for ${triangleCount(model.mesh)} triangles`);
}

const partLabels = ({ partOf, sourcePartOf }: Settings) =>
	partOf && sourcePartOf ? { low: partOf, source: sourcePartOf } : undefined;

function listUsed(mesh: Mesh, chosen: Uint32Array | undefined): Uint32Array {
	const used = chosen ?? Uint32Array.from({ length: triangleCount(mesh) }, (_, t) => t);
	if (used.length === 0) throw new MeshError('no-triangles', 'no triangle of the source is there to bake from');
	return used;
}

/** What rays that hit the source are answered with: its normals, and the tangents that its normal maps were made for. */
async function prepareSource({ mesh, materials }: Model, recipes: readonly Recipe[], used: Uint32Array) {
	const recipeOf = mesh.materialOf.map((m) => (m === NO_MATERIAL ? materials.length : m));
	const bumpy = new Map<string, Set<number>>();
	recipes.forEach(({ normalMap }, r) => {
		const uv = materials[r]?.normalTexture?.uv;
		if (normalMap && uv !== undefined) bumpy.set(uv, (bumpy.get(uv) ?? new Set()).add(r));
	});
	let { normal } = mesh.corner;
	if (!normal && bumpy.size > 0) normal = cornerNormals(mesh, { creaseDegrees: 0 });
	const tangentsOf: (CornerAttribute | undefined)[] = recipes.map(() => undefined);
	for (const [uv, members] of bumpy) {
		const only = used.filter((t) => members.has(recipeOf[t]));
		const tangent = await tangents({ ...mesh, corner: { ...mesh.corner, ...(normal && { normal }) } }, { uv, only });
		for (const r of members) tangentsOf[r] = tangent;
	}
	return { mesh, normal, recipes, recipeOf, tangents: tangentsOf };
}

function tellLayout(atlas: Atlas, { strangers }: Targets, low: Mesh, warnings: string[]): void {
	const { texels, without, overlapping } = atlas;
	if (without > 0) warnings.push(`${without} of ${triangleCount(low)} triangles have no texture coordinates`);
	if (overlapping > texels.length / 1000)
		warnings.push(`${overlapping} texels lie in several charts at once; the first one's colour is kept`);
	if (strangers > 0)
		warnings.push(`${strangers} triangles are of a part that the source lacks; all of it was looked at`);
}

function newJob(
	low: Mesh,
	atlas: Atlas,
	tangent: CornerAttribute,
	source: Job['source'],
	{ targets, targetOf }: Targets,
	plan: MapPlan,
	cage: number,
): Job {
	const newMap = (wanted: boolean) => (wanted ? new Uint8Array(4 * atlas.size * atlas.size) : undefined);
	return {
		low: {
			mesh: low,
			directions: rayDirections(low),
			normal: low.corner.normal,
			tangent,
			density: measureDensity(low, atlas.corners),
		},
		atlas,
		targets,
		targetOf,
		cage,
		source,
		maps: {
			baseColor: newMap(plan.baseColor),
			normal: newMap(plan.normal),
			orm: newMap(plan.occlusion || plan.metallicRoughness),
			emissive: newMap(plan.emissive),
		},
		keepsOcclusion: plan.occlusion,
		emissiveScale: plan.factors.emissive[0],
		cutoff: plan.cutoff,
		alphaOf: new Uint8Array(triangleCount(low)),
	};
}

/** Bakes run by run, and looks at the cancel flag in between. */
function runJob(job: Job, steps: Steps<keyof typeof STEPS>): Tally {
	const { offsets, texels } = job.atlas;
	const total: Tally = { texels: 0, fallbacks: 0, missed: 0 };
	for (let first = 0, end = 0; end + 1 < offsets.length; first = end) {
		while (end + 1 < offsets.length && offsets[end] - offsets[first] < RUN_TEXELS) end++;
		const tally = bakeTriangles(job, first, end);
		total.texels += tally.texels;
		total.fallbacks += tally.fallbacks;
		total.missed += tally.missed;
		steps.advance(offsets[end] / Math.max(1, texels.length));
	}
	return total;
}

const listMaps = ({ maps: { baseColor, normal, orm, emissive } }: Job): Uint8Array[] =>
	[baseColor, normal, orm, emissive].filter((map) => map !== undefined);

/** Settles how alpha is treated on triangles without texels, and where blending would change nothing. */
function settleAlpha({ alphaOf, atlas, low, source, targets, targetOf, maps }: Job, plan: MapPlan): void {
	if (plan.alphas.length === 1) alphaOf.fill(plan.alphas[0]);
	else {
		const { positions, triangles } = low.mesh;
		const nearest = newNearest();
		for (let i = 0; i < alphaOf.length; i++) {
			if (atlas.offsets[i + 1] > atlas.offsets[i]) continue;
			const t = atlas.order[i];
			const target = targets[targetOf ? targetOf[t] : 0];
			const v = 3 * triangles[3 * t];
			if (nearestPoint(target.bvh, positions[v], positions[v + 1], positions[v + 2], Infinity, nearest))
				alphaOf[t] = source.recipes[source.recipeOf[target.triangleOf[nearest.triangle]]].alpha;
		}
	}
	if (!alphaOf.includes(BLEND)) return;
	const { texels, owner } = atlas;
	if (!maps.baseColor && plan.factors.baseColor[3] < 1) return;
	for (let i = 0; i < texels.length && maps.baseColor; i++)
		if (alphaOf[owner[texels[i]]] === BLEND && maps.baseColor[4 * texels[i] + 3] < 255) return;
	for (let t = 0; t < alphaOf.length; t++) if (alphaOf[t] === BLEND) alphaOf[t] = OPAQUE;
}

function nameMaps({ atlas: { size, texels }, maps: { baseColor, normal, orm, emissive } }: Job): Baked['maps'] {
	const named: { name: MapName; image: Image }[] = [];
	const add = (name: MapName, pixels: Uint8Array | undefined): void => {
		if (pixels) named.push({ name, image: { width: size, height: size, pixels } });
	};
	add('baseColor', baseColor);
	if (normal && !isFlat(normal, texels)) add('normal', normal);
	add('occlusionRoughnessMetallic', orm);
	add('emissive', emissive);
	return named;
}

/** Does every texel point straight out, within a step? */
function isFlat(normal: Uint8Array, texels: Uint32Array): boolean {
	for (let i = 0; i < texels.length; i++) {
		const o = 4 * texels[i];
		if (Math.abs(normal[o] - 128) > 1 || Math.abs(normal[o + 1] - 128) > 1) return false;
	}
	return true;
}

/** Half the binary logarithm of texels to a square object unit of each triangle. T. */
function measureDensity({ positions, triangles }: Mesh, corners: Float64Array): Float32Array {
	const density = new Float32Array(triangles.length / 3);
	const plane = new Float64Array(4);
	for (let t = 0; t < density.length; t++) {
		const o = 6 * t;
		const flat =
			(corners[o + 2] - corners[o]) * (corners[o + 5] - corners[o + 1]) -
			(corners[o + 4] - corners[o]) * (corners[o + 3] - corners[o + 1]);
		normalAndArea(positions, triangles, t, plane, 0);
		const ratio = Math.abs(flat) / (2 * plane[3]);
		density[t] = ratio > 0 && Number.isFinite(ratio) ? Math.log2(ratio) / 2 : 0;
	}
	return density;
}
