import { MeshError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { type Mesh, triangleCount } from '../mesh/mesh.ts';
import { frame, type Projection, project, type View } from './camera.ts';
import { type Layer, NOTHING, Rasterizer } from './raster.ts';
import { type RenderScene, Shader } from './shade.ts';
import { LINEAR, toSrgb } from './srgb.ts';

export type RenderOptions = {
	/** Pixels, 1..8192. Default 1024. */
	readonly width?: number;
	/** Pixels, 1..8192. Default 1024. */
	readonly height?: number;
	/** Default: `frame(mesh)`, the three-quarter view from the front. */
	readonly view?: View;
	/** sRGB and alpha, 0..255. Default a light grey. */
	readonly background?: readonly [number, number, number, number];
	/** Samples along each side of a pixel, 1..4: 2 gives four to a pixel. Default 2. */
	readonly samples?: number;
};

export const RENDER_DEFAULTS = Object.freeze({
	width: 1024,
	height: 1024,
	background: [244, 244, 242, 255] as const,
	samples: 2,
});

/** Blended surfaces that shine through each other at one pixel; what lies behind more of them is not blended in. */
const MAX_LAYERS = 8;
/** A sample that lets through less than this is closed. */
const OPAQUE = 1 / 512;
/** Share of the light that an outline leaves. */
const OUTLINE = 0.18;

/**
 * A picture of a mesh, made without a GPU.
 *
 * First the nearest triangle of each sample is found, then each sample is shaded once; blended surfaces are peeled off
 * from the front, layer by layer. Four samples a pixel by default, averaged in linear light. The same scene gives the
 * same bytes, and so does the scene with its triangles in another order or divided otherwise into surfaces that look
 * alike.
 *
 * @throws MeshError `invalid-option`: a size, a sample count or the view is out of range; `no-triangles`.
 */
export function render(scene: RenderScene, options: RenderOptions = {}): Image {
	const { width, height, background, samples } = { ...RENDER_DEFAULTS, ...options };
	checkOptions(width, height, samples);
	const view = options.view ?? frame(scene.mesh, { aspect: width / height });
	const projection = project(view, width * samples, height * samples);
	const camera = toCamera(scene.mesh, projection);
	const shader = new Shader(scene, projection, camera);
	const rasterizer = new Rasterizer(scene.mesh, projection, camera, shader);
	const plan = planDrawing(scene);
	const solid = newLayer(projection);
	rasterizer.draw(solid, { ...plan, list: plan.solid });
	const veil = plan.blended.length > 0 ? peelVeil(rasterizer, shader, projection, plan, solid) : undefined;
	return resolve(scene, shader, projection, solid, veil, { width, height, background, samples });
}

function checkOptions(width: number, height: number, samples: number): void {
	const whole = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most;
	if (!whole(width, 8192) || !whole(height, 8192))
		throw new MeshError('invalid-option', `a picture of ${width} × ${height}; each must be 1..8192`, { width, height });
	if (!whole(samples, 4)) throw new MeshError('invalid-option', `samples is ${samples}; it must be 1..4`, { samples });
}

/** Vertices in camera space: right, up, forward. V × 3. */
function toCamera({ positions }: Mesh, { eye, right, up, forward }: Projection): Float64Array {
	const camera = new Float64Array(positions.length);
	for (let i = 0; i < positions.length; i += 3) {
		const x = positions[i] - eye[0];
		const y = positions[i + 1] - eye[1];
		const z = positions[i + 2] - eye[2];
		camera[i] = x * right[0] + y * right[1] + z * right[2];
		camera[i + 1] = x * up[0] + y * up[1] + z * up[2];
		camera[i + 2] = x * forward[0] + y * forward[1] + z * forward[2];
	}
	return camera;
}

type Plan = {
	/** Triangles that hide what is behind them, ascending. */
	readonly solid: Uint32Array;
	/** Triangles that let it shine through, ascending. */
	readonly blended: Uint32Array;
	/** As `RasterOptions`. */
	readonly oneSided: Uint8Array;
	readonly cutoff: Float32Array;
};

function planDrawing({ mesh, surfaces, surfaceOf }: RenderScene): Plan {
	const count = triangleCount(mesh);
	const solid = new Uint32Array(count);
	const blended = new Uint32Array(count);
	const oneSided = new Uint8Array(count);
	const cutoff = new Float32Array(count);
	let solids = 0;
	let blends = 0;
	for (let t = 0; t < count; t++) {
		const surface = surfaces[surfaceOf[t]];
		if (surface.alpha === 'blend') blended[blends++] = t;
		else solid[solids++] = t;
		if (!surface.doubleSided) oneSided[t] = 1;
		if (surface.alpha === 'mask') cutoff[t] = surface.cutoff;
	}
	return { solid: solid.slice(0, solids), blended: blended.slice(0, blends), oneSided, cutoff };
}

function newLayer({ width, height }: Projection): Layer {
	return { nearness: new Float32Array(width * height), triangleAt: new Int32Array(width * height).fill(NOTHING) };
}

/**
 * What lies in front of the solid layer: for each sample its light (RGB, linear) and how much it lets through (A).
 *
 * Everitt. Interactive order-independent transparency. 2001. [everitt2001]
 */
function peelVeil(
	rasterizer: Rasterizer,
	shader: Shader,
	projection: Projection,
	plan: Plan,
	solid: Layer,
): Float32Array {
	const { width, height } = projection;
	const veil = new Float32Array(width * height * 4);
	for (let at = 0; at < width * height; at++) veil[4 * at + 3] = 1;
	const below = new Float32Array(width * height).fill(Infinity);
	const color = new Float64Array(4);
	for (let n = 0; n < MAX_LAYERS; n++) {
		const layer = newLayer(projection);
		rasterizer.draw(layer, { ...plan, list: plan.blended, above: solid.nearness, below });
		let open = 0;
		for (let at = 0; at < width * height; at++) {
			const t = layer.triangleAt[at];
			// 0: nothing can lie behind, so that no later layer draws here.
			below[at] = t === NOTHING ? 0 : layer.nearness[at];
			if (t === NOTHING) continue;
			shader.shade(t, (at % width) + 0.5, Math.floor(at / width) + 0.5, color);
			const through = veil[4 * at + 3];
			for (let k = 0; k < 3; k++) veil[4 * at + k] += through * color[3] * color[k];
			veil[4 * at + 3] = through * (1 - color[3]);
			if (veil[4 * at + 3] < OPAQUE) {
				veil[4 * at + 3] = 0;
				below[at] = 0;
			} else open++;
		}
		if (open === 0) break;
	}
	return veil;
}

/** Shades every sample and averages them, in linear light, weighted by alpha. */
function resolve(
	scene: RenderScene,
	shader: Shader,
	projection: Projection,
	solid: Layer,
	veil: Float32Array | undefined,
	options: Required<Pick<RenderOptions, 'width' | 'height' | 'background' | 'samples'>>,
): Image {
	const { width, height, background, samples } = options;
	const { triangleAt } = solid;
	const wide = projection.width;
	const pixels = new Uint8Array(width * height * 4);
	const color = new Float64Array(4);
	const paper = [LINEAR[background[0]], LINEAR[background[1]], LINEAR[background[2]], background[3] / 255];
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			let red = 0;
			let green = 0;
			let blue = 0;
			let alpha = 0;
			for (let s = 0; s < samples * samples; s++) {
				const px = x * samples + (s % samples);
				const py = y * samples + Math.floor(s / samples);
				const at = py * wide + px;
				const t = triangleAt[at];
				if (t === NOTHING) {
					for (let k = 0; k < 4; k++) color[k] = paper[k];
				} else {
					shader.shade(t, px + 0.5, py + 0.5, color);
					color[3] = 1;
					if (scene.outlines && isOutline(scene, projection, triangleAt, px, py))
						for (let k = 0; k < 3; k++) color[k] *= OUTLINE;
				}
				const through = veil === undefined ? 1 : veil[4 * at + 3];
				const weight = color[3] * through;
				red += color[0] * weight;
				green += color[1] * weight;
				blue += color[2] * weight;
				alpha += weight;
				if (veil !== undefined) {
					red += veil[4 * at];
					green += veil[4 * at + 1];
					blue += veil[4 * at + 2];
					alpha += 1 - through;
				}
			}
			const o = (y * width + x) * 4;
			if (alpha === 0) continue;
			pixels[o] = toSrgb(red / alpha);
			pixels[o + 1] = toSrgb(green / alpha);
			pixels[o + 2] = toSrgb(blue / alpha);
			pixels[o + 3] = Math.round((255 * alpha) / (samples * samples));
		}
	}
	return { width, height, pixels };
}

/** Does one of the four samples around show another surface? */
function isOutline(
	{ surfaceOf }: RenderScene,
	{ width, height }: Projection,
	triangleAt: Int32Array,
	x: number,
	y: number,
): boolean {
	const at = y * width + x;
	const surface = surfaceOf[triangleAt[at]];
	const left = x > 0 ? triangleAt[at - 1] : NOTHING;
	const right = x + 1 < width ? triangleAt[at + 1] : NOTHING;
	const above = y > 0 ? triangleAt[at - width] : NOTHING;
	const below = y + 1 < height ? triangleAt[at + width] : NOTHING;
	return (
		(left !== NOTHING && surfaceOf[left] !== surface) ||
		(right !== NOTHING && surfaceOf[right] !== surface) ||
		(above !== NOTHING && surfaceOf[above] !== surface) ||
		(below !== NOTHING && surfaceOf[below] !== surface)
	);
}
