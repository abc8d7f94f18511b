import { cornerNormals } from '../analysis/corner-normals.ts';
import type { Image } from '../image/image.ts';
import type { Anchors, Made } from '../mesh/made.ts';
import { type Mesh, NO_MATERIAL, NO_ROW } from '../mesh/mesh.ts';
import type { Material, Model, TextureUse } from '../mesh/model.ts';
import { sampleTexture } from '../render/texture.ts';
import type { CompletedPart } from './complete.ts';

/** Where the cap meets the visible surface at more than this it is a crease, degrees. */
const CREASE = 40;
/** Linear values this close are one colour: half a step of 8 bits. */
const SAME_COLOR = 1 / 512;

/**
 * The caps of completed parts as a surface to be written beside the visible one: each part's in a material of its own,
 * so that it can be restyled.
 *
 * The base colour around the seam is carried inwards by the anchors of each cap vertex, as vertex colours, or as the
 * colour of the material where there is only one; metal and roughness are the mean around the seam. Normals go on
 * smoothly from the visible surface where the cap does. A cap is opaque.
 *
 * @param images Decoded images by index of `Model.images`; undefined where one cannot be decoded: it counts as white.
 */
export function dressCaps(
	model: Model,
	images: readonly (Image | undefined)[],
	completed: readonly CompletedPart[],
): Made {
	const look = new Look(model, images);
	const made = new Gathering();
	for (const part of completed) if (part.capTriangles > 0) made.add(part, dressCap(part, look));
	return made.finish();
}

type DressedCap = {
	readonly material: Material | undefined;
	/** Linear RGBA at each vertex of the part that the cap uses; undefined where the material says it all. */
	readonly colors: Float32Array | undefined;
	/** Of the whole part. */
	readonly normals: ReturnType<typeof cornerNormals>;
	/** Corner of the model's mesh at each visible vertex of the part. */
	readonly cornerOf: Uint32Array;
};

function dressCap(part: CompletedPart, look: Look): DressedCap {
	const { positions, triangles, vertexOf, triangleOf, capAnchors } = part;
	const normals = cornerNormals(
		{ positions, triangles, corner: {}, materialOf: new Uint16Array(triangles.length / 3) },
		{ creaseDegrees: CREASE },
	);
	const cornerOf = new Uint32Array(vertexOf.length);
	for (let c = 3 * triangleOf.length - 1; c >= 0; c--) cornerOf[triangles[c]] = 3 * triangleOf[(c / 3) | 0] + (c % 3);

	const seam = new Set<number>();
	for (let c = 3 * triangleOf.length; c < triangles.length; c++)
		if (triangles[c] < vertexOf.length) seam.add(triangles[c]);
	const corners = [...seam].map((v) => cornerOf[v]);
	const material = look.capMaterial(part.name, corners);
	if (!material) return { material, colors: undefined, normals, cornerOf };

	const colors = new Float32Array((4 * positions.length) / 3);
	for (const v of seam) look.colorAt(cornerOf[v], colors, 4 * v);
	for (let v = vertexOf.length; v < positions.length / 3; v++)
		for (let i = 0; i < 4; i++) {
			const a = 4 * (v - vertexOf.length) + i;
			const from = capAnchors.vertices[a];
			// An anchor may lie on a seam that this cap does not reach.
			if (!seam.has(from)) look.colorAt(cornerOf[from], colors, 4 * from);
			for (let k = 0; k < 3; k++) colors[4 * v + k] += capAnchors.weights[a] * colors[4 * from + k];
		}
	// Weights sum to 1 only nearly, and a file must not say more than 1.
	for (let i = 0; i < colors.length; i++) colors[i] = i % 4 === 3 ? 1 : Math.min(1, colors[i]);
	const only = onlyColor(colors, triangles.subarray(3 * triangleOf.length));
	if (only) return { material: { ...material, baseColor: only }, colors: undefined, normals, cornerOf };
	return { material, colors, normals, cornerOf };
}

/** The colour of all these vertices, if it is one. */
function onlyColor(colors: Float32Array, vertices: Uint32Array): Material['baseColor'] | undefined {
	const first = 4 * vertices[0];
	for (const v of vertices)
		for (let k = 0; k < 3; k++) if (Math.abs(colors[4 * v + k] - colors[first + k]) > SAME_COLOR) return undefined;
	return [colors[first], colors[first + 1], colors[first + 2], 1];
}

/** What the model looks like at its corners. */
class Look {
	readonly #model: Model;
	readonly #images: readonly (Image | undefined)[];
	readonly #sample = new Float64Array(4);

	constructor(model: Model, images: readonly (Image | undefined)[]) {
		this.#model = model;
		this.#images = images;
	}

	/** Base colour with the vertex colour, linear, alpha 1, into `out` at `o`. */
	colorAt(c: number, out: Float32Array, o: number): void {
		const { mesh, materials } = this.#model;
		const material: Material | undefined = materials[mesh.materialOf[(c / 3) | 0]];
		for (let k = 0; k < 3; k++) out[o + k] = material?.baseColor[k] ?? 1;
		out[o + 3] = 1;
		const use = material?.baseColorTexture;
		if (use && this.#sampleAt(use, c)) for (let k = 0; k < 3; k++) out[o + k] *= this.#sample[k];
		const color = mesh.corner.color;
		const row = color?.indices[c] ?? NO_ROW;
		if (color && row !== NO_ROW) for (let k = 0; k < 3; k++) out[o + k] *= color.values[color.size * row + k];
	}

	/** A material for a cap with its seam at these corners; undefined where the model has neither materials nor colours. */
	capMaterial(partName: string, corners: readonly number[]): Material | undefined {
		const { mesh, materials } = this.#model;
		const around = corners.flatMap((c) => materials[mesh.materialOf[(c / 3) | 0]] ?? []);
		if (around.length === 0 && !mesh.corner.color) return undefined;
		let metallic = 0;
		let roughness = 0;
		for (const c of corners) {
			const material: Material | undefined = materials[mesh.materialOf[(c / 3) | 0]];
			const texel = material?.metallicRoughnessTexture && this.#texelAt(material.metallicRoughnessTexture, c);
			metallic += (material?.metallic ?? 0) * (texel ? texel[2] / 255 : 1);
			roughness += (material?.roughness ?? 1) * (texel ? texel[1] / 255 : 1);
		}
		return {
			name: `${partName}_cap`,
			baseColor: [1, 1, 1, 1],
			metallic: metallic / Math.max(1, corners.length),
			roughness: corners.length > 0 ? roughness / corners.length : 1,
			emissive: [0, 0, 0],
			alphaMode: 'OPAQUE',
			alphaCutoff: 0.5,
			doubleSided: around.length > 0 && around.every(({ doubleSided }) => doubleSided),
		};
	}

	#sampleAt(use: TextureUse, c: number): boolean {
		const image = this.#images[use.image];
		const at = this.#uvAt(use, c);
		if (!image || !at) return false;
		sampleTexture({ ...use, image }, 0, at[0], at[1], this.#sample);
		return true;
	}

	/** The bytes of the pixel at a corner: no colours, so they are not turned into light. */
	#texelAt(use: TextureUse, c: number): Uint8Array | undefined {
		const image = this.#images[use.image];
		const at = this.#uvAt(use, c);
		if (!image || !at) return undefined;
		const [m0, m1, m2, m3, m4, m5] = use.transform;
		const u = m0 * at[0] + m1 * at[1] + m2;
		const v = m3 * at[0] + m4 * at[1] + m5;
		const x = Math.floor((u - Math.floor(u)) * image.width) % image.width;
		const y = Math.floor((v - Math.floor(v)) * image.height) % image.height;
		return image.pixels.subarray(4 * (y * image.width + x), 4 * (y * image.width + x) + 4);
	}

	#uvAt(use: TextureUse, c: number): [number, number] | undefined {
		const uv = this.#model.mesh.corner[use.uv];
		const row = uv?.indices[c] ?? NO_ROW;
		return uv && row !== NO_ROW ? [uv.values[2 * row], uv.values[2 * row + 1]] : undefined;
	}
}

/** Caps put together into one surface. Parts keep vertices of their own, also where they meet. */
class Gathering {
	readonly #positions: number[] = [];
	readonly #triangles: number[] = [];
	readonly #normals: number[] = [];
	readonly #colors: number[] = [];
	readonly #colorRows: number[] = [];
	readonly #corners: number[] = [];
	readonly #weights: number[] = [];
	readonly #partOf: number[] = [];
	readonly #materialOf: number[] = [];
	readonly #materials: Material[] = [];

	add(part: CompletedPart, { material, colors, normals, cornerOf }: DressedCap): void {
		const { positions, triangles, vertexOf, triangleOf, capAnchors } = part;
		const rowOf = new Map<number, number>();
		const row = (v: number): number => {
			const known = rowOf.get(v);
			if (known !== undefined) return known;
			const made = this.#positions.length / 3;
			rowOf.set(v, made);
			for (let k = 0; k < 3; k++) this.#positions.push(positions[3 * v + k]);
			for (let i = 0; i < 4; i++) {
				const a = 4 * (v - vertexOf.length) + i;
				const isSeam = v < vertexOf.length;
				this.#corners.push(cornerOf[isSeam ? v : capAnchors.vertices[a]]);
				this.#weights.push(isSeam ? (i === 0 ? 1 : 0) : capAnchors.weights[a]);
			}
			return made;
		};
		const colorOf = new Map<number, number>();
		const colorRow = (v: number): number => {
			if (!colors) return NO_ROW;
			const known = colorOf.get(v);
			if (known !== undefined) return known;
			const made = this.#colors.length / 4;
			colorOf.set(v, made);
			for (let k = 0; k < 4; k++) this.#colors.push(colors[4 * v + k]);
			return made;
		};
		for (let c = 3 * triangleOf.length; c < triangles.length; c++) {
			this.#triangles.push(row(triangles[c]));
			this.#colorRows.push(colorRow(triangles[c]));
			const n = normals.indices[c];
			for (let k = 0; k < 3; k++) this.#normals.push(normals.values[3 * n + k]);
		}
		const m = material ? this.#materials.push(material) - 1 : NO_MATERIAL;
		for (let t = 3 * triangleOf.length; t < triangles.length; t += 3) {
			this.#partOf.push(part.part);
			this.#materialOf.push(m);
		}
	}

	finish(): Made {
		const mesh: Mesh = {
			positions: Float32Array.from(this.#positions),
			triangles: Uint32Array.from(this.#triangles),
			corner: {
				normal: {
					values: Float32Array.from(this.#normals),
					indices: Uint32Array.from(this.#triangles, (_, c) => c),
					size: 3,
				},
				...(this.#colors.length > 0 && {
					color: { values: Float32Array.from(this.#colors), indices: Uint32Array.from(this.#colorRows), size: 4 },
				}),
			},
			materialOf: Uint16Array.from(this.#materialOf),
		};
		const anchors: Anchors = {
			corners: Uint32Array.from(this.#corners),
			weights: Float32Array.from(this.#weights),
		};
		return {
			mesh,
			partOf: Uint16Array.from(this.#partOf),
			materials: this.#materials,
			images: [],
			anchors,
			extras: { generated: true },
		};
	}
}
