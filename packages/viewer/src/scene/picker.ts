import {
	NoBlending,
	type PerspectiveCamera,
	type Scene,
	type ShaderMaterial,
	type WebGLRenderer,
	WebGLRenderTarget,
} from 'three';
import { type PartUniforms, partNumberMaterial } from './part-shading.ts';

/**
 * Which part is under the pointer: draws one pixel of the scene with part numbers for colours and reads it back.
 * Exact for exploded and hidden parts, and independent of the number of triangles on this side of the bus.
 */
export class Picker {
	readonly #renderer: WebGLRenderer;
	readonly #target = new WebGLRenderTarget(1, 1);
	readonly #material: ShaderMaterial;

	constructor(renderer: WebGLRenderer, uniforms: PartUniforms) {
		this.#renderer = renderer;
		this.#material = partNumberMaterial(uniforms);
		this.#material.blending = NoBlending;
	}

	/** @param x, y CSS pixels from the upper left of the canvas. @returns the part, or -1. */
	async pick(scene: Scene, camera: PerspectiveCamera, x: number, y: number): Promise<number> {
		const { clientWidth, clientHeight } = this.#renderer.domElement;
		const pixel = new Uint8Array(4);
		camera.setViewOffset(clientWidth, clientHeight, Math.floor(x), Math.floor(y), 1, 1);
		scene.overrideMaterial = this.#material;
		this.#renderer.setRenderTarget(this.#target);
		this.#renderer.setClearColor(0, 0);
		this.#renderer.clear();
		this.#renderer.render(scene, camera);
		this.#renderer.setRenderTarget(null);
		scene.overrideMaterial = null;
		camera.clearViewOffset();
		await this.#renderer.readRenderTargetPixelsAsync(this.#target, 0, 0, 1, 1, pixel);
		return pixel[0] + 256 * pixel[1] - 1;
	}

	dispose(): void {
		this.#target.dispose();
		this.#material.dispose();
	}
}
