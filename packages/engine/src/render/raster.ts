import type { Mesh } from '../mesh/mesh.ts';
import type { Projection } from './camera.ts';
import type { Shader } from './shade.ts';

/** Which triangle is seen at each pixel. width × height, rows from the top. */
export type Layer = {
	/** 1 / distance along the view; 0 where there is nothing. */
	readonly nearness: Float32Array;
	/** NOTHING where there is none. */
	readonly triangleAt: Int32Array;
};

export const NOTHING = -1;

export type RasterOptions = {
	/** Triangles to draw. */
	readonly list: Uint32Array;
	/** Leaves out triangles seen from behind. T, 1 = leave out. */
	readonly oneSided: Uint8Array;
	/** Least alpha at which a triangle's pixel counts; 0 = not asked. T. */
	readonly cutoff: Float32Array;
	/** Draws only what is nearer than this layer … */
	readonly above?: Float32Array;
	/** … and farther than this one. */
	readonly below?: Float32Array;
};

/** Parts of a pixel that corners are snapped to, so that edges are exact integers and neighbours leave no gap. */
const SUBPIXELS = 256;

/**
 * Draws triangles into a layer: at each pixel centre the nearest one stays.
 *
 * Edges are tested in integers with the top-left rule, so that a pixel on a common edge belongs to exactly one of the
 * two triangles. Nearness comes from the plane of the whole triangle, also where it was clipped. Where two triangles are
 * equally near the shader decides by their colours. Hence the layer shows the same picture whatever the order.
 *
 * Pineda. A parallel algorithm for polygon rasterization. 1988. [pineda1988]
 */
export class Rasterizer {
	readonly #mesh: Mesh;
	readonly #projection: Projection;
	readonly #shader: Shader;
	/** Vertices in camera space: right, up, forward. V × 3. */
	readonly #camera: Float64Array;
	/** Vertices on the picture, in subpixels, y down. V × 2. */
	readonly #screen: Float64Array;
	/** A clipped triangle's corners, camera space. 4 × 3. */
	readonly #polygon = new Float64Array(12);

	constructor(mesh: Mesh, projection: Projection, camera: Float64Array, shader: Shader) {
		this.#mesh = mesh;
		this.#projection = projection;
		this.#shader = shader;
		this.#camera = camera;
		this.#screen = new Float64Array((camera.length / 3) * 2);
		for (let v = 0; v < camera.length / 3; v++) {
			this.#screen[2 * v] = this.#screenX(camera[3 * v], camera[3 * v + 2]);
			this.#screen[2 * v + 1] = this.#screenY(camera[3 * v + 1], camera[3 * v + 2]);
		}
	}

	draw(layer: Layer, options: RasterOptions): void {
		const { triangles } = this.#mesh;
		const { near } = this.#projection;
		const { list, oneSided } = options;
		const camera = this.#camera;
		const screen = this.#screen;
		for (let n = 0; n < list.length; n++) {
			const t = list[n];
			const i = triangles[3 * t];
			const j = triangles[3 * t + 1];
			const k = triangles[3 * t + 2];
			const p = camera[3 * i + 2];
			const q = camera[3 * j + 2];
			const r = camera[3 * k + 2];
			if (p < near && q < near && r < near) continue;
			// The triangle's plane a·x + b·y + c·z = d: at (sx, sy, 1) its nearness is (a·sx + b·sy + c) / d.
			const ux = camera[3 * j] - camera[3 * i];
			const uy = camera[3 * j + 1] - camera[3 * i + 1];
			const uz = q - p;
			const vx = camera[3 * k] - camera[3 * i];
			const vy = camera[3 * k + 1] - camera[3 * i + 1];
			const vz = r - p;
			const a = uy * vz - uz * vy;
			const b = uz * vx - ux * vz;
			const c = ux * vy - uy * vx;
			const d = a * camera[3 * i] + b * camera[3 * i + 1] + c * p;
			if (d === 0 || (d < 0 && oneSided[t] === 1)) continue;
			if (p >= near && q >= near && r >= near) {
				const low = 1 / Math.max(p, q, r);
				const high = 1 / Math.min(p, q, r);
				this.#fill(
					layer,
					options,
					t,
					screen[2 * i],
					screen[2 * i + 1],
					screen[2 * j],
					screen[2 * j + 1],
					screen[2 * k],
					screen[2 * k + 1],
					a / d,
					b / d,
					c / d,
					low,
					high,
				);
			} else this.#clip(layer, options, t, a / d, b / d, c / d);
		}
	}

	/** Cuts a triangle at the near plane and fills what is left: three or four corners. */
	#clip(layer: Layer, options: RasterOptions, t: number, a: number, b: number, c: number): void {
		const { triangles } = this.#mesh;
		const { near } = this.#projection;
		const camera = this.#camera;
		const polygon = this.#polygon;
		let corners = 0;
		for (let k = 0; k < 3; k++) {
			const from = triangles[3 * t + k] * 3;
			const to = triangles[3 * t + ((k + 1) % 3)] * 3;
			const z0 = camera[from + 2];
			const z1 = camera[to + 2];
			if (z0 >= near) {
				polygon.set(camera.subarray(from, from + 3), 3 * corners);
				corners++;
			}
			if (z0 >= near === z1 >= near) continue;
			const s = (near - z0) / (z1 - z0);
			polygon[3 * corners] = camera[from] + s * (camera[to] - camera[from]);
			polygon[3 * corners + 1] = camera[from + 1] + s * (camera[to + 1] - camera[from + 1]);
			polygon[3 * corners + 2] = near;
			corners++;
		}
		const x0 = this.#screenX(polygon[0], polygon[2]);
		const y0 = this.#screenY(polygon[1], polygon[2]);
		for (let k = 1; k + 1 < corners; k++) {
			const x1 = this.#screenX(polygon[3 * k], polygon[3 * k + 2]);
			const y1 = this.#screenY(polygon[3 * k + 1], polygon[3 * k + 2]);
			const x2 = this.#screenX(polygon[3 * k + 3], polygon[3 * k + 5]);
			const y2 = this.#screenY(polygon[3 * k + 4], polygon[3 * k + 5]);
			this.#fill(layer, options, t, x0, y0, x1, y1, x2, y2, a, b, c, 0, 1 / near);
		}
	}

	#screenX(x: number, z: number): number {
		const { width, focal } = this.#projection;
		return Math.round((width / 2 + (x / z) * focal) * SUBPIXELS);
	}

	#screenY(y: number, z: number): number {
		const { height, focal } = this.#projection;
		return Math.round((height / 2 - (y / z) * focal) * SUBPIXELS);
	}

	/** Fills one screen triangle (subpixels); nearness at (sx, sy) is a·sx + b·sy + c, kept in low..high. */
	#fill(
		layer: Layer,
		options: RasterOptions,
		t: number,
		x0: number,
		y0: number,
		x1: number,
		y1: number,
		x2: number,
		y2: number,
		a: number,
		b: number,
		c: number,
		low: number,
		high: number,
	): void {
		const { width, height, focal } = this.#projection;
		const area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
		if (area === 0) return;
		if (area < 0) {
			const x = x1;
			const y = y1;
			x1 = x2;
			y1 = y2;
			x2 = x;
			y2 = y;
		}
		const half = SUBPIXELS / 2;
		const left = Math.max(0, Math.ceil((Math.min(x0, x1, x2) - half) / SUBPIXELS));
		const right = Math.min(width - 1, Math.floor((Math.max(x0, x1, x2) - half) / SUBPIXELS));
		const top = Math.max(0, Math.ceil((Math.min(y0, y1, y2) - half) / SUBPIXELS));
		const bottom = Math.min(height - 1, Math.floor((Math.max(y0, y1, y2) - half) / SUBPIXELS));
		if (!(left <= right && top <= bottom)) return;
		const { nearness, triangleAt } = layer;
		const { above, below, cutoff } = options;
		const least = cutoff[t];
		const px = left * SUBPIXELS + half;
		const py = top * SUBPIXELS + half;
		// Edge functions at the first pixel; inside is ≥ 0 on top and left edges, > 0 on the others.
		let e0 = (x2 - x1) * (py - y1) - (y2 - y1) * (px - x1) - notTopLeft(x1, y1, x2, y2);
		let e1 = (x0 - x2) * (py - y2) - (y0 - y2) * (px - x2) - notTopLeft(x2, y2, x0, y0);
		let e2 = (x1 - x0) * (py - y0) - (y1 - y0) * (px - x0) - notTopLeft(x0, y0, x1, y1);
		const right0 = (y1 - y2) * SUBPIXELS;
		const right1 = (y2 - y0) * SUBPIXELS;
		const right2 = (y0 - y1) * SUBPIXELS;
		const down0 = (x2 - x1) * SUBPIXELS;
		const down1 = (x0 - x2) * SUBPIXELS;
		const down2 = (x1 - x0) * SUBPIXELS;
		for (let y = top; y <= bottom; y++) {
			let f0 = e0;
			let f1 = e1;
			let f2 = e2;
			const row = y * width;
			const rowNearness = (b * (height / 2 - (y + 0.5))) / focal + c;
			for (let x = left; x <= right; x++) {
				if (f0 >= 0 && f1 >= 0 && f2 >= 0) {
					let q = (a * (x + 0.5 - width / 2)) / focal + rowNearness;
					if (q < low) q = low;
					if (q > high) q = high;
					q = Math.fround(q);
					const at = row + x;
					const seen = nearness[at];
					if (
						q >= seen &&
						(above === undefined || q > above[at]) &&
						(below === undefined || q < below[at]) &&
						(least === 0 || this.#shader.alpha(t, x + 0.5, y + 0.5) >= least) &&
						(q > seen || triangleAt[at] === NOTHING || this.#shader.wins(t, triangleAt[at], x + 0.5, y + 0.5))
					) {
						nearness[at] = q;
						triangleAt[at] = t;
					}
				}
				f0 += right0;
				f1 += right1;
				f2 += right2;
			}
			e0 += down0;
			e1 += down1;
			e2 += down2;
		}
	}
}

/** 0 for an edge on the top or the left of a triangle, with inside on its right as y runs down; else 1. */
const notTopLeft = (x0: number, y0: number, x1: number, y1: number): number =>
	y1 < y0 || (y1 === y0 && x1 > x0) ? 0 : 1;
