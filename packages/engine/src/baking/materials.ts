import { type CornerAttribute, type Mesh, NO_ROW } from '../mesh/mesh.ts';
import type { Material, TextureUse } from '../mesh/model.ts';
import { type Alpha, BLEND, MASK, OPAQUE, type Recipe } from './recipe.ts';

export type MapName = 'baseColor' | 'normal' | 'occlusionRoughnessMetallic' | 'emissive';

/** Which maps are needed, and the factors of what is the same everywhere. */
export type MapPlan = {
	readonly baseColor: boolean;
	readonly normal: boolean;
	readonly occlusion: boolean;
	readonly metallicRoughness: boolean;
	readonly emissive: boolean;
	/** Of the result, beside its maps. */
	readonly factors: Pick<Material, 'baseColor' | 'metallic' | 'roughness' | 'emissive'>;
	readonly cutoff: number;
	/** Ways of treating alpha that occur, ascending. */
	readonly alphas: readonly Alpha[];
};

/** Finds what differs over the surface and needs a map. What is not wanted keeps the factor of most triangles. */
export function planMaps(
	mesh: Mesh,
	recipes: readonly Recipe[],
	wanted: ReadonlySet<MapName>,
	occluding: 'keep' | 'compute' | 'none',
): MapPlan {
	const used = recipes.filter(({ triangles }) => triangles > 0);
	const main = used.reduce((a, b) => (b.triangles > a.triangles ? b : a));
	const vertexColor = mesh.corner.color ? onlyRow(mesh.corner.color) : WHITE;
	const differs = (value: (recipe: Recipe) => readonly number[]): boolean =>
		used.some((recipe) => value(recipe).some((number, i) => number !== value(main)[i]));
	const baseColor =
		wanted.has('baseColor') &&
		(vertexColor === undefined || used.some((recipe) => recipe.baseColorMap) || differs(({ color }) => color));
	const orm = wanted.has('occlusionRoughnessMetallic');
	const metallicRoughness =
		orm &&
		(used.some((recipe) => recipe.metallicRoughnessMap) || differs(({ metallic, roughness }) => [metallic, roughness]));
	const occlusion =
		orm &&
		(occluding === 'compute' ||
			(occluding === 'keep' && used.some((recipe) => recipe.occlusionMap || recipe.occlusion !== 1)));
	const emissive =
		wanted.has('emissive') && (used.some((recipe) => recipe.emissiveMap) || differs((recipe) => recipe.emissive));
	const brightest = Math.max(...used.flatMap((recipe) => recipe.emissive));
	const [r, g, b, a] = main.color;
	const tint = vertexColor ?? WHITE;
	return {
		baseColor,
		normal: wanted.has('normal'),
		occlusion,
		metallicRoughness,
		emissive,
		factors: {
			baseColor: baseColor ? [1, 1, 1, 1] : [r * tint[0], g * tint[1], b * tint[2], a * tint[3]],
			metallic: metallicRoughness ? 1 : main.metallic,
			roughness: metallicRoughness ? 1 : main.roughness,
			emissive: emissive ? [brightest, brightest, brightest] : main.emissive,
		},
		cutoff: used.find(({ alpha }) => alpha === MASK)?.cutoff ?? 0.5,
		alphas: [OPAQUE, MASK, BLEND].filter((alpha) => used.some((recipe) => recipe.alpha === alpha)) as Alpha[],
	};
}

const WHITE: readonly number[] = [1, 1, 1, 1];

/** The value that all corners have, RGBA; undefined where they differ. Corners without one are white. */
function onlyRow({ values, indices, size }: CornerAttribute): readonly number[] | undefined {
	const first = indices[0];
	for (let c = 1; c < indices.length; c++) {
		const row = indices[c];
		if (row === first) continue;
		for (let k = 0; k < size; k++) {
			const mine = row === NO_ROW ? 1 : values[size * row + k];
			if (mine !== (first === NO_ROW ? 1 : values[size * first + k])) return undefined;
		}
	}
	if (first === NO_ROW) return WHITE;
	return [0, 1, 2, 3].map((k) => (k < size ? values[size * first + k] : 1));
}

/**
 * The materials that show the maps, one for each way of treating alpha that occurs on the low mesh.
 *
 * @param sources Materials of the source.
 * @param maps What was made.
 * @param alphaOf Way of treating alpha of each triangle of the low mesh. T.
 */
export function makeMaterials(
	recipes: readonly Recipe[],
	plan: MapPlan,
	sources: readonly Material[],
	maps: readonly { readonly name: MapName }[],
	alphaOf: Uint8Array,
): { materials: Material[]; materialOf: Uint16Array } {
	const use = (name: MapName): TextureUse | undefined => {
		const image = maps.findIndex((map) => map.name === name);
		return image < 0 ? undefined : { image, uv: 'uv', transform: [1, 0, 0, 0, 1, 0], ...CLAMPED };
	};
	const baseColorTexture = use('baseColor');
	const normalTexture = use('normal');
	const orm = use('occlusionRoughnessMetallic');
	const emissiveTexture = use('emissive');
	const used = recipes.flatMap((recipe, m) => (recipe.triangles > 0 ? [m] : []));
	const name = used.length === 1 ? (sources[used[0]]?.name ?? '') : '';
	const present = [OPAQUE, MASK, BLEND].filter((alpha) => alphaOf.includes(alpha));
	const materials = present.map(
		(alpha): Material => ({
			name: present.length > 1 ? `${name || 'baked'} ${MODES[alpha].toLowerCase()}` : name || 'baked',
			...plan.factors,
			...(baseColorTexture && { baseColorTexture }),
			...(orm && plan.metallicRoughness && { metallicRoughnessTexture: orm }),
			...(orm && plan.occlusion && { occlusionTexture: orm, occlusionStrength: 1 }),
			...(normalTexture && { normalTexture, normalScale: 1 }),
			...(emissiveTexture && { emissiveTexture }),
			alphaMode: MODES[alpha],
			alphaCutoff: plan.cutoff,
			doubleSided: used.some((m) => recipes[m].doubleSided && (recipes[m].alpha === alpha || present.length === 1)),
		}),
	);
	return { materials, materialOf: Uint16Array.from(alphaOf, (alpha) => present.indexOf(alpha as Alpha)) };
}

const MODES = ['OPAQUE', 'MASK', 'BLEND'] as const;
// The maps end at their borders.
const CLAMPED = { wrapU: 'clamp', wrapV: 'clamp' } as const;
