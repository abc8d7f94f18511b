import {
	DirectionalLight,
	HemisphereLight,
	NeutralToneMapping,
	PerspectiveCamera,
	PMREMGenerator,
	Scene,
	type Texture,
	Vector3,
	WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { RoomEnvironment } from 'three/addons/environments/RoomEnvironment.js';
import type { Division, Drawable } from '../worker/protocol.ts';
import { ModelView } from './model-view.ts';
import { partUniforms } from './part-shading.ts';
import type { Emphasis } from './part-table.ts';
import { Picker } from './picker.ts';

/** Where the eye stands at first, seen from the model: a little above, to the right of its front. */
const FIRST_VIEW = new Vector3(0.55, 0.38, 1).normalize();

/** Camera, light and the model on one canvas. Draws when something changed, and otherwise rests. */
export class Stage {
	readonly #renderer: WebGLRenderer;
	readonly #scene = new Scene();
	readonly #camera = new PerspectiveCamera(35, 1, 0.01, 100);
	readonly #controls: OrbitControls;
	readonly #sky = new HemisphereLight(0xffffff, 0x8d8d99, 2.5);
	readonly #uniforms = partUniforms();
	readonly #picker: Picker;
	readonly #resize: ResizeObserver;
	#room: Texture | undefined;
	#model: ModelView | undefined;
	#frame = 0;
	#hasEdges = false;

	/** @throws Where the browser has no WebGL 2. */
	constructor(canvas: HTMLCanvasElement) {
		this.#renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
		this.#renderer.setPixelRatio(Math.min(2, devicePixelRatio));
		this.#renderer.toneMapping = NeutralToneMapping;
		this.#controls = new OrbitControls(this.#camera, canvas);
		this.#controls.listenToKeyEvents(canvas);
		this.#controls.addEventListener('change', () => this.draw());
		this.#picker = new Picker(this.#renderer, this.#uniforms);
		this.#light();
		this.#resize = new ResizeObserver(() => this.#fitCanvas());
		this.#resize.observe(canvas);
		this.#fitCanvas();
	}

	/** Shows a model from the front, together; the one before goes. */
	show(drawable: Drawable, division: Division): void {
		this.#uniforms.explode.value = 0;
		this.exchange(drawable, division);
		this.frameModel();
	}

	/** Shows another version of the model in the place of the one before, from where the eye is. */
	exchange(drawable: Drawable, division: Division): void {
		this.clear();
		this.#model = new ModelView(drawable, division, this.#uniforms);
		this.#model.setEdges(this.#hasEdges);
		this.#scene.add(this.#model.mesh);
		this.draw();
	}

	/** Takes the model away. */
	clear(): void {
		if (!this.#model) return;
		this.#scene.remove(this.#model.mesh);
		this.#model.dispose();
		this.#model = undefined;
		this.draw();
	}

	/** Another division of the model that is shown. */
	divide(division: Division): void {
		this.#model?.divide(division);
		this.draw();
	}

	setShown(shown: (part: number) => boolean): void {
		this.#model?.setShown(shown);
		this.draw();
	}

	setEmphasis(emphasisOf: (part: number) => Emphasis): void {
		this.#model?.setEmphasis(emphasisOf);
		this.draw();
	}

	/** @param amount 0 together, 1 every part twice as far from the centre. */
	setExplosion(amount: number): void {
		const grown = (1 + amount) / (1 + this.#uniforms.explode.value);
		this.#uniforms.explode.value = amount;
		// The eye steps back as the model grows.
		const { target } = this.#controls;
		this.#camera.position.sub(target).multiplyScalar(grown).add(target);
		this.#controls.update();
		this.draw();
	}

	/** Draws the edges of faces too, or not. */
	setEdges(shown: boolean): void {
		this.#hasEdges = shown;
		this.#model?.setEdges(shown);
		this.draw();
	}

	setLook(look: 'parts' | 'own'): void {
		this.#uniforms.tint.value = look === 'parts' ? 1 : 0;
		// Metal needs a room to mirror; part colours do without, and the room takes seconds on a slow graphics card.
		if (look === 'own') this.#room ??= makeRoom(this.#renderer);
		this.#scene.environment = look === 'own' ? this.#room! : null;
		this.#sky.intensity = look === 'own' ? 0.5 : 2.5;
		this.draw();
	}

	/** Puts the eye where the whole model is in view. */
	frameModel(): void {
		if (!this.#model) return;
		const { centre, radius } = this.#model;
		const halfAngle = (Math.min(this.#camera.fov, this.#camera.fov * this.#camera.aspect) * Math.PI) / 360;
		const distance = (1.06 * radius * (1 + this.#uniforms.explode.value)) / Math.sin(halfAngle);
		this.#camera.position.copy(centre).addScaledVector(FIRST_VIEW, distance);
		this.#camera.near = distance / 200;
		this.#camera.far = distance * 20;
		this.#camera.updateProjectionMatrix();
		this.#controls.target.copy(centre);
		this.#controls.minDistance = radius / 20;
		this.#controls.maxDistance = distance * 8;
		this.#controls.update();
		this.draw();
	}

	/** The part at a place of the canvas, CSS pixels from its upper left; -1 where there is none. */
	async partAt(x: number, y: number): Promise<number> {
		return this.#model ? await this.#picker.pick(this.#scene, this.#camera, x, y) : -1;
	}

	/** Draws once before the next frame, however often it is asked for. */
	draw(): void {
		if (this.#frame !== 0) return;
		this.#frame = requestAnimationFrame(() => {
			this.#frame = 0;
			this.#renderer.setClearColor(0, 0);
			this.#renderer.render(this.#scene, this.#camera);
		});
	}

	dispose(): void {
		cancelAnimationFrame(this.#frame);
		this.#resize.disconnect();
		this.#controls.dispose();
		this.clear();
		this.#room?.dispose();
		this.#picker.dispose();
		this.#renderer.dispose();
	}

	#light(): void {
		this.#scene.environmentIntensity = 0.7;
		this.#scene.add(this.#sky);
		// The sun goes with the eye: nothing that is looked at lies in the dark.
		const sun = new DirectionalLight(0xffffff, 1.6);
		sun.position.set(1, 1.5, 2);
		this.#camera.add(sun);
		this.#scene.add(this.#camera);
	}

	#fitCanvas(): void {
		const { clientWidth, clientHeight } = this.#renderer.domElement;
		if (clientWidth === 0 || clientHeight === 0) return;
		this.#renderer.setSize(clientWidth, clientHeight, false);
		this.#camera.aspect = clientWidth / clientHeight;
		this.#camera.updateProjectionMatrix();
		this.draw();
	}
}

/** The light of a plain room, prefiltered for every roughness. */
function makeRoom(renderer: WebGLRenderer): Texture {
	const generator = new PMREMGenerator(renderer);
	const { texture } = generator.fromScene(new RoomEnvironment(), 0.04);
	generator.dispose();
	return texture;
}
