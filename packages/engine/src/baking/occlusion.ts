import { dilate, EMPTY } from '../image/dilate.ts';
import { type Bvh, buildBvh } from '../spatial/bvh.ts';
import { BOTH_FACES, firstHit, NO_TRIANGLE, newHit } from '../spatial/ray.ts';
import { type Atlas, layOut } from './atlas.ts';
import { NO_HIT } from './find-hits.ts';
import { type ShapedSource, sourceNormal } from './source-normal.ts';
import { type Walk, walkTexels } from './walk-texels.ts';

/** Texels of the maps that share one of occlusion, along each side. */
const COARSE = 4;
/** Rays from each coarse texel, and sets of them that neighbours take in turn: 4 × 4 texels together send 256. */
const RAYS = 16;
const TURNS = 4;
/** What is farther away than this share of the diagonal does not darken. */
const REACH = 0.25;
/** Rays begin this share of the diagonal off the surface, so that they do not meet where they come from. */
const LIFT = 2e-4;

/**
 * How much of the light around arrives at each texel: rays over the hemisphere, each weighed down by its cosine, against
 * the whole source; what is near hides more than what is far. Written to the red channel of a map.
 *
 * At a quarter of the resolution, smoothed over the 4 × 4 texels whose rays complete each other, then interpolated:
 * occlusion is soft, and at full resolution there are 16 times as many rays.
 *
 * After Zhukov, Iones, Kronin. An ambient light illumination model. 1998. [zhukov1998]
 *
 * @param used Triangles of the source that count.
 * @param diagonal Of the low mesh, object units.
 * @param orm Red is written. size × size × 4.
 * @param advance Told of the share that is done.
 */
export function bakeOcclusion(
	walk: Walk,
	source: ShapedSource,
	used: Uint32Array,
	atlas: Atlas,
	diagonal: number,
	orm: Uint8Array,
	advance: (fraction: number) => void,
): void {
	const coarse = layOut(walk.low.mesh, Math.max(16, atlas.size / COARSE));
	const open = measureOpenness(walk, source, hierarchyOf(source, used), coarse, diagonal, advance);
	const smooth = smoothOpenness(coarse, open);
	dilate(coarse.size, coarse.owner, [smooth], { reach: 8 });
	interpolate(coarse.size, smooth, atlas, orm);
}

/** One hierarchy over all that may stand in the light, whatever its part. */
function hierarchyOf({ mesh: { positions, triangles } }: ShapedSource, used: Uint32Array): Bvh {
	const own = new Uint32Array(3 * used.length);
	for (let i = 0; i < used.length; i++) for (let k = 0; k < 3; k++) own[3 * i + k] = triangles[3 * used[i] + k];
	return buildBvh({ positions, triangles: own });
}

/** Share of the light that arrives at each coarse texel, 0..1. */
function measureOpenness(
	walk: Walk,
	source: ShapedSource,
	bvh: Bvh,
	coarse: Atlas,
	diagonal: number,
	advance: (fraction: number) => void,
): Float32Array {
	const open = new Float32Array(coarse.size * coarse.size);
	const rays = spreadRays();
	const hit = newHit();
	const place = new Float64Array(2);
	const normal = new Float64Array(3);
	const { positions, triangles } = source.mesh;
	const most = REACH * diagonal;
	const runs = 64;
	for (let run = 0; run < runs; run++) {
		const first = Math.floor((run * coarse.order.length) / runs);
		const end = Math.floor(((run + 1) * coarse.order.length) / runs);
		walkTexels(walk, coarse, first, end, ({ block }, _, target, texels, from) => {
			for (let n = 0; n < block.count; n++) {
				const texel = texels[from + n];
				if (block.triangles[n] === NO_HIT) {
					open[texel] = 1;
					continue;
				}
				const t = target.triangleOf[block.triangles[n]];
				const u = block.weights[2 * n];
				const v = block.weights[2 * n + 1];
				place[0] = u;
				place[1] = v;
				sourceNormal(source, t, place, normal);
				const facing = block.back[n] === 1 ? -1 : 1;
				const nx = facing * normal[0];
				const ny = facing * normal[1];
				const nz = facing * normal[2];
				const i = 3 * triangles[3 * t];
				const j = 3 * triangles[3 * t + 1];
				const k = 3 * triangles[3 * t + 2];
				const w = 1 - u - v;
				const lift = LIFT * diagonal;
				const px = w * positions[i] + u * positions[j] + v * positions[k] + lift * nx;
				const py = w * positions[i + 1] + u * positions[j + 1] + v * positions[k + 1] + lift * ny;
				const pz = w * positions[i + 2] + u * positions[j + 2] + v * positions[k + 2] + lift * nz;
				// A frame around the normal (Duff et al. Building an orthonormal basis, revisited. 2017 [duff2017]).
				const sign = nz >= 0 ? 1 : -1;
				const a = -1 / (sign + nz);
				const b = nx * ny * a;
				const tx = 1 + sign * nx * nx * a;
				const ty = sign * b;
				const tz = -sign * nx;
				const bx = b;
				const by = sign + ny * ny * a;
				const bz = -ny;
				const x = texel % coarse.size;
				const y = (texel / coarse.size) | 0;
				const set = 3 * RAYS * ((y % TURNS) * TURNS + (x % TURNS));
				let dark = 0;
				for (let r = set; r < set + 3 * RAYS; r += 3) {
					const dx = rays[r] * tx + rays[r + 1] * bx + rays[r + 2] * nx;
					const dy = rays[r] * ty + rays[r + 1] * by + rays[r + 2] * ny;
					const dz = rays[r] * tz + rays[r + 1] * bz + rays[r + 2] * nz;
					if (firstHit(bvh, px, py, pz, dx, dy, dz, 0, most, hit, NO_TRIANGLE, BOTH_FACES)) dark += 1 - hit.t / most;
				}
				open[texel] = 1 - dark / RAYS;
			}
		});
		advance((run + 1) / runs);
	}
	return open;
}

/** Directions over the hemisphere around z, as dense as their cosine: TURNS² sets that complete each other. xyz each. */
function spreadRays(): Float64Array {
	const sets = TURNS * TURNS;
	const rays = new Float64Array(3 * RAYS * sets);
	for (let i = 0; i < RAYS * sets; i++) {
		// Hammersley's points; every sets-th one belongs to the same set, so that each is spread well by itself too.
		const height = (i + 0.5) / (RAYS * sets);
		const around = 2 * Math.PI * radicalInverse(i);
		const o = 3 * ((i % sets) * RAYS + Math.floor(i / sets));
		rays[o] = Math.sqrt(height) * Math.cos(around);
		rays[o + 1] = Math.sqrt(height) * Math.sin(around);
		rays[o + 2] = Math.sqrt(1 - height);
	}
	return rays;
}

/** The bits of i behind the point, in reverse. */
function radicalInverse(i: number): number {
	let inverse = 0;
	for (let digit = 0.5; i > 0; i >>= 1, digit /= 2) if (i & 1) inverse += digit;
	return inverse;
}

/** Mean over the 4 × 4 covered texels around each, as a grey map. */
function smoothOpenness({ size, owner }: Atlas, open: Float32Array): Uint8Array {
	const map = new Uint8Array(4 * size * size);
	for (let y = 0; y < size; y++) {
		for (let x = 0; x < size; x++) {
			if (owner[y * size + x] === EMPTY) continue;
			let sum = 0;
			let count = 0;
			for (let v = Math.max(0, y - 2); v < Math.min(size, y + 2); v++) {
				for (let u = Math.max(0, x - 2); u < Math.min(size, x + 2); u++) {
					if (owner[v * size + u] === EMPTY) continue;
					sum += open[v * size + u];
					count++;
				}
			}
			map[4 * (y * size + x)] = Math.round((255 * sum) / count);
		}
	}
	return map;
}

/** Reads the coarse map between its texels. */
function interpolate(size: number, coarse: Uint8Array, atlas: Atlas, orm: Uint8Array): void {
	const scale = size / atlas.size;
	const log = Math.log2(atlas.size);
	for (const texel of atlas.texels) {
		const x = Math.min(size - 1, Math.max(0, ((texel & (atlas.size - 1)) + 0.5) * scale - 0.5));
		const y = Math.min(size - 1, Math.max(0, ((texel >>> log) + 0.5) * scale - 0.5));
		const x0 = Math.floor(x);
		const y0 = Math.floor(y);
		const x1 = Math.min(size - 1, x0 + 1);
		const y1 = Math.min(size - 1, y0 + 1);
		const above = coarse[4 * (y0 * size + x0)] * (x0 + 1 - x) + coarse[4 * (y0 * size + x1)] * (x - x0);
		const below = coarse[4 * (y1 * size + x0)] * (x0 + 1 - x) + coarse[4 * (y1 * size + x1)] * (x - x0);
		orm[4 * texel] = Math.round(above * (y0 + 1 - y) + below * (y - y0));
	}
}
