import { type CornerAttribute, type Mesh, NO_ROW } from '../mesh/mesh.ts';
import { toSrgb } from '../render/srgb.ts';
import type { Atlas } from './atlas.ts';
import { BLOCK, findHits, NO_HIT, newBlock, type Target } from './find-hits.ts';
import { locate, newSpot, readColor, readData } from './look-up.ts';
import { type Alpha, BLEND, MASK, OPAQUE, type Recipe } from './recipe.ts';

/** All that baking a run of triangles reads, and the maps that it writes. Runs share nothing that they write. */
export type Job = {
	readonly low: {
		readonly mesh: Mesh;
		/** Where the rays of each corner go, outwards. C × 3. */
		readonly directions: Float32Array;
		readonly normal: CornerAttribute;
		readonly tangent: CornerAttribute;
		/** Half the binary logarithm of texels to a square object unit. T. */
		readonly density: Float32Array;
	};
	readonly atlas: Atlas;
	/** What is looked at, by number of `targetOf`. */
	readonly targets: readonly Target[];
	/** T; absent where there is but one target. */
	readonly targetOf?: Uint32Array | undefined;
	/** How far rays go to each side, object units. */
	readonly cage: number;
	readonly source: {
		readonly mesh: Mesh;
		/** Absent: flat. */
		readonly normal: CornerAttribute | undefined;
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

/** Share of the cage in which the first block of a triangle looks. */
const FIRST_REACH = 0.15;
const LEAST_REACH = 0.02;
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
 * The texels of a triangle are baked in blocks of up to 8 × 8. A texel's point and ray come from the weights of its
 * middle; beyond the border of a chart the nearest point of the triangle stands in.
 *
 * One sample a texel: 2 × 2 in all texels with steps of 20/255 or more brought 0.00 to 0.01 dB at 2048² and up to
 * 0.03 dB at 1024² on WaterBottle, Duck and chess, for half as much time again (2026-11). Fine textures are halved
 * instead (`locate`).
 */
export function bakeTriangles(job: Job, first: number, end: number): Tally {
	const { atlas, targets, targetOf, cage, low } = job;
	const { order, texels, offsets, size } = atlas;
	const log = Math.log2(size);
	const tally: Tally = { texels: 0, fallbacks: 0, missed: 0 };
	const block = newBlock();
	const corners = new Float64Array(37);
	const plane = new Float64Array(6);
	const weights = new Float64Array(2 * BLOCK);
	const votes = new Uint32Array(3);
	const shown = new Float64Array(CHANNELS);
	for (let rank = first; rank < end; rank++) {
		const t = order[rank];
		const to = offsets[rank + 1];
		let i = offsets[rank];
		if (i === to) continue;
		const target = targets[targetOf ? targetOf[t] : 0];
		readCorners(job, t, corners);
		weightPlanes(atlas.corners, t, plane);
		const shift = blockShift(job, target, t);
		votes.fill(0);
		block.reach = FIRST_REACH * cage;
		block.fallbacks = 0;
		while (i < to) {
			const column = (texels[i] & (size - 1)) >> shift;
			const row = texels[i] >>> (log + shift);
			let count = 0;
			while (i + count < to) {
				const texel = texels[i + count];
				const x = texel & (size - 1);
				if (x >> shift !== column || texel >>> (log + shift) !== row) break;
				placeSample(atlas.corners, t, plane, x + 0.5, (texel >>> log) + 0.5, weights, count);
				aim(corners, weights, count, block.points, block.directions);
				count++;
			}
			block.count = count;
			findHits(target, block, cage);
			block.reach = Math.max(LEAST_REACH * cage, 2 * block.reach);
			for (let n = 0; n < count; n++) {
				const hit = block.triangles[n];
				if (hit === NO_HIT) {
					tally.missed++;
					continue;
				}
				votes[shade(job, target.triangleOf[hit], block, n, low.density[t], shown)]++;
				writeTexel(job, texels[i + n], corners, weights, n, shown);
			}
			tally.texels += count;
			i += count;
		}
		tally.fallbacks += block.fallbacks;
		job.alphaOf[t] = mostVoted(votes);
	}
	return tally;
}

/** Blocks of 4 × 4 where the triangles of the source are about as small as texels, else of 8 × 8. */
const blockShift = ({ low: { density } }: Job, { triangleOf, area }: Target, t: number): number =>
	4 ** density[t] * area < 4 * triangleOf.length ? 2 : 3;

/** Position, direction, normal and tangent of each of the three corners, 12 numbers each, and the handedness. */
function readCorners({ low }: Job, t: number, corners: Float64Array): void {
	const { mesh, directions, normal, tangent } = low;
	corners[36] = tangent.indices[3 * t] === NO_ROW ? 1 : tangent.values[4 * tangent.indices[3 * t] + 3];
	for (let k = 0; k < 3; k++) {
		const c = 3 * t + k;
		const o = 12 * k;
		const v = 3 * mesh.triangles[c];
		const n = 3 * normal.indices[c];
		const s = 4 * tangent.indices[c];
		for (let i = 0; i < 3; i++) {
			corners[o + i] = mesh.positions[v + i];
			corners[o + 3 + i] = directions[3 * c + i];
			corners[o + 6 + i] = normal.indices[c] === NO_ROW ? directions[3 * c + i] : normal.values[n + i];
			corners[o + 9 + i] = tangent.indices[c] === NO_ROW ? 0 : tangent.values[s + i];
		}
	}
}

/** Weights of the second and third corner as functions of the place: w = plane[0] · x + plane[1] · y + plane[2]. */
function weightPlanes(corners: Float64Array, t: number, plane: Float64Array): void {
	const x0 = corners[6 * t];
	const y0 = corners[6 * t + 1];
	const ux = corners[6 * t + 2] - x0;
	const uy = corners[6 * t + 3] - y0;
	const vx = corners[6 * t + 4] - x0;
	const vy = corners[6 * t + 5] - y0;
	const area = ux * vy - uy * vx;
	const inverse = area === 0 ? 0 : 1 / area;
	plane[0] = vy * inverse;
	plane[1] = -vx * inverse;
	plane[2] = -(plane[0] * x0 + plane[1] * y0);
	plane[3] = -uy * inverse;
	plane[4] = ux * inverse;
	plane[5] = -(plane[3] * x0 + plane[4] * y0);
}

/** Weights of the place (x, y), or of the nearest place of the triangle. */
function placeSample(
	corners: Float64Array,
	t: number,
	plane: Float64Array,
	x: number,
	y: number,
	weights: Float64Array,
	n: number,
): void {
	const b = plane[0] * x + plane[1] * y + plane[2];
	const c = plane[3] * x + plane[4] * y + plane[5];
	weights[2 * n] = b;
	weights[2 * n + 1] = c;
	if (b >= 0 && c >= 0 && b + c <= 1 && (plane[0] !== 0 || plane[1] !== 0)) return;
	let least = Infinity;
	for (let k = 0; k < 3; k++) {
		const from = 6 * t + 2 * k;
		const to = k === 2 ? 6 * t : from + 2;
		const ex = corners[to] - corners[from];
		const ey = corners[to + 1] - corners[from + 1];
		const dx = x - corners[from];
		const dy = y - corners[from + 1];
		const squared = ex * ex + ey * ey;
		const s = squared > 0 ? Math.min(1, Math.max(0, (dx * ex + dy * ey) / squared)) : 0;
		const away = (dx - s * ex) ** 2 + (dy - s * ey) ** 2;
		if (!(away < least)) continue;
		least = away;
		weights[2 * n] = k === 0 ? s : k === 1 ? 1 - s : 0;
		weights[2 * n + 1] = k === 0 ? 0 : k === 1 ? s : 1 - s;
	}
}

/** Point and unit direction of a sample. */
function aim(
	corners: Float64Array,
	weights: Float64Array,
	n: number,
	points: Float64Array,
	directions: Float64Array,
): void {
	const b = weights[2 * n];
	const c = weights[2 * n + 1];
	const a = 1 - b - c;
	const o = 3 * n;
	for (let k = 0; k < 3; k++) points[o + k] = a * corners[k] + b * corners[12 + k] + c * corners[24 + k];
	const x = a * corners[3] + b * corners[15] + c * corners[27];
	const y = a * corners[4] + b * corners[16] + c * corners[28];
	const z = a * corners[5] + b * corners[17] + c * corners[29];
	const length = Math.sqrt(x * x + y * y + z * z);
	const scale = length > 0 ? 1 / length : 0;
	directions[o] = x * scale;
	directions[o + 1] = y * scale;
	directions[o + 2] = length > 0 ? z * scale : 1;
}

const spot = newSpot();
const texel = new Float64Array(4);
const normal = new Float64Array(3);

/** Writes what the source shows at a hit; returns how its alpha is treated. */
function shade(
	{ source, maps, emissiveScale, cutoff }: Job,
	t: number,
	block: { readonly weights: Float64Array; readonly directions: Float64Array },
	n: number,
	density: number,
	shown: Float64Array,
): Alpha {
	const { mesh, recipes, recipeOf, tangents } = source;
	const u = block.weights[2 * n];
	const v = block.weights[2 * n + 1];
	const r = recipeOf[t];
	const recipe = recipes[r];
	const { baseColorMap, metallicRoughnessMap, occlusionMap, normalMap, emissiveMap } = recipe;
	let located = false;

	let red = recipe.color[0];
	let green = recipe.color[1];
	let blue = recipe.color[2];
	let alpha = recipe.color[3];
	if (baseColorMap !== undefined) {
		located = locate(baseColorMap, t, u, v, density, spot);
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
		if (!metallicRoughnessMap.shared) located = locate(metallicRoughnessMap, t, u, v, density, spot);
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
		if (!occlusionMap.shared) located = locate(occlusionMap, t, u, v, density, spot);
		if (located) {
			readData(occlusionMap, spot, texel);
			occlusion = 1 + recipe.occlusionStrength * (texel[0] - 1);
		}
	}
	shown[OCCLUSION] = occlusion;

	if (normalMap !== undefined && !normalMap.shared) located = locate(normalMap, t, u, v, density, spot);
	if (maps.normal !== undefined) {
		const facing = sourceNormal(source, t, u, v, block.directions, n);
		const tangent = tangents[r];
		if (normalMap !== undefined && located && tangent !== undefined) {
			readData(normalMap, spot, texel);
			bend(tangent, t, u, v, recipe.normalScale);
		}
		shown[NORMAL] = facing * normal[0];
		shown[NORMAL + 1] = facing * normal[1];
		shown[NORMAL + 2] = facing * normal[2];
	}

	if (maps.emissive === undefined) return recipe.alpha;
	for (let k = 0; k < 3; k++) shown[EMISSIVE + k] = recipe.emissive[k] / emissiveScale;
	if (emissiveMap === undefined) return recipe.alpha;
	if (!emissiveMap.shared) located = locate(emissiveMap, t, u, v, density, spot);
	if (!located) return recipe.alpha;
	readColor(emissiveMap, spot, texel);
	for (let k = 0; k < 3; k++) shown[EMISSIVE + k] *= texel[k];
	return recipe.alpha;
}

/** Writes the source's unit normal to `normal`; returns -1 where the triangle is seen from behind, else 1. */
function sourceNormal(
	{ mesh, normal: smooth }: Job['source'],
	t: number,
	u: number,
	v: number,
	directions: Float64Array,
	n: number,
): number {
	const { positions, triangles } = mesh;
	const i = 3 * triangles[3 * t];
	const j = 3 * triangles[3 * t + 1];
	const k = 3 * triangles[3 * t + 2];
	const ux = positions[j] - positions[i];
	const uy = positions[j + 1] - positions[i + 1];
	const uz = positions[j + 2] - positions[i + 2];
	const vx = positions[k] - positions[i];
	const vy = positions[k + 1] - positions[i + 1];
	const vz = positions[k + 2] - positions[i + 2];
	let x = uy * vz - uz * vy;
	let y = uz * vx - ux * vz;
	let z = ux * vy - uy * vx;
	const facing = x * directions[3 * n] + y * directions[3 * n + 1] + z * directions[3 * n + 2] < 0 ? -1 : 1;
	if (smooth !== undefined) {
		const { values, indices } = smooth;
		const a = 3 * indices[3 * t];
		const b = 3 * indices[3 * t + 1];
		const c = 3 * indices[3 * t + 2];
		if (a !== 3 * NO_ROW && b !== 3 * NO_ROW && c !== 3 * NO_ROW) {
			const w = 1 - u - v;
			x = w * values[a] + u * values[b] + v * values[c];
			y = w * values[a + 1] + u * values[b + 1] + v * values[c + 1];
			z = w * values[a + 2] + u * values[b + 2] + v * values[c + 2];
		}
	}
	const length = Math.sqrt(x * x + y * y + z * z);
	const scale = length > 0 ? 1 / length : 0;
	normal[0] = x * scale;
	normal[1] = y * scale;
	normal[2] = z * scale;
	return facing;
}

/** Bends `normal` as the texel of the source's normal map says, in its tangent space. */
function bend({ values, indices }: CornerAttribute, t: number, u: number, v: number, scale: number): void {
	const a = 4 * indices[3 * t];
	const b = 4 * indices[3 * t + 1];
	const c = 4 * indices[3 * t + 2];
	if (a === 4 * NO_ROW || b === 4 * NO_ROW || c === 4 * NO_ROW) return;
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
	weights: Float64Array,
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
	const b = weights[2 * n];
	const c = weights[2 * n + 1];
	toTangentSpace(corners, 1 - b - c, b, c, shown);
	normals[o] = toSigned(normal[0]);
	normals[o + 1] = toSigned(normal[1]);
	normals[o + 2] = toSigned(normal[2]);
	normals[o + 3] = 255;
}

/**
 * Writes the source's normal to `normal` as the low mesh's tangent space holds it: the inverse of what a renderer
 * does with interpolated vectors that are not made of unit length, nor perpendicular, in between (Mikkelsen 2008).
 */
function toTangentSpace(corners: Float64Array, a: number, b: number, c: number, shown: Float64Array): void {
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
