import { type CornerAttribute, NO_ROW } from '../mesh/mesh.ts';
import { toSrgb } from '../render/srgb.ts';
import type { Atlas } from './atlas.ts';
import { NO_HIT } from './find-hits.ts';
import { locate, newSpot, readColor, readData } from './look-up.ts';
import { type Alpha, BLEND, MASK, OPAQUE, type Recipe } from './recipe.ts';
import { type ShapedSource, sourceNormal } from './source-normal.ts';
import { type Walk, walkTexels } from './walk-texels.ts';

/** All that baking a run of triangles reads, and the maps that it writes. Runs share nothing that they write. */
export type Job = Walk & {
	readonly low: {
		readonly normal: CornerAttribute;
		/** Half the binary logarithm of texels to a square object unit. T. */
		readonly density: Float32Array;
	};
	readonly atlas: Atlas;
	readonly source: ShapedSource & {
		/** By material; the last one is for triangles without. */
		readonly recipes: readonly Recipe[];
		/** By recipe: the tangents that its normal map was made for. */
		readonly tangents: readonly (CornerAttribute | undefined)[];
		readonly recipeOf: Uint16Array;
	};
	/** Absent ones are not wanted. size × size × 4 each. */
	readonly maps: {
		readonly baseColor?: Uint8Array | undefined;
		readonly normal?: Uint8Array | undefined;
		/** Red occlusion, green roughness, blue metallic. */
		readonly orm?: Uint8Array | undefined;
		readonly emissive?: Uint8Array | undefined;
	};
	/** Writes the source's occlusion; else 1. */
	readonly keepsOcclusion: boolean;
	/** What a full channel of the emissive map stands for. */
	readonly emissiveScale: number;
	/** Alpha below which the result is cut out: cutoffs of the source are brought to this one. */
	readonly cutoff: number;
	/** Most frequent way to treat alpha on each triangle. T, written. */
	readonly alphaOf: Uint8Array;
};

/** What came of a run. `fallbacks` and `missed` count samples. */
export type Tally = { texels: number; fallbacks: number; missed: number };

/** A normal that a map cannot hold, since it points behind the surface, is brought to this height above it. */
const LEAST_HEIGHT = 0.02;

// What a sample shows, in its array.
const COLOR = 0;
const NORMAL = 4;
const OCCLUSION = 7;
const ROUGHNESS = 8;
const METALLIC = 9;
const EMISSIVE = 10;
const CHANNELS = 13;

/**
 * Bakes the texels of the triangles `order[first] .. order[end - 1]` of the atlas: every map that the job wants, in one pass.
 *
 * One sample a texel: 2 × 2 in all texels with steps of 20/255 or more brought 0.00 to 0.01 dB at 2048² and up to
 * 0.03 dB at 1024² on WaterBottle, Duck and chess, for half as much time again (2026-11). Fine textures are halved
 * instead (`locate`).
 */
export function bakeTriangles(job: Job, first: number, end: number): Tally {
	const { low } = job;
	const tally: Tally = { texels: 0, fallbacks: 0, missed: 0 };
	const votes = new Uint32Array(3);
	const shown = new Float64Array(CHANNELS);
	let current = -1;
	walkTexels(job, job.atlas, first, end, ({ block, corners, places }, t, target, texels, from) => {
		if (t !== current) {
			if (current >= 0) job.alphaOf[current] = mostVoted(votes);
			current = t;
			votes.fill(0);
		}
		const { count, triangles, weights, back } = block;
		place[2] = low.density[t];
		for (let n = 0; n < count; n++) {
			if (triangles[n] === NO_HIT) {
				tally.missed++;
				continue;
			}
			place[0] = weights[2 * n];
			place[1] = weights[2 * n + 1];
			votes[shade(job, target.triangleOf[triangles[n]], back[n] === 1, shown)]++;
			writeTexel(job, texels[from + n], corners, places, n, shown);
		}
		tally.texels += count;
		tally.fallbacks += block.fallbacks;
	});
	if (current >= 0) job.alphaOf[current] = mostVoted(votes);
	return tally;
}

/** Weights of the second and the third corner of the triangle that is seen, and the density of the baked texels. */
const place = new Float64Array(3);
const spot = newSpot();
const texel = new Float64Array(4);
const normal = new Float64Array(3);

/** Writes what the source shows at a hit; returns how its alpha is treated. */
function shade(
	{ source, maps, emissiveScale, cutoff }: Job,
	t: number,
	fromBehind: boolean,
	shown: Float64Array,
): Alpha {
	const { mesh, recipes, recipeOf, tangents } = source;
	const u = place[0];
	const v = place[1];
	const r = recipeOf[t];
	const recipe = recipes[r];
	const { baseColorMap, metallicRoughnessMap, occlusionMap, normalMap, emissiveMap } = recipe;
	let located = false;

	let red = recipe.color[0];
	let green = recipe.color[1];
	let blue = recipe.color[2];
	let alpha = recipe.color[3];
	if (baseColorMap !== undefined) {
		located = locate(baseColorMap, t, place, spot);
		if (located) {
			readColor(baseColorMap, spot, texel);
			red *= texel[0];
			green *= texel[1];
			blue *= texel[2];
			alpha *= texel[3];
		}
	}
	const colors = mesh.corner.color;
	if (colors !== undefined) {
		const { values, indices, size } = colors;
		const a = indices[3 * t];
		const b = indices[3 * t + 1];
		const c = indices[3 * t + 2];
		if (a !== NO_ROW && b !== NO_ROW && c !== NO_ROW) {
			const w = 1 - u - v;
			red *= w * values[size * a] + u * values[size * b] + v * values[size * c];
			green *= w * values[size * a + 1] + u * values[size * b + 1] + v * values[size * c + 1];
			blue *= w * values[size * a + 2] + u * values[size * b + 2] + v * values[size * c + 2];
			if (size === 4) alpha *= w * values[4 * a + 3] + u * values[4 * b + 3] + v * values[4 * c + 3];
		}
	}
	shown[COLOR] = red;
	shown[COLOR + 1] = green;
	shown[COLOR + 2] = blue;
	shown[COLOR + 3] =
		recipe.alpha === OPAQUE ? 1 : recipe.alpha === MASK ? Math.min(1, (alpha * cutoff) / recipe.cutoff) : alpha;

	let roughness = recipe.roughness;
	let metallic = recipe.metallic;
	if (metallicRoughnessMap !== undefined) {
		if (!metallicRoughnessMap.shared) located = locate(metallicRoughnessMap, t, place, spot);
		if (located) {
			readData(metallicRoughnessMap, spot, texel);
			roughness *= texel[1];
			metallic *= texel[2];
		}
	}
	shown[ROUGHNESS] = roughness;
	shown[METALLIC] = metallic;
	let occlusion = recipe.occlusion;
	if (occlusionMap !== undefined) {
		if (!occlusionMap.shared) located = locate(occlusionMap, t, place, spot);
		if (located) {
			readData(occlusionMap, spot, texel);
			occlusion = 1 + recipe.occlusionStrength * (texel[0] - 1);
		}
	}
	shown[OCCLUSION] = occlusion;

	if (normalMap !== undefined && !normalMap.shared) located = locate(normalMap, t, place, spot);
	if (maps.normal !== undefined) {
		const side = fromBehind ? -1 : 1;
		sourceNormal(source, t, place, normal);
		const tangent = tangents[r];
		if (normalMap !== undefined && located && tangent !== undefined) {
			readData(normalMap, spot, texel);
			bend(tangent, t, recipe.normalScale);
		}
		shown[NORMAL] = side * normal[0];
		shown[NORMAL + 1] = side * normal[1];
		shown[NORMAL + 2] = side * normal[2];
	}

	if (maps.emissive === undefined) return recipe.alpha;
	for (let k = 0; k < 3; k++) shown[EMISSIVE + k] = recipe.emissive[k] / emissiveScale;
	if (emissiveMap === undefined) return recipe.alpha;
	if (!emissiveMap.shared) located = locate(emissiveMap, t, place, spot);
	if (!located) return recipe.alpha;
	readColor(emissiveMap, spot, texel);
	for (let k = 0; k < 3; k++) shown[EMISSIVE + k] *= texel[k];
	return recipe.alpha;
}

/** Bends `normal` as the texel of the source's normal map says, in its tangent space. */
function bend({ values, indices }: CornerAttribute, t: number, scale: number): void {
	const a = 4 * indices[3 * t];
	const b = 4 * indices[3 * t + 1];
	const c = 4 * indices[3 * t + 2];
	if (a === 4 * NO_ROW || b === 4 * NO_ROW || c === 4 * NO_ROW) return;
	const u = place[0];
	const v = place[1];
	const w = 1 - u - v;
	const tx = w * values[a] + u * values[b] + v * values[c];
	const ty = w * values[a + 1] + u * values[b + 1] + v * values[c + 1];
	const tz = w * values[a + 2] + u * values[b + 2] + v * values[c + 2];
	const turn = values[a + 3];
	const nx = normal[0];
	const ny = normal[1];
	const nz = normal[2];
	const bx = turn * (ny * tz - nz * ty);
	const by = turn * (nz * tx - nx * tz);
	const bz = turn * (nx * ty - ny * tx);
	const mx = scale * (2 * texel[0] - 1);
	const my = scale * (2 * texel[1] - 1);
	const mz = 2 * texel[2] - 1;
	const x = mx * tx + my * bx + mz * nx;
	const y = mx * ty + my * by + mz * ny;
	const z = mx * tz + my * bz + mz * nz;
	const length = Math.sqrt(x * x + y * y + z * z);
	if (!(length > 0)) return;
	normal[0] = x / length;
	normal[1] = y / length;
	normal[2] = z / length;
}

/** Writes what a texel's sample shows to each map. */
function writeTexel(
	{ maps, keepsOcclusion }: Job,
	at: number,
	corners: Float64Array,
	places: Float64Array,
	n: number,
	shown: Float64Array,
): void {
	const o = 4 * at;
	const { baseColor, normal: normals, orm, emissive } = maps;
	if (baseColor !== undefined) {
		baseColor[o] = toSrgb(shown[COLOR]);
		baseColor[o + 1] = toSrgb(shown[COLOR + 1]);
		baseColor[o + 2] = toSrgb(shown[COLOR + 2]);
		baseColor[o + 3] = toByte(shown[COLOR + 3]);
	}
	if (orm !== undefined) {
		orm[o] = keepsOcclusion ? toByte(shown[OCCLUSION]) : 255;
		orm[o + 1] = toByte(shown[ROUGHNESS]);
		orm[o + 2] = toByte(shown[METALLIC]);
		orm[o + 3] = 255;
	}
	if (emissive !== undefined) {
		emissive[o] = toSrgb(shown[EMISSIVE]);
		emissive[o + 1] = toSrgb(shown[EMISSIVE + 1]);
		emissive[o + 2] = toSrgb(shown[EMISSIVE + 2]);
		emissive[o + 3] = 255;
	}
	if (normals === undefined) return;
	toTangentSpace(corners, places, n, shown);
	normals[o] = toSigned(normal[0]);
	normals[o + 1] = toSigned(normal[1]);
	normals[o + 2] = toSigned(normal[2]);
	normals[o + 3] = 255;
}

/**
 * Writes the source's normal to `normal` as the low mesh's tangent space holds it: the inverse of what a renderer
 * does with interpolated vectors that are not made of unit length, nor perpendicular, in between (Mikkelsen 2008).
 */
function toTangentSpace(corners: Float64Array, places: Float64Array, n: number, shown: Float64Array): void {
	const b = places[2 * n];
	const c = places[2 * n + 1];
	const a = 1 - b - c;
	const nx = a * corners[6] + b * corners[18] + c * corners[30];
	const ny = a * corners[7] + b * corners[19] + c * corners[31];
	const nz = a * corners[8] + b * corners[20] + c * corners[32];
	const tx = a * corners[9] + b * corners[21] + c * corners[33];
	const ty = a * corners[10] + b * corners[22] + c * corners[34];
	const tz = a * corners[11] + b * corners[23] + c * corners[35];
	const turn = corners[36];
	const bx = turn * (ny * tz - nz * ty);
	const by = turn * (nz * tx - nx * tz);
	const bz = turn * (nx * ty - ny * tx);
	const sx = shown[NORMAL];
	const sy = shown[NORMAL + 1];
	const sz = shown[NORMAL + 2];
	// Rows of the inverse of [T B N], all times its determinant, whose sign is the handedness.
	const x = turn * (sx * (by * nz - bz * ny) + sy * (bz * nx - bx * nz) + sz * (bx * ny - by * nx));
	const y = turn * (sx * (ny * tz - nz * ty) + sy * (nz * tx - nx * tz) + sz * (nx * ty - ny * tx));
	const z = turn * (sx * (ty * bz - tz * by) + sy * (tz * bx - tx * bz) + sz * (tx * by - ty * bx));
	const length = Math.sqrt(x * x + y * y + z * z);
	if (!(length > 0)) {
		normal[0] = normal[1] = 0;
		normal[2] = 1;
		return;
	}
	const height = Math.max(LEAST_HEIGHT, z / length);
	const across = Math.sqrt(x * x + y * y);
	const lean = across > 0 ? Math.sqrt(1 - height * height) / across : 0;
	normal[0] = x * lean;
	normal[1] = y * lean;
	normal[2] = height;
}

const mostVoted = (votes: Uint32Array): number =>
	votes[BLEND] > votes[MASK] && votes[BLEND] > votes[OPAQUE] ? BLEND : votes[MASK] > votes[OPAQUE] ? MASK : OPAQUE;

const toByte = (value: number): number => (value <= 0 ? 0 : value >= 1 ? 255 : (255 * value + 0.5) | 0);

/** -1..1 as 0..255. */
const toSigned = (value: number): number => (127.5 * value + 128) | 0;
