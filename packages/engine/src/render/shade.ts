import { type CornerAttribute, type Mesh, NO_ROW } from '../mesh/mesh.ts';
import type { Projection } from './camera.ts';
import { sampleTexture, type Texture } from './texture.ts';

/** How triangles look. */
export type Surface = {
	/** Linear RGB and alpha, 0..1. */
	readonly color: readonly [number, number, number, number];
	readonly texture?: Texture | undefined;
	/** Linear RGB of its own light. */
	readonly emissive: readonly [number, number, number];
	readonly emissiveTexture?: Texture | undefined;
	/** Bends the normals, in the space of the corner attribute `tangent`, or of its own texture coordinates. */
	readonly normalTexture?: Texture | undefined;
	/** Of x and y of the normal texture. Default 1. */
	readonly normalScale?: number | undefined;
	/** `mask` shows where alpha reaches `cutoff`, `blend` lets shine through. */
	readonly alpha: 'opaque' | 'mask' | 'blend';
	readonly cutoff: number;
	/** Seen from behind too. */
	readonly doubleSided: boolean;
};

/** What a picture shows. */
export type RenderScene = {
	readonly mesh: Mesh;
	readonly surfaces: readonly Surface[];
	/** Surface of each triangle. T. */
	readonly surfaceOf: Uint16Array;
	/** Multiplies by the corner attribute `color` where there is one. */
	readonly vertexColors: boolean;
	/** Draws thin dark lines where visible triangles of different surfaces meet. */
	readonly outlines: boolean;
};

// The lights, fixed to the world so that the sides of an object can be told apart, plus one at the camera so that
// nothing is black. A surface that faces the key light shows its base colour and a little more.
const SKY = 0.44;
const GROUND = 0.22;
const KEY = 0.62;
const KEY_DIRECTION = unit(0.45, 0.75, 0.6);
const HEADLIGHT = 0.24;
/** A back side that is seen, on surfaces with two sides, gets this share of the light. */
const BACK_SHARE = 0.8;

function unit(x: number, y: number, z: number): readonly [number, number, number] {
	const length = Math.hypot(x, y, z);
	return [x / length, y / length, z / length];
}

/**
 * The colour of a triangle at a place of the picture: a function of that triangle alone, so that the picture does not
 * depend on the order of triangles or on how they are grouped.
 *
 * Diffuse light only; a metal is shown in its base colour, since it has nothing to mirror.
 */
export class Shader {
	readonly #scene: RenderScene;
	readonly #projection: Projection;
	/** Vertices in camera space: right, up, forward. V × 3. */
	readonly #camera: Float64Array;
	readonly #normal: CornerAttribute | undefined;
	readonly #color: CornerAttribute | undefined;
	readonly #tangent: CornerAttribute | undefined;
	/** Normal of the place that is shaded. */
	readonly #bent = new Float64Array(3);
	readonly #texel = new Float64Array(4);
	readonly #own = new Float64Array(4);
	readonly #theirs = new Float64Array(4);

	constructor(scene: RenderScene, projection: Projection, camera: Float64Array) {
		this.#scene = scene;
		this.#projection = projection;
		this.#camera = camera;
		this.#normal = scene.mesh.corner.normal;
		this.#tangent = scene.mesh.corner.tangent;
		this.#color = scene.vertexColors ? scene.mesh.corner.color : undefined;
	}

	/** Writes linear RGB and alpha of triangle `t` at pixel position (x, y) into `out`. */
	shade(t: number, x: number, y: number, out: Float64Array): void {
		const { mesh, surfaces, surfaceOf } = this.#scene;
		const { width, height, focal, eye } = this.#projection;
		const { positions, triangles } = mesh;
		const camera = this.#camera;
		const surface = surfaces[surfaceOf[t]];
		const sx = (x - width / 2) / focal;
		const sy = (height / 2 - y) / focal;
		const i = triangles[3 * t] * 3;
		const j = triangles[3 * t + 1] * 3;
		const k = triangles[3 * t + 2] * 3;
		// Weights of the point of the triangle that lies behind (sx, sy, 1): Cramer's rule in camera space, which is
		// perspective-correct and needs no clipping. Outside by rounding is taken as on the edge.
		const front = determinant(camera, i, j, camera[k], camera[k + 1], camera[k + 2]) > 0;
		const turn = front ? 1 : -1;
		let a = Math.max(0, turn * determinant(camera, j, k, sx, sy, 1));
		let b = Math.max(0, turn * determinant(camera, k, i, sx, sy, 1));
		let c = Math.max(0, turn * determinant(camera, i, j, sx, sy, 1));
		const sum = a + b + c;
		a = sum > 0 ? a / sum : 1;
		b = sum > 0 ? b / sum : 0;
		c = sum > 0 ? c / sum : 0;

		this.#paint(surface, t, a, b, c, out);

		const ux = positions[j] - positions[i];
		const uy = positions[j + 1] - positions[i + 1];
		const uz = positions[j + 2] - positions[i + 2];
		const vx = positions[k] - positions[i];
		const vy = positions[k + 1] - positions[i + 1];
		const vz = positions[k + 2] - positions[i + 2];
		let nx = uy * vz - uz * vy;
		let ny = uz * vx - ux * vz;
		let nz = ux * vy - uy * vx;
		const smooth = this.#normal;
		if (smooth !== undefined) {
			const ra = smooth.indices[3 * t];
			const rb = smooth.indices[3 * t + 1];
			const rc = smooth.indices[3 * t + 2];
			if (ra !== NO_ROW && rb !== NO_ROW && rc !== NO_ROW) {
				const n = smooth.values;
				nx = a * n[3 * ra] + b * n[3 * rb] + c * n[3 * rc];
				ny = a * n[3 * ra + 1] + b * n[3 * rb + 1] + c * n[3 * rc + 1];
				nz = a * n[3 * ra + 2] + b * n[3 * rb + 2] + c * n[3 * rc + 2];
			}
		}
		if (surface.normalTexture !== undefined && this.#lookUp(surface.normalTexture, t, a, b, c)) {
			const bent = this.#bent;
			bent[0] = nx;
			bent[1] = ny;
			bent[2] = nz;
			this.#bend(surface.normalTexture, surface.normalScale ?? 1, t, a, b, c);
			nx = bent[0];
			ny = bent[1];
			nz = bent[2];
		}
		// Towards the side that is seen.
		const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
		const scale = length > 0 ? turn / length : 0;
		nx *= scale;
		ny *= scale;
		nz *= scale;
		const ex = eye[0] - (a * positions[i] + b * positions[j] + c * positions[k]);
		const ey = eye[1] - (a * positions[i + 1] + b * positions[j + 1] + c * positions[k + 1]);
		const ez = eye[2] - (a * positions[i + 2] + b * positions[j + 2] + c * positions[k + 2]);
		const towardsEye = (nx * ex + ny * ey + nz * ez) / Math.sqrt(ex * ex + ey * ey + ez * ez);
		const towardsKey = nx * KEY_DIRECTION[0] + ny * KEY_DIRECTION[1] + nz * KEY_DIRECTION[2];
		let light = GROUND + (SKY - GROUND) * (0.5 + 0.5 * ny);
		light += KEY * Math.max(0, towardsKey) + HEADLIGHT * Math.max(0, towardsEye);
		if (!front) light *= BACK_SHARE;
		out[0] *= light;
		out[1] *= light;
		out[2] *= light;
		this.#glow(surface, t, a, b, c, out);
	}

	/** Alpha of triangle `t` at pixel position (x, y). */
	alpha(t: number, x: number, y: number): number {
		this.shade(t, x, y, this.#own);
		return this.#own[3];
	}

	/**
	 * Does triangle `t` win over `other`, which is exactly as near? Any rule serves that looks at nothing but the
	 * colours: the darker one wins, then the lower surface.
	 */
	wins(t: number, other: number, x: number, y: number): boolean {
		const mine = this.#own;
		const theirs = this.#theirs;
		this.shade(t, x, y, mine);
		this.shade(other, x, y, theirs);
		for (let k = 0; k < 4; k++) if (mine[k] !== theirs[k]) return mine[k] < theirs[k];
		return this.#scene.surfaceOf[t] < this.#scene.surfaceOf[other];
	}

	/** Base colour and alpha at weights a, b, c of the corners. */
	#paint(surface: Surface, t: number, a: number, b: number, c: number, out: Float64Array): void {
		const { color, texture } = surface;
		out[0] = color[0];
		out[1] = color[1];
		out[2] = color[2];
		out[3] = color[3];
		if (texture !== undefined && this.#lookUp(texture, t, a, b, c)) {
			const texel = this.#texel;
			for (let k = 0; k < 4; k++) out[k] *= texel[k];
		}
		const colors = this.#color;
		if (colors === undefined) return;
		const { values, indices, size } = colors;
		const ra = indices[3 * t];
		const rb = indices[3 * t + 1];
		const rc = indices[3 * t + 2];
		if (ra === NO_ROW || rb === NO_ROW || rc === NO_ROW) return;
		for (let k = 0; k < size; k++)
			out[k] *= a * values[size * ra + k] + b * values[size * rb + k] + c * values[size * rc + k];
	}

	/**
	 * Bends the normal as the texel says. With the tangents of the mesh, interpolated vectors are taken as they are, as
	 * MikkTSpace wants it [mikkelsen2008]; without, the directions of u and v on the triangle serve.
	 */
	#bend(texture: Texture, scale: number, t: number, a: number, b: number, c: number): void {
		const bent = this.#bent;
		const texel = this.#texel;
		const mx = scale * (2 * texel[0] - 1);
		const my = scale * (2 * texel[1] - 1);
		const mz = 2 * texel[2] - 1;
		const nx = bent[0];
		const ny = bent[1];
		const nz = bent[2];
		let tx = 0;
		let ty = 0;
		let tz = 0;
		let turn = 1;
		let along = 1;
		const tangent = this.#tangent;
		const ra = tangent === undefined ? NO_ROW : tangent.indices[3 * t];
		if (tangent !== undefined && ra !== NO_ROW) {
			const { values, indices } = tangent;
			const i = 4 * ra;
			const j = 4 * indices[3 * t + 1];
			const k = 4 * indices[3 * t + 2];
			tx = a * values[i] + b * values[j] + c * values[k];
			ty = a * values[i + 1] + b * values[j + 1] + c * values[k + 1];
			tz = a * values[i + 2] + b * values[j + 2] + c * values[k + 2];
			turn = values[i + 3];
		} else {
			const { positions, triangles, corner } = this.#scene.mesh;
			const { values, indices } = corner[texture.uv];
			const i = 3 * triangles[3 * t];
			const j = 3 * triangles[3 * t + 1];
			const k = 3 * triangles[3 * t + 2];
			const p = 2 * indices[3 * t];
			const q = 2 * indices[3 * t + 1];
			const r = 2 * indices[3 * t + 2];
			const du = values[q] - values[p];
			const dv = values[q + 1] - values[p + 1];
			const eu = values[r] - values[p];
			const ev = values[r + 1] - values[p + 1];
			const area = du * ev - eu * dv;
			// v runs down, so that charts which are not mirrored have a negative area.
			turn = area > 0 ? -1 : 1;
			const x = -turn * (ev * (positions[j] - positions[i]) - dv * (positions[k] - positions[i]));
			const y = -turn * (ev * (positions[j + 1] - positions[i + 1]) - dv * (positions[k + 1] - positions[i + 1]));
			const z = -turn * (ev * (positions[j + 2] - positions[i + 2]) - dv * (positions[k + 2] - positions[i + 2]));
			const squared = nx * nx + ny * ny + nz * nz;
			const lean = squared > 0 ? (nx * x + ny * y + nz * z) / squared : 0;
			tx = x - lean * nx;
			ty = y - lean * ny;
			tz = z - lean * nz;
			const length = Math.sqrt(tx * tx + ty * ty + tz * tz);
			// As long as the normal, which makes the bitangent as long as its square.
			along = Math.sqrt(squared);
			const fit = length > 0 ? along / length : 0;
			tx *= fit;
			ty *= fit;
			tz *= fit;
		}
		const across = (turn * my) / (along > 0 ? along : 1);
		bent[0] = mx * tx + across * (ny * tz - nz * ty) + mz * nx;
		bent[1] = mx * ty + across * (nz * tx - nx * tz) + mz * ny;
		bent[2] = mx * tz + across * (nx * ty - ny * tx) + mz * nz;
	}

	/** Adds the surface's own light. */
	#glow(surface: Surface, t: number, a: number, b: number, c: number, out: Float64Array): void {
		const { emissive, emissiveTexture } = surface;
		if (emissive[0] === 0 && emissive[1] === 0 && emissive[2] === 0) return;
		const textured = emissiveTexture !== undefined && this.#lookUp(emissiveTexture, t, a, b, c);
		for (let k = 0; k < 3; k++) out[k] += emissive[k] * (textured ? this.#texel[k] : 1);
	}

	/** Reads the texture at weights a, b, c of the corners; false where the triangle has no texture coordinates. */
	#lookUp(texture: Texture, t: number, a: number, b: number, c: number): boolean {
		const uv = this.#scene.mesh.corner[texture.uv];
		if (uv === undefined) return false;
		const ra = 2 * uv.indices[3 * t];
		const rb = 2 * uv.indices[3 * t + 1];
		const rc = 2 * uv.indices[3 * t + 2];
		if (ra === 2 * NO_ROW || rb === 2 * NO_ROW || rc === 2 * NO_ROW) return false;
		const w = uv.values;
		const { image, transform: m } = texture;
		const area = (w[rb] - w[ra]) * (w[rc + 1] - w[ra + 1]) - (w[rc] - w[ra]) * (w[rb + 1] - w[ra + 1]);
		const texels = Math.abs(area * (m[0] * m[4] - m[1] * m[3])) * image.width * image.height;
		const level = halvings(texels, this.#pixels(t));
		const u = a * w[ra] + b * w[rb] + c * w[rc];
		const v = a * w[ra + 1] + b * w[rb + 1] + c * w[rc + 1];
		sampleTexture(texture, level, u, v, this.#texel);
		return true;
	}

	/** Twice the area of a triangle on the picture; Infinity where it reaches behind the eye. */
	#pixels(t: number): number {
		const { triangles } = this.#scene.mesh;
		const { focal, near } = this.#projection;
		const camera = this.#camera;
		const i = triangles[3 * t] * 3;
		const j = triangles[3 * t + 1] * 3;
		const k = triangles[3 * t + 2] * 3;
		const p = camera[i + 2];
		const q = camera[j + 2];
		const r = camera[k + 2];
		if (p < near || q < near || r < near) return Infinity;
		const d = determinant(camera, i, j, camera[k], camera[k + 1], camera[k + 2]);
		return Math.abs((d * focal * focal) / (p * q * r));
	}
}

/** How often the image is halved so that a pixel takes about one texel. */
function halvings(texels: number, pixels: number): number {
	let level = 0;
	for (let ratio = texels / pixels; ratio > 2 && level < 16; ratio /= 4) level++;
	return level;
}

/** Of vertex `i`, vertex `j` and (x, y, z): positive if they run counter-clockwise when seen from the eye. */
function determinant(camera: Float64Array, i: number, j: number, x: number, y: number, z: number): number {
	const ax = camera[i];
	const ay = camera[i + 1];
	const az = camera[i + 2];
	const bx = camera[j];
	const by = camera[j + 1];
	const bz = camera[j + 2];
	return x * (ay * bz - az * by) + y * (az * bx - ax * bz) + z * (ax * by - ay * bx);
}
