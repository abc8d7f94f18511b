import { MeshError } from '../errors.ts';
import { NO_MATERIAL, NO_ROW } from '../mesh/mesh.ts';
import { GrowingFloats, GrowingIndices } from './growing.ts';
import { type PlyElement, type PlyHeader, type PlyProperty, type PlyType, readPlyHeader } from './ply-header.ts';
import { type PlyValues, plyValues } from './ply-values.ts';
import type { Surface } from './surface.ts';
import { scaleColors } from './surface-colors.ts';
import { PLAIN_MATERIAL } from './surface-materials.ts';

/** Where a property of a vertex goes: which array, and its place in a row. */
const VERTEX_COLUMNS: Readonly<Record<string, readonly ['position' | 'normal' | 'color' | 'uv', number]>> = {
	x: ['position', 0],
	y: ['position', 1],
	z: ['position', 2],
	nx: ['normal', 0],
	ny: ['normal', 1],
	nz: ['normal', 2],
	red: ['color', 0],
	green: ['color', 1],
	blue: ['color', 2],
	alpha: ['color', 3],
	r: ['color', 0],
	g: ['color', 1],
	b: ['color', 2],
	a: ['color', 3],
	diffuse_red: ['color', 0],
	diffuse_green: ['color', 1],
	diffuse_blue: ['color', 2],
	u: ['uv', 0],
	v: ['uv', 1],
	s: ['uv', 0],
	t: ['uv', 1],
	texture_u: ['uv', 0],
	texture_v: ['uv', 1],
	texture_s: ['uv', 0],
	texture_t: ['uv', 1],
};
const SIZES = { position: 3, normal: 3, color: 4, uv: 2 } as const;
/** What an integer is divided by where it stands for 0..1 or -1..1. */
const INTEGER_SCALES: Readonly<Record<PlyType, number>> = {
	int8: 127,
	uint8: 255,
	int16: 32767,
	uint16: 65535,
	int32: 2147483647,
	uint32: 4294967295,
	float32: 1,
	float64: 1,
};
/** Ends a strip in `tristrips`. */
const STRIP_END = -1;

/**
 * Reads a PLY: text or binary of both byte orders, any elements and properties. Kept are positions, normals, colours
 * and texture coordinates of vertices; corners (`vertex_indices`, or triangle strips), texture coordinates, texture
 * numbers and colours of faces.
 *
 * @throws `malformed-file`, `truncated-file` (before anything is allocated where the counts cannot fit),
 * `out-of-range`, `unsupported-format`.
 */
export function readPly(bytes: Uint8Array): Surface {
	const header = readPlyHeader(bytes);
	const values = plyValues(bytes, header);
	let vertices = noVertices();
	const faces = new PlyFaces(header.elements.find(({ name }) => name === 'vertex')?.count ?? 0);
	const unkept = new Set<string>();
	for (const element of header.elements) {
		values.expect(element);
		if (element.name === 'vertex') vertices = readVertices(element, values);
		else if (element.name === 'face') faces.readFaces(element, values);
		else if (element.name === 'tristrips') faces.readStrips(element, values);
		else {
			unkept.add(element.name);
			skipElement(element, values);
		}
	}
	const warnings = [...unkept].map((name) => `elements '${name}' were left out`);
	return makeSurface(vertices, faces, header, warnings);
}

/** The number of values of a list, checked against what is left of the file. */
function readListLength(property: PlyProperty, countType: PlyType, values: PlyValues): number {
	const count = values.next(countType);
	if (!Number.isInteger(count) || count < 0)
		throw new MeshError('malformed-file', `a list '${property.name}' of ${count} values`);
	values.expectList(count, property.type);
	return count;
}

function skipProperty(property: PlyProperty, values: PlyValues): void {
	const count = property.countType ? readListLength(property, property.countType, values) : 1;
	for (let k = 0; k < count; k++) values.next(property.type);
}

function skipElement({ count, properties }: PlyElement, values: PlyValues): void {
	if (properties.length === 0) return;
	for (let row = 0; row < count; row++) {
		for (const property of properties) skipProperty(property, values);
		values.endRow();
	}
}

type Vertices = Record<keyof typeof SIZES, Float32Array | undefined>;

const noVertices = (): Vertices => ({ position: undefined, normal: undefined, color: undefined, uv: undefined });

function readVertices({ count, properties }: PlyElement, values: PlyValues): Vertices {
	const vertices = noVertices();
	// The value of property p goes to targets[p][strides[p] * row + places[p]], divided by scales[p].
	const targets: (Float32Array | undefined)[] = [];
	const strides = new Uint32Array(properties.length);
	const places = new Uint32Array(properties.length);
	const scales = new Float64Array(properties.length);
	const seen = new Set<string>();
	for (let p = 0; p < properties.length; p++) {
		const { name, type, countType } = properties[p];
		const column = Object.hasOwn(VERTEX_COLUMNS, name) && !countType ? VERTEX_COLUMNS[name] : undefined;
		if (!column) continue;
		const [what, place] = column;
		vertices[what] ??= new Float32Array(SIZES[what] * count).fill(what === 'color' ? Number.NaN : 0);
		targets[p] = vertices[what];
		strides[p] = SIZES[what];
		places[p] = place;
		scales[p] = what === 'position' ? 1 : INTEGER_SCALES[type];
		seen.add(`${what}${place}`);
	}
	for (const place of [0, 1, 2]) {
		if (!seen.has(`position${place}`) && count > 0)
			throw new MeshError('malformed-file', `vertices have no '${'xyz'[place]}'`);
	}
	for (let row = 0; row < count; row++) {
		for (let p = 0; p < properties.length; p++) {
			const target = targets[p];
			if (target) target[strides[p] * row + places[p]] = values.next(properties[p].type) / scales[p];
			else skipProperty(properties[p], values);
		}
		values.endRow();
	}
	return vertices;
}

class PlyFaces {
	readonly offsets = new GrowingIndices();
	readonly corners = new GrowingIndices();
	/** Two numbers a corner. */
	readonly uvs = new GrowingFloats();
	/** A number a face. */
	readonly textureOf = new GrowingIndices();
	/** Four numbers a face. */
	colors: Float32Array | undefined;
	readonly #vertices: number;

	constructor(vertices: number) {
		this.#vertices = vertices;
		this.offsets.push(0);
	}

	readFaces({ count, properties }: PlyElement, values: PlyValues): void {
		const colorPlaces = properties.map(({ name, countType }) => {
			const column = Object.hasOwn(VERTEX_COLUMNS, name) && !countType ? VERTEX_COLUMNS[name] : undefined;
			return column?.[0] === 'color' ? column[1] : -1;
		});
		if (colorPlaces.some((place) => place >= 0)) this.colors = new Float32Array(4 * count).fill(Number.NaN);
		for (let f = 0; f < count; f++) {
			for (let p = 0; p < properties.length; p++) {
				const property = properties[p];
				const { name, type, countType } = property;
				if (countType && (name === 'vertex_indices' || name === 'vertex_index'))
					this.#readCorners(f, readListLength(property, countType, values), type, values);
				else if (countType && name === 'texcoord')
					this.#readUvs(readListLength(property, countType, values), type, values);
				else if (!countType && name === 'texnumber') this.textureOf.push(Math.max(0, values.next(type)));
				else if (this.colors && colorPlaces[p] >= 0)
					this.colors[4 * f + colorPlaces[p]] = values.next(type) / INTEGER_SCALES[type];
				else skipProperty(property, values);
			}
			values.endRow();
			this.offsets.push(this.corners.length);
			// Uvs belong to corners; whichever list came first, both stand even at the end of a face.
			while (this.uvs.length > 0 && this.uvs.length < 2 * this.corners.length) this.uvs.push(Number.NaN);
		}
	}

	/** Strips of triangles in one long list; every second triangle winds the other way round. */
	readStrips({ count, properties }: PlyElement, values: PlyValues): void {
		for (let row = 0; row < count; row++) {
			for (const property of properties) {
				if (property.countType && property.name === 'vertex_indices')
					this.#readStrip(readListLength(property, property.countType, values), property.type, values);
				else skipProperty(property, values);
			}
			values.endRow();
		}
	}

	#readStrip(length: number, type: PlyType, values: PlyValues): void {
		let a = 0;
		let b = 0;
		let seen = 0;
		for (let k = 0; k < length; k++) {
			const v = values.next(type);
			if (v === STRIP_END) {
				seen = 0;
				continue;
			}
			this.#checkVertex(this.offsets.length - 1, v);
			seen++;
			if (seen >= 3) {
				this.corners.push(seen % 2 === 1 ? a : b);
				this.corners.push(seen % 2 === 1 ? b : a);
				this.corners.push(v);
				this.offsets.push(this.corners.length);
			}
			a = b;
			b = v;
		}
	}

	#readCorners(f: number, count: number, type: PlyType, values: PlyValues): void {
		for (let k = 0; k < count; k++) {
			const v = values.next(type);
			this.#checkVertex(f, v);
			this.corners.push(v);
		}
	}

	#checkVertex(face: number, v: number): void {
		if (v >= 0 && v < this.#vertices) return;
		const details = { face, index: v, count: this.#vertices };
		throw new MeshError('out-of-range', `face ${face} names vertex ${v} of ${this.#vertices}`, details);
	}

	/** Faces before this one may have had none: they get NaN. */
	#readUvs(count: number, type: PlyType, values: PlyValues): void {
		const start = 2 * this.offsets.finish()[this.offsets.length - 1];
		while (this.uvs.length < start) this.uvs.push(Number.NaN);
		for (let k = 0; k < count; k++) this.uvs.push(values.next(type));
	}
}

function makeSurface(vertices: Vertices, faces: PlyFaces, header: PlyHeader, warnings: string[]): Surface {
	const offsets = faces.offsets.finish();
	const list = faces.corners.finish();
	const { position, normal, color, uv } = vertices;
	const hasCornerUvs = faces.uvs.length > 0;
	if (hasCornerUvs && faces.uvs.length !== 2 * list.length)
		throw new MeshError('malformed-file', `${faces.uvs.length} texture coordinates for ${list.length} corners`);
	const cornerUv = hasCornerUvs
		? { values: faces.uvs.finish(), indices: countUp(list.length), size: 2 as const }
		: undefined;
	const vertexColor = color ? { values: scaleColors(color, 4), indices: list, size: 4 as const } : undefined;
	const isTextured = header.textures.length > 0 && (hasCornerUvs || uv !== undefined);
	return {
		positions: position ?? new Float32Array(0),
		faces: { offsets, list },
		uv: cornerUv ?? (uv ? { values: uv, indices: list, size: 2 } : undefined),
		normal: normal ? { values: normal, indices: list, size: 3 } : undefined,
		color: vertexColor ?? faceColor(faces, offsets, list.length),
		materialOf: isTextured ? materialOf(faces, offsets.length - 1, header.textures.length) : undefined,
		materials: isTextured
			? header.textures.map((uri) => ({
					...PLAIN_MATERIAL,
					name: uri,
					colorTexture: { uri, scale: [1, 1], offset: [0, 0], isClamped: false },
				}))
			: [],
		groups: [],
		warnings,
	};
}

function countUp(count: number): Uint32Array {
	const numbers = new Uint32Array(count);
	for (let i = 0; i < count; i++) numbers[i] = i;
	return numbers;
}

function faceColor({ colors }: PlyFaces, offsets: Uint32Array, corners: number): Surface['color'] {
	if (!colors) return undefined;
	const indices = new Uint32Array(corners).fill(NO_ROW); // strips have no colours
	for (let f = 0; f < colors.length / 4; f++) indices.fill(f, offsets[f], offsets[f + 1]);
	return { values: scaleColors(colors, 4), indices, size: 4 };
}

/** The texture number of each face; all have the first texture where none is given. */
function materialOf(faces: PlyFaces, count: number, textures: number): Uint16Array {
	const result = new Uint16Array(count);
	const textureOf = faces.textureOf.finish();
	for (let f = 0; f < Math.min(count, textureOf.length); f++)
		result[f] = textureOf[f] < textures ? textureOf[f] : NO_MATERIAL;
	return result;
}
