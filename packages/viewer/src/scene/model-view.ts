import {
	BufferAttribute,
	BufferGeometry,
	ClampToEdgeWrapping,
	DoubleSide,
	FrontSide,
	LineSegments,
	Mesh,
	MeshStandardMaterial,
	MirroredRepeatWrapping,
	NoColorSpace,
	RepeatWrapping,
	type ShaderMaterial,
	SRGBColorSpace,
	Texture,
	Vector3,
} from 'three';
import type { Division, Drawable } from '../worker/protocol.ts';
import { edgeMaterial, followParts, type PartUniforms } from './part-shading.ts';
import { type Emphasis, PartTable } from './part-table.ts';

const WRAPPING = { repeat: RepeatWrapping, clamp: ClampToEdgeWrapping, mirror: MirroredRepeatWrapping } as const;

/** The model on the graphics card: one mesh, whatever its parts are. */
export class ModelView {
	readonly mesh: Mesh<BufferGeometry, MeshStandardMaterial[]>;
	readonly centre: Vector3;
	readonly radius: number;
	readonly #drawable: Drawable;
	readonly #uniforms: PartUniforms;
	readonly #textures: Texture[];
	#table: PartTable | undefined;
	#edges: LineSegments<BufferGeometry, ShaderMaterial> | undefined;

	constructor(drawable: Drawable, division: Division, uniforms: PartUniforms) {
		const { min, max } = drawable.box;
		this.centre = new Vector3(...min).add(new Vector3(...max)).multiplyScalar(0.5);
		this.radius = 0.5 * new Vector3(...min).distanceTo(new Vector3(...max)) || 1;
		this.#drawable = drawable;
		this.#uniforms = uniforms;
		this.#textures = [];
		const materials = drawable.runs.map(({ material }) => this.#makeMaterial(material));
		this.mesh = new Mesh(makeGeometry(drawable), materials);
		// Exploded parts leave the box that culling knows.
		this.mesh.frustumCulled = false;
		this.divide(division);
	}

	/** Takes over another division of the same surface. */
	divide(division: Division): void {
		const { triangleAt } = this.#drawable;
		const part = new Uint16Array(3 * triangleAt.length);
		for (let i = 0; i < triangleAt.length; i++) part.fill(division.partOf[triangleAt[i]], 3 * i, 3 * i + 3);
		this.mesh.geometry.setAttribute('part', new BufferAttribute(part, 1));
		this.#edges?.geometry.setAttribute('part', this.mesh.geometry.getAttribute('part'));
		this.#table?.dispose();
		this.#table = new PartTable(division, this.centre.toArray());
		this.#uniforms.partTable.value = this.#table.texture;
	}

	setShown(shown: (part: number) => boolean): void {
		this.#table?.setShown(shown);
	}

	setEmphasis(emphasisOf: (part: number) => Emphasis): void {
		this.#table?.setEmphasis(emphasisOf);
	}

	/** Draws the edges of faces over them. Their index is made when they are first asked for. */
	setEdges(shown: boolean): void {
		if (shown && !this.#edges) {
			this.#edges = new LineSegments(
				makeEdges(this.mesh.geometry, this.#drawable.isEdge),
				edgeMaterial(this.#uniforms),
			);
			this.#edges.frustumCulled = false;
			this.mesh.add(this.#edges);
		}
		if (this.#edges) this.#edges.visible = shown;
	}

	dispose(): void {
		this.mesh.geometry.dispose();
		this.#edges?.geometry.dispose();
		this.#edges?.material.dispose();
		for (const material of this.mesh.material) material.dispose();
		for (const texture of this.#textures) texture.dispose();
		for (const image of this.#drawable.images) image?.close();
		this.#table?.dispose();
	}

	#makeMaterial(index: number): MeshStandardMaterial {
		const material = new MeshStandardMaterial({ color: 0xbbbbbb, roughness: 0.8, side: DoubleSide });
		// Edges lie before the faces that they bound.
		Object.assign(material, { polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
		const look = this.#drawable.materials[index];
		if (look) {
			const [r, g, b, alpha] = look.baseColor;
			material.color.setRGB(r, g, b);
			material.opacity = look.alphaMode === 'BLEND' ? alpha : 1;
			material.transparent = look.alphaMode === 'BLEND';
			material.alphaTest = look.alphaMode === 'MASK' ? look.alphaCutoff : 0;
			material.metalness = look.metallic;
			material.roughness = look.roughness;
			material.emissive.setRGB(...look.emissive);
			// A part pulled away shows its inside.
			material.side = look.doubleSided || look.alphaMode === 'OPAQUE' ? DoubleSide : FrontSide;
			material.map = this.#makeTexture(look.baseColorTexture, SRGBColorSpace);
			material.emissiveMap = this.#makeTexture(look.emissiveTexture, SRGBColorSpace);
			material.roughnessMap = this.#makeTexture(look.metallicRoughnessTexture, NoColorSpace);
			material.metalnessMap = material.roughnessMap;
			material.normalMap = this.#makeTexture(look.normalTexture, NoColorSpace);
			// Without tangents the shader finds them by derivatives, in which y runs the other way.
			material.normalScale.set(look.normalScale ?? 1, -(look.normalScale ?? 1));
		}
		material.vertexColors = this.#drawable.colors !== undefined;
		followParts(material, this.#uniforms);
		return material;
	}

	#makeTexture(use: Drawable['materials'][number]['baseColorTexture'], colorSpace: string): Texture | null {
		const image = use && this.#drawable.images[use.image];
		if (!use || !image) return null;
		const texture = new Texture(image);
		texture.colorSpace = colorSpace;
		texture.flipY = false;
		texture.channel = use.uv === 'uv1' ? 1 : 0;
		texture.wrapS = WRAPPING[use.wrapU];
		texture.wrapT = WRAPPING[use.wrapV];
		texture.anisotropy = 4;
		const [a, b, c, d, e, f] = use.transform;
		texture.matrixAutoUpdate = false;
		texture.matrix.set(a, b, c, d, e, f, 0, 0, 1);
		texture.needsUpdate = true;
		this.#textures.push(texture);
		return texture;
	}
}

function makeGeometry({ positions, normals, uv, uv1, colors, runs }: Drawable): BufferGeometry {
	const geometry = new BufferGeometry();
	geometry.setAttribute('position', new BufferAttribute(positions, 3));
	geometry.setAttribute('normal', new BufferAttribute(normals, 3));
	if (uv) geometry.setAttribute('uv', new BufferAttribute(uv, 2));
	if (uv1) geometry.setAttribute('uv1', new BufferAttribute(uv1, 2));
	if (colors) geometry.setAttribute('color', new BufferAttribute(colors, 4));
	for (const [i, { firstCorner, corners }] of runs.entries()) geometry.addGroup(firstCorner, corners, i);
	return geometry;
}

/** Lines between the same corners. */
function makeEdges(faces: BufferGeometry, isEdge: Uint8Array): BufferGeometry {
	let count = 0;
	for (const is of isEdge) count += is;
	const ends = new Uint32Array(2 * count);
	let at = 0;
	for (let c = 0; c < isEdge.length; c++) {
		if (!isEdge[c]) continue;
		ends[at++] = c;
		ends[at++] = c % 3 === 2 ? c - 2 : c + 1;
	}
	const geometry = new BufferGeometry();
	for (const name of ['position', 'part']) geometry.setAttribute(name, faces.getAttribute(name));
	geometry.setIndex(new BufferAttribute(ends, 1));
	return geometry;
}
